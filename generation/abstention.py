"""When not to answer: whether what was found can carry an answer at all.

Version 1 is a coarse measure with thresholds set low, so that it refuses only what is plainly not in the laws; the gate
behind it checks every sentence. Questions that name real things and have no answer pass it: a score of the search
cannot tell them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from generation.answer import Outcome
from generation.terms import terms
from retrieval.search import Hit

BEST = 3  # hits that are looked at


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below both, the search found nothing that bears on the question.

    Attributes:
        coverage: share of the question's terms that the best articles hold.
        nearness: cosine of the best passage; depends on the embedder, so a new one needs its own.
    """

    coverage: float
    nearness: float


DEFAULT = Thresholds(coverage=0.34, nearness=0.80)


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """What the evidence is worth, before anything is written.

    Attributes:
        coverage: share of the question's terms that one of the best articles holds, with its heading and its law's
            title, in [0, 1]; None where no article is in the language of the question.
        nearness: largest cosine between the question and a passage; None where the dense arm found none.
    """

    coverage: float | None
    nearness: float | None


def sufficiency(question: str, hits: Sequence[Hit], *, lang: str) -> Sufficiency:
    """Measures the best hits against the question."""
    asked = set(terms(question, lang))
    comparable = [hit for hit in hits[:BEST] if hit.version.lang == lang]
    shares = []
    for hit in comparable:
        held = set(terms(" ".join((hit.law.title, *hit.law.aliases, hit.version.heading, hit.version.text)), lang))
        shares.append(len(asked & held) / len(asked) if asked else 0.0)
    near = [hit.dense for hit in hits if hit.dense is not None]
    return Sufficiency(max(shares, default=None), max(near, default=None))


def reason_to_abstain(
    question: str, hits: Sequence[Hit], *, lang: str, thresholds: Thresholds = DEFAULT
) -> Outcome | None:
    """The outcome to give instead of an answer, or None where an answer may be written."""
    if not hits:
        return Outcome.OUT_OF_CORPUS
    measured = sufficiency(question, hits, lang=lang)
    covered = measured.coverage is not None and measured.coverage >= thresholds.coverage
    near = measured.nearness is not None and measured.nearness >= thresholds.nearness
    return None if covered or near else Outcome.EVIDENCE_INSUFFICIENT
