"""Whether a reranker helps, language by language: measured on train, gated on dev, and kept beside the releases."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.evaluation import Interval, intervals
from retrieval.fusion import CalibrationError
from retrieval.metrics import ndcg
from retrieval.questions import Question, QuestionsError
from retrieval.search import ArticleSearch, Retriever
from retrieval.tuning import FEWEST_QUESTIONS

_FORMAT = 1
_K = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """Mean nDCG@10 of the same questions without and with the reranker, and the paired difference.

    Attributes:
        questions: how many.
        before: of the search alone.
        after: of the search with the reranker.
        gain: `after - before`, with its 95 % interval.
    """

    questions: int
    before: float
    after: float
    gain: Interval

    def to_json(self) -> dict[str, Any]:
        """Rounded, as it is kept."""
        gain = [round(one, 4) for one in (self.gain.value, self.gain.low, self.gain.high)]
        return {
            "questions": self.questions,
            "before": round(self.before, 4),
            "after": round(self.after, 4),
            "gain": gain,
        }

    @property
    def text(self) -> str:
        """For a person."""
        gain = f"{self.gain.value:+.3f} [{self.gain.low:+.3f}, {self.gain.high:+.3f}]"
        return f"nDCG@10 {self.before:.3f} to {self.after:.3f}, {gain} over {self.questions} questions"


@dataclass(frozen=True, slots=True)
class Measured:
    """What the questions in one language said of a reranker.

    Attributes:
        lang: ISO 639-1 code, as the search understood it.
        share: of the dense arm in the search that was reranked.
        train: on questions that may be tuned on.
        dev: on others; None where there are none in this language.
    """

    lang: str
    share: float
    train: Compared
    dev: Compared | None

    @property
    def objection(self) -> str:
        """Why it stays off; empty where it is on.

        A reranker can have been trained on the train questions; so without dev questions nobody knows whether it helps.
        """
        if self.train.questions < FEWEST_QUESTIONS:
            return f"fewer than {FEWEST_QUESTIONS} questions"
        if self.train.gain.low <= 0:
            return "no gain beyond chance"
        if self.dev is None:
            return "no dev question in this language"
        return "worse on dev" if self.dev.gain.value < 0 else ""

    def to_json(self) -> dict[str, Any]:
        """As it is kept: whether it is on, why not, for which share, and the figures."""
        dev = None if self.dev is None else self.dev.to_json()
        objection = self.objection
        return {
            "on": not objection,
            "objection": objection,
            "share": self.share,
            "train": self.train.to_json(),
            "dev": dev,
        }


def measure(
    search: ArticleSearch,
    reranked: Retriever,
    train: Iterable[Question],
    dev: Iterable[Question],
    *,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[Measured, ...]:
    """Compares a search with the same search reranked, by language; languages without a train question are left out.

    Args:
        search: over the corpus of the questions.
        reranked: the same, reranked in every language.
        train: labelled questions; those without relevant articles are passed over.
        dev: labelled questions that nothing is tuned on.
        on_progress: called with 1 after each question.

    Raises:
        QuestionsError: no question can be judged.
        RerankerError: the reranker failed.
    """
    found = _values(search, reranked, train, on_progress)
    if not found:
        raise QuestionsError("No question can measure the reranker: none is labelled and in a language that was told.")
    aside = _values(search, reranked, dev, on_progress)
    return tuple(
        Measured(lang, search.share(lang), _compared(values), _compared(aside[lang]) if lang in aside else None)
        for lang, values in sorted(found.items())
    )


def _values(
    search: ArticleSearch,
    reranked: Retriever,
    questions: Iterable[Question],
    on_progress: Callable[[int], None] | None,
) -> dict[str, list[tuple[float, float]]]:
    """By language, nDCG@10 of each question (without, with)."""
    found: dict[str, list[tuple[float, float]]] = {}
    for question in questions:
        lang = search.language(question.text)
        if question.relevant and lang is not None:
            before, after = (
                ndcg([hit.article.id for hit in one.search(question.text, k=_K)], question.relevant, k=_K)
                for one in (search, reranked)
            )
            found.setdefault(lang, []).append((before, after))
        if on_progress is not None:
            on_progress(1)
    return found


def _compared(values: Sequence[tuple[float, float]]) -> Compared:
    both = np.array(values, dtype=np.float64)
    (gain,) = intervals(both[:, [1]] - both[:, [0]])
    before, after = map(float, both.mean(axis=0))
    return Compared(len(both), before, after, gain)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the index knows of one reranker in one language.

    Attributes:
        share: of the dense arm in the search that was measured.
        objection: why it is off; empty where it is on.
    """

    share: float
    objection: str

    def objection_to(self, share: float) -> str:
        """Why it is off in a search with this share: a gain over another search was not measured for this one."""
        if self.objection or share == self.share:
            return self.objection
        return f"measured with the dense share {self.share:.2f}, which is {share:.2f} now: calibrate again"


def reranking_path(index_dir: Path, embedder: str, reranker: str) -> Path:
    """Where the measurements of a reranker with an embedder lie, by their fingerprints; beside the fusion's shares."""
    return index_dir / "calibration" / f"{embedder}.reranker-{reranker}.json"


def read_reranking(index_dir: Path, embedder: str, reranker: str) -> Mapping[str, Kept]:
    """By language, what was measured; empty where nobody did, so that the reranker is off.

    Raises:
        CalibrationError: the file is there and cannot be read.
    """
    path = reranking_path(index_dir, embedder, reranker)
    try:
        return _parse(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CalibrationError(
            f"{path} cannot be read ({error.strerror}); mend its permissions or remove it."
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CalibrationError(
            f"{path} does not tell of a reranker ({error}); remove it, or calibrate again."
        ) from error


def write_reranking(index_dir: Path, embedder: str, reranker: str, measured: Sequence[Measured]) -> None:
    """Puts the measurements in their place, whole or not at all; those of other languages are kept.

    Raises:
        CalibrationError: the file cannot be written, or the one that is there cannot be read.
    """
    path = reranking_path(index_dir, embedder, reranker)
    read_reranking(index_dir, embedder, reranker)  # a damaged file is told, and not written over
    fresh = path.with_suffix(".new")
    try:
        langs = json.loads(path.read_bytes())["langs"] if path.exists() else {}
        langs |= {one.lang: one.to_json() for one in measured}
        path.parent.mkdir(parents=True, exist_ok=True)
        told = json.dumps({"format": _FORMAT, "langs": langs}, indent=2, sort_keys=True)
        fresh.write_text(f"{told}\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise CalibrationError(
            f"{path} cannot be written ({error.strerror}); make room or mend permissions."
        ) from error


def _parse(fields: object) -> dict[str, Kept]:
    """By language, from JSON; ValueError, KeyError or TypeError where it is something else."""
    if not isinstance(fields, dict) or not isinstance(fields["langs"], dict):
        raise TypeError("no object with format and langs")
    if fields["format"] != _FORMAT:
        raise ValueError(f"format {fields['format']}, but this lexcite reads {_FORMAT}")
    kept = {}
    for lang, one in fields["langs"].items():
        if not isinstance(one["on"], bool) or not isinstance(one["share"], int | float) or not 0 <= one["share"] <= 1:
            raise ValueError(f"{lang}: on is true or false, and share is between 0 and 1")
        kept[lang] = Kept(float(one["share"]), "" if one["on"] else str(one["objection"]) or "switched off")
    return kept
