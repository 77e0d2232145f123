"""The training loss: in-batch negatives at every Matryoshka dimension, held near the base; a batch is run in parts."""

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from torch import Tensor, nn
from torch.nn import functional

from retrieval.batching import parts

# Padded tokens of a part. On a CPU, measured on e5-small in batches of 16 (`benchmarks/training_batches.py`): 512 takes
# 1.41 times less CPU than padding the batch, 2,048 only 1.17. On a GPU large parts keep it busy; not measured.
PART_TOKENS = {"cpu": 512, "cuda": 65_536}
# Without dropout attention runs in fused kernels, which keep no table of it: then 2,048 takes 12.7 CPU-s where 512
# took 16.4 (a step of 16 pairs with a hard negative each, LoRA, two threads of a busy machine, one run).
FUSED_PART_TOKENS = {"cpu": 2_048}


class TrainingLoss(nn.Module):
    """`MultipleNegativesRankingLoss`, summed over dimensions as `MatryoshkaLoss` does, and what keeps the base's view.

    Both library losses pad a column to its longest text and run it at once. Here a column runs in parts of like
    length: the vectors, and so the loss and its gradient, are the same (apart from dropout's draws), with less work.

    Args:
        model: what is trained; the trainer puts its distributed wrapper in its place.
        scale: see `Recipe`.
        dimensions: Matryoshka dimensions; empty for the whole vector only.
        base: the untrained model, frozen (`frozen_copy`); None where `distillation` is 0.
        distillation: see `Recipe`.
        part_tokens: padded tokens of a part; 0 runs a column at once.
    """

    def __init__(
        self,
        model: SentenceTransformer,
        *,
        scale: float,
        dimensions: Sequence[int] = (),
        base: SentenceTransformer | None = None,
        distillation: float = 0.0,
        part_tokens: int | None = None,
    ) -> None:
        super().__init__()
        self.model = model  # under this name the trainer looks for it
        self.ranking = MultipleNegativesRankingLoss(model, scale=scale)
        self._dimensions = tuple(dimensions)
        self._distillation = distillation
        self._part_tokens = PART_TOKENS.get(model.device.type, 2_048) if part_tokens is None else part_tokens
        # Not a submodule: the trainer would put the trained model in its place, and the optimiser would see it.
        self._base = _Base(base, self._part_tokens) if base is not None and distillation else None

    def forward(self, sentence_features: Iterable[dict[str, Any]], labels: Tensor | None = None) -> Tensor:
        """The loss of a batch: columns are questions, articles, then any hard negatives."""
        columns = list(sentence_features)
        vectors = [embed(self.model, column, self._part_tokens) for column in columns]
        loss = self._ranked(vectors, labels)
        if self._base is not None:
            loss = loss + self._distillation * _drift(vectors, [self._base.embed(column) for column in columns])
        return loss

    def _ranked(self, vectors: list[Tensor], labels: Tensor | None) -> Tensor:
        if not self._dimensions:
            return self.ranking.compute_loss_from_embeddings(vectors, labels)  # type: ignore[arg-type]  # it ignores them
        losses = [
            self.ranking.compute_loss_from_embeddings(
                [functional.normalize(column[:, :dimension], dim=-1) for column in vectors],
                labels,  # type: ignore[arg-type]  # likewise
            )
            for dimension in self._dimensions
        ]
        return torch.stack(losses).sum()


def embed(model: nn.Module, features: dict[str, Any], part_tokens: int) -> Tensor:
    """The sentence embeddings of a column, (texts, dimension), computed in parts of like length.

    Args:
        model: a sentence-transformers model, or its wrapper.
        features: a column as the collator makes it: tensors of shape (texts, tokens), and values that hold for all.
        part_tokens: padded tokens of a part; 0 runs the column at once.
    """
    mask = features["attention_mask"]
    lengths = mask.sum(dim=1).cpu().numpy()
    cuts = list(parts(lengths, part_tokens)) if part_tokens else []
    if len(cuts) < 2:
        whole: Tensor = model(dict(features))["sentence_embedding"]
        return whole
    from_left = bool(mask[:, 0].all())  # padded on the right; a model that pads on the left keeps the right end
    vectors = []
    for rows in cuts:
        longest = int(lengths[rows].max())
        chosen = torch.from_numpy(rows).to(mask.device)
        part = {
            name: _cut(value[chosen], mask.shape[1], longest, from_left=from_left)
            if isinstance(value, Tensor) and value.ndim and value.shape[0] == len(mask)
            else value
            for name, value in features.items()
        }
        vectors.append(model(part)["sentence_embedding"])
    order = torch.cat([torch.from_numpy(rows) for rows in cuts]).to(mask.device)
    return torch.cat(vectors)[torch.argsort(order)]


def switch_off_dropout(model: SentenceTransformer) -> None:
    """Sets the probability of every dropout module to 0; attention reads its own from there."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def frozen_copy(model: SentenceTransformer, *, share: bool) -> SentenceTransformer:
    """The model as it is now, for looking things up in.

    Args:
        model: before an adapter is added to it.
        share: use the very same weights, where they will not be trained: no further memory.
    """
    if share:
        return copy.deepcopy(model, {id(one): one for one in model.parameters()}).eval()
    own = copy.deepcopy(model).eval()
    own.requires_grad_(False)
    return own


class _Base:
    """The untrained model's vectors of training texts, each computed once in a run."""

    def __init__(self, model: SentenceTransformer, part_tokens: int) -> None:
        self._model = model
        self._part_tokens = part_tokens
        self._known: dict[bytes, Tensor] = {}

    @torch.no_grad()
    def embed(self, features: dict[str, Any]) -> Tensor:
        """(texts, dimension), on the column's device."""
        mask = features["attention_mask"]
        ids = features["input_ids"].cpu()
        keys = [row[real].numpy().tobytes() for row, real in zip(ids, mask.cpu().bool(), strict=True)]
        new = [place for place, key in enumerate(keys) if key not in self._known]
        if new:
            self._model.to(mask.device)
            chosen = {
                name: value[new] if isinstance(value, Tensor) and value.ndim and value.shape[0] == len(mask) else value
                for name, value in features.items()
            }
            vectors = embed(self._model, chosen, self._part_tokens).float().cpu()
            self._known.update({keys[place]: vector for place, vector in zip(new, vectors, strict=True)})
        return torch.stack([self._known[key] for key in keys]).to(mask.device)


def _drift(now: Sequence[Tensor], before: Sequence[Tensor]) -> Tensor:
    """Mean squared change of the cosines between the texts of a batch.

    A question's cosines with its own article and its own hard negatives are left out: those it is to learn.
    """
    rows = len(now[0])
    cosines, past = (_cosines(torch.cat(list(columns)).float()) for columns in (now, before))
    column = torch.arange(len(cosines), device=cosines.device)
    own = column[:, None] % rows == column[None, :] % rows
    questions = (column < rows)[:, None] | (column < rows)[None, :]
    counted = ~(own & questions) & (column[:, None] != column[None, :])
    return ((cosines - past)[counted] ** 2).mean()


def _cosines(vectors: Tensor) -> Tensor:
    unit = functional.normalize(vectors, dim=-1)
    return unit @ unit.T


def _cut(value: Tensor, width: int, longest: int, *, from_left: bool) -> Tensor:
    """A (texts, width) tensor without the padding that none of its texts needs; any other one as it is."""
    if value.ndim < 2 or value.shape[1] != width:
        return value
    return value[:, :longest] if from_left else value[:, -longest:]
