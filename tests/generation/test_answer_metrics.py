import math

import numpy as np
import pytest

from generation.answer_metrics import (
    OperatingPoint,
    Silences,
    citation_precision,
    citation_recall,
    expected_calibration_error,
    f1,
    operating_point,
    risk_coverage,
    silences,
)


def test_citations_are_compared_as_sets():
    assert citation_precision(["a", "a", "b"], ["a", "c"]) == 0.5
    assert citation_recall(["a", "a", "b"], ["a", "c", "d"]) == 1 / 3
    assert f1(0.5, 1 / 3) == pytest.approx(0.4)


def test_an_answer_without_citations_is_worth_nothing():
    assert citation_precision([], ["a"]) == 0
    assert citation_recall([], ["a"]) == 0
    assert f1(0, 0) == 0


def test_recall_of_nothing_is_refused():
    with pytest.raises(ValueError, match="undefined"):
        citation_recall(["a"], [])


def test_silence_is_the_positive_class():
    counted = silences([True, True, True, False, False, False], [True, True, False, True, False, False])
    assert counted == Silences(right=2, wrong=1, missed=1, spoke=2)
    assert counted.precision == counted.recall == pytest.approx(2 / 3)
    assert counted.f1 == pytest.approx(2 / 3)
    assert Silences(0, 0, 3, 4).f1 == 0


def test_calibration_error_by_hand():
    # bin [.6, .7): .6 and .68, one right: |1.28 - 1| = .28; bin [.9, 1]: .9 and 1, both right: |1.9 - 2| = .1
    assert expected_calibration_error([0.6, 0.68, 0.9, 1.0], [True, False, True, True]) == pytest.approx(0.38 / 4)


def test_calibration_error_is_that_of_the_reference_formula():
    random = np.random.default_rng(7)
    sure = random.random(500)
    right = random.random(500) < sure**2
    expected = 0.0
    for low in np.arange(10) / 10:
        inside = (sure >= low) & (sure < low + 0.1)
        expected += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    assert expected_calibration_error(list(sure), list(right)) == pytest.approx(expected)


def test_risk_coverage_by_hand():
    curve = risk_coverage([0.9, 0.5, 0.7, 0.3], [False, True, False, True])
    assert curve.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert curve.risk.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 2])
    assert curve.area == pytest.approx((1 / 3 + 1 / 2) / 4)


def test_equal_confidences_get_the_risk_of_a_random_order():
    curve = risk_coverage([0.5, 0.5, 0.9], [True, False, False])
    assert curve.risk.tolist() == pytest.approx([0, 0.25, 1 / 3])
    flat = risk_coverage([0.5] * 4, [True, False, False, False])
    assert flat.risk.tolist() == pytest.approx([0.25] * 4)


def test_the_operating_point_answers_most_within_the_target():
    confidences, wrong = [0.9, 0.8, 0.7, 0.6, 0.5], [False, False, True, False, True]
    found = operating_point(confidences, wrong, target=0.25)
    # four answers, one wrong; Wilson's upper end for 1 of 4, by hand
    z = 1.959963984540054
    upper = (0.25 + z * z / 8 + z * math.sqrt(0.1875 / 4 + z * z / 64)) / (1 + z * z / 4)
    assert found == OperatingPoint(threshold=0.6, coverage=0.8, risk=0.25, most=pytest.approx(upper))
    assert operating_point(confidences, wrong, target=0.1).threshold == 0.8
    assert operating_point([0.9, 0.8], [True, True], target=0.5) is None


@pytest.mark.parametrize(("sure", "wrong"), [([], []), ([0.5], [True, False]), ([1.5], [True]), ([-0.1], [True])])
def test_what_is_no_confidence_is_refused(sure, wrong):
    with pytest.raises(ValueError, match="confidence"):
        risk_coverage(sure, wrong)
