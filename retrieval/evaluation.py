"""Measuring a retriever on labelled questions: the reference cards' table, with intervals."""

import json
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import UserFacingError
from retrieval.metrics import CARD_METRICS, Metric
from retrieval.questions import Question, QuestionsError
from retrieval.search import NO_FILTERS, Filters, Retriever
from retrieval.tables import aligned

RESAMPLES = 10_000  # the ends of a 95 % interval then move by about .01 of its width from seed to seed
SEED = 20_261_122


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over questions with the ends of its 95 % percentile bootstrap interval (Efron and Tibshirani 1993, 13.3).

    The questions are resampled with replacement, `RESAMPLES` times from `SEED`: the same rows give the same interval.
    """

    value: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """As tables show it: `0.8123 [0.7500, 0.8700]`."""
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"

    @property
    def signed(self) -> str:
        """Likewise of a difference: `+0.0123 [-0.0010, +0.0250]`."""
        return f"{self.value:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"


@dataclass(frozen=True, slots=True)
class Row:
    """How one question went.

    Attributes:
        question: as asked.
        found: `Article.id`s, best first, at most k.
        values: one per metric of the report, in its order.
        seconds: wall-clock time of the search.
    """

    question: Question
    found: tuple[str, ...]
    values: tuple[float, ...]
    seconds: float

    @property
    def first_relevant(self) -> int | None:
        """Rank of the first relevant article, 1 for the best; None where none was found."""
        ranks = (rank for rank, found in enumerate(self.found, start=1) if found in self.question.relevant)
        return next(ranks, None)


@dataclass(frozen=True, slots=True)
class Report:
    """A measurement: what was measured, each metric with its interval, and the questions behind it.

    Attributes:
        mode: name of what was measured: "dense", "lexical", "fused".
        metrics: (name, mean over rows) in the order of the table.
        rows: the questions that count, in the order given.
        left_out: questions that name no relevant article, which no ranking metric can judge.
    """

    mode: str
    metrics: tuple[tuple[str, Interval], ...]
    rows: tuple[Row, ...]
    left_out: int = 0

    def of(self, metric: str) -> Interval:
        """One metric by its name; KeyError where it was not measured."""
        return dict(self.metrics)[metric]

    def part(self, name: str, rows: Sequence[Row]) -> "Report":
        """The same measurement of some of its rows, at least one, under another name."""
        return report_of(name, [metric for metric, _ in self.metrics], rows)

    def to_json(self) -> dict[str, Any]:
        """As a machine reads it: `{"mode", "n", "metrics": {name: {"value", "low", "high"}}}`."""
        metrics = {name: {"value": i.value, "low": i.low, "high": i.high} for name, i in self.metrics}
        return {"mode": self.mode, "n": len(self.rows), "metrics": metrics}


def evaluate(
    retriever: Retriever,
    questions: Iterable[Question],
    *,
    mode: str,
    articles: Container[str],
    k: int = 100,
    filters: Filters = NO_FILTERS,
    among: Mapping[str, frozenset[str]] | None = None,
    metrics: Sequence[Metric] = CARD_METRICS,
    on_progress: Callable[[int], None] | None = None,
) -> Report:
    """Puts every question to a retriever and judges the articles that it finds.

    Args:
        retriever: what is measured.
        questions: those without relevant articles are left out and counted.
        mode: what to call it in the report.
        articles: the `Article.id`s of the index, to find out whether questions and index belong together.
        k: articles asked for; at least the largest cut-off of the metrics.
        filters: law that may answer.
        among: by `Question.id`, the only `Article.id`s that compete to answer it; None for all that pass the filters.
        metrics: what is measured.
        on_progress: called with 1 after each question.

    Raises:
        QuestionsError: where a relevant article is not in the index, or no question names one.
    """
    deepest = max(metric.k for metric in metrics)
    if k < deepest:
        raise ValueError(f"k is {k}, but a metric looks at the first {deepest} articles")
    asked = tuple(questions)
    judged = tuple(question for question in asked if question.relevant)
    check_questions(judged, articles)
    rows = []
    for question in judged:
        allowed = filters if among is None else replace(filters, only=among[question.id])
        started = time.perf_counter()
        hits = retriever.search(question.text, k=k, filters=allowed)
        seconds = time.perf_counter() - started
        found = tuple(hit.article.id for hit in hits)
        if len(set(found)) != len(found):
            raise ValueError(f"the retriever found an article twice for question {question.id!r}")
        values = tuple(metric(found, question.relevant) for metric in metrics)
        rows.append(Row(question=question, found=found, values=values, seconds=seconds))
        if on_progress is not None:
            on_progress(1)
    return report_of(mode, [metric.name for metric in metrics], rows, left_out=len(asked) - len(judged))


def report_of(mode: str, names: Sequence[str], rows: Sequence[Row], *, left_out: int = 0) -> Report:
    """The report of rows, at least one, whose values are those of the metrics called `names`."""
    return Report(mode, tuple(zip(names, intervals(_matrix(rows)), strict=True)), tuple(rows), left_out)


def check_questions(judged: Sequence[Question], articles: Container[str]) -> None:
    """Questions and index have to belong together: a wrong pair would look like a bad retriever.

    Args:
        judged: the questions that name relevant articles.
        articles: see `evaluate`.

    Raises:
        QuestionsError: where a relevant article is not in the index, or there is no question.
    """
    if not judged:
        raise QuestionsError("No question names a relevant article; there is nothing to measure.")
    unknown = [(one, question) for question in judged for one in question.relevant if one not in articles]
    if unknown:
        shown = ", ".join(f"{one} (question {question.id})" for one, question in unknown[:3])
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        raise QuestionsError(
            f"Relevant articles are not in this index: {shown}{more}; "
            "use the questions that were written for this corpus, or build the index from it."
        )


def _matrix(rows: Sequence[Row]) -> NDArray[np.float64]:
    """(rows, metrics)."""
    return np.array([row.values for row in rows], dtype=np.float64)


def intervals(values: NDArray[np.float64], *, resamples: int = RESAMPLES, seed: int = SEED) -> tuple[Interval, ...]:
    """Mean and 95 % interval of each column.

    Args:
        values: (questions, columns), at least one question; all columns are resampled together.
        resamples: bootstrap samples.
        seed: of the resampling.
    """
    means = resampled_means(values, resamples=resamples, seed=seed)
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    columns = zip(values.mean(axis=0), low, high, strict=True)
    return tuple(Interval(value=float(mean), low=float(least), high=float(most)) for mean, least, most in columns)


def resampled_means(
    values: NDArray[np.float64], *, resamples: int = RESAMPLES, seed: int = SEED
) -> NDArray[np.float64]:
    """(resamples, columns): the column means of bootstrap samples of the rows; the arguments are those of `intervals`.

    What is a ratio of two columns' means, not a mean itself, has its interval from these.
    """
    number = len(values)
    random = np.random.default_rng(seed)
    means = np.empty((resamples, values.shape[1]))
    # A resample is how often each question was drawn; in slices, so that memory stays below 100 MB.
    slice_of = max(1, min(resamples, 2_000_000 // number))
    for start in range(0, resamples, slice_of):
        size = min(slice_of, resamples - start)
        drawn = random.integers(number, size=(size, number)) + np.arange(size)[:, None] * number
        counts = np.bincount(drawn.ravel(), minlength=size * number).reshape(size, number)
        means[start : start + size] = counts @ values / number
    return means


def compare(first: Report, second: Report) -> tuple[tuple[str, Interval], ...]:
    """The paired difference `second - first` of each metric, with its interval.

    Both have to rest on the same questions in the same order; their difference varies far less than either, so an
    interval that leaves out 0 shows a difference which two overlapping single intervals may hide.
    """
    names = [name for name, _ in first.metrics]
    if names != [name for name, _ in second.metrics] or [r.question for r in first.rows] != [
        r.question for r in second.rows
    ]:
        raise ValueError(f"{first.mode} and {second.mode} were measured on other questions or metrics")
    return tuple(zip(names, intervals(_matrix(second.rows) - _matrix(first.rows)), strict=True))


def table(reports: Sequence[Report]) -> str:
    """The reports beside each other as Markdown: a line per metric, `value [low, high]` per report."""
    rows = [["metric", *(report.mode for report in reports)]]
    for position, (name, _) in enumerate(reports[0].metrics):
        rows.append([name, *(report.metrics[position][1].text for report in reports)])
    left_out = f", {reports[0].left_out} left out (no relevant article)" if reports[0].left_out else ""
    return f"{len(reports[0].rows)} questions{left_out}; 95 % bootstrap intervals.\n\n{aligned(rows)}"


def write_rows(report: Report, path: Path) -> None:
    """Writes one JSON object per question, worst first: what went wrong stands at the top.

    Keys: `mode, id, question, lang, relevant, first_relevant` (rank, null where not found)`, found` (the first ten)`,
    seconds, metrics`.

    Raises:
        UserFacingError: where the file cannot be written.
    """
    names = [name for name, _ in report.metrics]
    lines = []
    for row in sorted(report.rows, key=lambda row: row.first_relevant or float("inf"), reverse=True):
        fields = {
            "mode": report.mode,
            "id": row.question.id,
            "question": row.question.text,
            "lang": row.question.lang,
            "relevant": row.question.relevant,
            "first_relevant": row.first_relevant,
            "found": row.found[:10],
            "seconds": round(row.seconds, 6),
            "metrics": dict(zip(names, row.values, strict=True)),
        }
        lines.append(json.dumps(fields, ensure_ascii=False) + "\n")
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise UserFacingError(
            f"{path} cannot be written ({error.strerror}); name a file in a folder you own."
        ) from error
