"""R16: documents planted among 10,000 articles to be found for popular questions."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from app.cli import build_index_main
from app.render import hit_json
from app.service import Engine
from app.settings import Settings
from app.wiring import open_engine
from index.importers.registry import read_corpus
from index.release import Release, list_releases
from index.revision import without
from index.sources import require_sources
from retrieval.search import NO_FILTERS
from tests import small_law
from tests.fakes import HashEmbedder

ARTICLES = 10_000
LAWS = 50
PLANTED = 5
HITS = 10
_SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te")


def word(number: int) -> str:
    """A word of three syllables for each number below 1,728."""
    return _SYLLABLES[number // 144] + _SYLLABLES[number // 12 % 12] + _SYLLABLES[number % 12]


def subject(number: int) -> str:
    """What article `number` speaks of: three words that no other article has together."""
    chance = random.Random(number)
    return " ".join(word(chance.randrange(1728)) for _ in range(3))


def question(number: int) -> str:
    return f"Within how many days is the {subject(number)} returned to its owner?"


def lines() -> str:
    """The official articles, and behind them those that copy the five most popular questions and claim an answer."""
    rows = [
        (f"act{number % LAWS}", number, f"The {subject(number)} is returned to its owner within {number} days.")
        for number in range(ARTICLES)
    ]
    rows += [("guide", ARTICLES + number, f"{question(number)} Within 1 day.") for number in range(PLANTED)]
    return "".join(
        json.dumps(
            {
                "id": f"{law}#{number}",
                "law_id": law,
                "law_title": f"The {law}",
                "article": f"Article {number}",
                "heading": "",
                "text": text,
                "lang": "en",
                "source": "https://guide.example/" if law == "guide" else f"https://www.law.example/{law}/{number}",
            }
        )
        + "\n"
        for law, number, text in rows
    )


LINES = lines()


def question_log() -> list[str]:
    """300 questions; how often one is asked falls with its rank, and the five copied ones are asked most."""
    chance = random.Random(16)
    numbers = range(ARTICLES // 2)
    return [question(number) for number in chance.choices(numbers, [1 / (rank + 1) for rank in numbers], k=300)]


def planted_share(engine: Engine) -> float:
    """The share of all hits over the log that are planted."""
    found = [hit.law.id for one in question_log() for hit in engine.search(one, k=HITS, filters=NO_FILTERS)]
    assert len(found) == HITS * 300
    return found.count("guide") / len(found)


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory) -> Settings:
    """An index without a list of publishers, into which the planted articles came."""
    folder = tmp_path_factory.mktemp("poisoned")
    (folder / "law.jsonl").write_text(LINES, encoding="utf-8")
    small_law.publish_corpus(folder, read_corpus([folder / "law.jsonl"]))
    return Settings(index=folder / "index", embedder="words")


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    with Release.open(settings.index) as release:
        yield open_engine(settings, release, HashEmbedder(), None)


def test_r16_without_any_guard_a_fifth_of_all_hits_are_planted(poisoned):
    with opened(poisoned) as engine:
        assert engine.search(question(0), k=1, filters=NO_FILTERS)[0].law.id == "guide"
        assert 0.2 < planted_share(engine) < 0.3


def test_r16_a_source_that_is_not_listed_stops_the_build_and_leaves_the_index_as_it_was(poisoned, tmp_path, capsys):
    index = tmp_path / "index"
    command = [str(poisoned.index.parent / "law.jsonl"), "--index", str(index), "--allow-source", "law.example"]
    assert build_index_main(command) == 1
    said = capsys.readouterr().err
    assert "article guide#10000 (and 4 more): its source 'https://guide.example/' is not among those allowed" in said
    assert not index.exists()
    before = list_releases(poisoned.index)
    # What is in the index already is held to the list as well.
    (tmp_path / "one.jsonl").write_text(LINES.splitlines()[0], encoding="utf-8")
    added = ["--add", str(tmp_path / "one.jsonl"), "--index", str(poisoned.index), "--allow-source", "law.example"]
    assert build_index_main(added) == 1
    assert "article guide#10000 (and 4 more)" in capsys.readouterr().err
    assert list_releases(poisoned.index) == before


def test_r16_the_setting_refuses_as_the_flag_does_and_the_flag_wins(poisoned, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LEXCITE_SOURCES", "elsewhere.example, law.example")
    command = [str(poisoned.index.parent / "law.jsonl"), "--index", str(tmp_path / "index")]
    assert build_index_main(command) == 1
    assert "not among those allowed (elsewhere.example, law.example)" in capsys.readouterr().err
    assert build_index_main([*command, "--allow-source", "guide.example"]) == 1
    assert "article act0#0 (and 9999 more)" in capsys.readouterr().err


def test_r16_law_from_listed_sources_alone_gives_no_planted_hit(poisoned, tmp_path):
    with Release.open(poisoned.index) as release:
        corpus = without(release.corpus(), ["guide"])
    require_sources(corpus, ["law.example"])
    small_law.publish_corpus(tmp_path, corpus)
    with opened(replace(poisoned, index=tmp_path / "index")) as engine:
        assert engine.release.manifest.articles == ARTICLES
        assert planted_share(engine) <= 0.01


@pytest.mark.parametrize("most", [1, 2])
def test_r16_where_the_list_is_open_a_cap_leaves_one_law_that_many_places_and_the_law_is_still_found(poisoned, most):
    with opened(replace(poisoned, hits_per_law=most)) as engine:
        assert planted_share(engine) <= most / HITS
        for number in range(20):
            found = engine.search(question(number), k=HITS, filters=NO_FILTERS)
            assert f"act{number % LAWS}#{number}" in {hit.article.id for hit in found}


def test_r16_every_hit_says_where_it_comes_from(poisoned):
    with opened(poisoned) as engine:
        shown = [hit_json(hit) for hit in engine.search(question(0), k=HITS, filters=NO_FILTERS)]
    hosts = {one["law_id"]: one["url"].split("/")[2] for one in shown}
    assert hosts.pop("guide") == "guide.example"
    assert set(hosts.values()) == {"www.law.example"}
