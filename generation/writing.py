"""The sentences of an answer: the model's, or in its stead the law's own, each through the gate."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from generation import prompt, verbatim
from generation.abstention import outweighs_refusal
from generation.answer import Mode, Outcome, SentenceReady, Turn
from generation.draft import Draft
from generation.entailment import Judge
from generation.evidence import Extract, Sources
from generation.llm import LLM, LLMCutShortError, LLMError, Message
from generation.sentences import Claim, SentenceReader
from generation.verification import Gate
from generation.workers import Workers
from index.embedding import Embedder

MAX_TOKENS = 600  # of an answer: six sentences in any of the languages
MAX_CLAIMS = 8  # the prompt asks for six; a model that goes on repeats itself


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the answer to a question whose evidence was found to suffice; the parts are the `Assistant`'s."""

    sources: Sources
    embedder: Embedder
    llm: LLM | None
    nli: Judge | None
    prompts: Path
    context: int
    workers: Workers

    async def write(
        self, draft: Draft, turns: Sequence[Turn], *, require_model: bool
    ) -> AsyncGenerator[SentenceReady, None]:
        """The sentences that pass the gate, one by one; in the end the draft has its outcome."""
        looked_up = draft.named is not None and draft.named.pure  # the law's own words are what was asked for
        if self.llm is not None and not looked_up:
            async with aclosing(self._by_model(draft, self.llm, turns)) as written:
                async for event in written:
                    yield event
        if draft.outcome is not None:
            return
        if require_model and not looked_up and (self.llm is None or draft.model_failed):
            draft.settle(Outcome.MODEL_UNAVAILABLE)
            return
        for event in await self.workers.run(self._by_quotes, draft):
            yield event

    async def _by_model(self, draft: Draft, llm: LLM, turns: Sequence[Turn]) -> AsyncGenerator[SentenceReady, None]:
        """The model's sentences as they pass the gate; the draft stays undecided where it gives none and no reason.

        What it fails to give is told in `draft.degraded`.
        """
        template = prompt.read_prompt(draft.lang, folder=self.prompts)
        extracts = await self.workers.run(
            prompt.provisions_to_show,
            draft.understood_as,
            draft.evidence,
            self.sources,
            lang=draft.lang,
            budget=self.context,
        )
        shown = dict(enumerate(extracts, start=1))
        draft.asked = draft.understood_as
        gate = Gate(shown, lang=draft.lang, question=draft.asked, judge=self.nli, embedder=self.embedder)
        draft.judge = gate.judged_by
        messages = template.messages(extracts, turns, draft.understood_as)
        draft.lap("prompt")
        declined, known = False, draft.degraded
        try:
            async with aclosing(_claims(draft, llm, messages, citable=len(extracts))) as claims:
                async for claim in claims:
                    if claim.text.rstrip(".").upper() == prompt.REFUSAL and not draft.sentences:
                        declined = True
                        break
                    if event := draft.admit(await self.workers.run(gate.judge, claim), shown):
                        yield event
        except LLMError as error:
            draft.model_failed = not isinstance(error, LLMCutShortError)
            draft.degraded += (f"model: {error}",)
        draft.lap("write")
        if draft.mode is Mode.MODEL:
            draft.prompt = template.digest
        if draft.sentences:
            draft.settle(Outcome.ANSWERED)
        elif declined and not outweighs_refusal(draft.confidence):
            draft.settle(Outcome.EVIDENCE_INSUFFICIENT)
        elif declined:
            draft.degraded += ("model: it found no answer in law that is likely to hold one",)
        elif draft.degraded == known:
            draft.degraded += ("model: none of its sentences passed the check against the law",)

    def _by_quotes(self, draft: Draft) -> list[SentenceReady]:
        """The verbatim answer, through the same gate, which knows no other way out."""
        quotes = verbatim.quote(self._chosen(draft))
        shown = {number: extract for number, (_, extract) in enumerate(quotes, start=1)}
        gate = Gate(shown, lang=draft.lang)
        events = [event for claim, _ in quotes if (event := draft.admit(gate.judge(claim), shown))]
        draft.lap("quote")
        draft.mode, draft.model, draft.prompt = Mode.VERBATIM, "", ""
        draft.settle(Outcome.ANSWERED if events else Outcome.EVIDENCE_INSUFFICIENT)
        return events

    def _chosen(self, draft: Draft) -> tuple[Extract, ...]:
        """What is quoted: the provisions that were asked for, or what answers best of the articles named or found."""
        named, evidence = draft.named, draft.evidence
        if named is not None and named.pure:
            return named.quotes
        if named is not None:
            articles = {hit.article.id for hit in named.hits}
            evidence = tuple(hit for hit in evidence if hit.article.id in articles)
        ranked = verbatim.rank_extracts(
            draft.understood_as,
            evidence,
            self.sources,
            self.embedder,
            lang=draft.lang,
            newest=draft.question,
            within=() if named is None else named.quotes,
        )
        return verbatim.choose(ranked, each=named is not None)


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
