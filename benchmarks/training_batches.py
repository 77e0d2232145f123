"""P13: batches of training pairs against sentence-transformers': time of the sampler, clashes, and steps per second.

    python benchmarks/training_batches.py --pairs FILE... --corpus FILE... [--steps 12]

The competitor is the library's own `NO_DUPLICATES` sampler and its padded forward pass; nothing else is installed.
Both sides train the same model on the very same batches, in turn, and their losses are compared step by step: dropout
is off, so that they have to be equal.
"""

import argparse
import json
import platform
import statistics
import time
from datetime import UTC, datetime
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import sentence_transformers
import torch
from datasets import Dataset, disable_progress_bars
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.sampler import NoDuplicatesBatchSampler

from index.importers.registry import read_corpus
from index.model_loading import load
from index.packaged import packaged_e5
from retrieval.batching import Batches, Row
from retrieval.losses import TrainingLoss
from retrieval.pairs import PairSet, read_pairs
from retrieval.recipe import Recipe, read_recipe
from retrieval.training import rows_of

RESULTS = Path(__file__).with_name("results")


def main() -> None:
    """Measures, prints, and writes `results/training_batches.json`."""
    own = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    own.add_argument("--pairs", nargs="+", type=Path, required=True)
    own.add_argument("--corpus", nargs="+", type=Path, required=True)
    own.add_argument("--base", type=Path, help="folder of the model (default: the packaged one)")
    own.add_argument("--batch-size", type=int, default=16)
    own.add_argument("--max-length", type=int, default=256)
    own.add_argument("--steps", type=int, default=12, help="steps of each side; 0: the sampler only")
    own.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = own.parse_args()
    torch.set_num_threads(arguments.threads)
    disable_progress_bars()
    pairs = read_pairs(arguments.pairs, read_corpus(arguments.corpus))
    rows = [Row(row.answers, row.shown[:1]) for row in rows_of(pairs, "together")]
    report: dict[str, Any] = {
        "goal": "P13",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.processor() or platform.machine()}, {arguments.threads} threads",
        "versions": {"torch": torch.__version__, "sentence-transformers": sentence_transformers.__version__},
        "pairs": len(rows),
        "articles": len({row.shown[0] for row in rows}),
        "batch_size": arguments.batch_size,
        "max_length": arguments.max_length,
        "sampler": sampler(pairs, rows, arguments.batch_size),
    }
    if arguments.steps:
        base = arguments.base or packaged_e5(Path("~/.cache/lexcite").expanduser())
        recipe = read_recipe("vn", changes={"batch_size": str(arguments.batch_size)})
        report["steps"] = steps(base, pairs, rows, recipe, max_length=arguments.max_length, number=arguments.steps)
    print(json.dumps(report, indent=1))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "training_batches.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def sampler(pairs: PairSet, rows: list[Row], size: int) -> dict[str, Any]:
    """Seconds for an epoch's batches (median of five), and how often two questions of one article meet."""
    data = Dataset.from_dict(
        {
            "anchor": [pair.question for pair in pairs.pairs],
            "positive": [pairs.positive(pair) for pair in pairs.pairs],
        }
    )
    found: dict[str, Any] = {}
    sides = {
        "lexcite": lambda epoch: Batches(rows, size).epoch(epoch),
        "NO_DUPLICATES": lambda epoch: library_epoch(data, size, epoch, hashed=False),
        "NO_DUPLICATES_HASHED": lambda epoch: library_epoch(data, size, epoch, hashed=True),
    }
    for name, epoch_of in sides.items():
        taken, batches = [], []
        for epoch in range(5):
            before = time.perf_counter()
            batches = list(epoch_of(epoch))
            taken.append(time.perf_counter() - before)
        found[name] = {
            "seconds": statistics.median(taken),
            "batches": len(batches),
            "rows": sum(map(len, batches)),
            "clashes": sum(
                bool(rows[one].answers & set(rows[other].shown))
                for batch in batches
                for one, other in combinations(batch, 2)
            ),
        }
    found["times_as_fast"] = found["NO_DUPLICATES"]["seconds"] / found["lexcite"]["seconds"]
    return found


def library_epoch(data: Dataset, size: int, epoch: int, *, hashed: bool) -> list[list[int]]:
    """An epoch of the library's sampler, hashing included, as the trainer makes it anew for each training."""
    generator = torch.Generator()
    own = NoDuplicatesBatchSampler(data, size, False, generator=generator, seed=42, precompute_hashes=hashed)
    own.set_epoch(epoch)
    return list(own)


def steps(
    base: Path, pairs: PairSet, rows: list[Row], recipe: Recipe, *, max_length: int, number: int
) -> dict[str, Any]:
    """CPU-seconds of a step, forward, backward and update, with a column padded as a whole and in parts."""
    batches = Batches(rows, recipe.batch_size).epoch(0)[:number]
    sides = {"padded": 0, "parts": None}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    losses: dict[str, list[float]] = {name: [] for name in sides}
    trained = {name: side(base, max_length, recipe, part_tokens) for name, part_tokens in sides.items()}
    for number_of_batch, batch in enumerate(batches):
        chosen = [pairs.pairs[row] for row in batch]
        order = list(trained) if number_of_batch % 2 else list(reversed(trained))
        for name in order:
            model, loss, optimiser = trained[name]
            before = time.process_time()
            columns = [
                model.preprocess([pair.question for pair in chosen], prompt="query: "),
                model.preprocess([pairs.positive(pair) for pair in chosen], prompt="passage: "),
            ]
            value = loss(columns, None)
            value.backward()
            optimiser.step()
            optimiser.zero_grad()
            taken[name].append(time.process_time() - before)
            losses[name].append(value.item())
    return {
        "cpu_seconds": {name: statistics.median(seconds) for name, seconds in taken.items()},
        "times_as_fast": sum(taken["padded"]) / sum(taken["parts"]),
        "losses": losses,
        "largest_difference_of_losses": max(
            abs(one - other) for one, other in zip(losses["padded"], losses["parts"], strict=True)
        ),
        "loss_moves_by": max(abs(one - other) for one, other in pairwise(losses["padded"])),
    }


def side(
    base: Path, max_length: int, recipe: Recipe, part_tokens: int | None
) -> tuple[SentenceTransformer, TrainingLoss, torch.optim.Optimizer]:
    """A model of its own with its loss and optimiser; the token embeddings are frozen on both sides alike."""
    model = load(base, device="cpu", dtype=torch.float32).eval()  # no dropout: equal losses
    model.max_seq_length = max_length
    transformer = model.transformers_model
    if transformer is not None:
        transformer.get_input_embeddings().requires_grad_(False)
    weights = [one for one in model.parameters() if one.requires_grad]
    loss = TrainingLoss(model, scale=recipe.scale, part_tokens=part_tokens)
    return model, loss, torch.optim.AdamW(weights, lr=recipe.learning_rate)


if __name__ == "__main__":
    main()
