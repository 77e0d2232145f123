"""What a sentence adds to the law: a clause whose words neither the law cited nor the question has.

"The holder reports within 48 hours, and whoever objects is flogged": most of its words are the law's, so the share of
words that a whole sentence has in common with the law says nothing about its end.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from generation.rules import rules
from generation.terms import terms


@dataclass(frozen=True, slots=True)
class Measure:
    """When a clause is an addition.

    Attributes:
        terms: from how many terms on it is judged.
        share: least share of them that the law or the question must have, in (0, 1].
        run: terms in a row that neither may have at most.
        pairs: whether a term counts only beside another one of the law: Vietnamese words are of several syllables, and
            any syllable is found in a long text.
    """

    terms: int
    share: float
    run: int
    pairs: bool = False


# Tuned on what people wrote (docs/gate.md).
MEASURES: Mapping[str, Measure] = {
    "en": Measure(4, 0.26, 4),
    "es": Measure(2, 0.41, 3),
    "vi": Measure(3, 0.34, 4, pairs=True),
}


def adds(sentence: str, known: Iterable[str], *, lang: str) -> bool:
    """Whether a clause of the sentence is an addition; never in a language for which nothing was tuned.

    Args:
        sentence: what is claimed.
        known: the texts whose words it may use: those cited, and the question.
        lang: of all of them.
    """
    words, measure = rules(lang), MEASURES.get(lang)
    if words is None or measure is None:
        return False
    texts = [_terms(line, lang) for text in known for line in text.split("\n")]
    single = frozenset(term for text in texts for term in text)
    pairs = frozenset(pair for text in texts for pair in pairwise(text)) if measure.pairs else None
    if _longest_run(_terms(sentence, lang), single) > measure.run:
        return True
    clauses = (_terms(clause, lang) for clause in words.joint.split(sentence))
    return any(
        len(clause) >= measure.terms and _held(clause, single, pairs) < measure.share * len(clause)
        for clause in clauses
    )


def _terms(text: str, lang: str) -> tuple[str, ...]:
    """The terms but the numbers, which have a rule of their own, and words such as "though", which say nothing."""
    words = rules(lang)
    joining = words.stops if words is not None else frozenset()
    return tuple(term for term in terms(text, lang) if not term[0].isdigit() and term not in joining)


def _held(clause: tuple[str, ...], single: Collection[str], pairs: Collection[tuple[str, str]] | None) -> int:
    """How many terms of a clause the texts have; of one term alone, whether they have it."""
    if pairs is None or len(clause) == 1:
        return sum(term in single for term in clause)
    beside = [pair in pairs for pair in pairwise(clause)]
    return sum(before or behind for before, behind in zip([False, *beside], [*beside, False], strict=True))


def _longest_run(sentence: tuple[str, ...], single: Collection[str]) -> int:
    longest = run = 0
    for term in sentence:
        run = 0 if term in single else run + 1
        longest = max(longest, run)
    return longest
