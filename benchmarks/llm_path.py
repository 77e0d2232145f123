"""P7: what lexcite adds between the question with its hits and the model, and between the model and the gate.

A server on loopback writes the same answer for everyone, a token at a time, and notes when a request arrived whole and
when its first byte left. Three sides ask it in turn, with the same articles and over kept connections: lexcite's
assistant with its client; LlamaIndex's streaming query engine with OpenAILike, its retriever handing over the same
articles; and a bare httpx client that sends a ready body and reads lines.

Two spans are added up for each question: from the hits in hand to the whole request at the server, and from the first
byte leaving the server to the first text in hand: at lexcite the gate's input, at LlamaIndex the first token of
`response_gen`. Checking is left out here and printed beside, with the time to the first verified sentence. All clocks
are one: the server is a process of its own on this machine. CPU is that of the asking process, per question.

    PYTHONPATH=. OMP_NUM_THREADS=1 .venv/bin/python benchmarks/llm_path.py [--questions 60]

Needs `benchmarks/requirements-llm.txt`.
"""

import argparse
import asyncio
import json
import multiprocessing
import platform
import socket
import statistics
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import httpx
import uvicorn
from llama_index.core import QueryBundle
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.llms.openai_like import OpenAILike

from generation.answer import Finished, SentenceReady
from generation.assistant import Assistant
from generation.llm import Message
from generation.vllm import VLLM
from index.articles import Article, ArticleVersion, Law, Passage, Provision
from index.structure import parse_provisions
from retrieval.search import Filters, Hit

RESULTS = Path(__file__).resolve().parent / "results" / "llm_path.json"
ARTICLES = 8
TOKENS = 60
LAW = Law(id="lakes", title="Lakes Act", lang="en")
SENTENCE = "The holder of a permit shall report every accident to the lake office within {hours} hours"


def law() -> tuple[Hit, ...]:
    """Eight articles of four clauses each, of our own writing, as a search would give them."""
    hits = []
    for number in range(1, ARTICLES + 1):
        text = "\n".join(
            (
                f"1. {SENTENCE.format(hours=20 + number)}.",
                f"2. The report names the place, the {number + 1} boats that took part and the persons hurt.",
                f"3. The office answers in writing within {number + 30} days and keeps the report for ten years.",
                "4. Whoever fails to report is fined, unless the accident was known to the office from another source.",
            )
        )
        article = Article(id=f"lakes#{number}", law_id="lakes", label=f"Article {number}", number=str(number))
        shown = ArticleVersion(id=article.id, article_id=article.id, heading=f"Reports {number}", text=text, lang="en")
        passage = Passage(shown.id, 0, len(text))
        hits.append(
            Hit(
                rank=number,
                score=1 / number,
                law=LAW,
                article=article,
                version=shown,
                passage=passage,
                dense=0.9,
                lexical=1.0,
            )
        )
    return tuple(hits)


# --- the server ----------------------------------------------------------------------------------------------------


class Server:
    """Writes one answer for everyone; `GET /moments` gives, for the last request, when it was whole and answered."""

    def __init__(self) -> None:
        self.whole = self.first = 0.0
        said = f"{SENTENCE.format(hours=21)} [1].\n" * 4
        pieces = [said[at : at + 5] for at in range(0, len(said), 5)][:TOKENS]
        self.events = [_event({"content": piece}) for piece in pieces]
        self.end = _event({}, "stop") + b"data: [DONE]\n\n"

    async def __call__(self, scope, receive, send) -> None:  # noqa: ANN001 - ASGI
        """Answers one request."""
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        if scope["path"] == "/moments":
            body = json.dumps([self.whole, self.first]).encode()
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
            )
            await send({"type": "http.response.body", "body": body})
            return
        self.whole = time.monotonic()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await asyncio.sleep(0.01)  # a model thinks; headers and first token do not come in one packet
        self.first = time.monotonic()
        for event in self.events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
            await asyncio.sleep(0.0005)
        await send({"type": "http.response.body", "body": self.end})


def _event(delta: dict[str, str], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tiny", "choices": [choice]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _serve(listener: socket.socket) -> None:
    uvicorn.run(Server(), fd=listener.fileno(), log_level="critical", lifespan="off", timeout_keep_alive=60)


# --- the sides -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """One question; seconds.

    Attributes:
        hits: when its hits were in hand.
        text: when the first text was in hand.
        end: when the answer was complete.
        cpu: of this process, from the hits to the end.
        verified: from the hits to the first sentence shown; 0 where nothing is verified.
    """

    hits: float
    text: float
    end: float
    cpu: float
    verified: float = 0.0


class Watched:
    """The client of the model, with the moment at which its first text came out."""

    def __init__(self, llm: VLLM) -> None:
        self._llm = llm
        self.text = 0.0

    @property
    def name(self) -> str:
        """The model's."""
        return self._llm.name

    async def close(self) -> None:
        """Closes the client."""
        await self._llm.close()

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int, citable: int | None = None
    ) -> AsyncGenerator[str, None]:
        """What the client yields."""
        self.text = 0.0
        async for piece in self._llm.stream(messages, max_tokens=max_tokens, citable=citable):
            self.text = self.text or time.monotonic()
            yield piece


class InHand:
    """A retriever and a release whose hits are there already, with the moment at which they were handed over."""

    id = "release"
    corpus_sha256 = "0" * 64
    fingerprint = "none"

    def __init__(self, hits: tuple[Hit, ...]) -> None:
        self.hits = hits
        self.moment = self.cpu = 0.0
        self._provisions = {
            hit.version.id: parse_provisions(hit.version.text, lang="en", version_id=hit.version.id) for hit in hits
        }

    def search(self, question: str, *, k: int, filters: Filters | None = None) -> tuple[Hit, ...]:
        """The hits, at once."""
        del question, k, filters
        self.cpu, self.moment = time.process_time(), time.monotonic()
        return self.hits

    def provisions(self, version_id: str) -> tuple[Provision, ...]:
        """As a release gives them."""
        return self._provisions[version_id]


def lexcite(url: str, hits: tuple[Hit, ...]) -> Callable[[str], Awaitable[Asked]]:
    """The assistant as it is wired, but that it need not search."""
    llm, found = Watched(VLLM(url, model="tiny")), InHand(hits)
    assistant = Assistant(retriever=found, sources=found, embedder=found, llm=llm)  # type: ignore[arg-type]

    async def ask(question: str) -> Asked:
        verified = 0.0
        async for event in assistant.stream(question):
            if isinstance(event, SentenceReady):
                verified = verified or time.monotonic()
            elif isinstance(event, Finished) and not event.answer.sentences:
                raise SystemExit(f"nothing was shown: {event.answer.degraded} {event.answer.receipt.dropped}")
        end = time.monotonic()
        return Asked(found.moment, llm.text, end, time.process_time() - found.cpu, verified - found.moment)

    return ask


def client_alone(url: str, hits: tuple[Hit, ...]) -> Callable[[str], Awaitable[Asked]]:
    """Our client with a prompt that is ready: what of the way is the client's."""
    llm = VLLM(url, model="tiny")
    messages = (Message("system", "Answer from the law."), Message("user", "\n".join(h.version.text for h in hits)))

    async def ask(_: str) -> Asked:
        cpu, began, text = time.process_time(), time.monotonic(), 0.0
        async for _piece in llm.stream(messages, max_tokens=600, citable=32):
            text = text or time.monotonic()
        return Asked(began, text, time.monotonic(), time.process_time() - cpu)

    return ask


def llama_index(url: str, hits: tuple[Hit, ...]) -> Callable[[str], Awaitable[Asked]]:
    """LlamaIndex's own engine, streaming, its default prompt and synthesizer, with OpenAILike."""
    nodes = [
        NodeWithScore(
            node=TextNode(
                id_=h.version.id, text=h.version.text, metadata={"law": h.law.title, "article": h.article.label}
            ),
            score=h.score,
        )
        for h in hits
    ]
    moments = {}

    class Ready(BaseRetriever):
        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            del query_bundle
            moments["cpu"], moments["hits"] = time.process_time(), time.monotonic()
            return nodes

        async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            return self._retrieve(query_bundle)

    llm = OpenAILike(
        model="tiny", api_base=url, api_key="none", is_chat_model=True, context_window=32768, max_tokens=600,
        temperature=0.0, max_retries=0, reuse_client=True,
    )  # fmt: skip
    synthesizer = get_response_synthesizer(llm=llm, response_mode=ResponseMode.COMPACT, streaming=True, use_async=True)
    engine = RetrieverQueryEngine(retriever=Ready(), response_synthesizer=synthesizer)

    async def ask(question: str) -> Asked:
        response = await engine.aquery(question)
        text = 0.0
        async for _piece in response.async_response_gen():
            text = text or time.monotonic()
        return Asked(moments["hits"], text, time.monotonic(), time.process_time() - moments["cpu"])

    return ask


def raw(url: str, hits: tuple[Hit, ...]) -> Callable[[str], Awaitable[Asked]]:
    """A bare client: a body that is ready, lines that are parsed as JSON and no more."""
    client = httpx.AsyncClient(timeout=30, trust_env=False)
    content = "\n".join(hit.version.text for hit in hits)

    async def ask(question: str) -> Asked:
        cpu, began, text = time.process_time(), time.monotonic(), 0.0
        messages = [
            {"role": "system", "content": "Answer from the law."},
            {"role": "user", "content": content + question},
        ]
        body = {"model": "tiny", "messages": messages, "stream": True, "max_tokens": 600, "temperature": 0.0}
        async with client.stream("POST", f"{url}/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: {") and json.loads(line[6:])["choices"][0]["delta"].get("content"):
                    text = text or time.monotonic()
        return Asked(began, text, time.monotonic(), time.process_time() - cpu)

    return ask


SIDES = {"lexcite": lexcite, "its client alone": client_alone, "LlamaIndex": llama_index, "raw httpx": raw}


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the questions, in milliseconds."""

    to_model: float
    from_model: float
    together: float
    cpu: float
    verified: float


async def compare(url: str, questions: int) -> dict[str, Measured]:
    """Every side asks each question in turn, the order changing from one question to the next."""
    hits = law()
    sides = {name: make(url, hits) for name, make in SIDES.items()}
    seen: dict[str, list[tuple[float, ...]]] = {name: [] for name in sides}
    async with httpx.AsyncClient(trust_env=False) as watch:
        for number in range(questions + 5):
            names = list(sides)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                asked = await sides[name](f"Within how many hours is an accident reported, case {number}?")
                whole, first = (await watch.get(f"{url}/moments".replace("/v1", ""))).json()
                to_model, from_model = whole - asked.hits, asked.text - first
                if number >= 5:  # the first ones open connections and fill caches
                    seen[name].append((to_model, from_model, to_model + from_model, asked.cpu, asked.verified))
    return {
        name: Measured(*(1000 * statistics.median(c) for c in zip(*rows, strict=True))) for name, rows in seen.items()
    }


def main() -> None:
    """Starts the server, compares, prints and writes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--questions", type=int, default=60, help="for each side (default: 60)")
    arguments = options.parse_args()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.set_inheritable(True)
        server = multiprocessing.get_context("fork").Process(target=_serve, args=(listener,), daemon=True)
        server.start()
        try:
            measured = asyncio.run(compare(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", arguments.questions))
        finally:
            server.terminate()
    _report(measured, arguments.questions)


def _report(measured: dict[str, Measured], questions: int) -> None:
    ours, llama, plain = (measured[name] for name in ("lexcite", "LlamaIndex", "raw httpx"))
    print(f"{ARTICLES} articles, p50 of {questions} questions a side, loopback, {platform.machine()}; milliseconds")
    print(f"{'':18}{'to the model':>14}{'from the model':>16}{'together':>10}{'CPU':>8}{'first verified':>16}")
    for name, one in measured.items():
        print(
            f"{name:18}{one.to_model:14.2f}{one.from_model:16.2f}{one.together:10.2f}{one.cpu:8.2f}{one.verified:16.2f}"
        )
    added = ours.together - plain.together
    theirs = llama.together - plain.together
    print(f"added to the raw client: lexcite {added:.2f} ms, LlamaIndex {theirs:.2f} ms, ratio {added / theirs:.2f}")
    print(f"CPU against the raw client: lexcite {ours.cpu / plain.cpu:.2f}, LlamaIndex {llama.cpu / plain.cpu:.2f}")
    result = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": platform.processor() or platform.machine(),
        "questions": questions,
        "llama-index-core": version("llama-index-core"),
        "openai": version("openai"),
        **{name: {slot: round(getattr(one, slot), 3) for slot in Measured.__slots__} for name, one in measured.items()},
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
