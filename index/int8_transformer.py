"""An embedder's transformer with its matrices multiplied in eight-bit integers, by OpenVINO on the CPU.

Weights are rounded to eight bits with one scale an output, activations as they come with one scale for every 64
components of a token; nothing is calibrated on texts. All the rest stays float32. What it costs and gains is in
`docs/embedding.md`.
"""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from torch import Tensor, nn

from index.errors import EmbedderError

GROUP = 64  # components of an activation that share a scale
_LARGEST = 127
_OUTPUT = "last_hidden_state"
_LEAST_COSINE = 0.99  # to float32's, of a text: what rounding alone does not come near
_CHECKED_UP_TO = 1_024  # tokens of the longest text that is checked, where the model reads as many
# OpenVINO keeps what it made for each shape of a batch: without an end, a long build would fill the memory with it.
_SHAPES_KEPT = 512


class _Traced(nn.Module):
    """A transformer as OpenVINO reads it: tensors in the order of `names` to one tensor."""

    def __init__(self, transformer: nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self._transformer = transformer
        self._names = names

    def forward(self, *inputs: Tensor) -> Tensor:
        hidden: Tensor = self._transformer(**dict(zip(self._names, inputs, strict=True)))[_OUTPUT]
        return hidden


class _Compiled(nn.Module):
    """In the place of a transformer: the same token embeddings, computed outside of torch.

    It may be called from several threads at once.
    """

    def __init__(self, compiled: Any, names: tuple[str, ...], config: object) -> None:  # noqa: ANN401 - OpenVINO's own
        super().__init__()
        self._compiled = compiled
        self._names = names
        self.config = config  # sentence-transformers asks it for the kind of model

    def forward(self, **features: Tensor) -> dict[str, Tensor]:
        request = self._compiled.create_infer_request()  # each call its own: a request is for one thread
        found = request.infer([features[name].numpy() for name in self._names])
        return {_OUTPUT: torch.from_numpy(found[0])}


def multiply_in_int8(model: SentenceTransformer) -> None:
    """Replaces the model's transformer by its compiled form, with as many threads as torch has.

    Args:
        model: on the CPU, in float32. It is changed and lets its weights go; where an error is raised it is as before.

    Raises:
        EmbedderError: OpenVINO is not installed, or does not run this model as torch does.
    """
    openvino = _openvino()
    first = model[0]
    if not isinstance(first, Transformer):
        raise EmbedderError("precision int8 takes a model that begins with a transformer; leave precision at float32")
    # Two texts of unlike length, so that the mask is traced as one that masks something.
    sample = {name: value for name, value in model.preprocess(["a", "a b c"]).items() if isinstance(value, Tensor)}
    names = tuple(sample)
    try:
        with torch.inference_mode(), _undisturbed():
            read = openvino.convert_model(_Traced(first.model, names).eval(), example_input=tuple(sample.values()))
        count = _round_weights(read, openvino)
        compiled = openvino.Core().compile_model(read, "CPU", _settings())
    except Exception as error:  # its errors have no kind of their own in common
        reason = next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)
        raise _unfit(reason) from error
    if not count:
        raise _unfit("it has no product of the kind that is rounded")
    rounded = _Compiled(compiled, names, first.model.config)
    _require_agreement(model, first.model, rounded)
    first.model = rounded


def _settings() -> dict[str, object]:
    return {
        "INFERENCE_PRECISION_HINT": "f32",  # of what is not eight bits
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(GROUP),
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,  # two processes would be pinned to the same cores
        "CPU_RUNTIME_CACHE_CAPACITY": str(_SHAPES_KEPT),
    }


def _unfit(reason: str) -> EmbedderError:
    return EmbedderError(f"OpenVINO cannot run this model in int8 ({reason}); leave precision at float32")


def _openvino() -> Any:  # noqa: ANN401 - a package that need not be there
    """OpenVINO without the part of it that reports its use, unless something else has imported it before."""
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # None forbids the import; OpenVINO goes on
    try:
        import openvino  # noqa: PLC0415 - only where int8 is asked for
    except ImportError as error:
        raise EmbedderError(
            "precision int8 needs OpenVINO, which is not installed: make int8, or pip install --no-deps -r"
            " requirements/int8.txt; or leave precision at float32"
        ) from error
    return openvino


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keeps the warnings of the tracer, of branches that depend on lengths, and what a conversion does to logging."""
    root, library = logging.getLogger(), logging.getLogger("transformers")
    level, filters, handlers, told = root.level, list(root.filters), list(root.handlers), library.level
    library.setLevel(logging.ERROR)  # the tracer reads every attribute of the model, and transformers comments on one
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `_require_agreement` finds out whether they matter
            yield
    finally:
        library.setLevel(told)
        root.setLevel(level)
        root.filters[:] = filters
        root.handlers[:] = handlers


def _round_weights(read: Any, openvino: Any) -> int:  # noqa: ANN401 - OpenVINO's own types
    """Puts eight-bit weights and their scales in the place of constant matrices (outputs, inputs); how many."""
    ops = openvino.opset13
    count = 0
    for product in (op for op in read.get_ordered_ops() if op.get_type_name() == "MatMul"):
        weights = product.input_value(1).get_node()
        if weights.get_type_name() != "Constant" or not product.get_attributes()["transpose_b"]:
            continue
        values = weights.data
        if values.ndim != 2:
            continue
        scales = np.abs(values).max(axis=1, keepdims=True) / _LARGEST
        scales[scales == 0] = 1
        rounded = ops.convert(ops.constant(np.rint(values / scales).astype(np.int8)), "f32")
        product.input(1).replace_source_output(ops.multiply(rounded, ops.constant(scales)).output(0))
        count += 1
    return count


@torch.inference_mode()
def _require_agreement(model: SentenceTransformer, exact: nn.Module, rounded: nn.Module) -> None:
    """Compares what both make of a short text beside the longest: a trace holds for the lengths that it saw.

    Raises:
        EmbedderError: they differ by more than rounding does.
    """
    longest = min(model.max_seq_length or _CHECKED_UP_TO, _CHECKED_UP_TO)
    features = model.preprocess(["a", "a b c " * longest])
    features = {name: value[:, :longest] for name, value in features.items() if isinstance(value, Tensor)}
    mask = features["attention_mask"].unsqueeze(-1)
    means = [(one(**features)[_OUTPUT] * mask).sum(dim=1) / mask.sum(dim=1) for one in (exact, rounded)]
    least = float(nn.functional.cosine_similarity(*means).min())
    if not least >= _LEAST_COSINE:  # NaN too
        raise _unfit(f"a text's cosine to float32's is {least:.3f}")
