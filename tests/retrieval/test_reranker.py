"""Rerankers: the fake one, and a real cross-encoder that is made here."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("sentence_transformers")

import torch
from sentence_transformers import CrossEncoder

from index.errors import CrossEncoderError
from retrieval.cross_encoder import CrossEncoderReranker
from retrieval.reranker import RerankerError
from tests.fakes import WordReranker
from tests.retrieval.contract_reranker import PASSAGES, QUESTION, RerankerContract
from tests.tiny_cross_encoder import save_tiny_cross_encoder
from tests.tiny_model import save_tiny_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_cross_encoder(tmp_path_factory.mktemp("reranker"), "relevance")


class TestFake(RerankerContract):
    @pytest.fixture
    def reranker(self):
        return WordReranker()


class TestReal(RerankerContract):
    @pytest.fixture
    def reranker(self, folder):
        return CrossEncoderReranker.load(folder, device="cpu")


def test_scores_are_the_logits_of_the_model(folder):
    pairs = [(QUESTION, passage) for passage in PASSAGES]
    logits = CrossEncoder(str(folder), device="cpu").predict(pairs, activation_fn=torch.nn.Identity())
    assert CrossEncoderReranker.load(folder, device="cpu").scores(QUESTION, PASSAGES) == pytest.approx(logits, abs=1e-5)


def test_several_threads_may_ask(folder):
    reranker = CrossEncoderReranker.load(folder, device="cpu")
    alone = reranker.scores(QUESTION, PASSAGES)
    with ThreadPoolExecutor(4) as pool:
        for scores in pool.map(lambda _: reranker.scores(QUESTION, PASSAGES), range(8)):
            assert np.array_equal(scores, alone)


def test_the_fingerprint_is_of_the_weights_and_not_of_the_place(folder, tmp_path):
    same = save_tiny_cross_encoder(tmp_path / "same", "relevance")
    other = save_tiny_cross_encoder(tmp_path / "other", "relevance", seed=1)
    first, second, third = (CrossEncoderReranker.load(one, device="cpu").fingerprint for one in (folder, same, other))
    assert first == second != third


def test_a_classifier_is_no_reranker(tmp_path):
    with pytest.raises(RerankerError, match="gives 3 numbers"):
        CrossEncoderReranker.load(save_tiny_cross_encoder(tmp_path, "a", "b", "c"), device="cpu")


def test_an_embedder_is_refused_for_its_head_would_be_random(tmp_path):
    with pytest.raises(CrossEncoderError, match=r"lacks the weights .*random numbers"):
        CrossEncoderReranker.load(save_tiny_model(tmp_path), device="cpu")


def test_code_and_pickles_are_refused(tmp_path):
    pickled = save_tiny_cross_encoder(tmp_path / "pickled", "relevance")
    weights = pickled / "model.safetensors"
    torch.save({"x": torch.zeros(1)}, pickled / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(CrossEncoderError, match="no cross-encoder with safetensors weights here"):
        CrossEncoderReranker.load(pickled, device="cpu")

    coded = save_tiny_cross_encoder(tmp_path / "coded", "relevance")
    (coded / "own.py").write_text("raise SystemExit('the code of the folder ran')", encoding="utf-8")
    (coded / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": "own.Module"}]))
    with pytest.raises(CrossEncoderError, match="lexcite runs none"):
        CrossEncoderReranker.load(coded, device="cpu")


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all"])
def test_a_folder_that_is_not_there_is_told_with_what_to_do(name):
    with pytest.raises(CrossEncoderError, match=r"nowhere.*no such folder; name a"):
        CrossEncoderReranker.load(name)


class Broken:
    num_labels = 1

    def __init__(self, outcome):
        self.outcome = outcome

    def predict(self, pairs, **options):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return np.full(len(pairs), self.outcome)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [(torch.OutOfMemoryError("no room\nhere"), "OutOfMemoryError: no room$"), (np.nan, "no number")],
)
def test_what_fails_in_use_is_one_kind_of_error(outcome, said):
    with pytest.raises(RerankerError, match=said):
        CrossEncoderReranker(Broken(outcome), fingerprint="0" * 16).scores(QUESTION, PASSAGES)
