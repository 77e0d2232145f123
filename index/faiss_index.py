"""The vector index on FAISS: exact inner products, filtered, on the CPU or a GPU, the same rows wherever it runs.

FAISS, BLAS and CUDA add up an inner product in different orders, so the same vector can score differently in its last
bits from one engine, batch size or position to the next. Here every engine only nominates: it returns all rows that
rounding could have put among the best, and the nominees are scored again in float64 (see `stored_vectors`). Ties go to
the lower row, at the last place too.
"""

import threading
from pathlib import Path
from typing import Protocol, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import UserFacingError
from index.stored_vectors import BLOCK_ROWS, StoredVectors, check_search, nothing_found, only

_GPU_MAX_K = 2048  # FAISS's selection on the GPU goes no further
_ROUNDING = 2.0**-24  # the largest relative error of one float32 rounding


class Accelerator(Protocol):
    """A second holder of the same rows that searches them faster than the CPU: FAISS's GPU index."""

    def search(self, queries: NDArray[np.float32], k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Scores and rows (m, k) by falling score, in any order among equals."""
        ...


class FaissIndex:
    """A flat inner-product index in FAISS's file format, memory-mapped; implements `VectorIndex`.

    Attributes:
        dimension: components of a vector.
        fallback: why the GPU is not used although there is one; empty where all is well.
    """

    def __init__(self, stored: StoredVectors, *, accelerator: Accelerator | None = None) -> None:
        self.dimension = stored.dimension
        self.fallback = ""
        self._stored = stored
        self._largest_norm = _largest_norm(stored.matrix)
        self._accelerator = accelerator
        self._accelerator_lock = threading.Lock()  # a GPU's scratch memory serves one search at a time
        # FAISS takes BLAS only from this many query components on (128,000: 125 queries of 1,024), where it pays from
        # two queries on; one query alone is faster without. A global of the library that changes nothing but speed.
        threshold = faiss.cvar.distance_compute_blas_threshold
        faiss.cvar.distance_compute_blas_threshold = min(threshold, 2 * self.dimension)

    write = staticmethod(StoredVectors.write)

    @classmethod
    def of(cls, matrix: NDArray[np.float32]) -> Self:
        """The index of `matrix` (n, dimension) float32, finite, in memory: for vectors that are measured, not kept."""
        return cls(StoredVectors.of(matrix))

    @classmethod
    def open(cls, path: Path, *, gpu: bool | None = None) -> Self:
        """Opens what `write` wrote, mapped and not copied.

        The file must already have been verified: FAISS does not notice changed bytes.

        Args:
            path: the index file.
            gpu: True demands a GPU, False takes none, None takes one where FAISS sees one and it has room.

        Raises:
            ReleaseError: the file is not an index that `write` wrote.
            UserFacingError: a GPU is demanded and cannot be had.
        """
        stored = StoredVectors.open(path)
        gpus = faiss.get_num_gpus()
        if gpu and not gpus:
            message = "FAISS sees no GPU: install lexcite[gpu] in place of lexcite[cpu], or do not demand one"
            raise UserFacingError(message)
        if gpu is False or not gpus:
            return cls(stored)
        try:
            return cls(stored, accelerator=_GpuCopy(stored.index))
        except RuntimeError as error:  # too little memory, a driver that does not fit
            if gpu:
                raise UserFacingError(f"the GPU cannot hold {path}: {error}; search on the CPU instead") from error
            opened = cls(stored)
            opened.fallback = f"searching on the CPU, the GPU could not hold the index: {error}"
            return opened

    @property
    def device(self) -> str:
        """Where searches without a mask run: "gpu" or "cpu"."""
        return "cpu" if self._accelerator is None else "gpu"

    def __len__(self) -> int:
        return len(self._stored)

    def search(
        self, queries: NDArray[np.float32], k: int, *, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The rows of largest inner product with each query; see `VectorIndex.search`.

        Scores are the inner products in float64, rounded once.

        Raises:
            ValueError: queries that are not finite float32 of (m, dimension), k < 1, or a mask that does not fit.
        """
        rows = check_search(queries, k, allowed, rows=len(self), dimension=self.dimension)
        k = min(k, len(self) if rows is None else len(rows))
        if k == 0 or not len(queries):
            return nothing_found(queries, k)
        queries = np.ascontiguousarray(queries)
        slack = self._slack(queries)
        depth = k + k // 4 + 16  # enough to see past the rounding, unless more than so many rows nearly tie
        nominated, nominees, hidden = self._nominate(queries, depth, rows)
        floor = _kth(nominated, k) - slack
        wanted = max(k, int((nominated >= floor[:, np.newaxis]).sum(axis=1).max()))
        best = np.argpartition(-nominated, wanted - 1, axis=1)[:, :wanted]
        scores, found = self._stored.best(queries, np.take_along_axis(nominees, best, axis=1), k)
        for line in np.flatnonzero(hidden >= floor):
            one = queries[line : line + 1]
            scores[line : line + 1], found[line : line + 1] = self._dig(one, k, depth, rows, slack[line])
        return scores, found

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The stored vectors of `rows` (r,), as (r, dimension) float32.

        Raises:
            IndexError: a row that does not exist.
        """
        return self._stored.rows(rows)

    def _slack(self, queries: NDArray[np.float32]) -> NDArray[np.float64]:
        """How far two engines' scores of one row can lie apart, for each query.

        A sum of d products in float32, in whatever order, is off by at most about d roundings of |q| |x| (Higham,
        Accuracy and Stability of Numerical Algorithms, section 3.1); two more for our own.
        """
        norms = np.linalg.norm(queries.astype(np.float64), axis=1)
        slack: NDArray[np.float64] = 2 * (self.dimension + 2) * _ROUNDING * self._largest_norm * norms
        if not np.all(norms * self._largest_norm < np.finfo(np.float32).max):
            raise ValueError("queries are too large: their inner products overflow float32")
        return slack

    def _nominate(
        self, queries: NDArray[np.float32], depth: int, rows: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
        """The best rows by an engine's own arithmetic: scores and rows (m, w), and the most a row left out can score.

        Args:
            queries: (m, dimension).
            depth: rows wanted of each block.
            rows: the rows that may be found, rising; None for all.
        """
        if rows is None:
            depth = min(depth, len(self))
            scores, found = self._search_all(queries, depth)
            return scores, found, scores[:, -1] if depth < len(self) else _nothing_hidden(queries)
        if len(queries) == 1:  # nothing to gain from BLAS: FAISS's own loop, which reads only what is allowed
            depth = min(depth, len(rows))
            scores, found = self._stored.index.search(queries, depth, params=only(rows, len(self)))
            return scores, found, scores[:, -1] if depth < len(rows) else _nothing_hidden(queries)
        hidden = _nothing_hidden(queries)
        parts = []
        # An IDSelector makes FAISS go row by row without BLAS. Blocks of the allowed rows are searched whole instead:
        # in place where they lie together (a law does), else gathered, one block fitting the cache.
        for start in range(0, len(rows), BLOCK_ROWS):
            block = rows[start : start + BLOCK_ROWS]
            first, last = int(block[0]), int(block[-1])
            together = last - first + 1 == len(block)
            vectors = self._stored.matrix[first : last + 1] if together else self._stored.rows(block)
            scores, places = faiss.knn(queries, vectors, min(depth, len(block)), faiss.METRIC_INNER_PRODUCT)
            if depth < len(block):
                hidden = np.maximum(hidden, scores[:, -1])
            parts.append((scores, block[places]))
        return (
            np.concatenate([part[0] for part in parts], axis=1),
            np.concatenate([part[1] for part in parts], axis=1),
            hidden,
        )

    def _search_all(self, queries: NDArray[np.float32], depth: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The `depth` best of all rows by the fastest engine at hand; a GPU that fails is not asked again."""
        accelerator = self._accelerator
        if accelerator is not None and depth <= _GPU_MAX_K:
            try:
                with self._accelerator_lock:
                    return accelerator.search(queries, depth)
            except RuntimeError as error:
                self._accelerator = None
                self.fallback = f"searching on the CPU, the GPU failed: {error}"
        scores, found = self._stored.index.search(queries, depth)
        return scores, found

    def _dig(
        self, query: NDArray[np.float32], k: int, depth: int, rows: NDArray[np.int64] | None, slack: float
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The k best for one query (1, dimension), however many rows tie around the last place."""
        while True:
            depth *= 8
            scores, nominees, hidden = self._nominate(query, depth, rows)
            floor = _kth(scores, k)[0] - slack
            if hidden[0] < floor:
                return self._stored.best(query, nominees[scores >= floor][np.newaxis], k)


class _GpuCopy:
    """The index copied to the first GPU."""

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        self._resources = faiss.StandardGpuResources()  # must outlive the index that uses it
        self._index = faiss.index_cpu_to_gpu(self._resources, 0, index)

    def search(self, queries: NDArray[np.float32], k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        scores, rows = self._index.search(queries, k)
        return scores, rows


def _largest_norm(matrix: NDArray[np.float32]) -> float:
    """An upper bound of the L2 norms of the rows, close to the largest."""
    largest = 0.0
    for start in range(0, len(matrix), BLOCK_ROWS):
        block = np.array(matrix[start : start + BLOCK_ROWS], dtype=np.float64)
        largest = max(largest, float(np.vecdot(block, block).max()))
    return float(np.sqrt(largest)) * (1 + 1e-6)


def _kth(scores: NDArray[np.float32], k: int) -> NDArray[np.float64]:
    """The k-th largest of each line (m, w), as (m,)."""
    place = scores.shape[1] - k
    return np.partition(scores, place, axis=1)[:, place].astype(np.float64)


def _nothing_hidden(queries: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.full(len(queries), -np.inf, dtype=np.float32)
