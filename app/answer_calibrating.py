"""The command `calibrate --answers`: fits the confidence of answers, and keeps it beside the releases."""

import argparse
import time
from collections.abc import Sequence

from app.settings import Settings
from app.terminal import ProgressBar, say, show
from app.wiring import environment, load_embedder, open_engine, prepare_process, with_model_of
from generation.answer_evaluation import Case, Kind, cases
from generation.confidence import write_confidence
from generation.confidence_fitting import Fit, fit
from generation.confidence_samples import Sample, collect
from index.embedding import Embedder
from index.release import Release
from retrieval.questions import read_questions
from retrieval.scoped_lookup import lookup_in


def calibrate_answers(arguments: argparse.Namespace, settings: Settings) -> int:
    """Fits a confidence to labelled questions of this index."""
    prepare_process(environment(), settings)
    with Release.open(settings.index) as release:
        settings = with_model_of(settings, release.manifest)
        embedder = load_embedder(settings)
        questions = read_questions(arguments.answers, split=arguments.split)
        put = list(cases(questions, release, withhold=(Kind.WITHOUT_ARTICLE, Kind.WITHOUT_LAW)))
        if arguments.elsewhere is not None:
            others = read_questions(arguments.elsewhere, split=arguments.split)
            put += cases(others, release, elsewhere=True)
        samples = samples_of(put, release, settings, embedder)
    fitted = f"{len(questions)} questions of {arguments.answers.name}, split {arguments.split}, release {release.id}"
    found = fit(samples, fingerprint=embedder.fingerprint, fitted=fitted)
    say(f"kept in {write_confidence(settings.index, found.confidence)}")
    show(fit_text(found))
    return 0


def samples_of(put: Sequence[Case], release: Release, settings: Settings, embedder: Embedder) -> tuple[Sample, ...]:
    """Measures cases on a release, with a progress bar."""
    engine = open_engine(settings, release, embedder, None)
    bar, began, done = ProgressBar("cases"), time.monotonic(), 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        speed = done / max(time.monotonic() - began, 1e-9)
        bar.update(done, len(put), per_second=speed, seconds_left=(len(put) - done) / speed)

    return collect(
        put,
        release,
        finder=engine.retriever,
        embedder=embedder,
        lookup=lookup_in(release),
        k=settings.hits,
        on_progress=count,
    )


def fit_text(found: Fit) -> str:
    """A fit for a person; every figure is of questions that were held out."""
    least = ", ".join(f"{lang} {value:.3f}" for lang, value in found.confidence.least.items())
    lines = [f"{kind}: {silent} of {number} met silence" for kind, number, silent in found.silent]
    lines.append(f"least confidence: {least}; otherwise {found.confidence.least_otherwise:.3f}")
    lines.append(f"expected calibration error {found.error:.3f}, area under risk-coverage {found.area:.3f}")
    return "\n".join(lines)
