"""What the rows of a measurement of answers come to: citations, silence, confidence, with intervals."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generation.answer import Outcome
from generation.answer_evaluation import AnswerRow, Kind
from generation.answer_metrics import (
    OperatingPoint,
    RiskCoverage,
    Silences,
    citation_precision,
    citation_recall,
    expected_calibration_error,
    f1,
    operating_point,
    risk_coverage,
    silences,
)
from retrieval.evaluation import SEED, Interval

RESAMPLES = (
    2_000  # bootstrap samples of the questions; what cannot be written as a ratio of sums costs a second a 1,000
)

_Sums = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KindReport:
    """One kind of case.

    Attributes:
        kind: how the questions were put; for ASKED, those that are answerable and those labelled must_abstain apart.
        number: of questions.
        silent: how many met no answer.
    """

    kind: str
    number: int
    silent: int


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """A measurement of answers.

    Attributes:
        metrics: (name, value with its 95 % bootstrap interval) in the order of the table; those that the rows cannot
            tell are left out.
        kinds: what was asked, and how often silence met it.
        silent: silences against what should have been; questions labelled may_abstain do not count.
        curve: risk against coverage over all rows with a confidence; None where there are none.
        point: the operating point for the target that was asked for; None where none was or none meets it.
        outcomes, states, modes: how often each came.
        seconds: median and 95th percentile of an answer.
        least: the confidence below which no answer counts as given; None for each row's own.
    """

    metrics: tuple[tuple[str, Interval], ...]
    kinds: tuple[KindReport, ...]
    silent: Silences
    curve: RiskCoverage | None
    point: OperatingPoint | None
    outcomes: tuple[tuple[str, int], ...]
    states: tuple[tuple[str, int], ...]
    modes: tuple[tuple[str, int], ...]
    seconds: tuple[float, float]
    least: float | None

    def to_json(self) -> dict[str, Any]:
        """As a machine reads it."""
        point = self.point
        return {
            "metrics": {name: {"value": i.value, "low": i.low, "high": i.high} for name, i in self.metrics},
            "kinds": [{"kind": one.kind, "questions": one.number, "silent": one.silent} for one in self.kinds],
            "abstention": {
                "right": self.silent.right,
                "wrong": self.silent.wrong,
                "missed": self.silent.missed,
                "spoke": self.silent.spoke,
            },
            "outcomes": dict(self.outcomes),
            "states": dict(self.states),
            "modes": dict(self.modes),
            "seconds": {"median": self.seconds[0], "p95": self.seconds[1]},
            "least_confidence": self.least,
            "operating_point": None
            if point is None
            else {
                "threshold": point.threshold,
                "coverage": point.coverage,
                "risk": point.risk,
                "risk_at_most": point.most,
            },
        }


def report(rows: Sequence[AnswerRow], *, least: float | None = None, target_error: float | None = None) -> AnswerReport:
    """Works out the report.

    Args:
        rows: at least one.
        least: the confidence below which no answer counts as given; None for each row's own.
        target_error: share of wrong answers for which to find the operating point.
    """
    silent = [row.abstains(least) for row in rows]
    judged = [place for place, row in enumerate(rows) if row.answerable is not None]
    sure = [row for row in rows if row.confidence is not None]
    confidences = [row.confidence for row in sure if row.confidence is not None]
    wrong = [not row.hit for row in sure]
    point = operating_point(confidences, wrong, target=target_error) if sure and target_error is not None else None
    states = Counter[str]()
    for row, none in zip(rows, silent, strict=True):
        if not none:
            states.update(row.states)
    times = [row.seconds for row in rows]
    return AnswerReport(
        metrics=_metrics(rows, silent),
        kinds=_kinds(rows, silent),
        silent=silences([silent[place] for place in judged], [rows[place].answerable is False for place in judged]),
        curve=risk_coverage(confidences, wrong) if sure else None,
        point=point,
        outcomes=tuple(Counter(map(_outcome, rows, silent)).most_common()),
        states=tuple(states.most_common()),
        modes=tuple(Counter(row.mode for row, none in zip(rows, silent, strict=True) if not none).most_common()),
        seconds=(median(times), float(np.percentile(times, 95))),
        least=least,
    )


def _outcome(row: AnswerRow, none: bool) -> str:
    """The outcome as a reader would have met it: the rows were written before any confidence was too low."""
    return Outcome.EVIDENCE_INSUFFICIENT.value if none and row.outcome == Outcome.ANSWERED else row.outcome


def _kinds(rows: Sequence[AnswerRow], silent: Sequence[bool]) -> tuple[KindReport, ...]:
    names: dict[str, list[bool]] = {}
    for row, none in zip(rows, silent, strict=True):
        names.setdefault(_kind(row), []).append(none)
    return tuple(KindReport(name, len(some), sum(some)) for name, some in names.items())


def _kind(row: AnswerRow) -> str:
    if row.kind != Kind.ASKED:
        return row.kind
    return {True: "answerable", False: "must_abstain", None: "may_abstain"}[row.answerable]


def _metrics(rows: Sequence[AnswerRow], silent: Sequence[bool]) -> tuple[tuple[str, Interval], ...]:
    """Every metric that the rows can tell. `columns` holds what is summed over the rows of a resample."""
    columns: dict[str, list[float]] = {}
    for row, none in zip(rows, silent, strict=True):
        for name, value in _summed(row, none).items():
            columns.setdefault(name, []).append(value)
    sums = np.array(list(columns.values()), dtype=np.float64).T
    names = list(columns)
    resampled = _resampled_sums(sums, [row.id for row in rows])
    whole = sums.sum(axis=0)
    measured = []
    for name, ratio in _RATIOS:
        value = ratio(dict(zip(names, whole, strict=True)))
        spread = ratio({one: resampled[:, at] for at, one in enumerate(names)})
        if not np.isnan(value):
            low, high = np.nanpercentile(spread, [2.5, 97.5])
            measured.append((name, Interval(float(value), float(low), float(high))))
    return (*measured, *_of_confidence(rows))


def _summed(row: AnswerRow, none: bool) -> dict[str, float]:
    """What one row adds to the sums of which the metrics are ratios."""
    fits = row.kind == Kind.ASKED and row.answerable is not False and bool(row.relevant)
    cited = () if none else row.cited
    precision = citation_precision(cited, row.relevant) if fits else 0.0
    recall = citation_recall(cited, row.relevant) if fits else 0.0
    positive, counts = row.answerable is False, row.answerable is not None
    given = fits and not none
    return {
        "fits": float(fits),
        "given": float(given),
        "precision": precision,
        "recall": recall,
        "f1": f1(precision, recall),
        "hit": float(given and row.hit),
        "asked": float(row.kind == Kind.ASKED),
        "answered": float(row.kind == Kind.ASKED and not none),
        "right": float(counts and none and positive),
        "wrong": float(counts and none and not positive),
        "missed": float(counts and not none and positive),
    }


def _over(numerator: str, *denominators: str) -> "Callable[[dict[str, Any]], Any]":
    def ratio(sums: dict[str, Any]) -> Any:  # noqa: ANN401 - one float or an array of them
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.divide(sums[numerator], sum(sums[name] for name in denominators))

    return ratio


def _of_means(denominator: str) -> "Callable[[dict[str, Any]], Any]":
    def ratio(sums: dict[str, Any]) -> Any:  # noqa: ANN401 - one float or an array of them
        with np.errstate(divide="ignore", invalid="ignore"):
            p, r = sums["precision"] / sums[denominator], sums["recall"] / sums[denominator]
            return 2 * p * r / (p + r)

    return ratio


def _silence_f1(sums: dict[str, Any]) -> Any:  # noqa: ANN401 - one float or an array of them
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(2 * sums["right"], 2 * sums["right"] + sums["wrong"] + sums["missed"])


_RATIOS: "tuple[tuple[str, Callable[[dict[str, Any]], Any]], ...]" = (
    ("citation precision", _over("precision", "given")),
    ("citation recall", _over("recall", "given")),
    ("citation F1, mean", _over("f1", "given")),
    ("citation F1, of the means", _of_means("given")),
    ("hit rate", _over("hit", "given")),
    ("citation precision, silence as 0", _over("precision", "fits")),
    ("citation recall, silence as 0", _over("recall", "fits")),
    ("citation F1, mean, silence as 0", _over("f1", "fits")),
    ("hit rate, silence as 0", _over("hit", "fits")),
    ("coverage", _over("answered", "asked")),
    ("abstention precision", _over("right", "right", "wrong")),
    ("abstention recall", _over("right", "right", "missed")),
    ("abstention F1", _silence_f1),
)


def _of_confidence(rows: Sequence[AnswerRow]) -> tuple[tuple[str, Interval], ...]:
    """What confidence is worth, over all rows that have one; right is an answer that cites what answers."""
    sure = [row for row in rows if row.confidence is not None]
    if not sure:
        return ()
    confidences = np.array([row.confidence for row in sure], dtype=np.float64)
    right = np.array([row.hit for row in sure])

    def error(places: NDArray[np.int64]) -> float:
        return expected_calibration_error(list(confidences[places]), list(right[places]))

    def area(places: NDArray[np.int64]) -> float:
        return risk_coverage(list(confidences[places]), list(~right[places])).area

    return (
        ("expected calibration error", _bootstrap(error, [row.id for row in sure])),
        ("area under risk-coverage", _bootstrap(area, [row.id for row in sure])),
    )


def _groups(ids: Sequence[str]) -> list[NDArray[np.int64]]:
    """The rows of each question: they are resampled together, for they are not independent."""
    places: dict[str, list[int]] = {}
    for place, one in enumerate(ids):
        places.setdefault(one, []).append(place)
    return [np.array(some, dtype=np.int64) for some in places.values()]


def _resampled_sums(sums: _Sums, ids: Sequence[str]) -> _Sums:
    """(RESAMPLES, columns): the sums over questions drawn with replacement; `sums` is (rows, columns)."""
    per_question = np.array([sums[places].sum(axis=0) for places in _groups(ids)])
    number = len(per_question)
    counts = np.random.default_rng(SEED).multinomial(number, [1 / number] * number, size=RESAMPLES)
    return np.asarray(counts @ per_question, dtype=np.float64)


def _bootstrap(statistic: Callable[[NDArray[np.int64]], float], ids: Sequence[str]) -> Interval:
    groups = _groups(ids)
    random = np.random.default_rng(SEED)
    values = [
        statistic(np.concatenate([groups[one] for one in random.integers(len(groups), size=len(groups))]))
        for _ in range(RESAMPLES // 4)
    ]
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(statistic(np.arange(len(ids))), float(low), float(high))


def table(measured: AnswerReport) -> str:
    """The report for a person, as Markdown."""
    lines = [f"- {one.kind}: {one.number} questions, {one.silent} met silence" for one in measured.kinds]
    lines += ["", "| metric | value [95 % interval] |", "|---|---|"]
    lines += [f"| {name} | {i.value:.3f} [{i.low:.3f}, {i.high:.3f}] |" for name, i in measured.metrics]
    s = measured.silent
    lines += [
        "",
        f"silent where nothing answers {s.right}, where something does {s.wrong}; "
        f"answered where nothing answers {s.missed}, where something does {s.spoke}",
        "least confidence of an answer: " + ("as calibrated" if measured.least is None else f"{measured.least:.3f}"),
        "outcomes: " + ", ".join(f"{name} {number}" for name, number in measured.outcomes),
        "written by: " + (", ".join(f"{name} {number}" for name, number in measured.modes) or "nobody"),
    ]
    sentences = sum(number for _, number in measured.states)
    if sentences:
        lines.append("sentences: " + ", ".join(f"{name} {number / sentences:.3f}" for name, number in measured.states))
    lines.append(f"seconds an answer: median {measured.seconds[0]:.2f}, 95th percentile {measured.seconds[1]:.2f}")
    if (point := measured.point) is not None:
        lines.append(
            f"operating point: confidence {point.threshold:.3f} answers {point.coverage:.3f} of these questions, "
            f"{point.risk:.3f} of them wrongly (at most {point.most:.3f} with 95 % confidence)"
        )
    return "\n".join(lines)
