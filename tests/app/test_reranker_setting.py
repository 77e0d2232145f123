"""The setting `reranker` from end to end, with a real, tiny cross-encoder and a real, tiny embedder."""

import json
from types import SimpleNamespace

import pytest

pytest.importorskip("sentence_transformers")

from app import doctor
from app.cli import main
from app.commands import open_for_questions
from app.settings import Settings
from index.errors import CrossEncoderError
from retrieval.cross_encoder import CrossEncoderReranker
from retrieval.evaluation import Interval
from retrieval.fusion import calibration_path
from retrieval.referenced import WithReferenced
from retrieval.reranking import Reranked
from retrieval.reranking_gate import Compared, Measured, reranking_path, write_reranking
from retrieval.search import ArticleSearch
from tests.small_law import write_corpus
from tests.tiny_cross_encoder import save_tiny_cross_encoder
from tests.tiny_model import save_tiny_model

QUESTIONS = [
    {"id": f"{split}{n}", "question": text, "relevant": [gold], "split": split}
    for split in ("train", "dev")
    for n, (text, gold) in enumerate(
        [
            (f"When shall the deposit be returned by the landlord {split}?", "tenancy#a7"),
            (f"May a tenant end the tenancy early {split}?", "tenancy#a8"),
        ]
    )
]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reranker")
    save_tiny_model(folder / "mine")
    save_tiny_cross_encoder(folder / "reranker", "relevance")
    (folder / "questions.jsonl").write_text("".join(json.dumps(one) + "\n" for one in QUESTIONS))
    law = write_corpus(folder / "law.jsonl")
    assert main(["build-index", str(law), "--index", str(folder / "index"), "--embedder", str(folder / "mine")]) == 0
    return folder


@pytest.fixture
def fresh(place):
    """The same, with nothing measured."""
    for path in (place / "index").glob("calibration/*.json"):
        path.unlink()
    return place


def settings(place, **changes):
    return Settings(
        **{"index": place / "index", "embedder": str(place / "mine"), "reranker": str(place / "reranker"), **changes}
    )


def opened(place, **changes):
    engine = open_for_questions(settings(place, **changes), with_llm=False)
    engine.release.close()
    return engine


def fingerprints(place):
    with open_for_questions(settings(place), with_llm=False).release as release:
        embedder = release.manifest.embedder_fingerprint
    return embedder, CrossEncoderReranker.load(place / "reranker", device="cpu").fingerprint


def switch_on(place, *, share=0.5):
    gain = Compared(60, 0.5, 0.6, Interval(0.1, 0.05, 0.15))
    write_reranking(place / "index", *fingerprints(place), [Measured("en", share, gain, gain)])


def run(place, command, *options):
    common = ["--index", str(place / "index"), "--embedder", str(place / "mine")]
    return main([command, "--questions", str(place / "questions.jsonl"), *common, *map(str, options)])


def test_it_is_off_until_it_was_measured_to_help(fresh):
    assert isinstance(opened(fresh).finder, ArticleSearch)
    switch_on(fresh)
    engine = opened(fresh)
    assert isinstance(engine.finder, Reranked)
    assert isinstance(engine.retriever, ArticleSearch)  # what is calibrated and measured is the search alone
    assert isinstance(opened(fresh, referenced=2).finder, WithReferenced)
    assert isinstance(opened(fresh, reranker="").finder, ArticleSearch)
    assert isinstance(opened(fresh, mode="dense").finder, ArticleSearch)  # a gain over another search


def test_calibrate_measures_it_and_keeps_why_it_is_off(fresh, capsys):
    assert run(fresh, "calibrate", "--reranker", fresh / "reranker", "--json") == 0
    told = json.loads(capsys.readouterr().out)["en"]
    assert (told["reranker"]["on"], told["reranker"]["objection"]) == (False, "fewer than 50 questions")
    assert (told["reranker"]["train"]["questions"], told["reranker"]["dev"]["questions"]) == (2, 2)
    assert told["reranker"]["share"] == told["share"]
    kept = json.loads(reranking_path(fresh / "index", *fingerprints(fresh)).read_text())
    assert kept["langs"]["en"] == told["reranker"]
    assert run(fresh, "calibrate", "--reranker", fresh / "reranker") == 0
    assert "en: reranker off, fewer than 50 questions; nDCG@10 " in capsys.readouterr().out


def test_calibrate_without_it_measures_the_fusion_alone(fresh, capsys):
    assert run(fresh, "calibrate", "--json") == 0
    assert "reranker" not in json.loads(capsys.readouterr().out)["en"]
    assert [path.name for path in (fresh / "index" / "calibration").iterdir()] == [
        calibration_path(fresh / "index", fingerprints(fresh)[0]).name
    ]


def test_evaluate_compares_with_and_without_it_in_every_language(fresh, capsys):
    options = "--reranker", fresh / "reranker", "--against", "without-reranker", "--json"
    assert run(fresh, "evaluate", *options) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["mode"], found["against"]["mode"]) == ("default, reranked", "default")
    assert run(fresh, "evaluate", "--json") == 0
    without = json.loads(capsys.readouterr().out)
    assert found["against"]["metrics"] == without["metrics"]
    gain = found["against"]["gain"]["mrr@10"]["value"]
    assert gain == pytest.approx(found["metrics"]["mrr@10"]["value"] - without["metrics"]["mrr@10"]["value"])


def test_evaluate_without_a_reranker_has_nothing_to_leave_out(fresh, capsys):
    assert run(fresh, "evaluate", "--against", "without-reranker") == 1
    assert "name one with --reranker" in capsys.readouterr().err


def test_one_that_cannot_be_loaded_is_told_at_the_start(fresh, capsys):
    with pytest.raises(CrossEncoderError, match="no such folder"):
        opened(fresh, reranker="./nowhere")
    assert run(fresh, "calibrate", "--reranker", "./nowhere") == 1
    assert "nowhere: no such folder" in capsys.readouterr().err


def test_doctor_says_where_it_is_on_and_why_not_elsewhere(fresh, capsys):
    def said(**changes):
        doctor.doctor(SimpleNamespace(json=True), settings(fresh, **changes))
        return {one["name"]: (one["ok"], one["detail"]) for one in json.loads(capsys.readouterr().out)}

    assert "reranker" not in said(reranker="")
    assert "en: off, not measured on this index; es: off, not measured on this index" in said()["reranker"][1]
    switch_on(fresh)
    ok, detail = said()["reranker"]
    assert ok
    assert "en: on; es: off, not measured on this index" in detail
    switch_on(fresh, share=0.3)
    assert "en: off, measured with the dense share 0.30, which is 0.50 now: calibrate again" in said()["reranker"][1]
    assert said(reranker="./nowhere")["reranker"][0] is False
