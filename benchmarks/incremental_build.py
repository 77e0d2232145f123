"""P10: a build after 1 % of the articles changed, against a full build of the same law.

Both read the same file and build with the parts that `build-index` uses, in this process, in changing order; what
counts is CPU time, and the ratio within a round. The full build starts from nothing, the other from a copy of the index
of the unchanged law. A third build takes 1 % of the articles out. Every round draws other articles. After it the
results are compared: the same articles, the same passages, vectors equal to the last bits that a batch of another
make-up rounds otherwise, the same hits for questions made of the changed articles, and no trace of what was taken out.

The model embeds a sample of the law, for a full build of all of it takes long; what everything else costs is measured
on the whole law with an embedder that costs nearly nothing.

    OMP_NUM_THREADS=1 PYTHONPATH=. .venv/bin/python benchmarks/incremental_build.py --model FOLDER
"""

import argparse
import gzip
import hashlib
import json
import os
import platform
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build import BuildReport, build_release
from index.embedding import Embedder
from index.encoder import SentenceEncoder
from index.faiss_index import FaissIndex
from index.importers.registry import read_corpus
from index.lexical import LexicalIndex
from index.release import Release
from retrieval.search import ArticleSearch

RESULTS = Path(__file__).resolve().parent / "results"
DATA = Path(os.environ.get("LEXCITE_DATA", Path(__file__).resolve().parents[1] / "../shared/data"))
SEED = 10
STAGES = ("embedding", "lexical", "vectors", "everything else")


class FreeEmbedder:
    """A unit vector drawn from the text's hash: 20 microseconds a passage."""

    dimension = 384
    fingerprint = hashlib.sha256(b"free").hexdigest()[:16]

    def embed_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """See `Embedder`."""
        if on_progress is not None:
            on_progress(len(texts))
        return self.embed_queries(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder`."""
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") for text in texts]
        vectors = np.array([np.random.default_rng(seed).standard_normal(self.dimension) for seed in seeds])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@dataclass
class Stopwatch:
    """CPU seconds by stage, around the parts of a build."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        """Books the block's CPU time."""
        before = time.process_time()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.process_time() - before


@dataclass(frozen=True)
class Timed:
    """A build that was measured: CPU seconds in all and by stage."""

    report: BuildReport
    cpu: float
    stages: dict[str, float]


class TimedEmbedder:
    """Books what its embedder costs."""

    def __init__(self, embedder: Embedder, watch: Stopwatch) -> None:
        self.dimension, self.fingerprint = embedder.dimension, embedder.fingerprint
        self._embedder, self._watch = embedder, watch

    def embed_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """See `Embedder`."""
        with self._watch.on("embedding"):
            return self._embedder.embed_passages(texts, on_progress=on_progress)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder`."""
        return self._embedder.embed_queries(texts)


def main() -> None:
    """Measures, prints a table and writes `benchmarks/results/incremental_build.json`."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", type=Path, required=True, help="sentence-transformers folder")
    options.add_argument("--corpus", type=Path, default=DATA / "corpora/es_core.articles.jsonl.gz")
    options.add_argument("--articles", type=int, default=600, help="sampled for the model (default: 600)")
    options.add_argument("--rounds", type=int, default=2, help="with the model (default: 2)")
    options.add_argument("--free-rounds", type=int, default=5, help="with the free embedder (default: 5)")
    arguments = options.parse_args()

    with gzip.open(arguments.corpus, "rt", encoding="utf-8") as stream:
        law = [json.loads(line) for line in stream]
    chosen = sorted(random.Random(SEED).sample(range(len(law)), min(arguments.articles, len(law))))
    encoder = SentenceEncoder.load(arguments.model, device="cpu")
    encoder.embed_passages(["warm-up"])  # the first call of a process pays for set-up that no side should bear
    report: dict[str, Any] = {
        "goal": "P10",
        "corpus": arguments.corpus.name,
        "embedder": encoder.fingerprint,
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "model": measure([law[number] for number in chosen], encoder, arguments.rounds),
        "free": measure(law, FreeEmbedder(), arguments.free_rounds),
    }
    print_table(report)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "incremental_build.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def measure(law: list[dict[str, Any]], embedder: Embedder, rounds: int) -> dict[str, Any]:
    """Rounds of the three builds of one law."""
    share = max(1, round(0.01 * len(law)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = folder / "base"
        timed_build(written(law, folder / "law.jsonl"), base, embedder)
        kept: list[dict[str, Timed]] = []
        differences = []
        for turn in range(rounds):
            drawn = set(random.Random(SEED + turn).sample(range(len(law)), share))
            changed = [amended(one) if place in drawn else one for place, one in enumerate(law)]
            fewer = [one for place, one in enumerate(law) if place not in drawn]
            sides = {
                "full": (written(changed, folder / "changed.jsonl"), folder / "full"),
                "incremental": (folder / "changed.jsonl", folder / "incremental"),
                "deletion": (written(fewer, folder / "fewer.jsonl"), folder / "deletion"),
            }
            for side in ("incremental", "deletion"):
                shutil.copytree(base, sides[side][1])
            names = list(sides)
            kept.append({side: timed_build(*sides[side], embedder) for side in names[turn % 3 :] + names[: turn % 3]})
            asked = [law[place]["text"][:200] for place in sorted(drawn)[:5]]
            differences.append(difference(sides["full"][1], sides["incremental"][1], embedder, asked))
            check_gone(sides["deletion"][1], embedder, {law[place]["id"] for place in drawn}, asked)
            for _, index in sides.values():
                shutil.rmtree(index)
            said = ", ".join(f"{side} {one.cpu:.2f}" for side, one in kept[-1].items())
            print(f"round {turn + 1}: {said} CPU-s", flush=True)
    passages = kept[0]["full"].report.passages
    return {
        "articles": len(law),
        "changed_articles": share,
        "passages": passages,
        "largest_vector_difference": max(differences),
        "sides": {
            side: {
                "cpu_seconds": [one[side].cpu for one in kept],
                "embedded": [one[side].report.embedded for one in kept],
                "stages": {
                    stage: statistics.median(one[side].stages.get(stage, 0.0) for one in kept) for stage in STAGES
                },
                "over_full": statistics.median(one[side].cpu / one["full"].cpu for one in kept),
            }
            for side in ("full", "incremental", "deletion")
        },
    }


def written(law: list[dict[str, Any]], path: Path) -> Path:
    """The law as article JSON Lines."""
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in law), encoding="utf-8")
    return path


def amended(article: dict[str, Any]) -> dict[str, Any]:
    """The article with another sentence at its end."""
    return {**article, "text": f"{article['text']}\nEl plazo anterior se amplía en diez días."}


def timed_build(path: Path, index: Path, embedder: Embedder) -> Timed:
    """Reads and builds; CPU time of all threads."""
    watch = Stopwatch()

    def write_vectors(vectors: NDArray[np.float32], target: Path) -> None:
        with watch.on("vectors"):
            FaissIndex.write(vectors, target)

    def write_lexical(texts: Sequence[str], langs: Sequence[str], target: Path) -> None:
        with watch.on("lexical"):
            LexicalIndex.write(texts, langs, target)

    before = time.process_time()
    report = build_release(
        read_corpus([path]),
        index_dir=index,
        embedder=TimedEmbedder(embedder, watch),
        embedder_name="measured",
        write_vectors=write_vectors,
        read_vectors=lambda file, rows: FaissIndex.open(file, gpu=False).vectors(rows),
        write_lexical=write_lexical,
    )
    cpu = time.process_time() - before
    return Timed(report, cpu, {**watch.seconds, "everything else": cpu - sum(watch.seconds.values())})


@contextmanager
def opened(index: Path, embedder: Embedder) -> Iterator[tuple[Release, FaissIndex, ArticleSearch]]:
    """A release with its search."""
    with Release.open(index, verify="all") as release:
        vectors = FaissIndex.open(release.file("vectors.faiss"), gpu=False)
        lexical = LexicalIndex.open(release.folder("lexical"))
        yield release, vectors, ArticleSearch(release, vectors=vectors, lexical=lexical, embedder=embedder)


def difference(full: Path, grown: Path, embedder: Embedder, asked: Sequence[str]) -> float:
    """The largest difference between two vectors of the same passage; everything else must be equal."""
    with opened(full, embedder) as (one, ours, search), opened(grown, embedder) as (other, theirs, again):
        require(one.corpus() == other.corpus(), "the articles differ")
        require(np.array_equal(one.passage_keys(), other.passage_keys()), "the passages differ")
        for question in asked:
            hits = [[hit.article.id for hit in found.search(question, k=10)] for found in (search, again)]
            require(hits[0] == hits[1], f"the hits differ for {question!r}: {hits}")
        rows = np.arange(one.passage_count)
        return float(np.abs(ours.vectors(rows) - theirs.vectors(rows)).max())


def check_gone(index: Path, embedder: Embedder, gone: set[str], asked: Sequence[str]) -> None:
    """What was taken out is in no table and no hit."""
    with opened(index, embedder) as (release, _, search):
        require(not any(release.find_article(article) for article in gone), "a deleted article is still there")
        for question in asked:
            found = {hit.article.id for hit in search.search(question, k=100)}
            require(not gone & found, f"a deleted article is found by {question!r}")


def require(holds: bool, otherwise: str) -> None:
    """Stops the benchmark where a result is not what it must be."""
    if not holds:
        raise SystemExit(otherwise)


def machine() -> str:
    """The processor's name, where the system tells it."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{names[0].split(':')[1].strip() if names else platform.processor()}, {len(names)} cores"


def print_table(report: dict[str, Any]) -> None:
    """What a reader compares."""
    print(f"\n{report['corpus']}, {report['machine']}, {report['threads']} thread(s), {report['date']}")
    for embedder in ("model", "free"):
        one = report[embedder]
        print(
            f"\n{embedder}: {one['articles']} articles, {one['passages']} passages, {one['changed_articles']} articles"
            f" changed or deleted a round; largest difference of a vector {one['largest_vector_difference']:.1e}"
        )
        print(f"{'':12}{'CPU-s (median)':>15}{'of full':>9}{'embedded':>10}" + "".join(f"{s:>17}" for s in STAGES))
        for name, side in one["sides"].items():
            print(
                f"{name:12}{statistics.median(side['cpu_seconds']):15.2f}{100 * side['over_full']:8.1f}%"
                f"{side['embedded'][0]:10}" + "".join(f"{side['stages'][stage]:17.2f}" for stage in STAGES)
            )


if __name__ == "__main__":
    main()
