"""P12: what a build costs beyond embedding, beside LlamaIndex's way into its FAISS store, with a free embedder.

Both sides get the same articles in memory and an embedder that hands out rows of one ready matrix, and end with files
that can be opened again. They take turns in this process; what counts is CPU time, and the ratio within a round.

lexcite is `build_release` with the parts that `build-index` uses: it reads clauses and points, cuts passages, resolves
references between articles, hashes passages, rows and files, writes SQLite, vectors and the BM25 index, forces all of
it to the device and publishes it. LlamaIndex does less: it splits texts by sentences and writes texts, metadata and
vectors as JSON and FAISS; no structure, references, hashes, lexical index or forced writes. "nodes" is its
`VectorStoreIndex(nodes)` over lexcite's own passages, without any splitting; "documents" is `from_documents`, with its
default splitter, which is what its users write. Like for like leaves out lexcite's lexical index and its references.

The FAISS store of LlamaIndex is installed by this script, into a temporary folder; the rest is lexcite's own.

    OMP_NUM_THREADS=1 PYTHONPATH=. .venv/bin/python benchmarks/build_overhead.py [--articles 1000] [--pairs 5]
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import faiss
import numpy as np
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import TextNode
from numpy.typing import NDArray

import index.build
import index.planning
from index.articles import Corpus
from index.build import build_release
from index.faiss_index import FaissIndex
from index.importers.registry import read_corpus
from index.lexical import LexicalIndex
from index.planning import plan_build

RESULTS = Path(__file__).resolve().parent / "results"
DATA = Path(os.environ.get("LEXCITE_DATA", Path(__file__).resolve().parents[1] / "../shared/data"))
DIMENSION = 384
PEER = "llama-index-vector-stores-faiss==0.7.0"
# Where the stages of a build are told apart: the functions that it calls, by the module that calls them.
STAGES = {
    "structure": (index.planning, ("parse_provisions",)),
    "passages": (index.planning, ("cut_passages", "embedded_text")),
    "references": (index.planning, ("cross_references", "LawNames", "_numbered")),
    "rows and their hash": (index.planning, ("version_row", "article_row", "crossref_row", "_hash_rows")),
    "SQLite": (index.build, ("write_store",)),
    "hashes of files": (index.build, ("_entry",)),
}
NOT_ALIKE = ("references", "lexical index")  # what LlamaIndex has no counterpart of

Rows = NDArray[np.float32]


class FreeEmbedder:
    """Rows of one ready matrix, in the order in which they are asked for."""

    dimension = DIMENSION
    fingerprint = hashlib.sha256(b"free").hexdigest()[:16]

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def embed_passages(self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None) -> Rows:
        """See `Embedder`."""
        return self._rows[: len(texts)]

    def embed_queries(self, texts: Sequence[str]) -> Rows:
        """See `Embedder`."""
        return self._rows[: len(texts)]


class FreeEmbedding(BaseEmbedding):
    """The same for LlamaIndex, whose vectors are lists: made once, so that converting them costs nothing here."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(embed_batch_size=2048)
        self._lists: list[list[float]] = rows.tolist()

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._lists[: len(texts)]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._lists[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._lists[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._lists[0]


def main() -> None:
    """Measures, prints a table and writes `benchmarks/results/build_overhead.json`."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--corpus", type=Path, default=DATA / "corpora/vi_core.articles.jsonl.gz")
    options.add_argument("--articles", type=int, default=3000, help="the first of the corpus (default: 3000)")
    options.add_argument("--pairs", type=int, default=5, help="rounds (default: 5)")
    arguments = options.parse_args()

    corpus = first_articles(read_corpus([arguments.corpus]), arguments.articles)
    plan = plan_build(corpus, max_chars=index.build.MAX_CHARS, on_version=lambda _: None)
    rows = np.random.default_rng(12).standard_normal((8192, DIMENSION), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    stages: list[dict[str, float]] = []
    with ExitStack() as held:
        sys.path.insert(0, held.enter_context(installed(PEER)))
        import llama_index.vector_stores  # noqa: PLC0415

        llama_index.vector_stores.__path__.append(f"{sys.path[0]}/llama_index/vector_stores")
        from llama_index.vector_stores.faiss import FaissVectorStore  # noqa: PLC0415 - installed just now

        embedding = FreeEmbedding(rows)

        def llama(make: Callable[[StorageContext], VectorStoreIndex], folder: Path) -> None:
            store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(DIMENSION))
            made = make(StorageContext.from_defaults(vector_store=store))
            made.storage_context.persist(str(folder))

        def from_nodes(storage: StorageContext) -> VectorStoreIndex:
            nodes = [TextNode(text=text, id_=str(row)) for row, text in enumerate(plan.texts)]
            return VectorStoreIndex(nodes, storage_context=storage, embed_model=embedding)

        def from_documents(storage: StorageContext) -> VectorStoreIndex:
            documents = [
                Document(text=f"{version.heading}\n{version.text}", id_=version.id) for version in corpus.versions
            ]
            return VectorStoreIndex.from_documents(documents, storage_context=storage, embed_model=embedding)

        sides: dict[str, Callable[[Path], None]] = {
            "lexcite": lambda folder: stages.append(build(corpus, folder, FreeEmbedder(rows))),
            "nodes": lambda folder: llama(from_nodes, folder),
            "documents": lambda folder: llama(from_documents, folder),
        }
        cpu = {name: [] for name in sides} | {"lexcite, like for like": []}  # type: dict[str, list[float]]
        for turn in range(-1, arguments.pairs):  # the first pays for imports and caches, and does not count
            for name in list(sides)[turn % 3 :] + list(sides)[: turn % 3]:
                with tempfile.TemporaryDirectory() as folder:
                    before = time.process_time()
                    sides[name](Path(folder) / "index")
                    seconds = time.process_time() - before
                if turn < 0:
                    stages.clear()
                    continue
                cpu[name].append(seconds)
                if name == "lexcite":
                    cpu["lexcite, like for like"].append(seconds - sum(stages[-1][stage] for stage in NOT_ALIKE))
    articles = len(corpus.articles)
    names = [*stages[0], "everything else"]
    for one, seconds in zip(stages, cpu["lexcite"], strict=True):
        one["everything else"] = seconds - sum(one.values())
    report: dict[str, Any] = {
        "goal": "P12",
        "corpus": arguments.corpus.name,
        "articles": articles,
        "passages": len(plan.keys),
        "pairs": arguments.pairs,
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "us_an_article": {name: 1e6 * statistics.median(seconds) / articles for name, seconds in cpu.items()},
        "stages_us_an_article": {
            name: 1e6 * statistics.median(one[name] for one in stages) / articles for name in names
        },
        "ratio": {
            f"{ours} over {theirs}": statistics.median(a / b for a, b in zip(cpu[ours], cpu[theirs], strict=True))
            for ours in ("lexcite", "lexcite, like for like")
            for theirs in ("nodes", "documents")
        },
    }
    print_table(report)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "build_overhead.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def first_articles(corpus: Corpus, count: int) -> Corpus:
    """The first articles of a corpus, with all its laws."""
    articles = corpus.articles[:count]
    kept = {article.id for article in articles}
    versions = tuple(version for version in corpus.versions if version.article_id in kept)
    return Corpus(corpus.laws, articles, versions)


def build(corpus: Corpus, folder: Path, embedder: FreeEmbedder) -> dict[str, float]:
    """Builds a release; CPU seconds by stage."""
    seconds = dict.fromkeys([*STAGES, "vectors", "lexical index"], 0.0)

    def timed(stage: str, part: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the part takes and gives
            before = time.process_time()
            done = part(*arguments, **options)
            seconds[stage] += time.process_time() - before
            return done

        return run

    with ExitStack() as patched:
        for stage, (module, names) in STAGES.items():
            for name in names:
                patched.enter_context(patch.object(module, name, timed(stage, getattr(module, name))))
        build_release(
            corpus,
            index_dir=folder,
            embedder=embedder,
            embedder_name="free",
            write_vectors=timed("vectors", FaissIndex.write),
            read_vectors=lambda file, rows: FaissIndex.open(file, gpu=False).vectors(rows),
            write_lexical=timed("lexical index", LexicalIndex.write),
        )
    return seconds


@contextmanager
def installed(package: str) -> Iterator[str]:
    """A temporary folder with a package from the index that pip knows; what it needs is lexcite's own."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--target", folder, package], check=True)
        yield folder


def machine() -> str:
    """The processor's name, where the system tells it."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{names[0].split(':')[1].strip() if names else platform.processor()}, {len(names)} cores"


def print_table(report: dict[str, Any]) -> None:
    """What a reader compares."""
    print(f"{report['articles']} articles, {report['passages']} passages, {report['machine']}, {report['date']}")
    for name, spent in report["us_an_article"].items():
        print(f"{name:28}{spent:8.0f} us an article")
    for name, spent in report["stages_us_an_article"].items():
        print(f"    {name:24}{spent:8.1f}")
    for name, ratio in report["ratio"].items():
        print(f"{name:44}{ratio:6.2f}x")


if __name__ == "__main__":
    main()
