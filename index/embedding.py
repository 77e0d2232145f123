"""The seam of the embedder: the numeric contract that every embedding model here keeps."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

# In which numbers matrices are multiplied. Sums, norms and vectors are float32 in any but float16.
Precision = Literal["float32", "bfloat16", "int8", "float16"]


class Embedder(Protocol):
    """Texts to unit vectors.

    The vectors of a text depend on the text alone, never on its neighbours in a batch: to within 1e-5 a component in
    float32, 2e-3 in bfloat16, 5e-3 in int8.
    """

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change whenever the same text would get another vector."""
        ...

    @property
    def dimension(self) -> int:
        """Components of a vector."""
        ...

    def embed_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Embeds passages of law.

        Args:
            texts: any number, of any length; what exceeds the model's window is cut at its end.
            on_progress: called with the number of texts finished since the last call.

        Returns:
            (len(texts), dimension) float32, each row of L2 norm 1, in the order of `texts`.
        """
        ...

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds questions; shapes as `embed_passages`."""
        ...
