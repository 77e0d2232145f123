"""`lexcite evaluate --questions` from end to end, with two real, tiny embedders."""

import json

import pytest

pytest.importorskip("sentence_transformers")

import torch
from peft import LoraConfig
from safetensors.torch import save_file

from app.cli import main
from index import adapter_folder, model_folder
from index.model_loading import load
from tests.small_law import write_corpus
from tests.tiny_model import save_tiny_model

QUESTIONS = (
    {"id": "q1", "question": "When is the deposit returned?", "relevant": ["tenancy#a7"], "lang": "en", "split": "dev"},
    {"id": "q2", "question": "May a tenant end the tenancy?", "relevant": ["tenancy#a8"], "lang": "en", "split": "dev"},
    {"id": "q3", "question": "¿Cuándo se devuelve la fianza?", "relevant": ["arriendos#a7"], "split": "dev"},
    {"id": "q4", "question": "Which law applies on the moon?", "relevant": [], "lang": "en", "split": "dev"},
    {"id": "q5", "question": "Who returns a deposit?", "relevant": ["tenancy#a7"], "lang": "en", "split": "train"},
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with questions, an index and the two embedders: `mine`, which made the index, and `yours`."""
    folder = tmp_path_factory.mktemp("evaluate")
    save_tiny_model(folder / "mine", seed=7)
    save_tiny_model(folder / "yours", seed=8)
    lines = [json.dumps(question, ensure_ascii=False) + "\n" for question in QUESTIONS]
    (folder / "questions.jsonl").write_text("".join(lines), encoding="utf-8")
    law = write_corpus(folder / "law.jsonl")
    assert main(["build-index", str(law), "--index", str(folder / "index"), "--embedder", str(folder / "mine")]) == 0
    return folder


def run(place, *options):
    """The exit status of the command on the dev questions."""
    common = ["--split", "dev", "--index", str(place / "index"), "--embedder", str(place / "mine")]
    return main(["evaluate", "--questions", str(place / "questions.jsonl"), *common, *map(str, options)])


def measured(place, capsys, *options):
    """What the command prints with --json."""
    assert run(place, *options, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_without_options_the_report_is_what_it_always_was(place, capsys):
    found = measured(place, capsys)
    assert list(found) == ["mode", "n", "metrics"]
    assert (found["mode"], found["n"]) == ("default", 3)


def test_the_largest_dimension_is_the_dense_search_itself(place, capsys):
    dense = measured(place, capsys, "--mode", "dense")
    found = measured(place, capsys, "--dimensions", "8,32")
    assert found["mode"] == "dense"
    assert [(one["dimension"], one["mode"]) for one in found["dimensions"]] == [(32, "dense, 32"), (8, "dense, 8")]
    assert found["dimensions"][0]["metrics"] == dense["metrics"] == found["metrics"]


def test_another_mode_is_compared_question_by_question(place, capsys):
    found = measured(place, capsys, "--mode", "dense", "--against", "lexical")
    lexical = measured(place, capsys, "--mode", "lexical")
    assert found["against"]["metrics"] == lexical["metrics"]
    gain = found["against"]["gain"]["mrr@10"]
    assert gain["value"] == pytest.approx(found["metrics"]["mrr@10"]["value"] - lexical["metrics"]["mrr@10"]["value"])
    assert gain["better"] + gain["worse"] <= 3


def test_what_has_no_vectors_is_not_measured_at_their_dimensions(place, capsys):
    found = measured(place, capsys, "--dimensions", "8,16", "--against", "lexical")
    assert [one["mode"] for one in found["dimensions"]] == ["dense, 16", "dense, 8"]
    assert run(place, "--dimensions", "8,16", "--against", "lexical") == 0
    out = capsys.readouterr().out
    assert out.count("| dense, 16 ") == 1
    assert "| dimensions | lexical " in out


def test_another_embedder_is_measured_as_an_index_of_its_own_would_be(place, capsys, tmp_path):
    index = tmp_path / "index"
    law, yours = str(place / "law.jsonl"), str(place / "yours")
    assert main(["build-index", law, "--index", str(index), "--embedder", yours]) == 0
    capsys.readouterr()
    options = ["--questions", str(place / "questions.jsonl"), "--split", "dev", "--mode", "dense", "--json"]
    assert main(["evaluate", *options, "--index", str(index), "--embedder", yours]) == 0
    alone = json.loads(capsys.readouterr().out)
    found = measured(place, capsys, "--mode", "dense", "--against", yours)
    assert found["against"]["mode"] == "dense, yours"
    assert found["against"]["metrics"] == alone["metrics"]
    assert found["against"]["metrics"] != found["metrics"]


def test_an_adapter_is_measured_as_an_index_made_with_it_would_be(place, capsys, tmp_path):
    model = load(place / "mine", device="cpu", dtype=torch.float32)
    model.add_adapter(LoraConfig(r=2, lora_alpha=4, target_modules=["query"]))
    random = torch.Generator().manual_seed(3)
    weights = {name: torch.randn(one.shape, generator=random) for name, one in model.get_adapter_state_dict().items()}
    adapter, index = tmp_path / "adapter", str(tmp_path / "index")
    adapter.mkdir()
    made_for = {adapter_folder.BASE_KEY: model_folder.fingerprint(place / "mine")}
    save_file(weights, adapter / adapter_folder.WEIGHTS, metadata=made_for)
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none"}
    (adapter / adapter_folder.CONFIG).write_text(json.dumps(config), encoding="utf-8")
    common = ["--index", index, "--embedder", str(place / "mine"), "--adapter", str(adapter)]
    assert main(["build-index", str(place / "law.jsonl"), *common]) == 0
    capsys.readouterr()
    questions = ["--questions", str(place / "questions.jsonl"), "--split", "dev", "--mode", "dense", "--json"]
    assert main(["evaluate", *questions, *common]) == 0
    alone = json.loads(capsys.readouterr().out)
    found = measured(place, capsys, "--mode", "dense", "--against", adapter)
    assert found["against"]["mode"] == "dense, adapter"
    assert found["against"]["metrics"] == alone["metrics"]
    assert found["against"]["metrics"] != found["metrics"]

    assert main(["evaluate", *questions, *common, "--against", "without-adapter"]) == 0
    back = json.loads(capsys.readouterr().out)["against"]
    assert (back["mode"], back["metrics"]) == ("dense, without-adapter", found["metrics"])
    assert run(place, "--against", "without-adapter") == 1
    assert "the embedder that is measured has no adapter" in capsys.readouterr().err


def test_vectors_of_a_release_by_the_other_embedder_are_not_computed_again(place, capsys, tmp_path):
    index, law = str(tmp_path / "index"), str(place / "law.jsonl")
    for model in ("yours", "mine"):
        assert main(["build-index", law, "--index", index, "--embedder", str(place / model)]) == 0
    capsys.readouterr()
    options = ["--index", index, "--mode", "dense", "--against", str(place / "yours"), "--json"]
    assert run(place, *options) == 0
    captured = capsys.readouterr()
    assert "embedding" not in captured.err
    elsewhere = measured(place, capsys, "--mode", "dense", "--against", place / "yours")
    assert json.loads(captured.out)["against"] == elsewhere["against"]


def test_among_hard_negatives_every_other_article_of_a_small_law_competes(place, capsys):
    found = measured(place, capsys, "--mode", "dense", "--protocol", "hard31")
    assert found["protocol"] == {"negatives": 31, "short": 3}
    assert found["metrics"] == measured(place, capsys, "--mode", "dense")["metrics"]


def test_parts_are_told_apart(place, capsys):
    found = measured(place, capsys, "--by", "seen", "--by", "law", "--by", "lang", "--by", "length")["by"]
    assert {by: [(one["group"], one["n"]) for one in parts] for by, parts in found.items()} == {
        "seen": [("seen in training", 1), ("unseen", 2)],
        "law": [("Tenancy Act 2001", 2), ("Ley de Arriendos", 1)],
        "lang": [("en", 2), ("es", 1)],
        "length": [("1 to 10 words", 3)],
    }


def test_what_was_trained_on_can_be_named(place, capsys, tmp_path):
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text('{"question": "La fianza", "article": "arriendos#a7"}\n', encoding="utf-8")
    found = measured(place, capsys, "--by", "seen", "--trained-on", pairs)["by"]["seen"]
    assert [(one["group"], one["n"]) for one in found] == [("seen in training", 1), ("unseen", 2)]


def test_everything_together_is_readable(place, capsys, tmp_path):
    errors, plot = tmp_path / "errors.md", tmp_path / "plot.png"
    options = ["--dimensions", "--against", "lexical", "--by", "law", "--protocol", "hard31"]
    assert run(place, *options, "--errors", errors, "--plot", plot) == 0
    out = capsys.readouterr().out
    assert out.startswith("Each question's right article among 31 that look like it. 3 questions have fewer")
    assert "| metric       | lexical " in out
    assert "nDCG@10 at 32 dimensions: " in out
    assert "Tenancy Act 2001" in out
    assert errors.read_text("utf-8").startswith("# What went wrong: dense\n\n3 questions: ")
    assert plot.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dimensions", "33"], "'33' is no dimension; this embedder has 1 to 32"),
        (["--dimensions", "--mode", "lexical"], "--mode lexical has none"),
        (["--mode", "dense", "--against", "dense"], "is the mode that is measured"),
        (["--against", "{place}/mine"], "is the embedder that made this index"),
        (["--against", "{place}/nowhere"], "nowhere"),
        (["--by", "seen", "--trained-on", "{place}/none.jsonl"], "cannot be read"),
    ],
)
def test_what_cannot_be_measured_is_one_line_for_the_reader(place, capsys, options, message):
    assert run(place, *(option.format(place=place) for option in options)) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert captured.err.count("\n") == 1


def test_seen_articles_need_something_that_was_trained_on(place, capsys, tmp_path):
    questions = tmp_path / "dev.jsonl"
    questions.write_text(json.dumps(QUESTIONS[0]) + "\n", encoding="utf-8")
    options = ["--by", "seen", "--index", str(place / "index"), "--embedder", str(place / "mine")]
    assert main(["evaluate", "--questions", str(questions), *options]) == 1
    assert "name training files with --trained-on" in capsys.readouterr().err
