import re
from dataclasses import replace

import numpy as np
import pytest

from retrieval.vector_plan import PlanError, Way, bytes_of, plan_table, recall_at, recommended, scaled, size_text

EXACT = Way("float32", 384, True, 4_000, 1.0, 2.0, 1.0)
HALF = Way("float16", 384, False, 2_000, 1.0, 1.9, 1.1)
INT8 = Way("int8", 384, False, 1_000, 0.9996, 1.8, 1.2)
BITS = Way("bits", 384, False, 150, 0.9951, 0.3, 7.0)
SHORT = Way("bits", 64, False, 50, 0.61, 0.2, 9.0)
WAYS = (EXACT, HALF, INT8, BITS, SHORT)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("200MB", 200_000_000),
        ("200 mb", 200_000_000),
        ("1.5GB", 1_500_000_000),
        ("512MiB", 536_870_912),
        ("64k", 64_000),
        ("1000", 1000),
        ("1000B", 1000),
    ],
)
def test_a_budget_is_read_as_people_write_it(text, size):
    assert bytes_of(text) == size


@pytest.mark.parametrize("text", ["", "much", "-3MB", "0", "0.0GB", "3TB", "2iB", "MB"])
def test_what_is_no_budget_says_how_to_write_one(text):
    with pytest.raises(PlanError, match=f"--budget {re.escape(text)}: not an amount of memory; write it as 200MB"):
        bytes_of(text)


@pytest.mark.parametrize(
    ("budget", "way"),
    [(4_000, EXACT), (3_999, INT8), (999, BITS), (150, BITS), (149, SHORT)],
    ids=["all fits", "the smaller of equals", "the better", "just fits", "only one fits"],
)
def test_what_misses_least_within_the_budget_is_recommended(budget, way):
    assert recommended(WAYS, budget) is way
    assert recommended(WAYS[::-1], budget) is way


def test_a_budget_that_nothing_fits_says_what_the_least_is():
    with pytest.raises(PlanError, match="nothing fits 49 B: the least is 50 B, by bits of 64 dimensions; raise"):
        recommended(WAYS, 49)


def test_recall_counts_what_scores_no_less_than_the_exact_last():
    exact = np.array([[9, 8, 8], [5, 4, 3]], dtype=np.float32)
    found = np.array([[9, 8, 7], [5, 2, 1]], dtype=np.float32)
    assert recall_at(exact, found) == pytest.approx((2 + 1) / 6)
    assert recall_at(exact, exact) == 1.0


def test_the_table_marks_what_is_exact_and_what_is_too_large():
    lines = plan_table(WAYS, 1_500).splitlines()
    assert [line.split("|")[-2].strip() for line in lines[2:]] == ["exact too large", "too large", "", "", ""]
    assert "nDCG" not in lines[0]
    judged = plan_table([replace(way, ndcg=0.5) for way in WAYS], 1_500).splitlines()
    assert "nDCG@10" in judged[0]
    assert "0.5000" in judged[2]


def test_the_settings_of_exact_search_are_the_defaults():
    assert EXACT.settings == {"vectors": "float32", "dimension": 0}
    assert SHORT.settings == {"vectors": "bits", "dimension": 64}


def test_memory_grows_with_the_passages():
    assert scaled(160_272, passages=2862, planned=28_620) == 1_602_720
    assert scaled(10, passages=3, planned=4) == 14


@pytest.mark.parametrize(
    ("size", "text"), [(999, "999 B"), (45_792, "45.8 kB"), (14_700_000, "14.7 MB"), (4_096_000_000, "4.1 GB")]
)
def test_sizes_are_written_for_people(size, text):
    assert size_text(size) == text
