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


def test_the_examples_of_the_page_about_time_hold():
    page = (Path(__file__).parents[2] / "docs" / "time.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "docs/time.md", "exec"), {})  # noqa: S102 - the page's own examples
