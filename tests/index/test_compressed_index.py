import tempfile
from pathlib import Path

import faiss
import numpy as np
import pytest

from index.compressed_index import Coding, CompressedIndex, bytes_per_vector, coded, nominees
from index.errors import ReleaseError, UserFacingError
from index.faiss_index import FaissIndex
from index.stored_vectors import StoredVectors
from tests.index.contract_vectors import VectorIndexContract


def opened(matrix, coding, dimension=None):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.faiss"
        StoredVectors.write(matrix, path)
        return CompressedIndex.open(path, coding=coding, dimension=dimension)  # the mapping outlives the name


class TestBits(VectorIndexContract):
    def make(self, matrix):
        return opened(matrix, Coding.BITS)


class TestInt8(VectorIndexContract):
    def make(self, matrix):
        return opened(matrix, Coding.INT8)


class TestFloat16(VectorIndexContract):
    def make(self, matrix):
        return opened(matrix, Coding.FLOAT16)


class TestBeginnings(VectorIndexContract):
    def make(self, matrix):
        return opened(matrix, Coding.FLOAT32, dimension=1)


def crowded(rows, dimension, *, seed=0):
    """Unit vectors that crowd together as e5's do: cosines of about .8, neighbours in clusters."""
    random = np.random.default_rng(seed)
    common = 2.4 * np.random.default_rng(99).standard_normal(dimension)
    topics = np.random.default_rng(98).standard_normal((200, dimension))
    matrix = common + topics[random.integers(0, 200, rows)] + 0.7 * random.standard_normal((rows, dimension))
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


def recall(index, matrix, queries, k, allowed=None):
    """Share of the exact k best that are found."""
    _, exact = FaissIndex.of(matrix).search(queries, k, allowed=allowed)
    _, found = index.search(queries, k, allowed=allowed)
    return np.mean([len(set(a) & set(b)) / k for a, b in zip(exact.tolist(), found.tolist(), strict=True)])


@pytest.mark.parametrize("coding", list(Coding))
@pytest.mark.parametrize("density", [1.0, 0.3])
def test_nearly_all_of_the_best_are_found_among_vectors_that_crowd(coding, density):
    matrix, queries = crowded(20_000, 128), crowded(50, 128, seed=1)
    assert 0.7 < float((matrix[:500] @ matrix[:500].T).mean()) < 0.9
    allowed = None if density == 1.0 else np.random.default_rng(4).random(len(matrix)) < density
    assert recall(opened(matrix, coding), matrix, queries, 10, allowed) >= 0.99


@pytest.mark.parametrize(
    ("k", "rows", "count"),
    [(10, 100, 256), (10, 10_000, 256), (10, 80_000, 512), (200, 10_000, 1016), (10, 10**7, 2560)],
)
def test_more_rows_have_more_nominees(k, rows, count):
    assert nominees(k, rows) == count


def test_signs_alone_would_miss_more():
    """Why `bits` are no plain sign codes, which FAISS also has: the crowd's mean is in every sign."""
    matrix, queries = crowded(20_000, 128), crowded(50, 128, seed=1)
    signs = faiss.IndexBinaryFlat(128)
    signs.add(np.packbits(matrix > 0, axis=1))
    _, exact = FaissIndex.of(matrix).search(queries, 10)

    def missed(nominated):
        return np.mean([len(set(a) - set(b)) / 10 for a, b in zip(exact.tolist(), nominated.tolist(), strict=True)])

    by_signs = missed(signs.search(np.packbits(queries > 0, axis=1), 60)[1])
    by_ours = missed(coded(StoredVectors.of(matrix), coding=Coding.BITS).search(queries, 60)[1])
    assert by_ours < by_signs / 3


@pytest.mark.parametrize("coding", list(Coding))
def test_where_every_row_is_nominated_the_search_is_the_exact_one(coding):
    matrix, queries = crowded(nominees(10, 256), 24), crowded(7, 24, seed=1)
    for ours, exact in zip(
        opened(matrix, coding, dimension=3).search(queries, 10), FaissIndex.of(matrix).search(queries, 10), strict=True
    ):
        assert np.array_equal(ours, exact)


@pytest.mark.parametrize("coding", list(Coding))
@pytest.mark.parametrize("dimension", [None, 40])
def test_the_memory_that_is_promised_is_what_the_codes_take(coding, dimension):
    matrix = crowded(500, 96)
    index = opened(matrix, coding, dimension)
    codes = faiss.serialize_index(index._codes)
    trained = 96 * 8 + 200  # means or ranges, and the header
    assert index.code_bytes == 500 * bytes_per_vector(coding, dimension or 96)
    assert 0 <= len(codes) - index.code_bytes <= trained


def test_only_the_codes_hold_memory_and_the_vectors_stay_in_the_file(tmp_path):
    path = tmp_path / "vectors.faiss"
    StoredVectors.write(crowded(60_000, 128), path)  # 31 MB

    def of_the_file(kind):
        """Bytes of the mapped file that smaps counts under `kind`."""
        lines = Path("/proc/self/smaps").read_text().splitlines()
        starts = [place for place, line in enumerate(lines) if str(path) in line]
        assert starts
        found = [next(one for one in lines[start:] if one.startswith(f"{kind}:")) for start in starts]
        return sum(int(line.split()[1]) for line in found) * 1024

    index = CompressedIndex.open(path, coding=Coding.BITS)
    assert of_the_file("Rss") < 1_000_000
    index.search(crowded(1, 128, seed=3), 10)
    assert of_the_file("Rss") > 0  # the nominees were read; these pages are the file's, and the system takes them back
    assert of_the_file("Anonymous") == 0
    assert index.code_bytes < 31_000_000 / 8


def test_a_text_that_stands_in_the_law_often_is_found_with_the_lower_rows_first():
    matrix = crowded(3000, 32)
    matrix[1000:1400] = matrix[7]  # more than are nominated
    scores, rows = opened(matrix, Coding.BITS).search(matrix[7:8], 5)
    assert np.allclose(scores, 1.0, atol=1e-6)
    assert rows[0].tolist() == sorted(rows[0].tolist())


@pytest.mark.parametrize("dimension", [0, 9, -1])
def test_dimensions_that_the_vectors_do_not_have_are_refused(dimension):
    with pytest.raises(UserFacingError, match=rf"{dimension} dimensions were asked for; the vectors .* have 8"):
        opened(np.ones((3, 8), dtype=np.float32), Coding.BITS, dimension)


def test_a_beginning_of_nothing_but_zeros_is_coded_all_the_same():
    matrix = np.zeros((900, 4), dtype=np.float32)
    matrix[:, 3] = 1.0
    scores, _ = opened(matrix, Coding.FLOAT32, dimension=2).search(matrix[:1], 3)
    assert scores.tolist() == [[1.0, 1.0, 1.0]]


def test_an_index_without_rows_opens_and_finds_nothing():
    index = opened(np.empty((0, 4), dtype=np.float32), Coding.BITS)
    assert len(index) == index.code_bytes == 0
    assert index.search(np.ones((2, 4), dtype=np.float32), 3)[1].shape == (2, 0)


def test_a_file_that_is_no_index_is_named(tmp_path):
    (tmp_path / "vectors.faiss").write_bytes(b"no index " * 20)
    with pytest.raises(ReleaseError, match=r"vectors\.faiss: not a readable FAISS index"):
        CompressedIndex.open(tmp_path / "vectors.faiss", coding=Coding.BITS)
