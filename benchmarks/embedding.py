"""P1: bulk embedding in float32, against sentence-transformers' own batches and against LlamaIndex's.

All sides run the same weights in the same process on the same articles, one after the other in rotating order; what
counts is CPU time, and the ratio within a round. LlamaIndex is its own `BaseEmbedding.get_text_embedding_batch` with
its default batch of 10 in the order of the corpus, calling `SentenceTransformer.encode` as its HuggingFace
integration does.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/embedding.py --model FOLDER --corpus A.jsonl.gz B.jsonl.gz
"""

import argparse
import gzip
import json
import platform
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import sentence_transformers
import torch
from llama_index.core import __version__ as llama_index_version
from llama_index.core.base.embeddings.base import BaseEmbedding
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from index.encoder import SentenceEncoder

RESULTS = Path(__file__).resolve().parent / "results"
QUESTION = "¿En qué plazo debe notificarse una violación de la seguridad de los datos?"
SEED = 20


class PlainEmbedding(BaseEmbedding):
    """LlamaIndex's batching over one `SentenceTransformer`."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self._model = model

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors = self._model.encode(
            texts, batch_size=self.embed_batch_size, prompt_name="document", normalize_embeddings=True
        )
        return [list(map(float, vector)) for vector in vectors]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


def main() -> None:
    """Measures, prints a table and writes `benchmarks/results/embedding.json`."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", type=Path, required=True, help="sentence-transformers folder")
    options.add_argument("--corpus", type=Path, nargs="+", required=True, help="article JSON Lines, plain or .gz")
    options.add_argument("--articles", type=int, default=200, help="sampled in equal shares (default: 200)")
    options.add_argument("--pairs", type=int, default=5, help="rounds (default: 5)")
    options.add_argument("--threads", type=int, default=1, help="torch threads (default: 1)")
    arguments = options.parse_args()

    torch.set_num_threads(arguments.threads)
    texts = sample(arguments.corpus, arguments.articles)
    encoder = SentenceEncoder.load(arguments.model, device="cpu")
    library = SentenceTransformer(str(arguments.model), device="cpu", local_files_only=True)
    llama = PlainEmbedding(library)
    sides: dict[str, Callable[[], NDArray[np.float32]]] = {
        "lexcite": lambda: encoder.embed_passages(texts),
        "sentence-transformers": lambda: library.encode(
            texts, batch_size=32, prompt_name="document", normalize_embeddings=True, show_progress_bar=False
        ),
        "llama-index": lambda: np.array(llama.get_text_embedding_batch(texts), dtype=np.float32),
    }
    library.encode(texts[:8])  # the first call of a process pays for set-up that no side should bear

    cpu: dict[str, list[float]] = {name: [] for name in sides}
    vectors: dict[str, NDArray[np.float32]] = {}
    for turn in range(arguments.pairs):
        names = list(sides)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            before = time.process_time()
            vectors[name] = sides[name]()
            cpu[name].append(time.process_time() - before)
            print(f"round {turn + 1}: {name} {cpu[name][-1]:.1f} CPU-s", flush=True)

    lengths = [len(tokens) for tokens in library.tokenizer(texts, truncation=True)["input_ids"]]
    report: dict[str, Any] = {
        "goal": "P1",
        "articles": len(texts),
        "tokens": sum(lengths),
        "longest": max(lengths),
        "corpora": [path.name for path in arguments.corpus],
        "model": encoder.fingerprint,
        "threads": arguments.threads,
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {
            "torch": torch.__version__,
            "sentence-transformers": sentence_transformers.__version__,
            "llama-index-core": llama_index_version,
        },
        "cpu_seconds": cpu,
        "ratio": {
            name: statistics.median(theirs / ours for theirs, ours in zip(cpu[name], cpu["lexcite"], strict=True))
            for name in sides
        },
        "least_cosine": {name: float((vectors[name] * vectors["lexcite"]).sum(axis=1).min()) for name in sides},
        "query_ms": {
            "lexcite": milliseconds(lambda: encoder.embed_queries([QUESTION])),
            "sentence-transformers": milliseconds(
                lambda: library.encode([QUESTION], prompt_name="query", show_progress_bar=False)
            ),
        },
    }
    print_table(report)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "embedding.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def sample(corpora: list[Path], count: int) -> list[str]:
    """Articles as they are embedded (law, heading, text), drawn in equal shares from the corpora."""
    texts: list[str] = []
    for path in corpora:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as stream:
            articles = [json.loads(line) for line in stream]
        texts += [
            f"{article['law_title']}\n{article.get('heading') or ''}\n{article['text']}"
            for article in random.Random(SEED).sample(articles, min(len(articles), count // len(corpora)))
        ]
    random.Random(SEED).shuffle(texts)
    return texts


def milliseconds(call: Callable[[], object], times: int = 40) -> float:
    """Median wall time of one call."""
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        call()
        taken.append(time.perf_counter() - before)
    return 1000 * statistics.median(taken)


def machine() -> str:
    """The processor's name, where the system tells it."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{names[0].split(':')[1].strip() if names else platform.processor()}, {len(names)} cores"


def print_table(report: dict[str, Any]) -> None:
    """What a reader compares."""
    print(f"\n{report['articles']} articles, {report['tokens']:,} tokens, {report['machine']}, {report['date']}")
    print(f"{'':24}{'CPU-s (median)':>16}{'articles/s':>12}{'tokens/s':>10}{'times ours':>12}{'least cosine':>14}")
    for name, seconds in report["cpu_seconds"].items():
        median = statistics.median(seconds)
        print(
            f"{name:24}{median:16.2f}{report['articles'] / median:12.2f}{report['tokens'] / median:10.0f}"
            f"{report['ratio'][name]:12.2f}{report['least_cosine'][name]:14.7f}"
        )
    print("one question: " + ", ".join(f"{name} {value:.1f} ms" for name, value in report["query_ms"].items()))


if __name__ == "__main__":
    main()
