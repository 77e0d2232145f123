"""`lexcite plan` from end to end, with a real, tiny embedder."""

import json

import pytest

pytest.importorskip("sentence_transformers")

from app.cli import main
from tests.small_law import write_corpus
from tests.tiny_model import WORDS, save_tiny_model

ARTICLES = tuple(
    ("act", "Act", "XX", "en", f"Article {number}", " ".join(WORDS[number % 7 :: 5]), " ".join(WORDS[number % 11 :: 3]))
    for number in range(1, 61)
)
QUESTIONS = (
    {"id": "q1", "question": "the law", "relevant": ["act#a7"], "lang": "en", "split": "dev"},
    {"id": "q2", "question": "data of the court", "relevant": ["act#a8", "act#a9"], "lang": "en", "split": "dev"},
    {"id": "q3", "question": "the moon", "relevant": [], "lang": "en", "split": "dev"},
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan")
    save_tiny_model(folder / "mine", seed=7)
    lines = [json.dumps(question) + "\n" for question in QUESTIONS]
    (folder / "questions.jsonl").write_text("".join(lines), encoding="utf-8")
    law = write_corpus(folder / "law.jsonl", ARTICLES)
    assert main(["build-index", str(law), "--index", str(folder / "index"), "--embedder", str(folder / "mine")]) == 0
    return folder


def run(place, *options):
    index = ["--index", str(place / "index"), "--embedder", str(place / "mine")]
    return main(["plan", *index, *map(str, options)])


def planned(place, capsys, *options):
    capsys.readouterr()
    assert run(place, *options, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_without_questions_passages_ask_and_every_way_is_measured(place, capsys):
    found = planned(place, capsys, "--budget", "1MB", "--dimensions", "32,8")
    assert found["asked_by"] == "passages"
    assert found["passages"] == found["planned_passages"] == 60
    assert [(way["vectors"], way["dimension"]) for way in found["ways"]] == [
        (vectors, dimension) for dimension in (32, 8) for vectors in ("float32", "float16", "int8", "bits")
    ]
    # Sixty passages are all nominated: every way finds what the exact search finds.
    assert {way["recall@10"] for way in found["ways"]} == {1.0}
    assert [way["memory_bytes"] for way in found["ways"]] == [7680, 3840, 1920, 720, 1920, 960, 480, 540]
    assert [way["exact"] for way in found["ways"]] == [True] + [False] * 7
    assert all("ndcg@10" not in way for way in found["ways"])
    assert found["recommended"] == {"vectors": "float32", "dimension": 0}


def test_questions_ask_and_are_judged(place, capsys):
    options = ("--questions", place / "questions.jsonl", "--split", "dev")
    found = planned(place, capsys, "--budget", "1900B", *options)
    assert found["asked_by"] == "questions"
    assert len({way["ndcg@10"] for way in found["ways"]}) == 1
    assert found["recommended"] == {"vectors": "bits", "dimension": 32}
    common = ["--split", "dev", "--index", str(place / "index"), "--embedder", str(place / "mine"), "--mode", "dense"]
    assert main(["evaluate", "--questions", str(place / "questions.jsonl"), *common, "--json"]) == 0
    evaluated = json.loads(capsys.readouterr().out)["metrics"]["ndcg@10"]["value"]
    assert found["ways"][0]["ndcg@10"] == pytest.approx(evaluated)


def test_memory_is_planned_for_as_many_articles_as_are_asked_for(place, capsys):
    found = planned(place, capsys, "--budget", "1GB", "--articles", "60000", "--dimensions", "32")
    assert found["planned_passages"] == 60_000
    assert [way["memory_bytes"] for way in found["ways"]] == [7_680_000, 3_840_000, 1_920_000, 720_000]


def test_the_exact_search_is_measured_though_only_fewer_dimensions_are_asked_for(place, capsys):
    found = planned(place, capsys, "--budget", "500B", "--dimensions", "8")
    assert (found["ways"][0]["exact"], found["ways"][0]["dimension"]) == (True, 32)
    assert found["recommended"] == {"vectors": "int8", "dimension": 8}


def test_a_person_reads_the_table_the_recommendation_and_the_rule(place, capsys):
    assert run(place, "--budget", "1kB", "--dimensions", "32", "--articles", "60") == 0
    out = capsys.readouterr().out
    assert "| vectors | dimension | recall@10 |" in out
    assert "Within 1.0 kB: bits of 32 dimensions, 720 B, recall@10 1.0000" in out
    assert "Settings: vectors = 'bits', dimension = 32" in out
    assert "Rule: exact search where it fits" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--budget", "10B"), "nothing fits 10 B: the least is 480 B, by int8 of 8 dimensions; raise --budget"),
        (("--budget", "lots"), "--budget lots: not an amount of memory"),
        (("--budget", "1MB", "--articles", "0"), "--articles is 0; it must be at least 1"),
        (("--budget", "1MB", "--dimensions", "999"), "'999' is no dimension; this embedder has 1 to 32"),
        (("--budget", "1MB", "--questions", "none.jsonl"), "none.jsonl"),
    ],
)
def test_what_cannot_be_planned_is_said_in_one_line(place, capsys, options, said):
    options = options if "--dimensions" in options else (*options, "--dimensions", "32,8")
    assert run(place, *options) == 1
    (line,) = [one for one in capsys.readouterr().err.splitlines() if one.startswith("lexcite: ")]
    assert said in line


def test_without_an_index_it_says_how_to_make_one(tmp_path, capsys):
    assert main(["plan", "--budget", "1MB", "--index", str(tmp_path / "none")]) == 1
    assert "there is no index here: make one with build-index" in capsys.readouterr().err
