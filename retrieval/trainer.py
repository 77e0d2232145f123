"""sentence-transformers' trainer with our batches, evaluation and checkpoints."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from datasets import Dataset
from safetensors import SafetensorError
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.base.evaluation import BaseEvaluator
from sentence_transformers.base.sampler import DefaultBatchSampler
from sentence_transformers.sentence_transformer.data_collator import SentenceTransformerDataCollator
from torch import Tensor
from transformers import PrinterCallback

from index.encoder import SentenceEncoder
from retrieval.batching import Batches
from retrieval.checkpoints import TrainingError
from retrieval.losses import TrainingLoss
from retrieval.watching import Plan, Watch, cannot_write, is_main_process, restore, trained_weights

_WEIGHTS = "trained.safetensors"
_SCHEDULES = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}


def make_trainer(model: SentenceTransformer, loss: TrainingLoss, plan: Plan) -> "RecipeTrainer":
    """Puts the trainer together.

    Args:
        model: with the weights to be trained marked.
        loss: over it.
        plan: everything else.
    """
    recipe, pairs = plan.recipe, plan.pairs
    reader = SentenceEncoder(model, fingerprint="in training")  # knows the prompts
    model.train()
    negatives = recipe.hard_negatives
    columns = {
        "anchor": [pair.question for pair in pairs.pairs],
        "positive": [pairs.positive(pair) for pair in pairs.pairs],
        "negatives": [list(pairs.negative_texts(pair)[:negatives]) for pair in pairs.pairs],
    }
    prompts = {"anchor": reader.query_prompt, "positive": reader.passage_prompt}
    prompts |= {f"negative_{number}": reader.passage_prompt for number in range(negatives)}
    cuda = model.device.type == "cuda"
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(plan.run.checkpoints),
        num_train_epochs=recipe.epochs,
        max_steps=recipe.max_steps or -1,
        per_device_train_batch_size=recipe.batch_size,
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=_SCHEDULES[recipe.schedule],
        warmup_steps=recipe.warmup,  # below 1: a share
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.max_grad_norm,
        fp16=recipe.precision == "fp16",
        bf16=recipe.precision == "bf16",
        tf32=True if recipe.tf32 else None,
        use_cpu=not cuda,
        seed=recipe.seed,
        data_seed=recipe.seed,
        eval_strategy="steps" if recipe.evaluate_every else "epoch",
        eval_steps=recipe.evaluate_every or None,
        save_strategy="no",  # `Watch` says when
        save_total_limit=2,
        logging_steps=recipe.log_every,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=cuda,
        ddp_find_unused_parameters=False,  # what no gradient reaches, the pooler, is frozen
        prompts=prompts,
    )
    trainer = RecipeTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_dict(columns),
        loss=loss,
        evaluator=_Evaluator(plan.judge_now),
        data_collator=Collator(preprocess_fn=model.preprocess, prompts=prompts),
        callbacks=[Watch(plan, model)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.set_up(plan)
    return trainer


class RecipeTrainer(SentenceTransformerTrainer):
    """The library's trainer; its own batches, checkpoints and model card are replaced. `set_up` comes first."""

    def set_up(self, plan: Plan) -> None:
        """Says where it works and in which batches."""
        self._folder = plan.run
        self._batches = plan.batches

    @property
    def steps(self) -> int:
        """Optimiser steps taken."""
        return int(self.state.global_step)

    def run(self, checkpoint: Path | None) -> None:
        """Trains to the end, from a checkpoint or from the beginning.

        Raises:
            TrainingError: the disk is full, or it was asked to stop.
        """
        until = int(checkpoint.name.rpartition("-")[2]) if checkpoint is not None else 0
        if is_main_process():
            self._folder.read_log(until=until)
        PartialState().wait_for_everyone()
        try:
            self.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        except OSError as error:
            raise TrainingError(cannot_write(self._folder, error)) from error
        if self.steps < self.state.max_steps:
            raise TrainingError(
                f"stopped at step {self.steps} of {self.state.max_steps}; everything up to step"
                f" {self._folder.last_step()} is in {self._folder.folder}: go on with --resume"
            )
        if not any(entry["step"] == self.steps and "ndcg@10" in entry for entry in self._folder.read_log()):
            self.evaluate()

    def get_batch_sampler(self, dataset: Dataset, *_: object, **__: object) -> "_Sampler":
        """Our batches in the form of the library's sampler."""
        return _Sampler(dataset, self._batches, self.args.train_batch_size)

    def add_model_card_callback(self, _: dict[str, Any]) -> None:
        """None of the library's: it would read all the data and ask for the hub; the card is ours."""

    def _save(self, output_dir: str | None = None, state_dict: Mapping[str, Tensor] | None = None) -> None:
        del state_dict
        folder = Path(output_dir or self._folder.checkpoints)
        folder.mkdir(parents=True, exist_ok=True)
        save_file(trained_weights(self._plain_model()), folder / _WEIGHTS)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: object = None) -> None:
        del model
        restore(self._plain_model(), Path(resume_from_checkpoint) / _WEIGHTS)

    def _plain_model(self) -> SentenceTransformer:
        return self.accelerator.unwrap_model(self.model)  # type: ignore[no-any-return]  # the library says Any

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any = None) -> None:  # noqa: ANN401 - as the library's
        """Writes a checkpoint; it counts only once it is whole, and an older one stays until then."""
        folder = self._folder.checkpoints / f"checkpoint-{self.steps}"
        try:
            super()._save_checkpoint(model, trial)
            PartialState().wait_for_everyone()
            if is_main_process():
                self._folder.seal(folder)
        except (OSError, SafetensorError, RuntimeError) as error:  # torch and safetensors have their own
            shutil.rmtree(folder, ignore_errors=True)
            raise TrainingError(cannot_write(self._folder, error)) from error


class _Sampler(DefaultBatchSampler):
    """`Batches`; the trainer tells it the epoch."""

    def __init__(self, dataset: Dataset, batches: Batches, size: int) -> None:
        super().__init__(dataset, batch_size=size, drop_last=False)
        # Several processes share the batches out; told a size, accelerate would drop all that are smaller than it.
        self.batch_size = None  # type: ignore[assignment]  # the library reads it so, its annotation does not
        self._batches = batches

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._batches.epoch(self.epoch))

    def __len__(self) -> int:
        return len(self._batches)


class Collator(SentenceTransformerDataCollator):
    """Gives a batch as many columns of hard negatives as its best-provided pair fills.

    A pair that has fewer borrows those of the others: they compete with it anyway, and one pair without any would
    otherwise take the negatives from its whole batch.
    """

    def __call__(self, features: list[dict[str, Any]]) -> dict[str, Any]:
        """A batch of rows of the data set, tokenised: `anchor`, `positive`, `negative_0` ..."""
        most = max(len(row["negatives"]) for row in features)
        lent = [text for row in features for text in row["negatives"]]
        rows = [
            {
                "anchor": row["anchor"],
                "positive": row["positive"],
                **{
                    f"negative_{number}": row["negatives"][number]
                    if number < len(row["negatives"])
                    else lent[place % len(lent)]
                    for number in range(most)
                },
            }
            for place, row in enumerate(features)
        ]
        collated: dict[str, Any] = super().__call__(rows)
        return collated


class _Evaluator(BaseEvaluator):
    """What the trainer calls at an evaluation."""

    def __init__(self, judge_now: Callable[[], tuple[float, dict[str, float]]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library's
        self._judge_now = judge_now

    def __call__(self, model: object, *_: object, **__: object) -> dict[str, float]:
        del model  # `judge_now` holds the same one
        value, langs = self._judge_now()
        return {"ndcg@10": value, **{f"{lang}_ndcg@10": one for lang, one in langs.items()}}
