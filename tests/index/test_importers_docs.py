import re
from datetime import date
from pathlib import Path

from index.articles import Status
from index.importers.jsonl import _REQUIRED
from index.importers.registry import read_corpus

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


def example(tmp_path: Path) -> Path:
    (block,) = re.findall(r"```jsonl\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    path = tmp_path / "dogs.jsonl"
    path.write_text(block, encoding="utf-8")
    return path


def test_the_documented_example_imports_as_the_page_says(tmp_path):
    corpus = read_corpus([example(tmp_path)])
    (law,) = corpus.laws
    assert (law.aliases, law.jurisdiction, law.kind, law.in_force) == (
        ("DA", "Dogs Act 2020", "Dog Law"),
        "GB",
        "Act",
        date(2020, 7, 1),
    )
    assert [(article.id, article.number, article.path) for article in corpus.articles] == [
        ("dogs#1", "1", ()),
        ("dogs#2", "2", ("PART II. Fines", "CHAPTER 1")),
    ]
    assert [(version.id, version.status, version.valid_to) for version in corpus.versions] == [
        ("dogs#1", Status.UNKNOWN, None),
        ("dogs#2@2020-07-01", Status.REPEALED, date(2023, 1, 1)),
        ("dogs#2@2023-01-01", Status.IN_FORCE, None),
    ]
    assert corpus.versions[0].text.split("\n")[-1] == "(b) dogs on private land."


def test_the_table_names_every_required_key():
    rows = re.findall(r"^\| `(\w+)` \| (yes[^|]*) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert tuple(key for key, _ in rows) == _REQUIRED


def test_the_documented_markdown_imports_as_the_page_says(tmp_path):
    (block,) = re.findall(r"```markdown\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    path = tmp_path / "ley"
    path.write_text(block, encoding="utf-8")
    corpus = read_corpus([path])
    assert [(article.id, article.path) for article in corpus.articles] == [
        ("BOE-A-2020-1#a1", ("TÍTULO I. De los perros",)),
        ("BOE-A-2020-1#a2", ("TÍTULO I. De los perros",)),
    ]
    assert [(version.text, version.status, version.valid_from) for version in corpus.versions] == [
        ("1. El perro se lleva con correa.", Status.IN_FORCE, date(2023, 5, 6)),
        ("(Derogado)", Status.REPEALED, date(2023, 5, 6)),
    ]
