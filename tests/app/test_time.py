import asyncio
import re
from datetime import date
from pathlib import Path

import pytest

from app.cli import main
from app.settings import Settings
from generation.answer import Outcome
from index.articles import Article, ArticleVersion, Corpus, Law, Status, version_id
from retrieval.search import Filters
from tests.small_law import publish_corpus, small_engine

LAW = Law("kennels", "Kennels Act", "en", jurisdiction="XX")
TEXTS = (
    (date(2000, 1, 1), date(2010, 6, 1), "The fine for a barking dog is 5 crowns."),
    (date(2010, 6, 1), None, "The fine for a barking dog is 10 crowns."),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("time")
    fine, leash = Article("kennels#a1", "kennels", "Article 1", "1"), Article("kennels#a2", "kennels", "Article 2", "2")
    versions = [
        ArticleVersion(version_id(fine.id, since), fine.id, "Fine", text, "en", since, until, Status.IN_FORCE)
        for since, until, text in TEXTS
    ]
    ended = ArticleVersion(
        version_id(leash.id, date(2000, 1, 1)), leash.id, "Leash", "A leash measures 2 metres at most.", "en",
        date(2000, 1, 1), date(2015, 1, 1), Status.IN_FORCE,
    )  # fmt: skip
    publish_corpus(folder, Corpus((LAW,), (fine, leash), (*versions, ended)))
    return folder / "index"


@pytest.fixture(scope="module")
def engine(index):
    opened = small_engine(Settings(index=index, embedder="words"))
    with opened.release:
        yield opened


async def ask(engine, question: str, as_of: date | None = None):
    return await engine.assistant.ask(question, filters=Filters(as_of=as_of))


@pytest.mark.parametrize(
    ("question", "as_of", "text", "notes"),
    [
        ("What is the fine for a barking dog?", None, TEXTS[1][2], ()),
        (
            "What is the fine for a barking dog?",
            date(2010, 5, 31),
            TEXTS[0][2],
            ("As in force on 31 May 2010.", "Article 1 of Kennels Act has a new text since 1 June 2010."),
        ),
        ("What was the fine for a barking dog on 1 June 2010?", None, TEXTS[1][2], ("As in force on 1 June 2010.",)),
        (
            "What was the fine for a barking dog in 2010?",
            None,
            TEXTS[1][2],
            (
                "As in force on 31 December 2010.",
                "Article 1 of Kennels Act changed within that period, on 1 June 2010.",
            ),
        ),
    ],
)
def test_the_law_of_the_day_answers_and_says_so(engine, question, as_of, text, notes):
    answer = asyncio.run(ask(engine, question, as_of))
    assert answer.outcome is Outcome.ANSWERED
    assert [sentence.text for sentence in answer.sentences] == [text]
    assert answer.notes == notes


@pytest.mark.parametrize(
    ("question", "as_of", "outcome"),
    [
        ("What is the fine for a barking dog?", date(1999, 12, 31), Outcome.HISTORY_MISSING),
        ("What does Article 1 Kennels Act say?", date(1999, 12, 31), Outcome.HISTORY_MISSING),
        ("What does Article 2 Kennels Act say?", None, Outcome.REPEALED),
        ("What does Article 2 Kennels Act say?", date(2014, 12, 31), Outcome.ANSWERED),
    ],
)
def test_what_is_no_law_on_the_day_is_refused_and_the_reason_told(engine, question, as_of, outcome):
    answer = asyncio.run(ask(engine, question, as_of))
    assert answer.outcome is outcome
    assert bool(answer.sentences) == (outcome is Outcome.ANSWERED)
    assert bool(answer.message) == (outcome is not Outcome.ANSWERED)
    assert answer.receipt.dropped == ()  # what is no law on the day failed no check


def test_of_several_articles_named_those_that_are_law_on_the_day_are_quoted_and_the_others_told(engine):
    answer = asyncio.run(ask(engine, "What do Articles 1 and 2 Kennels Act say?", date(2016, 5, 5)))
    assert (answer.outcome, [sentence.text for sentence in answer.sentences]) == (Outcome.ANSWERED, [TEXTS[1][2]])
    assert answer.message == "Article 2 of Kennels Act is repealed: it was no longer law on 5 May 2016."
    assert answer.receipt.dropped == ()


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A series that keeps an old text beside the new one for ten years, and a law of which some came as a series."""
    folder = tmp_path_factory.mktemp("odd")
    mews, kept = Law("mews", "Mews Act", "en", complete_from=date(2000, 1, 1)), Law("kept", "Keepers Act", "en")
    old, new = Article("mews#a5", "mews", "Article 5", "5"), Article("mews#a5~2", "mews", "Article 5", "5")
    later = Article("mews#a6", "mews", "Article 6", "6")
    first, second = (Article(f"kept#a{number}", "kept", f"Article {number}", str(number)) for number in (1, 2))

    def version(of, text, since, until=None, status=Status.IN_FORCE):
        begins, ends = date(since, 1, 1), date(until, 1, 1) if until else None
        return ArticleVersion(version_id(of.id, begins), of.id, "", text, "en", begins, ends, status)

    versions = (
        version(old, "A falcon sleeps in the mews.", 2000, 2005),
        version(old, "A falcon sleeps in the mews.", 2005, 2015, Status.UNKNOWN),
        version(new, "A falcon sleeps where it likes.", 2005, 2015, Status.UNKNOWN),
        version(new, "A falcon sleeps where it likes, but outside.", 2015),
        version(later, "A hood is made of leather.", 2010),
        version(first, "A keeper wears a glove.", 2000, 2010),
        version(first, "A keeper wears two gloves.", 2010),
        version(second, "A keeper carries a whistle.", 2012),
    )
    publish_corpus(folder, Corpus((mews, kept), (old, new, later, first, second), versions))
    opened = small_engine(Settings(index=folder / "index", embedder="words"))
    with opened.release:
        yield opened


def test_two_texts_of_a_number_are_both_shown_and_the_answer_says_that_either_may_be_law(odd):
    answer = asyncio.run(ask(odd, "What does Article 5 Mews Act say?", date(2010, 5, 5)))
    assert [sentence.text for sentence in answer.sentences] == [
        "A falcon sleeps in the mews.",
        "A falcon sleeps where it likes.",
    ]
    told = "Mews Act has Article 5 in two texts at once: its source does not tell which of them was law."
    assert told in answer.notes
    assert answer.notes.count(told) == 1
    settled = asyncio.run(ask(odd, "What does Article 5 Mews Act say?", date(2004, 5, 5)))
    assert [sentence.text for sentence in settled.sentences] == ["A falcon sleeps in the mews."]
    assert (settled.message, settled.receipt.dropped) == ("", ())
    assert told not in settled.notes


def test_only_a_law_that_is_complete_says_that_an_article_was_not_yet_law(odd):
    inserted = asyncio.run(ask(odd, "What does Article 6 Mews Act say?", date(2005, 5, 5)))
    assert inserted.outcome is Outcome.NOT_YET_IN_FORCE
    mixed = asyncio.run(ask(odd, "What does Article 2 Keepers Act say?", date(2005, 5, 5)))
    assert mixed.outcome is Outcome.HISTORY_MISSING


def test_of_an_incomplete_law_the_text_of_the_day_answers_and_no_later_one_is_in_its_way(odd):
    answer = asyncio.run(ask(odd, "Does a keeper wear gloves?", date(2005, 5, 5)))
    assert (answer.outcome, [one.text for one in answer.sentences]) == (Outcome.ANSWERED, ["A keeper wears a glove."])


def test_of_a_day_to_come_only_what_is_known_today_is_told(engine):
    answer = asyncio.run(ask(engine, "What is the fine for a barking dog?", date(9999, 12, 31)))
    assert answer.notes == ("For 31 December 9999, by what is known of the law today.",)


def test_history_shows_each_version_and_its_change(index, capsys):
    assert main(["history", "kennels", "1", "--index", str(index)]) == 0
    shown = capsys.readouterr().out
    assert "from 2000-01-01 to 2010-05-31" in shown
    assert "from 2010-06-01\n  … for a barking dog is [-5-] {+10+} crowns. …" in shown.replace("fine for", "for")


def test_article_prints_the_text_of_a_day_or_says_that_it_is_missing(index, capsys):
    assert main(["article", "kennels", "1", "--as-of", "2005-01-01", "--index", str(index)]) == 0
    assert "5 crowns" in capsys.readouterr().out
    assert main(["article", "kennels", "1", "--as-of", "1999-01-01", "--index", str(index)]) == 1
    assert "is not in this index" in capsys.readouterr().err


def test_article_says_of_a_text_in_doubt_that_it_is_perhaps_law(odd, capsys):
    index = odd.release.path.parents[1]
    assert main(["article", "mews", "5", "--as-of", "2010-05-05", "--index", str(index)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("perhaps law on 2010-05-05: its source does not tell (from 2005-01-01 to 2014-12-31)") == 2


def test_the_examples_of_the_page_about_time_hold():
    page = (Path(__file__).parents[2] / "docs" / "time.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "docs/time.md", "exec"), {})  # noqa: S102 - the page's own examples
