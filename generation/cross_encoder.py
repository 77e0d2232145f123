"""The gate's judge as a cross-encoder that was trained on natural language inference; imports sentence-transformers."""

import math
from pathlib import Path
from typing import Self

import torch
from sentence_transformers import CrossEncoder

from index.errors import CrossEncoderError
from index.model_loading import load_cross_encoder

ENTAILMENT = "entail"  # how the label begins by which such models name entailment


class JudgeError(CrossEncoderError):
    """A cross-encoder that cannot judge."""


class CrossEncoderJudge:
    """Probabilities of entailment from a sentence-transformers cross-encoder."""

    def __init__(self, model: CrossEncoder, *, name: str = "") -> None:
        """Takes a loaded model.

        Raises:
            JudgeError: none of its labels, or more than one, means entailment.
        """
        known = getattr(model.config, "id2label", None) or {}
        labels = {int(at): str(label) for at, label in known.items()}
        found = [at for at, label in labels.items() if label.casefold().startswith(ENTAILMENT)]
        if len(found) != 1 or len(labels) < 2:
            said = ", ".join(labels.values())
            raise JudgeError(f"{name or 'cross-encoder'}: labels {said}: name a model with a label “entailment”")
        self.name = name
        self._model = model
        self._entailment = found[0]

    @classmethod
    def load(cls, name_or_folder: str | Path, *, device: str | None = None) -> Self:
        """Loads a model by the rules of `load_cross_encoder`.

        Raises:
            CrossEncoderError: there is no such model here; as `JudgeError`, it does not judge entailment.
        """
        model, _ = load_cross_encoder(name_or_folder, device=device)
        return cls(model, name=str(name_or_folder))

    def entails(self, premise: str, hypothesis: str) -> float:
        """The probability, in [0, 1], that whoever says `premise` says `hypothesis`."""
        (logits,) = self._model.predict(
            [(premise, hypothesis)], activation_fn=torch.nn.Identity(), show_progress_bar=False
        )
        highest = float(max(logits))
        weights = [math.exp(float(logit) - highest) for logit in logits]
        return weights[self._entailment] / sum(weights)
