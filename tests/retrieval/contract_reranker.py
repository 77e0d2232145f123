"""What every `Reranker` keeps; inherited by the tests of the fake and of the real one."""

import numpy as np
import pytest

from retrieval.reranker import Reranker

QUESTION = "shall the holder report"
PASSAGES = ("the holder shall report", "", "never", "the holder " * 400, "report the holder never", "never")


class RerankerContract:
    @pytest.fixture
    def reranker(self) -> Reranker:
        raise NotImplementedError

    def test_each_passage_has_a_finite_score(self, reranker):
        scores = reranker.scores(QUESTION, PASSAGES)
        assert (scores.shape, scores.dtype) == ((len(PASSAGES),), np.float32)
        assert np.isfinite(scores).all()
        assert len(set(scores.tolist())) > 1

    def test_scores_come_in_the_order_of_the_passages(self, reranker):
        forward, backward = reranker.scores(QUESTION, PASSAGES), reranker.scores(QUESTION, PASSAGES[::-1])
        assert np.abs(forward - backward[::-1]).max() <= 1e-4

    def test_neighbours_do_not_change_a_score(self, reranker):
        alone = np.concatenate([reranker.scores(QUESTION, [passage]) for passage in PASSAGES])
        assert np.abs(reranker.scores(QUESTION, PASSAGES) - alone).max() <= 1e-4

    def test_a_second_run_gives_the_same(self, reranker):
        assert np.array_equal(reranker.scores(QUESTION, PASSAGES), reranker.scores(QUESTION, PASSAGES))

    def test_no_passage_has_no_score(self, reranker):
        assert reranker.scores(QUESTION, []).shape == (0,)

    def test_fingerprint_is_sixteen_hex_digits(self, reranker):
        assert len(reranker.fingerprint) == 16
        assert set(reranker.fingerprint) <= set("0123456789abcdef")
