"""The seam of rerankers: what reads question and passage together, and says how well they fit."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import UserFacingError


class RerankerError(UserFacingError):
    """A reranker that cannot be used, or that failed."""


class Reranker(Protocol):
    """Reads a question together with each passage; may be asked from several threads."""

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change when a score may change."""
        ...

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """How well each passage answers the question: (passages,) float32, finite, larger is better.

        Comparable among the passages of one question. The same passage has the same score (to 1e-4) whatever stands
        beside it and in whichever order; no passage gives (0,).

        Raises:
            RerankerError: it failed; the search's own order stands.
        """
        ...
