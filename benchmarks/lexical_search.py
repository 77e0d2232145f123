"""P6: BM25 search, against rank_bm25 and against bm25s with its numba backend, on the same tokens.

Questions come one at a time, as they do to a server; each side gets the text, makes tokens of it by
`index.lexical.tokens`, and gives its ten best passages. The law is Vietnamese, whose pairs count as much as words, so
that bm25s computes the same scores. All sides run in this process, in rotating order; what counts is CPU time, and
the ratio in a round. rank_bm25 knows other formulas only (`BM25Okapi`), so its passages are compared by overlap too.
numba compiles before anything counts.

    python -m venv .venv-benchmarks
    .venv-benchmarks/bin/pip install numpy bm25s PyStemmer -r benchmarks/requirements.txt
    PYTHONPATH=. OMP_NUM_THREADS=1 .venv-benchmarks/bin/python benchmarks/lexical_search.py
"""

import argparse
import gzip
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import bm25s
import numpy as np
from rank_bm25 import BM25Okapi

from index.lexical import K1, B, LexicalIndex, tokens

RESULTS = Path(__file__).resolve().parent / "results"
DATA = Path(os.environ.get("LEXCITE_DATA", Path(__file__).resolve().parents[1] / "../shared/data"))
LANG = "vi"
K = 10

Search = Callable[[str], list[int]]  # a question -> the rows of its ten best passages


def main() -> None:
    """Measures, prints a table and writes `benchmarks/results/lexical_search.json`."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--corpus", type=Path, default=DATA / "corpora/vi_law.articles.jsonl.gz")
    options.add_argument("--questions", type=Path, default=DATA / "questions/vi_alqac.questions.jsonl.gz")
    options.add_argument("--asked", type=int, default=100, help="questions of the file (default: 100)")
    options.add_argument("--pairs", type=int, default=5, help="rounds (default: 5)")
    arguments = options.parse_args()

    texts = [
        f"{article['law_title']}\n{article['article']} {article['heading']}\n{article['text']}"
        for article in lines(arguments.corpus)
    ]
    questions = [line["question"] for line in lines(arguments.questions)][: arguments.asked]
    passages = [tokens(text, LANG) for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        LexicalIndex.write(texts, [LANG] * len(texts), Path(folder))
        index = LexicalIndex.open(Path(folder))
        sides: dict[str, Search] = {
            "lexcite": lambda question: index.search(question, K, lang=LANG)[1].tolist(),
            "bm25s, numba": bm25s_search(passages, "numba"),
            "bm25s, numpy": bm25s_search(passages, "numpy"),
            "rank_bm25": rank_bm25_search(passages),
        }
        times: dict[str, list[float]] = {name: [] for name in sides}
        found: dict[str, list[list[int]]] = {}
        for name, search in sides.items():
            found[name] = [search(question) for question in questions]
        for turn in range(arguments.pairs):
            order = list(sides)
            for name in order[turn % len(order) :] + order[: turn % len(order)]:
                for question in questions[:10]:  # the side before has emptied the CPU's caches
                    sides[name](question)
                started = time.process_time()
                for question in questions:
                    sides[name](question)
                times[name].append((time.process_time() - started) / len(questions))

    report = {
        "command": "benchmarks/lexical_search.py",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {name: version(name) for name in ("bm25s", "numba", "rank-bm25", "numpy")},
        "corpus": arguments.corpus.name,
        "passages": len(texts),
        "questions": len(questions),
        "pairs": arguments.pairs,
        "sides": {
            name: {
                "us_per_question": statistics.median(times[name]) * 1e6,
                "over_lexcite": statistics.median(
                    theirs / ours for theirs, ours in zip(times[name], times["lexcite"], strict=True)
                ),
                "same_top_10": sum(set(a) == set(b) for a, b in zip(found[name], found["lexcite"], strict=True)),
                "overlap_at_10": float(
                    np.mean([len(set(a) & set(b)) / K for a, b in zip(found[name], found["lexcite"], strict=True)])
                ),
            }
            for name in sides
        },
    }
    for name, side in report["sides"].items():
        print(
            f"{name:14} {side['us_per_question']:10.1f} us a question  {side['over_lexcite']:7.2f}x lexcite  "
            f"same ten for {side['same_top_10']} of {len(questions)}, overlap {side['overlap_at_10']:.3f}"
        )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "lexical_search.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def bm25s_search(passages: list[list[str]], backend: str) -> Search:
    """`bm25s.BM25.retrieve` of one question."""
    index = bm25s.BM25(k1=K1, b=B, method="lucene", backend=backend)
    index.index(passages, show_progress=False)

    def search(question: str) -> list[int]:
        return index.retrieve([tokens(question, LANG)], k=K, show_progress=False, n_threads=1)[0][0].tolist()

    return search


def rank_bm25_search(passages: list[list[str]]) -> Search:
    """The scores of `BM25Okapi`, and the best of them by numpy: its own `get_top_n` sorts the passages themselves."""
    index = BM25Okapi(passages, k1=K1, b=B)
    return lambda question: np.argsort(-index.get_scores(tokens(question, LANG)), kind="stable")[:K].tolist()


def lines(path: Path) -> list[dict[str, str]]:
    """The objects of a gzipped JSON Lines file."""
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


if __name__ == "__main__":
    main()
