"""`POST /v1/chat/completions` and `GET /v1/models`: lexcite for clients that speak the OpenAI protocol."""

import json
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.questions import while_connected
from app.api.state import State
from app.render import answer_json, answer_text, citation_line, gate_notes, sentence_text
from app.shapes import ErrorJson
from generation.answer import Answer, Event, Finished, SentenceReady, Turn
from retrieval.search import Filters

MODEL = "lexcite"


class TextPart(BaseModel):
    """A piece of a message; only text is taken."""

    type: Literal["text"]
    text: str


class ChatMessage(BaseModel):
    """One message of the conversation; a system message is read and not obeyed: the law decides what is said."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """The message's text."""
        parts = self.content or ""  # null beside tool calls
        return parts if isinstance(parts, str) else "\n".join(part.text for part in parts)


class ChatRequest(BaseModel):
    """The part of the protocol that has a meaning here; sampling parameters and the like are accepted and unused."""

    model_config = ConfigDict(extra="ignore")
    model: str = MODEL
    messages: list[ChatMessage] = Field(min_length=1, max_length=200)
    stream: bool = False


def router(state: State) -> APIRouter:
    """The routes, answering from `state`."""
    routes = APIRouter(tags=["OpenAI-compatible"])

    @routes.get("/v1/models")
    def models() -> dict[str, Any]:
        """The one model there is."""
        return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "lexcite"}]}

    @routes.post(
        "/v1/chat/completions",
        response_model=None,
        responses={422: {"model": ErrorJson}, 429: {"model": ErrorJson}},
    )
    async def chat_completions(body: ChatRequest, request: Request) -> Response:
        """Answers the last user message; citations stand in the text, and whole in `lexcite`."""
        if body.messages[-1].role != "user":
            raise HTTPException(422, "the last message must be the user's question")
        events = state.stream(
            body.messages[-1].text,
            turns=_turns(body.messages[:-1]),
            filters=Filters(jurisdictions=state.jurisdictions(None)),
        )
        head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL}
        if body.stream:
            first = await anext(events)
            return StreamingResponse(_chunks(head, first, events), media_type="text/event-stream")
        answer = await while_connected(request, state.collect(events))
        message = {"role": "assistant", "content": f"{answer_text(answer)}{_sources(answer)}"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        return JSONResponse(
            {**head, "object": "chat.completion", "choices": [choice], "usage": usage, "lexcite": answer_json(answer)}
        )

    return routes


def _turns(messages: list[ChatMessage]) -> list[Turn]:
    """Pairs of user and assistant messages as earlier turns."""
    turns: list[Turn] = []
    for message in messages:
        if message.role == "user":
            turns.append(Turn(message.text, message.text, ""))
        elif message.role == "assistant" and turns:
            turns[-1] = Turn(turns[-1].question, turns[-1].understood_as, message.text)
    return turns[-20:]


def _sources(answer: Answer) -> str:
    lines = [*gate_notes(answer), *(citation_line(citation) for citation in answer.citations)]
    return "\n\n" + "\n".join([*lines, "", answer.notice]).strip()


async def _chunks(head: dict[str, Any], first: Event, events: AsyncGenerator[Event, None]) -> AsyncIterator[str]:
    """The answer as chunks: each sentence when it has passed the gate, then the sources, then the end mark."""

    def chunk(delta: dict[str, Any], finish: str | None = None, **extra: object) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        body = {**head, "object": "chat.completion.chunk", "choices": [choice], **extra}
        return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"

    yield chunk({"role": "assistant", "content": ""})
    said = ""
    async with aclosing(_with_first(first, events)) as every:
        async for event in every:
            if isinstance(event, SentenceReady):
                more = ("\n" if said else "") + sentence_text(event.sentence)
                said += more
                yield chunk({"content": more})
            elif isinstance(event, Finished):
                whole = f"{answer_text(event.answer)}{_sources(event.answer)}"
                yield chunk({"content": whole.removeprefix(said)})
                yield chunk({}, "stop", lexcite=answer_json(event.answer))
    yield "data: [DONE]\n\n"


async def _with_first(first: Event, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    async with aclosing(events) as rest:
        yield first
        async for event in rest:
            yield event
