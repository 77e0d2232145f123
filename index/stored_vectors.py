"""The vectors of an index as they lie in its file: memory-mapped, read row by row, and scored exactly.

Every search over them, exact or compressed, only nominates; the nominees are scored here, one by one, in float64.
Identical vectors therefore tie exactly, and ties go to the lower row.
"""

from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import ReleaseError

BLOCK_ROWS = 4096  # rows gathered or rescored at a time: 16 MB at 1,024 components, and BLAS is at full speed


class StoredVectors:
    """The rows of one (n, dimension) float32 matrix, in FAISS's file format.

    Attributes:
        index: the flat FAISS index that holds them.
        matrix: (n, dimension) float32, the same memory, not copied and not aligned; valid while `index` lives.
        dimension: components of a vector.
    """

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        self.index = index
        self.matrix = _view(index)
        self.dimension = int(index.d)

    @staticmethod
    def write(matrix: NDArray[np.float32], path: Path) -> None:
        """Writes `matrix` (n, dimension) float32, finite."""
        faiss.write_index(_flat(matrix), str(path))

    @classmethod
    def of(cls, matrix: NDArray[np.float32]) -> Self:
        """`matrix` (n, dimension) float32, finite, copied in memory: for vectors that are measured, not kept."""
        return cls(_flat(matrix))

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens what `write` wrote, mapped and not copied.

        The file must already have been verified: FAISS does not notice changed bytes.

        Raises:
            ReleaseError: the file is not an index that `write` wrote.
        """
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise ReleaseError(f"{path}: not a readable FAISS index; build the index again ({error})") from error
        if not isinstance(index, faiss.IndexFlatIP):
            raise ReleaseError(f"{path}: a FAISS {type(index).__name__}, not an IndexFlatIP; build the index again")
        return cls(index)

    def __len__(self) -> int:
        return len(self.matrix)

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of `rows` (r,), as (r, dimension) float32.

        Raises:
            IndexError: a row that does not exist.
        """
        if rows.size and rows.min() < 0:
            raise IndexError(f"row {rows.min()} does not exist")
        # The header of the file is 45 bytes long, so its floats are not aligned: copied as bytes, read as floats.
        return np.ascontiguousarray(self.matrix.view(np.uint8)[rows]).view(np.float32)

    def best(
        self, queries: NDArray[np.float32], nominees: NDArray[np.int64], k: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The k best of each query's nominees: products of float32 are exact in float64, summed in one order.

        Args:
            queries: (m, dimension).
            nominees: (m, c), distinct in each line, c at least k.
            k: how many.

        Returns:
            Scores and rows (m, k) by falling score, equal scores by rising row.
        """
        scores = np.empty(nominees.shape, dtype=np.float32)
        across = max(1, BLOCK_ROWS // nominees.shape[1])
        for start in range(0, len(queries), across):
            some = slice(start, start + across)
            for left in range(0, nominees.shape[1], BLOCK_ROWS):
                part = nominees[some, left : left + BLOCK_ROWS]
                vectors = self.rows(part.ravel()).reshape(*part.shape, -1).astype(np.float64)
                exact = queries[some, np.newaxis].astype(np.float64)
                scores[some, left : left + BLOCK_ROWS] = np.vecdot(vectors, exact)
        order = np.lexsort((nominees, -scores), axis=1)[:, :k]
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(nominees, order, axis=1)


def check_vectors(name: str, vectors: NDArray[np.float32], *, dimension: int | None = None) -> None:
    """Raises ValueError where `vectors` is not finite float32 of two axes with `dimension` (or any) components."""
    if vectors.dtype != np.float32 or vectors.ndim != 2 or vectors.shape[1] == 0:
        raise ValueError(f"{name} is {vectors.dtype} {vectors.shape}; it must be float32 (rows, dimension)")
    if dimension not in (None, vectors.shape[1]):
        raise ValueError(f"{name} has {vectors.shape[1]} components; the index has {dimension}")
    if not np.isfinite(vectors).all():
        raise ValueError(f"{name} holds a value that is not finite")


def check_search(
    queries: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None, *, rows: int, dimension: int
) -> NDArray[np.int64] | None:
    """What every search asks of its arguments; the rows that may be found, rising, or None for all.

    Raises:
        ValueError: queries that are not finite float32 of (m, dimension), k < 1, or a mask that does not fit.
    """
    check_vectors("queries", queries, dimension=dimension)
    if k < 1:
        raise ValueError(f"k is {k}; it must be at least 1")
    if allowed is not None and (allowed.dtype != np.bool_ or allowed.shape != (rows,)):
        raise ValueError(f"allowed is {allowed.dtype} {allowed.shape}; it must be bool ({rows},)")
    return None if allowed is None or allowed.all() else np.flatnonzero(allowed)


def nothing_found(queries: NDArray[np.float32], k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The answer where there is no query or nothing to find: empty, of shape (m, k)."""
    return np.empty((len(queries), k), dtype=np.float32), np.empty((len(queries), k), dtype=np.int64)


def only(rows: NDArray[np.int64], count: int) -> faiss.SearchParameters:
    """FAISS's parameters for a search of `count` rows that finds these alone."""
    bits = np.zeros(count, dtype=np.bool_)
    bits[rows] = True
    # FAISS's type stubs show the C++ constructors; Python's take the array, and the fields by name.
    selector = faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))  # type: ignore[call-arg, arg-type]
    return faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]


def _flat(matrix: NDArray[np.float32]) -> faiss.IndexFlatIP:
    check_vectors("matrix", matrix)
    index = faiss.IndexFlatIP(matrix.shape[1])
    index.add(np.ascontiguousarray(matrix))
    return index


def _view(index: faiss.IndexFlatIP) -> NDArray[np.float32]:
    """The vectors that `index` holds, (n, d), not copied; valid while `index` lives."""
    if index.ntotal == 0:
        return np.empty((0, index.d), dtype=np.float32)
    return faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(index.ntotal, index.d)
