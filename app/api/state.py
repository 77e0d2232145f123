"""What every route shares: the service, the settings and the count of questions inside."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from app.api.limits import Admission
from app.service import Service
from app.settings import Settings
from generation.answer import Answer, Event, Finished, Turn
from retrieval.search import Filters


@dataclass(frozen=True, slots=True)
class State:
    """One per server; the chat page and the HTTP API both ask through it."""

    service: Service
    settings: Settings
    admission: Admission

    async def stream(
        self,
        question: str,
        *,
        turns: Sequence[Turn],
        filters: Filters,
        k: int | None = None,
        require_model: bool = False,
    ) -> AsyncGenerator[Event, None]:
        """Answers on one release from beginning to end.

        Raises:
            HTTPException: 429, when too many are inside.
            UserFacingError: the question cannot be taken.
        """
        async with self.admission.admit():
            with self.service.engine() as engine:
                answering = engine.assistant.stream(
                    question,
                    turns=turns,
                    filters=engine.admitted(filters),
                    k=k or self.settings.hits,
                    require_model=require_model,
                )
                async with aclosing(answering) as events:
                    async for event in events:
                        yield event

    async def collect(self, events: AsyncGenerator[Event, None]) -> Answer:
        """The answer at the end of a stream, which is closed: its place is free again."""
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Finished):
                    return event.answer
        raise AssertionError("a stream of events ends with Finished")

    def jurisdictions(self, asked: str | None) -> frozenset[str]:
        """The jurisdictions that may answer: the asker's, else the server's own; empty for any."""
        if asked is None:
            return self.settings.jurisdictions
        return frozenset(code.strip().upper() for code in asked.split(",") if code.strip())
