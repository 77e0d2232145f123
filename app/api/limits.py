"""What the server refuses before any work is done: wrong keys, huge bodies, and more questions than it can take."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import HTTPException

from app.access import Keys

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 1 << 20  # a question and a long conversation fit many times over
BODY_SECONDS = 10.0  # a body that has not arrived by then comes from nobody we serve
OPEN_PATHS = ("/healthz", "/readyz")  # for probes, which have no key
_CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
)  # inline script and eval: Gradio's front end is built on both
_HEADERS = (
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class Limits:
    """ASGI middleware: keys, body size, body time, and security headers on every response."""

    def __init__(self, application: Application, *, keys: Keys) -> None:
        self._application = application
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or answers it with 401, 408 or 413."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if self._keys.hashes and scope["path"] not in OPEN_PATHS and not self._known(headers):
            await _refuse(
                send,
                401,
                "this server wants an API key: send it as `Authorization: Bearer KEY`, or as the password in a browser",
                ((b"www-authenticate", b'Bearer, Basic realm="lexcite", charset="UTF-8"'),),
            )
            return
        try:
            declared = int(headers.get(b"content-length", b"0"))
        except ValueError:
            declared = -1
        if not 0 <= declared <= MAX_BODY_BYTES:
            await _refuse(send, 413, f"the request body may have at most {MAX_BODY_BYTES} bytes")
            return
        await self._application(scope, _bounded(receive), _with_headers(send))

    def _known(self, headers: MutableMapping[bytes, bytes]) -> bool:
        scheme, _, value = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        match scheme.lower():
            case "bearer":
                key = value.strip()
            case "basic":  # what a browser sends for the chat page; the user name does not matter
                try:
                    key = base64.b64decode(value, validate=True).decode().partition(":")[2]
                except ValueError:
                    return False
            case _:
                return False
        return self._keys.holder(key) is not None


class Admission:
    """Counts the questions inside; beyond the bound the next is told to come back later."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.inside = 0

    @asynccontextmanager
    async def admit(self) -> AsyncIterator[None]:
        """Holds a place while the block runs.

        Raises:
            HTTPException: 429 with Retry-After, when all places are taken.
        """
        if self.inside >= self._most:
            raise HTTPException(429, "too many questions at once; try again in a few seconds", {"Retry-After": "5"})
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


def _bounded(receive: Receive) -> Receive:
    """The body, refused when it grows past the limit although no length was declared, or dawdles."""
    seen = 0
    complete = False

    async def bounded() -> MutableMapping[str, Any]:
        nonlocal seen, complete
        if complete:  # nothing more to come but the client's leaving, which may take as long as it likes
            return await receive()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, f"the request body did not arrive within {BODY_SECONDS:.0f} seconds") from None
        seen += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if seen > MAX_BODY_BYTES:
            raise HTTPException(413, f"the request body may have at most {MAX_BODY_BYTES} bytes")
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def with_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            added = [header for header in _HEADERS if header[0] not in present]
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return with_headers


async def _refuse(send: Send, status: int, error: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    body = json.dumps({"error": error}).encode()
    own = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers, *_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": own})
    await send({"type": "http.response.body", "body": body})
