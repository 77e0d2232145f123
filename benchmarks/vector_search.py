"""P3 and P4: exact vector search, unfiltered and filtered, against plain FAISS.

FAISS's BLAS kernels are chosen once a process, from the environment, so the two sides are two processes: "plain" has
FAISS as it comes (`IndexFlatIP`, its thresholds, whatever kernel its OpenBLAS picks, `IDSelectorBitmap` for filters,
which is its fastest), "lexcite" calls `prefer_modern_kernels` and opens a file with `FaissIndex`. They take turns on
the same vectors and queries; what counts is CPU time, and the ratio within a pair.

    .venv/bin/python benchmarks/vector_search.py [--rows 100000] [--dimension 1024] [--pairs 5]
"""

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESULTS = Path(__file__).resolve().parent / "results"
K = 10
QUERIES = (1, 8, 64, 256)
FILTERED_QUERIES = (1, 8, 64)
# Share of the rows allowed, and whether they lie together as the passages of a law do.
FILTERS = {
    "law, 5 %": (0.05, True),
    "language, 50 %": (0.5, True),
    "date, 90 %": (0.9, False),
    "mixed, 10 %": (0.1, False),
}

Search = Callable[[int, str], NDArray[np.int64]]  # number of queries, filter ("" for none) -> rows


def main() -> None:
    """Measures, prints a table and writes `benchmarks/results/vector_search.json`."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--dimension", type=int, default=1024)
    options.add_argument("--pairs", type=int, default=5)
    arguments = options.parse_args()
    shape = (arguments.rows, arguments.dimension)
    measured = []
    with (
        tempfile.TemporaryDirectory() as folder,
        side("plain", shape, folder) as plain,
        side("lexcite", shape, folder) as ours,
    ):
        for name, queries in [*(("", m) for m in QUERIES), *((name, m) for name in FILTERS for m in FILTERED_QUERIES)]:
            measured.append(compare(plain, ours, name, queries, arguments.pairs))
            print(row(measured[-1]), flush=True)
        floor = [(ask(ours, "sum", "", 0)[0], ask(ours, "search", "", 1)[0]) for _ in range(arguments.pairs)]
    reading = statistics.median(summed for summed, _ in floor)
    one_query = statistics.median(searched / summed for summed, searched in floor)
    print(f"P4: one query takes {one_query:.2f}x a float32 sum over the same bytes ({reading * 1e3:.1f} ms)")
    report = {
        "command": "benchmarks/vector_search.py",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "rows": shape[0],
        "dimension": shape[1],
        "k": K,
        "pairs": arguments.pairs,
        "threads": 1,
        "measured": measured,
        "one_query_over_sum": one_query,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "vector_search.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def compare(plain: Connection, ours: Connection, name: str, queries: int, pairs: int) -> dict[str, Any]:
    """Both sides in turn, the first to go changing with every pair."""
    times: dict[str, list[float]] = {"plain": [], "lexcite": []}
    rows: dict[str, NDArray[np.int64]] = {}
    for connection in (plain, ours):
        ask(connection, "search", name, queries)  # memory is mapped and caches are warm before anything counts
    for pair in range(pairs):
        for label, connection in [("plain", plain), ("lexcite", ours)][:: 1 if pair % 2 else -1]:
            seconds, rows[label] = ask(connection, "search", name, queries)
            times[label].append(seconds)
    return {
        "filter": name,
        "queries": queries,
        "plain_ms": statistics.median(times["plain"]) * 1e3,
        "lexcite_ms": statistics.median(times["lexcite"]) * 1e3,
        "ratio": statistics.median(p / o for p, o in zip(times["plain"], times["lexcite"], strict=True)),
        "identical": bool(np.array_equal(rows["plain"], rows["lexcite"])),
    }


def row(result: dict[str, Any]) -> str:
    """One line of the table."""
    return (
        f"{result['filter'] or 'no filter':16} {result['queries']:4} queries  "
        f"plain {result['plain_ms']:8.1f} ms  lexcite {result['lexcite_ms']:8.1f} ms  "
        f"{result['ratio']:6.2f}x  {'same rows' if result['identical'] else 'OTHER ROWS'}"
    )


@contextmanager
def side(label: str, shape: tuple[int, int], folder: str) -> Iterator[Connection]:
    """A process of its own for one side."""
    # A spawned process reads the environment afresh; OpenBLAS in it does too.
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("OPENBLAS_")]:
        del os.environ[name]
    os.environ["OMP_NUM_THREADS"] = "1"
    if label == "lexcite":
        from index.blas import prefer_modern_kernels  # noqa: PLC0415 - the sides differ in nothing else

        prefer_modern_kernels(os.environ)
    process = context.Process(target=serve, args=(there, label, shape, folder))
    process.start()
    os.environ.clear()
    os.environ.update(kept)
    try:
        yield here
    finally:
        here.send(None)
        process.join()


def ask(connection: Connection, what: str, name: str, queries: int) -> tuple[float, NDArray[np.int64]]:
    """CPU seconds and the rows found."""
    connection.send((what, name, queries))
    answer: tuple[float, NDArray[np.int64]] = connection.recv()
    return answer


def serve(connection: Connection, label: str, shape: tuple[int, int], folder: str) -> None:
    """Runs what it is asked to, until it is sent None."""
    random = np.random.default_rng(20)
    matrix = random.standard_normal(shape, dtype=np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    queries = random.standard_normal((max(QUERIES), shape[1]), dtype=np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    masks = {}
    for name, (share, together) in FILTERS.items():
        masks[name] = np.zeros(shape[0], dtype=np.bool_)
        count = int(share * shape[0])
        first = shape[0] // 3 if share < 0.6 else 0
        masks[name][np.arange(first, first + count) if together else random.permutation(shape[0])[:count]] = True
    search = (plain_search if label == "plain" else our_search)(matrix, queries, masks, Path(folder))
    while (request := connection.recv()) is not None:
        what, name, count = request
        started = time.process_time()
        rows = search(count, name) if what == "search" else np.array([int(matrix.sum(dtype=np.float32))])
        connection.send((time.process_time() - started, rows))


def plain_search(
    matrix: NDArray[np.float32], queries: NDArray[np.float32], masks: dict[str, NDArray[np.bool_]], folder: Path
) -> Search:
    """FAISS as its documentation shows it."""
    import faiss  # noqa: PLC0415 - only after the environment is set

    del folder
    index = faiss.IndexFlatIP(matrix.shape[1])
    index.add(matrix)

    def search(count: int, name: str) -> NDArray[np.int64]:
        if not name:
            return index.search(queries[:count], K)[1]
        bitmap = np.packbits(masks[name], bitorder="little")
        selector = faiss.IDSelectorBitmap(bitmap)
        return index.search(queries[:count], K, params=faiss.SearchParameters(sel=selector))[1]

    return search


def our_search(
    matrix: NDArray[np.float32], queries: NDArray[np.float32], masks: dict[str, NDArray[np.bool_]], folder: Path
) -> Search:
    """`FaissIndex`, from the file that it wrote."""
    from index.faiss_index import FaissIndex  # noqa: PLC0415 - only after the environment is set

    FaissIndex.write(matrix, folder / "vectors.faiss")
    index = FaissIndex.open(folder / "vectors.faiss", gpu=False)
    return lambda count, name: index.search(queries[:count], K, allowed=masks[name] if name else None)[1]


def machine() -> str:
    """The CPU's name and the number of cores."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


if __name__ == "__main__":
    main()
