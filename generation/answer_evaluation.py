"""Measuring answers: labelled questions put to the whole assistant, some of them with their law taken away."""

import time
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from generation.answer import Answer, Outcome
from generation.assistant import Assistant
from generation.llm import LLMError
from index.release import Release
from retrieval.questions import Question, QuestionsError
from retrieval.search import NO_FILTERS, Filters


class Kind(StrEnum):
    """How a labelled question is put, and so whether the law that is left answers it."""

    ASKED = "asked"  # as it stands: answerable unless it is labelled must_abstain
    WITHOUT_ARTICLE = "without_article"  # the provisions that answer it cannot be found
    WITHOUT_LAW = "without_law"  # the laws that answer it cannot be found
    ELSEWHERE = "elsewhere"  # a question about law that this index never held


@dataclass(frozen=True, slots=True)
class Case:
    """One question, put in one way.

    Attributes:
        question: labelled.
        kind: how it is put.
        filters: what may be found.
        answerable: whether what may be found answers it; None where the labels leave it open (`may_abstain`).
        relevant: the citations that answer it, as `citation_of` writes them; empty where none may be found.
    """

    question: Question
    kind: Kind
    filters: Filters
    answerable: bool | None
    relevant: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """How one case went.

    Attributes:
        id, split, kind, question, relevant, answerable: of the case.
        outcome, mode, confidence, degraded: of the answer, see `Answer`. The confidence is None where it was not
            measured, such as for an article that was asked for by its number.
        least: the confidence that this question needed.
        cited: distinct citations of the answer as `citation_of` writes them, in its order.
        found: the citations of the hits, best first.
        states: how many sentences left the gate in each state; "supported" were shown as they were written,
            "replaced" stand in the place of one that failed, the rest were dropped.
        seconds: wall-clock, from question to finished answer.
    """

    id: str
    split: str
    kind: str
    question: str
    relevant: tuple[str, ...]
    answerable: bool | None
    outcome: str
    mode: str
    confidence: float | None
    least: float
    degraded: tuple[str, ...]
    cited: tuple[str, ...]
    found: tuple[str, ...]
    states: Mapping[str, int]
    seconds: float

    @property
    def hit(self) -> bool:
        """Whether the answer cites a provision that answers the question."""
        return not set(self.cited).isdisjoint(self.relevant)

    def abstains(self, least: float | None = None) -> bool:
        """Whether no answer is given: for another reason, or for a confidence below `least`; None for its own."""
        needed = self.least if least is None else least
        return self.outcome != Outcome.ANSWERED or (self.confidence is not None and self.confidence < needed)


def citation_of(release: Release, article_id: str) -> str:
    """The citation by which a reader knows an article: provisions that bear the same one are the same to them."""
    article = release.article(article_id)
    return f"{article.law_id} {article.label}" if article.label else article_id


def cases(
    questions: Iterable[Question], release: Release, *, withhold: Collection[Kind] = (), elsewhere: bool = False
) -> Iterator[Case]:
    """The ways in which the questions are put: as they stand, then each kind of `withhold` in turn.

    Args:
        questions: labelled.
        release: what answers.
        withhold: WITHOUT_ARTICLE, WITHOUT_LAW or both; questions that nothing answers anyway are not put so, nor is
            the latter where no other law would be left.
        elsewhere: the questions are about law that the release does not hold: none is answerable.

    Raises:
        QuestionsError: a question's relevant article is not in the release.
    """
    for question in questions:
        if elsewhere:
            yield Case(question, Kind.ELSEWHERE, NO_FILTERS, answerable=False, relevant=())
            continue
        unknown = [one for one in question.relevant if release.find_article(one) is None]
        if unknown:
            raise QuestionsError(
                f"question {question.id}: {unknown[0]} is not in this index; use the questions that were written for"
                " this corpus, or build the index from it"
            )
        relevant = tuple(dict.fromkeys(citation_of(release, one) for one in question.relevant))
        may = None if question.may_abstain else bool(relevant)
        answerable = False if question.must_abstain else may
        yield Case(question, Kind.ASKED, NO_FILTERS, answerable, relevant)
        if not relevant or question.must_abstain or question.may_abstain:
            continue
        laws = {release.article(one).law_id for one in question.relevant}
        if Kind.WITHOUT_ARTICLE in withhold:
            taken = frozenset(
                one.id for law in laws for one in release.articles(law) if citation_of(release, one.id) in relevant
            )
            yield Case(question, Kind.WITHOUT_ARTICLE, Filters(without=taken), answerable=False, relevant=())
        if Kind.WITHOUT_LAW in withhold and (left := frozenset(release.laws) - laws):
            yield Case(question, Kind.WITHOUT_LAW, Filters(laws=left), answerable=False, relevant=())


async def ask_all(
    assistant: Assistant,
    put: Iterable[Case],
    release: Release,
    *,
    k: int = 8,
    require_model: bool = False,
    least_in: Callable[[str], float] = lambda _: 0.0,
    done: Collection[tuple[str, str]] = (),
) -> AsyncGenerator[AnswerRow, None]:
    """Asks one case after the other.

    Args:
        assistant: set up so that its confidence keeps it from nothing; the threshold is applied to the rows.
        put: what to ask.
        release: the assistant's.
        k: articles to search for.
        require_model: stop where the language model cannot be had.
        least_in: the confidence that a question in a language needs, kept in the rows.
        done: (id, kind) of the cases to pass over.

    Raises:
        LLMError: the model is required and cannot be had.
    """
    for case in put:
        if (case.question.id, case.kind) in done:
            continue
        began = time.perf_counter()
        answer = await assistant.ask(case.question.text, filters=case.filters, k=k, require_model=require_model)
        seconds = time.perf_counter() - began
        if answer.outcome is Outcome.MODEL_UNAVAILABLE:
            raise LLMError(" ".join((f"question {case.question.id}:", answer.message, *answer.degraded)))
        yield _row(case, answer, release, seconds, least_in(answer.lang))


def _row(case: Case, answer: Answer, release: Release, seconds: float, least: float) -> AnswerRow:
    cited = dict.fromkeys(citation_of(release, citation.article_id) for citation in answer.citations)
    states: dict[str, int] = {}
    for sentence in answer.sentences:
        state = sentence.state.value if sentence.instead_of is None else "replaced"
        states[state] = states.get(state, 0) + 1
    for sentence in answer.receipt.dropped:
        states[sentence.state.value] = states.get(sentence.state.value, 0) + 1
    return AnswerRow(
        id=case.question.id,
        split=case.question.split,
        kind=case.kind.value,
        question=case.question.text,
        relevant=case.relevant,
        answerable=case.answerable,
        outcome=answer.outcome.value,
        mode=answer.mode.value,
        confidence=answer.confidence,
        least=least,
        degraded=answer.degraded,
        cited=tuple(cited),
        found=tuple(citation_of(release, hit.article.id) for hit in answer.hits),
        states=states,
        seconds=round(seconds, 4),
    )
