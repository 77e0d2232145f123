import base64
import json
import re

import pytest

from app.chat_html import answer_html, receipts_html, sentences_html
from app.render import answer_for_terminal, answer_json, answer_text, gate_notes
from generation.answer import Receipt, Sentence, SentenceState
from generation.receipts import receipt_json, seal
from tests.app_samples import QUOTE, answer

FAILED = Sentence("Deposits are returned within 90 days <b>.", (1,), SentenceState.UNSUPPORTED)
REPLACED = Sentence(QUOTE, (1,), SentenceState.SUPPORTED, instead_of=FAILED)
NOTE = "Quoted from the law in place of a sentence that did not pass the check."


def with_dropped(count, **changes):
    receipt = Receipt("r1", "f1", "m", "p", "2026-11-22T00:00:00+00:00", (), dropped=(FAILED,) * count)
    return answer(receipt=receipt, **changes)


def test_a_terminal_shows_that_a_quotation_stands_in_place_of_a_sentence_and_that_others_were_left_out():
    shown = answer_for_terminal(with_dropped(2, sentences=(REPLACED,)))
    assert shown.splitlines()[:3] == [
        f"{QUOTE} [1]",
        f"  ({NOTE})",
        "(2 sentences were left out: they did not pass the check against the law.)",
    ]
    assert "90 days" not in shown


def test_the_chat_page_shows_it_in_the_language_of_the_question():
    shown = answer_html(with_dropped(1, sentences=(REPLACED,), lang="es"), 1)
    assert "Cita de la ley en lugar de una frase que no superó la comprobación." in shown
    assert "Se omitió una frase: no superó la comprobación con la ley." in shown
    assert "90 days" not in shown
    assert "Trích nguyên văn luật" in answer_html(with_dropped(0, sentences=(REPLACED,), lang="vi"), 1)


@pytest.mark.parametrize("lang", ["en", "es", "vi"])
def test_an_answer_in_which_nothing_failed_says_nothing_of_the_check(lang):
    made = answer(lang=lang)
    assert gate_notes(made) == ()
    assert 'class="gate"' not in answer_html(made, 1) + sentences_html(made.sentences, 1)


def test_the_text_of_an_answer_stays_what_was_streamed_and_the_notes_stand_behind_it():
    made = with_dropped(1, sentences=(REPLACED, REPLACED))
    assert answer_text(made) == f"{QUOTE} [1]\n{QUOTE} [1]"
    assert gate_notes(made) == (NOTE, "One sentence was left out: it did not pass the check against the law.")


def test_the_json_says_what_was_replaced_and_what_was_dropped():
    made = answer_json(with_dropped(1, sentences=(REPLACED,)))
    failed = {"text": FAILED.text, "citations": [1], "state": "unsupported"}
    assert made["sentences"][0]["instead_of"] == failed
    assert made["receipt"]["dropped"] == [failed]
    assert made["receipt"]["sentences"] == made["sentences"]


@pytest.mark.parametrize(("confidence", "shown"), [(None, None), (0.123456, 0.1235)])
def test_the_json_holds_the_confidence_or_null(confidence, shown):
    assert answer_json(answer(confidence=confidence))["confidence"] == shown


def test_each_turn_has_a_link_that_saves_its_receipt():
    receipts = [json.dumps(receipt_json(answer(question=question))) for question in ("Một?", "<script>")]
    shown = receipts_html([receipts[0], "", receipts[1]], lang="en")
    links = re.findall(r'<a download="([^"]*)" href="data:application/json;base64,([^"]*)">(\d)</a>', shown)
    assert [(name, number) for name, _, number in links] == [
        ("lexcite-receipt-1.json", "1"),
        ("lexcite-receipt-3.json", "3"),
    ]
    saved = [json.loads(base64.b64decode(content)) for _, content, _ in links]
    assert [one["question"] for one in saved] == ["Một?", "<script>"]
    assert all(seal(one) == one["sha256"] for one in saved)
    assert receipts_html([], lang="en") == ""
