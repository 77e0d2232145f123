"""P8: how many answers a second come out of lexcite's HTTP API, against calling the same model's server directly.

The model's server takes a fixed number of answers at a time and writes each at a fixed rate, so that its capacity is
known. More readers than it has places ask at once, first directly, then through lexcite, which searches, writes the
prompt, checks every sentence and streams it on. Server, lexcite and readers are processes of their own.

    PYTHONPATH=. OMP_NUM_THREADS=1 .venv/bin/python benchmarks/saturation.py [--places 8] [--pairs 5]
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import re
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import uvicorn

from app.access import Keys
from app.api.application import create_application
from app.service import Service
from app.settings import Settings
from generation.vllm import VLLM
from tests import small_law

RESULTS = Path(__file__).resolve().parent / "results" / "saturation.json"
QUESTION = "When does the landlord return the deposit, case {number}?"
SENTENCE = "The landlord returns the deposit within 30 days after the tenancy ends [{marker}].\n"


class Backend:
    """Writes the same answer for everyone, `places` at a time, a token every `seconds`."""

    def __init__(self, places: int, seconds: float) -> None:
        self._free = asyncio.Semaphore(places)
        self._seconds = seconds

    async def __call__(self, scope, receive, send) -> None:  # noqa: ANN001 - ASGI
        """Answers one request."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        found = re.search(r"\[(\d+)\][^\[]*?within 30 days", json.loads(body)["messages"][-1]["content"])
        async with self._free:
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
            )
            began = time.monotonic()
            for number, piece in enumerate(_pieces(found[1] if found else "1"), start=1):
                await asyncio.sleep(max(0.0, began + number * self._seconds - time.monotonic()))
                event = _event({"content": piece})
                await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": _event({}, "stop") + b"data: [DONE]\n\n"})


def _pieces(marker: str) -> list[str]:
    """The answer in pieces of six letters."""
    said = SENTENCE.format(marker=marker) * 4
    return [said[at : at + 6] for at in range(0, len(said), 6)]


def _event(delta: dict[str, str], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tiny", "choices": [choice]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _backend(listener: socket.socket, places: int, seconds: float) -> None:
    async def serve() -> None:
        config = uvicorn.Config(Backend(places, seconds), log_level="critical", lifespan="off", timeout_keep_alive=60)
        await uvicorn.Server(config).serve(sockets=[listener])

    asyncio.run(serve())


def _lexcite(listener: socket.socket, folder: str, url: str, readers: int) -> None:
    settings = Settings(index=Path(folder) / "index", embedder="words", queue=2 * readers)
    service = Service(small_law.SmallOpener(settings, VLLM(url, model="tiny")))
    application, _ = create_application(service, settings, keys=Keys())
    uvicorn.Server(uvicorn.Config(application, log_level="critical", timeout_keep_alive=60)).run(sockets=[listener])


def cpu_seconds(process: int) -> float:
    """CPU that a process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def rate(ask: Callable[[httpx.AsyncClient, int], object], *, readers: int, answers: int) -> float:
    """Answers a second: `readers` at a time until `answers` are whole."""
    numbers = iter(range(answers))
    limits = httpx.Limits(max_connections=readers, max_keepalive_connections=readers)
    async with httpx.AsyncClient(limits=limits, timeout=120, trust_env=False) as client:

        async def reader() -> None:
            for number in numbers:
                await ask(client, number)  # type: ignore[misc]

        began = time.monotonic()
        await asyncio.gather(*(reader() for _ in range(readers)))
        return answers / (time.monotonic() - began)


def directly(url: str) -> Callable[[httpx.AsyncClient, int], object]:
    """Asks the model's server itself and reads the stream to its end."""

    async def ask(client: httpx.AsyncClient, number: int) -> None:
        messages = [{"role": "user", "content": f"[1] within 30 days. {QUESTION.format(number=number)}"}]
        body = {"model": "tiny", "messages": messages, "stream": True}
        async with client.stream("POST", f"{url}/chat/completions", json=body) as response:
            async for _ in response.aiter_raw():
                pass

    return ask


def through(url: str) -> Callable[[httpx.AsyncClient, int], object]:
    """Asks lexcite and reads the stream to its end; every answer must be the model's, whole and checked."""

    async def ask(client: httpx.AsyncClient, number: int) -> None:
        body = {"question": QUESTION.format(number=number), "stream": True}
        said = b""
        async with client.stream("POST", f"{url}/api/v1/ask", json=body) as response:
            async for piece in response.aiter_raw():
                said += piece
        if said.count(b"event: sentence") != 4 or b'"mode": "model"' not in said or b'"degraded": []' not in said:
            raise SystemExit(f"lexcite did not give the model's answer:\n{said.decode()[-2000:]}")

    return ask


def _listener() -> tuple[socket.socket, str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def main() -> None:
    """Starts the processes, alternates the sides, prints and writes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--places", type=int, default=8, help="answers that the model's server writes at a time")
    options.add_argument("--seconds", type=float, default=0.01, help="from token to token (default: 0.01)")
    options.add_argument("--answers", type=int, default=80, help="in each run (default: 80)")
    options.add_argument("--pairs", type=int, default=5)
    arguments = options.parse_args()
    readers = 2 * arguments.places
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        small_law.build(Path(folder))
        model_listener, model = _listener()
        listener, url = _listener()
        backend = context.Process(
            target=_backend, args=(model_listener, arguments.places, arguments.seconds), daemon=True
        )
        ours = context.Process(target=_lexcite, args=(listener, folder, f"{model}/v1", readers), daemon=True)
        backend.start()
        ours.start()
        try:
            asyncio.run(rate(through(url), readers=readers, answers=readers))  # loads what all answers need
            rates: dict[str, list[float]] = {"directly": [], "through lexcite": []}
            cpu = []
            for _ in range(arguments.pairs):
                rates["directly"].append(
                    asyncio.run(rate(directly(f"{model}/v1"), readers=readers, answers=arguments.answers))
                )
                before = cpu_seconds(ours.pid or 0)
                rates["through lexcite"].append(
                    asyncio.run(rate(through(url), readers=readers, answers=arguments.answers))
                )
                cpu.append((cpu_seconds(ours.pid or 0) - before) / arguments.answers)
        finally:
            ours.terminate()
            backend.terminate()
    capacity = arguments.places / (len(_pieces("1")) * arguments.seconds)
    _report(arguments, capacity, rates, statistics.median(cpu))


def _report(arguments: argparse.Namespace, capacity: float, rates: dict[str, list[float]], cpu: float) -> None:
    direct, ours = rates["directly"], rates["through lexcite"]
    ratio = statistics.median(b / a for a, b in zip(direct, ours, strict=True))
    print(
        f"{arguments.places} places, {2 * arguments.places} readers, capacity {capacity:.1f} answers/s; "
        f"{arguments.pairs} pairs of {arguments.answers} answers, {platform.machine()}"
    )
    for name, values in rates.items():
        print(f"{name:16} {statistics.median(values):7.2f} answers/s  ({', '.join(f'{one:.2f}' for one in values)})")
    print(f"ratio, median of the pairs: {ratio:.3f}; lexcite uses {1000 * cpu:.1f} ms of CPU an answer")
    result = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": platform.processor() or platform.machine(),
        "places": arguments.places,
        "capacity": capacity,
        **{name: [round(one, 3) for one in values] for name, values in rates.items()},
        "ratio": round(ratio, 4),
        "CPU milliseconds an answer": round(1000 * cpu, 2),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
