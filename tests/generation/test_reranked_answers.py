"""Answers from reranked law: from which articles changes; whether and how surely a question is answered does not."""

import asyncio
from dataclasses import replace
from importlib import resources

import pytest

from generation.abstention import UNCALIBRATED, Grounds
from generation.answer import Mode, Outcome
from generation.assistant import Assistant
from generation.confidence import parse
from retrieval.referenced import WithReferenced
from retrieval.reranking import Reranked
from tests.fakes import HashEmbedder, ScriptedLLM, WordReranker
from tests.law_sample import ids, linked, open_search

QUESTION = "When are the mooring fees of fishing boats due?"
CONFIDENCE = parse(
    resources.files("generation").joinpath("confidence_multilingual_e5_small.json").read_text(encoding="utf-8")
)


class Backwards(WordReranker):
    """Likes best what the search liked least."""

    def scores(self, question, passages):
        return super().scores(question, passages) * 0 + range(len(passages))


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    return open_search(tmp_path_factory.mktemp("law"), linked())


def ask(search, reranker=None, *, llm=None, referenced=0, least=0.0, question=QUESTION):
    release = search._release
    finder = search if reranker is None else Reranked(search, release, reranker, langs=None)
    if referenced:
        finder = WithReferenced(finder, release, most=referenced)
    assistant = Assistant(
        retriever=finder,
        sources=release,
        embedder=HashEmbedder(),
        llm=llm,
        thresholds=replace(UNCALIBRATED, confidence=replace(CONFIDENCE, least={}, least_otherwise=least)),
        grounds=Grounds(release, search.rarity, tuple(release.laws.values()), search.absent),
    )
    return asyncio.run(assistant.ask(question, k=3))


@pytest.mark.parametrize("question", [QUESTION, "Who lets a stall for one season?", "What colour is the light?"])
def test_a_reranker_moves_the_law_shown_and_not_the_confidence(search, question):
    plain, moved = ask(search, question=question), ask(search, Backwards(), question=question)
    assert ids(plain.hits) != ids(moved.hits)
    assert plain.confidence is not None
    assert (moved.confidence, moved.outcome) == (plain.confidence, plain.outcome)
    assert moved.degraded == ()


def test_a_question_that_is_refused_for_want_of_evidence_is_refused_with_a_reranker_too(search):
    least = ask(search).confidence + 1e-6
    assert ask(search, Backwards(), least=least).outcome is Outcome.EVIDENCE_INSUFFICIENT
    assert ask(search, Backwards(), least=least - 2e-6).outcome is ask(search, least=least - 2e-6).outcome


def test_what_is_brought_along_does_not_take_the_confidence_away(search):
    plain, linked = ask(search), ask(search, referenced=2)
    assert any(hit.referenced_by for hit in linked.hits)
    assert linked.confidence == plain.confidence


def test_a_reranker_that_fails_in_use_is_told_in_the_answer(search):
    answer = ask(search, WordReranker(failure="the GPU is gone"))
    assert answer.degraded == ("reranker: the GPU is gone",)
    assert ids(answer.hits) == ids(ask(search).hits)
    assert answer.outcome is Outcome.ANSWERED


def test_a_model_that_fails_too_is_told_as_well(search):
    answer = ask(
        search,
        WordReranker(failure="the GPU is gone"),
        llm=ScriptedLLM("Dogs swim on Sundays [99].\nAnd dogs too [1]."),
    )
    assert answer.mode is Mode.VERBATIM
    assert answer.degraded == (
        "reranker: the GPU is gone",
        "model: none of its sentences passed the check against the law",
    )
