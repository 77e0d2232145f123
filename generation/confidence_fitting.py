"""Fitting a confidence to labelled questions, and what it is worth on questions that it was not fitted to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from generation.answer_metrics import expected_calibration_error, risk_coverage
from generation.confidence import Confidence
from generation.confidence_samples import Sample
from generation.signals import NAMES
from generation.unheard import MOST_UNHEARD
from retrieval.questions import QuestionsError

FOLDS = 5
FEWEST = 50  # answerable questions, and unanswerable ones, below which nothing is fitted
# Share of the questions that the law answers which must still be answered. It is the coverage that was published for a
# comparable system, so that what it abstains on can be compared.
ANSWERED = 0.885
_C = 0.3  # of the ridge penalty; .1 and 1 are no different beyond chance


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted confidence, cross-validated.

    Attributes:
        confidence: fitted to all samples.
        held_out: (n,) the confidence of each sample under a fit to the folds it is not in.
        error: expected calibration error of `held_out`.
        area: under its risk-coverage curve.
        silent: (kind, questions, how many met silence) under `held_out` at the thresholds chosen on it; "answerable"
            and "must_abstain" are told apart.
    """

    confidence: Confidence
    held_out: NDArray[np.float64]
    error: float
    area: float
    silent: tuple[tuple[str, int, int], ...]


def fit(samples: Sequence[Sample], *, fingerprint: str, fitted: str, answered: float = ANSWERED) -> Fit:
    """Fits a logistic regression of `right` on the signals, and chooses the least confidence of each language.

    In each language the answerable and the unanswerable samples count as much in all, so that a confidence of .5 means
    what it says where half of what is asked has an answer. The folds keep together what shares an article.

    Args:
        samples: train samples only.
        fingerprint: of the embedder.
        fitted: says on what, for the reader of the file.
        answered: the share of answerable samples of each language to answer.

    Raises:
        QuestionsError: there are fewer than `FEWEST` samples of either side.
    """
    answerable = np.array([sample.answerable for sample in samples], dtype=np.bool_)
    if min(int(answerable.sum()), int((~answerable).sum())) < FEWEST:
        raise QuestionsError(
            f"{int(answerable.sum())} answerable and {int((~answerable).sum())} unanswerable questions are too few to"
            f" fit a confidence: {FEWEST} of each are needed"
        )
    values = np.array([sample.measured.values() for sample in samples], dtype=np.float64)
    right = np.array([sample.right for sample in samples], dtype=np.bool_)
    weights = _weights(samples)
    groups = np.unique([sample.group for sample in samples], return_inverse=True)[1]
    held_out = _held_out(values, right, weights, groups)
    langs = [sample.lang for sample in samples]
    pooled = float(np.quantile(held_out[answerable], 1 - answered))
    least = {lang: _least(held_out, answerable, langs, lang, answered) for lang in sorted(set(langs))}
    weight, intercept, means, spreads = _fitted(values, right, weights)
    confidence = Confidence(
        fingerprint=fingerprint,
        fitted=fitted,
        weights=_named(weight),
        means=_named(means),
        spreads=_named(spreads),
        intercept=intercept,
        least=MappingProxyType({lang: value for lang, value in least.items() if value is not None}),
        least_otherwise=pooled,
    )
    needed = np.array([confidence.least_in(lang) for lang in langs])
    return Fit(
        confidence=confidence,
        held_out=held_out,
        error=expected_calibration_error(list(held_out), list(right)),
        area=risk_coverage(list(held_out), list(~right)).area,
        silent=_silent(samples, (held_out < needed) | np.array([sample.unheard >= MOST_UNHEARD for sample in samples])),
    )


def _silent(samples: Sequence[Sample], silent: NDArray[np.bool_]) -> tuple[tuple[str, int, int], ...]:
    counts: dict[str, list[bool]] = {}
    for sample, one in zip(samples, silent, strict=True):
        name = sample.kind if sample.kind != "asked" else "answerable" if sample.answerable else "must_abstain"
        counts.setdefault(name, []).append(bool(one))
    return tuple((name, len(some), sum(some)) for name, some in counts.items())


def _least(
    held_out: NDArray[np.float64],
    answerable: NDArray[np.bool_],
    langs: Sequence[str],
    lang: str,
    answered: float,
) -> float | None:
    """The threshold of one language; None where too few of its questions can be answered."""
    own = answerable & np.array([one == lang for one in langs])
    return float(np.quantile(held_out[own], 1 - answered)) if own.sum() >= FEWEST else None


def _weights(samples: Sequence[Sample]) -> NDArray[np.float64]:
    """(n,) the answerable ones of a language add up to the same as its unanswerable ones, all together to n."""
    sides = [(sample.lang, sample.answerable) for sample in samples]
    sizes = {side: sides.count(side) for side in set(sides)}
    return np.array([len(samples) / len(sizes) / sizes[side] for side in sides])


def _held_out(
    values: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    from sklearn.model_selection import GroupKFold  # noqa: PLC0415 - a second to import, needed only here

    found = np.empty(len(right))
    for train, test in GroupKFold(FOLDS).split(values, right, groups):
        weight, intercept, means, spreads = _fitted(values[train], right[train], weights[train])
        odds = intercept + ((values[test] - means) / spreads) @ weight
        found[test] = 1 / (1 + np.exp(-odds))
    return found


def _fitted(
    values: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, NDArray[np.float64], NDArray[np.float64]]:
    """Weights, intercept, means and spreads."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - a second to import, needed only here

    means, spreads = values.mean(axis=0), values.std(axis=0)
    spreads[spreads == 0] = 1.0
    model = LogisticRegression(C=_C, max_iter=5_000)
    model.fit((values - means) / spreads, right, sample_weight=weights)
    return model.coef_[0], float(model.intercept_[0]), means, spreads


def _named(values: Iterable[float]) -> MappingProxyType[str, float]:
    return MappingProxyType({name: float(value) for name, value in zip(NAMES, values, strict=True)})
