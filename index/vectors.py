"""The seam of the vector index: exact or compressed inner-product search over rows."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class VectorIndex(Protocol):
    """Maximum inner-product search over the rows of one (n, dimension) float32 matrix."""

    @property
    def dimension(self) -> int:
        """Components of a vector."""
        ...

    def __len__(self) -> int:
        """Rows."""
        ...

    def search(
        self, queries: NDArray[np.float32], k: int, *, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The rows of largest inner product with each query.

        Args:
            queries: (m, dimension) float32.
            k: at least 1; may exceed the number of rows.
            allowed: (n,) bool; rows that may be found. None allows all.

        Returns:
            Scores (m, k') float32 and rows (m, k') int64 with k' = min(k, allowed rows), each line by falling score;
            equal scores by rising row.
        """
        ...

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The stored vectors of `rows` (r,), as (r, dimension) float32."""
        ...
