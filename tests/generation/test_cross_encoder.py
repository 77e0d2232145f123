import pytest
import torch
from sentence_transformers import CrossEncoder

from generation.cross_encoder import CrossEncoderJudge, JudgeError
from index.errors import CrossEncoderError
from tests.tiny_cross_encoder import save_tiny_cross_encoder


def test_the_probability_is_that_of_the_label_entailment(tmp_path):
    path = save_tiny_cross_encoder(tmp_path, "contradiction", "entailment", "neutral")
    judge = CrossEncoderJudge.load(path, device="cpu")
    pair = ("the holder shall report", "the holder shall never report")
    logits = CrossEncoder(str(path), device="cpu").predict([pair], activation_fn=torch.nn.Identity())[0]
    assert judge.entails(*pair) == pytest.approx(float(torch.tensor(logits).softmax(0)[1]), abs=1e-6)


def test_a_model_without_such_a_label_is_refused(tmp_path):
    with pytest.raises(JudgeError, match="name a model with a label"):
        CrossEncoderJudge.load(save_tiny_cross_encoder(tmp_path, "relevant", "other"), device="cpu")


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(CrossEncoderError, match="no cross-encoder with safetensors weights here"):
        CrossEncoderJudge.load(tmp_path, device="cpu")
