"""The vector index in less memory: small codes nominate, the vectors in their file decide.

Only the codes stay in memory. They are worked out when the index is opened, in about a second for 100,000 vectors of
1,024 components, from the file of vectors that the release holds and has verified: there is no second file that could
disagree with it. A search reads the vectors of its nominees and scores them exactly, so a score is always right and
only a row that the codes did not nominate can be missed.

How the vectors are coded, each over all components or over the first ones (Matryoshka):

- `float32`: as they are; of use with fewer components only.
- `float16`, `int8`: one number of that kind a component (FAISS's scalar quantizer).
- `bits`: RaBitQ (Gao and Long, SIGMOD 2024): the sign of each component after the mean of the corpus was subtracted,
  and two numbers a vector that correct the estimate; the question keeps 4 bits a component. Plain signs fail on
  embedders whose vectors crowd together, as e5's do with cosines of .7 to .9; docs/speed.md has the comparison.
"""

import math
from enum import StrEnum
from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import UserFacingError
from index.stored_vectors import BLOCK_ROWS, StoredVectors, check_search, nothing_found, only

_TRAINED_ON = 16_384  # rows, evenly spaced: enough for a mean and for the range of each component
_QUESTION_BITS = 4  # finer questions find no more, coarser ones do; see docs/speed.md
_FEW = 4096  # rows left by a filter: reading their vectors takes no longer than codes and nominees would


class Coding(StrEnum):
    """How vectors are kept in memory."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT8 = "int8"
    BITS = "bits"


class CompressedIndex:
    """Maximum inner-product search by codes and exact rescoring; implements `VectorIndex`, but may miss a row.

    It misses none where a filter leaves at most 4,096 rows, or where no more rows are allowed than are nominated. Equal
    scores come by rising row among the rows found; of more equal vectors than nominees it is not said which are found.

    Attributes:
        dimension: components of a vector.
        coded: components that the codes hold.
        coding: how.
        code_bytes: memory of the codes.
    """

    def __init__(self, stored: StoredVectors, codes: faiss.Index, *, coding: Coding) -> None:
        """Use `open` or `of`.

        Args:
            stored: the vectors.
            codes: the codes of the beginnings of their rows.
            coding: what they are.
        """
        self.dimension = stored.dimension
        self.coded = int(codes.d)
        self.coding = coding
        self.code_bytes = len(stored) * bytes_per_vector(coding, self.coded)
        self._stored = stored
        self._codes = codes

    @classmethod
    def open(cls, path: Path, *, coding: Coding, dimension: int | None = None) -> Self:
        """Opens the vectors that `StoredVectors.write` wrote, and codes them.

        The file must already have been verified: FAISS does not notice changed bytes.

        Args:
            path: the file.
            coding: how to keep them.
            dimension: how many of the first components to keep; None for all.

        Raises:
            ReleaseError: the file is not one that `StoredVectors.write` wrote.
            UserFacingError: the vectors have no so many components.
        """
        codes = coded(StoredVectors.open(path), coding=coding, dimension=dimension)
        # Opened again: the first mapping goes, and with it every page of the file that coding has brought into memory.
        return cls(StoredVectors.open(path), codes, coding=coding)

    @classmethod
    def of(cls, stored: StoredVectors, *, coding: Coding, dimension: int | None = None) -> Self:
        """Codes vectors that are open already; for those that are measured."""
        return cls(stored, coded(stored, coding=coding, dimension=dimension), coding=coding)

    def __len__(self) -> int:
        return len(self._stored)

    def search(
        self, queries: NDArray[np.float32], k: int, *, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Rows of large inner product with each query, nearly always the largest; see `VectorIndex.search`.

        Scores are the inner products in float64, rounded once.

        Raises:
            ValueError: queries that are not finite float32 of (m, dimension), k < 1, or a mask that does not fit.
        """
        rows = check_search(queries, k, allowed, rows=len(self), dimension=self.dimension)
        count = len(self) if rows is None else len(rows)
        k = min(k, count)
        if k == 0 or not len(queries):
            return nothing_found(queries, k)
        wanted = nominees(k, count)
        if count <= wanted:
            every = np.arange(count) if rows is None else rows
            return self._stored.best(queries, np.broadcast_to(every, (len(queries), count)), k)
        if rows is not None and count <= _FEW:
            depth = min(count, k + k // 4 + 16)  # beyond k for what rounds differently in float32
            _, nominated = self._stored.index.search(np.ascontiguousarray(queries), depth, params=only(rows, len(self)))
        else:
            beginnings = np.ascontiguousarray(queries[:, : self.coded])
            options = None if rows is None else only(rows, len(self))
            _, nominated = self._codes.search(beginnings, wanted, params=options)
        return self._stored.best(queries, nominated, k)

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The stored vectors of `rows` (r,), as (r, dimension) float32.

        Raises:
            IndexError: a row that does not exist.
        """
        return self._stored.rows(rows)


def nominees(k: int, rows: int) -> int:
    """How many of `rows` the codes nominate for `k` hits.

    256 for ten hits, and beyond 10,000 rows more, by the cube root: measured on real articles, the nominees that hold
    99 % or 99.8 % of the ten best grow with the 0.29th or 0.35th power of the rows (docs/speed.md).
    """
    return round((4 * k + 216) * max(1.0, math.cbrt(rows / 10_000)))


def bytes_per_vector(coding: Coding, dimension: int) -> int:
    """Memory of one vector's code."""
    if coding is Coding.BITS:
        return (dimension + 7) // 8 + 8  # two float32 beside the signs
    return dimension * {Coding.FLOAT32: 4, Coding.FLOAT16: 2, Coding.INT8: 1}[coding]


def coded(stored: StoredVectors, *, coding: Coding, dimension: int | None = None) -> faiss.Index:
    """The codes of the first components of every row.

    Args:
        stored: the vectors.
        coding: how to code them.
        dimension: how many components; None for all. Fewer are brought back to length 1 first.

    Raises:
        UserFacingError: the vectors have no so many components.
    """
    wanted = stored.dimension if dimension is None else dimension
    if not 1 <= wanted <= stored.dimension:
        raise UserFacingError(
            f"{wanted} dimensions were asked for; the vectors of this index have {stored.dimension}: choose 1 to that"
        )
    codes = _empty(coding, wanted)
    if len(stored):
        step = -(-len(stored) // _TRAINED_ON)
        codes.train(_beginnings(stored, np.arange(0, len(stored), step), wanted))
    for start in range(0, len(stored), BLOCK_ROWS):
        codes.add(_beginnings(stored, np.arange(start, min(start + BLOCK_ROWS, len(stored))), wanted))
    return codes


def _empty(coding: Coding, dimension: int) -> faiss.Index:
    if coding is Coding.BITS:
        bits = faiss.IndexRaBitQ(dimension, faiss.METRIC_INNER_PRODUCT)
        bits.qb = _QUESTION_BITS
        return bits
    if coding is Coding.FLOAT32:
        return faiss.IndexFlatIP(dimension)
    kind = faiss.ScalarQuantizer.QT_fp16 if coding is Coding.FLOAT16 else faiss.ScalarQuantizer.QT_8bit
    return faiss.IndexScalarQuantizer(dimension, kind, faiss.METRIC_INNER_PRODUCT)


def _beginnings(stored: StoredVectors, rows: NDArray[np.int64], dimension: int) -> NDArray[np.float32]:
    """The first `dimension` components of `rows`, (r, dimension) float32; of fewer than all, brought to length 1."""
    vectors = stored.rows(rows)
    if dimension == stored.dimension:
        return vectors
    short = vectors[:, :dimension]
    norms: NDArray[np.float32] = np.linalg.norm(short, axis=1, keepdims=True)
    norms[norms == 0] = 1
    return np.divide(short, norms)
