import asyncio
import io
import json
import re
import sys
from dataclasses import replace
from datetime import date

import pytest

from app.cli import main
from app.reference import DOCS
from app.render import answer_json
from app.shapes import CheckedJson, CitedJson, SinceJson, VerificationJson
from generation.answer import Mode
from generation.receipts import ExhibitJson, ReceiptJson, SentenceJson, seal
from generation.replay import Finding
from index.articles import Article, ArticleVersion, Corpus, Law, Status, version_id
from tests import small_law
from tests.fakes import ScriptedLLM
from tests.small_law import publish_corpus, small_engine

QUESTION = "When does the landlord return the deposit?"
SAID = "The landlord returns the deposit within 30 days after the tenancy ends."


def ask(settings, question=QUESTION, llm=None):
    engine = small_engine(settings, llm)
    with engine.release:
        return asyncio.run(engine.assistant.ask(question))


def changed(law, label, old, new):
    """The small law with some words of one article put otherwise."""
    return [
        (one[0], *one[1:6], one[6].replace(old, new)) if (one[0], one[4]) == (law, label) else one
        for one in small_law.ARTICLES
    ]


@pytest.fixture
def made(tmp_path):
    """An index, and the receipt of an answer from it."""
    settings = small_law.build(tmp_path)
    receipt = answer_json(ask(settings))["receipt"]
    return settings, receipt


class Verifier:
    """Runs `lexcite verify` on receipts that it writes to a file."""

    def __init__(self, folder, capsys):
        self.path = folder / "receipt.json"
        self.capsys = capsys

    def __call__(self, receipt, settings, *options):
        content = receipt if isinstance(receipt, bytes) else json.dumps(receipt, ensure_ascii=False).encode()
        self.path.write_bytes(content)
        status = main(["verify", str(self.path), "--index", str(settings.index), *options])
        return status, self.capsys.readouterr()

    def json(self, receipt, settings, *options):
        status, printed = self(receipt, settings, "--json", *options)
        return status, json.loads(printed.out)


@pytest.fixture
def verify(tmp_path, capsys):
    return Verifier(tmp_path, capsys)


def findings(report):
    return [one["finding"] for one in report["sentences"]]


def test_a_receipt_holds_against_the_release_that_it_was_written_from(made, verify):
    settings, receipt = made
    status, report = verify.json(receipt, settings)
    assert status == 0
    assert (report["holds"], report["intact"], report["same_release"], report["same_gate"]) == (True, True, True, True)
    assert report["sentences"][0]["text"] == SAID
    assert set(findings(report)) == {"holds"}
    assert (report["since"], report["failed_then"]) == ([], [])
    status, printed = verify(receipt, settings)
    assert status == 0
    assert f"holds           {SAID} [1]" in printed.out


def test_a_whole_answer_is_taken_for_its_receipt_and_stdin_for_a_file(made, verify, monkeypatch):
    settings, _ = made
    answer = answer_json(ask(settings))
    assert verify.json(answer, settings)[0] == 0
    content = json.dumps(answer, indent=4, ensure_ascii=True).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main(["verify", "-", "--index", str(settings.index)]) == 0
    assert verify.capsys.readouterr().out.startswith(f"the receipt on stdin: {QUESTION}\n")


def test_a_clause_that_changed_is_shown_with_its_change(made, verify, tmp_path):
    settings, receipt = made
    small_law.build(tmp_path, changed("tenancy", "Article 7", "30 days", "20 days"))
    status, report = verify.json(receipt, settings)
    assert (status, report["holds"], report["intact"], report["same_release"]) == (1, False, True, False)
    first = report["sentences"][0]
    assert (first["finding"], first["holds"], first["state"]) == ("changed", False, "not_checked")
    (change,) = first["citations"][0]["changes"]
    assert (change["removed"], change["added"]) == ("30", "20")
    assert [(one["article_id"], one["what"]) for one in report["since"]] == [("tenancy#a7", "changed")]
    status, printed = verify(receipt, settings)
    assert status == 1
    assert "[1] Article 7(1), Tenancy Act 2001: reads otherwise" in printed.out
    assert "[-30-] {+20+}" in printed.out
    assert "Article 7, Tenancy Act 2001: has a new text" in printed.out


def test_the_receipt_still_holds_against_the_old_release(made, verify, tmp_path):
    settings, receipt = made
    small_law.build(tmp_path, changed("tenancy", "Article 7", "30 days", "20 days"))
    status, report = verify.json(receipt, settings, "--release", receipt["release"])
    assert (status, report["same_release"]) == (0, True)


def test_a_change_elsewhere_in_the_article_leaves_the_sentence_standing_and_is_told(made, verify, tmp_path):
    settings, receipt = made
    receipt = with_first_sentence_alone(receipt)
    small_law.build(tmp_path, changed("tenancy", "Article 7", "interest of 5 %", "interest of 4 %"))
    status, report = verify.json(receipt, settings)
    assert (status, findings(report)) == (0, ["holds"])
    assert [one["what"] for one in report["since"]] == ["changed"]


def with_first_sentence_alone(receipt):
    receipt = {**receipt, "sentences": receipt["sentences"][:1], "citations": receipt["citations"][:1]}
    return {**receipt, "sha256": seal(receipt)}


def test_words_that_moved_to_another_clause_are_found_there(made, verify, tmp_path):
    settings, receipt = made
    new = changed("tenancy", "Article 7", "1. The landlord", "1. A deposit is at most 2 rents.\n2. The landlord")
    new = [(*one[:6], one[6].replace("\n2. After", "\n3. After")) for one in new]
    small_law.build(tmp_path, new)
    status, report = verify.json(with_first_sentence_alone(receipt), settings)
    assert (status, findings(report)) == (1, ["moved"])
    assert report["sentences"][0]["citations"][0]["now"] == "Article 7(2), Tenancy Act 2001"


def test_a_quotation_that_the_law_now_continues_is_no_longer_the_law(tmp_path, verify):
    settings = small_law.build(tmp_path)
    receipt = answer_json(ask(settings, "What does Article 12 Labour Code say?"))["receipt"]
    small_law.build(tmp_path, changed("labour", "Article 12", "15 days.", "15 days. Minors get 30 days."))
    status, report = verify.json(receipt, settings)
    assert (status, findings(report)) == (1, ["changed"])


def test_an_article_or_a_law_that_is_gone_is_told_apart(made, verify, tmp_path):
    settings, receipt = made
    small_law.build(tmp_path, [one for one in small_law.ARTICLES if one[4] != "Article 7"])
    status, report = verify.json(receipt, settings)
    assert (status, set(findings(report))) == (1, {"removed"})
    assert [one["what"] for one in report["since"]] == ["removed"]
    small_law.build(tmp_path, [one for one in small_law.ARTICLES if one[0] != "tenancy"])
    status, report = verify.json(receipt, settings)
    assert (status, set(findings(report)), report["since"]) == (1, {"not_checkable"}, [])


def altered(receipt, change, *, resealed):
    receipt = json.loads(json.dumps(receipt))
    change(receipt)
    return {**receipt, "sha256": seal(receipt)} if resealed else receipt


def swap_quote(receipt):
    cited = receipt["citations"][0]
    cited["quote"] = cited["quote"].replace("30 days", "90 days")


def swap_sentence(receipt):
    receipt["sentences"][0]["text"] = SAID.replace("30 days", "90 days")


def swap_label(receipt):
    receipt["citations"][0]["provision"] = "Article 9(1)"


def point_nowhere(receipt):
    receipt["sentences"][0]["citations"] = [7]


@pytest.mark.parametrize(
    ("change", "unsealed", "resealed"),
    [
        (swap_quote, "altered", "altered"),
        (swap_sentence, "altered", "check_failed"),
        (swap_label, "altered", "moved"),
        (point_nowhere, "altered", "check_failed"),
    ],
)
def test_an_altered_receipt_never_holds_whether_or_not_it_was_sealed_anew(made, verify, change, unsealed, resealed):
    settings, receipt = made
    status, report = verify.json(altered(receipt, change, resealed=False), settings)
    assert (status, report["intact"], findings(report)[0]) == (1, False, unsealed)
    status, report = verify.json(altered(receipt, change, resealed=True), settings)
    assert (status, report["intact"], findings(report)[0]) == (1, True, resealed)


@pytest.mark.parametrize(
    ("field", "planted"),
    [("url", "https://law.example.evil/7"), ("article", "Article 70"), ("path", ["9"]), ("lang", "fr")],
)
def test_what_a_receipt_sealed_anew_says_of_a_place_is_held_against_the_release(made, verify, tmp_path, field, planted):
    settings, receipt = made
    forged = altered(receipt, lambda one: one["citations"][0].update({field: planted}), resealed=True)
    status, report = verify.json(forged, settings)
    assert (status, report["intact"], findings(report)[0]) == (1, True, "altered")
    unknown_text = altered(forged, lambda one: one["citations"][0].update(text_sha256="0" * 64), resealed=True)
    assert findings(verify.json(unknown_text, settings)[1])[0] == "moved"
    small_law.build(tmp_path, changed("labour", "Article 12", "15 days", "20 days"))
    status, report = verify.json(forged, settings)  # another release may have had it otherwise
    assert (status, report["same_release"], findings(report)[0]) == (1, False, "moved")


def test_a_receipt_sealed_anew_with_an_outcome_that_its_sentences_belie_is_told_as_altered(made, verify):
    settings, receipt = made
    for change in ({"outcome": "repealed"}, {"sentences": []}):
        forged = altered(receipt, lambda one, change=change: one.update(change), resealed=True)
        status, report = verify.json(forged, settings)
        assert (status, report["holds"], report["intact"]) == (1, False, False), change


def test_an_altered_receipt_whose_sentences_all_hold_is_still_refused(made, verify):
    settings, receipt = made
    status, report = verify.json({**receipt, "question": "May I keep the deposit?"}, settings)
    assert (status, report["holds"], report["intact"], set(findings(report))) == (1, False, False, {"holds"})
    _, printed = verify({**receipt, "question": "May I keep the deposit?"}, settings)
    assert "! the receipt was altered after it was written" in printed.out


def test_every_field_of_a_receipt_is_under_its_seal(made):
    _, receipt = made
    assert seal(receipt) == receipt["sha256"]
    for field, value in receipt.items():
        if field != "sha256":
            other = {**receipt, field: [value]}
            assert seal(other) != receipt["sha256"], field


def test_a_sentence_of_the_model_and_those_that_failed_are_put_to_the_gate_again(tmp_path, verify):
    settings = small_law.build(tmp_path)

    def reply(messages):
        number = re.search(r"\[(\d+)\][^\[]*?within 30 days", messages[-1].content).group(1)
        return f"The deposit is returned by the landlord within 30 days [{number}].\nIt is doubled [99].\n"

    answer = ask(settings, llm=ScriptedLLM(reply))
    assert answer.mode is Mode.MODEL
    receipt = answer_json(answer)["receipt"]
    status, report = verify.json(receipt, settings)
    assert (status, findings(report), report["sentences"][0]["state"]) == (0, ["holds"], "supported")
    assert [(one["state"], one["now"]) for one in report["failed_then"]] == [("not_found", "not_found")]
    small_law.build(tmp_path, changed("tenancy", "Article 7", "30 days", "20 days"))
    assert findings(verify.json(receipt, settings)[1]) == ["changed"]


def test_a_quotation_in_place_of_a_failed_sentence_holds_and_the_failed_one_still_fails(tmp_path, verify):
    settings = small_law.build(tmp_path)

    def reply(messages):
        number = re.search(r"\[(\d+)\][^\[]*?within 30 days", messages[-1].content).group(1)
        return f"The landlord returns the deposit within 90 days after the tenancy ends [{number}].\n"

    receipt = answer_json(ask(settings, llm=ScriptedLLM(reply)))["receipt"]
    assert (receipt["mode"], receipt["sentences"][0]["text"]) == ("model", SAID)
    failed = receipt["sentences"][0]["instead_of"]
    status, report = verify.json(receipt, settings)
    assert (status, findings(report)) == (0, ["holds"])
    assert report["failed_then"] == [{"text": failed["text"], "state": failed["state"], "now": failed["state"]}]


KENNELS = Law("kennels", "Kennels Act", "en", jurisdiction="XX")
FINES = ("The fine for a barking dog is 5 crowns.", "The fine for a barking dog is 10 crowns.")


def kennels(since_2010=FINES[1], *, ended=None):
    article = Article("kennels#a1", "kennels", "Article 1", "1")
    days = (date(2000, 1, 1), date(2010, 6, 1), ended)
    versions = [
        ArticleVersion(
            version_id(article.id, days[i]), article.id, "Fine", text, "en", days[i], days[i + 1], Status.IN_FORCE
        )
        for i, text in enumerate((FINES[0], since_2010))
    ]
    return Corpus((KENNELS,), (article,), tuple(versions))


def test_a_receipt_of_a_past_day_holds_for_that_day_and_tells_what_came_after(tmp_path, verify):
    publish_corpus(tmp_path, kennels())
    settings = replace(small_law.Settings(), index=tmp_path / "index", embedder="words")
    answer = ask(settings, "What was the fine for a barking dog on 5 May 2005?")
    assert [sentence.text for sentence in answer.sentences] == [FINES[0]]
    status, report = verify.json(answer_json(answer)["receipt"], settings)
    assert (status, findings(report)) == (0, ["holds"])
    (since,) = report["since"]
    assert (since["what"], since["day"]) == ("changed", "2010-06-01")
    assert [(one["removed"], one["added"]) for one in since["changes"]] == [("5", "10")]


def test_a_repealed_article_is_told_with_its_day(tmp_path, verify):
    publish_corpus(tmp_path, kennels())
    settings = replace(small_law.Settings(), index=tmp_path / "index", embedder="words")
    receipt = answer_json(ask(settings, "What is the fine for a barking dog?"))["receipt"]
    publish_corpus(tmp_path, kennels(ended=date(2020, 1, 1)))
    status, report = verify.json(receipt, settings)
    assert (status, findings(report)) == (1, ["repealed"])
    assert [(one["what"], one["day"]) for one in report["since"]] == [("repealed", "2020-01-01")]
    assert "no longer law since 2020-01-01" in verify(receipt, settings)[1].out


def without(field):
    return lambda receipt: {name: value for name, value in receipt.items() if name != field}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda _: b"", "line 1, column 1: not JSON"),
        (lambda _: b"\xff\xfe", "not UTF-8 at byte 0"),
        (lambda _: b"[" * 100_000, "not a receipt"),
        (lambda _: b'{"format": 1, "format": 1}', "a name stands twice"),
        (lambda _: b'{"format": NaN}', "NaN is no number in JSON"),
        (lambda _: b"[1]", 'it has no "format"'),
        (lambda receipt: {**receipt, "format": 2}, "a receipt of format 2, but this lexcite"),
        (without("sentences"), "sentences: missing"),
        (lambda receipt: {**receipt, "outcome": "won"}, "outcome: 'won' is none of answered"),
        (lambda receipt: {**receipt, "citations": [5]}, "citations[0]: not an object"),
        (lambda receipt: {**receipt, "citations": receipt["citations"] * 2}, "citations: two have one number"),
        (lambda receipt: {**receipt, "as_of": "yesterday"}, "as_of: 'yesterday' is no date"),
        (lambda receipt: {**receipt, "seconds": {"search": "1"}}, "seconds: not numbers"),
    ],
)
def test_what_is_no_receipt_is_refused_in_one_line_that_names_the_file(made, verify, content, said):
    settings, receipt = made
    status, printed = verify(content(receipt), settings)
    assert (status, printed.out) == (1, "")
    assert printed.err.startswith("lexcite: ")
    assert printed.err.count("\n") == 1
    assert "receipt.json" in printed.err
    assert said in printed.err


def test_a_missing_file_index_or_release_is_named(made, verify, tmp_path, capsys):
    settings, receipt = made
    assert main(["verify", str(tmp_path / "none.json"), "--index", str(settings.index)]) == 1
    assert "none.json: cannot be read: No such file" in capsys.readouterr().err
    status, printed = verify(receipt, replace(settings, index=tmp_path / "nowhere"))
    assert (status, "nowhere: there is no index here: make one with build-index" in printed.err) == (1, True)
    status, printed = verify(receipt, settings, "--release", "r9")
    assert (status, "there is no release 'r9' here" in printed.err) == (1, True)


def test_what_a_model_of_entailment_judged_is_not_called_wrong_where_only_words_can_judge(made, verify):
    settings, receipt = made

    def judged(receipt):
        receipt["sentences"][0]["text"] = "The money is seen again before long."
        receipt["judge"] = "cross-encoder"

    status, report = verify.json(altered(receipt, judged, resealed=True), settings)
    assert (status, findings(report)) == (1, ["not_checkable"])


def test_the_page_on_receipts_names_every_field_and_finding():
    page = (DOCS / "receipts.md").read_text("utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    for shape in (ReceiptJson, ExhibitJson, SentenceJson, VerificationJson, CheckedJson, CitedJson, SinceJson):
        assert set(shape.__annotations__) <= named, shape
    assert set(Finding) <= named
