"""What happens beside the steps of a training: its log, its best weights, and when a checkpoint is due."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from torch import Tensor
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from retrieval.batching import Batches
from retrieval.checkpoints import Best, RunFolder, TrainingError
from retrieval.pairs import PairSet
from retrieval.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training is.

    Attributes:
        step, steps: done, and in all.
        loss: mean since the last one; None where an evaluation is told.
        ndcg: of the evaluation, the mean of the languages; None where a loss is told.
        langs: of the evaluation, language by language.
        steps_per_second: since training began or was resumed.
    """

    step: int
    steps: int
    loss: float | None
    ndcg: float | None
    langs: Mapping[str, float]
    steps_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a trainer works from.

    Attributes:
        recipe: clamped.
        pairs: what is trained on.
        batches: of the pairs, by their position.
        run: where it works.
        base: the figure that an evaluation has to beat.
        judge_now: the main figure of the model as it is, and each language's.
        on_progress: called at every line of the log.
        should_stop: asked after each step.
    """

    recipe: Recipe
    pairs: PairSet
    batches: Batches
    run: RunFolder
    base: float
    judge_now: Callable[[], tuple[float, dict[str, float]]]
    on_progress: Callable[[Progress], None] | None = None
    should_stop: Callable[[], bool] | None = None


def join_processes(device: str | None) -> None:
    """Finds the processes that train together, where a launcher started several; the first call in a process."""
    PartialState(cpu=not torch.cuda.is_available() or (device or "").startswith("cpu"))


def is_main_process() -> bool:
    """Whether this process writes; of several that train together, the first does."""
    return bool(PartialState().is_main_process)


def trained_weights(model: SentenceTransformer) -> dict[str, Tensor]:
    """The weights that training changes, on the CPU."""
    return {name: one.detach().cpu().contiguous() for name, one in model.named_parameters() if one.requires_grad}


def restore(model: SentenceTransformer, path: Path) -> None:
    """Puts saved weights back.

    Raises:
        TrainingError: the file is damaged, or of another model.
    """
    try:
        saved = load_file(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path}: damaged ({error}); start anew with --force") from error
    own = {name: one for name, one in model.named_parameters() if one.requires_grad}
    if saved.keys() != own.keys() or any(saved[name].shape != one.shape for name, one in own.items()):
        raise TrainingError(f"{path}: the weights of another model or recipe; start anew with --force")
    with torch.no_grad():
        for name, one in own.items():
            one.copy_(saved[name])


class Watch(TrainerCallback):
    """Writes the log, keeps the best weights, and decides when a checkpoint is due."""

    def __init__(self, plan: Plan, model: SentenceTransformer) -> None:
        self._plan = plan
        self._run = plan.run
        self._model = model
        self._saved = self._began = time.monotonic()
        self._from_step = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Starts the clocks."""
        self._saved = self._began = time.monotonic()
        self._from_step = state.global_step

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Asks for a checkpoint at the end, when one is due, and when somebody wants to stop."""
        stop = self._plan.should_stop is not None and self._plan.should_stop()
        due = time.monotonic() - self._saved >= 60 * self._plan.recipe.checkpoint_minutes
        if PartialState().num_processes > 1:  # clocks differ; the first process decides for all
            stop, due = broadcast_object_list([stop, due])
        if stop or due or state.global_step >= state.max_steps:
            control.should_save = True
            self._saved = time.monotonic()
        if stop:
            control.should_training_stop = True

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object) -> None:
        """Notes loss and rate."""
        logs = cast(dict[str, Any], kwargs["logs"])
        if "loss" in logs and is_main_process():
            entry = {"step": state.global_step, "epoch": round(float(state.epoch or 0), 4)}
            entry |= {key: logs[key] for key in ("loss", "learning_rate", "grad_norm") if key in logs}
            self._run.append_log(entry)
            self._tell(state, loss=float(logs["loss"]))

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Notes an evaluation, and keeps the weights where it is the best and better than the base."""
        if not is_main_process():
            return
        figures = {
            key.removeprefix("eval_"): value
            for key, value in cast(dict[str, Any], kwargs["metrics"]).items()
            if key.endswith("ndcg@10")
        }
        self._run.append_log({"step": state.global_step, **figures})
        value = float(figures["ndcg@10"])
        best = self._run.best()
        if value > (self._plan.base if best is None else best.value):
            beside = self._run.folder / "best.part"
            try:
                save_file(trained_weights(self._model), beside)
                self._run.note_best(Best(state.global_step, value), beside)
            except (OSError, SafetensorError) as error:
                beside.unlink(missing_ok=True)
                raise TrainingError(cannot_write(self._run, error)) from error
        langs = {key.removesuffix("_ndcg@10"): one for key, one in figures.items() if key != "ndcg@10"}
        self._tell(state, ndcg=value, langs=langs)

    def _tell(
        self,
        state: TrainerState,
        *,
        loss: float | None = None,
        ndcg: float | None = None,
        langs: Mapping[str, float] | None = None,
    ) -> None:
        if self._plan.on_progress is not None:
            seconds = max(time.monotonic() - self._began, 1e-9)
            speed = (state.global_step - self._from_step) / seconds
            self._plan.on_progress(Progress(state.global_step, state.max_steps, loss, ndcg, langs or {}, speed))


def cannot_write(run: RunFolder, error: BaseException) -> str:
    """What to tell when the disk refuses."""
    step = run.last_step()
    lost = f"the checkpoint at step {step} is whole" if step else "there is no checkpoint yet"
    first = next(iter(str(error).splitlines()), type(error).__name__)
    return f"{run.folder}: cannot be written ({first}); {lost}: make room, then go on with --resume"
