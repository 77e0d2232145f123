"""Headings that stand inside the texts of a source."""

import json
from dataclasses import replace

import pytest

from index.articles import ArticleVersion
from index.importers.registry import read_corpus
from index.importers.report import inspect
from index.importers.stray_headings import with_headings
from index.structure import parse_provisions

TEXTS = (
    "Short title\nThis is the Bees Act.\nPurpose",
    "Purpose\nThe Act protects bees.\nHives",
    "Hives\nA hive bears a number.",
    "Hives\nA keeper must \u2014\n(a) mark the hive; and\n(b) keep a log.",
    "Hives\nThe log is public.\nFines, fees, etc.",
    "Fines, fees, etc.\nThe fine is 5 crowns.",
    "Fines, fees, etc.\nThe fee is 1 crown.",
    "(c) in the case of a swarm, 2 crowns.",
    "Swarms\nA swarm belongs to its finder.",
    "Swarms\nThe finder may follow it.",
)
HEADINGS = ("Short title", "Purpose", "Hives", "Hives", "Hives", "Fines, fees, etc.", "Fines, fees, etc.", "", "Swarms")


def versions(texts):
    return [ArticleVersion(f"bees#{place}", f"bees#{place}", "", text, "en") for place, text in enumerate(texts)]


def test_the_first_line_becomes_the_heading_and_the_next_heading_leaves_the_end():
    found = with_headings(versions(TEXTS))
    assert tuple(version.heading for version in found) == (*HEADINGS, "Swarms")
    assert [found[place].text for place in (0, 1, 3, 4, 7)] == [
        "This is the Bees Act.",
        "The Act protects bees.",
        "A keeper must \u2014\n(a) mark the hive; and\n(b) keep a log.",
        "The log is public.",
        "(c) in the case of a swarm, 2 crowns.",
    ]
    assert [version.id for version in found] == [f"bees#{place}" for place in range(len(TEXTS))]


@pytest.mark.parametrize(
    "texts",
    [
        TEXTS[:7],  # too few to prove a habit
        tuple(f"The rule on bees number {number} applies to all\nand goes on here." for number in range(12)),
        tuple(text.partition("\n")[2] or text for text in TEXTS),
        tuple("1. Hives\nA hive bears a number." for _ in TEXTS),
        tuple("A hive bears a number.\nIt is blue." for _ in TEXTS),
    ],
)
def test_texts_whose_first_lines_are_not_proved_to_be_headings_stay(texts):
    assert list(with_headings(versions(texts))) == versions(texts)


def test_a_law_in_which_a_text_has_its_heading_stays_as_it_is():
    some = versions(TEXTS)
    some[3] = replace(some[3], heading="Logs")
    assert list(with_headings(some)) == some


def test_article_json_lines_are_read_so_and_the_report_says_it(tmp_path):
    path = tmp_path / "bees.jsonl"
    rows = [
        {"id": f"bees#{place}", "law_id": "bees", "law_title": "Bees Act", "article": f"s.{place + 1}", "heading": "",
         "text": text, "lang": "en", "source": ""}
        for place, text in enumerate(TEXTS)
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    corpus = read_corpus([path])
    assert [version.heading for version in corpus.versions] == [*HEADINGS, "Swarms"]
    (finding,) = [one for one in inspect(corpus).findings if one.suspicion == "odd in the source"]
    assert finding.detail == "the headings of 9 articles stood inside their texts; taken out"


@pytest.mark.real_law
def test_the_headings_of_a_statute_in_rows(law_data):
    corpus = read_corpus([law_data / "corpora" / "en_pdpa.articles.jsonl.gz"])
    found = {version.id: version for version in corpus.versions}
    breach = found["PDPA-26B-1-93"]
    assert breach.heading == "Notifiable data breaches"
    assert breach.text.startswith("A data breach is a notifiable data breach if")
    paths = ["/".join(p.path) for p in parse_provisions(breach.text, lang="en", version_id="v")]
    assert paths == ["", "a", "b"]
    assert found["PDPA-26B-4-96"].text.rstrip().endswith(".")
    assert sum(not version.heading for version in corpus.versions) <= 10
