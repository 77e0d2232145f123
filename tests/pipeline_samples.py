"""Two tiny models, one that counts words and one that babbles, and questions that tell them apart."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch

from index.model_loading import load
from tests.training_samples import Sample, write_sample


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything lies.

    Attributes:
        sample: law and pairs; its base is the model that babbles.
        good: a model whose vector of a text is the mean of its words' vectors: nDCG@10 of the questions about .8.
        choose, questions: labelled; `questions` has a train and a dev split.
    """

    sample: Sample
    good: Path
    choose: Path
    questions: Path

    @property
    def bad(self) -> Path:
        return self.sample.base


def write_place(folder: Path) -> Place:
    sample = write_sample(folder, articles=40)
    asked = [json.loads(line) for line in sample.dev.read_text(encoding="utf-8").splitlines()]
    trained = [json.loads(line) for line in sample.pairs.read_text(encoding="utf-8").splitlines()]
    train = [
        {"id": f"t{place}", "question": f"the law of {one['question']}", "relevant": [one["article"]], "lang": "en"}
        for place, one in enumerate(trained[:60])
    ]
    place = Place(sample, folder / "good", folder / "choose.jsonl", folder / "questions.jsonl")
    _write(place.choose, [{**one, "split": "choose"} for one in asked[::4]])
    dev = [one for number, one in enumerate(asked) if number % 4]
    _write(place.questions, [*({**one, "split": "train"} for one in train), *dev])
    _save_good_model(sample.base, place.good)
    return place


def write_recipe(path: Path, *, rate: float, lora: int = 0, steps: int = 2) -> Path:
    """Full fine-tuning, or an adapter, of so few steps that the rate alone says what comes out."""
    lines = [
        "batch_size = 8",
        f"learning_rate = {rate}",
        f"max_steps = {steps}",
        "warmup = 0.0",
        "max_length = 24",
        f"lora_rank = {lora}",
        "checkpoint_minutes = 0.0",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@torch.no_grad()
def _save_good_model(base: Path, folder: Path) -> None:
    """The base without positions and without anything that its layer adds: words are all that is left."""
    model = load(base, device="cpu", dtype=torch.float32)
    silent = ("position_embeddings", "token_type_embeddings", "attention.output.dense", "output.dense")
    for name, weight in model.transformers_model.named_parameters():
        if any(part in name for part in silent):
            weight.zero_()
    model.save_pretrained(str(folder), create_model_card=False)


def _write(path: Path, lines) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
