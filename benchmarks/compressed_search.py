"""P5: compressed search with exact rescoring, against FAISS's `IndexFlatIP`: speed, recall, memory.

Speed is measured on made-up vectors, of which as many can be had as are wanted; recall on real articles only, with real
questions: made-up vectors have no neighbours worth finding, and their recall would say nothing. Both sides run in one
process with one thread and take turns; what counts is CPU time of one question, and the ratio within a pair.

    .venv/bin/python benchmarks/compressed_search.py [--rows 100000] [--dimension 1024] [--pairs 7]
    .venv/bin/python benchmarks/compressed_search.py --index DIR ... --questions FILE ...
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before FAISS and torch are imported

import faiss
import numpy as np
from numpy.typing import NDArray
from vector_search import RESULTS, machine

from index.compressed_index import Coding, CompressedIndex, coded, nominees
from index.release import VECTORS, Release
from index.stored_vectors import StoredVectors
from retrieval.questions import read_questions
from retrieval.vector_plan import recall_at

K = 10
SHARE = 1 / 8  # of the memory of the vectors, which P5 allows
FILTERS = (0.5, 0.1, 0.01)  # shares of the rows allowed, at random
NOMINATED = (20, 40, 80, 160, 256, 512)
Nominate = Callable[[int], NDArray[np.int64]]  # how many -> rows (m, how many)


def main() -> None:
    """Measures, prints tables and writes `benchmarks/results/compressed_search.json`."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000, help="made-up vectors (default: 100000; 0: none)")
    options.add_argument("--dimension", type=int, default=1024)
    options.add_argument("--pairs", type=int, default=7)
    options.add_argument("--round", type=int, default=8, help="questions that a side answers in a turn (default: 8)")
    options.add_argument("--index", type=Path, nargs="+", default=[], help="indexes of the packaged embedder")
    options.add_argument("--questions", type=Path, nargs="+", default=[], help="labelled questions about them")
    options.add_argument("--split", default="train", help="of the questions (default: train)")
    arguments = options.parse_args()
    report: dict[str, Any] = {
        "command": "benchmarks/compressed_search.py",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "k": K,
        "pairs": arguments.pairs,
        "questions_in_a_turn": arguments.round,
        "threads": 1,
    }
    if arguments.index:
        matrix, queries = real(arguments.index, arguments.questions, arguments.split)
        print(f"real: {len(matrix)} passages x {matrix.shape[1]}, {len(queries)} questions ({arguments.split})")
        report["real"] = measure(matrix, queries, arguments.pairs, arguments.round, judged=True)
        report["nominated"] = dict(nominated(matrix, queries))
    if arguments.rows:
        matrix, queries = made_up(arguments.rows, arguments.dimension)
        print(f"made up: {len(matrix)} x {matrix.shape[1]}")
        report["made_up"] = measure(matrix, queries, arguments.pairs, arguments.round, judged=False)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "compressed_search.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def measure(
    matrix: NDArray[np.float32], queries: NDArray[np.float32], pairs: int, turn: int, *, judged: bool
) -> list[dict[str, Any]]:
    """Every way of keeping the vectors against `IndexFlatIP`."""
    flat = faiss.IndexFlatIP(matrix.shape[1])
    flat.add(matrix)
    # Scored again as ours are: FAISS's float32 sums differ from them in the last bits.
    best = StoredVectors.of(matrix).best(queries, flat.search(queries, K)[1], K)[0]
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.faiss"
        StoredVectors.write(matrix, path)
        for coding, dimension in ways(matrix.shape[1]):
            started = time.process_time()
            index = CompressedIndex.open(path, coding=coding, dimension=dimension)
            opening = time.process_time() - started
            for share in (1.0, *FILTERS) if coding is Coding.BITS and dimension == matrix.shape[1] else (1.0,):
                line = {
                    "vectors": coding.value,
                    "dimension": dimension,
                    "allowed": share,
                    **compare(flat, index, queries, share, pairs=pairs, turn=turn),
                    "memory_share": index.code_bytes / matrix.nbytes,
                    "opening_seconds": opening,
                }
                if judged and share == 1.0:
                    line["recall"] = recall_at(best, index.search(queries, K)[0])
                    line["found_by"] = len(queries)
                measured.append(line)
                print(text_of(line), flush=True)
    return measured


def ways(whole: int) -> Iterator[tuple[Coding, int]]:
    """What is measured: every coding of all components, and beginnings that take an eighth of the memory or less."""
    for coding in (Coding.FLOAT16, Coding.INT8, Coding.BITS):
        yield coding, whole
    yield Coding.FLOAT32, whole // 8
    yield Coding.INT8, whole // 2
    yield Coding.BITS, whole // 2


def compare(
    flat: faiss.IndexFlatIP,
    index: CompressedIndex,
    queries: NDArray[np.float32],
    share: float,
    *,
    pairs: int,
    turn: int,
) -> dict[str, float]:
    """Both sides in turn, the first to go changing with every pair; milliseconds for one question.

    A side answers `turn` questions, one at a time, before the other has its turn: in a process of its own it would
    find in the caches what it left there, and not what the other side has just read. `--round 1` is the harder way.
    """
    allowed = np.random.default_rng(8).random(len(index)) < share if share < 1 else None
    options = None
    if allowed is not None:
        options = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little")))
    sides: list[tuple[str, Callable[[NDArray[np.float32]], object]]] = [
        ("plain", lambda one: flat.search(one, K, params=options)),
        ("lexcite", lambda one: index.search(one, K, allowed=allowed)),
    ]
    times: dict[str, list[float]] = {"plain": [], "lexcite": []}
    for pair in range(-1, pairs):  # the first is not counted
        for label, search in sides[:: 1 if pair % 2 else -1]:
            started = time.process_time()
            for one in range(turn):
                search(queries[(pair * turn + one) % len(queries)][np.newaxis])
            if pair >= 0:
                times[label].append((time.process_time() - started) / turn)
    return {
        "plain_ms": statistics.median(times["plain"]) * 1e3,
        "lexcite_ms": statistics.median(times["lexcite"]) * 1e3,
        "ratio": statistics.median(p / o for p, o in zip(times["plain"], times["lexcite"], strict=True)),
    }


def text_of(line: dict[str, Any]) -> str:
    """One line of the table."""
    recall = f"recall@10 {line['recall']:.4f}  " if "recall" in line else ""
    share = f"1/{1 / line['memory_share']:.1f}{'' if line['memory_share'] <= SHARE else ' (more than 1/8)'}"
    return (
        f"{line['vectors']:8} {line['dimension']:5}  {line['allowed']:4.0%} allowed  "
        f"plain {line['plain_ms']:7.2f} ms  lexcite {line['lexcite_ms']:7.2f} ms  {line['ratio']:6.2f}x  "
        f"{recall}memory {share}  opened in {line['opening_seconds']:.2f} s"
    )


def nominated(matrix: NDArray[np.float32], queries: NDArray[np.float32]) -> Iterator[tuple[str, dict[int, float]]]:
    """Why the codes are what they are: the share of the ten best among so many nominees, by kind of code."""
    exact = faiss.knn(queries, matrix, K, faiss.METRIC_INNER_PRODUCT)[1]
    stored = StoredVectors.of(matrix)
    mean = matrix.mean(axis=0)
    kinds: list[tuple[str, Nominate]] = [
        ("signs, Hamming", signs(matrix, queries)),
        ("signs after centring both sides by the passages' mean", signs(matrix - mean, queries - mean)),
        ("signs, each side by its own mean", signs(matrix - mean, queries - queries.mean(axis=0))),
    ]
    turned = faiss.RandomRotationMatrix(matrix.shape[1], matrix.shape[1])
    turned.init(5)
    kinds += [(f"bits, questions in {bits} bits", rabitq(stored, queries, bits)) for bits in (1, 2, 4, 8)]
    kinds += [("bits, all turned at random", rabitq(StoredVectors.of(turned.apply(matrix)), turned.apply(queries), 4))]
    kinds += [
        (f"first {size} components", searches(coded(stored, coding=Coding.FLOAT32, dimension=size), queries[:, :size]))
        for size in (48, 128)
    ]
    kinds += [(kind.value, searches(coded(stored, coding=kind), queries)) for kind in (Coding.INT8, Coding.FLOAT16)]
    print(f"share of the ten best among the nominees (lexcite takes {nominees(K, len(matrix))})")
    for name, nominate in kinds:
        rows = nominate(max(NOMINATED))
        both = list(zip(exact, rows, strict=True))
        line = {many: float(np.mean([overlap(best, row, many) for best, row in both])) for many in NOMINATED}
        print(f"{name:54}", "  ".join(f"{many}: {share:.4f}" for many, share in line.items()), flush=True)
        yield name, line


def overlap(best: NDArray[np.int64], rows: NDArray[np.int64], many: int) -> float:
    """Share of the best that is among the first so many rows."""
    return len(set(best.tolist()) & set(rows[:many].tolist())) / len(best)


def signs(matrix: NDArray[np.float32], queries: NDArray[np.float32]) -> Nominate:
    """FAISS's binary index over the signs of the components."""
    index = faiss.IndexBinaryFlat(matrix.shape[1])
    index.add(np.packbits(matrix > 0, axis=1))
    asked = np.packbits(queries > 0, axis=1)
    return lambda many: index.search(asked, many)[1]


def rabitq(stored: StoredVectors, queries: NDArray[np.float32], bits: int) -> Nominate:
    """Our codes with another precision of the question."""
    codes = coded(stored, coding=Coding.BITS)
    codes.qb = bits
    return searches(codes, queries)


def searches(codes: faiss.Index, queries: NDArray[np.float32]) -> Nominate:
    """What codes nominate."""
    asked = np.ascontiguousarray(queries)
    return lambda many: codes.search(asked, many)[1]


def real(indexes: list[Path], questions: list[Path], split: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The passages of the indexes, one below the other, and the questions, by the embedder of the settings."""
    from app.settings import load_settings  # noqa: PLC0415 - only with real law
    from app.wiring import environment, load_embedder  # noqa: PLC0415 - likewise

    embedder = load_embedder(load_settings(environ=environment(), flags={}))
    parts = []
    for folder in indexes:
        with Release.open(folder) as release:
            release.require_embedder(embedder.fingerprint)
            stored = StoredVectors.open(release.file(VECTORS))
            parts.append(stored.rows(np.arange(len(stored))))
    texts = dict.fromkeys(one.text for path in questions for one in read_questions(path, split=split))
    return np.concatenate(parts), embedder.embed_queries(list(texts))


def made_up(rows: int, dimension: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Unit vectors in random directions."""
    random = np.random.default_rng(20)
    both = random.standard_normal((rows + 64, dimension), dtype=np.float32)
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    return both[:rows], both[rows:]


if __name__ == "__main__":
    main()
