"""Generated look-ups over the real law: a seeded sample here, every article by `make lookups`."""

import gzip
import json
import re
import sys
import time

import pytest

from tests.lookup_generator import CORPORA, DATA, generate
from tests.lookup_release import lookup_over

pytestmark = [
    pytest.mark.real_law,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no law at {DATA}: set LEXCITE_DATA to the folder of corpora"),
]


@pytest.fixture(scope="module")
def lookup():
    return lookup_over(("es_boe", "vi_law", "en_core", "en_pdpa"), DATA)


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_generated_look_up_finds_exactly_the_articles_that_bear_the_number(lookup, corpus):
    asked, wrong, seconds = 0, [], []
    for case in generate(corpus, sample=60):
        start = time.thread_time()
        answer = lookup.look_up(case.question, previous_law=case.previous_law)
        seconds.append(time.thread_time() - start)
        found = frozenset(place.article.id for place in answer.places) if answer else frozenset()
        asked += 1
        if found != case.expected:
            wrong.append((case.question, sorted(case.expected), sorted(found)))
    assert wrong == []
    assert asked >= 60 * 8
    p95 = sorted(seconds)[int(asked * 0.95)] * 1000
    sys.stdout.write(f"{corpus}: {asked} look-ups, {len(wrong)} wrong, p95 {p95:.2f} ms of CPU (goal 5)\n")


def test_articles_whose_number_the_law_repeats_come_all(lookup):
    repeated = [case for case in generate("es_boe") if len(case.expected) > 1 and case.phrasing == "before"]
    assert len(repeated) > 40
    for case in repeated:
        assert {place.article.id for place in lookup.look_up(case.question).places} == case.expected


@pytest.mark.parametrize("questions", ["vi_alqac", "es_justicio", "en_pdpa"])
def test_no_real_question_that_names_no_article_triggers_a_look_up(lookup, questions):
    names_one = re.compile(
        r"(?:điều|dieu|art[íi]culos?|\barts?\.?|\barticles?|sections?|\bs\.) *\d|(?:enth|ighth) Schedules?\b",
        re.IGNORECASE,
    )
    path = DATA / "questions" / f"{questions}.questions.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        asked = [json.loads(line)["question"] for line in lines]
    assert [q for q in asked if not names_one.search(q) and lookup.look_up(q) is not None] == []
    assert [q for q in asked if names_one.search(q) and "Part" not in q and lookup.look_up(q) is None] == []
