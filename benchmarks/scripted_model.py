"""A model without a model: a server that repeats the provision which shares most words with the question.

It stands between no language model and a real one: it writes through the same prompt, client, decoding rules and gate.

    .venv/bin/python benchmarks/scripted_model.py --port 8103
"""

import argparse
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import log

PROVISION = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)


def reply(prompt: str) -> str:
    """The provision of the prompt that holds most of the question's rarer words, with its marker."""
    provisions = PROVISION.findall(prompt)
    if not provisions:
        return "NO ANSWER"
    asked = set(words(prompt.rsplit("\n\n", 2)[-2]))
    held = [asked & set(words(text)) for _, text in provisions]
    weight = {word: log(1 + len(held) / sum(word in some for some in held)) for some in held for word in some}
    best = max(range(len(held)), key=lambda i: sum(weight[word] for word in held[i]))
    number, text = provisions[best]
    return f"{text}[{number}]"


def words(text: str) -> list[str]:
    """Words of four letters and more, in lower case."""
    return re.findall(r"\w{4,}", text.casefold())


class Handler(BaseHTTPRequestHandler):
    """The two routes that a client needs."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The list of models."""
        self._send(json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model"}]}), "application/json")

    def do_POST(self) -> None:
        """One chat completion, streamed."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        deltas = [({"content": reply(body["messages"][-1]["content"])}, None), ({}, "stop")]
        chunks = [
            {"id": "1", "object": "chat.completion.chunk", "model": "scripted", "created": 0, "choices": [choice]}
            for choice in ({"index": 0, "delta": delta, "finish_reason": reason} for delta, reason in deltas)
        ]
        self._send(
            "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n", "text/event-stream"
        )

    def _send(self, content: str, kind: str) -> None:
        data = content.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8103)
    ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Handler).serve_forever()


if __name__ == "__main__":
    main()
