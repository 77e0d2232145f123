"""The command `pipeline`: from training pairs to a served index, through a gate; a rerun goes on where it stopped."""

import argparse
import hashlib
import json
import shlex
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app.building import publish, report_text, settings_to_build
from app.settings import Settings
from app.terminal import say
from app.training import draw_progress, recipe_changes, stop_requests, training_summary
from app.wiring import (
    PACKAGED,
    adapter_of,
    cache_folder,
    environment,
    load_embedder,
    model_fingerprint,
    prepare_process,
)
from index.errors import CorpusError
from index.importers.registry import read_corpus
from index.installed import InstalledModel, installed
from index.publishing import Disk, builder_lock, current_id, disk_errors_told
from index.release import Release
from index.sources import require_sources
from retrieval.admission import require_enough
from retrieval.checkpoints import TrainingError
from retrieval.dev_set import DevSet, read_dev_sets, refuse_common
from retrieval.evaluation import check_questions
from retrieval.pairs import PairSet, read_pairs
from retrieval.questions import Question, read_questions
from retrieval.recipe import Recipe, read_recipe

PIPELINE = "pipeline"  # the folder in the index in which unpublished work lies, a folder for each job
_TRAINED = "trained.json"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a candidate is made from and judged by.

    Attributes:
        recipe, pairs, choose: of the training.
        tune: questions that its fusion is tuned on, none of which it was trained on: of those it knows the answers, and
            the dense arm would seem better than it is.
        dev: questions that judge it.
    """

    recipe: Recipe
    pairs: PairSet
    choose: tuple[DevSet, ...]
    tune: tuple[Question, ...]
    dev: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What the training left.

    Attributes:
        name: for people.
        settings: that name it.
        fingerprint: of the embedder that it makes.
        job: the folder of everything that is not published.
        to_install: where it lies, to be moved beside the releases; None where it is there already.
    """

    name: str
    settings: Settings
    fingerprint: str
    job: Path
    to_install: InstalledModel | None


def pipeline(arguments: argparse.Namespace, settings: Settings) -> int:
    """Trains, builds, measures and publishes; or refuses, and leaves what is published as it is."""
    prepare_process(environment(), settings)
    from app.candidates import publish_or_refuse  # noqa: PLC0415 - imports what the line above prepares

    recipe = read_recipe(arguments.recipe, changes=recipe_changes(arguments))
    if arguments.corpus or current_id(settings.index) is None:
        _publish_law(arguments, settings)
    with Release.open(settings.index) as live:
        inputs = _read(arguments, recipe, live)
    with disk_errors_told(settings.index), builder_lock(settings.index / PIPELINE, disk=Disk()):
        say("1/4 training")
        model = _trained(arguments, settings, inputs)
        return publish_or_refuse(arguments, settings, inputs, model)


def _publish_law(arguments: argparse.Namespace, settings: Settings) -> None:
    """Publishes the law with the model that answers now, so that there is something to compare with."""
    if not arguments.corpus:
        raise CorpusError(f"{settings.index}: nothing is published here yet: name the law with --corpus")
    corpus = read_corpus(arguments.corpus)
    require_sources(corpus, settings.sources.split(","))
    building = settings_to_build(settings)
    say(report_text(publish(corpus, building, load_embedder(building))))


def _read(arguments: argparse.Namespace, recipe: Recipe, live: Release) -> Inputs:
    """Reads and checks everything, before anything is done with it."""
    corpus, max_chars = live.corpus(), live.manifest.max_chars
    every = [question for path in arguments.questions for question in read_questions(path)]
    train = tuple(one for one in every if one.split == arguments.split)
    dev = tuple(one for one in every if one.split == arguments.dev_split)
    require_enough(dev)
    check_questions([one for one in (*train, *dev) if one.relevant], frozenset(one.id for one in corpus.articles))
    pairs = read_pairs(arguments.pairs, corpus, max_chars=max_chars)
    choose = read_dev_sets(arguments.choose, corpus, articles=recipe.evaluation_articles, max_chars=max_chars)
    choosing = [question for one in choose for question in one.questions]
    refuse_common((one.question for one in pairs.pairs), (*choosing, *dev))
    chosen_by = "what the best weights are chosen by"
    refuse_common((one.text for one in choosing), dev, done=chosen_by, source="questions of --choose")
    refuse_common((one.text for one in train), dev, done="tuned on", source=f"split {arguments.split!r}")
    trained = {pair.question for pair in pairs.pairs}
    tune = {one.text: one for one in (*choosing, *train) if one.text not in trained}
    say(
        f"{len(pairs.pairs)} pairs to train on; {len(choosing)} questions choose the best weights, {len(tune)} tune"
        f" the fusion, {len(dev)} judge"
    )
    return Inputs(recipe, pairs, choose, tuple(tune.values()), dev)


def _trained(arguments: argparse.Namespace, settings: Settings, inputs: Inputs) -> TrainedModel:
    """The job's model: trained now, or by an earlier run of the same job."""
    from index.model_folder import fingerprint  # noqa: PLC0415 - with the next two, needed only here
    from index.model_loading import locate  # noqa: PLC0415 - imports torch
    from index.packaged import packaged_e5  # noqa: PLC0415

    name = arguments.base or settings.embedder
    base = locate(name) if name else packaged_e5(cache_folder(settings))
    if arguments.base is None and (adapter := adapter_of(settings)) is not None:
        say(f"the training begins without {adapter.name}; to begin with it: `lexcite merge --out DIR`, then --base DIR")
    recorded = str(base.resolve()) if name and Path(name).expanduser().is_dir() else name
    job = settings.index / PIPELINE / _key(inputs, fingerprint(base))
    out = job / "model" / Path(arguments.recipe).stem
    before = None if out.is_dir() else installed(settings.index, _noted(job))
    if before is None and not out.is_dir():
        _train(arguments, settings, inputs, base=base, base_name=name or PACKAGED, out=out)
    else:
        say("trained before")
    folder = str(out if before is None else before.folder)
    own = replace(settings, embedder=folder, adapter="")
    if inputs.recipe.lora_rank:
        own = replace(settings, embedder=recorded, adapter=folder)
    found = model_fingerprint(own)
    (job / _TRAINED).write_text(json.dumps({"fingerprint": found}) + "\n", encoding="utf-8")
    to_install = None
    if installed(settings.index, found) is None:
        to_install = InstalledModel(out, recorded if inputs.recipe.lora_rank else "", model_fingerprint(settings))
    title = f"{Path(name).name or PACKAGED} trained by {out.name} ({found[:8]})"
    return TrainedModel(title, own, found, job, to_install)


def _train(
    arguments: argparse.Namespace, settings: Settings, inputs: Inputs, *, base: Path, base_name: str, out: Path
) -> None:
    """Trains into `out`, from the last checkpoint where there is one."""
    from retrieval.finishing import Job  # noqa: PLC0415 - imports torch
    from retrieval.training import train  # noqa: PLC0415 - imports transformers and peft

    out.parent.mkdir(parents=True, exist_ok=True)
    with stop_requests() as should_stop:
        try:
            report = train(
                Job(
                    base=base,
                    base_name=base_name,
                    recipe=inputs.recipe,
                    pairs=inputs.pairs,
                    dev=inputs.choose,
                    out=out,
                    device=settings.device or None,
                    licences=tuple(arguments.licence),
                    command=shlex.join(["lexcite", *sys.argv[1:]]),
                ),
                resume=not arguments.force,
                force=arguments.force,
                on_progress=draw_progress,
                on_note=say,
                should_stop=should_stop,
            )
        except TrainingError:
            say("the same `lexcite pipeline` goes on by itself, without --resume")
            raise
    if report is None:
        raise TrainingError("`lexcite pipeline` trains in one process; for several GPUs there is `lexcite train`")
    say(training_summary(report))


def _noted(job: Path) -> str:
    """The fingerprint that an earlier run of the job noted; one that no model has where none did."""
    try:
        return str(json.loads((job / _TRAINED).read_text(encoding="utf-8"))["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return "none"


def _key(inputs: Inputs, base: str) -> str:
    """Sixteen hex digits of what decides the training: the same job goes on, another one begins anew."""
    total = hashlib.sha256(json.dumps([base, asdict(inputs.recipe)], sort_keys=True).encode())
    for pair in inputs.pairs.pairs:
        total.update(repr((pair, inputs.pairs.texts[pair.article_id])).encode())
    for one in inputs.choose:
        total.update(repr([(question.text, question.relevant) for question in one.questions]).encode())
    return total.hexdigest()[:16]
