import subprocess
import sys

import pytest

from app.cli import build_index_main, command_parsers, main, parser
from app.reference import PAGES, ROOT


def test_every_command_has_help_that_exits_zero(capsys):
    for name in command_parsers(parser()):
        with pytest.raises(SystemExit) as stopped:
            main([name, "--help"])
        assert stopped.value.code == 0
        assert f"lexcite {name}" in capsys.readouterr().out


def test_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("lexcite 0.")


def test_no_command_is_wrong_usage(capsys):
    assert main([]) == 2
    assert "usage: lexcite" in capsys.readouterr().out


def test_wrong_usage_exits_two():
    with pytest.raises(SystemExit) as stopped:
        main(["no-such-command"])
    assert stopped.value.code == 2


@pytest.mark.parametrize(
    "argv",
    [
        ["search", "rent", "--index", "{empty}"],
        ["ask", "rent", "--index", "{empty}"],
        ["article", "GDPR", "33", "--index", "{empty}"],
        ["evaluate", "--questions", "{empty}/none.jsonl", "--index", "{empty}"],
        ["serve", "--host", "0.0.0.0", "--index", "{empty}"],  # noqa: S104
        ["build-index", "--index", "{empty}"],
        ["build-index", "{empty}/none.jsonl", "--index", "{empty}"],
        ["releases", "--config", "{empty}/none.toml"],
        ["key", "helpdesk"],
        ["key", "helpdesk", "--keys", "{empty}/none/keys"],
        ["releases", "verify", "--index", "{empty}"],
        ["releases", "--index", "{empty}", "verify"],
    ],
)
def test_an_expected_error_is_one_line_on_stderr_and_exit_one(argv, tmp_path, capsys):
    assert main([part.format(empty=tmp_path) for part in argv]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("lexcite: ")
    assert captured.err.count("\n") == 1


def test_the_demo_lets_no_stranger_in_without_a_key(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LEXCITE_HOST", "0.0.0.0")  # noqa: S104
    assert main(["demo", "--index", str(tmp_path)]) == 1
    assert "refusing to listen on 0.0.0.0 without keys" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["verify", "--index", "{dir}"], ["--index", "{dir}", "verify"]])
def test_the_index_of_an_action_may_be_named_before_or_behind_it(argv, tmp_path, capsys):
    index = tmp_path / "here"
    assert main(["releases", *(part.format(dir=index) for part in argv)]) == 1
    assert f"{index}: there is no index here" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["list"], ["prune"], ["rollback"], ["verify", "any"]])
def test_releases_of_no_index_is_an_error(argv, tmp_path, capsys):
    index = tmp_path / "here"
    assert main(["releases", "--index", str(index), *argv]) == 1
    assert f"{index}: there is no index here: make one with build-index" in capsys.readouterr().err


def test_build_index_is_its_own_command(tmp_path, capsys):
    assert build_index_main([str(tmp_path / "none.jsonl"), "--index", str(tmp_path)]) == 1
    assert "none.jsonl" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_error():
    command = f"{sys.executable} -m app --help | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_generated_pages_are_current(name):
    assert (ROOT / name).read_text("utf-8") == PAGES[name](), "run `make docs`"
