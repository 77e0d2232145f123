"""The end of a training: the model is written, judged beside its base as it will be served, and published."""

import json
import platform
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from safetensors import SafetensorError
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer

from index import adapter_folder, model_folder, model_loading
from index.adapter import load_with_adapter
from index.embedding import Precision
from index.encoder import SentenceEncoder
from retrieval.checkpoints import Best, TrainingError
from retrieval.dev_set import MAIN_METRIC, DevSet, Judged, judge, main_figure
from retrieval.loss_plot import plot_training
from retrieval.model_card import model_card
from retrieval.pairs import PairSet
from retrieval.recipe import Recipe
from retrieval.training_report import Strength, TrainingReport, best_of, describe_data, figures
from retrieval.watching import Plan

_LENGTHS_OF = 2_000  # texts of a column that are counted for the card; more would take minutes on large sets
_PACKAGES = ("torch", "sentence-transformers", "transformers", "peft", "accelerate", "datasets", "tokenizers", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is trained, on what, and where to.

    Attributes:
        base: folder of the model.
        base_name: what to call it in the card.
        recipe: as asked for; it is clamped to base, data and machine.
        pairs: what is trained on.
        dev: what it is watched with; at least one set.
        out: the folder of the finished model; it appears whole.
        device: as torch names it; None takes a GPU where there is one.
        licences: notes for the card.
        command: for the card.
    """

    base: Path
    base_name: str
    recipe: Recipe
    pairs: PairSet
    dev: tuple[DevSet, ...]
    out: Path
    device: str | None = None
    licences: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the steps came to.

    Attributes:
        steps: taken.
        best: the best evaluation; None where none was better than the base.
        base_figure: of the base, by which they were compared.
        changes: how the recipe was clamped.
        strengths: shares of the update that were tried; the model has the best of them.
        started: `time.monotonic()` at the start of this process's share.
    """

    steps: int
    best: Best | None
    base_figure: float
    changes: tuple[str, ...]
    strengths: tuple[Strength, ...]
    started: float


def default_device() -> str:
    """The GPU of this process where there is one, else the CPU."""
    return f"cuda:{PartialState().local_process_index}" if torch.cuda.is_available() else "cpu"


def finish(job: Job, model: SentenceTransformer, plan: Plan, outcome: Outcome) -> TrainingReport:
    """Writes the model with its papers beside the place where it will stand, and renames it there.

    Args:
        job: see `Job`.
        model: with the weights that are kept, and the window it is served with.
        plan: that it was trained by.
        outcome: see `Outcome`.

    Raises:
        TrainingError: the disk is full; nothing is lost.
    """
    finished = plan.run.folder / "model"
    shutil.rmtree(finished, ignore_errors=True)
    fingerprint = model_folder.fingerprint(job.base)
    try:
        finished.mkdir()
        if plan.recipe.lora_rank:
            _write_adapter(model, finished, fingerprint, job.base_name)
        else:
            model_loading.save(model, finished)
        report = _report(job, plan, outcome, fingerprint, finished)
        _write_papers(report, finished)
        plan.run.publish(finished)
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"{job.out}: cannot be written ({error}); the training is done and its weights are safe in"
            f" {plan.run.folder}: make room, then run it again with --resume"
        ) from error
    return report


def main_and_languages(judged: Sequence[Judged]) -> tuple[float, dict[str, float]]:
    """The figure by which checkpoints are compared, and each language's own."""
    largest = max(one.dimension for one in judged)
    return main_figure(judged), {one.lang: one.mean() for one in judged if one.dimension == largest}


def judge_model(
    model: SentenceTransformer,
    dev: Sequence[DevSet],
    dimensions: Sequence[int] = (),
    *,
    precision: Precision = "float32",
) -> tuple[Judged, ...]:
    """Judges a model as it is, in its own training or serving window.

    Args:
        model: it is left as it was.
        dev: what to judge it by.
        dimensions: see `judge`.
        precision: see `SentenceEncoder`.
    """
    training = model.training
    encoder = SentenceEncoder(model, fingerprint="in training", precision=precision, in_training=True)
    judged = judge(encoder, dev, dimensions=dimensions)
    model.train(training)
    return judged


def _write_adapter(model: SentenceTransformer, folder: Path, base_fingerprint: str, base_name: str) -> None:
    """Weights and configuration, as PEFT names them; the base is named by its fingerprint, never by a path."""
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.get_adapter_state_dict().items()}
    save_file(
        weights, folder / adapter_folder.WEIGHTS, metadata={"format": "pt", adapter_folder.BASE_KEY: base_fingerprint}
    )
    (folder / adapter_folder.WEIGHTS).chmod(0o644)
    transformer = model.transformers_model
    config = transformer.peft_config["default"].to_dict()  # type: ignore[union-attr]  # an adapter was just added to it
    plain = {key: sorted(value) if isinstance(value, set) else value for key, value in config.items()}
    plain |= {"base_model_name_or_path": Path(base_name).name, "inference_mode": True}
    text = json.dumps(plain, indent=1, default=str, sort_keys=True)
    (folder / adapter_folder.CONFIG).write_text(text + "\n", encoding="utf-8")


def _report(job: Job, plan: Plan, outcome: Outcome, fingerprint: str, finished: Path) -> TrainingReport:
    """Judges what was written, loaded again as it will be served, beside the base."""
    recipe = plan.recipe
    device = job.device or default_device()
    before = model_loading.load(job.base, device=device, dtype=torch.float32)
    if recipe.lora_rank:
        after = load_with_adapter(job.base, finished, device=device)
        own = adapter_folder.fingerprint(fingerprint, finished)
    else:
        after = model_loading.load(finished, device=device, dtype=torch.float32)
        own = model_folder.fingerprint(finished)
    best = outcome.best
    log = tuple(plan.run.read_log())
    return TrainingReport(
        kind="lora" if recipe.lora_rank else "full",
        base_name=job.base_name,
        base_fingerprint=fingerprint,
        fingerprint=own,
        architecture=tuple(str(after).splitlines()),
        recipe=recipe,
        changes=outcome.changes,
        data=describe_data(job.pairs, job.dev, _token_lengths(before, job.pairs, recipe)),
        steps=outcome.steps,
        best_step=outcome.steps if best is None else best.step,
        watched_base=outcome.base_figure,
        watched_best=_watched_best(outcome, log),
        strengths=outcome.strengths,
        log=log,
        figures=figures(
            judge_model(before, job.dev, recipe.dimensions), judge_model(after, job.dev, recipe.dimensions)
        ),
        left_out=len(job.pairs.pairs) - len({row for batch in plan.batches.epoch(0) for row in batch}),
        environment=_environment(device),
        seconds=time.monotonic() - outcome.started,
        licences=job.licences,
        command=job.command,
    )


def _token_lengths(model: SentenceTransformer, pairs: PairSet, recipe: Recipe) -> dict[str, tuple[list[int], int]]:
    """Tokens of the texts of each column: of all, or of as many as are quickly counted, taken at equal distances."""
    chosen = pairs.pairs[:: max(1, len(pairs.pairs) // _LENGTHS_OF)]
    columns = {
        "question": [pair.question for pair in chosen],
        "article": [pairs.positive(pair) for pair in chosen],
        "hard negative": [text for pair in chosen for text in pairs.negative_texts(pair)[: recipe.hard_negatives]],
    }
    return {
        name: ([len(ids) for ids in model.tokenizer(texts, truncation=False)["input_ids"]], recipe.max_length)
        for name, texts in columns.items()
        if texts
    }


def _write_papers(report: TrainingReport, folder: Path) -> None:
    """Card, log, plot and report beside the weights."""
    (folder / "README.md").write_text(model_card(report), encoding="utf-8")
    log = "".join(json.dumps(entry) + "\n" for entry in report.log)
    (folder / "training_log.jsonl").write_text(log, encoding="utf-8")
    text = json.dumps(report.to_json(), indent=1, ensure_ascii=False)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    plot_training(report.log, folder / "loss.png", base=report.watched_base)


def _environment(device: str) -> tuple[tuple[str, str], ...]:
    machine = torch.cuda.get_device_name() if device.startswith("cuda") else platform.processor() or platform.machine()
    return (
        ("Python", platform.python_version()),
        *((name, version(name)) for name in _PACKAGES),
        ("device", f"{device}: {machine}"),
        ("threads", str(torch.get_num_threads())),
    )


def _watched_best(outcome: Outcome, log: Sequence[Mapping[str, Any]]) -> float:
    """The main figure of the weights that are kept."""
    if outcome.strengths:
        return best_of(outcome.strengths).value
    return outcome.best.value if outcome.best is not None else _last_figure(log)


def _last_figure(log: Sequence[Mapping[str, Any]]) -> float:
    """The main figure of the last evaluation."""
    return float(next(entry[MAIN_METRIC] for entry in reversed(log) if MAIN_METRIC in entry))
