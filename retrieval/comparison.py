"""Two measurements of the same questions side by side: what one gains over the other, and whether that is chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from retrieval.evaluation import Interval, Report, compare
from retrieval.tables import aligned

NOTE = "* the paired interval leaves out 0"


@dataclass(frozen=True, slots=True)
class Difference:
    """What the second report gains over the first in one metric.

    Attributes:
        metric: its name.
        gain: mean of second - first over the questions, with its paired 95 % interval.
        better, worse: questions that the second does better and worse; the rest are equal.
    """

    metric: str
    gain: Interval
    better: int
    worse: int

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.gain.low > 0 or self.gain.high < 0

    def to_json(self) -> dict[str, Any]:
        """As a machine reads it."""
        gain = {"value": self.gain.value, "low": self.gain.low, "high": self.gain.high}
        return {**gain, "better": self.better, "worse": self.worse, "beyond_chance": self.beyond_chance}


def differences(first: Report, second: Report) -> tuple[Difference, ...]:
    """The paired difference of every metric.

    Raises:
        ValueError: the reports rest on other questions or metrics.
    """
    found = []
    for position, (metric, gain) in enumerate(compare(first, second)):
        pairs = [(a.values[position], b.values[position]) for a, b in zip(first.rows, second.rows, strict=True)]
        found.append(Difference(metric, gain, sum(b > a for a, b in pairs), sum(b < a for a, b in pairs)))
    return tuple(found)


def comparison_table(first: Report, second: Report) -> str:
    """Both reports and their difference as Markdown, a line per metric.

    A difference whose interval leaves out 0 is marked with a star. Each metric of two equal systems bears one by chance
    once in twenty times, so the metric to decide by is chosen beforehand.
    """
    rows = [["metric", first.mode, second.mode, f"{second.mode} - {first.mode}", "better", "worse"]]
    for (metric, before), (_, after), one in zip(
        first.metrics, second.metrics, differences(first, second), strict=True
    ):
        star = " *" if one.beyond_chance else ""
        rows.append([metric, before.text, after.text, f"{one.gain.signed}{star}", str(one.better), str(one.worse)])
    return f"{len(first.rows)} questions; 95 % bootstrap intervals.\n\n{aligned(rows)}\n\n{NOTE}"


def in_one_metric(metric: str, pairs: Sequence[tuple[str, Report, Report]], *, titles: tuple[str, str, str]) -> str:
    """Many comparisons in one metric as Markdown, a line each.

    Args:
        metric: its name.
        pairs: (name of the line, first report, second report), at least one.
        titles: of the lines' names, and of the first and second reports.
    """
    named, before, after = titles
    rows = [[named, before, after, f"{after} - {before}"]]
    for name, first, second in pairs:
        one = next(one for one in differences(first, second) if one.metric == metric)
        star = " *" if one.beyond_chance else ""
        rows.append([name, first.of(metric).text, second.of(metric).text, f"{one.gain.signed}{star}"])
    return f"{metric}:\n\n{aligned(rows)}\n\n{NOTE}"
