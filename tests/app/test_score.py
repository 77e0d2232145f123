"""`lexcite score`: docs/scoring.md does what it says, and lexcite's own answers are scored by what they cite."""

import asyncio
import json
import re
import shlex
import subprocess
import sys

import pytest

from app.cli import main, parser
from app.reference import DOCS
from app.render import answer_json
from generation.citation_scoring import CitationClass, Level, Reading, classify
from generation.cited_provisions import CitationReader
from index.importers.registry import read_corpus
from index.law_in_memory import LawInMemory
from tests import small_law

PAGE = (DOCS / "scoring.md").read_text(encoding="utf-8")


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)


def rows_of(head):
    table = PAGE.split(f"| {head} |\n")[1].split("\n\n")[0].splitlines()[1:]
    return [tuple(cell.strip() for cell in row.split("|")[1:-1]) for row in table]


COMMANDS = blocks("sh")[0].splitlines()
LAW, ANSWERS = blocks("jsonl")
(PRINTED,) = blocks("text")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "law.jsonl").write_text(LAW, encoding="utf-8")
    (tmp_path / "answers.jsonl").write_text(ANSWERS, encoding="utf-8")
    return tmp_path


def test_every_command_of_the_page_is_one_that_the_parser_knows():
    assert len(COMMANDS) == 3
    for line in COMMANDS:
        assert parser().parse_args(shlex.split(line)[1:]).module == "app.scoring"


def test_the_example_prints_what_the_page_shows_and_the_rows_the_gravest_first(place, capsys):
    assert main(shlex.split(COMMANDS[0])[1:]) == 0
    assert capsys.readouterr().out == PRINTED
    rows = [json.loads(line) for line in (place / "rows.jsonl").read_text("utf-8").splitlines()]
    assert [(row["id"], row["class"], row["citation"]) for row in rows] == [
        ("lost", "nonexistent", "Article 77 that Act"),
        ("toll", "wrong_law", "gate#2(1)"),
        ("toll", "ambiguous", "Article 1"),
        ("rest", "sibling", "Article 1(1)(b) Gate Act"),
        ("lost", "parent", "Article 2 Gate Act"),
        ("lock", "exact", "Article 1(1)(a)"),
    ]
    assert rows[0] == {
        "id": "lost",
        "class": "nonexistent",
        "citation": "Article 77 that Act",
        "reading": "no_such_article",
        "provision": None,
        "detail": "Gate Act 2001 has 1-2",
        "gold": ["Article 2(2), Gate Act 2001"],
        "question": "",
    }
    assert rows[1]["provision"] == "Article 2(1), Gate Act 2001"


def test_an_index_gives_the_same_as_its_corpus_for_a_machine_too(place, capsys):
    small_law.publish(
        read_corpus([place / "law.jsonl"]), small_law.Settings(embedder="words"), small_law.HashEmbedder()
    )
    assert main(shlex.split(COMMANDS[1])[1:]) == 0
    from_index = json.loads(capsys.readouterr().out)
    assert main(["score", "answers.jsonl", "--corpus", "law.jsonl", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == from_index
    assert {name: n for name, n in from_index["classes"].items() if n} == {
        "nonexistent": 1, "wrong_law": 1, "ambiguous": 1, "sibling": 1, "parent": 1, "exact": 1
    }  # fmt: skip
    assert (from_index["answers"], from_index["without_citation"], from_index["without_gold"]) == (5, 1, 1)
    citation = from_index["levels"]["citation"]
    assert (citation["answers"], citation["with_gold"]) == (5, 4)
    assert citation["micro"]["precision"]["value"] == pytest.approx(1 / 6)
    assert citation["micro"]["recall"]["value"] == pytest.approx(1 / 4)
    assert citation["macro"]["precision"]["value"] == pytest.approx((1 + 0 + 0 + 0) / 4)


@pytest.mark.parametrize(("gold", "citation", "expected"), rows_of("gold | citation | class"))
def test_the_classes_of_the_page(place, gold, citation, expected):
    reader = CitationReader(LawInMemory(read_corpus([place / "law.jsonl"])))
    (one,) = reader.read(citation)
    assert classify(one, reader.read(gold)) == expected


def test_the_page_names_every_class_level_and_reading():
    assert {row[0].strip("`") for row in rows_of("class | what is cited")} == set(CitationClass)
    assert {row[0].strip("`") for row in rows_of("level | compared | over answers")} == set(Level)
    assert len(rows_of("gold | citation | class")) == 11
    assert all(f"`{reading}`" in PAGE for reading in Reading)


def test_lexcites_own_answers_and_receipts_are_scored_by_what_their_sentences_cite(tmp_path, capsys):
    settings = small_law.build(tmp_path)
    engine = small_law.small_engine(settings)
    with engine.release:
        made = answer_json(asyncio.run(engine.assistant.ask("What does Article 8(2)(a) Tenancy Act 2001 say?")))
    gold = [{"law": "Tenancy Act 2001", "article": "8", "clause": "2", "point": "a"}]
    lines = [
        {**made, "gold": gold},
        {**made["receipt"], "gold": gold},
        {"id": "c", "receipt": made["receipt"], "gold": ["Article 8(2) Tenancy Act 2001"]},
        {"id": "d", "answer": made, "gold": ["Article 12 Labour Code"]},
    ]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    rows = tmp_path / "rows.jsonl"
    assert main(["score", str(path), "--index", str(settings.index), "--rows", str(rows)]) == 0
    found = [json.loads(line) for line in rows.read_text("utf-8").splitlines()]
    # The answer quotes the words that open clause 2, and point (a).
    assert [(row["id"], row["class"], row["provision"].partition(",")[0]) for row in found] == [
        ("d", "wrong_law", "Article 8(2)"),
        ("d", "wrong_law", "Article 8(2)(a)"),
        ("line 1", "parent", "Article 8(2)"),
        ("line 2", "parent", "Article 8(2)"),
        ("c", "child", "Article 8(2)(a)"),
        ("line 1", "exact", "Article 8(2)(a)"),
        ("line 2", "exact", "Article 8(2)(a)"),
        ("c", "exact", "Article 8(2)"),
    ]
    assert found[2]["question"] == made["question"]


def test_gold_comes_from_labelled_questions(place, capsys):
    (place / "q.jsonl").write_text('{"id": "q", "question": "Toll?", "relevant": ["bridge#1"]}\n', encoding="utf-8")
    (place / "a.jsonl").write_text('{"id": "q", "answer": "Article 1 Bridge Act"}\n', encoding="utf-8")
    assert main(["score", "a.jsonl", "--corpus", "law.jsonl", "--gold", "q.jsonl", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"]["exact"] == 1


@pytest.mark.parametrize(
    ("gold", "reason"),
    [
        (["Article 9 Gate Act"], 'gold "Article 9 Gate Act" is not in this law: Gate Act 2001 has 1-2'),
        (["gate#9"], 'gold "gate#9" is not in this law: it names no article by its number'),
        (["Article 1"], "is not in this law: it may be of: Gate Act 2001, Bridge Act 2003"),
    ],
)
def test_gold_that_is_not_in_the_law_is_an_error_with_file_and_line(place, capsys, gold, reason):
    (place / "a.jsonl").write_text(json.dumps({"id": "1", "answer": "", "gold": gold}) + "\n", encoding="utf-8")
    assert main(["score", "a.jsonl", "--corpus", "law.jsonl"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("lexcite: a.jsonl, line 1: ")
    assert reason in printed.err


def test_scoring_loads_no_model(place):
    code = (
        "import sys; from app.cli import main; main(['score', 'answers.jsonl', '--corpus', 'law.jsonl', '--json']);"
        "sys.exit(bool({'torch', 'faiss', 'transformers', 'openai', 'gradio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
