"""The GPU path, where there is a GPU: same rows as the CPU, search near the bandwidth, embedding in half precision.

Prints what a computer without a GPU can only compute, then measures, in one run:

- whether the search on the GPU finds the rows and scores of the CPU, on vectors of which many are equal;
- one question's search over the time to read the vectors once at the bandwidth that a sum on the same GPU reaches;
- passages a second of `SentenceEncoder` in half precision, over `SentenceTransformer.encode` in half precision.

Where there is no GPU it says so and exits with 1: nothing was measured.

    .venv/bin/python benchmarks/gpu.py [--model FOLDER] [--corpus A.jsonl.gz ...]
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import torch
from embedding import sample
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from vector_search import RESULTS, machine

from index.encoder import SentenceEncoder
from index.faiss_index import FaissIndex
from index.packaged import packaged_e5

K = 10
QUERIES = (1, 8, 64, 256)
BANDWIDTH = {"H100 SXM": 3.35e12, "H200": 4.8e12}  # bytes a second, by the makers' data sheets
SHAPES = ((100_000, 1024), (1_000_000, 1024))


def main() -> int:
    """Measures, prints and writes `benchmarks/results/gpu.json`; exit status 1 where there is no GPU."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", type=Path, help="sentence-transformers folder (default: the packaged model)")
    options.add_argument("--corpus", type=Path, nargs="+", default=[], help="articles to embed, JSON Lines")
    options.add_argument("--articles", type=int, default=4000, help="how many of them (default: 4000)")
    options.add_argument("--rows", type=int, default=SHAPES[0][0])
    options.add_argument("--dimension", type=int, default=SHAPES[0][1])
    options.add_argument("--pairs", type=int, default=5)
    arguments = options.parse_args()
    for line in floors():
        print(line)
    gpus, cuda = faiss.get_num_gpus(), torch.cuda.is_available()
    if not gpus:
        print("no GPU here for the search: FAISS sees none (faiss-gpu has to be installed in place of faiss-cpu)")
    if not cuda:
        print("no GPU here for the embedder: torch sees no CUDA device")
    report: dict[str, Any] = {
        "command": "benchmarks/gpu.py",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "gpu": torch.cuda.get_device_name() if cuda else "",
    }
    if gpus:
        report["search"] = measure_search(arguments.rows, arguments.dimension, bandwidth() if cuda else None)
    if cuda and arguments.corpus:
        report["embedding"] = measure_embedding(arguments)
    elif cuda:
        print("name articles with --corpus to measure the embedder")
    if not gpus and not cuda:
        print("nothing was measured")
        return 1
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "gpu.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


def floors() -> list[str]:
    """The least time of one exact search, computed: every vector has to be read once."""
    return [
        f"computed, not measured: {rows} x {dimension} float32 at {rate / 1e12:.2f} TB/s ({name}): "
        f"{rows * dimension * 4 / rate * 1e6:.0f} microseconds a question at least"
        for rows, dimension in SHAPES
        for name, rate in BANDWIDTH.items()
    ]


def measure_search(rows: int, dimension: int, rate: float | None) -> dict[str, Any]:
    """The same rows and scores as on the CPU, and the time of a question against the floor."""
    random = np.random.default_rng(20)
    matrix = random.standard_normal((rows, dimension), dtype=np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix[rows // 2 :: 7] = matrix[: len(matrix[rows // 2 :: 7])]  # many equal vectors: ties have to fall alike
    queries = matrix[random.integers(0, rows, max(QUERIES))] + 0.01 * random.standard_normal(
        (max(QUERIES), dimension), dtype=np.float32
    )
    found: dict[str, Any] = {"rows": rows, "dimension": dimension}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.faiss"
        FaissIndex.write(matrix, path)
        on_gpu, on_cpu = FaissIndex.open(path, gpu=True), FaissIndex.open(path, gpu=False)
        for count in QUERIES:
            ours, theirs = on_gpu.search(queries[:count], K), on_cpu.search(queries[:count], K)
            same = all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
            milliseconds = 1e3 * median_seconds(lambda count=count: on_gpu.search(queries[:count], K))
            found[f"{count} questions"] = {"same": same, "milliseconds": milliseconds, "fallback": on_gpu.fallback}
            told = "rows and scores of the CPU" if same else "OTHER ROWS than the CPU"
            print(f"{count:4} questions: {milliseconds:.3f} ms, {told}")
    if rate is not None:
        floor = matrix.nbytes / rate
        flat = faiss.IndexFlatIP(dimension)
        flat.add(matrix)
        resources = faiss.StandardGpuResources()
        raw = faiss.index_cpu_to_gpu(resources, 0, flat)
        alone = median_seconds(lambda: raw.search(queries[:1], K))
        whole = found["1 questions"]["milliseconds"] / 1e3
        found |= {"bandwidth": rate, "floor_seconds": floor}
        found |= {"faiss_over_floor": alone / floor, "ours_over_floor": whole / floor}
        print(f"floor {floor * 1e6:.0f} microseconds at the {rate / 1e12:.2f} TB/s of a sum")
        print(f"one question: FAISS {alone / floor:.2f}x the floor, ours {whole / floor:.2f}x")
    return found


def bandwidth() -> float:
    """Bytes a second that a sum over 4 GB reaches on the first GPU."""
    numbers = torch.ones(1_000_000_000, dtype=torch.float32, device="cuda")

    def read() -> None:
        numbers.sum()
        torch.cuda.synchronize()

    return numbers.numel() * 4 / median_seconds(read)


def measure_embedding(arguments: argparse.Namespace) -> dict[str, Any]:
    """Passages a second, both sides in half precision, in turns; and how far half precision is from single."""
    folder = arguments.model or packaged_e5(Path("~/.cache/lexcite").expanduser())
    texts = sample(arguments.corpus, arguments.articles)
    ours = SentenceEncoder.load(folder, device="cuda", precision="float16")
    library = SentenceTransformer(str(folder), device="cuda", local_files_only=True).half()
    single = SentenceEncoder.load(folder, device="cuda").embed_passages(texts[:500])
    sides: dict[str, Callable[[], NDArray[np.float32]]] = {"lexcite": lambda: ours.embed_passages(texts)}
    for batch in (32, 256):
        sides[f"encode, batches of {batch}"] = lambda batch=batch: library.encode(
            texts, batch_size=batch, prompt_name="document", normalize_embeddings=True, show_progress_bar=False
        )
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for pair in range(-1, arguments.pairs):  # the first is not counted
        for name, embed in list(sides.items())[:: 1 if pair % 2 else -1]:
            started = time.perf_counter()
            embed()
            torch.cuda.synchronize()
            if pair >= 0:
                seconds[name].append(time.perf_counter() - started)
    cosine = float(np.vecdot(ours.embed_passages(texts[:500]), single).min())
    for name, taken in seconds.items():
        ratio = statistics.median(t / o for t, o in zip(taken, seconds["lexcite"], strict=True))
        print(f"{name}: {len(texts) / statistics.median(taken):.0f} passages/s, lexcite is {ratio:.2f}x as fast")
    print(f"least cosine of half to single precision: {cosine:.6f}; {ours.fallback or 'no fallback'}")
    return {"articles": len(texts), "seconds": seconds, "least_cosine": cosine, "fallback": ours.fallback}


def median_seconds(call: Callable[[], object], times: int = 20) -> float:
    """Wall-clock time of a call that ends when its work is done."""
    call()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
