"""One answer while it is made: what is known of it so far, and what has passed the gate."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from generation.answer import Citation, Mode, Outcome, Sentence, SentenceReady, SentenceState
from generation.evidence import Extract, cite
from generation.timing import Calendar
from retrieval.search import Hit


@dataclass(slots=True)
class Draft:
    """One answer while it is made."""

    question: str
    understood_as: str
    lang: str
    calendar: Calendar
    outcome: Outcome = Outcome.ANSWERED
    message: str = ""
    mode: Mode = Mode.VERBATIM
    degraded: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()
    model: str = ""
    prompt: str = ""
    confidence: float | None = None
    model_failed: bool = False  # it could not be had, or stopped before it had finished
    sentences: list[Sentence] = field(default_factory=list)
    dropped: list[Sentence] = field(default_factory=list)
    citations: dict[int, Citation] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)

    @property
    def evidence(self) -> tuple[Hit, ...]:
        """The hits that are law on the day asked for: all that an answer may rest on."""
        return tuple(hit for hit in self.hits if hit.is_law)

    def lap(self, stage: str) -> None:
        """Books the time since the last stage ended."""
        self.seconds[stage] = time.perf_counter() - self.began - sum(self.seconds.values())

    def admit(self, sentence: Sentence, shown: Mapping[int, Extract]) -> SentenceReady | None:
        """Keeps a sentence that passed the gate, with the event that shows it; puts any other aside."""
        if sentence.state is not SentenceState.SUPPORTED:
            self.dropped.append(sentence)
            return None
        new = {number: cite(shown[number], number) for number in sentence.citations if number not in self.citations}
        self.citations |= new
        self.sentences.append(sentence)
        return SentenceReady(sentence, tuple(new.values()))
