import os
import tempfile
from pathlib import Path

import faiss
import numpy as np
import pytest

from index.blas import prefer_modern_kernels
from index.errors import ReleaseError, UserFacingError
from index.faiss_index import FaissIndex
from index.stored_vectors import StoredVectors
from tests.fakes import BruteForceIndex
from tests.index.contract_vectors import ExactVectorIndexContract


class TestBruteForce(ExactVectorIndexContract):
    def make(self, matrix):
        return BruteForceIndex(matrix)


def written(matrix, folder):
    path = Path(folder) / "vectors.faiss"
    FaissIndex.write(matrix, path)
    return path


class TestFaissFile(ExactVectorIndexContract):
    def make(self, matrix):
        with tempfile.TemporaryDirectory() as folder:
            return FaissIndex.open(written(matrix, folder))  # the mapping outlives the name


class ShakyAccelerator:
    """Sums in another order: every score is off by as much as float32 summation may be, in a random direction."""

    def __init__(self, matrix):
        self.matrix = matrix
        self.random = np.random.default_rng(11)

    def search(self, queries, k):
        error = self.matrix.shape[1] * 2.0**-24
        scores = queries.astype(np.float64) @ self.matrix.T.astype(np.float64)
        sizes = np.linalg.norm(queries, axis=1)[:, None] * np.linalg.norm(self.matrix, axis=1)
        scores = (scores + self.random.uniform(-error, error, scores.shape) * sizes).astype(np.float32)
        order = np.argsort(-scores, axis=1)[:, :k]
        return np.take_along_axis(scores, order, axis=1), order


def in_memory(matrix, accelerator=None):
    return FaissIndex(StoredVectors.of(matrix), accelerator=accelerator)


class TestAccelerated(ExactVectorIndexContract):
    def make(self, matrix):
        return in_memory(matrix, ShakyAccelerator(matrix))


def unit_vectors(rows, dimension, seed=0):
    matrix = np.random.default_rng(seed).standard_normal((rows, dimension)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def exact_ranking(matrix, queries, k, allowed):
    """Inner products in extended precision, rounded to float32 once; ties by rising row."""
    scores = (queries.astype(np.longdouble) @ matrix.T.astype(np.longdouble)).astype(np.float32)
    lines = []
    for line in scores:
        rows = sorted(np.flatnonzero(allowed), key=lambda row, line=line: (-line[row], row))[:k]
        lines.append([(float(line[row]), int(row)) for row in rows])
    return lines


@pytest.mark.parametrize("dimension", [1, 3, 31, 64, 257])
@pytest.mark.parametrize("accelerated", [False, True])
@pytest.mark.parametrize("density", [1.0, 0.9, 0.02])
def test_copies_of_a_vector_tie_exactly_wherever_they_stand(tmp_path, dimension, accelerated, density):
    distinct = unit_vectors(150, dimension)
    random = np.random.default_rng(dimension)
    matrix = distinct[random.integers(0, len(distinct), 5000)]  # about 33 copies of each, in every place of a block
    queries = unit_vectors(9, dimension, seed=1)
    allowed = random.random(len(matrix)) < density
    index = FaissIndex.open(written(matrix, tmp_path))
    if accelerated:
        index = in_memory(matrix, ShakyAccelerator(matrix))
    scores, rows = index.search(queries, 40, allowed=None if density == 1.0 else allowed)
    found = [list(zip(s.tolist(), r.tolist(), strict=True)) for s, r in zip(scores, rows, strict=True)]
    assert found == exact_ranking(matrix, queries, 40, allowed)


def test_a_query_finds_the_same_alone_and_in_a_batch(tmp_path):
    matrix = unit_vectors(3000, 100)
    queries = unit_vectors(130, 100, seed=5)
    index = FaissIndex.open(written(matrix, tmp_path))
    scores, rows = index.search(queries, 10)
    for line in range(0, 130, 13):
        alone_scores, alone_rows = index.search(queries[line : line + 1], 10)
        assert np.array_equal(alone_rows[0], rows[line])
        assert np.array_equal(alone_scores[0], scores[line])


def test_opening_leaves_the_vectors_in_the_file(tmp_path):
    matrix = unit_vectors(4000, 32)
    path = written(matrix, tmp_path)
    FaissIndex.open(path)
    index = FaissIndex.open(path)
    assert str(path) in Path("/proc/self/maps").read_text()
    assert np.array_equal(index.vectors(np.arange(4000)), matrix)


class BrokenAccelerator:
    def __init__(self):
        self.asked = 0

    def search(self, queries, k):
        self.asked += 1
        raise RuntimeError("CUDA error 2 out of memory")


def test_a_failing_gpu_is_replaced_by_the_cpu_and_the_reason_is_kept():
    matrix = unit_vectors(50, 8)
    broken = BrokenAccelerator()
    index = in_memory(matrix, broken)
    assert index.device == "gpu"
    for _ in range(2):
        assert index.search(matrix[7:8], 1)[1].tolist() == [[7]]
    assert index.device == "cpu"
    assert index.fallback == "searching on the CPU, the GPU failed: CUDA error 2 out of memory"
    assert broken.asked == 1


def test_a_depth_that_no_gpu_offers_is_searched_on_the_cpu():
    matrix = unit_vectors(3000, 4)
    broken = BrokenAccelerator()
    index = in_memory(matrix, broken)
    assert index.search(matrix[:1], 2500)[1].shape == (1, 2500)
    assert broken.asked == 0
    assert index.device == "gpu"


@pytest.mark.skipif(faiss.get_num_gpus() > 0, reason="FAISS sees a GPU here")
def test_demanding_a_gpu_where_there_is_none_says_what_to_do(tmp_path):
    path = written(unit_vectors(3, 4), tmp_path)
    with pytest.raises(UserFacingError, match=r"FAISS sees no GPU: install lexcite\[gpu\]"):
        FaissIndex.open(path, gpu=True)
    assert FaissIndex.open(path, gpu=None).device == "cpu"


@pytest.mark.skipif(faiss.get_num_gpus() == 0, reason="FAISS sees no GPU here")
def test_the_gpu_finds_what_the_cpu_finds(tmp_path):
    distinct = unit_vectors(500, 384)
    matrix = distinct[np.random.default_rng(2).integers(0, 500, 20_000)]
    path = written(matrix, tmp_path)
    queries = unit_vectors(70, 384, seed=9)
    on_gpu = FaissIndex.open(path, gpu=True)
    assert on_gpu.device == "gpu"
    for ours, theirs in zip(
        on_gpu.search(queries, 100), FaissIndex.open(path, gpu=False).search(queries, 100), strict=True
    ):
        assert np.array_equal(ours, theirs)
    assert on_gpu.fallback == ""


@pytest.mark.parametrize(
    "content", [b"", b"not an index, but long enough to look like one " * 4], ids=["empty", "other format"]
)
def test_a_file_that_is_no_index_is_named(tmp_path, content):
    path = tmp_path / "vectors.faiss"
    path.write_bytes(content)
    with pytest.raises(ReleaseError, match=r"vectors\.faiss: not a readable FAISS index; build the index again"):
        FaissIndex.open(path)


def test_a_file_cut_short_is_named(tmp_path):
    path = written(unit_vectors(100, 16), tmp_path)
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(ReleaseError, match="not a readable FAISS index"):
        FaissIndex.open(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ReleaseError, match=r"absent\.faiss"):
        FaissIndex.open(tmp_path / "absent.faiss")


def test_another_kind_of_faiss_index_is_refused(tmp_path):
    path = tmp_path / "other.faiss"
    faiss.write_index(faiss.IndexFlatL2(4), str(path))
    with pytest.raises(ReleaseError, match="a FAISS IndexFlatL2, not an IndexFlatIP"):
        FaissIndex.open(path)


def test_an_index_without_rows_opens_and_finds_nothing(tmp_path):
    index = FaissIndex.open(written(np.empty((0, 4), dtype=np.float32), tmp_path))
    assert len(index) == 0
    assert index.dimension == 4
    assert index.search(np.ones((2, 4), dtype=np.float32), 3)[1].shape == (2, 0)


NAN = np.array([[1.0, np.nan]], dtype=np.float32)


@pytest.mark.parametrize(
    ("queries", "k", "allowed", "message"),
    [
        (np.ones((1, 2)), 1, None, r"queries is float64 \(1, 2\); it must be float32"),
        (np.ones(2, dtype=np.float32), 1, None, r"queries is float32 \(2,\)"),
        (np.ones((1, 3), dtype=np.float32), 1, None, "queries has 3 components; the index has 2"),
        (NAN, 1, None, "queries holds a value that is not finite"),
        (np.full((1, 2), 3e38, dtype=np.float32), 1, None, "overflow float32"),
        (np.ones((1, 2), dtype=np.float32), 0, None, "k is 0; it must be at least 1"),
        (np.ones((1, 2), dtype=np.float32), 1, np.ones(4, dtype=np.bool_), r"allowed is bool \(4,\); it must be bool"),
        (np.ones((1, 2), dtype=np.float32), 1, np.ones(5, dtype=np.int64), r"allowed is int64 \(5,\)"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(queries, k, allowed, message):
    with pytest.raises(ValueError, match=message):
        in_memory(np.ones((5, 2), dtype=np.float32)).search(queries, k, allowed=allowed)


def test_a_matrix_that_is_not_finite_is_never_written(tmp_path):
    with pytest.raises(ValueError, match="matrix holds a value that is not finite"):
        FaissIndex.write(NAN, tmp_path / "vectors.faiss")
    assert not (tmp_path / "vectors.faiss").exists()


def test_a_row_that_does_not_exist_has_no_vector():
    index = in_memory(np.ones((5, 2), dtype=np.float32))
    for row in (-1, 5):
        with pytest.raises(IndexError):
            index.vectors(np.array([row]))


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx avx2 fma avx512f avx512dq avx512bw avx512vl", "SkylakeX"),
        ("fpu avx avx2 fma avx512f", "Haswell"),  # the first AVX-512 chips lack what the kernels need
        ("fpu avx avx2 fma", "Haswell"),
        ("fpu sse4_2", None),
    ],
)
def test_the_best_kernels_the_cpu_has_are_named(tmp_path, flags, expected):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: {flags}\n\nprocessor\t: 1\n")
    environ = {}
    prefer_modern_kernels(environ, cpuinfo=cpuinfo)
    assert environ == ({} if expected is None else {"OPENBLAS_CORETYPE": expected})


def test_an_operators_choice_of_kernels_stays(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("flags : avx2 fma avx512f avx512dq avx512bw avx512vl\n")
    environ = {"OPENBLAS_CORETYPE": "Zen"}
    prefer_modern_kernels(environ, cpuinfo=cpuinfo)
    assert environ == {"OPENBLAS_CORETYPE": "Zen"}


def test_no_kernels_are_named_where_the_cpu_cannot_be_read(tmp_path):
    environ = {}
    prefer_modern_kernels(environ, cpuinfo=tmp_path / "absent")
    assert environ == {}
