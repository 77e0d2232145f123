import subprocess
import sys

import numpy as np
import pytest

from index.encoder import SentenceEncoder
from index.errors import EmbedderError
from index.lazy_encoder import LazyEncoder
from tests.index.contract_embedder import EmbedderContract
from tests.tiny_model import save_tiny_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "tiny"
    save_tiny_model(folder)
    return folder


class TestLazyEncoder(EmbedderContract):
    @pytest.fixture
    def embedder(self, folder):
        return LazyEncoder(folder, device="cpu")


def test_it_is_the_same_embedder_as_the_loaded_one(folder):
    lazy, loaded = LazyEncoder(folder, device="cpu"), SentenceEncoder.load(folder, device="cpu")
    assert lazy.fingerprint == loaded.fingerprint
    assert lazy.dimension == loaded.dimension
    np.testing.assert_array_equal(lazy.embed_queries(["rent"]), loaded.embed_queries(["rent"]))


def test_in_bfloat16_it_is_the_same_embedder_as_the_loaded_one(folder):
    lazy = LazyEncoder(folder, device="cpu", precision="bfloat16")
    loaded = SentenceEncoder.load(folder, device="cpu", precision="bfloat16")
    assert lazy.fingerprint == loaded.fingerprint == LazyEncoder(folder).fingerprint
    np.testing.assert_array_equal(lazy.embed_queries(["rent"]), loaded.embed_queries(["rent"]))


def test_the_fingerprint_is_known_without_torch(folder):
    code = (
        "import sys, pathlib; from index.lazy_encoder import LazyEncoder; "
        f"print(LazyEncoder(pathlib.Path({str(folder)!r})).fingerprint, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [LazyEncoder(folder).fingerprint, "False"]


def test_a_folder_that_is_no_model_is_refused_at_once(tmp_path):
    with pytest.raises(EmbedderError):
        LazyEncoder(tmp_path)
