"""Vectors cut to their first components, as Matryoshka training makes them useful, and searches over them.

Kusupati et al., "Matryoshka Representation Learning", NeurIPS 2022. Every text is embedded once: a vector of fewer
dimensions is the beginning of the whole one, brought back to length 1.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.embedding import Embedder
from index.errors import UserFacingError
from index.passages import embedded_text
from index.release import Release
from retrieval.evaluation import Interval, Report, resampled_means

LADDER = (1024, 768, 512, 256, 128, 64)  # of the reference cards


class DimensionsError(UserFacingError):
    """Dimensions that an embedder does not have."""


def ladder(whole: int) -> tuple[int, ...]:
    """The dimensions to measure an embedder of `whole` components at, falling: all, and the cards' below."""
    return (whole, *(one for one in LADDER if one < whole))


def dimensions_of(text: str, whole: int) -> tuple[int, ...]:
    """The dimensions that a person asks for, falling and distinct, as in "256,64"; the ladder where the text is empty.

    Raises:
        DimensionsError: something else than numbers from 1 to `whole`.
    """
    if not text.strip():
        return ladder(whole)
    wanted = []
    for part in text.split(","):
        if not part.strip().isdecimal() or not 1 <= int(part) <= whole:
            raise DimensionsError(
                f"--dimensions {text}: {part.strip()!r} is no dimension; this embedder has 1 to {whole}, as in 256,64"
            )
        wanted.append(int(part))
    return tuple(sorted(set(wanted), reverse=True))


def cut(vectors: NDArray[np.float32], dimension: int) -> NDArray[np.float32]:
    """The first `dimension` components of unit vectors (n, d), brought back to length 1; (n, dimension) float32.

    Whole vectors stay as they are, to the bit. A vector that begins with nothing but zeros stays 0.
    """
    if dimension == vectors.shape[1]:
        return vectors
    short = vectors[:, :dimension].astype(np.float64)
    norms = np.linalg.norm(short, axis=1, keepdims=True)
    return (short / np.where(norms > 0, norms, 1.0)).astype(np.float32)


class QuestionsOnce:
    """Embeds each question once, however often it is put and to however many dimensions it is cut."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    @property
    def dimension(self) -> int:
        """Components of a whole vector."""
        return self._embedder.dimension

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), dimension), as the embedder's `embed_queries` of each text alone: what a search asks for."""
        for text in texts:
            if text not in self._vectors:
                self._vectors[text] = self._embedder.embed_queries([text])[0]
        return np.stack([self._vectors[text] for text in texts])


class CutQuestions:
    """The questions' side of a search over passages that were cut, or embedded again; implements `Embedder`.

    It bears the fingerprint of the release, not that of a model: a search refuses vectors that another model made, and
    here the passages' vectors are handed to it together with this. It embeds no passages.
    """

    def __init__(self, questions: QuestionsOnce, *, dimension: int, fingerprint: str) -> None:
        self.dimension = dimension
        self.fingerprint = fingerprint
        self._questions = questions

    def embed_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Not of use here; ValueError."""
        del texts, on_progress
        raise ValueError("the passages of a measurement are embedded beforehand")

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), dimension) float32."""
        return cut(self._questions.vectors(texts), self.dimension)


def embedded_again(
    release: Release, embedder: Embedder, *, on_progress: Callable[[int], None] | None = None
) -> NDArray[np.float32]:
    """The vectors of a release's passages by another embedder, (passages, dimension) float32.

    Args:
        release: whose passages, cut as they are.
        embedder: any.
        on_progress: called with the number of passages finished since the last call.
    """
    texts = []
    for row in range(release.passage_count):
        passage = release.passage(row)
        version = release.version(passage.version_id)
        article = release.article(version.article_id)
        texts.append(embedded_text(release.laws[article.law_id], article, version, passage))
    return embedder.embed_passages(texts, on_progress=on_progress)


def kept(whole: Report, short: Report, *, metric: str = "ndcg@10") -> Interval:
    """What a shorter vector keeps: its mean of a metric over that of the whole one, with the paired 95 % interval.

    Raises:
        ValueError: the reports rest on other questions, or the whole vector scores 0 throughout.
    """
    if [row.question for row in whole.rows] != [row.question for row in short.rows]:
        raise ValueError(f"{whole.mode} and {short.mode} were measured on other questions")
    place = [name for name, _ in whole.metrics].index(metric)
    values = np.array([(a.values[place], b.values[place]) for a, b in zip(whole.rows, short.rows, strict=True)])
    base, cut_down = values.mean(axis=0)
    if base == 0:
        raise ValueError(f"{whole.mode} scores 0 in {metric}: nothing can be kept")
    means = resampled_means(values)
    means = means[means[:, 0] > 0]  # a resample of questions that all failed says nothing
    low, high = np.percentile(means[:, 1] / means[:, 0], [2.5, 97.5])
    return Interval(float(cut_down / base), float(low), float(high))
