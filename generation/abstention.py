"""When not to answer, and why: whose law is asked for, what the question leaves open, whether the evidence suffices.

The evidence is judged by a confidence that was fitted on labelled questions (`confidence.py`), and where none was
fitted for the embedder, by a coarse measure with thresholds set low, so that it refuses only what is plainly not there.
The gate behind it checks every sentence either way.

The hits judged here are those of the search alone, in its order: both measures were fitted on these. What a reranker
moves and what the found articles bring along is shown and answered from, and changes no judgement.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from generation.answer import Outcome
from generation.confidence import Confidence
from generation.evidence import Sources
from generation.jurisdiction import elsewhere, foreign, jurisdictions_of
from generation.needs_facts import question_back
from generation.phrases import phrases
from generation.signals import signals
from generation.terms import terms
from generation.unheard import MOST_UNHEARD, unheard_share
from index.articles import Law
from index.known_models import MULTILINGUAL_E5_SMALL, MULTILINGUAL_E5_SMALL_LAW
from index.languages import fold
from retrieval.dates import without_times
from retrieval.named_laws import NamedLaws
from retrieval.search import NO_FILTERS, Filters, Hit

# A small model declines at random: Qwen 1.5B on 11 of 18 train questions of en_pdpa whose law it was shown, mostly
# as the first hit. So its word against the search's counts only where that is in doubt too.
LIKELY = 0.5
BEST = 3  # hits that are looked at

# Coverage below which a question in the law's own language has nothing to do with it, however near its vector lies. Of
# 120 train questions each, the least is .14 in en_pdpa, .40 in es_justicio, .69 in vi_alqac; questions about bread, the
# weather or the world cup have 0 in the PDPA.
FLOOR = 0.12


@dataclass(frozen=True, slots=True)
class AcrossLanguages:
    """What a question needs that is in another language than the law found, where no words can be compared.

    Attributes:
        nearness: cosine of the best passage.
        lead: by how much it exceeds the mean of the hits.
        leads: the same for languages that the embedder reads better, by ISO 639-1 code of the question.
    """

    nearness: float
    lead: float
    leads: Mapping[str, float] = field(default_factory=dict)

    def suffices(self, hits: Sequence[Hit], *, lang: str) -> bool:
        """Whether the nearest passage is near, and nearer than the others."""
        near = [hit.dense for hit in hits if hit.dense is not None]
        return (
            bool(near)
            and max(near) >= self.nearness
            and max(near) - sum(near) / len(near) >= self.leads.get(lang, self.lead)
        )


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below both, the search found nothing that bears on the question.

    Attributes:
        coverage: share of the question's terms that the best articles hold.
        nearness: cosine of the best passage. Each embedder has its own scale: None where it was not measured, and then
            only the words decide, and only where question and law are in one language.
        confidence: what decides in place of both, for questions in a language of the law; None where none was fitted.
        across: what decides in place of both for other questions; None where the embedder was not measured.
    """

    coverage: float
    nearness: float | None
    confidence: Confidence | None = None
    across: AcrossLanguages | None = None

    def least_in(self, lang: str) -> float:
        """The confidence that an answer to a question in `lang` needs; 0 where none is measured."""
        return 0.0 if self.confidence is None else self.confidence.least_in(lang)

    def without_least(self) -> "Thresholds":
        """The same, except that no confidence is too low; for measuring what a threshold would do."""
        if self.confidence is None:
            return self
        return replace(self, confidence=replace(self.confidence, least={}, least_otherwise=0.0))


UNCALIBRATED = Thresholds(coverage=0.15, nearness=None)
# By the embedder's fingerprint. The best cosine of no answerable train question is below `nearness`; docs/abstention.md
# tells of the questions that `across` was chosen on.
MEASURED: Mapping[str, Thresholds] = MappingProxyType(
    {
        MULTILINGUAL_E5_SMALL: Thresholds(
            coverage=0.34,
            nearness=0.80,
            across=AcrossLanguages(nearness=0.825, lead=0.012, leads=MappingProxyType({"es": 0.009})),
        ),
        MULTILINGUAL_E5_SMALL_LAW: Thresholds(
            coverage=0.34, nearness=0.70, across=AcrossLanguages(nearness=0.71, lead=0.018)
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a judgement consults beside the hits.

    Attributes:
        sources: the release that holds them.
        rarity: how rare each word of a question is in the law that may answer, as `ArticleSearch.rarity`.
        laws: all laws of the release.
        absent: the words of a question that none of it holds, as `ArticleSearch.absent`; None where nobody can tell.
    """

    sources: Sources
    rarity: Callable[..., Mapping[str, float]]
    laws: tuple[Law, ...]
    absent: Callable[..., Collection[str]] | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether to answer from what was found.

    Attributes:
        outcome: to give instead of an answer; None where one may be written.
        message: what to tell the reader in place of the outcome's own message; empty for that.
        confidence: how probable it is that the law found answers the question, in [0, 1]; None where not measured.
        note: what to tell the reader besides, whether or not there is an answer; empty for nothing.
    """

    outcome: Outcome | None
    message: str = ""
    confidence: float | None = None
    note: str = ""


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


def outweighs_refusal(confidence: float | None) -> bool:
    """Whether the law found is quoted although the model says that it holds no answer: it is likelier than not to."""
    return confidence is not None and confidence >= LIKELY


def judge(
    question: str,
    hits: Sequence[Hit],
    *,
    lang: str,
    thresholds: Thresholds = UNCALIBRATED,
    filters: Filters = NO_FILTERS,
    grounds: Grounds | None = None,
    naming: NamedLaws | None = None,
) -> Judgement:
    """Whether the hits can carry an answer to the question, before anything is written.

    Args:
        question: as it was understood.
        hits: of the search alone, best first; see `Found.searched`.
        lang: ISO 639-1 code of the question.
        thresholds: when not to answer.
        filters: which law may answer; with its jurisdictions, the asker's.
        grounds: what else to consult; None judges by the hits alone.
        naming: the laws that the question names; None where that was not read.
    """
    if asked_for := _another_law(question, hits, lang=lang, filters=filters, grounds=grounds, naming=naming):
        return asked_for
    if hits and hits[0].version.lang != lang:
        return _across(question, hits, lang=lang, thresholds=thresholds)
    coarse = reason_to_abstain(question, hits, lang=lang, thresholds=thresholds)
    if grounds is None or coarse is Outcome.OUT_OF_CORPUS:
        return Judgement(coarse)
    if coarse is None and (back := question_back(question, hits, grounds.sources, lang=lang)):
        return Judgement(Outcome.NEEDS_FACTS, back)
    return _measured(
        question, hits, coarse, lang=lang, thresholds=thresholds, filters=filters, grounds=grounds, naming=naming
    )


def _another_law(
    question: str,
    hits: Sequence[Hit],
    *,
    lang: str,
    filters: Filters,
    grounds: Grounds | None,
    naming: NamedLaws | None,
) -> Judgement | None:
    """The judgement where the question asks for another state's law, or names a law that is not here."""
    if grounds is not None:
        here = jurisdictions_of(law for law in grounds.laws if filters.passes(law))
        if abroad := foreign(question, hits, lang=lang, here=here):
            return Judgement(Outcome.WRONG_JURISDICTION, elsewhere(abroad, here or (), lang=lang))
    if naming is not None and naming.unknown and not _speaks_of(hits, naming.unknown):
        return Judgement(Outcome.OUT_OF_CORPUS, phrases(lang).lookup["unknown_law"].format(name=naming.unknown))
    return None


def _measured(
    question: str,
    hits: Sequence[Hit],
    coarse: Outcome | None,
    *,
    lang: str,
    thresholds: Thresholds,
    filters: Filters,
    grounds: Grounds,
    naming: NamedLaws | None,
) -> Judgement:
    """The judgement by confidence and by the words that no law holds; `coarse` where neither can be had."""
    about = without_times(question if naming is None else naming.rest)
    if naming is not None and naming.laws:
        filters = replace(filters, laws=frozenset(naming.laws))
    confidence = None
    if thresholds.confidence is not None:
        measured = signals(hits, grounds.rarity(about, filters=filters), grounds.sources)
        confidence = None if measured is None else thresholds.confidence.of(measured)
    absent = () if grounds.absent is None else grounds.absent(about, filters=filters)
    unheard = unheard_share(about, absent, lang=lang) >= MOST_UNHEARD
    if confidence is None:
        return Judgement(Outcome.EVIDENCE_INSUFFICIENT if unheard else coarse)
    if unheard or confidence < thresholds.least_in(lang):
        return Judgement(Outcome.EVIDENCE_INSUFFICIENT, confidence=confidence)
    plainly_not = coarse is not None and (sufficiency(question, hits, lang=lang).coverage or 0.0) < FLOOR
    return Judgement(coarse if plainly_not else None, confidence=confidence)


def _across(question: str, hits: Sequence[Hit], *, lang: str, thresholds: Thresholds) -> Judgement:
    """The judgement where question and law are in different languages, which the reader is told."""
    if thresholds.across is None:
        outcome = reason_to_abstain(question, hits, lang=lang, thresholds=thresholds)
    else:
        outcome = None if thresholds.across.suffices(hits, lang=lang) else Outcome.EVIDENCE_INSUFFICIENT
    return Judgement(outcome, note=phrases(lang).lookup["other_language"])


def _speaks_of(hits: Sequence[Hit], name: str) -> bool:
    """Whether one of the best articles names that law itself, so that the question may be about what it says of it."""
    wanted = fold(name)
    return any(wanted in fold(f"{hit.version.heading} {hit.version.text}") for hit in hits[:BEST])
