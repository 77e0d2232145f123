"""Every label of `article_labels.toml`: its kind and its number."""

import tomllib
from pathlib import Path

import pytest

from index.structure import article_label

LABELS = [
    pytest.param(label, *expected, id=f"{lang}: {label}")
    for lang, labels in tomllib.loads(
        (Path(__file__).parent / "article_labels.toml").read_text(encoding="utf-8")
    ).items()
    for label, expected in labels.items()
]


@pytest.mark.parametrize(("label", "kind", "number"), LABELS)
def test_label(label, kind, number):
    assert article_label(label) == (kind, number)
