"""The listing of errors: what it tells, in which order, and that it survives whatever stands in question and law."""

import pytest

from index.errors import UserFacingError
from index.release import Release
from retrieval.errors_listing import errors_listing, shared_words, write_errors
from retrieval.evaluation import Row, report_of
from retrieval.questions import Question
from tests.law_sample import HARBOUR, MARKET, corpus, open_search

ARTICLES = (
    (HARBOUR, "1", "Fees", "A vessel pays mooring fees on arrival."),
    (HARBOUR, "2", "", "The master shows a *light*.\nIt is white. " + "Dusk and dawn. " * 40),
    (MARKET, "1", "Stalls", "Fees for stalls are due each month."),
)


def row(name, text, relevant, found):
    return Row(Question(id=name, text=text, relevant=relevant, lang="en"), found, (0.0,), 0.0)


ROWS = (
    row("right", "Fees?", ("harbour#1",), ("harbour#1",)),
    row("second", "Which mooring fees\ndoes a vessel pay?", ("harbour#1",), ("market#1", "harbour#1")),
    row("lost", "Does the <b>master</b> show a light?", ("harbour#2",), ("market#1", "harbour#1")),
    row("nothing", "Parrots?", ("market#1",), ()),
)


@pytest.fixture
def release(tmp_path):
    open_search(tmp_path, corpus(articles=ARTICLES, long=False), max_chars=2000)
    with Release.open(tmp_path) as opened:
        yield opened


def test_the_worst_stands_first_and_what_went_right_is_only_counted(release):
    listing = errors_listing(report_of("dense", ["ndcg@10"], ROWS), release)
    lines = listing.splitlines()
    assert lines[0] == "# What went wrong: dense"
    assert lines[2] == (
        "4 questions: the right article came first for 1, at ranks 2 to 10 for 1, later for 0, and was not found for 2."
    )
    assert [line for line in lines if line.startswith("## ")] == [
        "## 1. lost: the right article came not among the 2 found",
        "## 2. nothing: the right article came not at all: nothing was found",
        "## 3. second: the right article came at rank 2",
    ]


def test_each_error_tells_the_question_what_came_first_the_right_article_and_the_shared_words(release):
    listing = errors_listing(report_of("dense", ["ndcg@10"], ROWS[1:2]), release)
    assert listing.partition("## ")[2].splitlines() == [
        "1. second: the right article came at rank 2",
        "",
        "> Which mooring fees does a vessel pay?",
        "",
        "- **Came first** (rank 1): Market Act, Article 1, Stalls (`market#1`)",
        "  - Fees for stalls are due each month.",
        "  - shares with the question: fees",
        "- **Right** (rank 2): Harbour Act, Article 1, Fees (`harbour#1`)",
        "  - A vessel pays mooring fees on arrival.",
        "  - shares with the question: mooring fees does a vessel pay",
    ]


def test_markup_in_question_and_law_is_shown_not_obeyed_and_long_text_is_cut(release):
    listing = errors_listing(report_of("dense", ["ndcg@10"], ROWS[2:3]), release)
    assert r"> Does the \<b\>master\</b\> show a light?" in listing
    (beginning,) = (line for line in listing.splitlines() if "Dusk" in line)
    assert beginning.startswith(r"  - The master shows a \*light\*. It is white. Dusk")
    assert beginning.endswith("…")
    assert len(beginning) <= 310


def test_the_other_measurements_rank_is_told(release):
    beside = report_of("fused", ["ndcg@10"], (row("second", ROWS[1].question.text, ("harbour#1",), ("harbour#1",)),))
    listing = errors_listing(report_of("dense", ["ndcg@10"], ROWS[1:2]), release, beside=beside)
    assert "## 1. second: the right article came at rank 2; with fused: at rank 1" in listing


@pytest.mark.parametrize(
    ("question", "text", "lang", "expected"),
    [
        (
            "Does a vessel pay mooring fees?",
            "Vessels must pay no fees for mooring.",
            "en",
            ("vessel pay mooring fees",),
        ),
        ("fees, and fees", "Fees", "en", ("fees and fees",)),
        ("fees of parrots of fees", "Fees", "en", ("fees",)),
        ("The law of the sea", "The law of the land", "en", ("law",)),
        ("Thời hạn nộp phí là bao lâu?", "Phí được nộp trong thời hạn mười ngày.", "vi", ("thời hạn nộp phí",)),
        ("Parrots?", "Fees", "en", ()),
        ("", "", "en", ()),
    ],
)
def test_shared_words_are_runs_of_the_question_compared_as_the_search_does(question, text, lang, expected):
    assert shared_words(question, text, lang=lang) == expected


def test_a_listing_that_cannot_be_written_is_an_error_for_the_reader(tmp_path):
    with pytest.raises(UserFacingError, match="cannot be written"):
        write_errors("text", tmp_path / "no folder" / "errors.md")
