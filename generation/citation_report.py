"""The exactness of citations for people and machines: a table, JSON, and a file with every citation and its class."""

import json
from collections.abc import Sequence
from pathlib import Path

from typing_extensions import TypedDict

from generation.citation_scoring import CitationClass, Exactness, JudgedAnswer, LevelScore, Score, classify
from index.errors import UserFacingError
from retrieval.evaluation import Interval


class IntervalJson(TypedDict):
    """A value with the ends of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


class ExactnessJson(TypedDict):
    """Precision, recall and F1."""

    precision: IntervalJson
    recall: IntervalJson
    f1: IntervalJson


class LevelJson(TypedDict):
    """A level: how many answers count there, over all provisions together, and as the mean over answers with gold."""

    answers: int
    with_gold: int
    micro: ExactnessJson
    macro: ExactnessJson | None


class ScoreJson(TypedDict):
    """What `lexcite score --json` prints; documented in docs/scoring.md."""

    answers: int
    without_citation: int
    without_gold: int
    citations: int
    classes: dict[str, int]
    levels: dict[str, LevelJson]


def score_json(made: Score) -> ScoreJson:
    """For a machine."""
    return {
        "answers": made.answers,
        "without_citation": made.silent,
        "without_gold": made.without_gold,
        "citations": made.citations,
        "classes": {one.value: count for one, count in made.classes},
        "levels": {level.level.value: _level_json(level) for level in made.levels},
    }


def _level_json(level: LevelScore) -> LevelJson:
    return {
        "answers": level.answers,
        "with_gold": level.with_gold,
        "micro": _exactness_json(level.micro),
        "macro": None if level.macro is None else _exactness_json(level.macro),
    }


def _exactness_json(found: Exactness) -> ExactnessJson:
    return {"precision": _json(found.precision), "recall": _json(found.recall), "f1": _json(found.f1)}


def _json(found: Interval) -> IntervalJson:
    return {"value": found.value, "low": found.low, "high": found.high}


def table(made: Score) -> str:
    """For a person: what the citations are, and how exact they are at each level."""
    silent = f", {made.silent} of them cite nothing" if made.silent else ""
    without = f", {made.without_gold} should cite nothing" if made.without_gold else ""
    classes = [
        [one.value.replace("_", " "), str(count), f"{count / made.citations:.3f}" if made.citations else "-"]
        for one, count in reversed(made.classes)
    ]
    measured = [
        [level.level.value, f"{mean}, {number}", *_cells(found)]
        for level in made.levels
        for mean, number, found in (("micro", level.answers, level.micro), ("macro", level.with_gold, level.macro))
        if found is not None
    ]
    return "\n".join(
        [
            f"{made.answers} answers{silent}{without}; {made.citations} citations; 95 % bootstrap intervals.",
            "",
            *_markdown([["class", "citations", "share"], *classes]),
            "",
            *_markdown([["level", "mean, answers", "precision", "recall", "F1"], *measured]),
        ]
    )


def _cells(found: Exactness) -> list[str]:
    return [f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in (found.precision, found.recall, found.f1)]


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    ruled = [rows[0], ["-" * width for width in widths], *rows[1:]]
    return [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in ruled
    ]


def write_rows(judged: Sequence[JudgedAnswer], path: Path) -> None:
    """Writes one JSON object per citation, the gravest class first.

    Raises:
        UserFacingError: the file cannot be written.
    """
    graded = [(classify(cited, answer.gold), answer, cited) for answer in judged for cited in answer.cited]
    order = {one: rank for rank, one in enumerate(CitationClass)}
    lines = [
        json.dumps(
            {
                "id": answer.id,
                "class": found.value,
                "citation": cited.written,
                "reading": cited.reading.value,
                "provision": cited.provision or None,
                "detail": cited.detail or None,
                "gold": [gold.provision for gold in answer.gold],
                "question": answer.question,
            },
            ensure_ascii=False,
        )
        for found, answer, cited in sorted(graded, key=lambda one: order[one[0]])
    ]
    try:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise UserFacingError(
            f"{path} cannot be written ({error.strerror}); name a file in a folder you own."
        ) from error
