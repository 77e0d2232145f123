"""The training loss equals the libraries' losses, run in parts or not."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss

from index.model_loading import load
from retrieval.losses import TrainingLoss, embed, frozen_copy, switch_off_dropout
from tests.tiny_model import save_tiny_model

QUESTIONS = ["the law", "a person shall notify the breach within one hours", "court", "ley plazo juez"]
ARTICLES = ["law of the court", "notify breach within hours of the data", "court", "derecho persona plazo juez renta"]
NEGATIVES = ["data", "one two three four five", "the right of a person in an article of the law", "quyền người điều"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = save_tiny_model(tmp_path_factory.mktemp("model"))
    return load(folder, device="cpu", dtype=torch.float32).eval()  # no dropout: equal numbers


def columns(model):
    return [model.preprocess(texts) for texts in (QUESTIONS, ARTICLES, NEGATIVES)]


@pytest.mark.parametrize("dimensions", [(), (32, 16, 8)])
def test_loss_and_gradient_equal_the_libraries_in_parts_of_any_size(model, dimensions):
    theirs = MultipleNegativesRankingLoss(model, scale=20.0)
    if dimensions:
        theirs = MatryoshkaLoss(model, theirs, list(dimensions))
    expected = theirs(columns(model), None)
    model.zero_grad()
    expected.backward()
    gradients = {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}
    for part_tokens in (0, 1, 16, 1000):
        model.zero_grad()
        loss = TrainingLoss(model, scale=20.0, dimensions=dimensions, part_tokens=part_tokens)(columns(model), None)
        loss.backward()
        assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
        for name, one in model.named_parameters():
            if name in gradients:
                torch.testing.assert_close(one.grad, gradients[name], rtol=1e-3, atol=1e-5)


def test_vectors_in_parts_are_in_the_order_of_the_texts(model):
    features = model.preprocess(ARTICLES)
    torch.testing.assert_close(embed(model, features, 6), embed(model, features, 0), rtol=1e-5, atol=1e-6)


def test_distillation_is_zero_at_the_base_and_grows_with_the_drift(model):
    base = frozen_copy(model, share=False)
    plain = TrainingLoss(model, scale=20.0)(columns(model), None).item()
    held = TrainingLoss(model, scale=20.0, base=base, distillation=100.0)
    assert held(columns(model), None).item() == pytest.approx(plain, abs=1e-4)
    moved = frozen_copy(model, share=False)
    with torch.no_grad():
        for one in moved.parameters():
            one.add_(0.05 * torch.randn(one.shape, generator=torch.Generator().manual_seed(1)))
    plain = TrainingLoss(moved, scale=20.0)(columns(moved), None).item()
    held = TrainingLoss(moved, scale=20.0, base=base, distillation=100.0)(columns(moved), None).item()
    before, now = ([embed(one, column, 0) for column in columns(model)] for one in (base, moved))
    assert held - plain == pytest.approx(100 * drift(before, now), rel=1e-3)


def drift(before, now):
    """By definition, text by text."""
    total, count = 0.0, 0
    texts = [(column, row) for column in range(3) for row in range(4)]
    for first in texts:
        for second in texts:
            learnt = first[1] == second[1] and 0 in (first[0], second[0])
            if first == second or learnt:
                continue
            past, new = (
                torch.cosine_similarity(side[first[0]][first[1]], side[second[0]][second[1]], dim=0)
                for side in (before, now)
            )
            total += float((new - past) ** 2)
            count += 1
    return total / count


def test_a_shared_copy_takes_no_memory_and_stays_as_it_was(model):
    copy = frozen_copy(model, share=True)
    assert {one.data_ptr() for one in copy.parameters()} == {one.data_ptr() for one in model.parameters()}
    assert copy[0] is not model[0]


def test_without_dropout_a_model_in_training_gives_the_same_vectors_twice(tmp_path):
    save_tiny_model(tmp_path)  # transformers' own dropout, a tenth
    model = load(tmp_path, device="cpu", dtype=torch.float32).train()
    features = model.preprocess(["the law of the court"])
    assert not torch.equal(*(model(dict(features))["sentence_embedding"] for _ in range(2)))
    switch_off_dropout(model)
    assert torch.equal(*(model(dict(features))["sentence_embedding"] for _ in range(2)))
