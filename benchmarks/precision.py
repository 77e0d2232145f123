"""P2: bulk embedding in fewer bits against float32, in the same batches, judged on questions that people asked.

Sides: `bfloat16` (the setting), torch's dynamic int8 with one scale a batch, and its variant that leaves the
feed-forward outputs, where the largest activations are, in float32. Both int8 sides come with torch. Each set is the
articles that the sampled TRAIN questions need and as many others at random as asked for. What counts is CPU time,
sides alternating; nDCG@10 against float32's; the same ten neighbours; and how far a text's vector moves when it is
embedded alone, which `Embedder` bounds at 1e-5 in float32.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/precision.py --model FOLDER --data ../shared/data
"""

import argparse
import gzip
import json
import math
import random
import statistics
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from embedding import machine
from numpy.typing import NDArray

from index.encoder import SentenceEncoder

RESULTS = Path(__file__).resolve().parent / "results"
SETS = {"vi_alqac": "vi_core", "es_justicio": "es_core", "en_pdpa": "en_pdpa"}
SEED = 20


def main() -> None:
    """Measures, prints a table and writes `benchmarks/results/precision.json`."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", type=Path, required=True, help="sentence-transformers folder")
    options.add_argument("--data", type=Path, required=True, help="folder with corpora/ and questions/")
    options.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    options.add_argument("--questions", type=int, default=150, help="train questions of each set (default: 150)")
    options.add_argument("--others", type=int, default=150, help="articles besides the needed ones (default: 150)")
    options.add_argument("--rounds", type=int, default=2, help="rounds (default: 2)")
    options.add_argument("--sides", nargs="+", default=["bfloat16", "int8 dynamic", "int8 dynamic, FFN out float32"])
    arguments = options.parse_args()

    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message=".*deprecated.*")  # torch.ao announces its retirement
    sides = {"float32": SentenceEncoder.load(arguments.model, device="cpu")}
    makers = {
        "bfloat16": lambda: SentenceEncoder.load(arguments.model, device="cpu", precision="bfloat16"),
        "int8 dynamic": lambda: dynamic_int8(arguments.model, keep=False),
        "int8 dynamic, FFN out float32": lambda: dynamic_int8(arguments.model, keep=True),
    }
    sides |= {name: makers[name]() for name in arguments.sides}
    for encoder in sides.values():
        encoder.embed_passages(["warm"] * 8)

    report: dict[str, Any] = {"goal": "P2", "machine": machine(), "date": datetime.now(UTC).date().isoformat()}
    report |= {"torch": torch.__version__, "sets": {}}
    for name in arguments.sets:
        texts, questions, relevant = sample(arguments.data, name, arguments.questions, arguments.others)
        report["sets"][name] = measure(sides, texts, questions, relevant, arguments.rounds)
        print_table(name, len(texts), len(questions), report["sets"][name])
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "precision.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def dynamic_int8(folder: Path, *, keep: bool) -> SentenceEncoder:
    """Torch's dynamic quantisation on oneDNN; `keep` leaves the feed-forward outputs in float32."""
    torch.backends.quantized.engine = "onednn"
    encoder = SentenceEncoder.load(folder, device="cpu")
    linear = {
        path: torch.ao.quantization.per_channel_dynamic_qconfig
        for path, module in encoder._model.named_modules()
        if isinstance(module, torch.nn.Linear)
        and not (keep and path.endswith("output.dense") and "attention" not in path)
    }
    torch.ao.quantization.quantize_dynamic(encoder._model, linear, inplace=True)
    return encoder


def sample(data: Path, name: str, count: int, others: int) -> tuple[list[str], list[str], list[set[int]]]:
    """Passages as they are embedded, questions of the train split, and per question the rows of its articles."""
    chance = random.Random(SEED)
    asked = [
        question for question in rows(data / "questions" / f"{name}.questions.jsonl.gz") if question["split"] == "train"
    ]
    articles = {row["id"]: row for row in rows(data / "corpora" / f"{SETS[name]}.articles.jsonl.gz")}
    asked = [question for question in asked if question["relevant"] and set(question["relevant"]) <= articles.keys()]
    asked = chance.sample(asked, min(count, len(asked)))
    needed = sorted({article for question in asked for article in question["relevant"]})
    rest = sorted(articles.keys() - set(needed))
    shown = needed + chance.sample(rest, min(others, len(rest)))
    place = {article: row for row, article in enumerate(shown)}
    texts = [
        f"{articles[row]['law_title']}\n{articles[row].get('heading') or ''}\n{articles[row]['text']}" for row in shown
    ]
    relevant = [{place[article] for article in question["relevant"]} for question in asked]
    return texts, [question["question"] for question in asked], relevant


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a compressed JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def measure(
    sides: dict[str, SentenceEncoder], texts: list[str], questions: list[str], relevant: list[set[int]], rounds: int
) -> dict[str, dict[str, float]]:
    """Per side: CPU seconds, how many times faster than float32, and what became of the vectors."""
    cpu: dict[str, list[float]] = {name: [] for name in sides}
    vectors: dict[str, NDArray[np.float32]] = {}
    for turn in range(rounds):
        names = list(sides)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            before = time.process_time()
            vectors[name] = sides[name].embed_passages(texts)
            cpu[name].append(time.process_time() - before)
    full = vectors["float32"]
    found: dict[str, NDArray[np.int64]] = {}
    table: dict[str, dict[str, float]] = {}
    for name, encoder in sides.items():
        found[name] = np.argsort(-(encoder.embed_queries(questions) @ vectors[name].T), axis=1, kind="stable")[:, :10]
        cosine = (vectors[name] * full).sum(axis=1)
        alone = np.concatenate([encoder.embed_passages([text]) for text in texts[:10]])
        table[name] = {
            "cpu_seconds": statistics.median(cpu[name]),
            "ratio": statistics.median(f / own for f, own in zip(cpu["float32"], cpu[name], strict=True)),
            "least_cosine": float(cosine.min()),
            "mean_cosine": float(cosine.mean()),
            "overlap": float(
                np.mean([len({*a} & {*b}) / 10 for a, b in zip(found[name], found["float32"], strict=True)])
            ),
            "ndcg": statistics.mean(map(ndcg, found[name].tolist(), relevant)),
            "recall": statistics.mean(
                len(set(ten) & wanted) / len(wanted) for ten, wanted in zip(found[name].tolist(), relevant, strict=True)
            ),
            "moved_by_neighbours": float(np.abs(alone - vectors[name][:10]).max()),
        }
    return table


def ndcg(ten: list[int], wanted: set[int]) -> float:
    """Of one question, with binary relevance."""
    gain = sum(1 / math.log2(rank + 2) for rank, row in enumerate(ten) if row in wanted)
    return gain / sum(1 / math.log2(rank + 2) for rank in range(min(10, len(wanted))))


def print_table(name: str, articles: int, questions: int, table: dict[str, dict[str, float]]) -> None:
    """What a reader compares."""
    print(f"\n{name}: {articles} articles, {questions} train questions")
    print(
        f"{'':32}{'CPU-s':>8}{'x':>6}{'cos min':>10}{'overlap':>9}{'nDCG@10':>9}{'kept':>8}{'recall':>8}{'alone':>10}"
    )
    for side, row in table.items():
        kept = row["ndcg"] / table["float32"]["ndcg"]
        print(
            f"{side:32}{row['cpu_seconds']:8.2f}{row['ratio']:6.2f}{row['least_cosine']:10.6f}{row['overlap']:9.3f}"
            f"{row['ndcg']:9.4f}{kept:8.2%}{row['recall']:8.3f}{row['moved_by_neighbours']:10.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
