"""How well what was found fits the question: a dozen numbers, cheap to measure and without a language model."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from math import log

from generation.evidence import Sources, extracts
from index.lexical import tokens
from retrieval.search import Hit

READ = 3  # hits whose text is compared with the question


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for and against an answer.

    Shares of words are weighted by the rarity of the words in the law that may answer, so that "data" in a data
    protection law counts for little. A word is a token of the lexical index, a pair two that stand side by side.

    Attributes:
        words: share of the question's words in the first article, with its heading and its law's title; in [0, 1].
        words_clause: the same of one clause of it, the best.
        words_found: the same of the articles read, taken together.
        pairs: share of the question's pairs in the first article.
        pairs_clause: the same of one clause of it, the best.
        rarest: how many of the question's three rarest words stand in the first article, as a share.
        rarest_found: the same of the articles read, taken together.
        cosine: of the nearest passage.
        cosine_lead: by how much it exceeds the mean of the hits.
        bm25: the first hit's score, over the sum of the rarities of the question's words.
        bm25_lead: by which share the largest such score exceeds the mean of the hits.
        score: of the first hit, fused: how many standard deviations it stands above its rivals.
        score_lead: by how much it exceeds the mean of the hits.
        arms: rank correlation of both arms over the hits, in [-1, 1]; 0 where it is not defined.
        length: natural logarithm of 1 + the number of the question's words.
    """

    words: float
    words_clause: float
    words_found: float
    pairs: float
    pairs_clause: float
    rarest: float
    rarest_found: float
    cosine: float
    cosine_lead: float
    bm25: float
    bm25_lead: float
    score: float
    score_lead: float
    arms: float
    length: float

    def values(self) -> tuple[float, ...]:
        """The numbers, in the order of `NAMES`."""
        return astuple(self)


NAMES = tuple(one.name for one in fields(Signals))


def signals(hits: Sequence[Hit], rarity: Mapping[str, float], sources: Sources) -> Signals | None:
    """Measures hits that both arms found.

    Args:
        hits: best first.
        rarity: of the question's words and pairs, see `LexicalIndex.rarity`.
        sources: the release that holds the hits.

    Returns:
        None where there is nothing to measure: no hit, no word, or only one arm to judge by.
    """
    words = {token: weight for token, weight in rarity.items() if " " not in token}
    pairs = {token: weight for token, weight in rarity.items() if " " in token}
    dense = [hit.dense for hit in hits if hit.dense is not None]
    if not words or not dense or len(dense) != len(hits):
        return None
    read = [_Read.of(hit, sources) for hit in hits[:READ]]
    first, found = read[0], frozenset[str]().union(*(one.whole for one in read))
    lexical = [hit.lexical or 0.0 for hit in hits]
    scores = [hit.score for hit in hits]
    rarest = dict(sorted(words.items(), key=lambda one: -one[1])[:3])
    alike = dict.fromkeys(rarest, 1.0)
    return Signals(
        words=_share(words, first.whole),
        words_clause=max(_share(words, clause) for clause in first.clauses),
        words_found=_share(words, found),
        pairs=_share(pairs, first.whole),
        pairs_clause=max(_share(pairs, clause) for clause in first.clauses),
        rarest=_share(alike, first.whole),
        rarest_found=_share(alike, found),
        cosine=max(dense),
        cosine_lead=max(dense) - _mean(dense),
        bm25=lexical[0] / sum(words.values()),
        bm25_lead=1 - _mean(lexical) / max(lexical) if any(lexical) else 0.0,
        score=scores[0],
        score_lead=scores[0] - _mean(scores),
        arms=_rank_correlation(dense, lexical),
        length=log(1 + len(words)),
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """The tokens of an article, and of each of its clauses; heading and law's title with each."""

    whole: frozenset[str]
    clauses: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, hit: Hit, sources: Sources) -> "_Read":
        lang = hit.version.lang
        titles = frozenset(tokens(" ".join((hit.law.title, *hit.law.aliases, hit.version.heading)), lang))
        clauses = [
            titles.union(tokens(extract.text, lang), tokens(extract.introduction.text, lang))
            if extract.introduction is not None
            else titles.union(tokens(extract.text, lang))
            for extract in extracts(hit, sources.provisions(hit.version.id))
        ]
        return cls(frozenset(titles.union(*clauses)), tuple(clauses) or (titles,))


def _share(weights: Mapping[str, float], held: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weight for token, weight in weights.items() if token in held) / total if total else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's, equal values at the mean of their ranks; 0 where one side is all equal."""
    a, b = _ranks(first), _ranks(second)
    middle = (len(a) + 1) / 2
    together = sum((x - middle) * (y - middle) for x, y in zip(a, b, strict=True))
    alone = sum((x - middle) ** 2 for x in a) * sum((y - middle) ** 2 for y in b)
    return together / alone**0.5 if alone > 0 else 0.0


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered.index(one) + (ordered.count(one) + 1) / 2 for one in values]
