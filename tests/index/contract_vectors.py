"""What every VectorIndex keeps to; a subclass says how to make one of a matrix.

`VectorIndexContract` holds of approximate indexes too, which may miss a row where more are allowed than they nominate;
`ExactVectorIndexContract` holds of the exact ones.

Components are small whole numbers, so every inner product is exact in float32 in any order of summation, ties are
frequent, and the expected ranking follows from integer arithmetic alone.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.vectors import VectorIndex


def ranking(matrix, query, k, allowed=None):
    """The contract in words: allowed rows by falling score, equal scores by rising row, at most k."""
    scores = [sum(int(a) * int(b) for a, b in zip(row, query, strict=True)) for row in matrix]
    rows = [row for row in range(len(matrix)) if allowed is None or allowed[row]]
    rows.sort(key=lambda row: (-scores[row], row))
    return [(float(scores[row]), row) for row in rows[:k]]


@st.composite
def cases(draw):
    dimension = draw(st.integers(1, 9))
    vector = st.lists(st.integers(-3, 3), min_size=dimension, max_size=dimension)
    distinct = draw(st.lists(vector, min_size=1, max_size=12))
    rows = draw(st.lists(st.sampled_from(distinct), min_size=1, max_size=60))
    queries = draw(st.lists(vector, min_size=1, max_size=4))
    allowed = draw(st.none() | st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    return (
        np.array(rows, dtype=np.float32),
        np.array(queries, dtype=np.float32),
        draw(st.integers(1, len(rows) + 3)),
        None if allowed is None else np.array(allowed),
    )


class VectorIndexContract:
    def make(self, matrix) -> VectorIndex:
        raise NotImplementedError

    def assert_ranked(self, matrix, queries, k, allowed):
        scores, rows = self.make(matrix).search(queries, k, allowed=allowed)
        assert scores.dtype == np.float32
        assert rows.dtype == np.int64
        expected = [ranking(matrix, query, k, allowed) for query in queries]
        found = [
            list(zip(line_scores.tolist(), line_rows.tolist(), strict=True))
            for line_scores, line_rows in zip(scores, rows, strict=True)
        ]
        assert found == expected

    @given(case=cases())
    # One case is meant to run on several implementations.
    @settings(deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    def test_rows_come_by_falling_score_and_equal_scores_by_rising_row(self, case):
        self.assert_ranked(*case)

    @pytest.mark.parametrize("queries", [1, 3])
    @pytest.mark.parametrize("density", [1.0, 0.5, 0.001])
    def test_what_is_found_is_allowed_rightly_scored_and_in_order(self, queries, density):
        random = np.random.default_rng(7)
        matrix = random.integers(-4, 5, (9000, 5)).astype(np.float32)
        allowed = random.random(9000) < density
        asked = matrix[:queries] + 1
        scores, rows = self.make(matrix).search(asked, 12, allowed=allowed)
        assert rows.shape == scores.shape == (queries, min(12, int(allowed.sum())))
        assert allowed[rows].all()
        assert np.array_equal(scores, np.vecdot(matrix[rows], asked[:, np.newaxis]))
        for line_scores, line_rows in zip(scores, rows, strict=True):
            assert len(set(line_rows.tolist())) == len(line_rows)
            ranked = sorted(zip((-line_scores).tolist(), line_rows.tolist(), strict=True))
            assert [row for _, row in ranked] == line_rows.tolist()

    def test_fewer_allowed_rows_than_k_give_all_of_them(self):
        matrix = np.eye(4, dtype=np.float32)
        allowed = np.array([False, True, False, True])
        scores, rows = self.make(matrix).search(matrix[3:4], 10, allowed=allowed)
        assert rows.tolist() == [[3, 1]]
        assert scores.tolist() == [[1.0, 0.0]]

    def test_no_allowed_row_gives_empty_lines(self):
        matrix = np.eye(4, dtype=np.float32)
        scores, rows = self.make(matrix).search(matrix[:2], 3, allowed=np.zeros(4, dtype=np.bool_))
        assert scores.shape == (2, 0)
        assert rows.shape == (2, 0)

    def test_k_beyond_the_rows_gives_every_row_once(self):
        matrix = np.eye(3, dtype=np.float32)
        _, rows = self.make(matrix).search(matrix[2:3], 100)
        assert rows.tolist() == [[2, 0, 1]]

    def test_no_query_gives_no_line(self):
        scores, rows = self.make(np.eye(3, dtype=np.float32)).search(np.empty((0, 3), dtype=np.float32), 2)
        assert scores.shape == (0, 2)
        assert rows.shape == (0, 2)

    def test_rows_and_components_are_counted(self):
        index = self.make(np.ones((5, 3), dtype=np.float32))
        assert len(index) == 5
        assert index.dimension == 3

    def test_vectors_come_back_as_stored_in_the_order_asked_for(self):
        matrix = np.random.default_rng(3).standard_normal((20, 6)).astype(np.float32)
        asked = np.array([19, 0, 7, 7])
        assert np.array_equal(self.make(matrix).vectors(asked), matrix[[19, 0, 7, 7]])
        assert self.make(matrix).vectors(np.array([], dtype=np.int64)).shape == (0, 6)


class ExactVectorIndexContract(VectorIndexContract):
    @pytest.mark.parametrize("queries", [1, 2, 65])
    def test_a_tie_at_the_last_place_goes_to_the_lowest_rows(self, queries):
        matrix = np.ones((9000, 16), dtype=np.float32)  # more than any block, all equal
        matrix[[17, 8000]] = 2.0
        scores, rows = self.make(matrix).search(np.ones((queries, 16), dtype=np.float32), 5)
        assert rows.tolist() == [[17, 8000, 0, 1, 2]] * queries
        assert scores.tolist() == [[32.0, 32.0, 16.0, 16.0, 16.0]] * queries

    @pytest.mark.parametrize("queries", [1, 3])
    @pytest.mark.parametrize(
        ("first", "last", "step"), [(0, 9000, 2), (4000, 4600, 1), (100, 8900, 1), (8999, 9000, 1)]
    )
    def test_only_allowed_rows_are_found_wherever_they_lie(self, queries, first, last, step):
        matrix = np.random.default_rng(7).integers(-4, 5, (9000, 5)).astype(np.float32)
        allowed = np.zeros(9000, dtype=np.bool_)
        allowed[first:last:step] = True
        self.assert_ranked(matrix, matrix[:queries] + 1, 12, allowed)
