"""The answer without a language model: the provisions that answer best, quoted character for character."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from generation.evidence import Extract, Sources, extracts
from generation.sentences import Claim
from generation.terms import terms
from index.embedding import Embedder
from retrieval.search import Hit

ARTICLES = 5  # best hits whose clauses compete
QUOTES = 3  # most provisions in one answer
KEEP = 0.85  # a further provision must score this share of the best one
EMBEDDED = 5  # most clauses embedded while the reader waits
EMBEDDED_CHARACTERS = 200  # of each: about 50 tokens
# What an article's place in the search counts. On 150 train questions of en_pdpa, weights from flat to steep and the
# search's own scores gave citation F1 between .53 and .60, no two apart beyond chance; across languages flat ones let
# a stray clause pass the right article. So the search's order is trusted. A ranking learned from 13 cheap signals of
# each article (both arms, words, pairs, headings, clauses), cross-validated on 378 questions, gave .552, as it does.
RANK_WEIGHTS = (1.0, 0.7, 0.6, 0.5, 0.45)
# Against words shared. The clause of the right article that holds the answer came first in .95 of 120 Spanish and .67
# of 115 Vietnamese train questions; with words alone in .93 and .67, by nearness alone in .91 and .70.
NEARNESS = 0.5


@dataclass(frozen=True, slots=True)
class Scored:
    """A stretch of law and how well it answers.

    Attributes:
        extract: what would be quoted.
        lexical: share of the question's terms that it holds, weighted by their rarity, in [0, 1].
        score: what the choice goes by; comparable within one question.
    """

    extract: Extract
    lexical: float
    score: float


def rank_extracts(
    question: str,
    hits: Sequence[Hit],
    sources: Sources,
    embedder: Embedder,
    *,
    lang: str,
    newest: str = "",
    within: Sequence[Extract] = (),
) -> tuple[Scored, ...]:
    """The clauses of the best hits, best answer first.

    Args:
        question: as it was understood.
        hits: best first.
        sources: the release that holds them.
        embedder: any.
        lang: of the question.
        newest: of a follow-up, the part that is new; its words and its meaning count twice.
        within: only what reaches into one of these competes, as where the question names them; empty for no such limit.

    Words that the clause shares with the question count by their rarity among these clauses; nearness of meaning is
    the embedder's, over the few clauses that stand a chance, each cut at `EMBEDDED_CHARACTERS`.
    """
    pool = [
        (extract, weight)
        for hit, weight in zip(hits[:ARTICLES], RANK_WEIGHTS, strict=False)
        for extract in extracts(hit, sources.provisions(hit.version.id))
        if not within or any(_overlap(extract, one) for one in within)
    ]
    lexical = _term_coverage(question, [extract for extract, _ in pool], lang=lang, newest=newest)
    order = sorted(range(len(pool)), key=lambda i: (-pool[i][1] * (1.0 + lexical[i]), not _was_found(pool[i][0])))
    nearness = dict.fromkeys(order, 0.0)
    near = order[:EMBEDDED]
    if len(near) > 1:
        texts = [_with_introduction(pool[i][0])[:EMBEDDED_CHARACTERS] for i in near]
        asked = [question] if newest in {"", question} else [question, newest]
        cosines = (embedder.embed_passages(texts) @ embedder.embed_queries(asked).T).mean(axis=1)
        low, high = float(np.min(cosines)), float(np.max(cosines))
        nearness |= {i: (float(c) - low) / (high - low or 1.0) for i, c in zip(near, cosines, strict=True)}
    scored = (Scored(pool[i][0], lexical[i], pool[i][1] * (1.0 + lexical[i] + NEARNESS * nearness[i])) for i in order)
    return tuple(sorted(scored, key=lambda s: -s.score))


def choose(ranked: Sequence[Scored], *, each: bool = False) -> tuple[Extract, ...]:
    """The few that are quoted: the best, and those nearly as good, the clauses of one article in their own order.

    With `each`, the best of every article, in the order of the hits, as where the question names them.
    """
    first: dict[int, Scored] = {}
    for scored in ranked if each else ranked[:1]:
        first.setdefault(scored.extract.hit.rank, scored)
    best = list(first.values())
    near = [s for s in ranked if s not in best and s.score >= KEEP * ranked[0].score]
    kept = [s.extract for s in sorted([*best, *near[: max(0, QUOTES - len(best))]], key=lambda s: -s.score)]
    ranks = [extract.hit.rank for extract in kept]
    articles = sorted(ranks) if each else ranks
    return tuple(sorted(kept, key=lambda extract: (articles.index(extract.hit.rank), extract.start)))


def quote(chosen: Sequence[Extract]) -> tuple[tuple[Claim, Extract], ...]:
    """One sentence a provision, numbered from 1, with what it quotes; a point stands behind what introduces it."""
    wanted: list[Extract] = []
    for extract in chosen:
        opening = extract.introduction
        if opening is not None and opening not in wanted:
            wanted.append(opening)
        wanted.append(extract)
    return tuple(
        (Claim(text=extract.text, markers=(number,)), extract) for number, extract in enumerate(wanted, start=1)
    )


def _was_found(extract: Extract) -> bool:
    """Whether the passage that the search found reaches into the stretch."""
    passage = extract.hit.passage
    return extract.start < passage.end and passage.start < extract.end


def _overlap(one: Extract, other: Extract) -> bool:
    return one.hit.version.id == other.hit.version.id and one.start < other.end and other.start < one.end


def _with_introduction(extract: Extract) -> str:
    return extract.text if extract.introduction is None else f"{extract.introduction.text} {extract.text}"


def _term_coverage(question: str, pool: Sequence[Extract], *, lang: str, newest: str) -> list[float]:
    """For each stretch, the share of the question's terms that it holds, weighted by rarity in the pool; 0 to 1."""
    asked = set(terms(question, lang))
    new = set(terms(newest, lang))
    held = [asked & set(terms(_with_introduction(extract), extract.hit.version.lang)) for extract in pool]
    frequency = Counter(term for some in held for term in some)
    weights = {
        term: log(1.0 + len(pool) / (0.5 + frequency[term])) * (2.0 if term in new else 1.0)
        for term in asked
        if frequency[term]
    }
    total = sum(weights.values())
    return [sum(weights[term] for term in some) / total if total else 0.0 for some in held]
