"""The quotation that a failed sentence should have been."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from math import log

from generation.answer import Sentence, SentenceState
from generation.cases import Evidence
from generation.sentences import Claim
from generation.terms import terms

SHARED = 0.3  # least share of a sentence's terms, weighted by rarity, that a quotation in its place must hold
# What is wrong may be the number in brackets, so any provision shown may be the one that was meant.
_ELSEWHERE = frozenset({SentenceState.WRONG_PROVISION, SentenceState.NOT_FOUND})


def quotations_instead(
    failed: Sentence, shown: Mapping[int, Evidence], *, lang: str, quoted: Collection[int]
) -> Iterator[Claim]:
    """Quotations that may stand in place of a failed sentence, the best first.

    Args:
        failed: with the gate's verdict.
        shown: the provisions that the writer was shown.
        lang: of the sentence.
        quoted: numbers of the provisions that already stand in the answer word for word.

    They come from the provisions that it cites; where it cites the wrong one, from any that was shown. Across languages
    nothing tells which of several was meant: then only one that is cited alone is quoted.
    """
    cited = [number for number in failed.citations if number in shown]
    pool = [n for n in (shown if failed.state in _ELSEWHERE else cited) if n not in quoted]
    if all(shown[number].lang != lang for number in pool):
        pool = [number for number in cited if len(cited) == 1 and number not in quoted]
        order = pool
    else:
        order = _best_first(failed.text, {number: shown[number] for number in pool}, lang)
    for number in order:
        yield Claim(_quotation(shown[number]), (number,))


def _best_first(text: str, pool: Mapping[int, Evidence], lang: str) -> list[int]:
    """The provisions that hold enough of a sentence, those that hold most of it first, then the shorter."""
    wanted = frozenset(terms(text, lang))
    count = Counter(term for evidence in pool.values() for term in wanted & evidence.terms)
    weight = {term: log(1.0 + (len(pool) + 1) / (count[term] + 0.5)) for term in wanted}
    total = sum(weight.values())
    held = {n: sum(weight[term] for term in wanted & evidence.terms) for n, evidence in pool.items()}
    enough = [number for number in pool if total and held[number] >= SHARED * total]
    return sorted(enough, key=lambda number: (-held[number], len(pool[number].extract.text)))


def _quotation(evidence: Evidence) -> str:
    """The provision's text; a point of a list stands behind the words that introduce it, each in quotation marks."""
    extract = evidence.extract
    if extract.introduction is None:
        return extract.text
    return " ".join(f"“{text}”" for text in (evidence.texts[1], evidence.texts[0]))
