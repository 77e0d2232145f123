"""Measurements as PNG: metrics over dimensions, paired differences, and the parts of a breakdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from index.errors import UserFacingError
from retrieval.breakdown import FEWEST, Breakdown
from retrieval.comparison import Difference
from retrieval.evaluation import Interval, Report

_COLOURS = ("#1f5a96", "#b03a2e", "#2c7a3f", "#7a5a1f")
_METRICS = ("accuracy@1", "ndcg@10", "mrr@10")


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture shows, one panel for each field that is not empty.

    Attributes:
        title: above all.
        reports: each metric with its interval.
        dimensions: by subject, its name and (dimension, report) of at least one dimension.
        differences: title of the panel, and the differences.
        breakdowns: nDCG@10 of each part.
    """

    title: str
    reports: tuple[Report, ...] = ()
    dimensions: tuple[tuple[str, tuple[tuple[int, Report], ...]], ...] = ()
    differences: tuple[str, tuple[Difference, ...]] | None = None
    breakdowns: tuple[Breakdown, ...] = ()


def draw(picture: Picture, path: Path) -> None:
    """Draws a PNG.

    Raises:
        UserFacingError: the file cannot be written.
    """
    heights = [
        *([0.45 * len(picture.reports[0].metrics)] if picture.reports else []),
        *([4.0] if picture.dimensions else []),
        *([0.35 * len(picture.differences[1])] if picture.differences else []),
        *(0.4 * len(one.groups) + 0.4 for one in picture.breakdowns),
    ]
    figure = Figure(figsize=(8, sum(heights) + 1.2 * len(heights)), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(picture.title)
    panels = iter(figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0])
    if picture.reports:
        _draw_reports(next(panels), picture.reports)
    if picture.dimensions:
        _draw_dimensions(next(panels), picture.dimensions)
    if picture.differences:
        _draw_differences(next(panels), *picture.differences)
    for one in picture.breakdowns:
        _draw_breakdown(next(panels), one)
    try:
        figure.savefig(path, format="png", dpi=120, metadata={"Software": None})
    except OSError as error:
        raise UserFacingError(
            f"{path} cannot be written ({error.strerror}); name a file in a folder you own."
        ) from error


def _draw_reports(axes: Axes, reports: Sequence[Report]) -> None:
    names = [name for name, _ in reports[0].metrics]
    for number, report in enumerate(reports):
        shift = 0.2 * (number - (len(reports) - 1) / 2)
        found = [interval for _, interval in report.metrics]
        _points(axes, [at + shift for at in range(len(names))], found, colour=_COLOURS[number], label=report.mode)
    _lines(axes, names)
    axes.set_xlim(0, 1.01)
    axes.legend(frameon=False, loc="best")


def _draw_dimensions(axes: Axes, subjects: Sequence[tuple[str, Sequence[tuple[int, Report]]]]) -> None:
    styles = ("-", "--", ":", "-.")
    for (name, measured), style in zip(subjects, styles, strict=False):
        sizes = [dimension for dimension, _ in measured]
        for metric, colour in zip(_METRICS, _COLOURS, strict=False):
            found = [report.of(metric) for _, report in measured]
            means = [one.value for one in found]
            axes.plot(sizes, means, style, marker="o", markersize=4, color=colour, label=f"{metric}, {name}")
            lows, highs = [one.low for one in found], [one.high for one in found]
            axes.fill_between(sizes, lows, highs, color=colour, alpha=0.08, linewidth=0)
    axes.set_xscale("log", base=2)
    ticks = sorted({dimension for _, measured in subjects for dimension, _ in measured})
    axes.set_xticks(ticks, [str(one) for one in ticks])
    axes.set_xlabel("dimensions")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize="small")


def _draw_differences(axes: Axes, title: str, found: Sequence[Difference]) -> None:
    _points(axes, range(len(found)), [one.gain for one in found], colour=_COLOURS[0])
    axes.axvline(0, color="#777777", linewidth=1)
    _lines(axes, [one.metric for one in found])
    axes.set_title(title, fontsize="medium")


def _draw_breakdown(axes: Axes, breakdown: Breakdown) -> None:
    for at, group in enumerate(breakdown.groups):
        found = group.of("ndcg@10")
        shown = found if len(group.rows) >= FEWEST else Interval(found.value, found.value, found.value)
        _points(axes, [at], [shown], colour=_COLOURS[0])
    _lines(axes, [f"{_short(group.mode)} ({len(group.rows)})" for group in breakdown.groups])
    axes.set_xlim(0, 1.01)
    axes.set_title(f"nDCG@10 by {breakdown.by} (questions)", fontsize="medium")


def _points(
    axes: Axes, places: Sequence[float], found: Sequence[Interval], *, colour: str, label: str | None = None
) -> None:
    values = [one.value for one in found]
    # A percentile interval of few questions can leave its mean out by a hair; a bar has no negative length.
    below = [max(one.value - one.low, 0.0) for one in found]
    above = [max(one.high - one.value, 0.0) for one in found]
    axes.errorbar(values, places, xerr=(below, above), fmt="o", color=colour, capsize=3, markersize=4, label=label)


def _lines(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)  # the first on top
    axes.grid(axis="x", alpha=0.3)


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:39].rstrip()}…"
