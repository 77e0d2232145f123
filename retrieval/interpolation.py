"""How much of what was trained is kept: weights between the base's and the trained ones, chosen on the dev questions.

A fine-tuned model moved part of the way back keeps most of what it learnt and loses less of what it knew, above all on
texts unlike those that it was trained on (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor

from retrieval.training_report import Strength, best_of

_UP = "lora_B"  # PEFT begins with zeros here: scaling these weights alone scales the update


def scaled_weights(model: SentenceTransformer) -> dict[str, Tensor]:
    """Copies of the weights in which an update is linear: an adapter's second factors, else all that are trained."""
    trained = {name: one for name, one in model.named_parameters() if one.requires_grad}
    up = {name: one for name, one in trained.items() if _UP in name}
    return {name: one.detach().clone() for name, one in (up or trained).items()}


def keep_best_share(
    model: SentenceTransformer,
    before: Mapping[str, Tensor],
    shares: Sequence[float],
    judge_now: Callable[[], tuple[float, dict[str, float]]],
) -> tuple[Strength, ...]:
    """Tries shares of the update and leaves the best of them in the model.

    Args:
        model: with the trained weights; changed in place.
        before: `scaled_weights` of it before training.
        shares: at least one, each above 0 and at most 1.
        judge_now: the main figure of the model as it is, and each language's.

    Returns:
        What was tried, in the given order. Of equal figures the smaller share is kept.
    """
    after = scaled_weights(model)
    tried = []
    for share in shares:
        _set(model, before, after, share)
        value, langs = judge_now()
        tried.append(Strength(share, value, langs))
    _set(model, before, after, best_of(tried).share)
    return tuple(tried)


@torch.no_grad()
def _set(model: SentenceTransformer, before: Mapping[str, Tensor], after: Mapping[str, Tensor], share: float) -> None:
    weights = dict(model.named_parameters())
    for name, start in before.items():
        weights[name].copy_(torch.lerp(start, after[name], share))
