"""The whole way of a question: understood, searched for, answered from the law, each sentence through the gate."""

import time
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from generation import prompt
from generation.abstention import UNCALIBRATED, Grounds, Thresholds, judge
from generation.answer import Answer, Event, Finished, Outcome, Retrieved, Turn
from generation.conversation import language_of, normalise, understand
from generation.draft import Draft
from generation.entailment import Judge
from generation.evidence import Sources
from generation.llm import LLM
from generation.named import Named, in_time, named_first, read_named
from generation.phrases import phrases
from generation.small_talk import small_talk
from generation.timing import Calendar, moment_of
from generation.workers import Workers
from generation.writing import Writer
from index.embedding import Embedder
from retrieval.dates import without_times
from retrieval.law_on_a_day import LawOnADay
from retrieval.reranking import find
from retrieval.scoped_lookup import ScopedLookup
from retrieval.search import NO_FILTERS, Filters, Retriever


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
        self._thresholds = thresholds
        self._grounds = grounds
        self._prompts = prompts
        self._home_lang = home_lang
        self._workers = Workers(workers)
        self._writer = Writer(
            sources=sources,
            embedder=embedder,
            llm=llm,
            nli=nli,
            prompts=prompts,
            context=context,
            workers=self._workers,
        )

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
        draft = await self._understand(question, turns, filters)
        filters = replace(filters, as_of=draft.calendar.moment.as_of)
        if draft.outcome is None:
            await self._workers.run(self._find, draft, turns, filters, k)
        yield Retrieved(draft.understood_as, draft.hits)
        if draft.outcome is None:
            await self._workers.run(self._judge, draft, filters)
        if draft.outcome is None:
            async with aclosing(self._writer.write(draft, turns, require_model=require_model)) as sentences:
                async for sentence in sentences:
                    yield sentence
        yield Finished(draft.finished(self._sources, embedder=self._embedder.fingerprint))

    async def close(self) -> None:
        """Closes the model's connections; call when nobody asks any more."""
        if self._llm is not None:
            await self._llm.close()

    async def _understand(self, question: str, turns: Sequence[Turn], filters: Filters) -> Draft:
        """The question in its language and for its day, a follow-up with what it refers to; small talk is answered."""
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
        if aside is not None:
            draft.settle(aside.outcome, aside.message)
        draft.lap("understand")
        return draft

    def _find(self, draft: Draft, turns: Sequence[Turn], filters: Filters, k: int) -> None:
        """The articles that the question names, then those that the search finds, where more is asked than their text.

        Where no law passes the filters, that is the answer: there is nothing to look up or to search.
        """
        laws = () if self._grounds is None else self._grounds.laws
        if laws and not any(filters.passes(law) for law in laws):
            draft.settle(Outcome.OUT_OF_CORPUS, phrases(draft.lang).lookup["filtered_out"])
            return
        draft.named = self._look_up(draft, turns, filters)
        if draft.named is not None and draft.named.suffices:
            draft.hits = draft.named.hits
            return
        if draft.named is None and self._lookup is not None:
            draft.naming = self._lookup(replace(filters, as_of=None)).named_laws(draft.understood_as)
            filters = replace(filters, laws=frozenset(draft.naming.laws) or filters.laws)
        found = find(self._retriever, without_times(draft.understood_as), k=k, filters=filters)
        draft.hits = found.hits if draft.named is None else named_first(draft.named, found.hits, k=k)
        draft.searched = found.searched
        if found.trouble:
            draft.degraded += (found.trouble,)
        draft.lap("search")

    def _look_up(self, draft: Draft, turns: Sequence[Turn], filters: Filters) -> Named | None:
        """What the article numbers in the question come to; None where it names none."""
        if self._lookup is None:
            return None
        lookup, calendar, own = self._lookup(replace(filters, as_of=None)), draft.calendar, phrases(draft.lang)
        earlier = (lookup.look_up(turn.understood_as) for turn in reversed(turns))
        previous = next((place.law.id for one in earlier if one is not None for place in one.places), None)
        for text in dict.fromkeys((without_times(draft.understood_as), without_times(draft.question))):
            found = lookup.look_up(text, previous_law=previous, speaking=calendar.speaking)
            if found is not None:
                draft.lap("lookup")
                named = read_named(found, text, sources=self._sources, own=own, standing=calendar.standing)
                return None if named is None else in_time(named, calendar, own)
        return None

    def _judge(self, draft: Draft, filters: Filters) -> None:
        """Settles what cannot be answered: for want of evidence, or of law on the day asked for."""
        if draft.named is not None:  # an article that was named is no guess, so there is no confidence to measure
            draft.message = draft.named.message
            if draft.named.outcome is not None:
                draft.settle(draft.named.outcome)
            return
        judgement = judge(
            draft.understood_as,
            draft.searched,
            lang=draft.lang,
            thresholds=self._thresholds,
            filters=filters,
            grounds=self._grounds,
            naming=draft.naming,
        )
        draft.note = judgement.note
        draft.confidence = judgement.confidence
        if judgement.outcome is not None:
            draft.settle(judgement.outcome, judgement.message)
        elif (refusal := draft.calendar.refusal(draft.hits, phrases(draft.lang), named=False)) is not None:
            draft.settle(*refusal)
