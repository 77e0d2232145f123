"""Choosing the shares of the two arms from labelled questions, so that fusion never does worse than one arm alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

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
class Tuned:
    """What the questions in one language said.

    Attributes:
        lang: ISO 639-1 code, as the search understood it.
        questions: how many.
        share: the one chosen; None where there were too few questions, so that the calibration keeps what it had.
        curve: mean nDCG@10 at each of `SHARES`; the first is the lexical arm alone, the last the dense arm.
        gain: nDCG@10 at `share` over the better single arm, paired.
    """

    lang: str
    questions: int
    share: float | None
    curve: tuple[float, ...]
    gain: Interval


def tune(
    search: ArticleSearch,
    questions: Iterable[Question],
    *,
    base: Calibration,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[Calibration, tuple[Tuned, ...]]:
    """Chooses a share per language by nDCG@10; use train questions only.

    A language keeps the share of `base` unless another one is better beyond chance (its paired 95 % interval leaves
    out 0): then it takes the nearest to the old one that the questions cannot tell from the best. Where the outcome
    is below the better single arm, it is that arm. Questions that only one arm can answer, because no law is written
    in their language, say nothing about shares and are passed over.

    Args:
        search: over the corpus of the questions.
        questions: labelled; those without relevant articles are passed over.
        base: what languages without enough questions keep.
        on_progress: called with 1 after each question.

    Raises:
        QuestionsError: no question can be judged.
    """
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
    if not found:
        raise QuestionsError("No question can tune the search: none is labelled and in a language of the law.")
    tuned = tuple(choose_share(lang, np.array(values), old=base.share(lang)) for lang, values in sorted(found.items()))
    chosen = {one.lang: one.share for one in tuned if one.share is not None}
    return Calibration(shares={**base.shares, **chosen}, otherwise=base.otherwise), tuned


def choose_share(lang: str, values: NDArray[np.float64], *, old: float) -> Tuned:
    """The share for one language, by the rule that `tune` states.

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
    return Tuned(lang=lang, questions=len(values), share=share, curve=tuple(map(float, means)), gain=gain)
