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

# Coverage below which a question in the law's own language has nothing to do with it, however near its vector lies. Of
# 120 train questions each, the least is .14 in en_pdpa, .40 in es_justicio, .69 in vi_alqac; questions about bread, the
# weather or the world cup have 0 in the PDPA.
FLOOR = 0.12


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below both, the search found nothing that bears on the question.

    Attributes:
        coverage: share of the question's terms that the best articles hold.
        nearness: cosine of the best passage. Each embedder has its own scale: None where it was not measured, and then
            only the words decide, and only where question and law are in one language.
        least: confidence below which nothing is answered, in [0, 1].
    """

    coverage: float
    nearness: float | None
    least: float = 0.0


# On train questions, 60 of each kind, this refuses none of the answerable ones of en_pdpa (best cosine .84 to .90 for
# nine in ten), 0.5 to 0.8 of the Spanish and Vietnamese ones put to English law, and none of the must_abstain ones.
MULTILINGUAL_E5_SMALL = Thresholds(coverage=0.34, nearness=0.80)
UNCALIBRATED = Thresholds(coverage=0.15, nearness=None)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether to answer from what was found.

    Attributes:
        outcome: to give instead of an answer; None where one may be written.
        message: what to tell the reader in place of the outcome's own message; empty for that.
        confidence: how probable it is that the law found answers the question, in [0, 1]; None where not measured.
    """

    outcome: Outcome | None
    message: str = ""
    confidence: float | None = None


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
    question: str, hits: Sequence[Hit], *, lang: str, thresholds: Thresholds = UNCALIBRATED
) -> Outcome | None:
    """The outcome to give instead of an answer, or None where an answer may be written."""
    if not hits:
        return Outcome.OUT_OF_CORPUS
    measured = sufficiency(question, hits, lang=lang)
    if measured.coverage is not None and measured.coverage < FLOOR:
        return Outcome.EVIDENCE_INSUFFICIENT
    covered = measured.coverage is not None and measured.coverage >= thresholds.coverage
    if thresholds.nearness is None:
        near = measured.coverage is None and measured.nearness is not None
    else:
        near = measured.nearness is not None and measured.nearness >= thresholds.nearness
    return None if covered or near else Outcome.EVIDENCE_INSUFFICIENT


def judge(question: str, hits: Sequence[Hit], *, lang: str, thresholds: Thresholds = UNCALIBRATED) -> Judgement:
    """Whether the hits can carry an answer to the question, before anything is written."""
    return Judgement(reason_to_abstain(question, hits, lang=lang, thresholds=thresholds))
