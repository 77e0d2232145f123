"""Tuning on questions whose answer one arm or the other knows: the share follows, and never below the better arm."""

import numpy as np
import pytest

from retrieval.fusion import Calibration
from retrieval.questions import Question, QuestionsError
from retrieval.tuning import FEWEST_QUESTIONS, SHARES, tune
from tests.fakes import HashEmbedder
from tests.law_sample import ARTICLES, corpus, open_search

HALF = Calibration(shares={}, otherwise=0.5)


class WrongEmbedder(HashEmbedder):
    """Vectors that know nothing: a question lies nearest to an article about something else."""

    def embed_queries(self, texts):
        return super().embed_queries(
            ["tarifas phí fish ice noon hall" if text.endswith("?") else text for text in texts]
        )


def questions(count, *, lang="en"):
    asked = ("Which light does a vessel at anchor show?", "harbour#3"), ("Is the pilot at the outer buoy?", "harbour#4")
    return tuple(
        Question(id=str(number), text=asked[number % 2][0], relevant=(asked[number % 2][1],), lang=lang)
        for number in range(count)
    )


def test_a_dense_arm_that_knows_nothing_gets_no_say(tmp_path):
    search = open_search(tmp_path, embedder=WrongEmbedder())
    calibration, (tuned,) = tune(search, questions(FEWEST_QUESTIONS), base=Calibration(shares={}, otherwise=0.95))
    assert (tuned.lang, tuned.questions) == ("en", FEWEST_QUESTIONS)
    assert tuned.curve[0] == pytest.approx(1.0, abs=1e-12)
    assert tuned.curve[-1] < 0.7
    assert tuned.share == calibration.share("en") < 0.95
    assert tuned.curve[SHARES.index(tuned.share)] == pytest.approx(1.0, abs=1e-12)
    assert calibration.share("es") == 0.95


def test_a_share_that_questions_cannot_tell_from_a_better_one_stays(tmp_path):
    search = open_search(tmp_path)
    calibration, (tuned,) = tune(search, questions(FEWEST_QUESTIONS), base=HALF)
    assert tuned.curve == pytest.approx([1.0] * len(SHARES), abs=1e-12)
    assert tuned.share == 0.5
    assert calibration == Calibration(shares={"en": 0.5}, otherwise=0.5)
    assert (tuned.gain.value, tuned.gain.low, tuned.gain.high) == (0.0, 0.0, 0.0)


def test_too_few_questions_change_nothing(tmp_path):
    calibration, (tuned,) = tune(open_search(tmp_path), questions(FEWEST_QUESTIONS - 1), base=HALF)
    assert tuned.share is None
    assert calibration == HALF


def test_questions_that_cannot_tell_are_passed_over(tmp_path):
    search = open_search(tmp_path, corpus(articles=[row for row in ARTICLES if row[0].lang == "en"]))
    foreign = Question(id="f", text="¿Cuándo se pagan las tarifas del puerto?", relevant=("harbour#1",), lang="es")
    unlabelled = Question(id="u", text="Who pays the fees?", relevant=(), lang="en")
    done = []
    _, (tuned,) = tune(search, (foreign, unlabelled, *questions(3)), base=HALF, on_progress=done.append)
    assert (tuned.lang, tuned.questions) == ("en", 3)
    assert done == [1] * 5
    with pytest.raises(QuestionsError, match="No question can tune the search"):
        tune(search, (foreign, unlabelled), base=HALF)


def test_shares_run_from_one_arm_to_the_other():
    assert SHARES[0] == 0.0
    assert SHARES[-1] == 1.0
    assert np.allclose(np.diff(SHARES), 0.05)
