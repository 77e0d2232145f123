"""What an answer is worth, as pure functions: its citations, its silence, and whether its confidence can be trusted.

Citations are compared as sets: one that is given twice counts once. Abstaining is the positive class where silence is
judged: precision asks how many silences were right, recall how many of the unanswerable questions met one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

BINS = 10
_Z = 1.959963984540054  # the normal quantile of a two-sided 95 % interval


def citation_precision(cited: Collection[str], relevant: Collection[str]) -> float:
    """Share of the cited provisions that are relevant; 0 where nothing is cited."""
    return len(set(cited) & set(relevant)) / len(set(cited)) if cited else 0.0


def citation_recall(cited: Collection[str], relevant: Collection[str]) -> float:
    """Share of the relevant provisions that are cited.

    Raises:
        ValueError: nothing is relevant, so that there is nothing to recall.
    """
    if not relevant:
        raise ValueError("no relevant provision: recall is undefined")
    return len(set(cited) & set(relevant)) / len(set(relevant))


def f1(precision: float, recall: float) -> float:
    """Their harmonic mean; 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@dataclass(frozen=True, slots=True)
class Silences:
    """How often the system was silent, by whether it should have been.

    Attributes:
        right: silent where nothing answers.
        wrong: silent where something does.
        missed: spoke where nothing answers.
        spoke: spoke where something does.
    """

    right: int
    wrong: int
    missed: int
    spoke: int

    @property
    def precision(self) -> float:
        """Share of the silences that were right; 0 where there was none."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self) -> float:
        """Share of the unanswerable questions that met silence; 0 where there was none."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        return f1(self.precision, self.recall)


def silences(abstained: Sequence[bool], unanswerable: Sequence[bool]) -> Silences:
    """Counts the four cases over questions."""
    pairs = list(zip(abstained, unanswerable, strict=True))
    return Silences(
        right=pairs.count((True, True)),
        wrong=pairs.count((True, False)),
        missed=pairs.count((False, True)),
        spoke=pairs.count((False, False)),
    )


def expected_calibration_error(confidences: Sequence[float], correct: Sequence[bool], *, bins: int = BINS) -> float:
    """The mean distance between confidence and accuracy over bins of equal width, weighted by their size.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, equation 3. A bin holds its lower end; the last
    one both.

    Args:
        confidences: each in [0, 1], at least one.
        correct: whether each answer was right.
        bins: at least 1.
    """
    sure = np.asarray(confidences, dtype=np.float64)
    right = np.asarray(correct, dtype=np.float64)
    _check(sure, right)
    of = np.minimum((sure * bins).astype(np.int64), bins - 1)
    gaps = [abs(float((sure[of == one] - right[of == one]).sum())) for one in range(bins)]
    return sum(gaps) / len(sure)


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """The share of wrong answers among those given, when only the surest share of the questions is answered.

    Attributes:
        coverage: (n,) 1/n, 2/n ... 1.
        risk: (n,) likewise; within equal confidences, what their random order gives on average.
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]

    @property
    def area(self) -> float:
        """The mean risk over all coverages (AURC, Geifman, Uziel and El-Yaniv, ICLR 2019); less is better."""
        return float(self.risk.mean())


def risk_coverage(confidences: Sequence[float], wrong: Sequence[bool]) -> RiskCoverage:
    """The risk-coverage curve (El-Yaniv and Wiener, JMLR 11, 2010).

    Args:
        confidences: each in [0, 1], at least one.
        wrong: whether the answer, had it been given, was wrong.
    """
    sure = np.asarray(confidences, dtype=np.float64)
    errors = np.asarray(wrong, dtype=np.float64)
    _check(sure, errors)
    _, tie = np.unique(-sure, return_inverse=True)  # 0 for the surest
    average = np.bincount(tie, weights=errors) / np.bincount(tie)
    expected = np.sort(tie)  # the tie of each place, surest first
    number = np.arange(1, len(sure) + 1)
    return RiskCoverage(coverage=number / len(sure), risk=np.cumsum(average[expected]) / number)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a threshold of confidence gives on the questions it was chosen on.

    Attributes:
        threshold: answers of at least this confidence are given.
        coverage: the share of questions that are answered.
        risk: the share of these answers that are wrong.
        most: the upper end of the risk's 95 % interval (Wilson, JASA 22, 1927).
    """

    threshold: float
    coverage: float
    risk: float
    most: float


def operating_point(confidences: Sequence[float], wrong: Sequence[bool], *, target: float) -> OperatingPoint | None:
    """The threshold that answers most questions with at most the target share of wrong answers; None where none does.

    Args:
        confidences: each in [0, 1], at least one.
        wrong: whether the answer, had it been given, was wrong.
        target: in [0, 1].
    """
    sure = np.asarray(confidences, dtype=np.float64)
    errors = np.asarray(wrong, dtype=np.float64)
    _check(sure, errors)
    for threshold in np.unique(sure):
        given = sure >= threshold
        risk = float(errors[given].mean())
        if risk <= target:
            most = _wilson_upper(int(errors[given].sum()), int(given.sum()))
            return OperatingPoint(float(threshold), float(given.mean()), risk, most)
    return None


def _wilson_upper(successes: int, number: int) -> float:
    share = successes / number
    centre = share + _Z**2 / (2 * number)
    spread = _Z * sqrt(share * (1 - share) / number + _Z**2 / (4 * number**2))
    return (centre + spread) / (1 + _Z**2 / number)


def _check(confidences: NDArray[np.float64], outcomes: NDArray[np.float64]) -> None:
    if not len(confidences) or len(confidences) != len(outcomes):
        raise ValueError(f"{len(confidences)} confidences and {len(outcomes)} outcomes: one each, at least one")
    if confidences.min() < 0 or confidences.max() > 1:
        raise ValueError("a confidence lies outside [0, 1]")
