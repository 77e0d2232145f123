"""The transformer of a `SentenceEncoder`, run by ONNX Runtime or OpenVINO: what `precision.py` compares torch with.

Everything around it stays lexcite's own: prompts, tokens, batches, pooling and norms. Both read one ONNX file, which
torch's exporter writes, and run on one thread. Both are installed by the script, without what lexcite has already and
without openvino-telemetry, which would report their use; both run without it.
"""

import importlib
import logging
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from index import cpu
from index.encoder import SentenceEncoder

# With all that they need beside lexcite's own packages: pip adds nothing, least of all another torch or NumPy.
PACKAGES = {
    "onnx": ("onnx==1.23.2", "ml_dtypes==0.6.0", "protobuf==7.36.2"),
    "onnxruntime": ("onnxruntime==1.32.0", "flatbuffers==25.12.19", "onnx-ir==1.1.0"),
    "openvino": ("openvino==2026.4.1", "nncf==3.4.0", "pydot==4.0.1", "tabulate==0.10.0"),
}
# The products that read the largest activations, as the exporter names them.
FEED_FORWARD_OUTPUT = r"/transformer/encoder/layer\.\d+/output/dense/MatMul"
GROUP = 128  # components of an activation, or weights, that share a scale where one for all is too coarse

Ids = NDArray[np.int64]
Run = Callable[[Ids, Ids], NDArray[np.float32]]  # token ids and attention mask, (rows, tokens), to (rows, tokens, 384)


class MissingError(Exception):
    """A side that cannot be measured here; the message is the reason."""


class Elsewhere(torch.nn.Module):
    """In the place of a transformer: its token embeddings, computed outside of torch."""

    def __init__(self, run: Run, config: object) -> None:
        super().__init__()
        self._run = run
        self.config = config  # sentence-transformers asks it for the kind of model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **_: object) -> dict[str, Tensor]:
        """Token embeddings under the name that sentence-transformers looks for."""
        return {"last_hidden_state": torch.from_numpy(self._run(input_ids.numpy(), attention_mask.numpy()))}


class _Exported(torch.nn.Module):
    """A transformer as it is exported: two inputs, one output."""

    def __init__(self, transformer: torch.nn.Module) -> None:
        super().__init__()
        self.transformer = transformer

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden: Tensor = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return hidden


class Competitors:
    """Makes the sides, each when it is asked for.

    Args:
        model: sentence-transformers folder.
        folder: where packages and exported models go; packages that lie there already are not installed again.
        calibration: passages to find fixed scales on.
    """

    def __init__(self, model: Path, folder: Path, calibration: list[str]) -> None:
        self._model = model
        self._folder = folder
        self._calibration = calibration
        self.makers: dict[str, Callable[[], SentenceEncoder]] = {
            "ONNX Runtime float32": self.onnx_float32,
            "ONNX Runtime int8 dynamic": partial(self.onnx_int8, keep=False),
            "ONNX Runtime int8 dynamic, FFN out float32": partial(self.onnx_int8, keep=True),
            "ONNX Runtime int8 in groups": self.onnx_groups,
            "OpenVINO float32": self.openvino_float32,
            "OpenVINO bfloat16": self.openvino_bfloat16,
            "OpenVINO int8 calibrated": partial(self.openvino_calibrated, keep=False),
            "OpenVINO int8 calibrated, FFN out float32": partial(self.openvino_calibrated, keep=True),
        }

    def onnx_float32(self) -> SentenceEncoder:
        """ONNX Runtime with all of its own graph optimisations."""
        return self._by_onnx(self._exported)

    def onnx_int8(self, *, keep: bool) -> SentenceEncoder:
        """Its dynamic quantisation: a scale a weight column and a scale a batch; `keep` as in torch's variant."""
        self._install("onnx", "onnxruntime")
        import onnx  # noqa: PLC0415 - installed just now
        from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

        nodes = [node.name for node in onnx.load(self._exported).graph.node]
        file = self._folder / f"dynamic-{keep}.onnx"
        quantize_dynamic(
            self._exported,
            file,
            op_types_to_quantize=["MatMul"],  # not the table of words: looking up costs no time
            per_channel=True,
            reduce_range=not {"avx512_vnni", "avx_vnni"} & cpu.flags(),  # older products overflow at eight bits
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[name for name in nodes if keep and re.fullmatch(FEED_FORWARD_OUTPUT, name)],
        )
        return self._by_onnx(file)

    def onnx_groups(self) -> SentenceEncoder:
        """Weights in groups of a column with a scale each, multiplied with activations in eight bits likewise."""
        self._install("onnx", "onnxruntime")
        import onnx  # noqa: PLC0415 - installed just now
        from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer  # noqa: PLC0415

        quantizer = MatMulNBitsQuantizer(
            onnx.load(self._exported),
            bits=8,
            block_size=GROUP,
            is_symmetric=True,
            accuracy_level=4,  # the runtime's name for products in int8
            op_types_to_quantize=("MatMul",),
        )
        quantizer.process()
        file = self._folder / "groups.onnx"
        quantizer.model.save_model_to_file(str(file))
        return self._by_onnx(file)

    def openvino_float32(self) -> SentenceEncoder:
        """OpenVINO, which would choose bfloat16 by itself where the processor has it."""
        return self._by_openvino(self._read(), {})

    def openvino_bfloat16(self) -> SentenceEncoder:
        """All of it in bfloat16, sums of layers too."""
        if not cpu.multiplies_bfloat16():
            raise MissingError("this processor has no products in bfloat16")
        return self._by_openvino(self._read(), {"INFERENCE_PRECISION_HINT": "bf16"})

    def openvino_calibrated(self, *, keep: bool) -> SentenceEncoder:
        """Fixed scales found on passages, activations smoothed, biases corrected; `keep` as in torch's variant."""
        read = self._read()
        import nncf  # noqa: PLC0415 - installed just now

        encoder = SentenceEncoder.load(self._model, device="cpu")
        rows = encoder._tokenise(self._calibration, encoder.passage_prompt, "document").rows
        inputs = [{name: row[name][None].numpy() for name in ("input_ids", "attention_mask")} for row in rows]
        quantized = nncf.quantize(
            read,
            nncf.Dataset(inputs),
            subset_size=len(inputs),
            model_type=nncf.ModelType.TRANSFORMER,
            ignored_scope=nncf.IgnoredScope(patterns=[FEED_FORWARD_OUTPUT]) if keep else None,
        )
        return self._by_openvino(quantized, {})

    def _by_onnx(self, file: Path) -> SentenceEncoder:
        self._install("onnxruntime")
        import onnxruntime  # noqa: PLC0415 - installed just now

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        return self._encoder(lambda ids, mask: session.run(None, {"input_ids": ids, "attention_mask": mask})[0])

    def _read(self) -> Any:  # noqa: ANN401 - a type of a package that is not installed yet
        """A fresh copy of the exported model, for OpenVINO."""
        self._install("openvino")
        import nncf  # noqa: PLC0415 - installed just now
        import openvino  # noqa: PLC0415

        nncf.set_log_level(logging.ERROR)
        return openvino.Core().read_model(self._exported)

    def _by_openvino(self, read: Any, settings: dict[str, str]) -> SentenceEncoder:  # noqa: ANN401 - as above
        import openvino  # noqa: PLC0415 - installed by `_read`

        one = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
        request = openvino.Core().compile_model(read, "CPU", one | settings).create_infer_request()
        return self._encoder(lambda ids, mask: request.infer({"input_ids": ids, "attention_mask": mask})[0])

    def _encoder(self, run: Run) -> SentenceEncoder:
        encoder = SentenceEncoder.load(self._model, device="cpu")
        around = encoder._model[0]
        around.model = Elsewhere(run, around.model.config)
        return encoder

    @cached_property
    def _exported(self) -> Path:
        """The transformer as an ONNX file, for any number of rows and tokens."""
        self._install("onnx")
        encoder = SentenceEncoder.load(self._model, device="cpu")
        transformer = encoder._model[0].model
        transformer.set_attn_implementation("eager")  # plain products and a softmax: what both libraries fuse
        tokens = encoder._model.preprocess(["a", "longer than the other"])
        names = ["input_ids", "attention_mask"]
        file = self._folder / "float32.onnx"
        torch.onnx.export(
            _Exported(transformer).eval(),
            tuple(tokens[name] for name in names),
            file,
            input_names=names,
            output_names=["token_embeddings"],
            dynamic_axes={name: {0: "rows", 1: "tokens"} for name in [*names, "token_embeddings"]},
            opset_version=17,
            dynamo=False,  # the newer exporter needs onnxscript
        )
        return file

    def _install(self, *names: str) -> None:
        """Makes competitors importable; lexcite's own packages come first."""
        for name in names:
            packages = self._folder / name
            pins = "\n".join(PACKAGES[name])
            complete = packages / "installed.txt"  # written last, so half an installation is not taken for one
            if not complete.is_file() or complete.read_text() != pins:
                pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
                done = subprocess.run(
                    [*pip, "--upgrade", "--target", str(packages), *PACKAGES[name]],
                    check=False,
                    capture_output=True,
                    text=True,
                )
                if done.returncode:
                    raise MissingError((done.stderr.strip().splitlines() or ["pip failed"])[-1])
                complete.write_text(pins)
            if str(packages) not in sys.path:
                sys.path.append(str(packages))
            try:
                importlib.import_module(name)
            except ImportError as error:
                raise MissingError(str(error)) from error
