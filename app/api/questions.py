"""`POST /api/v1/ask`: a question in, a checked and cited answer out, at once or as server-sent events."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Mapping
from contextlib import aclosing
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.day import Day
from app.api.state import State
from app.render import answer_json, event_json
from app.shapes import AnswerJson, ErrorJson
from generation.answer import Event, Outcome, Turn
from retrieval.search import Filters

T = TypeVar("T")
MAX_TURNS = 20  # earlier turns beyond these no longer help to understand a question


class TurnIn(BaseModel):
    """One earlier exchange, as a previous response gave it."""

    model_config = ConfigDict(extra="forbid")
    question: str = Field(max_length=4000)
    understood_as: str = Field(default="", max_length=8000)
    answer: str = Field(default="", max_length=20000)
    laws: Annotated[list[str], Field(max_length=20)] = Field(
        default=[], description="Titles of the laws that the answer cited: `law` of its citations."
    )
    articles: Annotated[list[str], Field(max_length=50)] = Field(
        default=[], description="Labels of the articles that it cited: `article` of its citations."
    )


class AskRequest(BaseModel):
    """A question with everything that bears on it; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")
    question: str = Field(description="In any language that the law in the index can be asked in.")
    conversation: Annotated[list[TurnIn], Field(max_length=MAX_TURNS)] = Field(
        default=[], description="Earlier exchanges, oldest first, so that a follow-up is understood."
    )
    laws: list[str] = Field(default=[], max_length=100, description="Only these laws may answer (ids). Empty: all.")
    langs: list[str] = Field(default=[], max_length=20, description="Only law in these languages. Empty: all.")
    jurisdiction: str | None = Field(default=None, description="Only law of this jurisdiction. Null: the server's own.")
    as_of: Day | None = Field(
        default=None, description="The law of this day answers. Null: the day that the question names, or today."
    )
    k: int | None = Field(default=None, ge=1, le=100, description="Articles to find. Null: the server's setting.")
    require_model: bool = Field(default=False, description="No verbatim answer when the language model is down.")
    stream: bool = Field(default=False, description="Server-sent events; so does `Accept: text/event-stream`.")


def router(state: State) -> APIRouter:
    """The route, answering from `state`."""
    routes = APIRouter(tags=["answers"])

    @routes.post(
        "/api/v1/ask",
        response_model=AnswerJson,
        responses={
            200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
            422: {"model": ErrorJson, "description": "the question or a field cannot be taken"},
            429: {"model": ErrorJson, "description": "too many questions at once; see Retry-After"},
            503: {"model": ErrorJson, "description": "the model was required and is not there; see Retry-After"},
        },
    )
    async def ask(body: AskRequest, request: Request) -> Response | AnswerJson:
        """Answers a question from the law, every sentence with its citations."""
        events = state.stream(
            body.question,
            turns=[_turn(turn) for turn in body.conversation],
            filters=Filters(
                laws=frozenset(body.laws),
                langs=frozenset(body.langs),
                jurisdictions=state.jurisdictions(body.jurisdiction),
                as_of=body.as_of,
            ),
            k=body.k,
            require_model=body.require_model,
        )
        if body.stream or "text/event-stream" in request.headers.get("accept", ""):
            return await _event_stream(events)
        answer = await while_connected(request, state.collect(events))
        if answer.outcome is Outcome.MODEL_UNAVAILABLE:
            raise HTTPException(503, " ".join([answer.message, *answer.degraded]), {"Retry-After": "30"})
        return answer_json(answer)

    return routes


def _turn(turn: TurnIn) -> Turn:
    return Turn(
        question=turn.question,
        understood_as=turn.understood_as or turn.question,
        answer=turn.answer,
        laws=tuple(turn.laws),
        articles=tuple(turn.articles),
    )


async def _event_stream(events: AsyncGenerator[Event, None]) -> StreamingResponse:
    """Starts the stream; what is wrong with the question is still an ordinary error response."""
    first = await anext(events)

    async def lines() -> AsyncIterator[str]:
        async with aclosing(events) as rest:
            yield server_sent_event(*event_json(first))
            async for event in rest:
                yield server_sent_event(*event_json(event))

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def server_sent_event(name: str, content: Mapping[str, object]) -> str:
    """One event as it stands on the wire."""
    return f"event: {name}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` and cancels it as soon as the client has left.

    Raises:
        HTTPException: 499, which nobody reads any more.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise HTTPException(499, "the client left before the answer was ready")
    finally:
        for pending in (task, gone):
            pending.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
