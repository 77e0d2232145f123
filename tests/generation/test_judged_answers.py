"""Answers whose sentences a model of inference judged, and their replay without it."""

import asyncio
import json
from datetime import date

import pytest

from app.render import answer_json
from generation.answer import SentenceState
from generation.assistant import Assistant
from generation.receipt_reading import read_receipt
from generation.replay import Finding, replay
from retrieval.search import NO_FILTERS
from tests import small_law
from tests.fakes import HashEmbedder, ScriptedLLM
from tests.generation_samples import FISHING, FixedRetriever, Shelf, hit

HITS = (hit(FISHING),)
QUESTION = "How long does the holder have to report an accident?"
# Where no words are shared, a judge tells.
SPANISH = "El titular avisará del accidente en 48 horas [2].\n"


class Says:
    name = "says"

    def __init__(self, probability):
        self.probability = probability

    def entails(self, premise, hypothesis):
        return self.probability


def ask(said, nli=None, question=QUESTION):
    assistant = Assistant(
        retriever=FixedRetriever(HITS), sources=Shelf(HITS), embedder=HashEmbedder(), llm=ScriptedLLM(said), nli=nli
    )
    return asyncio.run(assistant.ask(question))


def test_a_judge_lets_the_model_answer_in_other_words_and_stands_in_the_receipt():
    answer = ask(SPANISH, Says(0.9))
    assert [sentence.text for sentence in answer.sentences] == ["El titular avisará del accidente en 48 horas."]
    assert answer.receipt.judge == "says"


@pytest.mark.parametrize("nli", [None, Says(0.1)])
def test_without_a_judge_that_agrees_it_does_not(nli):
    assert all(sentence.text != SPANISH.partition(" [")[0] for sentence in ask(SPANISH, nli).sentences)


def test_what_words_alone_judged_names_no_model():
    answer = ask("The holder shall report every accident within 48 hours [2].\n", question=QUESTION)
    assert answer.sentences[0].state is SentenceState.SUPPORTED
    assert answer.receipt.judge == ""


@pytest.mark.parametrize(
    ("said", "finding"),
    [
        ("La fianza se devuelve en 30 días [1].\n", Finding.NOT_CHECKABLE),
        ("“The landlord returns the deposit within 30 days after the tenancy ends” [1].\n", Finding.HOLDS),
    ],
)
def test_a_replay_says_that_it_cannot_check_what_a_judge_did(tmp_path, said, finding):
    engine = small_law.small_engine(small_law.build(tmp_path))
    with engine.release as release:
        found = engine.retriever.search("landlord returns deposit after the tenancy ends", k=9, filters=NO_FILTERS)
        hits = [one for one in found if one.version.heading == "Deposits"][:1]
        judged = Assistant(
            retriever=FixedRetriever(tuple(hits)),
            sources=release,
            embedder=HashEmbedder(),
            llm=ScriptedLLM(said),
            nli=Says(0.9),
        )
        answer = asyncio.run(judged.ask("When does the landlord return the deposit?"))
        assert [sentence.text for sentence in answer.sentences] == [said.partition(" [")[0] + "."]
        record = read_receipt(json.dumps(answer_json(answer)["receipt"]), name="receipt.json")
        again = replay(record, release, today=date(2026, 1, 1))
    assert [sentence.finding for sentence in again.sentences] == [finding]
