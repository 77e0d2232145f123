"""The commands that measure: `evaluate` and `calibrate`."""

import argparse
import time

from app.commands import open_for_questions
from app.settings import Settings
from app.terminal import ProgressBar, show
from app.wiring import environment, prepare_process
from retrieval.fusion import read_calibration, write_calibration
from retrieval.questions import read_questions
from retrieval.tuning import tune


def evaluate_command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measures retrieval on labelled questions, in the mode that is asked for or in the default one; or answers."""
    if arguments.answers is not None:
        from app.answer_measuring import evaluate_answers  # noqa: PLC0415 - the pipeline is needed only to answer

        return evaluate_answers(arguments, settings)
    prepare_process(environment(), settings)
    from app.retrieval_measuring import evaluate_retrieval  # noqa: PLC0415 - imports what the line above prepares

    return evaluate_retrieval(arguments, settings)


def calibrate(arguments: argparse.Namespace, settings: Settings) -> int:
    """Tunes the share of the dense arm per language on labelled questions, and keeps it beside the releases."""
    if arguments.answers is not None:
        from app.answer_calibrating import calibrate_answers  # noqa: PLC0415 - the pipeline is needed only to answer

        return calibrate_answers(arguments, settings)
    questions = read_questions(arguments.questions, split=arguments.split)
    engine = open_for_questions(settings, with_llm=False)
    with engine.release:
        fingerprint = engine.release.manifest.embedder_fingerprint
        bar, done = ProgressBar("questions"), 0
        started = time.monotonic()

        def count(more: int) -> None:
            nonlocal done
            done += more
            speed = done / max(time.monotonic() - started, 1e-9)
            bar.update(done, len(questions), per_second=speed, seconds_left=(len(questions) - done) / speed)

        base = read_calibration(settings.index, fingerprint)
        calibration, tuned = tune(engine.retriever, questions, base=base, on_progress=count)
    write_calibration(settings.index, fingerprint, calibration)
    for one in tuned:
        kept = "too few questions, kept" if one.share is None else "dense share"
        show(
            f"{one.lang}: {kept} {calibration.share(one.lang):.2f}; nDCG@10 lexical {one.curve[0]:.3f}, dense "
            f"{one.curve[-1]:.3f}, best fusion {max(one.curve):.3f}; gain of the choice over the better arm "
            f"{one.gain.value:+.3f} [{one.gain.low:+.3f}, {one.gain.high:+.3f}] over {one.questions} questions"
        )
    return 0
