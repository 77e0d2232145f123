"""R22: whatever characters a question holds, it is answered or refused in words; NFC and NFD find the same law."""

import asyncio
import json
import unicodedata

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access import Keys
from app.api.application import create_application
from app.service import Service
from app.wiring import open_engine
from generation.conversation import LONGEST
from index.errors import UserFacingError
from index.release import Release
from retrieval.search import NO_FILTERS
from tests import small_law
from tests.fakes import HashEmbedder

# Pieces that break programs: decomposed letters, full-width digits, what is invisible or turns the direction, controls,
# halves of surrogate pairs, emoji with joiners, and the words and numbers that the parsers of questions look for.
PIECES = (
    *("a\u0301", "\u0301", "e\u0323\u0302", "１２３", "Ⅳ", "٣", "²", "ﬁ", "İ", "ß", "Điều", "khoản", "điểm đ"),
    *("\u200b", "\u200d", "\u200e", "\u202e", "\u2066", "\u2069", "\ufeff", "\u00ad", "\u2028", "\x85"),
    *("\x00", "\x07", "\x1b[31m", "\r\n", "\ud800", "\udfff", "\ud83d", "\U0010ffff", "\ue000"),
    *("😀", "👩‍⚖️", "🇻🇳", "Article 7", "Artículo 7 bis", "art. 7.1", "7(1)(a)", "VII", "of the Tenancy Act 2001"),
    *("2001-02-30", "in 2016", "deposit", "fianza", "tiền đặt cọc", "the landlord", "?", "¿", "[1]", "**", "`", "$$"),
)
QUESTIONS = st.one_of(
    st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=60),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
)
WORDS = "bên cho thuê trả lại tiền đặt cọc trong thời hạn bao nhiêu ngày quá thời này phải lãi Điều 7 có quyền gì"
VIETNAMESE = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=12).map(" ".join)
bounded = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = small_law.build(tmp_path_factory.mktemp("law"))
    with Release.open(made.index) as release:
        yield open_engine(made, release, HashEmbedder(), None)


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    made = small_law.build(tmp_path_factory.mktemp("law"))
    service = Service(small_law.SmallOpener(made))
    yield create_application(service, made, keys=Keys())[0]
    service.close()


def found(engine, question):
    """The hits, or the words with which the question was refused."""
    try:
        return [(hit.article.id, hit.score) for hit in engine.search(question, k=5, filters=NO_FILTERS)]
    except UserFacingError as error:
        return str(error)


@bounded
@given(question=QUESTIONS)
def test_r22_any_question_is_searched_for_and_answered_or_refused_in_one_line(engine, question):
    hits = found(engine, question)
    if isinstance(hits, str):
        assert "\n" not in hits
        with pytest.raises(UserFacingError):
            asyncio.run(engine.assistant.ask(question))
        return
    answer = asyncio.run(engine.assistant.ask(question))
    answer.question.encode()  # what is shown and logged holds no half of a surrogate pair
    assert unicodedata.is_normalized("NFC", answer.question)
    for citation in answer.citations:
        text = engine.release.version(citation.version_id).text
        assert text[citation.start : citation.end] == citation.quote


@bounded
@given(question=QUESTIONS)
def test_r22_the_api_never_fails_on_a_question(application, question):
    async def ask():
        transport = httpx.ASGITransport(application, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            headers = {"content-type": "application/json"}
            body = json.dumps({"question": question}).encode()  # as \ud800 where UTF-8 has no form for it
            return await client.post("/api/v1/ask", content=body, headers=headers)

    response = asyncio.run(ask())
    assert response.status_code in {200, 422}, response.text
    assert response.json()["answer" if response.status_code == 200 else "error"] is not None


@bounded
@given(question=VIETNAMESE)
def test_r22_vietnamese_in_both_forms_finds_the_same_articles_with_the_same_scores(engine, question):
    decomposed = unicodedata.normalize("NFD", question)
    assert found(engine, decomposed) == found(engine, unicodedata.normalize("NFC", question))


@bounded
@given(question=VIETNAMESE, number=st.integers(0, 9999), where=st.integers(0, 40), invisible=st.integers(0, 40))
def test_r22_full_width_digits_and_invisible_characters_change_no_hit(engine, question, number, where, invisible):
    plain = f"{question} {number} {question}"
    wide = plain.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    for mark in ("\u200b", "\u202e", "\u2060", "\x00", "\ud800"):
        wide = wide[:invisible] + mark + wide[invisible:]
    assert found(engine, wide) == found(engine, plain)


@pytest.mark.parametrize("character", ["x", "\u0301", "\u200b", "😀", "đ"])
def test_r22_the_longest_question_is_counted_in_characters_of_any_kind(engine, character):
    assert found(engine, character * (LONGEST + 1)).startswith("the question has 4,001 characters")
    found(engine, character * LONGEST)
