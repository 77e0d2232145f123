"""A cap of hits per law: who stays, who fills the places, and when it does nothing."""

from collections import Counter

import pytest

from retrieval.search import Filters
from tests.law_sample import ids, open_search

QUESTION = "mooring fees of a vessel at the harbour, tarifas de atraque, stall"


@pytest.mark.parametrize("per_law", [1, 2, 3])
def test_no_law_has_more_hits_than_the_cap_where_others_can_fill_the_places(tmp_path, per_law):
    everything = open_search(tmp_path, mode="dense").search(QUESTION, k=100)
    laws = Counter(hit.law.id for hit in everything)
    k = sum(min(count, per_law) for count in laws.values())  # the most that the cap can fill
    found = open_search(tmp_path, mode="dense", per_law=per_law).search(QUESTION, k=k)
    seen: Counter[str] = Counter()
    expected = []
    for hit in everything:
        seen[hit.law.id] += 1
        if seen[hit.law.id] <= per_law:
            expected.append(hit.article.id)
    assert ids(found) == expected
    assert [hit.rank for hit in found] == list(range(1, k + 1))
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert max(Counter(hit.law.id for hit in found).values()) == per_law


def test_places_that_no_other_law_can_fill_go_to_the_best_in_their_order(tmp_path):
    uncapped = open_search(tmp_path, mode="dense")
    capped = open_search(tmp_path, mode="dense", per_law=1)
    assert capped.search(QUESTION, k=100) == uncapped.search(QUESTION, k=100)
    one_law = Filters(laws=frozenset({"harbour"}))
    assert capped.search(QUESTION, k=3, filters=one_law) == uncapped.search(QUESTION, k=3, filters=one_law)


def test_the_best_hit_is_the_best_whatever_the_cap(tmp_path):
    best = open_search(tmp_path).search(QUESTION, k=1)
    assert open_search(tmp_path, per_law=1).search(QUESTION, k=1) == best


def test_a_cap_below_one_is_refused(tmp_path):
    with pytest.raises(ValueError, match="per_law is 0"):
        open_search(tmp_path, per_law=0)
