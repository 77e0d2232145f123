"""Where a retriever does well and where it does not: a report taken apart by what its questions are."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.languages import detect_language
from retrieval.evaluation import Report
from retrieval.json_lines import numbered_lines
from retrieval.pairs import HELD_OUT
from retrieval.questions import Question, QuestionsError, question_of
from retrieval.tables import aligned

FEWEST = 10  # questions: the bootstrap of fewer is far too narrow, and of one it has no width at all
SHOWN = ("accuracy@1", "accuracy@10", "ndcg@10", "mrr@10")
SEVERAL = "several laws"
SEEN, UNSEEN = "seen in training", "unseen"
_LENGTHS = ((10, "1 to 10 words"), (20, "11 to 20 words"), (40, "21 to 40 words"))
_LONGER = "more than 40 words"

Key = Callable[[Question], str]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A report in parts.

    Attributes:
        by: what the parts differ in: "law", "length", "lang", "seen".
        groups: the report of each part, its `mode` the name of the part; each question is in one part.
    """

    by: str
    groups: tuple[Report, ...]

    def to_json(self) -> list[dict[str, Any]]:
        """As a machine reads it; a part of fewer than `FEWEST` questions has no `low` and `high`."""
        written = []
        for group in self.groups:
            fields = group.to_json()
            if len(group.rows) < FEWEST:
                fields["metrics"] = {name: {"value": found.value} for name, found in group.metrics}
            written.append({"group": fields.pop("mode"), **fields})
        return written


def broken_down(report: Report, by: str, key: Key, *, order: Sequence[str] = ()) -> Breakdown:
    """Takes a report apart.

    Args:
        report: the whole.
        by: see `Breakdown`.
        key: the name of a question's part.
        order: of the parts; those that it does not name follow, the largest first.
    """
    parts: dict[str, list[Any]] = {}
    for row in report.rows:
        parts.setdefault(key(row.question), []).append(row)
    ranks = {name: rank for rank, name in enumerate(order)}
    names = sorted(parts, key=lambda name: (ranks.get(name, len(ranks)), -len(parts[name]), name))
    return Breakdown(by, tuple(report.part(name, parts[name]) for name in names))


def by_law(report: Report, law_of: Callable[[str], str]) -> Breakdown:
    """By the law that answers; questions that several laws answer are a part of their own.

    Args:
        report: the whole.
        law_of: the law of an `Article.id`, as it is to be shown.
    """

    def key(question: Question) -> str:
        laws = {law_of(one) for one in question.relevant}
        return laws.pop() if len(laws) == 1 else SEVERAL

    return broken_down(report, "law", key)


def by_length(report: Report) -> Breakdown:
    """By the length of the question in words, as blanks part them: in Vietnamese these are syllables."""

    def key(question: Question) -> str:
        words = len(question.text.split())
        return next((name for most, name in _LENGTHS if words <= most), _LONGER)

    return broken_down(report, "length", key, order=[*(name for _, name in _LENGTHS), _LONGER])


def by_lang(report: Report) -> Breakdown:
    """By the language that the file gives for the question, or else the one that is detected."""
    return broken_down(report, "lang", lambda question: question.lang or detect_language(question.text) or "unknown")


def by_seen(report: Report, trained: Collection[str]) -> Breakdown:
    """By whether one of the articles that answer the question was also trained on.

    Args:
        report: the whole.
        trained: `Article.id`s.
    """

    def key(question: Question) -> str:
        return UNSEEN if set(question.relevant).isdisjoint(trained) else SEEN

    return broken_down(report, "seen", key, order=[SEEN, UNSEEN])


def trained_articles(paths: Sequence[Path]) -> frozenset[str]:
    """The articles that training files name as answers.

    Args:
        paths: training pairs (`article`), or labelled questions (`relevant`); lines of a split that is kept to measure
            with are passed over. JSON Lines, plain or ending in `.gz` or `.xz`.

    Raises:
        QuestionsError: naming file and line; also where a file names no article.
    """
    found: set[str] = set()
    for path in paths:
        named = [one for number, line in _lines(path) for one in _answers(line, f"{path}, line {number}")]
        if not named:
            raise QuestionsError(f"{path} names no article that was trained on; give training pairs or questions.")
        found.update(named)
    return frozenset(found)


def _lines(path: Path) -> Sequence[tuple[int, str]]:
    return tuple(numbered_lines(path, error=QuestionsError, what="training pairs or labelled questions"))


def _answers(line: str, where: str) -> tuple[str, ...]:
    try:
        fields = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise QuestionsError(f"{where}: not JSON ({error}); write one object a line.") from error
    if isinstance(fields, dict) and fields.get("split") in HELD_OUT:
        return ()
    if isinstance(fields, dict) and isinstance(fields.get("article"), str):
        return (fields["article"],)
    return question_of(line, where).relevant


def breakdown_table(breakdown: Breakdown) -> str:
    """The parts as Markdown, a line each; parts of fewer than `FEWEST` questions have no intervals."""
    rows = [[breakdown.by, "questions", *SHOWN]]
    for group in breakdown.groups:
        wide = len(group.rows) >= FEWEST
        cells = [group.of(name).text if wide else f"{group.of(name).value:.4f}" for name in SHOWN]
        rows.append([group.mode.replace("|", "/"), str(len(group.rows)), *cells])
    return aligned(rows)
