"""A trained model as a candidate release: built aside, measured beside the published one, then published or refused."""

import argparse
import shutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.bench import ArticlesOf, Subject, measured
from app.building import publish
from app.measuring import tune_with_bar, tuned_text
from app.pipeline import Inputs, TrainedModel
from app.settings import Settings
from app.terminal import say, show, show_json
from app.wiring import load_embedder
from index.candidate import Candidate, publish_candidate
from index.publishing import RELEASES, release_ids
from index.release import Release, list_releases, published_release
from retrieval.admission import Gain, Verdict, gains, judge
from retrieval.evaluation import Report, evaluate
from retrieval.fusion import DEFAULT_CALIBRATION, Calibration, write_calibration
from retrieval.questions import QuestionsError
from retrieval.search import SearchMode
from retrieval.tuning import Tuned


def publish_or_refuse(arguments: argparse.Namespace, settings: Settings, inputs: Inputs, model: TrainedModel) -> int:
    """Builds the candidate, measures it beside what is published, and publishes or refuses it; the exit status."""
    before = published_release(settings.index)
    with Release.open(settings.index, release_id=before) as live:
        if live.manifest.embedder_fingerprint == model.fingerprint:
            reason = "this very model made the published release"
            told = {"published": True, "release": before, "reason": reason, "model": model.fingerprint}
            return _tell(arguments, told, f"{before} stays published: {reason}")
        say("2/4 building the candidate")
        candidate = _build(settings, live, model)
        with Release.open(candidate.index_dir, release_id=candidate.release_id) as release:
            subject = measured(replace(model.settings, index=candidate.index_dir), release)
            say("3/4 tuning its fusion")
            calibration, tuned = _tune(subject, inputs)
            if tuned:
                write_calibration(candidate.index_dir, model.fingerprint, calibration)
            say("4/4 measuring both")
            places = (measured(settings, live), live), (subject, release)
            verdict, dense = _measure(inputs, *places, require_gain=arguments.require_gain)
    told = {
        "published": verdict.admitted,
        "release": candidate.release_id if verdict.admitted else before,
        "reason": verdict.reason,
        "model": model.fingerprint,
        **verdict.to_json(),
        "dense": dense.to_json(),
        "fusion": {one.lang: one.to_json() for one in tuned},
    }
    measurements = [*(one.text for one in verdict.langs), f"dense arm alone, {dense.text}"]
    if not verdict.admitted:
        aside = candidate.index_dir != settings.index
        place = str(model.job if aside else candidate.index_dir / RELEASES / candidate.release_id)
        fate = "which may be removed" if aside else "published once and rolled back"
        kept = f"{before} answers as before; the candidate lies in {place}, {fate}"
        text = "\n".join([*measurements, f"refused: {verdict.reason}", kept])
        return _tell(arguments, {**told, "candidate": place}, text)
    if tuned:
        write_calibration(settings.index, model.fingerprint, calibration)  # nobody looks for it before the next line
    publish_candidate(candidate, settings.index, instead_of=before)
    for done in ("index", "model"):
        shutil.rmtree(model.job / done, ignore_errors=True)
    undo = f"lexcite releases rollback {before}"
    text = f"published {candidate.release_id}: {verdict.reason}\na running server takes it within seconds; `{undo}`"
    return _tell(arguments, {**told, "undo": undo}, "\n".join([*measurements, f"{text} goes back"]))


def _build(settings: Settings, live: Release, model: TrainedModel) -> Candidate:
    """The published law as a release by the new model: one that is in the index already, or built aside."""
    for one in list_releases(settings.index):
        made = one.manifest
        if made is not None and (made.embedder_fingerprint, made.corpus_sha256, made.max_chars) == (
            model.fingerprint,
            live.corpus_sha256,
            live.manifest.max_chars,
        ):
            say(f"built before: {one.id}")
            return Candidate(settings.index, one.id, model.to_install)
    aside = replace(model.settings, index=model.job / "index")
    report = publish(
        live.corpus(),
        aside,
        load_embedder(model.settings),
        name=model.name,
        max_chars=live.manifest.max_chars,
        younger_than=release_ids(settings.index),
    )
    say(f"{report.passages} passages, {report.embedded} embedded now")
    return Candidate(aside.index, report.release_id, model.to_install)


def _tune(subject: Subject, inputs: Inputs) -> tuple[Calibration, tuple[Tuned, ...]]:
    """The candidate's fusion, tuned on questions that it was not trained on, and gated on dev."""
    search = subject.search(mode=SearchMode.FUSED)
    try:
        calibration, tuned = tune_with_bar(search, inputs.tune, inputs.dev, base=DEFAULT_CALIBRATION)
    except QuestionsError as error:  # such as of a law in another language than all questions: dense search answers
        say(f"half and half for every language: {error}")
        return DEFAULT_CALIBRATION, ()
    say("\n".join(tuned_text(one, calibration) for one in tuned))
    return calibration, tuned


def _measure(
    inputs: Inputs, live: tuple[Subject, Release], candidate: tuple[Subject, Release], *, require_gain: bool
) -> tuple[Verdict, Gain]:
    """The verdict on the search as it would answer, and the gain of the dense arm alone."""

    def report(place: tuple[Subject, Release], mode: str | None) -> Report:
        subject, release = place
        return evaluate(subject.search(mode=mode), inputs.dev, mode=subject.name, articles=ArticlesOf(release))

    verdict = judge(report(live, None), report(candidate, None), require_gain=require_gain)
    dense, *_ = gains(report(live, SearchMode.DENSE), report(candidate, SearchMode.DENSE))
    return verdict, dense


def _tell(arguments: argparse.Namespace, told: Mapping[str, Any], text: str) -> int:
    if arguments.json:
        show_json(told)
    else:
        show(text)
    return 0 if told["published"] else 1
