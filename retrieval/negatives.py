"""Hard negatives: articles that look like the answer to a question and, as far as can be told, are not."""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from index.articles import Article, Corpus, Status
from index.build import MAX_CHARS
from retrieval.headings import SHORTEST
from retrieval.lexical_ranking import LexicalRanking
from retrieval.near_duplicates import GramIndex
from retrieval.pairs import Pair
from retrieval.training_texts import bare, current_versions, nearest, texts_of

POOL = 30  # articles by BM25 that are looked at
REACH = 10  # places before and after the positive in its chapter that are looked at
SAME_QUESTION = 0.5  # similarity of two questions from which the answer to one may answer the other
SAME_TEXT = 0.5  # similarity of two articles' texts from which one may answer what the other does
LEXICAL_LEAD = (
    1.2  # BM25 score, as a multiple of the positive's, above which a candidate is too good to be called wrong
)
TEACHER_SHARE = 0.95  # likewise of the teacher's score: "positive-aware" mining (Moreira et al. 2024, NV-Retriever)

# Scores of (question, passage) pairs, higher for a better answer, above 0 for a fair one: cosines of another embedder,
# or a cross-encoder's probabilities. Called once for all pairs, so that it can batch.
Teacher = Callable[[Sequence[tuple[str, str]]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Mined:
    """Pairs with their negatives, and what became of the candidates.

    Attributes:
        pairs: as given, with new negatives, hardest first by BM25; a pair may have fewer than were asked for, or none.
        counts: (what, how many): the negatives of each source, and the candidates left out for each reason. Candidates
            that were not needed are not looked at.
    """

    pairs: tuple[Pair, ...]
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The articles that may be negatives of one pair.

    Attributes:
        similar: by falling BM25.
        near: of the same chapter, the nearest first.
        scores: BM25 of each.
    """

    similar: tuple[str, ...]
    near: tuple[str, ...]
    scores: dict[str, float]


def mine_negatives(
    pairs: Sequence[Pair],
    corpus: Corpus,
    *,
    count: int,
    from_chapter: int | None = None,
    known: Sequence[Pair] = (),
    teacher: Teacher | None = None,
    max_chars: int = MAX_CHARS,
    on_pair: Callable[[int], None] | None = None,
) -> Mined:
    """Finds for each pair the articles that BM25 ranks high, and articles of the same chapter, that are wrong answers.

    A candidate may be a right answer that nobody labelled; training against it does harm. So one is left out that
    answers the same question or one nearly the same (`SAME_QUESTION`); whose text is nearly the positive's, as in a
    superseded law (`SAME_TEXT`); that has the positive's heading, in whichever law; that BM25 ranks far above the
    positive (`LEXICAL_LEAD`); or that the teacher scores nearly as high as the positive, or higher (`TEACHER_SHARE`).
    What none of these sees remains: `docs/training.md` says how much that was in a sample read by hand.

    Args:
        pairs: of articles of the corpus.
        corpus: where the negatives come from.
        count: negatives for each pair at most, at least 1.
        from_chapter: how many of them come from the same chapter where there are so many; None for a quarter.
        known: further pairs whose answers are right.
        teacher: None for none.
        max_chars: see `cut_passages`.
        on_pair: called with the number of pairs whose candidates are found so far.
    """
    if count < 1:
        raise ValueError(f"count is {count}; it must be at least 1")
    wanted_near = count // 4 if from_chapter is None else min(from_chapter, count)
    miner = _Miner(corpus, chain(pairs, known), most=count if teacher is None else 2 * count, max_chars=max_chars)
    found = []
    for done, pair in enumerate(pairs, start=1):
        found.append(miner.candidates(pair))
        if on_pair is not None:
            on_pair(done)
    if teacher is not None:
        found = miner.judged(pairs, found, teacher)
    mined = []
    for pair, candidates in zip(pairs, found, strict=True):
        near = candidates.near[:wanted_near]
        similar = [one for one in candidates.similar if one not in near][: count - len(near)]
        rest = [one for one in candidates.near[wanted_near:] if one not in similar]
        chosen = [*near, *similar, *rest][:count]
        chosen.sort(key=lambda one, scores=candidates.scores: (-scores[one], one))  # type: ignore[misc]
        mined.append(replace(pair, negatives=tuple(chosen)))
        miner.counts["negatives of the same chapter"] += len(set(chosen) & set(candidates.near))
        miner.counts["negatives by BM25"] += len(set(chosen) - set(candidates.near))
        miner.counts["pairs with fewer than asked"] += len(chosen) < count
    return Mined(tuple(mined), tuple(sorted(miner.counts.items())))


class _Miner:
    """One run: what is known of the corpus, and how many candidates were left out for which reason."""

    def __init__(self, corpus: Corpus, known: Iterable[Pair], *, most: int, max_chars: int) -> None:
        self.counts: Counter[str] = Counter()
        self._most = most
        self._versions = current_versions(corpus)
        self._articles = {article.id: article for article in corpus.articles}
        self._texts = texts_of(corpus, self._articles, max_chars=max_chars)
        self._ranking = LexicalRanking(corpus, max_chars=max_chars)
        self._chapters: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for article in corpus.articles:
            self._chapters.setdefault(_chapter(article), []).append(article.id)
        self._answers: dict[str, set[str]] = {}
        for pair in known:
            self._answers.setdefault(pair.question, set()).add(pair.article_id)
        self._questions = GramIndex(tuple(self._answers))
        self._shingles: dict[str, NDArray[np.uint32]] = {}

    def candidates(self, pair: Pair) -> _Candidates:
        """The candidates that pass every check but the teacher's."""
        scores = dict(self._ranking.rank(pair.question, POOL, lang=pair.lang))
        positive = scores.get(pair.article_id)
        if positive is None:
            positive = self._ranking.score(pair.question, pair.article_id, lang=pair.lang)
        answers = set(
            chain.from_iterable(self._answers[one] for one in self._questions.alike(pair.question, SAME_QUESTION))
        )
        verdicts: dict[str, str] = {}

        def passing(candidates: Iterable[str]) -> tuple[str, ...]:
            passed: list[str] = []
            for one in candidates:
                if len(passed) == self._most:
                    break
                if one == pair.article_id:
                    continue
                if one not in verdicts:
                    lead = scores.get(one, 0.0) > LEXICAL_LEAD * positive
                    verdicts[one] = self._objection(one, pair, answers, lead=lead)
                if not verdicts[one]:
                    passed.append(one)
            return tuple(passed)

        similar = passing(list(scores))
        near = passing(self._neighbours(pair.article_id))
        self.counts.update(f"left out: {why}" for why in verdicts.values() if why)
        for one in near:
            if one not in scores:
                scores[one] = self._ranking.score(pair.question, one, lang=pair.lang)
        return _Candidates(similar, near, scores)

    def judged(self, pairs: Sequence[Pair], found: Sequence[_Candidates], teacher: Teacher) -> list[_Candidates]:
        """The candidates that the teacher, too, holds for wrong answers."""
        asked: dict[tuple[str, str], float] = {}
        for pair, candidates in zip(pairs, found, strict=True):
            for one in (pair.article_id, *candidates.similar, *candidates.near):
                asked[(pair.question, self._passage(pair, one))] = 0.0
        scores = dict(zip(asked, teacher(tuple(asked)), strict=True))
        judged = []
        for pair, candidates in zip(pairs, found, strict=True):
            limit = TEACHER_SHARE * scores[(pair.question, self._passage(pair, pair.article_id))]
            every = {*candidates.similar, *candidates.near}
            good = {one for one in every if scores[(pair.question, self._passage(pair, one))] < limit}
            self.counts["left out: the teacher finds it as good"] += len(every) - len(good)
            judged.append(
                replace(
                    candidates,
                    similar=tuple(one for one in candidates.similar if one in good),
                    near=tuple(one for one in candidates.near if one in good),
                )
            )
        return judged

    def _objection(self, one: str, pair: Pair, answers: set[str], *, lead: bool) -> str:
        """Why an article may not be a negative of a pair; empty where nothing is said against it."""
        version, positive = self._versions[one], self._versions[pair.article_id]
        if version.status is Status.REPEALED or len(version.text) < SHORTEST:
            return "no text to speak of"
        if one in answers:
            return "answers the same question or one nearly the same"
        if bare(version.heading) and bare(version.heading) == bare(positive.heading):
            return "has the same heading"
        if lead:
            return "far above the positive by BM25"
        if _jaccard(self._shingles_of(one), self._shingles_of(pair.article_id)) >= SAME_TEXT:
            return "nearly the same text"
        return ""

    def _neighbours(self, article_id: str) -> list[str]:
        """The articles of its chapter within `REACH`, the nearest first."""
        chapter = self._chapters[_chapter(self._articles[article_id])]
        place = chapter.index(article_id)
        reached = chapter[max(place - REACH, 0) : place + REACH + 1]
        return sorted(reached, key=lambda one: abs(chapter.index(one) - place))[1:]

    def _passage(self, pair: Pair, article_id: str) -> str:
        return nearest(pair.question, self._texts[article_id].whole, lang=pair.lang)

    def _shingles_of(self, article_id: str) -> NDArray[np.uint32]:
        """Hashes of the runs of three words in an article's text, rising and distinct."""
        if article_id not in self._shingles:
            words = bare(self._versions[article_id].text).split()
            runs = {" ".join(words[at : at + 3]) for at in range(max(len(words) - 2, 1))}
            hashes = np.array(sorted({zlib.crc32(run.encode()) for run in runs}), dtype=np.uint32)
            self._shingles[article_id] = hashes
        return self._shingles[article_id]


def _chapter(article: Article) -> tuple[str, tuple[str, ...]]:
    return article.law_id, article.path


def _jaccard(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> float:
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (len(first) + len(second) - shared)
