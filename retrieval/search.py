"""Questions to articles: what a hit is, the seam of every retriever, and search over one release."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.articles import Article, ArticleVersion, Law, Passage
from index.embedding import Embedder
from index.errors import ReleaseError
from index.languages import detect_language
from index.lexical import LexicalIndex
from index.release import Release
from index.validity import Standing, is_law
from index.vectors import VectorIndex
from retrieval.fusion import DEFAULT_CALIBRATION, RIVALS, Arm, Calibration, Candidates, fused_scores
from retrieval.law_on_a_day import LawOnADay, current_day

_DEPTH = 200  # passages that each arm nominates: the first hundred articles are nearly always among them
_CACHED_FILTERS = 32  # masks of one byte a passage

_Found = tuple[NDArray[np.float32], NDArray[np.int64]]  # scores by falling score, and their rows


@dataclass(frozen=True, slots=True)
class Filters:
    """Which law may answer. Empty fields do not restrict.

    Attributes:
        laws: `Law.id`s.
        langs: ISO 639-1 codes of the law's text.
        jurisdictions: codes as in `Law.jurisdiction`; a law whose jurisdiction is unknown never passes such a filter.
        as_of: the day whose law answers; None for today's.
        without: `Article.id`s that are not found, as though the release did not hold them: what measuring takes out.
            The weights of the words stay those of the whole release.
        only: `Article.id`s that alone compete, as though the release held no other; likewise for measuring.
    """

    laws: frozenset[str] = frozenset()
    langs: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    as_of: date | None = None
    without: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()

    def passes(self, law: Law) -> bool:
        """Whether the law may answer."""
        return (
            (not self.laws or law.id in self.laws)
            and (not self.langs or law.lang in self.langs)
            and (not self.jurisdictions or law.jurisdiction in self.jurisdictions)
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found, with the passage of it that matched best.

    Attributes:
        rank: 1 for the best.
        score: of the search, comparable within one result list only; larger is better.
        law, article, version: what was found.
        passage: the best-matching passage of `version`.
        dense: the passage's cosine with the question, in [-1, 1]; None where the dense arm was not asked.
        lexical: its BM25 score, at least 0; None where the lexical arm was not asked or knows
            no word of the question.
        referenced_by: the `Article.id` of the hit that refers to this one, where it was brought along and not found.
        standing: what `version` is on the day that was asked for; only `is_law` may answer.
        reranked: what the reranker says of it, comparable within one result list only, and then what `rank` goes by in
            place of `score`; None where it was not asked.
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
    standing: Standing = Standing.UNKNOWN
    reranked: float | None = None

    @property
    def is_law(self) -> bool:
        """Whether an answer may rest on it."""
        return is_law(self.standing)


NO_FILTERS = Filters()


class Retriever(Protocol):
    """Finds the articles that bear on a question."""

    def search(self, question: str, *, k: int, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        """At most `k` hits, best first, each article at most once; empty where nothing passes the filters."""
        ...


class SearchMode(StrEnum):
    """Which arms search."""

    DENSE = "dense"
    LEXICAL = "lexical"
    FUSED = "fused"  # both, or the one arm that was measured to be better alone


class ArticleSearch:
    """Search over one release; implements `Retriever`. Safe from several threads.

    An article is as good as its best passage. The dense arm reads every language; the lexical arm speaks only where
    some law that may answer is written in the language of the question, and then of that law alone.
    """

    def __init__(
        self,
        release: Release,
        *,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        embedder: Embedder,
        calibration: Calibration = DEFAULT_CALIBRATION,
        mode: str | None = None,
        per_law: int | None = None,
        today: Callable[[], date] = current_day,
    ) -> None:
        """Puts together what was opened.

        Args:
            release: the law.
            vectors: of the release's passages, row by row.
            lexical: likewise.
            embedder: the one that made the vectors.
            calibration: how much each arm counts when both search.
            mode: a `SearchMode`; None is FUSED, which is the one arm where that was measured to be better.
            per_law: articles of one law that are found at most while other laws have some to offer; None for any
                number. A guard against law that was planted to be found; it makes ordinary searches no better.
            today: the reader's day.

        Raises:
            ReleaseError: the embedder is another, or the indexes do not fit the release.
            ValueError: no such mode, or `per_law` is less than 1.
        """
        if per_law is not None and per_law < 1:
            raise ValueError(f"per_law is {per_law}; it must be at least 1")
        release.require_embedder(embedder.fingerprint)
        if not len(vectors) == len(lexical) == release.passage_count:
            raise ReleaseError(
                f"{release.path}: {release.passage_count} passages, {len(vectors)} vectors and {len(lexical)} texts"
                " to search do not fit together: rebuild the index"
            )
        self.mode = SearchMode(mode or SearchMode.FUSED)
        self._release = release
        self._vectors = vectors
        self._lexical = lexical
        self._embedder = embedder
        self._calibration = calibration
        self._per_law = per_law
        self._langs = np.array([law.lang for law in release.laws.values()])
        self._today = today
        self._law_on_a_day = LawOnADay(release)
        self._scope_on = lru_cache(_CACHED_FILTERS)(self._scope_of)

    def search(self, question: str, *, k: int, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        """At most `k` hits, best first, each article at most once; empty where nothing passes the filters.

        A question without a letter or digit finds nothing.

        Raises:
            ValueError: k < 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}; it must be at least 1")
        lang = self.language(question, filters=filters)
        share = self.share(lang)
        depth = _DEPTH
        while True:
            candidates = self._nominate(question, lang, self._scope(filters), depth=depth, share=share)
            hits = capped(self._ranked(candidates, share=share), k=k, per_law=self._per_law)
            # A long article can take many places; what both arms have found in full cannot grow.
            if len(hits) == k or len(candidates.rows) < depth:
                return self._judged(hits, filters.as_of)
            depth *= 4

    def _judged(self, hits: tuple[Hit, ...], day: date | None) -> tuple[Hit, ...]:
        """The hits with what each is on the day."""
        judge, today = self._law_on_a_day.standing, self._today()
        return tuple(replace(hit, standing=judge(hit.version, hit.law.id, day, today=today)) for hit in hits)

    def share(self, lang: str | None) -> float:
        """How much the dense arm counts for a question in `lang`, in [0, 1]: by mode, and when fused as calibrated."""
        return {SearchMode.DENSE: 1.0, SearchMode.LEXICAL: 0.0}.get(self.mode, self._calibration.share(lang))

    def language(self, question: str, *, filters: Filters = NO_FILTERS) -> str | None:
        """ISO 639-1 code of the question, told among the languages of the law where it could be several; or None."""
        langs = self._scope(filters).sizes
        found = detect_language(question) or detect_language(question, langs)
        return next(iter(langs)) if found is None and len(langs) == 1 else found

    def rarity(self, question: str, *, filters: Filters = NO_FILTERS) -> Mapping[str, float]:
        """How rare each token of the question is in the law that may answer, see `LexicalIndex.rarity`.

        Empty where no law that may answer is in the language of the question.
        """
        lang, scope = self.language(question, filters=filters), self._scope(filters)
        return self._lexical.rarity(question, lang=lang, allowed=scope.allowed) if lang in scope.sizes else {}

    def absent(self, question: str, *, filters: Filters = NO_FILTERS) -> frozenset[str]:
        """The tokens of the question that no law that may answer holds; empty where none is in its language."""
        lang, scope = self.language(question, filters=filters), self._scope(filters)
        return self._lexical.absent(question, lang=lang, allowed=scope.allowed) if lang in scope.sizes else frozenset()

    def candidates(self, question: str, *, filters: Filters = NO_FILTERS, depth: int = _DEPTH) -> Candidates:
        """What both arms nominate: at least the best `depth` passages of each, every one scored by both.

        Args:
            question: any text.
            filters: which law may answer.
            depth: at least `RIVALS`.
        """
        return self._nominate(
            question, self.language(question, filters=filters), self._scope(filters), depth=depth, share=0.5
        )

    def _nominate(self, question: str, lang: str | None, scope: "_Scope", *, depth: int, share: float) -> Candidates:
        """As `candidates`, for a question in `lang`; an arm that counts for nothing is not asked."""
        if not scope.size or not any(map(str.isalnum, question)):
            return Candidates(rows=np.empty(0, dtype=np.int64), dense=None, lexical=None)
        lexical: _Found | None = None
        if share < 1 and (lang is None or lang in scope.sizes or self.mode is SearchMode.LEXICAL):
            lexical = self._lexical.search(question, depth, lang=lang, allowed=scope.allowed)
            if not len(lexical[1]):
                lexical = None
        query = dense = None
        if share > 0 or (lexical is None and self.mode is SearchMode.FUSED):
            query = self._embedder.embed_queries([question])
            scores, rows = self._vectors.search(query, depth, allowed=scope.allowed)
            dense = scores[0], rows[0]
        found = [rows for _, rows in (arm for arm in (dense, lexical) if arm is not None)]
        rows = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *found]))
        return Candidates(
            rows=rows,
            dense=None if dense is None or query is None else self._dense_arm(query[0], rows, dense),
            lexical=None if lexical is None else self._lexical_arm(question, lang, rows, lexical, scope),
        )

    def rank(self, candidates: Candidates, *, share: float, k: int) -> tuple[Hit, ...]:
        """The best `k` articles, each by its best passage, however many of one law."""
        return tuple(islice(self._ranked(candidates, share=share), k))

    def _ranked(self, candidates: Candidates, *, share: float) -> Iterator[Hit]:
        """All articles among the candidates, best first; equal scores in the order of the law."""
        scores = fused_scores(candidates, share)
        versions: set[int] = set()
        articles: set[str] = set()
        for place in np.lexsort((candidates.rows, -scores)):
            row = int(candidates.rows[place])
            position = int(self._release.passage_version[row])
            if position in versions:
                continue
            versions.add(position)
            passage = self._release.passage(row)
            version = self._release.version(passage.version_id)
            if version.article_id in articles:
                continue
            articles.add(version.article_id)
            article = self._release.article(version.article_id)
            yield Hit(
                rank=len(articles),
                score=float(scores[place]),
                law=self._release.laws[article.law_id],
                article=article,
                version=version,
                passage=passage,
                dense=None if candidates.dense is None else float(candidates.dense.scores[place]),
                lexical=None if candidates.lexical is None else float(candidates.lexical.scores[place]),
            )

    def _dense_arm(self, query: NDArray[np.float32], rows: NDArray[np.int64], found: _Found) -> Arm:
        """The cosines of all candidates; those that only the lexical arm found are worked out here."""
        scores = np.empty(len(rows), dtype=np.float64)
        scores[np.searchsorted(rows, found[1])] = found[0]
        missing = np.flatnonzero(~np.isin(rows, found[1]))
        exact = self._vectors.vectors(rows[missing]).astype(np.float64) @ query.astype(np.float64)
        scores[missing] = exact.astype(np.float32)  # as the index rounds its own, so that equal passages tie
        return _arm(scores, found[0][:RIVALS])

    def _lexical_arm(
        self, question: str, lang: str | None, rows: NDArray[np.int64], found: _Found, scope: "_Scope"
    ) -> Arm:
        """The BM25 scores of all candidates; those that only the dense arm found are looked up here."""
        scores = np.zeros(len(rows), dtype=np.float64)
        scores[np.searchsorted(rows, found[1])] = found[0]
        missing = rows[~np.isin(rows, found[1])]
        if lang in scope.sizes:  # the lexical arm does not speak of law in another language
            missing = missing[self._langs[self._release.passage_law[missing]] == lang]
        if len(missing):
            only = np.zeros(self._release.passage_count, dtype=np.bool_)
            only[missing] = True
            more, where = self._lexical.search(question, len(missing), lang=lang, allowed=only)
            scores[np.searchsorted(rows, where)] = more
        rivals = np.zeros(min(RIVALS, scope.sizes.get(lang or "", scope.size)), dtype=np.float64)
        best = found[0][: len(rivals)]
        rivals[: len(best)] = best
        return _arm(scores, rivals)

    def _holds(self, article_ids: Iterable[str]) -> NDArray[np.bool_]:
        """(n,): which passages belong to the articles; ids that the release does not have belong to none."""
        held = np.zeros(self._release.passage_count, dtype=np.bool_)
        for article_id in article_ids:
            if self._release.find_article(article_id) is not None:
                for version in self._release.versions(article_id):
                    held[self._release.passages_of(version.id)] = True
        return held

    def _scope(self, filters: Filters) -> "_Scope":
        return self._scope_on(filters, self._today())

    def _scope_of(self, filters: Filters, today: date) -> "_Scope":
        """What passes the filters; kept for the filters asked for last.

        Where no text of the laws that pass is in force on the day, those that no longer or not yet are may be found.
        """
        laws = tuple(self._release.laws.values())
        passing = np.array([filters.passes(law) for law in laws], dtype=np.bool_)
        allowed = passing[self._release.passage_law]
        in_force = self._law_on_a_day.passages(filters.as_of, today=today)
        if in_force is not None and (allowed & in_force).any():
            allowed &= in_force
        if filters.only:
            allowed &= self._holds(filters.only)
        if filters.without:
            allowed &= ~self._holds(filters.without)
        sizes: dict[str, int] = {}
        for law, size in zip(laws, np.bincount(self._release.passage_law[allowed], minlength=len(laws)), strict=True):
            if size:
                sizes[law.lang] = sizes.get(law.lang, 0) + int(size)
        size = sum(sizes.values())
        return _Scope(allowed=None if size == len(allowed) else allowed, sizes=sizes, size=size)


@dataclass(frozen=True, slots=True)
class _Scope:
    """The passages that may be found.

    Attributes:
        allowed: (n,) bool; None where all are.
        sizes: how many in each language, none of them 0.
        size: how many in all.
    """

    allowed: NDArray[np.bool_] | None
    sizes: dict[str, int]
    size: int


def capped(hits: Iterable[Hit], *, k: int, per_law: int | None) -> tuple[Hit, ...]:
    """The best `k` of hits by rank, at most `per_law` of one law where others can fill the places; in their order."""
    if per_law is None:
        return tuple(islice(hits, k))
    taken: list[Hit] = []
    beyond: list[Hit] = []
    counts: Counter[str] = Counter()
    for hit in hits:
        counts[hit.law.id] += 1
        (taken if counts[hit.law.id] <= per_law else beyond).append(hit)
        if len(taken) == k:
            break
    chosen = sorted([*taken, *beyond[: k - len(taken)]], key=lambda hit: hit.rank)
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(chosen, start=1))


def _arm(scores: NDArray[np.float64], rivals: NDArray[Any]) -> Arm:
    """Scores with the mean and spread of the arm's best."""
    wide = rivals.astype(np.float64)
    return Arm(scores=scores, mean=float(wide.mean()), spread=float(wide.std()))
