"""P11: cold start to the first answer, CPU seconds and resident memory, against a plain LlamaIndex script.

Both sides answer the same question from the same articles with the same embedder and without a language model, each
in a process of its own, from an index that lies on disk. The LlamaIndex side is what its documentation leads one to
write: `load_index_from_storage`, a retriever, and a `SentenceTransformer` behind its embedding class.

    .venv/bin/python benchmarks/cold_start.py --corpus es_core.articles.jsonl.gz [--pairs 5]
"""

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
QUESTION = "¿Cuál es el plazo para recurrir en alzada?"

LLAMA_SCRIPT = """
import json, sys
from llama_index.core import Settings, StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.schema import TextNode
from sentence_transformers import SentenceTransformer

class Embedding(BaseEmbedding):
    _model = None
    def __init__(self, folder, **kwargs):
        super().__init__(**kwargs)
        self._model = SentenceTransformer(folder, device="cpu", local_files_only=True)
    def _get_query_embedding(self, query):
        return self._model.encode(query, prompt_name="query", normalize_embeddings=True).tolist()
    async def _aget_query_embedding(self, query):
        return self._get_query_embedding(query)
    def _get_text_embedding(self, text):
        return self._model.encode(text, prompt_name="document", normalize_embeddings=True).tolist()
    def _get_text_embeddings(self, texts):
        return self._model.encode(texts, prompt_name="document", normalize_embeddings=True).tolist()

action, folder, storage, argument = sys.argv[1:5]
Settings.llm = MockLLM()
Settings.embed_model = Embedding(folder, embed_batch_size=32)
if action == "build":
    nodes = [TextNode(id_=one["id"], text=one["text"], metadata={"law": one["law_title"], "article": one["article"]})
             for one in map(json.loads, open(argument, encoding="utf-8"))]
    VectorStoreIndex(nodes).storage_context.persist(storage)
else:
    index = load_index_from_storage(StorageContext.from_defaults(persist_dir=storage))
    for found in index.as_retriever(similarity_top_k=10).retrieve(argument):
        print(found.score, found.node.metadata["article"])
"""


def main() -> None:
    """Builds both indexes of the same articles, then starts each side in turn."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--corpus", type=Path, required=True, help="article JSON Lines, plain or .gz")
    options.add_argument("--articles", type=int, default=600, help="how many of its articles (default: 600)")
    options.add_argument(
        "--model", type=Path, required=True, help="folder of the embedder, as `lexcite fetch` prints it"
    )
    options.add_argument("--pairs", type=int, default=5)
    arguments = options.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        opener = gzip.open if arguments.corpus.suffix == ".gz" else open
        with opener(arguments.corpus, "rt", encoding="utf-8") as stream:
            lines = [line for _, line in zip(range(arguments.articles), stream, strict=False)]
        corpus = work / "corpus.jsonl"
        corpus.write_text("".join(lines), encoding="utf-8")
        script = work / "llama_script.py"
        script.write_text(LLAMA_SCRIPT, encoding="utf-8")
        model = str(arguments.model)
        lexcite = [sys.executable, "-m", "app"]
        llama = [sys.executable, str(script)]
        _run([*lexcite, "build-index", str(corpus), "--index", str(work / "ours"), "--embedder", model])
        _run([*llama, "build", model, str(work / "theirs"), str(corpus)])

        sides = {
            "lexcite ask": [*lexcite, "ask", QUESTION, "--index", str(work / "ours"), "--embedder", model],
            "LlamaIndex script": [*llama, "ask", model, str(work / "theirs"), QUESTION],
        }
        measured: dict[str, list[tuple[float, float, float]]] = {name: [] for name in sides}
        for command in sides.values():  # both once, so that the disk cache is warm for both
            _run(command)
        for _ in range(arguments.pairs):
            for name, command in sides.items():
                measured[name].append(_run(command))

    result = {
        name: {
            unit: statistics.median(run[place] for run in runs)
            for place, unit in enumerate(("wall seconds", "CPU seconds", "MiB resident"))
        }
        for name, runs in measured.items()
    }
    _report(result, articles=len(lines), pairs=arguments.pairs)


def _run(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and the largest resident set in MiB of one child."""
    environ = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    started = time.monotonic()
    child = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert child.stderr is not None  # noqa: S101 - asked for one line above
    said = child.stderr.read().decode()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - started
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{said}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _report(result: dict[str, dict[str, float]], *, articles: int, pairs: int) -> None:
    ours, theirs = result.values()
    machine = platform.processor() or platform.machine()
    print(f"{articles} articles, one thread, medians of {pairs} alternating runs, {machine}")
    print(f"{'':20}" + "".join(f"{unit:>16}" for unit in ours))
    for name, values in result.items():
        print(f"{name:20}" + "".join(f"{value:16.2f}" for value in values.values()))
    print(f"{'ratio':20}" + "".join(f"{ours[unit] / theirs[unit]:16.2f}" for unit in ours))
    folder = ROOT / "benchmarks" / "results"
    folder.mkdir(exist_ok=True)
    stamp = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "articles": articles, "pairs": pairs}
    (folder / "cold_start.json").write_text(json.dumps({**stamp, **result}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
