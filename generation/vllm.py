"""A language model behind an OpenAI-compatible server, meant for vLLM, spoken to with the official client."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
from openai.types.chat import ChatCompletionChunk

from generation.breaker import Attempt, Breaker
from generation.llm import LLMCutShortError, LLMError, Message
from generation.prompt import grammar

KEEP_ALIVE = 3.0  # seconds; below the 5 s after which uvicorn closes, so that no question meets a closing connection
LONGEST_LINE = 1 << 20  # bytes; a server that sends more without a line end sends rubbish
LONGEST_TOKEN = 16  # characters on average, three times those of English; a server that sends more heeds no limit
CLOSING_SECONDS = 1.0  # how long a server may take to end its stream after it has said that the answer is complete


class VLLM:
    """One model of one server, over one pool of connections.

    A question is sent once: it is repeated only, without `structured_outputs`, to a server that rejects that field.
    A server that keeps failing is left alone for a while (`breaker.py`), so that nobody waits for it.
    The body holds `model`, `messages`, `max_tokens`, `temperature`, `stream` and, where only some markers may be
    written, `structured_outputs`; nothing that a caller gave reaches the server under another name. No proxy is used.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str = "",
        key: str = "",
        connect_seconds: float = 0.8,
        first_token_seconds: float = 30.0,
        between_tokens_seconds: float = 10.0,
        total_seconds: float = 120.0,
        max_connections: int = 64,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Opens no connection.

        Args:
            url: base address of the API, with its version: "http://127.0.0.1:8000/v1".
            model: as the server knows it; empty for the first one that it offers.
            key: empty where the server asks for none.
            connect_seconds: longest wait for a connection; short, since the reader can have a verbatim answer at once.
            first_token_seconds: from sending the question to the first text.
            between_tokens_seconds: from one text to the next.
            total_seconds: for the whole answer.
            max_connections: most answers at once.
            clock: seconds, never falling; by it a server that failed is left alone.
        """
        self._url = url.rstrip("/")
        self._shown_url = _without_password(self._url)
        self._model = model
        self._key = key
        self._first_token = first_token_seconds
        self._between_tokens = between_tokens_seconds
        self._total = total_seconds
        self._constrains = True  # until the server rejects the field
        self._breaker = Breaker(clock=clock)
        self._trouble = ("", "")  # what failed last, and what to do about it
        self._timeout = httpx.Timeout(total_seconds, connect=connect_seconds)
        self._pool = httpx.Limits(
            max_connections=max_connections, max_keepalive_connections=max_connections, keepalive_expiry=KEEP_ALIVE
        )
        self._opened: tuple[asyncio.AbstractEventLoop, openai.AsyncOpenAI] | None = None

    @property
    def name(self) -> str:
        """The model's name; empty until the server has told it, where none was configured."""
        return self._model

    async def close(self) -> None:
        """Closes the connections; a later question opens new ones."""
        opened, self._opened = self._opened, None
        if opened is not None and opened[0] is asyncio.get_running_loop():
            await opened[1].close()

    def _client(self) -> openai.AsyncOpenAI:
        """The client of the running event loop: connections of another one, which has ended, cannot be used."""
        loop = asyncio.get_running_loop()
        if self._opened is None or self._opened[0] is not loop:
            client = openai.AsyncOpenAI(
                base_url=self._url,
                api_key=self._key or "none",
                max_retries=0,
                timeout=self._timeout,
                http_client=httpx.AsyncClient(limits=self._pool, timeout=self._timeout, trust_env=False),
            )
            self._opened = (loop, client)
        return self._opened[1]

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int, citable: int | None = None
    ) -> AsyncGenerator[str, None]:
        """Writes the answer; see `generation.llm.LLM.stream`."""
        attempt = self._breaker.admit()
        if attempt is None:
            what, fix = self._trouble
            raise self._error(f"not asked again so soon after a failure ({what})", fix)
        try:
            async with aclosing(self._pieces(attempt, messages, max_tokens, citable)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            attempt.left()

    async def _pieces(
        self, attempt: Attempt, messages: Sequence[Message], max_tokens: int, citable: int | None
    ) -> AsyncGenerator[str, None]:
        """The text, from first to last; then the error that ended it, where one did."""
        now = asyncio.get_running_loop().time
        total = now() + self._total
        due = min(total, now() + self._first_token)
        left = LONGEST_TOKEN * max_tokens
        reason = ""
        async with self._answer(attempt, messages, max_tokens, citable, due) as events:
            while True:
                try:
                    with self._explained(attempt):
                        async with asyncio.timeout_at(due):
                            event = await anext(events, None)
                        if event is None:
                            break
                        text, ended = _read(event)
                except LLMError:
                    if reason:
                        break  # the answer was complete: only the end of the stream was missing
                    raise
                if text:
                    attempt.answering()
                    left -= len(text)
                    if left < 0:
                        raise self._failure(attempt, f"more text than {max_tokens} tokens hold", "use another server")
                    yield text
                    due = min(total, now() + self._between_tokens)
                if ended:
                    reason = ended
                    due = min(due, now() + CLOSING_SECONDS)
        if reason not in ("stop", "length"):
            raise self._failure(
                attempt, f"the answer has no proper end ({reason or 'none'})", "look at the server's log"
            )
        attempt.succeeded()
        if reason == "length":
            cut = self._error(f"the answer was cut short at {max_tokens} tokens", "ask for less, or allow more tokens")
            raise LLMCutShortError(str(cut))

    @asynccontextmanager
    async def _answer(
        self, attempt: Attempt, messages: Sequence[Message], max_tokens: int, citable: int | None, due: float
    ) -> AsyncIterator[AsyncGenerator[Mapping[str, Any], None]]:
        """The server's answer, opened; its events are read inside, and leaving stops the model."""
        with self._explained(attempt):
            async with asyncio.timeout_at(due):
                self._model = self._model or await self._first_model()
                response = await self._open(messages, max_tokens, citable)
        try:
            async with aclosing(_events(response.aiter_bytes())) as events:
                yield events
        finally:
            await response.aclose()

    async def _open(self, messages: Sequence[Message], max_tokens: int, citable: int | None) -> httpx.Response:
        """Sends the question; the answer has its headers read and its body not."""
        if citable and self._constrains:
            try:
                return await self._send(messages, max_tokens, {"structured_outputs": {"grammar": grammar(citable)}})
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                # Either the server does not know the field, or something else is wrong and is found again below.
                response = await self._send(messages, max_tokens, None)
                self._constrains = False
                return response
        return await self._send(messages, max_tokens, None)

    async def _send(
        self, messages: Sequence[Message], max_tokens: int, extra: Mapping[str, object] | None
    ) -> httpx.Response:
        # `chat.completions.create` would look at each field of what is right already: 0.60 ms of CPU against 0.25.
        stream = await self._client().post(
            "/chat/completions",
            body={
                "model": self._model,
                "messages": [{"role": message.role, "content": message.content} for message in messages],
                "max_tokens": max_tokens,
                "temperature": 0.0,
                "stream": True,
                **(extra or {}),
            },
            cast_to=ChatCompletionChunk,
            stream=True,
            stream_cls=openai.AsyncStream[ChatCompletionChunk],
        )
        return stream.response

    async def _first_model(self) -> str:
        offered = (await self._client().models.list()).data
        if not offered or not offered[0].id:
            raise self._error("the server offers no model", "start it with one")
        return offered[0].id

    @contextmanager
    def _explained(self, attempt: Attempt) -> Iterator[None]:
        """Turns whatever goes wrong between here and the server into an `LLMError` that says what to do."""
        try:
            yield
        except (TimeoutError, openai.APIConnectionError) as error:  # its timeouts are connection errors too
            cause = error.__cause__
            if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout):
                fix = "start the server, or correct the address"
                raise self._failure(attempt, "cannot be reached", fix, at_once=True) from error
            if isinstance(error, TimeoutError | openai.APITimeoutError):
                fix = "see whether the server is overloaded or the model is loading"
                raise self._failure(attempt, "no answer in time", fix) from error
            raise self._failure(attempt, "the connection broke", "look at the server's log") from error
        except openai.APIStatusError as error:
            what, fix = f"status {error.status_code}", _advice(error.status_code)
            if error.status_code >= 500:
                raise self._failure(attempt, what, fix) from error
            attempt.answering()  # it refuses the question, so it lives
            raise self._error(what, fix) from error
        except (openai.OpenAIError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._failure(attempt, "the connection broke", "look at the server's log") from error
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise self._failure(
                attempt,
                "what it sends is no stream of a chat completion",
                "check that the address is that of an OpenAI API",
            ) from error

    def _failure(self, attempt: Attempt, what: str, fix: str, *, at_once: bool = False) -> LLMError:
        """The error, after the breaker has been told of it."""
        self._trouble = (what, fix)
        attempt.failed(at_once=at_once)
        return self._error(what, fix)

    def _error(self, what: str, fix: str) -> LLMError:
        name = f" ({self._model})" if self._model else ""
        return LLMError(f"{self._shown_url}{name}: {what}; {fix}")


def _without_password(url: str) -> str:
    """The address as readers may see it: without a user name and password."""
    try:
        return urlsplit(url)._replace(netloc=urlsplit(url).netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return url.rpartition("@")[2]


async def _events(pieces: AsyncIterator[bytes]) -> AsyncGenerator[Mapping[str, Any], None]:
    """The JSON objects of a stream of server-sent events, up to "[DONE]"; then the stream is read to its end.

    Read here and not by the client, which leaves the end unread, so that each answer costs a connection, and validates
    every piece of text as a model of its own.
    """
    buffer = b""
    done = False
    async for piece in pieces:
        if done:
            continue
        *lines, buffer = (buffer + piece).split(b"\n")
        if len(buffer) > LONGEST_LINE:
            raise ValueError("a line without an end")
        for line in lines:
            field, _, value = line.partition(b":")
            if field != b"data" or not value.strip():
                continue
            if value.strip() == b"[DONE]":
                done = True
                break
            event = json.loads(value)
            if not isinstance(event, dict) or "error" in event:
                raise ValueError("an error instead of an event")
            yield event


def _read(event: Mapping[str, Any]) -> tuple[str, str]:
    """The text of one event and the reason why the answer ended with it; each empty where there is none."""
    choices = event["choices"]
    if not choices:
        return "", ""  # the closing count of tokens
    text = choices[0]["delta"].get("content") or ""
    reason = choices[0].get("finish_reason") or ""
    if not isinstance(text, str) or not isinstance(reason, str):
        raise TypeError("neither text nor reason")
    return text, reason


def _advice(status: int) -> str:
    advice = {
        400: "the prompt may be longer than the model's window: start the server with a larger --max-model-len",
        401: "give the key that the server asks for",
        403: "give a key that may use this model",
        404: "correct the address (it ends in /v1) or the model's name",
        429: "the server is busy: try again later",
    }
    return advice.get(status, "look at the server's log")
