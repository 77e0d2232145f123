import sys
import threading

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

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


def test_it_is_close_to_float32_and_may_ask_its_index(exact, rounded):
    cosines = (rounded.embed_passages(TEXTS) * exact.embed_passages(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.999
    assert cosines.min() < 1 - 1e-7, "nothing was rounded"
    assert rounded.fingerprint == exact.fingerprint
    assert rounded.dimension == exact.dimension


def test_every_matrix_is_in_eight_bits_and_torch_lets_its_weights_go(folder):
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    linear = sum(isinstance(module, torch.nn.Linear) for module in model[0].model.encoder.modules())
    multiply_in_int8(model)
    assert not list(model.parameters())
    running = model[0].model._compiled.get_runtime_model()
    products = [op for op in running.get_ordered_ops() if op.get_rt_info()["layerType"].astype(str) == "FullyConnected"]
    assert len(products) == linear


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
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    with pytest.raises(EmbedderError, match="begins with a transformer"):
        multiply_in_int8(SentenceTransformer(modules=[torch.nn.Sequential(model[0])], device="cpu"))
