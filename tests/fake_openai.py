"""An OpenAI-compatible server in this process that does what a script tells it to, and remembers what it was sent."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn


class Cut:
    """In a script: the connection breaks here."""


@dataclass(frozen=True)
class Reply:
    """What the server does with one question: a status, then bytes to send, seconds to wait, or `Cut`."""

    script: Sequence[bytes | float | type[Cut]]
    status: int = 200
    content_type: str = "text/event-stream"


def event(text: str | None = None, *, reason: str | None = None) -> bytes:
    """One event of a stream, as vLLM writes it."""
    choice = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": reason}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tiny", "choices": [choice]}
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def says(*texts: str, reason: str = "stop") -> Reply:
    """A whole answer, piece by piece."""
    return Reply([*(event(text) for text in texts), event(reason=reason), DONE])


def refuses(status: int, message: str = "no") -> Reply:
    """An error as JSON."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": status}}).encode()
    return Reply([body], status=status, content_type="application/json")


@dataclass
class FakeOpenAI:
    """The running server.

    Attributes:
        url: its base address.
        replies: one for each question, the last one for all that follow.
        models: what it offers.
        bodies: every question's JSON body as it arrived.
        left: monotonic time at which a client was found to have gone before its answer was complete.
        connections: client ports seen, one for each connection.
    """

    url: str
    replies: list[Reply]
    models: tuple[str, ...] = ("tiny",)
    rejects_structured_outputs: bool = False
    bodies: list[dict] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    left: list[float] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)

    def will(self, *replies: Reply, models: tuple[str, ...] = ("tiny",), rejects_structured_outputs: bool = False):
        """Gives it another script and an empty memory; itself, for use in one line."""
        self.replies, self.models = list(replies), models
        self.rejects_structured_outputs = rejects_structured_outputs
        for memory in (self.bodies, self.keys, self.left, self.connections):
            memory.clear()
        return self

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        self.connections.add(scope["client"][1])
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        body += message.get("body", b"")
        if scope["path"] == "/v1/models":
            listed = {"object": "list", "data": [{"id": name, "object": "model", "created": 0} for name in self.models]}
            await self._play(Reply([json.dumps(listed).encode()], content_type="application/json"), receive, send)
            return
        asked = json.loads(body)
        self.bodies.append(asked)
        self.keys.append(dict(scope["headers"]).get(b"authorization", b"").decode())
        if self.rejects_structured_outputs and "structured_outputs" in asked:
            await self._play(refuses(400, "unknown field structured_outputs"), receive, send)
            return
        await self._play(self.replies.pop(0) if len(self.replies) > 1 else self.replies[0], receive, send)

    async def _play(self, reply: Reply, receive, send) -> None:
        gone = asyncio.create_task(self._until_gone(receive))
        script = asyncio.create_task(self._perform(reply, send))
        done, _ = await asyncio.wait({gone, script}, return_when=asyncio.FIRST_COMPLETED)
        for task in {gone, script} - done:
            task.cancel()
        if script in done:
            script.result()
        else:
            self.left.append(time.monotonic())

    async def _perform(self, reply: Reply, send) -> None:
        headers = [(b"content-type", reply.content_type.encode())]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        for step in reply.script:
            if step is Cut:
                raise ConnectionAbortedError("cut by the script")
            if isinstance(step, float):
                await asyncio.sleep(step)
            else:
                await send({"type": "http.response.body", "body": step, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    @staticmethod
    async def _until_gone(receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


@contextmanager
def fake_openai(*replies: Reply, **settings) -> Iterator[FakeOpenAI]:
    """Runs the server on a free port of this machine, in a thread of its own."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        fake = FakeOpenAI(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", list(replies), **settings)
        config = uvicorn.Config(fake, log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield fake
        finally:
            server.should_exit = True
            server.force_exit = True
            thread.join(timeout=10)
