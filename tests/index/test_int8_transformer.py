import contextlib
import gc
import logging
import sys
import threading
import weakref

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from index import int8_transformer
from index.encoder import SentenceEncoder
from index.errors import EmbedderError
from index.int8_transformer import multiply_in_int8
from index.lazy_encoder import LazyEncoder
from tests.index.contract_embedder import TEXTS
from tests.tiny_model import save_tiny_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="module")
def exact(folder):
    return SentenceEncoder.load(folder, device="cpu")


@pytest.fixture(scope="module")
def rounded(folder):
    return SentenceEncoder.load(folder, device="cpu", precision="int8")


def loaded(folder):
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def test_it_is_close_to_float32_and_may_ask_its_index(exact, rounded):
    cosines = (rounded.embed_passages(TEXTS) * exact.embed_passages(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.999
    assert cosines.min() < 1 - 1e-7, "nothing was rounded"
    assert rounded.fingerprint == exact.fingerprint
    assert rounded.dimension == exact.dimension


def test_every_matrix_is_in_eight_bits_and_torch_lets_its_weights_go(folder):
    model = loaded(folder)
    linear = [module for module in model[0].model.encoder.modules() if isinstance(module, torch.nn.Linear)]
    count, weights = len(linear), [weakref.ref(module.weight) for module in linear]
    del linear
    multiply_in_int8(model)
    gc.collect()
    assert not any(weight() is not None for weight in weights)
    running = [op.get_rt_info() for op in model[0].model._compiled.get_runtime_model().get_ordered_ops()]
    products = [info for info in running if info["layerType"].astype(str) == "FullyConnected"]
    assert len(products) == count
    assert {info["runtimePrecision"].astype(str) for info in products} == {"i8"}


def test_activations_share_a_scale_in_groups(tmp_path, monkeypatch):
    wide = save_tiny_model(tmp_path / "wide", dimension=2 * int8_transformer.GROUP)
    in_groups = SentenceEncoder.load(wide, device="cpu", precision="int8").embed_passages(TEXTS)
    monkeypatch.setattr(int8_transformer, "GROUP", 2 * int8_transformer.GROUP)
    coarser = SentenceEncoder.load(wide, device="cpu", precision="int8").embed_passages(TEXTS)
    exact = SentenceEncoder.load(wide, device="cpu").embed_passages(TEXTS)
    assert 0 < np.abs(in_groups - exact).mean() < np.abs(coarser - exact).mean()


class Branching(torch.nn.Module):
    """A transformer that treats longer texts otherwise, as those with a sliding window do: a trace sees one branch."""

    def __init__(self, transformer):
        super().__init__()
        self.transformer = transformer
        self.config = transformer.config

    def forward(self, **features):
        found = self.transformer(**features)
        if features["input_ids"].shape[1] > 10:
            found["last_hidden_state"] = found["last_hidden_state"].flip(-1)
        return found


def test_a_model_that_a_trace_does_not_hold_for_is_refused_and_stays_as_it_was(folder):
    model = loaded(folder)
    model[0].model = branching = Branching(model[0].model)
    before = model.encode(list(TEXTS))
    with pytest.raises(EmbedderError, match=r"cosine to float32's is .*; leave precision at float32"):
        multiply_in_int8(model)
    assert model[0].model is branching
    assert np.array_equal(model.encode(list(TEXTS)), before)


class Unreadable(torch.nn.Module):
    def __init__(self, transformer):
        super().__init__()
        self.config = transformer.config

    def forward(self, **_):
        raise ValueError("\n nothing of this kind \n")


def test_what_openvino_cannot_read_is_told_with_its_reason(folder):
    model = loaded(folder)
    model[0].model = Unreadable(model[0].model)
    with pytest.raises(EmbedderError, match="OpenVINO cannot run this model in int8"):
        multiply_in_int8(model)


@pytest.mark.parametrize("kind", [lambda inner: inner, Unreadable])
def test_logging_is_left_as_it_was(folder, kind):
    root, library = logging.getLogger(), logging.getLogger("transformers")
    before = root.level, list(root.filters), list(root.handlers), library.level
    model = loaded(folder)
    model[0].model = kind(model[0].model)
    with contextlib.suppress(EmbedderError):
        multiply_in_int8(model)
    assert (root.level, list(root.filters), list(root.handlers), library.level) == before


def test_a_model_in_training_is_refused_and_stays_as_it_was(folder):
    model = loaded(folder)
    with pytest.raises(EmbedderError, match="in training"):
        SentenceEncoder(model, fingerprint="0" * 16, precision="int8", in_training=True)
    assert list(model.parameters())


def test_masked_tokens_do_not_count(exact, rounded):
    long, short = "the controller shall notify the breach of the law", "law"
    both = rounded.embed_passages([long, short])
    assert both[1] @ exact.embed_passages([short])[0] > 0.999


def test_a_lazy_encoder_loads_it_too(folder, rounded):
    lazy = LazyEncoder(folder, device="cpu", precision="int8")
    assert np.array_equal(lazy.embed_queries(TEXTS), rounded.embed_queries(TEXTS))


def test_threads_that_ask_at_once_get_what_they_would_get_alone(rounded):
    texts = [f"the law {word}" for word in ("one", "two", "three", "four", "five", "judge", "court", "person")]
    alone = [rounded.embed_queries([text]) for text in texts]
    found: list[np.ndarray | None] = [None] * len(texts)

    def ask(place: int) -> None:
        for _ in range(20):
            found[place] = rounded.embed_queries([texts[place]])

    asking = [threading.Thread(target=ask, args=(place,)) for place in range(len(texts))]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert all(np.array_equal(one, other) for one, other in zip(alone, found, strict=True))


def test_openvino_may_not_report_its_use(rounded):
    assert rounded.embed_queries(["law"]).shape[0] == 1
    assert sys.modules["openvino_telemetry"] is None


def test_without_openvino_it_is_said_how_to_get_it(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(EmbedderError, match="make int8"):
        SentenceEncoder.load(folder, device="cpu", precision="int8")


def test_on_a_gpu_it_is_refused(folder):
    with pytest.raises(EmbedderError, match="set device to cpu"):
        SentenceEncoder.load(folder, device="cuda:0", precision="int8")


def test_a_model_without_a_transformer_is_refused(folder):
    model = loaded(folder)
    with pytest.raises(EmbedderError, match="begins with a transformer"):
        multiply_in_int8(SentenceTransformer(modules=[torch.nn.Sequential(model[0])], device="cpu"))
