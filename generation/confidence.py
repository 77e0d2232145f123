"""How probable it is that the law found answers the question: a logistic model of the signals, kept as plain JSON."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from math import exp, isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

from generation.signals import NAMES, Signals
from index.errors import UserFacingError

_FORMAT = 1
# Fitted for the packaged embedder, and for it with the adapter that comes with lexcite.
_PACKAGED = ("confidence_multilingual_e5_small.json", "confidence_multilingual_e5_small_law.json")


class ConfidenceError(UserFacingError):
    """A file of confidence that cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """A fitted model.

    Attributes:
        fingerprint: of the embedder whose cosines it was fitted to.
        fitted: on what and how, for the reader of the file.
        weights: by the name of the signal: how much one standard deviation of it adds to the log-odds.
        means, spreads: of each signal over the questions it was fitted on.
        intercept: the log-odds where every signal is at its mean.
        least: the confidence below which nothing is answered, by ISO 639-1 code of the question.
        least_otherwise: the same for any other language.
    """

    fingerprint: str
    fitted: str
    weights: Mapping[str, float]
    means: Mapping[str, float]
    spreads: Mapping[str, float]
    intercept: float
    least: Mapping[str, float]
    least_otherwise: float

    def of(self, measured: Signals) -> float:
        """The probability, in [0, 1]."""
        odds = self.intercept + sum(
            self.weights[name] * (value - self.means[name]) / self.spreads[name]
            for name, value in zip(NAMES, measured.values(), strict=True)
        )
        return 1 / (1 + exp(-odds)) if odds >= 0 else exp(odds) / (1 + exp(odds))

    def least_in(self, lang: str) -> float:
        """The confidence that an answer to a question in `lang` needs."""
        return self.least.get(lang, self.least_otherwise)


def confidence_path(index_dir: Path, fingerprint: str) -> Path:
    """Where the confidence of an index for one embedder lies: beside its fusion weights."""
    return index_dir / "calibration" / f"{fingerprint}.confidence.json"


def read_confidence(index_dir: Path, fingerprint: str) -> Confidence | None:
    """The confidence that was fitted for an embedder: on this index, else the packaged one; None where neither fits.

    Raises:
        ConfidenceError: the file is there and is no confidence.
    """
    path = confidence_path(index_dir, fingerprint)
    try:
        own = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _packaged().get(fingerprint)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfidenceError(f"{path} cannot be read ({error}); mend its permissions or remove it.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfidenceError(f"{path} is no confidence ({error}); remove it, or calibrate again.") from error
    if own.fingerprint != fingerprint:
        raise ConfidenceError(f"{path} is of the embedder {own.fingerprint}; remove it, or calibrate again.")
    return own


@functools.cache
def _packaged() -> Mapping[str, Confidence]:
    """What comes with lexcite, by the embedder's fingerprint."""
    texts = (resources.files("generation").joinpath(name).read_text(encoding="utf-8") for name in _PACKAGED)
    return {confidence.fingerprint: confidence for confidence in map(parse, texts)}


def write_confidence(index_dir: Path, confidence: Confidence) -> Path:
    """Puts a confidence in its place, whole or not at all; returns where.

    Raises:
        ConfidenceError: it cannot be written.
    """
    path = confidence_path(index_dir, confidence.fingerprint)
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(render(confidence), encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise ConfidenceError(f"{path} cannot be written ({error.strerror}); make room or mend permissions.") from error
    return path


def render(confidence: Confidence) -> str:
    """The model as JSON, one signal a line."""
    rows = {
        name: {
            "weight": round(confidence.weights[name], 4),
            "mean": round(confidence.means[name], 4),
            "spread": round(confidence.spreads[name], 4),
        }
        for name in NAMES
    }
    signals = ",\n".join(f"    {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    head = {
        "format": _FORMAT,
        "embedder": confidence.fingerprint,
        "fitted": confidence.fitted,
        "least": {lang: round(value, 4) for lang, value in sorted(confidence.least.items())},
        "least_otherwise": round(confidence.least_otherwise, 4),
        "intercept": round(confidence.intercept, 4),
    }
    lines = "".join(f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)},\n" for name, value in head.items())
    return f'{{\n{lines}  "signals": {{\n{signals}\n  }}\n}}\n'


def parse(text: str) -> Confidence:
    """A model from its JSON.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    read = json.loads(text)
    if not isinstance(read, dict) or read["format"] != _FORMAT:
        raise ValueError(f"not of format {_FORMAT}")
    rows: dict[str, Any] = read["signals"]
    if set(rows) != set(NAMES):
        raise ValueError(f"its signals are not those that are measured: {', '.join(sorted(set(rows) ^ set(NAMES)))}")
    spreads = {name: _number(rows[name]["spread"]) for name in NAMES}
    if min(spreads.values()) <= 0:
        raise ValueError("a spread is not larger than 0")
    return Confidence(
        fingerprint=str(read["embedder"]),
        fitted=str(read["fitted"]),
        weights=MappingProxyType({name: _number(rows[name]["weight"]) for name in NAMES}),
        means=MappingProxyType({name: _number(rows[name]["mean"]) for name in NAMES}),
        spreads=MappingProxyType(spreads),
        intercept=_number(read["intercept"]),
        least=MappingProxyType({str(lang): _share(value) for lang, value in read["least"].items()}),
        least_otherwise=_share(read["least_otherwise"]),
    )


def _number(found: object) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not isfinite(found):
        raise ValueError(f"{found!r} is no number")
    return float(found)


def _share(found: object) -> float:
    if not 0 <= _number(found) <= 1:
        raise ValueError(f"{found!r} is not between 0 and 1")
    return _number(found)
