"""The gate of a candidate: worse beyond chance is refused, in the mean of the languages and in each."""

import numpy as np
import pytest

from retrieval.admission import gains, judge, require_enough
from retrieval.evaluation import Row, compare, report_of
from retrieval.questions import Question, QuestionsError


def report(name, **langs):
    """A report of nDCG@10 values by language."""
    rows = [
        Row(Question(f"{lang}{place}", f"question {place}", ("a",), lang=lang), (), (float(value),), 0.0)
        for lang, values in langs.items()
        for place, value in enumerate(values)
    ]
    return report_of(name, ["ndcg@10"], rows)


def scattered(mean, count, *, seed=1):
    return np.clip(mean + np.random.default_rng(seed).normal(size=count) / 10, 0, 1)


def test_of_one_language_the_gain_is_the_paired_difference_of_evaluate():
    live, candidate = report("live", en=scattered(0.5, 40)), report("new", en=scattered(0.6, 40, seed=2))
    mean, one = gains(live, candidate)
    ((_, paired),) = compare(live, candidate)
    assert (one.lang, one.questions) == ("en", 40)
    for found in (mean, one):
        assert found.gain.value == pytest.approx(paired.value, abs=1e-12)
        assert (found.gain.low, found.gain.high) == pytest.approx((paired.low, paired.high), abs=1e-12)


def test_each_language_counts_the_same_however_many_questions_it_has():
    live = report("live", en=[0.5] * 90, es=[0.5] * 10)
    candidate = report("new", en=[0.6] * 90, es=[0.3] * 10)
    mean, english, spanish = gains(live, candidate)
    assert mean.gain.value == pytest.approx((0.1 - 0.2) / 2)
    assert (mean.live, mean.candidate) == pytest.approx((0.5, 0.45))
    assert (english.lang, spanish.lang) == ("en", "es")
    assert spanish.gain.value == pytest.approx(-0.2)


def test_a_gain_in_one_language_does_not_buy_a_loss_in_another():
    live = report("live", en=scattered(0.4, 50), vi=scattered(0.9, 50))
    candidate = report("new", en=scattered(0.8, 50), vi=scattered(0.8, 50))
    verdict = judge(live, candidate)
    assert verdict.mean.gain.low > 0
    assert not verdict.admitted
    assert verdict.reason.startswith("worse, beyond chance, than what is published; nDCG@10, vi: 0.8")


def test_what_chance_explains_is_no_loss_and_no_gain():
    same = scattered(0.5, 50)
    noise = np.random.default_rng(3).normal(size=50) / 20
    live, candidate = report("live", en=same), report("new", en=same + noise - noise.mean() - 0.001)
    verdict = judge(live, candidate)
    assert verdict.mean.gain.value == pytest.approx(-0.001)
    assert verdict.admitted
    assert verdict.reason.startswith("not worse, beyond chance, than what was published")
    assert not judge(live, candidate, require_gain=True).admitted
    better = report("better", en=same + 0.1 + noise / 10)
    assert judge(live, better, require_gain=True).admitted
    assert judge(live, better).reason.startswith("better than what was published")


def test_a_language_of_few_questions_counts_in_the_mean_and_is_not_judged_alone():
    live = report("live", en=[0.5] * 40, vi=[0.9] * 9)
    assert judge(live, report("new", en=[0.7] * 40, vi=[0.8] * 9)).admitted
    assert not judge(live, report("new", en=[0.5] * 40, vi=[0.8] * 9)).admitted  # the mean is worse
    ten = report("live", en=[0.5] * 40, vi=[0.9] * 10)
    assert not judge(ten, report("new", en=[0.7] * 40, vi=[0.8] * 10)).admitted


def test_other_questions_cannot_be_compared_and_too_few_judge_nothing():
    with pytest.raises(ValueError, match="other questions"):
        gains(report("live", en=[0.5]), report("new", es=[0.5]))
    with pytest.raises(QuestionsError, match="9 dev questions name an article: too few"):
        require_enough([Question(str(number), "?", ("a",)) for number in range(9)] + [Question("n", "?", ())])
