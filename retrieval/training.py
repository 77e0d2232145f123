"""Fine-tuning an embedder by a recipe: whole or as a LoRA adapter, watched, resumable, and published whole."""

import dataclasses
import functools
import hashlib
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from accelerate import PartialState
from peft import LoraConfig
from sentence_transformers import SentenceTransformer
from transformers import set_seed
from transformers.utils import logging as transformers_logging

from index import cpu, model_folder, model_loading
from index.embedding import Precision
from index.errors import EmbedderError
from retrieval.batching import Batches, Row
from retrieval.checkpoints import RunFolder, TrainingError
from retrieval.dev_set import DevSet, refuse_leaks
from retrieval.finishing import Job, Outcome, default_device, finish, judge_model, main_and_languages
from retrieval.interpolation import keep_best_share, scaled_weights
from retrieval.losses import FUSED_PART_TOKENS, TrainingLoss, frozen_copy, switch_off_dropout
from retrieval.pairs import Pair, PairSet
from retrieval.recipe import Limits, Recipe, clamp
from retrieval.trainer import make_trainer
from retrieval.training_report import TrainingReport
from retrieval.watching import Plan, Progress, is_main_process, join_processes, restore

_LARGE_LAW = 8  # articles among the answers from which a law has batches of its own


def train(
    job: Job,
    *,
    resume: bool = False,
    force: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_note: Callable[[str], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TrainingReport | None:
    """Trains a model and writes it to `job.out` with card, log and plot.

    While it runs everything is in `<out>.partial`. A kill, a full disk or `should_stop` loses what came after the last
    checkpoint, no more; `resume` goes on from there.

    Args:
        job: see `Job`.
        resume: go on where an earlier run of the same job stopped; begin where there is none.
        force: replace what stands in the way: an earlier model, or an unfinished run.
        on_progress: called at every line of the log.
        on_note: called with what a person should know: how the recipe was clamped, how the base does.
        should_stop: asked after each step; True writes a checkpoint and stops with `TrainingError`.

    Returns:
        What was done; None in the processes that write nothing, which are all but the first of several GPUs.

    Raises:
        TrainingError: it cannot begin, could not go on, or was stopped; the message says how to go on.
        EmbedderError: the base is no embedder that lexcite can load.
        DevSetError: questions to judge by are also trained on.
    """
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # the library's
    join_processes(job.device)
    note = on_note if on_note is not None and is_main_process() else lambda _: None
    if not job.dev:
        raise TrainingError("no questions to watch the training with; name them with --dev")
    refuse_leaks(job.pairs, job.dev)
    device = job.device or default_device()
    model = model_loading.load(job.base, device=device, dtype=torch.float32)
    recipe, changes = clamp(job.recipe, _limits(model, job.pairs, device))
    for line in changes:
        note(f"recipe: {line}")
    fingerprint = model_folder.fingerprint(job.base)
    batches = _batches(job.pairs, recipe)
    run = RunFolder(job.out)
    if is_main_process():
        run.begin(
            {
                "base": fingerprint,
                "recipe": dataclasses.asdict(recipe),
                "data": _digest(job.pairs),
                "dev": [[one.lang, len(one.questions), len(one.passages)] for one in job.dev],
            },
            resume=resume,
            force=force,
        )
    PartialState().wait_for_everyone()
    window = model.max_seq_length
    model.max_seq_length = recipe.max_length
    started = time.monotonic()
    judge_now = functools.partial(_watched, model, job.dev, recipe)
    base_figure = _watch_base(run, judge_now, note)
    set_seed(recipe.seed)
    base = frozen_copy(model, share=recipe.lora_rank > 0) if recipe.distillation else None
    _prepare(model, recipe)
    if not recipe.dropout:
        switch_off_dropout(model)
    before = scaled_weights(model) if recipe.strengths else {}
    loss = TrainingLoss(
        model,
        scale=recipe.scale,
        dimensions=recipe.dimensions,
        base=base,
        distillation=recipe.distillation,
        part_tokens=None if recipe.dropout else FUSED_PART_TOKENS.get(model.device.type),
    )
    plan = Plan(
        recipe=recipe,
        pairs=job.pairs,
        batches=batches,
        run=run,
        base=base_figure,
        judge_now=judge_now,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    steps = _run(model, loss, plan, resume=resume, note=note)
    strengths = keep_best_share(model, before, recipe.strengths, judge_now) if recipe.strengths else ()
    for one in strengths:
        note(f"strength {one.share:.2f}: nDCG@10 {one.value:.4f} ({_by_language(one.langs)})")
    if not is_main_process():
        return None
    model.max_seq_length = window if recipe.lora_rank else recipe.max_length
    outcome = Outcome(
        steps=steps,
        best=run.best(),
        base_figure=base_figure,
        changes=changes,
        strengths=strengths,
        started=started,
    )
    return finish(job, model, plan, outcome)


def _run(
    model: SentenceTransformer, loss: TrainingLoss, plan: Plan, *, resume: bool, note: Callable[[str], None]
) -> int:
    """Trains, and leaves the best weights in the model; the steps taken."""
    trainer = make_trainer(model, loss, plan)
    checkpoint = plan.run.last_checkpoint() if resume else None
    _require_room(plan.run.folder, model)
    if checkpoint is not None:
        note(f"resuming at step {checkpoint.name.rpartition('-')[2]}")
    trainer.run(checkpoint)
    best = plan.run.best()
    if best is None:
        note(f"no evaluation was better than the base ({plan.base:.4f}); the last weights are kept")
    else:
        restore(model, plan.run.best_weights)
        note(f"best step {best.step}: {best.value:.4f}, the base {plan.base:.4f}")
    return trainer.steps


def rows_of(pairs: PairSet, mixing: str, *, law_share: float = 1.0, seed: int = 0) -> tuple[Row, ...]:
    """What each pair brings into a batch; articles of equal text are one.

    Args:
        pairs: all of the training.
        mixing: see `Recipe.mixing`.
        law_share: see `Recipe.law_share`.
        seed: decides which pairs that share is.
    """
    classes: dict[tuple[str, ...], int] = {}
    numbers = {one: classes.setdefault(texts, len(classes)) for one, texts in pairs.texts.items()}
    answers: dict[str, set[int]] = {}
    chance = random.Random(seed)  # noqa: S311 - a reproducible draw, nothing secret
    apart = [mixing == "by_law" and chance.random() < law_share for _ in pairs.pairs]
    large = _large_laws(pairs, [pair for pair, own in zip(pairs.pairs, apart, strict=True) if own])
    for pair in pairs.pairs:
        answers.setdefault(pair.question, set()).add(numbers[pair.article_id])
    return tuple(
        Row(
            frozenset(answers[pair.question]),
            (numbers[pair.article_id], *(numbers[one] for one in pair.negatives)),
            _group(pairs, pair, mixing, large if own else frozenset()),
        )
        for pair, own in zip(pairs.pairs, apart, strict=True)
    )


def _large_laws(pairs: PairSet, drawn: Sequence[Pair]) -> frozenset[str]:
    """The laws with enough articles among the answers of these pairs for batches of their own."""
    answers = {pair.article_id for pair in drawn}
    counts = Counter(pairs.laws[one] for one in answers)
    return frozenset(law for law, count in counts.items() if count >= _LARGE_LAW)


def _group(pairs: PairSet, pair: Pair, mixing: str, large: frozenset[str]) -> str:
    if mixing == "together":
        return ""
    if mixing in ("by_language", "by_law"):
        # By the article, not the question: one in another language has to tell apart articles that are written alike.
        law = pairs.laws.get(pair.article_id, "")
        return f"law {law}" if law in large else pairs.langs[pair.article_id]
    return pair.source


def _batches(pairs: PairSet, recipe: Recipe) -> Batches:
    used = [
        dataclasses.replace(row, shown=row.shown[: 1 + recipe.hard_negatives])
        for row in rows_of(pairs, recipe.mixing, law_share=recipe.law_share, seed=recipe.seed)
    ]
    try:
        return Batches(used, recipe.batch_size, in_turn=recipe.mixing == "round_robin", seed=recipe.seed)
    except ValueError as error:
        raise TrainingError(
            f"mixing {recipe.mixing!r} leaves no group with two articles: training compares articles; give pairs of"
            " more articles, or --set mixing=together"
        ) from error


def _limits(model: SentenceTransformer, pairs: PairSet, device: str) -> Limits:
    cuda = device.startswith("cuda")
    dimension = model.get_embedding_dimension()
    if dimension is None or model.tokenizer is None:
        raise EmbedderError("the base does not turn text into vectors of a known length; choose a sentence embedder")
    return Limits(
        window=model.max_seq_length,
        dimension=dimension,
        pairs=len(pairs.pairs),
        cuda=cuda,
        bf16=torch.cuda.is_bf16_supported(including_emulation=False) if cuda else cpu.multiplies_bfloat16(),
        tf32=cuda and torch.cuda.get_device_capability() >= (8, 0),
    )


def _watched(model: SentenceTransformer, dev: Sequence[DevSet], recipe: Recipe) -> tuple[float, dict[str, float]]:
    """How the model does on what the training is watched with, in the numbers of the training."""
    precision: Precision = "bfloat16" if recipe.precision == "bf16" else "float32"
    return main_and_languages(judge_model(model, dev, precision=precision))


def _watch_base(
    run: RunFolder, judge_now: Callable[[], tuple[float, dict[str, float]]], note: Callable[[str], None]
) -> float:
    """How the base does on what the training is watched with; noted, so that a resumption need not ask again."""
    kept = run.kept("base.json")
    if kept is None:
        value, langs = judge_now()
        kept = {"value": value, "langs": langs}
        if is_main_process():
            run.keep("base.json", kept)
    note(f"base: nDCG@10 {kept['value']:.4f} ({_by_language(kept['langs'])})")
    return float(kept["value"])


def _by_language(langs: Mapping[str, float]) -> str:
    return ", ".join(f"{lang} {value:.4f}" for lang, value in langs.items())


def _prepare(model: SentenceTransformer, recipe: Recipe) -> None:
    """Says which weights are trained."""
    transformer = model.transformers_model
    if transformer is None:
        raise EmbedderError("the base has no transformer to train; choose a sentence-transformers model with one")
    if recipe.lora_rank:
        model.add_adapter(
            LoraConfig(
                r=recipe.lora_rank,
                lora_alpha=recipe.alpha,
                lora_dropout=recipe.lora_dropout,
                target_modules="all-linear" if recipe.lora_targets == "all" else ["query", "value"],
                exclude_modules=r".*pooler.*",  # sentence-transformers pools by itself: no gradient ever reaches it
            )
        )
        return
    for name, weight in transformer.named_parameters():
        if "pooler" in name:
            weight.requires_grad_(False)
    if recipe.freeze_embeddings:
        transformer.get_input_embeddings().requires_grad_(False)


def _require_room(folder: Path, model: SentenceTransformer) -> None:
    """Refuses to begin where the checkpoints have no room: weights and AdamW's two moments, three times, and a copy."""
    trained = sum(one.numel() * one.element_size() for one in model.parameters() if one.requires_grad)
    whole = sum(one.numel() * one.element_size() for one in model.parameters())
    needed = 10 * trained + (0 if trained < whole / 10 else whole) + (32 << 20)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TrainingError(
            f"{folder}: {free >> 20} MB are free and checkpoints need about {needed >> 20} MB; make room or choose"
            " another --out"
        )


def _digest(pairs: PairSet) -> str:
    """Changes with any text that is trained on, and with their order."""
    total = hashlib.sha256()
    for pair in pairs.pairs:
        total.update("\0".join((pair.question, pairs.positive(pair), *pairs.negative_texts(pair), "\n")).encode())
    return total.hexdigest()[:16]
