"""A small law with questions, of our own writing, and a tiny model: enough to train in a second."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

from tests.tiny_model import WORDS, save_tiny_model

_WORDS = [word for word in WORDS if word not in {"query", "passage", ":"}]


@dataclass(frozen=True, slots=True)
class Sample:
    base: Path
    law: Path
    pairs: Path
    dev: Path


def write_sample(folder: Path, *, articles: int = 24, seed: int = 1) -> Sample:
    """Articles of six words; two training questions and one dev question of each, of three of its words and a stray."""
    draw = random.Random(seed)
    law, pairs, dev = [], [], []
    for number in range(articles):
        words = draw.sample(_WORDS, 6)
        article = f"L-{number}"
        law.append(
            {
                "id": article,
                "law_id": "L",
                "law_title": "law",
                "article": f"Article {number + 1}",
                "heading": "",
                "text": " ".join(words),
                "lang": "en",
                "source": "x",
            }
        )
        asked = [" ".join([*draw.sample(words, 3), draw.choice(_WORDS), str(place)]) for place in range(3)]
        pairs += [{"question": one, "article": article, "source": f"set {number % 2}"} for one in asked[:2]]
        dev.append({"id": f"q{number}", "question": asked[2], "relevant": [article], "lang": "en", "split": "dev"})
    sample = Sample(folder / "base", folder / "law.jsonl", folder / "pairs.jsonl", folder / "dev.jsonl")
    save_tiny_model(sample.base)
    for path, lines in ((sample.law, law), (sample.pairs, pairs), (sample.dev, dev)):
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return sample
