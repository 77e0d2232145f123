import pytest
import torch
from sentence_transformers import CrossEncoder
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from generation.cross_encoder import CrossEncoderJudge, JudgeError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "holder", "shall", "report", "never"]


def folder(tmp_path, labels):
    torch.manual_seed(0)
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        id2label=dict(enumerate(labels)), label2id={label: at for at, label in enumerate(labels)},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    BertTokenizerFast(vocab_file=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    return tmp_path


def test_the_probability_is_that_of_the_label_entailment(tmp_path):
    path = folder(tmp_path, ["contradiction", "entailment", "neutral"])
    judge = CrossEncoderJudge.load(path, device="cpu")
    pair = ("the holder shall report", "the holder shall never report")
    logits = CrossEncoder(str(path), device="cpu").predict([pair], activation_fn=torch.nn.Identity())[0]
    assert judge.entails(*pair) == pytest.approx(float(torch.tensor(logits).softmax(0)[1]), abs=1e-6)


def test_a_model_without_such_a_label_is_refused(tmp_path):
    with pytest.raises(JudgeError, match="name a model with a label"):
        CrossEncoderJudge.load(folder(tmp_path, ["relevant", "other"]), device="cpu")


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(JudgeError, match="no cross-encoder with safetensors weights here"):
        CrossEncoderJudge.load(tmp_path, device="cpu")
