"""An embedder's transformer with its matrices multiplied in eight-bit integers, by OpenVINO on the CPU.

Weights are rounded to eight bits with one scale an output, activations as they come with one scale for every 64
components of a token; nothing is calibrated on texts. All the rest stays float32. What it costs and gains is in
`docs/embedding.md`.
"""

import sys
import warnings
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from torch import Tensor, nn

from index.errors import EmbedderError

GROUP = 64  # components of an activation that share a scale; 128 is as fast and further from float32
_LARGEST = 127
_OUTPUT = "last_hidden_state"


class _Traced(nn.Module):
    """A transformer as OpenVINO reads it: tensors by name to one tensor."""

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
        model: on the CPU, in float32. It is changed; its weights are let go.

    Raises:
        EmbedderError: OpenVINO is not installed, or it cannot run this model.
    """
    openvino = _openvino()
    first = model[0]
    if not isinstance(first, Transformer):
        raise EmbedderError("precision int8 takes a model that begins with a transformer; leave precision at float32")
    # Two texts of unlike length, so that the mask is traced as one that masks something.
    sample = {name: value for name, value in model.preprocess(["a", "a b c"]).items() if isinstance(value, Tensor)}
    names = tuple(sample)
    try:
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracer's, of branches that depend on lengths alone
            read = openvino.convert_model(_Traced(first.model, names).eval(), example_input=tuple(sample.values()))
        _round_weights(read, openvino)
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",  # of what is not eight bits
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(GROUP),
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # two processes would be pinned to the same cores
        }
        compiled = openvino.Core().compile_model(read, "CPU", settings)
    except RuntimeError as error:  # OpenVINO's kind for all that goes wrong in it
        reason = str(error).strip().splitlines()[-1]
        raise EmbedderError(f"OpenVINO cannot run this model in int8 ({reason}); leave precision at float32") from error
    first.model = _Compiled(compiled, names, first.model.config)


def _openvino() -> Any:  # noqa: ANN401 - a package that need not be there
    """OpenVINO, kept from reporting its use."""
    # Its own part that would: without it, it goes on in silence.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None forbids the import
    try:
        import openvino  # noqa: PLC0415 - only where int8 is asked for
    except ImportError as error:
        raise EmbedderError(
            "precision int8 needs OpenVINO, which is not installed: make int8 (or pip install openvino), or leave"
            " precision at float32"
        ) from error
    return openvino


def _round_weights(read: Any, openvino: Any) -> None:  # noqa: ANN401 - OpenVINO's own types
    """Puts eight-bit weights and their scales in the place of every constant matrix (outputs, inputs) of a product."""
    ops = openvino.opset13
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
