"""`lexcite train` from the command line."""

import json

import pytest

from app.cli import main
from tests.training_samples import write_sample


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("sample"), articles=12)


@pytest.fixture
def command(sample, tmp_path):
    def run(*more: str, dev=None) -> int:
        files = ["--pairs", str(sample.pairs), "--corpus", str(sample.law), "--dev", str(dev or sample.dev)]
        out = ["--out", str(tmp_path / "out"), "--device", "cpu"]
        return main(["train", "--base", str(sample.base), *files, *out, *more])

    return run


def test_an_adapter_is_trained_and_the_figures_are_printed(command, tmp_path, capsys):
    values = ["--set", "batch_size=6", "--set", "mixing=together", "--set", "log_every=1"]
    assert command("--recipe", "adapter", "--lora", "2", "--max-steps", "3", "--seed", "5", *values, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["steps"]) == ("lora", 3)
    assert (told["recipe"]["lora_rank"], told["recipe"]["seed"], told["recipe"]["batch_size"]) == (2, 5, 6)
    assert (tmp_path / "out" / "adapter_model.safetensors").exists()
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "LoRA adapter of rank 2 (alpha 4)" in card


def test_a_second_run_does_not_overwrite(command, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    assert command("--recipe", "vn") == 1
    assert "already there" in capsys.readouterr().err


def test_what_cannot_be_read_is_one_line(command, tmp_path, capsys):
    assert command("--recipe", "fr") == 1
    assert "neither a recipe of lexcite (vn, es, adapter)" in capsys.readouterr().err
    assert command("--recipe", "vn", "--set", "rate") == 1
    assert "write it as KEY=VALUE" in capsys.readouterr().err
    empty = tmp_path / "dev.jsonl"
    empty.write_text("", encoding="utf-8")
    assert command("--recipe", "vn", dev=empty) == 1
    assert "holds no questions" in capsys.readouterr().err
