"""How much the dense and the lexical arm count: their fusion, and the shares that were measured for each language."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import UserFacingError

# A score means something only against its rivals: e5's cosines of unrelated texts crowd near .75, and BM25 grows with
# the question. The best hundred are the rivals: with 10 of them fusion lost .005 to .016 nDCG@10 on the train
# questions, with 1,000 up to .009.
RIVALS = 100

_FORMAT = 1


class CalibrationError(UserFacingError):
    """A calibration file that cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Arm:
    """What one arm says of the candidates.

    Attributes:
        scores: (c,) float64, one for each candidate.
        mean, spread: mean and standard deviation of the scores of the arm's own best `RIVALS` passages.
    """

    scores: NDArray[np.float64]
    mean: float
    spread: float

    def standardised(self) -> NDArray[np.float64]:
        """The scores in standard deviations from the mean of the rivals; 0 where all of them are equal."""
        return (self.scores - self.mean) / self.spread if self.spread > 0 else np.zeros_like(self.scores)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages that either arm found for one question.

    Attributes:
        rows: (c,) int64, rising.
        dense: cosines with the question; None where that arm was not asked.
        lexical: BM25 scores, 0 where no word is shared; None where that arm was not asked, or knows no word of it.
    """

    rows: NDArray[np.int64]
    dense: Arm | None
    lexical: Arm | None


def fused_scores(candidates: Candidates, share: float) -> NDArray[np.float64]:
    """The score of each candidate: the weighted mean of both arms' standardised scores, (c,).

    Fusing scores rather than ranks follows Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
    Retrieval", ACM TOIS 42(1), 2023. An arm that has nothing to say leaves the other's own scores.

    Args:
        candidates: found by at least one arm.
        share: of the dense arm, in [0, 1].
    """
    dense, lexical = candidates.dense, candidates.lexical
    if dense is None or lexical is None:
        alone = dense or lexical
        return np.empty(0) if alone is None else alone.scores
    return share * dense.standardised() + (1 - share) * lexical.standardised()


@dataclass(frozen=True, slots=True)
class Calibration:
    """The share of the dense arm, by the language of the question: 1 is the dense arm alone, 0 the lexical arm alone.

    Attributes:
        shares: by ISO 639-1 code, each in [0, 1].
        otherwise: for every other language.
        measured: for the reader of the file: by language, what the share rests on, see `Tuned.to_json`.
    """

    shares: Mapping[str, float]
    otherwise: float
    measured: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)

    def share(self, lang: str | None) -> float:
        """The share for a question in `lang`; None where its language is unknown."""
        return self.otherwise if lang is None else self.shares.get(lang, self.otherwise)


# Half and half for every language. With the packaged e5-small without its adapter, nDCG@10 of the train questions at
# shares 0 (lexical alone), .3, .5, .7 and 1 (dense alone), each on its own corpus, by `tuning.py`:
#     vi_alqac    474 questions   .907  .927  .934  .923  .862
#     es_justicio 378 questions   .913  .948  .961  .953  .888
#     en_pdpa     399 questions   .688  .740  .749  .741  .679
# The best share lies between .45 and .55 in all three, so there is no better guess for a language or a model that
# nobody has measured. Reciprocal ranks instead of scores gave .915, .946 and .738 at their best (constants 10, 60).
DEFAULT_CALIBRATION = Calibration(shares=MappingProxyType({}), otherwise=0.5)


def calibration_path(index_dir: Path, fingerprint: str) -> Path:
    """Where the calibration of an index for one embedder lies; beside the releases, for it is tuned after them."""
    return index_dir / "calibration" / f"{fingerprint}.json"


def read_calibration(index_dir: Path, fingerprint: str) -> Calibration:
    """The calibration of an index for the embedder with this fingerprint; the default one where nobody tuned it.

    Raises:
        CalibrationError: the file is there and is not a calibration.
    """
    path = calibration_path(index_dir, fingerprint)
    try:
        return _parse(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return DEFAULT_CALIBRATION
    except OSError as error:
        raise CalibrationError(
            f"{path} cannot be read ({error.strerror}); mend its permissions or remove it."
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CalibrationError(f"{path} is not a calibration ({error}); remove it, or calibrate again.") from error


def write_calibration(index_dir: Path, fingerprint: str, calibration: Calibration) -> None:
    """Puts a calibration in its place, whole or not at all.

    Raises:
        CalibrationError: it cannot be written.
    """
    path = calibration_path(index_dir, fingerprint)
    fields: dict[str, Any] = {"format": _FORMAT, "shares": dict(calibration.shares), "otherwise": calibration.otherwise}
    if calibration.measured:
        fields["measured"] = {lang: dict(one) for lang, one in calibration.measured.items()}
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(fields, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise CalibrationError(
            f"{path} cannot be written ({error.strerror}); make room or mend permissions."
        ) from error


def _parse(fields: object) -> Calibration:
    """A calibration from its JSON; ValueError, KeyError or TypeError where it is none."""
    if not isinstance(fields, dict) or not isinstance(fields["shares"], dict):
        raise TypeError("no object with format, shares and otherwise")
    if fields["format"] != _FORMAT:
        raise ValueError(f"format {fields['format']}, but this lexcite reads {_FORMAT}")
    measured = fields.get("measured", {})
    if not isinstance(measured, dict) or not all(isinstance(one, dict) for one in measured.values()):
        raise TypeError("measured is no object of objects")
    shares = {lang: _share(lang, share) for lang, share in fields["shares"].items()}
    otherwise = _share("otherwise", fields["otherwise"])
    return Calibration(shares=MappingProxyType(shares), otherwise=otherwise, measured=MappingProxyType(measured))


def _share(name: str, found: object) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 1:
        raise ValueError(f"{name}: {found!r} is not a share between 0 and 1")
    return float(found)
