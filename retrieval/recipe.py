"""A training recipe: every value that decides a fine-tuning, read from TOML, cut to what base and machine can do."""

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Annotated, get_args, get_type_hints

from index.errors import UserFacingError

OWN = ("vn", "es", "adapter")  # the recipes in `recipes/`
_CHOICES = {
    "schedule": ("linear", "cosine", "constant"),
    "precision": ("fp16", "bf16", "fp32"),
    "mixing": ("together", "by_language", "by_law", "proportional", "round_robin"),
    "lora_targets": ("all", "attention"),
}
_POSITIVE = ("epochs", "accumulation", "learning_rate", "max_grad_norm", "scale", "log_every")
_LEAST = {
    "batch_size": 2,  # a question needs another's article to be told apart from
    "max_length": 8,
    **dict.fromkeys(("max_steps", "evaluate_every", "evaluation_articles", "lora_alpha", "lora_rank", "seed"), 0),
    **dict.fromkeys(("weight_decay", "distillation", "checkpoint_minutes", "hard_negatives"), 0),
}


class RecipeError(UserFacingError):
    """A recipe that is unknown, or a value in one that is impossible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is fine-tuned. Every field is a key of a recipe's TOML file."""

    about: Annotated[str, "What the recipe is for, in one line."] = ""
    epochs: Annotated[float, "Passes over the pairs at most."] = 1.0
    max_steps: Annotated[int, "Optimiser steps at most. 0: as many as the epochs take."] = 0
    batch_size: Annotated[int, "Pairs in a batch, on each device: the negatives of a question are the others'."] = 16
    accumulation: Annotated[int, "Batches whose gradients are added up for one step."] = 1
    learning_rate: Annotated[float, "Highest learning rate of AdamW."] = 5e-5
    schedule: Annotated[str, "How the rate falls: `linear`, `cosine` or `constant`."] = "linear"
    warmup: Annotated[float, "Share of the steps in which the rate rises, 0 to below 1."] = 0.0
    weight_decay: Annotated[float, "AdamW's weight decay; it draws an adapter towards its base."] = 0.0
    max_grad_norm: Annotated[float, "Longer gradients are cut to this length."] = 1.0
    precision: Annotated[str, "`fp16`, `bf16` (mixed) or `fp32`."] = "fp32"
    tf32: Annotated[bool, "TensorFloat-32 in matrix products, on GPUs that have it."] = False
    max_length: Annotated[int, "Tokens of a text that are read in training."] = 512
    scale: Annotated[float, "What cosines are multiplied by in the loss: one over its temperature."] = 20.0
    dimensions: Annotated[tuple[int, ...], "Matryoshka dimensions, each with equal weight. Empty: the whole only."] = ()
    dropout: Annotated[
        bool,
        "Leave the base's dropout on. Off, attention runs in fused kernels: a step on a CPU took half to two thirds.",
    ] = True
    hard_negatives: Annotated[int, "Hard negatives of a pair that are used, where it has so many."] = 4
    mixing: Annotated[
        str,
        "What meets in a batch: pairs of any source (`together`), with articles in one language (`by_language`) or of"
        " one law (`by_law`; laws with few articles by language), or of one source, in proportion to their sizes"
        " (`proportional`) or in turn until the smallest is used up (`round_robin`).",
    ] = "together"
    law_share: Annotated[
        float, "With `by_law`: share of the pairs of large laws that meet only their own law; the others by language."
    ] = 1.0
    distillation: Annotated[
        float, "Weight of the mean squared difference to the base's cosines between texts that are no pair. 0: none."
    ] = 0.0
    freeze_embeddings: Annotated[bool, "Leave the token embeddings as they are in a full fine-tuning."] = False
    lora_rank: Annotated[int, "Rank of a LoRA adapter. 0: all weights are trained."] = 0
    lora_alpha: Annotated[int, "LoRA's alpha; the update is scaled by alpha over rank. 0: twice the rank."] = 0
    lora_dropout: Annotated[float, "Dropout before the adapter."] = 0.0
    lora_targets: Annotated[str, "Which layers get an adapter: `all` linear ones, or `attention` (query, value)."] = (
        "all"
    )
    strengths: Annotated[
        tuple[float, ...],
        "Shares of the trained update that are tried at the end; the best on the dev questions is kept. Empty: all of"
        " it.",
    ] = ()
    evaluate_every: Annotated[int, "Steps from one evaluation to the next. 0: once in an epoch."] = 0
    evaluation_articles: Annotated[
        int, "Articles of each language that compete while training is watched; the gold ones always do. 0: all."
    ] = 0
    log_every: Annotated[int, "Steps from one line of the log to the next."] = 10
    checkpoint_minutes: Annotated[float, "Minutes from one checkpoint to the next; 0: at every step."] = 5.0
    seed: Annotated[int, "Of shuffling, dropout and new weights."] = 42

    def __post_init__(self) -> None:
        """Refuses impossible values.

        Raises:
            RecipeError: naming the key, its value and what it may be.
        """
        for key, allowed in _CHOICES.items():
            if getattr(self, key) not in allowed:
                raise RecipeError(f"{key} is {getattr(self, key)!r}; it may be {', '.join(allowed)}")
        for key in _POSITIVE:
            if not getattr(self, key) > 0:
                raise RecipeError(f"{key} is {getattr(self, key)}; it must be larger than 0")
        for key, least in _LEAST.items():
            if not getattr(self, key) >= least:
                raise RecipeError(f"{key} is {getattr(self, key)}; it must be {least} or more")
        for key in ("warmup", "lora_dropout"):
            if not 0 <= getattr(self, key) < 1:
                raise RecipeError(f"{key} is {getattr(self, key)}; it must be 0 or more and below 1")
        if not 0 < self.law_share <= 1:
            raise RecipeError(f"law_share is {self.law_share}; it must be above 0 and at most 1")
        if any(dimension < 1 for dimension in self.dimensions):
            raise RecipeError(f"dimensions is {list(self.dimensions)}; each must be 1 or more")
        if any(not 0 < share <= 1 for share in self.strengths):
            raise RecipeError(f"strengths is {list(self.strengths)}; each must be above 0 and at most 1")

    @property
    def alpha(self) -> int:
        """LoRA's alpha, resolved."""
        return self.lora_alpha or 2 * self.lora_rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a base model, the data and the machine allow.

    Attributes:
        window: tokens that the base reads at most; None where unlimited.
        dimension: components of its vectors.
        pairs: in the training data.
        cuda: whether a CUDA device trains.
        bf16, tf32: whether it can.
    """

    window: int | None
    dimension: int
    pairs: int
    cuda: bool
    bf16: bool
    tf32: bool


def describe_recipe() -> tuple[tuple[str, object, str], ...]:
    """Key, default and meaning of every value of a recipe, in the order of the class."""
    hints = get_type_hints(Recipe, include_extras=True)
    return tuple((one.name, one.default, hints[one.name].__metadata__[0]) for one in dataclasses.fields(Recipe))


def read_recipe(name_or_file: str, *, changes: Mapping[str, str] | None = None) -> Recipe:
    """Reads a recipe: one of our own by name, or a TOML file.

    Args:
        name_or_file: "vn", "es", "adapter", or the path of a TOML file.
        changes: values that replace the file's, as a person writes them: {"max_length": "256"}.

    Raises:
        RecipeError: no such recipe, an unknown key, or an impossible value.
    """
    if name_or_file in OWN:
        text = (resources.files("retrieval") / "recipes" / f"{name_or_file}.toml").read_text(encoding="utf-8")
    else:
        try:
            text = Path(name_or_file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(
                f"{name_or_file}: neither a recipe of lexcite ({', '.join(OWN)}) nor a file that can be read"
            ) from error
    try:
        values: dict[str, object] = dict(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{name_or_file} is not valid TOML: {error}") from error
    for key, written in (changes or {}).items():
        values[key] = _written(written)
    kinds = get_type_hints(Recipe)
    unknown = [key for key in values if key not in kinds]
    if unknown:
        raise RecipeError(f"{name_or_file}: unknown key {unknown[0]!r}; a recipe has {', '.join(kinds)}")
    converted = {key: _converted(key, value, kinds[key], name_or_file) for key, value in values.items()}
    try:
        return Recipe(**converted)  # type: ignore[arg-type]  # the types were just converted
    except RecipeError as error:
        raise RecipeError(f"{name_or_file}: {error}") from error


def clamp(recipe: Recipe, limits: Limits) -> tuple[Recipe, tuple[str, ...]]:
    """The recipe as far as base, data and machine can follow it, and what was changed and why, a line each."""
    changes: dict[str, object] = {}
    reasons: list[str] = []

    def change(key: str, value: object, why: str) -> None:
        changes[key] = value
        was = getattr(recipe, key)
        reasons.append(f"{key} {list(was) if isinstance(was, tuple) else was} -> {_shown(value)}: {why}")

    if limits.window is not None and recipe.max_length > limits.window:
        change("max_length", limits.window, f"the base reads {limits.window} tokens")
    if recipe.dimensions:
        kept = tuple(sorted({min(one, limits.dimension) for one in recipe.dimensions}, reverse=True))
        if kept != tuple(sorted(set(recipe.dimensions), reverse=True)):
            change("dimensions", kept, f"the base's vectors have {limits.dimension} components")
    if recipe.batch_size > limits.pairs:
        change("batch_size", max(2, limits.pairs), f"there are {limits.pairs} pairs")
    batches = -(-limits.pairs // max(2, min(recipe.batch_size, limits.pairs)))
    if recipe.accumulation > batches:
        change("accumulation", max(1, batches), f"an epoch of {limits.pairs} pairs has {batches} batches")
    if recipe.precision != "fp32" and not limits.cuda and not limits.bf16:
        change("precision", "fp32", "the processor multiplies no bfloat16 in hardware (AMX or AVX-512 BF16)")
    elif recipe.precision == "fp16" and not limits.cuda:
        change("precision", "bf16", "the half precision of processors is bfloat16")
    elif recipe.precision == "bf16" and not limits.bf16:
        change("precision", "fp16", "the GPU has no bfloat16")
    if recipe.tf32 and not limits.tf32:
        change("tf32", False, "no GPU with TensorFloat-32")
    if not changes:
        return recipe, ()
    return replace(recipe, **changes), tuple(reasons)  # type: ignore[arg-type]  # keys are fields, values of their types


def _shown(value: object) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)


def _written(text: str) -> object:
    """A value as TOML reads it, or the text itself where it is no TOML value."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _converted(key: str, value: object, kind: type, place: str) -> object:
    """The value in the type of its field."""
    numbers = next(iter(get_args(kind)), None)  # of a tuple: whole ones or any
    if numbers is not None:
        if isinstance(value, list) and all(
            isinstance(one, int | numbers) and not isinstance(one, bool) for one in value
        ):
            return tuple(map(numbers, value))
    elif kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif type(value) is kind:
        return value
    wanted = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}.get(
        kind, "a list of whole numbers" if numbers is int else "a list of numbers"
    )
    raise RecipeError(f"{place}: {key} is {value!r}; it must be {wanted}")
