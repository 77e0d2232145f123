"""The whole way of a question: understood, searched for, answered from the law, each sentence through the gate."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from generation import prompt, verbatim
from generation.abstention import UNCALIBRATED, Grounds, Thresholds, judge, outweighs_refusal
from generation.answer import (
    Answer,
    Event,
    Finished,
    Mode,
    Outcome,
    Receipt,
    Retrieved,
    SentenceReady,
    Turn,
)
from generation.conversation import language_of, normalise, understand
from generation.draft import Draft
from generation.entailment import Judge
from generation.evidence import Extract, Sources
from generation.llm import LLM, LLMCutShortError, LLMError, Message
from generation.named import Named, named_first, read_named
from generation.phrases import phrases
from generation.receipts import lexcite_version, verification_digest
from generation.sentences import Claim, SentenceReader
from generation.small_talk import small_talk
from generation.timing import Calendar, moment_of
from generation.verification import Gate
from index.embedding import Embedder
from retrieval.dates import without_times
from retrieval.law_on_a_day import LawOnADay
from retrieval.scoped_lookup import ScopedLookup
from retrieval.search import NO_FILTERS, Filters, Retriever

MAX_TOKENS = 600  # of an answer: six sentences in any of the languages
MAX_CLAIMS = 8  # the prompt asks for six; a model that goes on repeats itself

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Assistant:
    """Answers questions from one release of the law."""

    def __init__(
        self,
        *,
        retriever: Retriever,
        sources: Sources,
        embedder: Embedder,
        lookup: ScopedLookup | None = None,
        days: LawOnADay | None = None,
        llm: LLM | None = None,
        nli: Judge | None = None,
        thresholds: Thresholds = UNCALIBRATED,
        grounds: Grounds | None = None,
        prompts: Path = prompt.FOLDER,
        context: int = prompt.CONTEXT,
        home_lang: str = "en",
        workers: Executor | None = None,
    ) -> None:
        """Takes its parts; loads nothing.

        Args:
            retriever: finds the articles.
            sources: the release that the retriever searches.
            embedder: the one that the release was built with.
            lookup: finds the articles that a question names by number; None where nobody looks them up.
            days: which text of an article speaks on a day; None where the release knows no time.
            llm: writes the answers; None for verbatim answers only.
            nli: judges whether the law says what a sentence of the model says; None where words and embedder do.
            thresholds: when not to answer; those of the embedder, where they were measured.
            grounds: what else that is judged by; None for the hits alone.
            prompts: folder with a prompt for each language.
            context: characters of law that the model is shown at most; a weak model cites better from less.
            home_lang: ISO 639-1 code; the language of questions that do not tell theirs ("GDPR?").
            workers: where searching and embedding run, so that no stream waits for another's; None for asyncio's own.
        """
        self._retriever = retriever
        self._sources = sources
        self._embedder = embedder
        self._lookup = lookup
        self._days = days
        self._llm = llm
        self._nli = nli
        self._thresholds = thresholds
        self._grounds = grounds
        self._prompts = prompts
        self._context = context
        self._home_lang = home_lang
        self._workers = workers

    async def ask(
        self,
        question: str,
        *,
        turns: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        k: int = 8,
        require_model: bool = False,
    ) -> Answer:
        """The collected stream; arguments and errors as `stream`."""
        async with aclosing(
            self.stream(question, turns=turns, filters=filters, k=k, require_model=require_model)
        ) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.answer
        raise AssertionError("a stream ends with Finished")

    async def stream(
        self,
        question: str,
        *,
        turns: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        k: int = 8,
        require_model: bool = False,
    ) -> AsyncGenerator[Event, None]:
        """Answers a question, event by event: `Retrieved`, a `SentenceReady` for each sentence, `Finished`.

        Every sentence has passed the gate before it is yielded. Closing the iterator stops the model.

        Args:
            question: as typed.
            turns: the conversation so far, oldest first.
            filters: which law may answer, and of which day; the day that the question names counts where this has none.
            k: articles to search for.
            require_model: give MODEL_UNAVAILABLE rather than a verbatim answer where the model cannot be had.

        Raises:
            QuestionError: the question is empty or too long.
            PromptError: a prompt file is broken.
        """
        began = time.perf_counter()
        asked = normalise(question)
        lang = language_of(asked, turns, otherwise=self._home_lang)
        aside = small_talk(asked, turns, lang=lang)
        if aside is not None:
            lang, understood = aside.lang, asked
        else:
            understood = await understand(asked, turns, lang=lang, llm=self._llm, prompts=self._prompts)
        calendar = Calendar(moment_of(asked, understood, filters.as_of), self._days)
        draft = Draft(asked, understood, lang, calendar, began=began)
        draft.lap("understand")
        filters = replace(filters, as_of=calendar.moment.as_of)

        named = None if aside is not None else await self._work(self._named, draft, turns, filters)
        if aside is not None:
            draft.outcome, draft.message = aside.outcome, aside.message
            yield Retrieved(draft.understood_as, ())
        elif named is not None and (named.pure or named.outcome is not Outcome.ANSWERED):
            for event in self._answer_named(draft, named):
                yield event
        else:
            async with aclosing(
                self._search_and_answer(draft, named, turns=turns, filters=filters, k=k, require_model=require_model)
            ) as events:
                async for one in events:
                    yield one
        yield Finished(self._finish(draft))

    async def close(self) -> None:
        """Closes the model's connections; call when nobody asks any more."""
        if self._llm is not None:
            await self._llm.close()

    def _answer_named(self, draft: Draft, named: Named) -> Iterator[Event]:
        """The articles that the question names, quoted; or why they cannot be."""
        draft.outcome, draft.message, draft.hits = named.outcome, named.message, named.hits
        yield Retrieved(draft.understood_as, draft.hits)
        yield from self._admit_quotes(draft, verbatim.quote(named.quotes))
        if named.outcome is Outcome.ANSWERED and not draft.sentences:
            self._refuse_by_time(draft, named=True)

    async def _search_and_answer(
        self,
        draft: Draft,
        named: Named | None,
        *,
        turns: Sequence[Turn],
        filters: Filters,
        k: int,
        require_model: bool,
    ) -> AsyncGenerator[Event, None]:
        """What the search finds, and where it suffices, the answer from it: by the model, or in its stead by quotes."""
        if named is None and self._lookup is not None:
            draft.naming = self._lookup(replace(filters, as_of=None)).named_laws(draft.understood_as)
            filters = replace(filters, laws=frozenset(draft.naming.laws) or filters.laws)
        found = await self._work(self._retriever.search, without_times(draft.understood_as), k=k, filters=filters)
        draft.hits = found if named is None else named_first(named, found, k=k)
        draft.lap("search")
        yield Retrieved(draft.understood_as, draft.hits)

        judgement = await self._work(
            judge,
            draft.understood_as,
            draft.hits,
            lang=draft.lang,
            thresholds=self._thresholds,
            filters=filters,
            grounds=self._grounds,
            naming=draft.naming,
        )
        draft.note = judgement.note if named is None else ""
        draft.confidence = judgement.confidence if named is None else None  # an article that was named is no guess
        if judgement.outcome is not None and named is None:
            draft.outcome, draft.message = judgement.outcome, judgement.message
        elif self._refuse_by_time(draft, named=named is not None):
            pass
        elif self._llm is not None:
            async with aclosing(self._written(draft, self._llm, turns)) as written:
                async for event in written:
                    yield event
        else:
            draft.model_failed = require_model

        if draft.outcome is Outcome.ANSWERED and not draft.sentences:
            if require_model and draft.model_failed:
                draft.outcome = Outcome.MODEL_UNAVAILABLE
            else:
                for event in await self._work(self._quoted, draft):
                    yield event

    async def _written(self, draft: Draft, llm: LLM, turns: Sequence[Turn]) -> AsyncGenerator[SentenceReady, None]:
        """The model's sentences as they pass the gate. What it fails to give is told in `draft.degraded`."""
        template = prompt.read_prompt(draft.lang, folder=self._prompts)
        extracts = await self._work(
            prompt.provisions_to_show,
            draft.understood_as,
            draft.evidence,
            self._sources,
            lang=draft.lang,
            budget=self._context,
        )
        shown = dict(enumerate(extracts, start=1))
        draft.asked = draft.understood_as
        gate = Gate(shown, lang=draft.lang, question=draft.asked, judge=self._nli, embedder=self._embedder)
        draft.judge = gate.judged_by
        messages = template.messages(extracts, turns, draft.understood_as)
        draft.lap("prompt")
        declined = False
        try:
            async with aclosing(_claims(draft, llm, messages, citable=len(extracts))) as claims:
                async for claim in claims:
                    if claim.text.rstrip(".").upper() == prompt.REFUSAL and not draft.sentences:
                        declined = True
                    elif event := draft.admit(await self._work(gate.judge, claim), shown):
                        yield event
        except LLMError as error:
            draft.model_failed = not isinstance(error, LLMCutShortError)
            draft.degraded += (f"model: {error}",)
        draft.lap("write")
        if draft.mode is Mode.MODEL:
            draft.prompt = template.digest
        if declined and not outweighs_refusal(draft.confidence):
            draft.outcome = Outcome.EVIDENCE_INSUFFICIENT
        elif declined:
            draft.degraded += ("model: it found no answer in law that is likely to hold one",)
        elif not draft.sentences and not draft.degraded:
            draft.degraded += ("model: none of its sentences passed the check against the law",)

    def _quoted(self, draft: Draft) -> list[SentenceReady]:
        """The verbatim answer, through the same gate."""
        ranked = verbatim.rank_extracts(
            draft.understood_as, draft.evidence, self._sources, self._embedder, lang=draft.lang, newest=draft.question
        )
        events = self._admit_quotes(draft, verbatim.quote(verbatim.choose(ranked)))
        draft.mode, draft.model, draft.prompt = Mode.VERBATIM, "", ""
        if not events:
            draft.outcome = Outcome.EVIDENCE_INSUFFICIENT
        return events

    def _admit_quotes(self, draft: Draft, quotes: Sequence[tuple[Claim, Extract]]) -> list[SentenceReady]:
        """The quotes that pass the gate, which knows no other way out."""
        shown = {number: extract for number, (_, extract) in enumerate(quotes, start=1)}
        gate = Gate(shown, lang=draft.lang)
        events = [event for claim, _ in quotes if (event := draft.admit(gate.judge(claim), shown))]
        draft.lap("quote")
        return events

    def _named(self, draft: Draft, turns: Sequence[Turn], filters: Filters) -> Named | None:
        """What the article numbers in the question come to; None where it names none."""
        if self._lookup is None:
            return None
        lookup = self._lookup(replace(filters, as_of=None))
        calendar = draft.calendar
        earlier = (lookup.look_up(turn.understood_as) for turn in reversed(turns))
        previous = next((place.law.id for one in earlier if one is not None for place in one.places), None)
        for text in dict.fromkeys((without_times(draft.understood_as), without_times(draft.question))):
            found = lookup.look_up(text, previous_law=previous, speaking=calendar.speaking)
            if found is not None:
                draft.lap("lookup")
                own = phrases(draft.lang)
                return read_named(found, text, sources=self._sources, own=own, standing=calendar.standing)
        return None

    def _refuse_by_time(self, draft: Draft, *, named: bool) -> bool:
        """Whether nothing can be answered for the day that was asked for; the draft then says why."""
        refusal = draft.calendar.refusal(draft.hits, phrases(draft.lang), named=named)
        if refusal is not None:
            draft.outcome, draft.message = refusal
        return refusal is not None

    def _finish(self, draft: Draft) -> Answer:
        own = phrases(draft.lang)
        draft.lap("finish")
        exhibits, dropped = draft.filed()
        return Answer(
            question=draft.question,
            understood_as=draft.understood_as,
            outcome=draft.outcome,
            mode=draft.mode,
            degraded=draft.degraded,
            message=draft.message or own.messages.get(draft.outcome, ""),
            sentences=tuple(draft.sentences),
            citations=tuple(citation for _, citation in sorted(draft.citations.items())),
            hits=draft.hits,
            receipt=Receipt(
                release=self._sources.id,
                embedder=self._embedder.fingerprint,
                model=draft.model,
                prompt=draft.prompt,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                seconds=draft.seconds,
                dropped=dropped,
                exhibits=exhibits,
                corpus_sha256=self._sources.corpus_sha256,
                gate=verification_digest(),
                asked=draft.asked,
                judge=draft.judge,
                lexcite=lexcite_version(),
            ),
            notice=own.notice,
            lang=draft.lang,
            as_of=draft.calendar.moment.as_of,
            confidence=draft.confidence,
            notes=(
                *([draft.note] if draft.note else ()),
                *draft.calendar.notes(tuple(draft.citations.values()), draft.hits, own),
            ),
        )

    async def _work(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Runs a CPU-bound step where it does not hold up the other streams."""
        return await asyncio.get_running_loop().run_in_executor(self._workers, partial(function, *args, **kwargs))


async def _claims(draft: Draft, llm: LLM, messages: Sequence[Message], *, citable: int) -> AsyncGenerator[Claim, None]:
    """What the model writes, claim by claim; after `MAX_CLAIMS` it is stopped."""
    reader = SentenceReader()
    read = 0
    async with aclosing(llm.stream(messages, max_tokens=MAX_TOKENS, citable=citable)) as pieces:
        async for piece in pieces:
            if draft.mode is not Mode.MODEL:
                draft.mode, draft.model = Mode.MODEL, llm.name
                draft.lap("first_token")
            for claim in reader.feed(piece):
                yield claim
                read += 1
            if read >= MAX_CLAIMS:
                return
    for claim in reader.finish():
        yield claim
