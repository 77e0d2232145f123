"""What a set of training pairs is made of: how many of each source, and how long questions and passages are."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from retrieval.pairs import PairSet


@dataclass(frozen=True, slots=True)
class Lengths:
    """Least, median, 95th percentile and greatest of some lengths."""

    least: int
    median: int
    p95: int
    greatest: int


@dataclass(frozen=True, slots=True)
class SourceStatistics:
    """The pairs of one source in one language.

    Attributes:
        source, lang: see `Pair`.
        pairs: how many.
        articles: how many different ones answer them.
        without_heading: pairs whose passage leaves the heading out.
        negatives: of all pairs together.
        question_words: words of the questions, as blanks divide them.
        passage_chars: characters of the passages that answer.
    """

    source: str
    lang: str
    pairs: int
    articles: int
    without_heading: int
    negatives: int
    question_words: Lengths
    passage_chars: Lengths

    def to_json(self) -> dict[str, Any]:
        """As a machine reads it."""
        return asdict(self)


def statistics(pair_set: PairSet) -> tuple[SourceStatistics, ...]:
    """One row for each source and language, by name."""
    rows = []
    for source, lang in sorted({(pair.source, pair.lang) for pair in pair_set.pairs}):
        own = [pair for pair in pair_set.pairs if (pair.source, pair.lang) == (source, lang)]
        rows.append(
            SourceStatistics(
                source=source,
                lang=lang,
                pairs=len(own),
                articles=len({pair.article_id for pair in own}),
                without_heading=sum(pair.without_heading for pair in own),
                negatives=sum(len(pair.negatives) for pair in own),
                question_words=_lengths([len(pair.question.split()) for pair in own]),
                passage_chars=_lengths([len(pair_set.positive(pair)) for pair in own]),
            )
        )
    return tuple(rows)


def _lengths(lengths: Sequence[int]) -> Lengths:
    least, median, p95, greatest = np.percentile(lengths, [0, 50, 95, 100], method="inverted_cdf").tolist()
    return Lengths(int(least), int(median), int(p95), int(greatest))
