"""Batches of training pairs: what may meet, how much is used, and that order is reproducible."""

from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.batching import Batches, Row, parts
from retrieval.trainer import Collator


def row(article: int, *negatives: int, answers: frozenset[int] | None = None, group: str = "") -> Row:
    return Row(answers or frozenset({article}), (article, *negatives), group)


def clash(first: Row, second: Row) -> bool:
    return bool(first.answers & set(second.shown) or second.answers & set(first.shown))


def met(rows: list[Row], batches: list[list[int]]) -> list[tuple[int, int]]:
    return [pair for batch in batches for pair in combinations(batch, 2) if clash(rows[pair[0]], rows[pair[1]])]


def test_two_questions_of_one_article_never_meet():
    rows = [row(number // 3) for number in range(300)]
    batches = Batches(rows, 16)
    for epoch in range(5):
        dealt = batches.epoch(epoch)
        assert met(rows, dealt) == []
        assert len(dealt) == len(batches) == 19  # 300 / 16
        assert sorted(one for batch in dealt for one in batch) == list(range(300))
        assert max(map(len, dealt)) <= 16


def test_an_article_is_never_a_hard_negative_in_the_batch_of_its_own_question():
    random = np.random.default_rng(3)
    rows = [row(number // 2, *(int(one) for one in random.integers(60, 100, 3))) for number in range(200)]
    batches = Batches(rows, 8, seed=1)
    for epoch in range(3):
        assert met(rows, batches.epoch(epoch)) == []


def test_a_question_that_two_articles_answer_meets_neither_as_a_negative():
    both = frozenset({0, 1})
    rows = [row(0, answers=both), row(1, answers=both), *(row(number) for number in range(2, 12))]
    for epoch in range(20):
        assert met(rows, Batches(rows, 6).epoch(epoch)) == []


def test_every_batch_has_two_articles_even_where_one_article_has_most_questions():
    rows = [row(0)] * 50 + [row(1), row(2), row(3)]
    batches = Batches(rows, 8)
    dealt = batches.epoch(0)
    assert len(dealt) == len(batches) == 3
    assert [len({rows[one].shown[0] for one in batch}) for batch in dealt] == [2, 2, 2]


def test_rows_that_wait_in_one_epoch_are_taken_in_another():
    rows = [row(0)] * 12 + [row(1), row(2), row(3)]
    batches = Batches(rows, 8)
    seen = {one for epoch in range(60) for batch in batches.epoch(epoch) for one in batch}
    assert seen == set(range(15))


def test_one_article_alone_cannot_be_trained_on():
    with pytest.raises(ValueError, match="two articles"):
        Batches([row(0), row(0)], 4)


def test_groups_do_not_mix_and_give_their_batches_in_turn_until_the_smallest_is_used_up():
    rows = [row(number, group="small") for number in range(8)] + [row(100 + one, group="large") for one in range(40)]
    batches = Batches(rows, 4, in_turn=True)
    dealt = batches.epoch(0)
    groups = [{rows[one].group for one in batch} for batch in dealt]
    assert groups == [{"large"}, {"small"}, {"large"}, {"small"}]
    assert len(batches) == 4
    assert len(Batches(rows, 4)) == 12


def test_an_epoch_is_reproducible_and_differs_from_the_next_and_from_another_seed():
    rows = [row(number) for number in range(64)]
    first = Batches(rows, 8, seed=5)
    assert first.epoch(2) == Batches(rows, 8, seed=5).epoch(2)
    assert first.epoch(2) != first.epoch(3)
    assert first.epoch(2) != Batches(rows, 8, seed=6).epoch(2)


@settings(max_examples=60, deadline=None)
@given(
    articles=st.lists(st.integers(0, 12), min_size=2, max_size=80).filter(lambda found: len(set(found)) > 1),
    size=st.integers(2, 9),
    seed=st.integers(0, 5),
)
def test_no_batch_holds_an_article_twice_whatever_the_data(articles, size, seed):
    rows = [row(article) for article in articles]
    batches = Batches(rows, size, seed=seed)
    dealt = batches.epoch(seed)
    assert len(dealt) == len(batches)
    assert all(2 <= len(batch) <= size for batch in dealt)
    assert met(rows, dealt) == []


def test_parts_hold_every_text_once_and_keep_the_budget():
    lengths = np.array([5, 100, 7, 90, 300, 6])
    found = [part.tolist() for part in parts(lengths, 200)]
    assert found == [[4], [1, 3], [2, 5, 0]]  # longest first; one text may be longer than the budget


def columns(rows: list[dict]) -> list[list[str]]:
    seen: list[list[str]] = []

    def preprocess(texts, **_):
        seen.append(list(texts))
        return {"input_ids": torch.zeros((len(texts), 1), dtype=torch.int64)}

    Collator(preprocess_fn=preprocess)(rows)
    return seen


def test_a_pair_without_hard_negatives_borrows_those_of_its_batch():
    rows = [
        {"anchor": "q1", "positive": "a1", "negatives": ["n1", "n2"]},
        {"anchor": "q2", "positive": "a2", "negatives": []},
        {"anchor": "q3", "positive": "a3", "negatives": ["n3"]},
    ]
    assert columns(rows) == [["q1", "q2", "q3"], ["a1", "a2", "a3"], ["n1", "n2", "n3"], ["n2", "n2", "n3"]]


def test_a_batch_without_hard_negatives_has_no_column_of_them():
    rows = [{"anchor": f"q{n}", "positive": f"a{n}", "negatives": []} for n in (1, 2)]
    assert columns(rows) == [["q1", "q2"], ["a1", "a2"]]
