import asyncio
import hashlib
import json
from dataclasses import replace
from datetime import date

import pytest

from generation.answer import Outcome, Sentence, SentenceReady, SentenceState
from generation.assistant import Assistant
from generation.draft import Draft
from generation.evidence import Extract
from generation.receipt_reading import read_receipt
from generation.receipts import FORMAT, lexcite_version, receipt_json, seal, verification_digest
from generation.sentences import UNREADABLE
from generation.timing import Calendar, Moment
from tests.fakes import HashEmbedder, ScriptedLLM
from tests.generation_samples import FEES, FISHING, FixedRetriever, Shelf, hit

QUESTION = "How long does the holder have to report an accident?"
# In the prompt: 1 five boats, 2 48 hours, 3 what the report names, 4 EUR 20, 5 minors
HITS = (hit(FISHING), hit(FEES, number="9", rank=2))
TRUE = "The holder shall report every accident to the lake office within 48 hours [2].\n"


def ask(llm=None, question=QUESTION, hits=HITS):
    assistant = Assistant(retriever=FixedRetriever(hits), sources=Shelf(hits), embedder=HashEmbedder(), llm=llm)
    return asyncio.run(assistant.ask(question))


def read(answer):
    return read_receipt(json.dumps(receipt_json(answer)), name="receipt")


def test_a_receipt_holds_the_answer_every_place_with_its_hash_and_who_made_it():
    made = receipt_json(ask(ScriptedLLM(TRUE)))
    assert (made["format"], made["lexcite"], made["gate"]) == (FORMAT, lexcite_version(), verification_digest())
    assert (made["question"], made["lang"], made["outcome"], made["mode"]) == (QUESTION, "en", "answered", "model")
    assert (made["release"], made["corpus_sha256"], made["model"]) == ("release-1", "0" * 64, "scripted")
    assert made["sentences"] == [
        {
            "text": "The holder shall report every accident to the lake office within 48 hours.",
            "citations": [2],
            "state": "supported",
            "instead_of": None,
        }
    ]
    (place,) = made["citations"]
    assert (place["number"], place["provision"], place["path"]) == (2, "Article 7(2)", ["2"])
    assert FISHING[place["start"] : place["end"]] == place["quote"]
    assert place["text_sha256"] == hashlib.sha256(FISHING.encode()).hexdigest()


def test_a_point_is_kept_with_the_words_that_introduce_it():
    listed = "1. The report shall name:\n" + "".join(
        f"({letter}) {'the place and the hour of the accident and of what came before it ' * 10}{letter};\n"
        for letter in "abc"
    )
    draft = a_draft()
    opening = Extract(hit(listed), ("1",), 3, 25)
    point = Extract(hit(listed), ("1", "b"), listed.index("(b)") + 4, listed.index("(c)") - 1, opening)
    draft.admit(Sentence(point.text, (1,), SentenceState.SUPPORTED), {1: point})
    ((exhibit,), _) = draft.filed()
    assert exhibit.introduction == (3, 25, "The report shall name:")


@pytest.mark.parametrize("llm", [None, ScriptedLLM(f"Boats are free [9].\nIt costs EUR 20 [2].\n{TRUE}")])
def test_what_is_written_is_read_again(llm):
    answer = ask(llm)
    record = read(answer)
    assert record.intact
    assert (record.question, record.sentences) == (answer.question, answer.sentences)
    assert replace(record.receipt, seconds=()) == replace(answer.receipt, seconds=())
    assert dict(record.receipt.seconds) == pytest.approx(dict(answer.receipt.seconds), abs=0.0001)


def test_the_day_and_a_refusal_are_read_again():
    refused = replace(ask(question="Who won the football world cup in Brazil?"), as_of=date(2016, 5, 3))
    record = read(refused)
    assert (record.outcome, record.as_of) == (Outcome.EVIDENCE_INSUFFICIENT, date(2016, 5, 3))
    assert record.sentences == record.receipt.exhibits == ()


def test_tools_that_write_json_otherwise_leave_the_seal_whole():
    made = receipt_json(ask())
    for text in (
        json.dumps(made, ensure_ascii=True, indent=8),
        json.dumps(dict(reversed(made.items())), ensure_ascii=False),
        json.dumps({**made, "seconds": {s: int(n) if n == int(n) else n for s, n in made["seconds"].items()}}),
    ):
        assert read_receipt(text, name="receipt").intact


def test_the_seal_is_the_hash_of_the_canonical_form():
    written = '{"a":[1,"é"],"b":{"x":0.25,"y":null}}'
    assert seal({"b": {"y": None, "x": 0.25}, "a": [1.0, "é"], "sha256": "?"}) == (
        hashlib.sha256(written.encode()).hexdigest()
    )


def a_draft():
    return Draft(QUESTION, QUESTION, "en", Calendar(Moment(None, None, date(2026, 1, 1))))


def places(hits, *spans):
    return {number: Extract(hits, (), start, end) for number, (start, end) in enumerate(spans, start=1)}


def test_sentences_of_a_writer_who_saw_other_provisions_cite_by_numbers_of_the_receipt():
    draft = a_draft()
    model, quoted = places(hit(FISHING), (0, 9), (10, 19), (20, 29)), places(hit(FEES, number="9"), (0, 5))
    same = {**quoted, 2: model[2]}
    failed = Sentence("No.", (1, 2, 8), SentenceState.NOT_FOUND)
    assert draft.admit(failed, model) is None
    draft.admit(Sentence("Yes.", (1,), SentenceState.SUPPORTED), same)
    exhibits, (dropped,) = draft.filed()
    assert [(x.citation.number, x.citation.article_id, x.citation.start) for x in exhibits] == [
        (1, "lakes#9", 0),
        (2, "lakes#7", 0),
        (3, "lakes#7", 10),
    ]
    assert (dropped.text, dropped.citations, dropped.state) == ("No.", (2, 3, UNREADABLE), SentenceState.NOT_FOUND)


def test_what_a_replaced_sentence_cited_is_kept_too():
    draft = a_draft()
    shown = places(hit(FISHING), (0, 9), (10, 19))
    failed = Sentence("No.", (2, 7), SentenceState.WRONG_PROVISION)
    event = draft.admit(Sentence("Yes.", (1,), SentenceState.SUPPORTED, instead_of=failed), shown)
    assert event.sentence.instead_of == replace(failed, citations=(2, UNREADABLE))
    assert [citation.number for citation in event.citations] == [1]
    assert [exhibit.citation.number for exhibit in draft.filed()[0]] == [1, 2]


def test_the_first_verified_sentence_is_timed_from_the_question_and_no_failed_one():
    class SlowLLM(ScriptedLLM):
        async def stream(self, messages, *, max_tokens, citable=None):
            yield "Boats are free on Sundays [99].\n"
            await asyncio.sleep(0.05)
            yield TRUE
            await asyncio.sleep(0.05)
            yield "Minors pay no fee [5].\n"

    seconds = dict(ask(SlowLLM("")).receipt.seconds)
    stages = sum(time for stage, time in seconds.items() if stage != "first_sentence")
    assert 0.05 < seconds["first_sentence"] < stages - 0.04
    assert "first_sentence" not in dict(ask(ScriptedLLM("NO ANSWER")).receipt.seconds)


def test_the_time_counts_from_the_question_not_from_the_search():
    async def first_event():
        assistant = Assistant(retriever=FixedRetriever(HITS), sources=Shelf(HITS), embedder=HashEmbedder())
        began = asyncio.get_running_loop().time()
        elapsed = 0.0
        async for event in assistant.stream(QUESTION):
            if isinstance(event, SentenceReady) and not elapsed:
                elapsed = asyncio.get_running_loop().time() - began
        return elapsed, dict(event.answer.receipt.seconds)

    elapsed, seconds = asyncio.run(first_event())
    assert seconds["understand"] + seconds["search"] < seconds["first_sentence"] <= elapsed
