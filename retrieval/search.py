"""Questions to articles: what a hit is, and the seam of every retriever."""

from dataclasses import dataclass
from typing import Protocol

from index.articles import Article, ArticleVersion, Law, Passage


@dataclass(frozen=True, slots=True)
class Filters:
    """Which law may answer. Empty fields do not restrict.

    Attributes:
        laws: `Law.id`s.
        langs: ISO 639-1 codes of the law's text.
        jurisdictions: codes as in `Law.jurisdiction`; a law whose jurisdiction is unknown never passes such a filter.
    """

    laws: frozenset[str] = frozenset()
    langs: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found, with the passage of it that matched best.

    Attributes:
        rank: 1 for the best.
        score: comparable within one result list only; larger is better.
        law, article, version: what was found.
        passage: the best-matching passage of `version`.
        dense: the passage's cosine with the question, in [-1, 1]; None where the dense arm did not find it.
        lexical: its BM25 score, at least 0; None where the lexical arm did not find it.
        referenced_by: the `Article.id` of the hit that refers to this one, where it was brought along and not found.
    """

    rank: int
    score: float
    law: Law
    article: Article
    version: ArticleVersion
    passage: Passage
    dense: float | None = None
    lexical: float | None = None
    referenced_by: str | None = None


NO_FILTERS = Filters()


class Retriever(Protocol):
    """Finds the articles that bear on a question."""

    def search(self, question: str, *, k: int, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        """At most `k` hits, best first, each article at most once; empty where nothing passes the filters."""
        ...
