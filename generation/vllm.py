"""A language model behind an OpenAI-compatible server, meant for vLLM, spoken to with the official client."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any

import httpx
import openai
from openai.types.chat import ChatCompletionMessageParam

from generation.llm import LLMError, Message
from generation.prompt import grammar

KEEP_ALIVE = 3.0  # seconds; below the 5 s after which uvicorn closes, so that no question meets a closing connection
LONGEST_LINE = 1 << 20  # bytes; a server that sends more without a line end sends rubbish


class VLLM:
    """One model of one server, over one pool of connections.

    A question is sent once: it is repeated only, without `structured_outputs`, to a server that rejects that field.
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
        """
        self._url = url.rstrip("/")
        self._model = model
        self._first_token = first_token_seconds
        self._between_tokens = between_tokens_seconds
        self._total = total_seconds
        self._constrains = True  # until the server rejects the field
        timeout = httpx.Timeout(total_seconds, connect=connect_seconds)
        pool = httpx.Limits(
            max_connections=max_connections, max_keepalive_connections=max_connections, keepalive_expiry=KEEP_ALIVE
        )
        self._client = openai.AsyncOpenAI(
            base_url=self._url,
            api_key=key or "none",
            max_retries=0,
            timeout=timeout,
            http_client=httpx.AsyncClient(limits=pool, timeout=timeout, trust_env=False),
        )

    @property
    def name(self) -> str:
        """The model's name; empty until the server has told it, where none was configured."""
        return self._model

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int, citable: int | None = None
    ) -> AsyncGenerator[str, None]:
        """Writes the answer; see `generation.llm.LLM.stream`."""
        now = asyncio.get_running_loop().time
        total = now() + self._total
        due = min(total, now() + self._first_token)
        reason = ""
        async with self._answer(messages, max_tokens, citable, due) as events:
            while True:
                with self._explained():
                    async with asyncio.timeout_at(due):
                        event = await anext(events, None)
                    if event is None:
                        break
                    text, ended = _read(event)
                reason = ended or reason
                if text:
                    yield text
                    due = min(total, now() + self._between_tokens)
        if reason == "length":
            raise self._error(f"the answer was cut short at {max_tokens} tokens", "ask for less, or allow more tokens")
        if reason != "stop":
            raise self._error(f"the answer has no proper end ({reason or 'none'})", "look at the server's log")

    @asynccontextmanager
    async def _answer(
        self, messages: Sequence[Message], max_tokens: int, citable: int | None, due: float
    ) -> AsyncIterator[AsyncGenerator[Mapping[str, Any], None]]:
        """The server's answer, opened; its events are read inside, and leaving stops the model."""
        with self._explained():
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
        stream = await self._client.chat.completions.create(
            model=self._model,
            messages=[_param(message) for message in messages],
            max_tokens=max_tokens,
            temperature=0.0,
            stream=True,
            extra_body=extra,
        )
        return stream.response

    async def _first_model(self) -> str:
        offered = (await self._client.models.list()).data
        if not offered or not offered[0].id:
            raise self._error("the server offers no model", "start it with one")
        return offered[0].id

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns whatever goes wrong between here and the server into an `LLMError` that says what to do."""
        try:
            yield
        except (TimeoutError, openai.APITimeoutError) as error:
            raise self._error(
                "no answer in time", "see whether the server is overloaded or the model is loading"
            ) from error
        except openai.APIConnectionError as error:
            raise self._error("cannot be reached", "start the server, or correct the address") from error
        except openai.APIStatusError as error:
            raise self._error(f"status {error.status_code}", _advice(error.status_code)) from error
        except (openai.OpenAIError, httpx.HTTPError) as error:
            raise self._error("the connection broke", "look at the server's log") from error
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise self._error(
                "what it sends is no stream of a chat completion", "check that the address is that of an OpenAI API"
            ) from error

    def _error(self, what: str, fix: str) -> LLMError:
        name = f" ({self._model})" if self._model else ""
        return LLMError(f"{self._url}{name}: {what}; {fix}")


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


def _param(message: Message) -> ChatCompletionMessageParam:
    if message.role == "system":
        return {"role": "system", "content": message.content}
    if message.role == "assistant":
        return {"role": "assistant", "content": message.content}
    return {"role": "user", "content": message.content}


def _advice(status: int) -> str:
    advice = {
        400: "the prompt may be longer than the model's window: start the server with a larger --max-model-len",
        401: "give the key that the server asks for",
        403: "give a key that may use this model",
        404: "correct the address (it ends in /v1) or the model's name",
        429: "the server is busy: try again later",
    }
    return advice.get(status, "look at the server's log")
