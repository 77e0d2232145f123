"""The commands that measure: `evaluate` and `calibrate`."""

import argparse
import time
from collections.abc import Callable, Sequence

from app.commands import open_for_questions
from app.settings import Settings
from app.terminal import ProgressBar, show, show_json
from app.wiring import environment, prepare_process
from index.release import Release
from retrieval.fusion import Calibration, read_calibration, write_calibration
from retrieval.questions import Question, QuestionsError, read_questions
from retrieval.reranking_gate import Measured, measure, write_reranking
from retrieval.search import ArticleSearch
from retrieval.tuning import Tuned, tune


def evaluate_command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measures retrieval on labelled questions, in the mode that is asked for or in the default one; or answers."""
    if arguments.answers is not None:
        from app.answer_measuring import evaluate_answers  # noqa: PLC0415 - the pipeline is needed only to answer

        return evaluate_answers(arguments, settings)
    prepare_process(environment(), settings)
    from app.retrieval_measuring import evaluate_retrieval  # noqa: PLC0415 - imports what the line above prepares

    return evaluate_retrieval(arguments, settings)


def calibrate(arguments: argparse.Namespace, settings: Settings) -> int:
    """Tunes the share of the dense arm per language on train, gates it on dev, and keeps it beside the releases.

    Where a reranker is named, the search so tuned is then measured with and without it.
    """
    if arguments.answers is not None:
        from app.answer_calibrating import calibrate_answers  # noqa: PLC0415 - the pipeline is needed only to answer

        return calibrate_answers(arguments, settings)
    questions = read_questions(arguments.questions, split=arguments.split)
    dev = tuple(one for one in read_questions(arguments.questions) if one.split == arguments.dev_split)
    engine = open_for_questions(settings, with_llm=False)
    with engine.release:
        fingerprint = engine.release.manifest.embedder_fingerprint
        base = read_calibration(settings.index, fingerprint)
        calibration, tuned = tune_with_bar(engine.retriever, questions, dev, base=base)
        write_calibration(settings.index, fingerprint, calibration)
        reranked = measure_reranker(settings, engine.release, questions, dev) if settings.reranker else ()
    if arguments.json:
        told = {one.lang: {**one.to_json(), "share": calibration.share(one.lang)} for one in tuned}
        for one in reranked:
            told.setdefault(one.lang, {})["reranker"] = one.to_json()
        show_json(told)
    else:
        show("\n".join([*(tuned_text(one, calibration) for one in tuned), *map(reranked_text, reranked)]))
    return 0


def measure_reranker(
    settings: Settings, release: Release, train: Sequence[Question], dev: Sequence[Question]
) -> tuple[Measured, ...]:
    """Measures the reranker that the settings name over the search as it is calibrated now, and keeps the outcome."""
    from app.bench import measured  # noqa: PLC0415 - imports faiss
    from app.wiring import make_reranker  # noqa: PLC0415

    subject, reranker = measured(settings, release), make_reranker(settings)
    assert reranker is not None  # noqa: S101 - the settings name one
    found = measure(
        subject.search(), subject.retriever(), train, dev, on_progress=_counter("reranked", len(train) + len(dev))
    )
    write_reranking(settings.index, release.manifest.embedder_fingerprint, reranker.fingerprint, found)
    return found


def reranked_text(one: Measured) -> str:
    """Whether a reranker is on in a language, and why, for a person."""
    lines = [f"{one.lang}: reranker {f'off, {one.objection}' if one.objection else 'on'}; {one.train.text}"]
    if one.dev is not None:
        lines.append(f"dev: {one.dev.text}")
    return "\n    ".join(lines)


def tune_with_bar(
    search: ArticleSearch, train: Sequence[Question], dev: Sequence[Question], *, base: Calibration
) -> tuple[Calibration, tuple[Tuned, ...]]:
    """`tune` with a progress bar; refuses to ask dev what it was tuned on.

    Raises:
        QuestionsError: no question can be judged, or a question is in both.
    """
    both = {one.text for one in train} & {one.text for one in dev}
    if both:
        raise QuestionsError(
            f"{len(both)} questions are to be tuned on and judged by, such as {min(both)!r}; name two splits"
        )
    return tune(search, train, base=base, dev=dev, on_progress=_counter("questions", len(train) + len(dev)))


def _counter(what: str, total: int) -> Callable[[int], None]:
    """A progress bar as a function that is called with how many more are done."""
    bar, started, done = ProgressBar(what), time.monotonic(), 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        speed = done / max(time.monotonic() - started, 1e-9)
        bar.update(done, total, per_second=speed, seconds_left=(total - done) / speed)

    return count


def tuned_text(one: Tuned, calibration: Calibration) -> str:
    """What was tuned in a language, and what the dev questions said of it, for a person."""
    kept = "too few questions, kept" if one.share is None else "dense share"
    lines = [
        f"{one.lang}: {kept} {calibration.share(one.lang):.2f}; nDCG@10 lexical {one.curve[0]:.3f}, dense "
        f"{one.curve[-1]:.3f}, best fusion {max(one.curve):.3f}; gain of the choice over the better arm "
        f"{one.gain.value:+.3f} [{one.gain.low:+.3f}, {one.gain.high:+.3f}] over {one.questions} questions"
    ]
    if one.share is None:
        return lines[0]
    if one.gate is None:
        lines.append("no dev question in this language: whether fusion helps on unseen questions was not asked")
    else:
        arm = "dense" if one.arm else "lexical"
        gain = one.gate.gain
        verdict = "kept" if one.gate.passed else f"not kept: the {arm} arm alone answers"
        lines.append(
            f"dev: share {one.share:.2f} over the {arm} arm {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
            f" over {one.gate.questions} questions; {verdict}"
        )
    return "\n    ".join(lines)
