"""docs/releases.md does what it says: its commands exist and run, its law gives its output, its Python runs."""

import re
import shlex
from pathlib import Path
from string import Template

import pytest

from app.cli import build_index_parser, main, parser
from app.reference import DOCS
from app.settings import Settings, describe_settings
from index.importers.registry import read_corpus
from index.release import list_releases
from tests import small_law

PAGE = (DOCS / "releases.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)


LAYOUT, DIFFERENCE, PRINTED = blocks("text")
COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]
MANAGING = [line for line in COMMANDS if line.startswith("lexcite releases")]


@pytest.fixture
def place(tmp_path, monkeypatch) -> dict[str, str]:
    """A working folder with the page's two releases in `index-data`; their ids under the page's names."""
    monkeypatch.chdir(tmp_path)
    ids = []
    for number, block in enumerate(blocks("jsonl")):
        source = tmp_path / f"{number}.jsonl"
        source.write_text(block, encoding="utf-8")
        report = small_law.publish(read_corpus([source]), Settings(embedder="words"), small_law.HashEmbedder())
        ids.append(report.release_id)
    return dict(zip(("OLD", "NEW"), ids, strict=True))


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_page_is_one_that_the_parsers_know(line):
    program, *arguments = shlex.split(line)
    {"build-index": build_index_parser(), "lexcite": parser()}[program].parse_args(arguments)


def test_the_commands_that_look_after_an_index_run_in_the_order_of_the_page(place, capsys):
    assert len(MANAGING) == 7
    printed = {}
    for line in MANAGING:
        assert main(shlex.split(Template(line).substitute(place))[1:]) == 0, line
        printed[line] = capsys.readouterr().out
    assert printed["lexcite releases list"].splitlines() == [
        f"  {place['OLD']}  1 laws, 4 articles, words",
        f"* {place['NEW']}  1 laws, 4 articles, words",
    ]
    assert printed["lexcite releases diff $OLD $NEW"] == DIFFERENCE
    assert printed["lexcite releases rollback"].startswith(f"published {place['OLD']} again")
    assert printed["lexcite releases prune --keep 1"] == f"removed {place['OLD']}\n"
    assert [(one.id, one.current) for one in list_releases(Path("index-data"))] == [(place["NEW"], True)]


def test_the_python_of_the_page_prints_what_the_page_shows(place, capsys):
    assert main(["releases", "prune", "--keep", "1"]) == 0
    capsys.readouterr()
    (code,) = blocks("python")
    exec(code, {})  # noqa: S102 - the page's own example
    assert capsys.readouterr().out == PRINTED


def test_the_layout_of_the_page_is_that_of_an_index(place):
    names = {line.split()[0].rstrip("/") for line in LAYOUT.splitlines()[1:]}
    there = {path.name for path in Path("index-data").rglob("*") if path.parent.name != "lexical"} - set(place.values())
    assert there <= names
    absent = {name for name in names - there if not re.match(r"\d{8}T", name)}
    assert absent == {"calibration", "building", "models", "pipeline"}


def test_every_setting_that_the_page_names_exists():
    named = set(re.findall(r"setting `(\w+)`", PAGE))
    assert named == {"sources", "hits_per_law"}
    assert named <= {name for name, _, _ in describe_settings()}
