"""The command that trains: `train`."""

import argparse
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.settings import Settings
from app.terminal import say, show, show_json
from app.wiring import PACKAGED, cache_folder, environment, prepare_process
from index.build import MAX_CHARS
from index.importers.registry import read_corpus
from retrieval.dev_set import MAIN_METRIC, read_dev_sets
from retrieval.pairs import read_pairs
from retrieval.recipe import RecipeError, read_recipe

if TYPE_CHECKING:
    from retrieval.training_report import TrainingReport
    from retrieval.watching import Progress


def train(arguments: argparse.Namespace, settings: Settings) -> int:
    """Fine-tunes an embedder by a recipe."""
    recipe = read_recipe(arguments.recipe, changes=recipe_changes(arguments))
    corpus = read_corpus(arguments.corpus)
    pairs = read_pairs(arguments.pairs, corpus, max_chars=arguments.max_chars or MAX_CHARS)
    say(f"{len(pairs.pairs)} pairs of {len({pair.article_id for pair in pairs.pairs})} articles")
    dev = read_dev_sets(
        arguments.dev,
        corpus,
        split=arguments.dev_split,
        articles=recipe.evaluation_articles,
        max_chars=arguments.max_chars or MAX_CHARS,
    )
    for one in dev:
        say(f"dev, {one.lang}: {len(one.questions)} questions, {len(one.articles)} competing articles")
    prepare_process(environment(), settings)
    from index.model_loading import locate  # noqa: PLC0415 - imports torch
    from index.packaged import packaged_e5  # noqa: PLC0415
    from retrieval.finishing import Job  # noqa: PLC0415 - imports torch
    from retrieval.training import train as run_training  # noqa: PLC0415 - imports transformers and peft

    base = locate(arguments.base) if arguments.base else packaged_e5(cache_folder(settings))
    with stop_requests() as should_stop:
        report = run_training(
            Job(
                base=base,
                base_name=arguments.base or PACKAGED,
                recipe=recipe,
                pairs=pairs,
                dev=dev,
                out=arguments.out,
                device=settings.device or None,
                licences=tuple(arguments.licence),
                command=shlex.join(["lexcite", *sys.argv[1:]]),
            ),
            resume=arguments.resume,
            force=arguments.force,
            on_progress=draw_progress,
            on_note=say,
            should_stop=should_stop,
        )
    if report is not None:
        if arguments.json:
            show_json(report.to_json())
        else:
            show(training_summary(report))
            show(f"model, card and log: {arguments.out}")
    return 0


def recipe_changes(arguments: argparse.Namespace) -> dict[str, str]:
    """The recipe's values that flags replace; a flag of its own wins over `--set`."""
    changes = {}
    for assignment in arguments.set:
        key, sign, value = assignment.partition("=")
        if not sign:
            raise RecipeError(f"--set {assignment}: write it as KEY=VALUE")
        changes[key.strip()] = value.strip()
    named = {"lora_rank": arguments.lora, "max_steps": arguments.max_steps, "seed": arguments.seed}
    return {**changes, **{key: str(value) for key, value in named.items() if value is not None}}


@contextmanager
def stop_requests() -> Iterator[Callable[[], bool]]:
    """Turns the first interrupt or termination into a request to stop after the step; the second acts as ever."""
    asked: list[int] = []
    before: dict[signal.Signals, signal._HANDLER] = {}

    def ask(number: int, _: object) -> None:
        asked.append(number)
        say("stopping after this step, with a checkpoint ...")
        for one, handler in before.items():
            signal.signal(one, handler)

    for one in (signal.SIGINT, signal.SIGTERM):
        before[one] = signal.signal(one, ask)
    try:
        yield lambda: bool(asked)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def draw_progress(progress: "Progress") -> None:
    """A line for every loss and evaluation: a training is watched over hours, and its output kept."""
    if progress.ndcg is not None:
        langs = ", ".join(f"{lang} {value:.4f}" for lang, value in progress.langs.items())
        say(f"step {progress.step}/{progress.steps}: {MAIN_METRIC} {progress.ndcg:.4f} ({langs})")
        return
    speed = progress.steps_per_second
    left = f", {(progress.steps - progress.step) / speed / 60:.0f} min left" if speed else ""
    say(f"step {progress.step}/{progress.steps}: loss {progress.loss:.4f}, {speed:.2f} steps/s{left}")


def training_summary(report: "TrainingReport") -> str:
    """What a training came to, for a person."""
    gains = [
        f"{one.lang}, {one.dimension} dimensions: {MAIN_METRIC} {one.base.value:.4f} -> {one.tuned.value:.4f}"
        f" (gain {one.gain.value:+.4f} [{one.gain.low:+.4f}, {one.gain.high:+.4f}])"
        for one in report.figures
        if one.metric == MAIN_METRIC
    ]
    head = f"trained {report.steps} steps in {report.seconds / 60:.1f} min; kept step {report.best_step}"
    return "\n".join([head, *gains])
