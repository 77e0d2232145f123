"""`lexcite pipeline` with tiny models: what is published is served, what is worse never is, and all of it can be undone."""

import json
import threading

import pytest

pytest.importorskip("sentence_transformers")

from app.cli import main
from app.service import Service
from app.settings import Settings
from app.wiring import ReleaseOpener, with_model_of
from index.installed import installed
from index.release import Release, list_releases, published_release
from retrieval.fusion import read_calibration
from retrieval.search import NO_FILTERS
from tests.pipeline_samples import write_place, write_recipe

QUESTION = "the law of the court"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return write_place(tmp_path_factory.mktemp("pipeline"))


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
    def run(*options, base=None, rate=1e-4, lora=0):
        recipe = write_recipe(tmp_path / f"rate{rate}.toml", rate=rate, lora=lora)
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
    status, told = pipeline("--embedder", place.good, rate=1.0)
    assert (status, told["published"], told["release"]) == (1, False, before)
    assert told["reason"].startswith("worse, beyond chance, than what is published; nDCG@10, en: 0.")
    assert told["langs"]["en"]["gain"]["high"] < 0
    assert [one.id for one in list_releases(settings.index)] == [before]
    assert not (settings.index / "models").exists()
    assert not (settings.index / "calibration").exists()

    status, again = pipeline("--embedder", place.good, rate=1.0)  # a rerun goes on with what is there
    assert (status, again) == (1, told)
    status, captured = lexcite("releases", "list")
    assert captured.out.count("\n") == 1


def test_a_required_gain_is_required(pipeline, place, settings):
    status, told = pipeline("--embedder", place.good, "--require-gain", rate=1e-6)
    assert (status, told["published"]) == (1, False)
    assert told["reason"].startswith("no gain beyond chance, and a gain was required; nDCG@10, mean of the languages")
    status, told = pipeline("--embedder", place.good, rate=1e-6)
    assert (status, told["published"]) == (0, True)
    assert told["reason"].startswith("not worse, beyond chance, than what was published")


def test_a_running_server_takes_the_candidate_and_the_rollback_and_fails_no_question(pipeline, lexcite, settings):
    lexcite_status, _ = pipeline(rate=1.0, base=settings.embedder)  # leaves the law published
    del lexcite_status
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
    status, told = pipeline()
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
