"""The day that is asked for: in the date field of the chat page and as `as_of` of the API."""

import asyncio
from datetime import date

import httpx
import pytest

from app.access import Keys
from app.api.application import create_application
from app.api.limits import Admission
from app.api.state import State
from app.chat import page_language, render
from app.service import Service
from app.settings import Settings
from generation.answer import Turn
from index.articles import Article, ArticleVersion, Corpus, Law, Status, version_id
from tests import small_law

LAW = Law("kennels", "Kennels Act", "en", jurisdiction="XX")
FINE = Article("kennels#a1", "kennels", "Article 1", "1")
OLD, NEW = "The fine for a barking dog is 5 crowns.", "The fine for a barking dog is 10 crowns."
QUESTION = "What is the fine for a barking dog?"


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    folder = tmp_path_factory.mktemp("day")
    change = date(2010, 6, 1)
    versions = tuple(
        ArticleVersion(version_id(FINE.id, since), FINE.id, "Fine", text, "en", since, until, Status.IN_FORCE)
        for since, until, text in ((date(2000, 1, 1), change, OLD), (change, None, NEW))
    )
    small_law.publish_corpus(folder, Corpus((LAW,), (FINE,), versions))
    return Settings(index=folder / "index", embedder="words")


def typed(settings, as_of, *, lang="en", question=QUESTION, turns=()):
    """What the chat page ends with where `as_of` stands in the date field: its HTML, and the turn to remember."""

    async def last():
        service = Service(small_law.SmallOpener(settings))
        state = State(service, settings, Admission(4))
        shown = [one async for one in render(state, question, turns, 1, as_of=as_of, lang=lang)]
        service.close()
        return shown[-1]

    said, _, turn = asyncio.run(last())
    return said, turn


def asked(settings, path="/api/v1/ask", **body):
    """The API's answer to a question, or to a GET of another path."""

    async def response():
        service = Service(small_law.SmallOpener(settings))
        application, _ = create_application(service, settings, keys=Keys())
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            if path == "/api/v1/ask":
                made = await client.post(path, json={"question": QUESTION} | body)
            else:
                made = await client.get(path, params=body)
        service.close()
        return made

    made = asyncio.run(response())
    return made.status_code, made.json()


@pytest.mark.parametrize("as_of", ["3 May 2016", "2016", "2016-02-30", "yesterday", "<b>"])
def test_a_malformed_date_in_the_chat_is_told_with_the_form_that_is_wanted(settings, as_of):
    said, turn = typed(settings, as_of)
    shown = as_of.replace("<b>", "&lt;b&gt;")
    assert shown in said
    assert "is no date. Write year, month and day, as in 2016-05-03, or leave the field empty for today." in said
    assert "<b>" not in said
    assert turn is None


@pytest.mark.parametrize(
    ("lang", "words"),
    [("es", "no es una fecha. Escribe año, mes y día, como 2016-05-03"), ("vi", "không phải là ngày. Hãy viết năm")],
)
def test_the_form_of_a_date_is_told_in_the_language_of_the_page(settings, lang, words):
    assert words in typed(settings, "ayer", lang=lang)[0]


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("es-CL,es;q=0.9,en;q=0.8", "es"), ("vi", "vi"), ("en-GB", "en"), ("fr-FR,es;q=0.5", "en"), ("", "en")],
)
def test_the_page_speaks_the_first_language_of_the_browser_or_english(accepted, lang):
    assert page_language(accepted) == lang


def test_the_date_field_selects_the_text_of_the_day_in_a_follow_up_too(settings):
    said, turn = typed(settings, " 2005-05-03 ")
    assert "5 crowns" in said
    assert "As in force on 3 May 2005." in said
    follow_up, _ = typed(settings, "2011-05-03", question="And what is the fine then?", turns=[turn])
    assert "10 crowns" in follow_up
    assert "As in force on 3 May 2011." in follow_up


def test_a_day_before_all_law_is_refused_and_a_day_to_come_is_told_to_be_one(settings):
    said, _ = typed(settings, "0001-01-01")
    assert "crowns" not in said
    assert "is not in this index" in said
    ahead, _ = typed(settings, "9999-12-31")
    assert "10 crowns" in ahead
    assert "31 December 9999" in ahead


@pytest.mark.parametrize("path", ["/api/v1/ask", "/api/v1/search", "/api/v1/articles/kennels%23a1"])
@pytest.mark.parametrize("as_of", ["3/5/2016", "2016-13-01", "2016", "1462233600", "2016-05-03T00:00:00", ""])
def test_a_malformed_as_of_is_refused_by_the_api_with_the_form_that_is_wanted(settings, path, as_of):
    extra = {} if path == "/api/v1/ask" else {"question": QUESTION}
    status, made = asked(settings, path, as_of=as_of, **extra)
    assert status == 422
    assert f"as_of: Value error, {as_of!r} is no date; write it as 2016-05-03" in made["error"]


@pytest.mark.parametrize("as_of", [0, 1462233600, True, ["2016-05-03"]])
def test_a_number_is_no_day(settings, as_of):
    status, made = asked(settings, as_of=as_of)
    assert status == 422
    assert "is no date" in made["error"]


@pytest.mark.parametrize(
    ("as_of", "outcome", "text"),
    [
        ("0001-01-01", "history_missing", None),
        ("1999-12-31", "history_missing", None),
        ("2000-01-01", "answered", OLD),
        ("2010-05-31", "answered", OLD),
        ("2010-06-01", "answered", NEW),
        ("9999-12-31", "answered", NEW),
        (None, "answered", NEW),
    ],
)
def test_as_of_selects_the_text_from_the_far_past_to_the_far_future(settings, as_of, outcome, text):
    status, made = asked(settings, as_of=as_of)
    assert status == 200
    assert made["outcome"] == outcome
    assert made["as_of"] == as_of
    assert [sentence["text"] for sentence in made["sentences"]] == ([] if text is None else [text])


def test_as_of_holds_for_a_follow_up_whatever_the_conversation_said(settings):
    earlier = {"question": "What was the fine for a barking dog on 3 May 2011?", "answer": NEW}
    _, made = asked(settings, question="And what is the fine then?", conversation=[earlier], as_of="2005-05-03")
    assert made["as_of"] == "2005-05-03"
    assert [sentence["text"] for sentence in made["sentences"]] == [OLD]


def test_articles_and_search_take_the_far_past_and_the_future(settings):
    status, made = asked(settings, "/api/v1/articles/kennels%23a1", as_of="0001-01-01")
    assert (status, "begins 2000-01-01" in made["error"]) == (404, True)
    status, made = asked(settings, "/api/v1/articles/kennels%23a1", as_of="9999-12-31")
    assert (status, made["text"]) == (200, NEW)
    status, made = asked(settings, "/api/v1/search", question=QUESTION, as_of="9999-12-31")
    assert (status, [hit["standing"] for hit in made["hits"]]) == (200, ["in_force"])


def test_a_turn_without_an_answer_is_not_remembered(settings):
    assert typed(settings, "no day", turns=[Turn(QUESTION, QUESTION, NEW)])[1] is None
