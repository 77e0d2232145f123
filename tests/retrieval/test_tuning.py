"""Tuning on questions whose answer one arm or the other knows: the share follows, and never below the better arm."""

import numpy as np
import pytest

from retrieval.fusion import Calibration, read_calibration, write_calibration
from retrieval.questions import Question, QuestionsError
from retrieval.tuning import FEWEST_QUESTIONS, SHARES, choose_share, gated, tune
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


def curve(count, *, lexical, dense, fused):
    """(count, shares): every question the same at each share, and 0 at all of them for every tenth."""
    values = np.full((count, len(SHARES)), fused)
    values[:, 0], values[:, -1] = lexical, dense
    values[::10] = 0.0
    return values


def test_a_fusion_that_dev_finds_below_the_better_arm_of_train_becomes_that_arm():
    tuned = choose_share("es", curve(100, lexical=0.5, dense=0.6, fused=0.8), old=0.5)
    assert (tuned.share, tuned.arm, tuned.kept) == (0.5, 1.0, 0.5)
    worse = gated(tuned, curve(30, lexical=0.9, dense=0.6, fused=0.59))
    assert worse.gate.gain.value == pytest.approx(-0.009)
    assert worse.kept == 1.0  # the arm that was better on train: on dev nothing is chosen
    told = worse.to_json()
    assert (told["tuned"], told["kept"], told["arm"]) == (0.5, 1.0, "dense")
    assert told["train"] == {"questions": 100, "lexical": 0.45, "dense": 0.54, "fused": 0.72, "gain": [0.168, 0.192]}
    assert (told["dev"]["questions"], told["dev"]["fused"]) == (30, 0.531)


def test_a_fusion_that_dev_finds_equal_or_better_is_kept():
    tuned = choose_share("es", curve(100, lexical=0.6, dense=0.5, fused=0.8), old=0.5)
    assert gated(tuned, curve(5, lexical=0.7, dense=0.9, fused=0.7)).kept == 0.5
    assert gated(tuned, curve(5, lexical=0.7, dense=0.9, fused=0.6)).kept == 0.0
    assert gated(tuned, None).kept == 0.5


def test_dev_questions_gate_and_are_never_tuned_on(tmp_path):
    search = open_search(tmp_path, embedder=WrongEmbedder())
    one = Question(id="d", text="On which day are the mooring fees due?", relevant=("harbour#2",), lang="en")
    base = Calibration(shares={}, otherwise=0.95)
    alone, _ = tune(search, questions(FEWEST_QUESTIONS), base=base)
    done = []
    with_dev, (tuned,) = tune(search, questions(FEWEST_QUESTIONS), base=base, dev=[one] * 3, on_progress=done.append)
    assert (tuned.gate.questions, len(done)) == (3, FEWEST_QUESTIONS + 3)
    assert tuned.curve == tune(search, questions(FEWEST_QUESTIONS), base=base)[1][0].curve
    assert with_dev.share("en") == (alone.share("en") if tuned.gate.passed else tuned.arm)
    assert with_dev.measured["en"]["dev"]["questions"] == 3


def test_what_was_measured_lies_beside_the_shares(tmp_path):
    search = open_search(tmp_path)
    calibration, _ = tune(search, questions(FEWEST_QUESTIONS), base=HALF, dev=questions(4))
    write_calibration(tmp_path, "0123456789abcdef", calibration)
    read = read_calibration(tmp_path, "0123456789abcdef")
    assert read == calibration
    assert read.measured == calibration.measured
    assert read.measured["en"]["dev"] == {
        "questions": 4,
        "lexical": 1.0,
        "dense": 1.0,
        "fused": 1.0,
        "gain": [0.0, 0.0],
    }
