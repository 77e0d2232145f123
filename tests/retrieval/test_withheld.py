from math import log

import pytest

from index.lexical import LexicalIndex
from retrieval.search import Filters
from tests.small_law import build, small_engine

QUESTION = "When does the landlord return the deposit?"


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = small_engine(build(tmp_path_factory.mktemp("law")))
    with made.release:
        yield made


def found(engine, **filters):
    return [hit.article.id for hit in engine.retriever.search(QUESTION, k=10, filters=Filters(**filters))]


def test_an_article_that_is_withheld_is_not_found_and_the_others_keep_their_order(engine):
    every = found(engine)
    assert every[0] == "tenancy#a7"
    assert found(engine, without=frozenset({"tenancy#a7"})) == every[1:]


def test_an_article_that_is_not_there_cannot_be_withheld(engine):
    assert found(engine, without=frozenset({"none#a1"})) == found(engine)


def test_rarity_counts_what_may_be_found(engine):
    every = engine.retriever.rarity("Does the deposit cover goats?")
    assert every["deposit"] == pytest.approx(log(1 + (3 - 1 + 0.5) / 1.5))  # in one of three English articles
    assert every["goat"] == pytest.approx(log(1 + 3.5 / 0.5))
    less = engine.retriever.rarity("Does the deposit cover goats?", filters=Filters(without=frozenset({"tenancy#a7"})))
    assert less["deposit"] == less["goat"] == pytest.approx(log(1 + 2.5 / 0.5))


def test_rarity_is_unknown_without_law_in_the_language_of_the_question(engine):
    assert engine.retriever.rarity("Wie lange dauert die Kündigungsfrist für den Mieter?") == {}


def test_rarity_of_common_tokens_is_counted_like_that_of_rare_ones(tmp_path):
    LexicalIndex.write(["deposit rent", "deposit", "rent fee"] * 8, ["en"] * 24, tmp_path)
    index = LexicalIndex.open(tmp_path)
    # deposit in 16 of 24 and fee in 8: both are stored in full; "rent fee" is a pair in 8
    assert index.rarity("deposit rent fee", lang="en") == {
        "deposit": pytest.approx(log(1 + 8.5 / 16.5)),
        "rent": pytest.approx(log(1 + 8.5 / 16.5)),
        "fee": pytest.approx(log(1 + 16.5 / 8.5)),
        "deposit rent": pytest.approx(log(1 + 16.5 / 8.5)),
        "rent fee": pytest.approx(log(1 + 16.5 / 8.5)),
    }
    assert index.rarity("deposit", lang="fr") == {}
