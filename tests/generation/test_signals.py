from dataclasses import replace
from math import log

import pytest
from scipy.stats import spearmanr

from generation.signals import NAMES, signals
from index.articles import Law
from tests.generation_samples import FEES, FISHING, Shelf, hit


def measured(rarity, *hits):
    return signals(hits, rarity, Shelf(hits))


def found(text, *, rank, dense, lexical, score):
    return replace(hit(text, number=str(rank), rank=rank, dense=dense), lexical=lexical, score=score)


FOUND = (
    found(FISHING, rank=1, dense=0.9, lexical=3.0, score=2.0),
    found(FEES, rank=2, dense=0.8, lexical=1.0, score=1.0),
)
# The tokens of a question are stems. "boat" stands in the first clause, "accid" in the second, "eur" in the other
# article, "whale" nowhere.
WORDS = {"boat": 1.0, "accid": 2.0, "eur": 3.0, "whale": 4.0}


def test_shares_of_words_are_weighted_by_rarity():
    told = measured(WORDS, *FOUND)
    assert told.words == pytest.approx(3 / 10)
    assert told.words_clause == pytest.approx(2 / 10)
    assert told.words_found == pytest.approx(6 / 10)


def test_the_three_rarest_words_are_counted():
    told = measured(WORDS, *FOUND)
    assert told.rarest == pytest.approx(1 / 3)  # of whale, eur, accid only the last
    assert told.rarest_found == pytest.approx(2 / 3)


def test_pairs_are_measured_apart_from_words():
    told = measured({"permit": 1.0, "may fish": 1.0, "fish whale": 3.0}, *FOUND)
    assert (told.words, told.pairs, told.pairs_clause) == pytest.approx((1.0, 0.25, 0.25))
    assert measured({"permit": 1.0}, *FOUND).pairs == 0


def test_the_arms_and_their_margins():
    told = measured(WORDS, *FOUND)
    assert told.cosine == 0.9
    assert told.cosine_lead == pytest.approx(0.05)
    assert told.bm25 == pytest.approx(3 / 10)
    assert told.bm25_lead == pytest.approx(1 - 2 / 3)
    assert (told.score, told.score_lead) == (2.0, 0.5)
    assert told.length == pytest.approx(log(5))


def test_agreement_of_the_arms_is_spearmans_rank_correlation():
    dense, lexical = (0.9, 0.8, 0.8, 0.7, 0.6), (2.0, 3.0, 1.0, 1.0, 0.0)
    hits = [
        found(FEES, rank=rank, dense=d, lexical=b, score=1.0)
        for rank, (d, b) in enumerate(zip(dense, lexical, strict=True), start=1)
    ]
    assert measured({"permit": 1.0}, *hits).arms == pytest.approx(spearmanr(dense, lexical).statistic)
    assert measured({"permit": 1.0}, hits[0]).arms == 0


def test_the_laws_title_counts_as_words_of_the_article():
    law = Law(id="whales", title="Whales Act", lang="en")
    assert measured({"whale": 1.0}, replace(FOUND[0], law=law)).words == 1


def test_nothing_is_measured_without_words_hits_or_both_arms():
    assert measured({}, *FOUND) is None
    assert measured({"permit": 1.0}) is None
    assert measured({"permit": 1.0}, replace(FOUND[0], dense=None)) is None


def test_every_signal_has_a_name():
    assert len(NAMES) == len(measured(WORDS, *FOUND).values()) == 15
