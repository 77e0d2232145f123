"""P2: bulk embedding in fewer bits against float32, in the same batches, judged on questions that people asked.

Sides: `bfloat16` and `int8` (the setting); torch's dynamic int8 with one scale a batch, and its variant that leaves the
feed-forward outputs, where the largest activations are, in float32; and what else ONNX Runtime and OpenVINO have to
offer, see `precision_competitors.py`, which installs them. What cannot be installed or run here is named with the
reason.

Each set is the articles that the sampled TRAIN questions need and as many others at random as asked for. Fixed scales
are found on passages of three languages that are not among them. What counts is CPU time, sides alternating, after a
first pass that is told apart: it meets every batch shape for the first time, and OpenVINO makes code for each. Then
nDCG@10 against float32's; the same ten neighbours; and how far a text's vector moves when it is embedded alone, which
`Embedder` bounds at 1e-5 in float32. All sides stay in memory at once: 10 GB, and less with `--sides`.

    OMP_NUM_THREADS=1 PYTHONPATH=. .venv/bin/python benchmarks/precision.py --model FOLDER --data ../shared/data
"""

import argparse
import gzip
import json
import math
import random
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from embedding import machine
from numpy.typing import NDArray
from precision_competitors import PACKAGES, Competitors, MissingError

from index import cpu
from index.encoder import SentenceEncoder
from index.errors import EmbedderError

RESULTS = Path(__file__).resolve().parent / "results"
SETS = {"vi_alqac": "vi_core", "es_justicio": "es_core", "en_pdpa": "en_pdpa"}
CALIBRATED_ON = ("vi_core", "es_core", "en_core")
CALIBRATION = 34  # passages of each of them
BITS = ("amx_bf16", "amx_int8", "avx512_bf16", "avx512_vnni", "avx_vnni")  # what decides which side is fast
SEED = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """What one set is measured on.

    Attributes:
        articles: their ids.
        texts: the same articles as they are embedded.
        questions: of the train split.
        relevant: per question, the rows of its articles.
    """

    articles: list[str]
    texts: list[str]
    questions: list[str]
    relevant: list[set[int]]


def main() -> None:
    """Measures, prints a table and writes `benchmarks/results/precision.json`."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", type=Path, required=True, help="sentence-transformers folder")
    options.add_argument("--data", type=Path, required=True, help="folder with corpora/ and questions/")
    options.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    options.add_argument("--questions", type=int, default=150, help="train questions of each set (default: 150)")
    options.add_argument("--others", type=int, default=150, help="articles besides the needed ones (default: 150)")
    options.add_argument("--rounds", type=int, default=2, help="rounds after the first pass (default: 2)")
    options.add_argument("--sides", nargs="+", help="instead of all")
    options.add_argument("--competitors", type=Path, help="folder that keeps what is installed and exported")
    arguments = options.parse_args()

    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")  # torch announces the retirement of its quantisation and of its exporter
    samples = {name: sample(arguments.data, name, arguments.questions, arguments.others) for name in arguments.sets}
    report: dict[str, Any] = {"goal": "P2", "machine": machine(), "date": datetime.now(UTC).date().isoformat()}
    report |= {"bits": [bit for bit in BITS if bit in cpu.flags()], "torch": torch.__version__, "packages": PACKAGES}
    with ExitStack() as held:
        folder = arguments.competitors or Path(held.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        others = Competitors(arguments.model, folder, calibration(arguments.data, samples.values()))
        makers = own_sides(arguments.model) | others.makers
        unknown = set(arguments.sides or ()) - makers.keys()
        if unknown:
            options.error(f"--sides {sorted(unknown)}: choose from {list(makers)}")
        sides, report["missing"] = made({name: makers[name] for name in ["float32", *(arguments.sides or makers)]})
        print(f"{report['machine']}: {' '.join(report['bits'])}")
        report["sets"] = {}
        for name, one in samples.items():
            report["sets"][name] = measure(sides, one, arguments.rounds)
            print_table(name, one, report["sets"][name])
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "precision.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def own_sides(model: Path) -> dict[str, Callable[[], SentenceEncoder]]:
    """The setting's values, and what torch alone can do besides."""
    return {
        "float32": lambda: SentenceEncoder.load(model, device="cpu"),
        "bfloat16": lambda: SentenceEncoder.load(model, device="cpu", precision="bfloat16"),
        "int8": lambda: SentenceEncoder.load(model, device="cpu", precision="int8"),
        "torch int8 dynamic": lambda: dynamic_int8(model, keep=False),
        "torch int8 dynamic, FFN out float32": lambda: dynamic_int8(model, keep=True),
    }


def made(makers: dict[str, Callable[[], SentenceEncoder]]) -> tuple[dict[str, SentenceEncoder], dict[str, str]]:
    """The sides, and by name why others are missing."""
    sides: dict[str, SentenceEncoder] = {}
    missing: dict[str, str] = {}
    for name, make in makers.items():
        before = time.process_time()
        try:
            sides[name] = make()
        except (MissingError, EmbedderError) as error:
            missing[name] = str(error)
            print(f"{name}: missing, {error}", flush=True)
        else:
            print(f"{name}: made in {time.process_time() - before:.0f} CPU-s", flush=True)
    return sides, missing


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


def sample(data: Path, name: str, count: int, others: int) -> Sample:
    """Questions with the articles that they need, and others."""
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
    return Sample(
        articles=shown,
        texts=[embedded(articles[article]) for article in shown],
        questions=[question["question"] for question in asked],
        relevant=[{place[article] for article in question["relevant"]} for question in asked],
    )


def calibration(data: Path, samples: Iterable[Sample]) -> list[str]:
    """Passages of articles that are not measured, in three languages."""
    measured = {article for one in samples for article in one.articles}
    texts: list[str] = []
    for name in CALIBRATED_ON:
        articles = [row for row in rows(data / "corpora" / f"{name}.articles.jsonl.gz") if row["id"] not in measured]
        texts += map(embedded, random.Random(SEED).sample(articles, min(CALIBRATION, len(articles))))
    return texts


def embedded(article: dict[str, Any]) -> str:
    """An article as it is embedded."""
    return f"{article['law_title']}\n{article.get('heading') or ''}\n{article['text']}"


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a compressed JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def measure(sides: dict[str, SentenceEncoder], one: Sample, rounds: int) -> dict[str, dict[str, float]]:
    """Per side: CPU seconds, how many times faster than float32, and what became of the vectors."""
    spent: dict[str, list[float]] = {name: [] for name in sides}
    vectors: dict[str, NDArray[np.float32]] = {}
    for turn in range(1 + rounds):
        names = list(sides)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            before = time.process_time()
            vectors[name] = sides[name].embed_passages(one.texts)
            spent[name].append(time.process_time() - before)
    full = vectors["float32"]
    found: dict[str, NDArray[np.int64]] = {}
    table: dict[str, dict[str, float]] = {}
    for name, encoder in sides.items():
        found[name] = np.argsort(-(encoder.embed_queries(one.questions) @ vectors[name].T), axis=1, kind="stable")[
            :, :10
        ]
        cosine = (vectors[name] * full).sum(axis=1)
        alone = np.concatenate([encoder.embed_passages([text]) for text in one.texts[:10]])
        table[name] = {
            "first_cpu_seconds": spent[name][0],
            "cpu_seconds": statistics.median(spent[name][1:]),
            "ratio": statistics.median(f / own for f, own in zip(spent["float32"][1:], spent[name][1:], strict=True)),
            "least_cosine": float(cosine.min()),
            "mean_cosine": float(cosine.mean()),
            "overlap": float(
                np.mean([len({*a} & {*b}) / 10 for a, b in zip(found[name], found["float32"], strict=True)])
            ),
            "ndcg": statistics.mean(map(ndcg, found[name].tolist(), one.relevant)),
            "recall": statistics.mean(
                len(set(ten) & wanted) / len(wanted)
                for ten, wanted in zip(found[name].tolist(), one.relevant, strict=True)
            ),
            "moved_by_neighbours": float(np.abs(alone - vectors[name][:10]).max()),
        }
    return table


def ndcg(ten: list[int], wanted: set[int]) -> float:
    """Of one question, with binary relevance."""
    gain = sum(1 / math.log2(rank + 2) for rank, row in enumerate(ten) if row in wanted)
    return gain / sum(1 / math.log2(rank + 2) for rank in range(min(10, len(wanted))))


def print_table(name: str, one: Sample, table: dict[str, dict[str, float]]) -> None:
    """What a reader compares."""
    print(f"\n{name}: {len(one.texts)} articles, {len(one.questions)} train questions")
    print(
        f"{'':44}{'first':>8}{'CPU-s':>8}{'x':>6}{'cos min':>10}{'overlap':>9}{'nDCG@10':>9}{'kept':>8}{'recall':>8}"
        f"{'alone':>10}"
    )
    for side, row in table.items():
        kept = row["ndcg"] / table["float32"]["ndcg"]
        print(
            f"{side:44}{row['first_cpu_seconds']:8.2f}{row['cpu_seconds']:8.2f}{row['ratio']:6.2f}"
            f"{row['least_cosine']:10.6f}{row['overlap']:9.3f}{row['ndcg']:9.4f}{kept:8.2%}{row['recall']:8.3f}"
            f"{row['moved_by_neighbours']:10.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
