"""`lexcite pipeline` with tiny models: what is published is served, what is worse never is, and all can be undone."""

import json
import os
import signal
import threading
from dataclasses import replace

import pytest

pytest.importorskip("sentence_transformers")

import torch

from app.cli import main
from app.service import Service
from app.settings import Settings
from app.wiring import ReleaseOpener, with_model_of
from index.installed import installed
from index.release import list_releases, published_release
from retrieval.fusion import read_calibration
from retrieval.search import NO_FILTERS
from tests.pipeline_samples import write_place, write_recipe

QUESTION = "the law of the court"
UNTUNED = ("--split", "none")  # no questions to tune the fusion with: half the time


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a model this small is slower on two
    yield write_place(tmp_path_factory.mktemp("pipeline"))
    torch.set_num_threads(threads)


@pytest.fixture
def lexcite(place, tmp_path, monkeypatch, capsys):
    """Runs a command on an index whose settings name the model that babbles; exit status and what it printed."""
    monkeypatch.setenv("LEXCITE_EMBEDDER", str(place.bad))
    monkeypatch.setenv("LEXCITE_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("LEXCITE_DEVICE", "cpu")
    monkeypatch.setenv("LEXCITE_MODE", "dense")  # here the arm that a model changes decides alone

    def run(command: str, *options):
        status = main([command, *map(str, options)])
        return status, capsys.readouterr()

    return run


@pytest.fixture
def pipeline(lexcite, place, tmp_path):
    def run(*options, base=None, rate=1e-4, lora=0, steps=2):
        recipe = write_recipe(tmp_path / f"rate{rate}.toml", rate=rate, lora=lora, steps=steps)
        data = ["--pairs", place.sample.pairs, "--choose", place.choose, "--questions", place.questions]
        law = [] if (tmp_path / "index" / "CURRENT").exists() else ["--corpus", place.sample.law]
        status, captured = lexcite(
            "pipeline", "--recipe", recipe, "--base", base or place.good, *data, *law, "--json", *options
        )
        return status, json.loads(captured.out) if captured.out else captured.err

    return run


@pytest.fixture
def settings(place, tmp_path):
    return Settings(index=tmp_path / "index", embedder=str(place.bad), device="cpu", mode="dense")


def served(settings) -> str:
    """The fingerprint of the model that answers in a server started now."""
    service = Service(ReleaseOpener(settings))
    with service.engine() as engine:
        assert engine.search(QUESTION, k=3, filters=NO_FILTERS)
        found = engine.release.manifest.embedder_fingerprint
    service.close()
    return found


@pytest.mark.parametrize("lora", [0, 2], ids=["whole", "adapter"])
def test_a_better_candidate_is_published_served_and_undone_without_a_word_in_the_settings(
    pipeline, lexcite, settings, tmp_path, lora
):
    status, told = pipeline(lora=lora)
    assert (status, told["published"]) == (0, True)
    assert told["reason"].startswith("better than what was published")
    assert told["mean"]["gain"]["low"] > 0
    first, second = list_releases(settings.index)
    assert second.current
    assert second.manifest.embedder == f"good trained by rate0.0001 ({told['model'][:8]})"
    assert second.manifest.embedder_fingerprint == told["model"] == served(settings)
    assert installed(settings.index, told["model"]).is_adapter == bool(lora)
    assert read_calibration(settings.index, told["model"]).measured["en"]["dev"]["questions"] > 0
    assert [path.name for path in (settings.index / "pipeline").glob("*/*")] == ["trained.json"]

    assert lexcite("search", QUESTION)[0] == 0
    assert lexcite("doctor")[1].out.count(told["model"])
    # Amended law is embedded by the model that answers, though the settings name the one before.
    law = tmp_path / "more.jsonl"
    fields = {"id": "M-1", "law_id": "M", "law_title": "law", "article": "Article 1", "heading": "", "text": "court"}
    law.write_text(json.dumps({**fields, "lang": "en", "source": "x"}) + "\n", encoding="utf-8")
    assert lexcite("build-index", "--add", law)[0] == 0
    third = list_releases(settings.index)[-1].manifest
    assert (third.embedder_fingerprint, third.embedder) == (told["model"], second.manifest.embedder)

    undo = told["undo"].removeprefix("lexcite ").split()
    assert undo == ["releases", "rollback", first.id]
    assert lexcite(*undo)[0] == 0
    assert published_release(settings.index) == first.id
    assert served(settings) == first.manifest.embedder_fingerprint
    assert lexcite("search", QUESTION)[0] == 0


def test_a_worse_candidate_is_refused_and_nothing_of_it_is_in_the_index(pipeline, lexcite, place, settings):
    lexcite("build-index", place.sample.law, "--embedder", place.good)
    before = published_release(settings.index)
    status, told = pipeline("--embedder", place.good, *UNTUNED, rate=1.0)
    assert (status, told["published"], told["release"]) == (1, False, before)
    assert told["reason"].startswith("worse, beyond chance, than what is published; nDCG@10, en: 0.")
    assert told["langs"]["en"]["gain"]["high"] < 0
    assert [one.id for one in list_releases(settings.index)] == [before]
    assert not (settings.index / "models").exists()
    assert not (settings.index / "calibration").exists()

    status, again = pipeline("--embedder", place.good, *UNTUNED, rate=1.0)  # a rerun goes on with what is there
    assert (status, again) == (1, told)
    status, captured = lexcite("releases", "list")
    assert captured.out.count("\n") == 1


def test_a_required_gain_is_required(pipeline, place, settings):
    status, told = pipeline("--embedder", place.good, "--require-gain", *UNTUNED, rate=1e-6)
    assert (status, told["published"]) == (1, False)
    assert told["reason"].startswith("no gain beyond chance, and a gain was required; nDCG@10, mean of the languages")
    status, told = pipeline("--embedder", place.good, *UNTUNED, rate=1e-6)
    assert (status, told["published"]) == (0, True)
    assert told["reason"].startswith("not worse, beyond chance, than what was published")


def test_a_running_server_takes_the_candidate_and_the_rollback_and_fails_no_question(
    pipeline, lexcite, place, settings
):
    lexcite("build-index", place.sample.law)
    service = Service(ReleaseOpener(settings))
    answered: list[str] = []
    failed: list[BaseException] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            try:
                with service.engine() as engine:
                    assert len(engine.search(QUESTION, k=3, filters=NO_FILTERS)) == 3
                    answered.append(engine.release.manifest.embedder_fingerprint)
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is what must not happen
                failed.append(error)

    asker = threading.Thread(target=ask)
    asker.start()
    status, told = pipeline(*UNTUNED)
    assert (status, told["published"]) == (0, True)
    assert service.refresh() is True
    wait_for(lambda: answered[-1:] == [told["model"]])
    assert lexcite("releases", "rollback")[0] == 0
    assert service.refresh() is True
    wait_for(lambda: answered[-1:] != [told["model"]])
    ended.set()
    asker.join()
    service.close()
    assert failed == []
    assert len(set(answered)) >= 2
    assert service.trouble == ""


def wait_for(condition) -> None:
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    pytest.fail("waited too long")


def test_a_training_that_was_stopped_goes_on_with_the_same_command(pipeline, lexcite, place, settings):
    lexcite("build-index", place.sample.law)
    before = published_release(settings.index)
    ended = threading.Event()

    def stop_it() -> None:
        while not ended.wait(0.01):
            if any((settings.index / "pipeline").glob("*/model/*.partial/checkpoints/*/complete")):
                os.kill(os.getpid(), signal.SIGTERM)
                return

    stopper = threading.Thread(target=stop_it)
    stopper.start()
    status, error = pipeline(*UNTUNED, steps=12)
    ended.set()
    stopper.join()
    assert status == 1
    assert "the same `lexcite pipeline` goes on by itself" in error
    assert published_release(settings.index) == before
    assert len(list_releases(settings.index)) == 1
    status, told = pipeline(*UNTUNED, steps=12)
    assert (status, told["published"]) == (0, True)
    (model,) = (settings.index / "models").glob("*/*/report.json")
    assert json.loads(model.read_text(encoding="utf-8"))["steps"] == 12
    status, again = pipeline(*UNTUNED, steps=12)
    assert (status, again["reason"]) == (0, "this very model made the published release")


def test_an_adapter_that_came_with_its_release_is_compared_with_its_base_though_the_settings_name_none(
    pipeline, lexcite, place
):
    pipeline(*UNTUNED, lora=2)
    common = ["--questions", place.questions, "--split", "dev", "--json", "--against"]
    against = [
        json.loads(lexcite("evaluate", *common, name)[1].out)["against"] for name in ("without-adapter", place.good)
    ]
    assert [one["mode"] for one in against] == ["dense, without-adapter", "dense, good"]
    assert against[0]["metrics"] == against[1]["metrics"]


def test_settings_that_name_another_model_keep_theirs_and_settings_that_name_none_get_the_releases(
    pipeline, place, settings, tmp_path
):
    pipeline(*UNTUNED, lora=2)
    made = list_releases(settings.index)[-1].manifest
    model = installed(settings.index, made.embedder_fingerprint)
    own = replace(settings, embedder=str(place.good), adapter=str(model.folder))
    assert with_model_of(settings, made) == own  # they name the model that it stands for
    assert with_model_of(replace(settings, embedder=""), made) == own
    nothing = replace(settings, embedder="", adapter="")
    assert with_model_of(nothing, made) == nothing  # an empty adapter names the packaged model as it comes
    other = replace(settings, embedder=str(place.good))
    assert with_model_of(other, made) == other
    assert with_model_of(settings, None) == settings
    elsewhere = replace(settings, index=tmp_path / "copied")
    elsewhere.index.mkdir()
    (settings.index / "models").rename(elsewhere.index / "models")
    note = elsewhere.index / "models" / made.embedder_fingerprint / "installed.json"
    fields = json.loads(note.read_bytes())
    note.write_text(json.dumps({**fields, "base": str(tmp_path / "gone")}), encoding="utf-8")
    moved = replace(elsewhere, embedder="", adapter=str(note.parent / model.folder.name))
    assert with_model_of(replace(elsewhere, embedder=""), made) == moved  # the base that this machine's settings name


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--choose", "{place.questions}"], "are also what the best weights are chosen by, such as"),
        (["--pairs", "{place.questions}"], "kept to measure with and never trained on"),
        (["--dev-split", "nowhere"], "0 dev questions name an article: too few"),
        (["--split", "dev"], "are also tuned on, such as"),
        (["--set", "rate=1"], "unknown key 'rate'"),
    ],
)
def test_what_would_make_the_figures_lie_is_refused_before_anything_is_trained(
    pipeline, place, settings, options, message
):
    status, error = pipeline(*(option.format(place=place) for option in options))
    assert status == 1
    assert message in error
    assert not (settings.index / "pipeline").exists()


def test_without_law_there_is_nothing_to_begin_with(lexcite, place, tmp_path):
    recipe = write_recipe(tmp_path / "recipe.toml", rate=1e-4)
    data = ["--pairs", place.sample.pairs, "--choose", place.choose, "--questions", place.questions]
    status, captured = lexcite("pipeline", "--recipe", recipe, *data)
    assert status == 1
    assert "nothing is published here yet: name the law with --corpus" in captured.err
