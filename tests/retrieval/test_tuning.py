"""Tuning on questions whose answer one arm or the other knows: the share follows, and never below the better arm."""

import numpy as np
import pytest

from retrieval.fusion import Calibration
from retrieval.questions import Question, QuestionsError
from retrieval.tuning import FEWEST_QUESTIONS, SHARES, choose_share, tune
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


@pytest.mark.parametrize("seed", range(20))
def test_the_chosen_share_is_never_below_the_better_single_arm(seed):
    random = np.random.default_rng(seed)
    values = random.random((FEWEST_QUESTIONS, len(SHARES)))
    values[:, 1:-1] -= random.random() / 2  # fusion hurts, more or less
    tuned = choose_share("en", values, old=0.5)
    assert tuned.curve[SHARES.index(tuned.share)] >= max(tuned.curve[0], tuned.curve[-1])
    assert tuned.gain.value >= 0.0


def test_where_fusion_hurts_it_is_the_better_arm():
    values = np.full((FEWEST_QUESTIONS, len(SHARES)), 0.5)
    values[:, 0], values[:, -1] = 0.7, 0.8
    assert choose_share("es", values, old=0.5).share == 1.0
    values[:, 0] = 0.9
    assert choose_share("es", values, old=0.5).share == 0.0


def test_the_nearest_share_is_taken_that_cannot_be_told_from_the_best():
    random = np.random.default_rng(1)
    noise = random.normal(size=(400, len(SHARES))) / 100
    peak = SHARES.index(0.8)
    values = 0.8 - np.abs(np.arange(len(SHARES)) - peak) / 100 + noise  # .01 a step: ten times what chance moves it
    values[:, peak - 1] = values[:, peak] - random.normal(size=400) / 100  # but .75 is as good
    assert choose_share("vi", values, old=0.5).share == 0.75


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
