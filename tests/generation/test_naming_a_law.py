"""A law that the question names without an article: only it is searched; one that is not here is told by its name."""

import asyncio

from generation.answer import Outcome
from generation.assistant import Assistant
from index.aliases import LawNames
from retrieval.lookup import Lookup
from tests.fakes import HashEmbedder
from tests.generation_samples import FISHING, LAKES, PESCA, FixedRetriever, Shelf, hit

HITS = (hit(PESCA, lang="es", dense=0.9), hit(FISHING, rank=2, dense=0.8))
LAWS = {one.law.id: one.law for one in HITS}


def ask(question, hits=HITS):
    lookup = Lookup(
        laws=LAWS, articles=lambda _: (), versions=lambda _: (), provisions=lambda _: (), names=LawNames(LAWS)
    )
    assistant = Assistant(
        retriever=FixedRetriever(hits), sources=Shelf(hits), embedder=HashEmbedder(), lookup=lambda _: lookup
    )
    return asyncio.run(assistant.ask(question))


def test_only_the_law_that_is_named_is_searched():
    answer = ask("What must the holder of a permit report under the Lakes Act?")
    assert [found.law.id for found in answer.hits] == [LAKES.id]
    assert answer.outcome is Outcome.ANSWERED


def test_a_law_that_is_not_here_is_told_by_its_name():
    answer = ask("What does the GDPR say about accidents?")
    assert (answer.outcome, answer.message) == (Outcome.OUT_OF_CORPUS, "This index has no law called “GDPR”.")


def test_the_reader_is_told_that_question_and_law_differ_in_language():
    answer = ask("What must the holder report?", hits=HITS[:1])
    assert "The law found is written in another language than the question." in answer.notes
