"""One answer while it is made: what is known of it so far, and what has passed the gate."""

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from generation.answer import (
    Answer,
    Citation,
    Exhibit,
    Mode,
    Outcome,
    Receipt,
    Sentence,
    SentenceReady,
    SentenceState,
)
from generation.evidence import Extract, Sources, cite
from generation.named import Named
from generation.phrases import phrases
from generation.receipts import lexcite_version, verification_digest
from generation.sentences import UNREADABLE
from generation.timing import Calendar
from retrieval.named_laws import NamedLaws
from retrieval.search import Hit


@dataclass(slots=True)
class Draft:
    """One answer while it is made."""

    question: str
    understood_as: str
    lang: str
    calendar: Calendar
    outcome: Outcome | None = None  # None while it is undecided
    message: str = ""
    note: str = ""  # for the reader, beside what the day asked for brings
    mode: Mode = Mode.VERBATIM
    degraded: tuple[str, ...] = ()
    named: Named | None = None  # the articles that the question names
    naming: NamedLaws | None = None  # the laws that it names, where it names no article
    hits: tuple[Hit, ...] = ()
    searched: tuple[Hit, ...] = ()  # what the search alone found, in its order: whether it suffices is judged by these
    model: str = ""
    prompt: str = ""
    asked: str = ""  # what the gate was told of the question
    judge: str = ""  # name of the gate's model of entailment
    confidence: float | None = None
    model_failed: bool = False  # it could not be had, or stopped before it had finished
    sentences: list[Sentence] = field(default_factory=list)
    dropped: list[tuple[Sentence, tuple[Exhibit, ...]]] = field(default_factory=list)  # each with what it cited
    citations: dict[int, Citation] = field(default_factory=dict)
    exhibits: dict[int, Exhibit] = field(default_factory=dict)  # of the sentences shown, and of those they replaced
    stages: dict[str, float] = field(default_factory=dict)
    first_sentence: float | None = None
    began: float = field(default_factory=time.perf_counter)  # when the question came

    @property
    def evidence(self) -> tuple[Hit, ...]:
        """The hits that are law on the day asked for: all that an answer may rest on."""
        return tuple(hit for hit in self.hits if hit.is_law)

    @property
    def seconds(self) -> tuple[tuple[str, float], ...]:
        """As `Receipt.seconds`."""
        first = () if self.first_sentence is None else (("first_sentence", self.first_sentence),)
        return (*self.stages.items(), *first)

    def settle(self, outcome: Outcome, message: str = "") -> None:
        """Decides the answer; a message replaces the one there is."""
        self.outcome, self.message = outcome, message or self.message

    def lap(self, stage: str) -> None:
        """Books the time since the last stage ended."""
        self.stages[stage] = time.perf_counter() - self.began - sum(self.stages.values())

    def admit(self, sentence: Sentence, shown: Mapping[int, Extract]) -> SentenceReady | None:
        """Keeps a sentence that passed the gate, with the event that shows it; puts any other aside."""
        if sentence.state is not SentenceState.SUPPORTED:
            self.dropped.append((sentence, tuple(_exhibits(sentence, shown))))
            return None
        if self.first_sentence is None:
            self.first_sentence = time.perf_counter() - self.began
        new = {number: cite(shown[number], number) for number in sentence.citations if number not in self.citations}
        self.citations |= new
        failed = sentence.instead_of
        if failed is not None:
            known = {number: number for number in failed.citations if number in shown}
            sentence = replace(sentence, instead_of=_renumbered(failed, known))
        for one in (sentence, failed):
            self.exhibits |= {} if one is None else {x.citation.number: x for x in _exhibits(one, shown)}
        self.sentences.append(sentence)
        return SentenceReady(sentence, tuple(new.values()))

    def finished(self, sources: Sources, *, embedder: str) -> Answer:
        """The answer with its receipt.

        Args:
            sources: the release that answered.
            embedder: fingerprint of the embedder.

        Raises:
            ValueError: it is still undecided.
        """
        if self.outcome is None:
            raise ValueError("an answer is finished when its outcome is settled, and this one is undecided")
        own = phrases(self.lang)
        self.lap("finish")
        exhibits, dropped = self.filed()
        citations = tuple(citation for _, citation in sorted(self.citations.items()))
        return Answer(
            question=self.question,
            understood_as=self.understood_as,
            outcome=self.outcome,
            mode=self.mode,
            degraded=self.degraded,
            message=self.message or own.messages.get(self.outcome, ""),
            sentences=tuple(self.sentences),
            citations=citations,
            hits=self.hits,
            receipt=Receipt(
                release=sources.id,
                embedder=embedder,
                model=self.model,
                prompt=self.prompt,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                seconds=self.seconds,
                dropped=dropped,
                exhibits=exhibits,
                corpus_sha256=sources.corpus_sha256,
                gate=verification_digest(),
                asked=self.asked,
                judge=self.judge,
                lexcite=lexcite_version(),
            ),
            notice=own.notice,
            lang=self.lang,
            as_of=self.calendar.moment.as_of,
            confidence=self.confidence,
            notes=(*([self.note] if self.note else ()), *self.calendar.notes(citations, self.hits, own)),
        )

    def filed(self) -> tuple[tuple[Exhibit, ...], tuple[Sentence, ...]]:
        """What the receipt keeps: every exhibit under a number of its own, and by these the sentences not shown.

        Sentences not shown may come from a writer who was shown other provisions under the same numbers: the model,
        where in the end the law was quoted.
        """
        filed = dict(self.exhibits)
        numbers = {_place(exhibit.citation): number for number, exhibit in filed.items()}
        dropped = []
        for sentence, exhibits in self.dropped:
            renumbered = {}
            for exhibit in exhibits:
                place, asked = _place(exhibit.citation), exhibit.citation.number
                if place not in numbers:
                    numbers[place] = number = max(filed, default=0) + 1 if asked in filed else asked
                    filed[number] = replace(exhibit, citation=replace(exhibit.citation, number=number))
                renumbered[asked] = numbers[place]
            dropped.append(_renumbered(sentence, renumbered))
        return tuple(exhibit for _, exhibit in sorted(filed.items())), tuple(dropped)


def _exhibits(sentence: Sentence, shown: Mapping[int, Extract]) -> Iterable[Exhibit]:
    """What a sentence cites, of all that its writer was shown."""
    for number in dict.fromkeys(sentence.citations):
        if (extract := shown.get(number)) is not None:
            opening, version = extract.introduction, extract.hit.version
            yield Exhibit(
                citation=cite(extract, number),
                path=extract.path,
                lang=version.lang,
                text_sha256=hashlib.sha256(version.text.encode()).hexdigest(),
                introduction=None if opening is None else (opening.start, opening.end, opening.text),
            )


def _renumbered(sentence: Sentence, numbers: Mapping[int, int]) -> Sentence:
    """The sentence with other numbers; `UNREADABLE` where nothing was shown under one."""
    return replace(sentence, citations=tuple(numbers.get(number, UNREADABLE) for number in sentence.citations))


def _place(citation: Citation) -> tuple[str, int, int]:
    return citation.version_id, citation.start, citation.end
