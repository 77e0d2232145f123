"""A sentence-transformers cross-encoder as a `Reranker`; imports sentence-transformers."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import CrossEncoder

from index.model_loading import load_cross_encoder
from retrieval.reranker import RerankerError

_BATCH = 16  # pairs; an estimate that awaits a measurement


class CrossEncoderReranker:
    """A cross-encoder with one output, such as bge-reranker or the MS MARCO ones; implements `Reranker`."""

    def __init__(self, model: CrossEncoder, *, fingerprint: str, name: str = "") -> None:
        """Takes a loaded model.

        Raises:
            RerankerError: it gives several numbers, so that it classifies and does not rank.
        """
        if model.num_labels != 1:
            raise RerankerError(
                f"{name or 'cross-encoder'}: gives {model.num_labels} numbers for a question and a passage, and a"
                " reranker gives one; name a model that was trained to rank"
            )
        self.fingerprint = fingerprint
        self._model = model
        self._lock = threading.Lock()  # a fast tokenizer raises "Already borrowed" when two threads meet

    @classmethod
    def load(cls, name_or_folder: str | Path, *, device: str | None = None) -> Self:
        """Loads a model by the rules of `load_cross_encoder`.

        Raises:
            CrossEncoderError: there is no such model here.
            RerankerError: it is no reranker.
        """
        model, fingerprint = load_cross_encoder(name_or_folder, device=device)
        return cls(model, fingerprint=fingerprint, name=str(name_or_folder))

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """See `Reranker.scores`: the model's logits, for probabilities near 1 are equal in float32.

        sentence-transformers sorts the pairs by length, so that those of a batch need little padding.
        """
        if not passages:
            return np.empty(0, dtype=np.float32)
        try:
            with self._lock:
                found = self._model.predict(
                    [(question, passage) for passage in passages],
                    batch_size=_BATCH,
                    activation_fn=torch.nn.Identity(),
                    show_progress_bar=False,
                )
        except Exception as error:  # memory of a GPU, a lost GPU, a tokenizer: each library has its own
            raise RerankerError(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}") from error
        scores = np.asarray(found, dtype=np.float32)
        if not np.isfinite(scores).all():
            raise RerankerError("the model gave a score that is no number (NaN or infinite); use another model")
        return scores
