"""The order of what was found, by a reranker: where it acts, how far it reaches, and what it leaves alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from index.passages import embedded_text
from index.release import Release
from retrieval.reranker import Reranker, RerankerError
from retrieval.search import NO_FILTERS, ArticleSearch, Filters, Hit, Retriever, capped

# A cross-encoder reads every passage anew: 20 articles are 20 to 60 pairs, whatever the size of the index.
CANDIDATES = 20
PASSAGES = 3


@dataclass(frozen=True, slots=True)
class Found:
    """What one question found.

    Attributes:
        hits: what is shown and answered from, best first.
        searched: what the search alone finds, in its order: what a confidence was calibrated on and is measured on.
        trouble: why the hits were not reranked although they should have been; empty when all was well.
    """

    hits: tuple[Hit, ...]
    searched: tuple[Hit, ...]
    trouble: str = ""


@runtime_checkable
class Finder(Protocol):
    """A retriever that adds to what a search finds, or changes its order, and can tell the two apart."""

    def find(self, question: str, *, k: int, filters: Filters = NO_FILTERS) -> Found:
        """The hits of `Retriever.search`, and what they were before."""
        ...


def find(retriever: Retriever, question: str, *, k: int, filters: Filters = NO_FILTERS) -> Found:
    """What any retriever finds; of one that only searches, both are the same."""
    if isinstance(retriever, Finder):
        return retriever.find(question, k=k, filters=filters)
    hits = retriever.search(question, k=k, filters=filters)
    return Found(hits, hits)


class Reranked:
    """A search whose best articles are put in order by a reranker; safe from several threads.

    The best `candidates` articles of the search are reordered, each by the best score among the passage that matched
    and its neighbours; those behind them keep their places. Equal scores keep the order of the search. The bound on
    articles of one law holds for the candidates and again for what is shown, so that planted law gains nothing.

    Of a hit only `rank` and `reranked` change. `score`, `dense` and `lexical` stay those of the search, and `find`
    also gives what the search alone finds. Confidence and abstention were calibrated on that and are measured on that
    (`generation/abstention.py`): with or without a reranker the same questions are answered, with the same
    confidence, and only from which articles changes. Where a reranker helps, that confidence errs on the low side.
    What articles refer to is brought along after reranking, by the order shown (`referenced.py`).
    """

    def __init__(
        self,
        search: ArticleSearch,
        release: Release,
        reranker: Reranker,
        *,
        langs: Collection[str] | None,
        candidates: int = CANDIDATES,
        per_law: int | None = None,
        strictly: bool = False,
    ) -> None:
        """Puts together what was opened.

        Args:
            search: finds.
            release: what it searches.
            reranker: puts in order.
            langs: ISO 639-1 codes of the questions that are reranked, those in which it was measured to help; None
                for all, which is for measuring.
            candidates: articles that are reordered.
            per_law: as the search has it.
            strictly: raise where the reranker fails, rather than keep the order of the search; for measuring.

        Raises:
            ValueError: `candidates` is less than 1.
        """
        if candidates < 1:
            raise ValueError(f"candidates is {candidates}; it must be at least 1")
        self._search = search
        self._release = release
        self._reranker = reranker
        self._langs = langs
        self._candidates = candidates
        self._per_law = per_law
        self._strictly = strictly

    def search(self, question: str, *, k: int, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        """At most `k` hits, best first; where none has `Hit.reranked`, the order is that of the search.

        Raises:
            ValueError: k < 1.
            RerankerError: the reranker failed, where that is not to be passed over.
        """
        return self.find(question, k=k, filters=filters).hits

    def find(self, question: str, *, k: int, filters: Filters = NO_FILTERS) -> Found:
        """As `search`, with what the search alone finds."""
        if self._langs is not None and self._search.language(question, filters=filters) not in self._langs:
            hits = self._search.search(question, k=k, filters=filters)
            return Found(hits, hits)
        hits = self._search.search(question, k=max(k, self._candidates), filters=filters)
        searched = capped(hits, k=k, per_law=self._per_law)
        try:
            ordered = self._ordered(question, hits[: self._candidates])
        except RerankerError as error:
            if self._strictly:
                raise
            return Found(searched, searched, trouble=f"reranker: {error}")
        ranked = (replace(hit, rank=rank) for rank, hit in enumerate((*ordered, *hits[self._candidates :]), start=1))
        return Found(capped(ranked, k=k, per_law=self._per_law), searched)

    def _ordered(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        texts = [self._texts(hit) for hit in hits]
        scores = iter(self._reranker.scores(question, [text for own in texts for text in own]).tolist())
        scored = [replace(hit, reranked=max(next(scores) for _ in own)) for hit, own in zip(hits, texts, strict=True)]
        return sorted(scored, key=lambda hit: (-(hit.reranked or 0.0), hit.rank))

    def _texts(self, hit: Hit) -> list[str]:
        """The passage that matched and its nearest neighbours in the version, as the embedder reads them."""
        rows = self._release.passages_of(hit.version.id)
        passages = [self._release.passage(row) for row in rows]
        at = passages.index(hit.passage)
        first = max(0, min(at - PASSAGES // 2, len(passages) - PASSAGES))
        return [
            embedded_text(hit.law, hit.article, hit.version, passage) for passage in passages[first : first + PASSAGES]
        ]
