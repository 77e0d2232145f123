"""Choosing the shares of the two arms from labelled questions, so that fusion never does worse than one arm alone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.evaluation import Interval, intervals
from retrieval.fusion import Calibration
from retrieval.metrics import ndcg
from retrieval.questions import Question, QuestionsError
from retrieval.search import ArticleSearch

SHARES = tuple(round(0.05 * step, 2) for step in range(21))  # of the dense arm; the ends are the single arms
FEWEST_QUESTIONS = 50  # below, the interval of a difference is wider than any difference that was ever seen

_K = 10


@dataclass(frozen=True, slots=True)
class Gated:
    """What questions that nothing was tuned on said of a share.

    Attributes:
        questions: how many.
        curve: mean nDCG@10 at each of `SHARES`.
        gain: nDCG@10 at the tuned share over the arm that was better in tuning, paired.
    """

    questions: int
    curve: tuple[float, ...]
    gain: Interval

    @property
    def passed(self) -> bool:
        """Whether fusion is at least as good as that arm."""
        return self.gain.value >= 0


@dataclass(frozen=True, slots=True)
class Tuned:
    """What the questions in one language said.

    Attributes:
        lang: ISO 639-1 code, as the search understood it.
        questions: how many.
        share: the one chosen; None where there were too few questions, so that the calibration keeps what it had.
        arm: the share of the better single arm: 0.0 the lexical, 1.0 the dense.
        curve: mean nDCG@10 at each of `SHARES`; the first is the lexical arm alone, the last the dense arm.
        gain: nDCG@10 at `share` over the better single arm, paired.
        gate: what dev questions said; None where there are none in this language.
    """

    lang: str
    questions: int
    share: float | None
    arm: float
    curve: tuple[float, ...]
    gain: Interval
    gate: Gated | None = None

    @property
    def kept(self) -> float | None:
        """The share to search with: the tuned one, or the single arm where the dev questions say that fusion hurts."""
        return self.arm if self.share is not None and self.gate is not None and not self.gate.passed else self.share

    def to_json(self) -> dict[str, Any]:
        """As it is kept beside the share: nDCG@10 of the arms and of the fusion on train and on dev."""
        share = SHARES.index(self.arm if self.share is None else self.share)
        sides = {"train": (self.questions, self.curve, self.gain)}
        if self.gate is not None:
            sides["dev"] = (self.gate.questions, self.gate.curve, self.gate.gain)
        told: dict[str, Any] = {"tuned": self.share, "kept": self.kept, "arm": _NAMES[self.arm]}
        for name, (number, curve, gain) in sides.items():
            figures = {"lexical": curve[0], "dense": curve[-1], "fused": curve[share]}
            rounded = {key: round(value, 4) for key, value in figures.items()}
            told[name] = {"questions": number, **rounded, "gain": [round(gain.low, 4), round(gain.high, 4)]}
        return told


_NAMES = {0.0: "lexical", 1.0: "dense"}


def tune(
    search: ArticleSearch,
    questions: Iterable[Question],
    *,
    base: Calibration,
    dev: Iterable[Question] = (),
    on_progress: Callable[[int], None] | None = None,
) -> tuple[Calibration, tuple[Tuned, ...]]:
    """Chooses a share per language by nDCG@10 on train questions, and keeps it where dev questions do not object.

    A language keeps the share of `base` unless another one is better beyond chance (its paired 95 % interval leaves
    out 0): then it takes the nearest to the old one that the questions cannot tell from the best. Where the outcome
    is below the better single arm, it is that arm; likewise where, on the dev questions, it is below the arm that was
    better in tuning. Nothing is chosen on dev: it can only say no. Questions that only one arm can answer, because no
    law is written in their language, say nothing about shares and are passed over.

    Args:
        search: over the corpus of the questions.
        questions: labelled; those without relevant articles are passed over.
        base: what languages without enough questions keep.
        dev: labelled questions that nothing is tuned on.
        on_progress: called with 1 after each question.

    Raises:
        QuestionsError: no question can be judged.
    """
    found = _curves(search, questions, on_progress)
    if not found:
        raise QuestionsError("No question can tune the search: none is labelled and in a language of the law.")
    aside = _curves(search, dev, on_progress)
    tuned = tuple(
        gated(choose_share(lang, values, old=base.share(lang)), aside.get(lang))
        for lang, values in sorted(found.items())
    )
    chosen = {one.lang: one.kept for one in tuned if one.kept is not None}
    measured = {one.lang: one.to_json() for one in tuned if one.kept is not None}
    return (
        Calibration(shares={**base.shares, **chosen}, otherwise=base.otherwise, measured={**base.measured, **measured}),
        tuned,
    )


def choose_share(lang: str, values: NDArray[np.float64], *, old: float) -> Tuned:
    """The share for one language, by the rule that `tune` states, before dev questions are asked.

    Args:
        lang: ISO 639-1 code.
        values: (questions, len(SHARES)), nDCG@10 of each question at each share.
        old: the share that stays where no other is better beyond chance.
    """
    means = values.mean(axis=0)
    best = int(means.argmax())
    behind = intervals(values[:, [best]] - values)
    as_good = [place for place, interval in enumerate(behind) if interval.low <= 0]
    place = min(as_good, key=lambda place: (abs(SHARES[place] - old), -means[place]))
    single = 0 if means[0] >= means[-1] else len(SHARES) - 1
    if means[place] < means[single]:
        place = single
    (gain,) = intervals(values[:, [place]] - values[:, [single]])
    share = SHARES[place] if len(values) >= FEWEST_QUESTIONS else None
    return Tuned(
        lang=lang,
        questions=len(values),
        share=share,
        arm=SHARES[single],
        curve=tuple(map(float, means)),
        gain=gain,
    )


def gated(tuned: Tuned, values: NDArray[np.float64] | None) -> Tuned:
    """The same with what dev questions say of it.

    Args:
        tuned: on other questions.
        values: (questions, len(SHARES)), nDCG@10 of each dev question at each share; None where there are none.
    """
    if values is None or tuned.share is None:
        return tuned
    place, single = SHARES.index(tuned.share), SHARES.index(tuned.arm)
    (gain,) = intervals(values[:, [place]] - values[:, [single]])
    return replace(tuned, gate=Gated(len(values), tuple(map(float, values.mean(axis=0))), gain))


def _curves(
    search: ArticleSearch, questions: Iterable[Question], on_progress: Callable[[int], None] | None
) -> Mapping[str, NDArray[np.float64]]:
    """By language (questions, len(SHARES)), nDCG@10 of each question that both arms can answer, at each share."""
    found: dict[str, list[list[float]]] = {}
    for question in questions:
        lang = search.language(question.text)
        candidates = search.candidates(question.text)
        if question.relevant and lang is not None and candidates.dense is not None and candidates.lexical is not None:
            ranked = (search.rank(candidates, share=share, k=_K) for share in SHARES)
            values = [ndcg([hit.article.id for hit in hits], question.relevant, k=_K) for hits in ranked]
            found.setdefault(lang, []).append(values)
        if on_progress is not None:
            on_progress(1)
    return {lang: np.array(values, dtype=np.float64) for lang, values in found.items()}
