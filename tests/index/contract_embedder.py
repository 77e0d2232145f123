"""What every `Embedder` keeps; inherited by the tests of the fake and of the real one."""

import numpy as np
import pytest

from index.embedding import Embedder

TEXTS = (
    "the controller shall notify the breach",
    "",
    "el juez y la persona",
    "người có quyền",
    "law " * 500,
    "the law",
    "the controller shall notify the breach",
)


class EmbedderContract:
    # How far a vector's components may move with the texts around it.
    tolerance = 1e-5

    @pytest.fixture
    def embedder(self) -> Embedder:
        raise NotImplementedError

    def test_vectors_are_unit_float32_rows(self, embedder):
        for vectors in (embedder.embed_passages(TEXTS), embedder.embed_queries(TEXTS)):
            assert vectors.shape == (len(TEXTS), embedder.dimension)
            assert vectors.dtype == np.float32
            assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)

    def test_vectors_come_in_the_order_of_the_texts(self, embedder):
        forward = embedder.embed_passages(TEXTS)
        backward = embedder.embed_passages(TEXTS[::-1])
        assert np.abs(forward - backward[::-1]).max() <= self.tolerance

    def test_neighbours_do_not_change_a_vector(self, embedder):
        together = embedder.embed_passages(TEXTS)
        alone = np.concatenate([embedder.embed_passages([text]) for text in TEXTS])
        assert np.abs(together - alone).max() <= self.tolerance

    def test_equal_texts_get_equal_vectors_and_others_do_not(self, embedder):
        vectors = embedder.embed_passages(TEXTS)
        assert vectors[0] == pytest.approx(vectors[-1], abs=self.tolerance)
        assert float(vectors[0] @ vectors[2]) < 0.999

    def test_a_second_run_gives_the_same(self, embedder):
        assert np.array_equal(embedder.embed_queries(TEXTS), embedder.embed_queries(TEXTS))

    def test_no_text_gives_no_rows(self, embedder):
        assert embedder.embed_passages([]).shape == (0, embedder.dimension)
        assert embedder.embed_queries([]).shape == (0, embedder.dimension)

    def test_progress_adds_up_to_the_number_of_texts(self, embedder):
        steps: list[int] = []
        embedder.embed_passages(TEXTS, on_progress=steps.append)
        assert sum(steps) == len(TEXTS)
        assert min(steps) > 0

    def test_no_text_makes_no_progress(self, embedder):
        steps: list[int] = []
        embedder.embed_passages([], on_progress=steps.append)
        assert steps == []

    def test_fingerprint_is_sixteen_hex_digits(self, embedder):
        assert len(embedder.fingerprint) == 16
        assert set(embedder.fingerprint) <= set("0123456789abcdef")
