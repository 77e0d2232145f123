"""R10: whoever leaves stops the model, at every door."""

import asyncio
import json
import re
from contextlib import asynccontextmanager

import pytest

from app.access import Keys
from app.api.application import create_application
from app.api.limits import Admission
from app.api.state import State
from app.chat import render
from app.service import Service
from tests import small_law

QUESTION = "When does the landlord return the deposit?"


class EndlessLLM:
    """Repeats one true sentence for ever, and knows how many of its streams are open."""

    name = "endless"

    def __init__(self):
        self.open = 0
        self.pieces = 0
        self.busy = asyncio.Event()  # it has written four sentences

    async def stream(self, messages, *, max_tokens, citable=None):
        number = re.search(r"\[(\d+)\][^\[]*?within 30 days", messages[-1].content).group(1)
        self.open += 1
        try:
            while True:
                self.pieces += 1
                if self.pieces > 3:
                    self.busy.set()
                yield f"The landlord returns the deposit within 30 days after the tenancy ends [{number}].\n"
                await asyncio.sleep(0)
        finally:
            self.open -= 1


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return small_law.build(tmp_path_factory.mktemp("law"))


@asynccontextmanager
async def serving(settings, llm):
    service = Service(small_law.SmallOpener(settings, llm))
    yield service
    service.close()


async def post(application, path, body, left):
    """A client over bare ASGI, which leaves at the fourth sentence or as soon as `left` is set."""
    request = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]
    received = b""

    async def receive():
        if request:
            return request.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        nonlocal received
        received += message.get("body", b"")
        if received.count(b"within 30 days") > 3:
            left.set()

    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await asyncio.wait_for(application(scope, receive, send), 20)
    return received


MESSAGES = [{"role": "user", "content": QUESTION}]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/ask", {"question": QUESTION, "stream": True}),
        ("/v1/chat/completions", {"messages": MESSAGES, "stream": True}),
    ],
)
def test_r10_a_client_that_leaves_a_stream_stops_the_model(settings, path, body):
    async def scenario():
        llm = EndlessLLM()
        async with serving(settings, llm) as service:
            application, state = create_application(service, settings, keys=Keys())
            received = await post(application, path, body, asyncio.Event())
            assert b"within 30 days" in received
            assert (llm.open, state.admission.inside) == (0, 0)
            pieces = llm.pieces
            await asyncio.sleep(0.05)
            assert llm.pieces == pieces

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/v1/ask", {"question": QUESTION}), ("/v1/chat/completions", {"messages": MESSAGES})],
)
def test_r10_a_client_that_does_not_wait_for_the_whole_answer_stops_the_model(settings, path, body):
    async def scenario():
        llm = EndlessLLM()
        async with serving(settings, llm) as service:
            application, state = create_application(service, settings, keys=Keys())
            await post(application, path, body, llm.busy)
            assert llm.pieces > 3
            assert (llm.open, state.admission.inside) == (0, 0)

    asyncio.run(scenario())


def test_r10_a_reader_who_closes_the_page_stops_the_model(settings):
    async def scenario():
        llm = EndlessLLM()
        async with serving(settings, llm) as service:
            state = State(service, settings, Admission(4))
            shown = render(state, QUESTION, (), 1, as_of="", lang="en")
            async for said, _, turn in shown:
                assert turn is None
                if "within 30 days" in said:
                    break
            assert llm.open == 1
            await shown.aclose()
            assert (llm.open, state.admission.inside) == (0, 0)

    asyncio.run(scenario())
