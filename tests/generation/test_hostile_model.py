"""R18 and the hostile model: 500 real questions to a model that lies; `make hostile` lists what leaves the API."""

import sys

import pytest

from tests.hostile import LIES, Line, Tally, check, read_provisions, report, run
from tests.mutations.sources import DATA


@pytest.fixture(scope="module")
def tally(tmp_path_factory):
    if not (DATA / "corpora").is_dir():
        pytest.skip(f"no law at {DATA}: set LEXCITE_DATA to the folder of corpora")
    return run(500, tmp_path_factory.mktemp("hostile"))


@pytest.mark.real_law
def test_nothing_invented_leaves_the_api(tally):
    sys.stdout.write(report(tally) + "\n")
    assert tally.leaks == []


@pytest.mark.real_law
def test_the_model_wrote_every_lie_in_every_run_and_most_of_the_truth_was_shown(tally):
    assert tally.questions == 500
    assert tally.by_model > 400
    assert {kind for kind in LIES if tally.written[kind] < 5} == set()
    true = tally.written["true"] + tally.written["true, introduced"]
    assert tally.passed["true"] + tally.passed["true, introduced"] > 0.7 * true


ROW = {
    "id": "lakes#7",
    "law_title": "Lakes Act",
    "article": "Article 7",
    "text": "1. The holder reports within 48 hours.\n2. Minors pay no fee.",
}
CITATION = {
    "number": 1,
    "article_id": "lakes#7",
    "law": "Lakes Act",
    "article": "Article 7",
    "quote": "Minors pay no fee.",
}


def checked(text, *, citation=CITATION, written=(), state="supported"):
    """What the checker says of one shown sentence."""
    answer = {
        "outcome": "answered", "mode": "model", "message": "", "notes": [], "answer": text, "citations": [citation],
        "sentences": [{"text": text, "citations": [1], "state": state}],
    }  # fmt: skip
    tally = Tally()
    check(tally, "?", answer, list(written), {ROW["id"]: ROW})
    return [leak.kind for leak in tally.leaks]


def test_the_checker_lets_the_text_of_the_law_and_known_truths_pass_and_nothing_else():
    true = Line("true, introduced", "The law says that minors pay no fee.", "[1]", true=True)
    lie = Line("a lie", "Minors pay EUR 5.", "[1]")
    assert checked("Minors pay no fee.") == []
    assert checked("The law says that minors pay no fee.", written=[true]) == []
    assert checked("Minors pay EUR 5.", written=[lie]) == ["a lie"]
    assert checked("Minors pay nothing.") == ["unknown"]
    assert checked("Minors pay no fee.", state="unsupported") == ["unknown"]
    assert checked("Minors pay no fee, evil.example.") == ["unknown", "an address"]


@pytest.mark.parametrize(
    "changes",
    [{"quote": "Minors pay a fee."}, {"article": "Article 8"}, {"article_id": "lakes#8"}, {"law": "Sea Act"}],
)
def test_the_checker_sees_a_citation_that_is_not_in_the_corpus(changes):
    assert checked("Minors pay no fee.", citation=CITATION | changes)[0] == "an invented citation"


def test_the_provisions_of_a_prompt_are_read_with_all_their_lines():
    prompt = "Provisions:\n\nLakes Act, Article 7\n[1] One\n| (a) two\n[2] Three\n\nQuestion: x"
    assert read_provisions(prompt) == {1: "One\n(a) two", 2: "Three"}
