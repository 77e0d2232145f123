"""A model's folder as an `Embedder` that is loaded when the first text comes: a look-up by number never needs it."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index import adapter_folder, model_folder
from index.embedding import Precision

if TYPE_CHECKING:
    from index.encoder import SentenceEncoder


class LazyEncoder:
    """The `SentenceEncoder` of a folder; its fingerprint is known at once, without torch.

    Raises:
        EmbedderError: the folder is not a model's; when it is made, or when the model is loaded.
    """

    def __init__(
        self,
        folder: Path,
        *,
        device: str | None = None,
        adapter: Path | None = None,
        precision: Precision = "float32",
    ) -> None:
        """Reads what tells the fingerprint; the options are those of `SentenceEncoder.load`."""
        model_folder.check(folder)
        base = model_folder.fingerprint(folder, dimension=None, query_prompt=None, passage_prompt=None)
        if adapter is not None:
            adapter_folder.require_base(adapter, base)
        self.fingerprint = base if adapter is None else adapter_folder.fingerprint(base, adapter)
        self._precision: Precision = precision
        self._folder = folder
        self._adapter = adapter
        self._device = device
        self._lock = threading.Lock()
        self._encoder: SentenceEncoder | None = None

    @property
    def dimension(self) -> int:
        """Components of a vector; loads the model."""
        return self._loaded().dimension

    @property
    def fallback(self) -> str:
        """See `SentenceEncoder`; empty where nothing was embedded yet."""
        return "" if self._encoder is None else self._encoder.fallback

    def embed_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """See `Embedder`."""
        return self._loaded().embed_passages(texts, on_progress=on_progress)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder`."""
        return self._loaded().embed_queries(texts)

    def _loaded(self) -> "SentenceEncoder":
        from index.encoder import SentenceEncoder  # noqa: PLC0415 - imports torch

        with self._lock:
            if self._encoder is None:
                self._encoder = SentenceEncoder.load(
                    self._folder, device=self._device, adapter=self._adapter, precision=self._precision
                )
            return self._encoder
