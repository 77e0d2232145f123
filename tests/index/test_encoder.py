import json
import logging
import socket
import threading
import time

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer

from index.encoder import SentenceEncoder
from index.errors import EmbedderError
from tests.fakes import HashEmbedder
from tests.index.contract_embedder import TEXTS, EmbedderContract
from tests.tiny_model import WINDOW, WORDS, save_tiny_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
def own_folder(tmp_path):
    """A model that the test may damage."""
    return save_tiny_model(tmp_path / "model")


@pytest.fixture(scope="module")
def encoder(folder):
    return SentenceEncoder.load(folder, device="cpu")


@pytest.fixture(scope="module")
def library(folder):
    """The same model through sentence-transformers alone: the oracle."""
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


@pytest.fixture
def attempts(monkeypatch):
    """Every attempt to reach the network, refused; the hub's offline switch is off."""
    made: list[object] = []

    def refuse(*args: object, **_: object) -> None:
        made.append(args)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return made


class TestHashEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self):
        return HashEmbedder()


class TestSentenceEncoder(EmbedderContract):
    @pytest.fixture
    def embedder(self, encoder):
        return encoder


class TestSentenceEncoderInSmallBatches(EmbedderContract):
    @pytest.fixture
    def embedder(self, folder):
        return SentenceEncoder.load(folder, device="cpu", token_budget=1)


class TestSentenceEncoderInBfloat16(EmbedderContract):
    tolerance = 2e-3  # bfloat16 keeps 8 bits: another order of summing becomes another last bit

    @pytest.fixture
    def embedder(self, folder):
        return SentenceEncoder.load(folder, device="cpu", precision="bfloat16")


class TestSentenceEncoderInInt8(EmbedderContract):
    tolerance = 5e-3  # activations in eight bits, a scale for every 64 of them

    @pytest.fixture
    def embedder(self, folder):
        return SentenceEncoder.load(folder, device="cpu", precision="int8")


def of_length(tokens: int) -> str:
    """A passage that the tiny model reads as so many tokens: <s> passage : ... </s>."""
    return " ".join((WORDS * 3)[: tokens - 4])


def test_passages_equal_the_library_with_the_passage_prompt(encoder, library):
    expected = library.encode(list(TEXTS), prompt="passage: ", normalize_embeddings=True)
    assert np.abs(encoder.embed_passages(TEXTS) - expected).max() <= 1e-6


def test_queries_equal_the_library_with_the_query_prompt(encoder, library):
    expected = library.encode(list(TEXTS), prompt="query: ", normalize_embeddings=True)
    assert np.abs(encoder.embed_queries(TEXTS) - expected).max() <= 1e-6


def test_a_question_and_a_passage_of_the_same_words_differ(encoder):
    assert float(encoder.embed_queries(["the law"])[0] @ encoder.embed_passages(["the law"])[0]) < 0.9999


def test_prompts_may_be_given_where_the_model_has_none(tmp_path, encoder):
    bare = save_tiny_model(tmp_path / "bare", prompts={})
    without = SentenceEncoder.load(bare, device="cpu")
    given = SentenceEncoder.load(bare, device="cpu", query_prompt="query: ", passage_prompt="passage: ")
    assert np.array_equal(without.embed_queries(["law"]), without.embed_passages(["law"]))
    assert given.embed_queries(["law"]) == pytest.approx(encoder.embed_queries(["law"]), abs=1e-6)
    assert given.embed_passages(["law"]) == pytest.approx(encoder.embed_passages(["law"]), abs=1e-6)
    assert given.fingerprint != without.fingerprint


def test_batches_keep_to_the_token_budget_and_hold_like_lengths(folder):
    encoder = SentenceEncoder.load(folder, device="cpu", token_budget=60)
    shapes: list[tuple[int, ...]] = []
    encoder._model[0].register_forward_pre_hook(lambda _, inputs: shapes.append(tuple(inputs[0]["input_ids"].shape)))
    lengths = [20, 5, 10, 20, 6, 20, 10, 5, 6, 24, 10]
    encoder.embed_passages([of_length(tokens) for tokens in lengths])
    # 60 // 24 = 2 rows with the longest, then 3 of 20, 6 of 10, 10 of 6: rows by falling length, so little padding.
    assert shapes == [(2, 24), (3, 20), (6, 10)]
    assert sum(rows for rows, _ in shapes) == len(lengths)


def test_what_exceeds_the_window_is_cut_at_its_end(encoder):
    fits, exceeds = of_length(WINDOW), of_length(WINDOW) + " court court court"
    assert encoder.embed_passages([fits]) == pytest.approx(encoder.embed_passages([exceeds]), abs=1e-6)
    assert encoder.embed_passages([fits])[0] @ encoder.embed_passages([of_length(WINDOW - 1)])[0] < 0.99999


@pytest.mark.parametrize(
    "text",
    [
        "the law of data " * 60_000,
        "the" + " " * 200_000 + "law of data",  # collapses: what follows a megabyte of spaces still counts
        "x" * 1_000_000 + " law of data",  # one unknown word, whatever its length
    ],
    ids=["words", "spaces", "one word"],
)
def test_a_huge_text_equals_the_library_which_reads_all_of_it(encoder, library, text):
    expected = library.encode([text], prompt="passage: ", normalize_embeddings=True)
    assert encoder.embed_passages([text]) == pytest.approx(expected, abs=1e-6)


def test_a_huge_text_is_not_tokenised_beyond_what_the_window_can_hold(encoder, monkeypatch):
    read: list[int] = []
    preprocess = encoder._model.preprocess
    monkeypatch.setattr(
        encoder._model,
        "preprocess",
        lambda texts, **options: (read.extend(map(len, texts)), preprocess(texts, **options))[1],
    )
    encoder.embed_passages(["the law of data " * 60_000, "the law"])
    assert sum(read) < 20 * WINDOW


def test_every_text_is_tokenised_once(encoder, monkeypatch):
    seen: list[str] = []
    preprocess = encoder._model.preprocess
    monkeypatch.setattr(
        encoder._model, "preprocess", lambda texts, **options: (seen.extend(texts), preprocess(texts, **options))[1]
    )
    texts = [f"{of_length(5 + row % 15)} {row}" for row in range(200)]
    encoder.embed_passages(texts)
    assert sorted(seen) == sorted(texts)


def test_lone_surrogates_read_as_question_marks(encoder):
    assert np.array_equal(encoder.embed_queries(["the \ud800 law"]), encoder.embed_queries(["the ? law"]))


def test_a_shorter_dimension_is_the_prefix_normalised_again(folder, encoder):
    short = SentenceEncoder.load(folder, device="cpu", dimension=8)
    prefix = encoder.embed_passages(TEXTS)[:, :8]
    assert short.dimension == 8
    assert short.embed_passages(TEXTS) == pytest.approx(
        prefix / np.linalg.norm(prefix, axis=1, keepdims=True), abs=1e-5
    )
    assert short.fingerprint != encoder.fingerprint


def test_the_models_own_dimension_is_no_cut(folder, encoder):
    assert SentenceEncoder.load(folder, device="cpu", dimension=32).fingerprint == encoder.fingerprint


@pytest.mark.parametrize("dimension", [0, -1, 33])
def test_a_dimension_the_model_does_not_have_is_refused(folder, dimension):
    with pytest.raises(EmbedderError, match=f"dimension {dimension}: .* 32 components; choose 1 to 32"):
        SentenceEncoder.load(folder, device="cpu", dimension=dimension)


def test_many_threads_get_what_one_gets(encoder):
    texts = [of_length(5 + row % 19) for row in range(40)]
    expected = encoder.embed_passages(texts)
    worst: list[float] = []

    def work() -> None:
        worst.append(float(np.abs(encoder.embed_passages(texts) - expected).max()))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(worst) == 8
    assert max(worst) <= 1e-5


def test_loading_and_embedding_try_no_network_and_say_nothing(folder, attempts, capfd):
    SentenceEncoder.load(folder, device="cpu").embed_passages(TEXTS)
    assert attempts == []
    assert capfd.readouterr() == ("", "")


def test_loading_leaves_the_librarys_logging_as_it_was(folder):
    logger = logging.getLogger("transformers.modeling_utils")
    before = (logger.level, list(logger.filters))
    SentenceEncoder.load(folder, device="cpu")
    assert (logger.level, list(logger.filters)) == before


def test_half_precision_on_a_cpu_is_refused(folder):
    with pytest.raises(EmbedderError, match="needs a CUDA device"):
        SentenceEncoder.load(folder, device="cpu", precision="float16")


def test_bfloat16_is_close_to_float32_and_may_ask_its_index(folder, encoder):
    rounded = SentenceEncoder.load(folder, device="cpu", precision="bfloat16")
    cosines = (rounded.embed_passages(TEXTS) * encoder.embed_passages(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.9995
    assert cosines.min() < 1 - 1e-7, "nothing was rounded"
    assert rounded.fingerprint == encoder.fingerprint


def test_weights_saved_in_half_precision_run_in_single_on_a_cpu(own_folder, encoder):
    SentenceTransformer(str(own_folder), device="cpu", local_files_only=True).half().save_pretrained(str(own_folder))
    vectors = SentenceEncoder.load(own_folder, device="cpu").embed_passages(TEXTS)
    assert load_file(own_folder / "model.safetensors")["embeddings.word_embeddings.weight"].dtype == torch.float16
    assert np.abs(vectors - encoder.embed_passages(TEXTS)).max() < 5e-3
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-6)


def test_another_weight_is_another_fingerprint(own_folder, encoder):
    assert SentenceEncoder.load(own_folder, device="cpu").fingerprint == encoder.fingerprint
    weights = load_file(own_folder / "model.safetensors")
    weights["encoder.layer.0.output.dense.bias"][0] += 0.001
    save_file(weights, own_folder / "model.safetensors", metadata={"format": "pt"})
    assert SentenceEncoder.load(own_folder, device="cpu").fingerprint != encoder.fingerprint


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(EmbedderError, match="nowhere: no such folder"):
        SentenceEncoder.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["./nowhere", "~/nowhere", "a/b/c", "/nowhere"])
def test_what_looks_like_a_folder_is_never_asked_of_the_hub(name, attempts):
    with pytest.raises(EmbedderError, match="no such folder"):
        SentenceEncoder.load(name)
    assert attempts == []


def test_a_name_that_no_hub_has_is_refused_without_asking(attempts):
    with pytest.raises(EmbedderError, match="neither a folder nor a name"):
        SentenceEncoder.load("not a name!")
    assert attempts == []


def test_an_unknown_name_offline_says_how_to_download_it(monkeypatch, attempts):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EmbedderError, match=r"lexcite-tests/none: .*HF_HUB_OFFLINE"):
        SentenceEncoder.load("lexcite-tests/none")
    assert attempts == []


def test_an_unknown_name_without_network_fails_at_once(attempts):
    started = time.monotonic()
    with pytest.raises(EmbedderError, match=r"lexcite-tests/none: .*check the name and the network"):
        SentenceEncoder.load("lexcite-tests/none")
    assert time.monotonic() - started < 10  # seconds; the library alone retries for 70
    assert len(attempts) >= 1


def test_a_name_in_the_hubs_cache_is_loaded_without_network(tmp_path, monkeypatch, attempts, encoder):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    snapshot = tmp_path / "models--lexcite-tests--tiny" / "snapshots" / ("0" * 40)
    save_tiny_model(snapshot)
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text("0" * 40)
    assert SentenceEncoder.load("lexcite-tests/tiny", device="cpu").fingerprint == encoder.fingerprint
    assert attempts == []


def test_missing_weights_are_refused_not_invented(own_folder):
    weights = load_file(own_folder / "model.safetensors")
    del weights["encoder.layer.0.attention.self.query.weight"]
    save_file(weights, own_folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EmbedderError, match=r"lacks weights \(encoder.layer.0.attention.self.query.weight\)"):
        SentenceEncoder.load(own_folder, device="cpu")


def test_a_missing_pooler_does_not_matter(own_folder, encoder):
    weights = load_file(own_folder / "model.safetensors")
    save_file(
        {name: weight for name, weight in weights.items() if "pooler" not in name},
        own_folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    vectors = SentenceEncoder.load(own_folder, device="cpu").embed_passages(TEXTS)
    assert vectors == pytest.approx(encoder.embed_passages(TEXTS), abs=1e-6)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "1_Pooling/config.json"])
def test_a_truncated_file_is_one_line_that_names_the_folder(own_folder, name):
    place = own_folder / name
    place.write_bytes(place.read_bytes()[: place.stat().st_size // 2])
    with pytest.raises(EmbedderError) as refusal:
        SentenceEncoder.load(own_folder, device="cpu")
    assert str(own_folder) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_pickled_weights_are_refused(own_folder):
    weights = own_folder / "model.safetensors"
    torch.save(load_file(weights), own_folder / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(EmbedderError, match=r"pytorch_model\.bin: pickled weights .* never loaded"):
        SentenceEncoder.load(own_folder, device="cpu")


def test_code_that_comes_with_a_model_is_not_run(own_folder, tmp_path):
    (own_folder / "custom.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    modules = json.loads((own_folder / "modules.json").read_text())
    modules[0]["type"] = "custom.Transformer"
    (own_folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(EmbedderError, match=r"custom\.Transformer is code that comes with the model"):
        SentenceEncoder.load(own_folder, device="cpu")
    assert not (tmp_path / "ran").exists()


def test_a_model_that_computes_nothing_is_refused(own_folder):
    weights = load_file(own_folder / "model.safetensors")
    weights["embeddings.LayerNorm.weight"].fill_(float("nan"))
    save_file(weights, own_folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EmbedderError, match="NaN or zero"):
        SentenceEncoder.load(own_folder, device="cpu").embed_queries(["law"])


class Gpu:
    """A model on a GPU that can break: its forward pass fails as torch does there, whenever `fails` says so."""

    def __init__(self, folder, fails):
        self.model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self.shapes = []
        self.model[0].register_forward_pre_hook(self.forward)
        self.fails = fails

    def forward(self, _, inputs):
        shape = tuple(inputs[0]["input_ids"].shape)
        self.shapes.append(shape)
        error = self.fails(shape)
        if error is not None:
            raise error


def on_gpu(folder, fails, **options):
    gpu, reloads = Gpu(folder, fails), []

    def reload():
        reloads.append(1)
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)

    return SentenceEncoder(gpu.model, fingerprint="f" * 16, reload=reload, **options), gpu, reloads


def test_a_lost_gpu_is_replaced_by_the_cpu_in_mid_use_and_the_reason_is_kept(folder, encoder):
    lost = RuntimeError("CUDA error: unspecified launch failure\nCUDA kernel errors might be ...")
    broken = threading.Event()
    ours, _, reloads = on_gpu(folder, lambda _: lost if broken.is_set() else None)
    assert ours.embed_passages(TEXTS) == pytest.approx(encoder.embed_passages(TEXTS), abs=1e-6)
    assert ours.fallback == ""
    broken.set()
    for _ in range(2):
        assert ours.embed_passages(TEXTS) == pytest.approx(encoder.embed_passages(TEXTS), abs=1e-6)
    assert ours.fallback == "embedding on the CPU, the GPU failed: CUDA error: unspecified launch failure"
    assert len(reloads) == 1


def test_what_does_not_fit_the_gpu_at_once_is_embedded_in_parts(folder, encoder):
    texts = [of_length(12)] * 7
    full = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
    ours, gpu, reloads = on_gpu(folder, lambda shape: full if shape[0] > 2 else None, token_budget=1000)
    assert ours.embed_passages(texts) == pytest.approx(encoder.embed_passages(texts), abs=1e-6)
    assert gpu.shapes == [(7, 12), (3, 12), (1, 12), (2, 12), (4, 12), (2, 12), (2, 12)]
    assert (ours.fallback, reloads) == ("", [])


def test_a_gpu_without_room_for_one_text_is_left(folder, encoder):
    full = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
    ours, _, reloads = on_gpu(folder, lambda _: full)
    assert ours.embed_queries(["law"]) == pytest.approx(encoder.embed_queries(["law"]), abs=1e-6)
    assert ours.fallback == "embedding on the CPU, the GPU failed: CUDA out of memory. Tried to allocate 2.00 GiB"
    assert len(reloads) == 1


def test_threads_that_meet_a_lost_gpu_load_the_model_once(folder, encoder):
    together = threading.Barrier(4)

    def fails(_):
        together.wait(10)
        return RuntimeError("CUDA error: device lost")

    ours, _, reloads = on_gpu(folder, fails)
    found = [None] * 4

    def ask(place):
        found[place] = ours.embed_queries(["the law of data"])

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in found:
        assert one == pytest.approx(encoder.embed_queries(["the law of data"]), abs=1e-6)
    assert len(reloads) == 1


def test_an_error_on_the_cpu_is_no_lost_gpu(folder):
    gpu = Gpu(folder, lambda _: RuntimeError("a defect"))
    with pytest.raises(RuntimeError, match="a defect"):
        SentenceEncoder(gpu.model, fingerprint="f" * 16).embed_queries(["law"])
