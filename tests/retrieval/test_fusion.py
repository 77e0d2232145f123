"""Fusing scores, and calibrations on disk."""

import json

import numpy as np
import pytest

from retrieval.fusion import (
    DEFAULT_CALIBRATION,
    Arm,
    Calibration,
    CalibrationError,
    Candidates,
    calibration_path,
    fused_scores,
    read_calibration,
    write_calibration,
)

FINGERPRINT = "0123456789abcdef"


def candidates(dense=None, lexical=None):
    arms = [
        None if scores is None else Arm(np.array(scores), mean, spread) for scores, mean, spread in (dense, lexical)
    ]
    return Candidates(rows=np.arange(3), dense=arms[0], lexical=arms[1])


def test_scores_are_weighted_in_standard_deviations_of_the_rivals():
    found = candidates(dense=([0.9, 0.8, 0.7], 0.8, 0.1), lexical=([0.0, 6.0, 2.0], 2.0, 4.0))
    # Standardised: dense 1, 0, -1; lexical -.5, 1, 0.
    assert fused_scores(found, 0.5) == pytest.approx([0.25, 0.5, -0.5], abs=1e-12)
    assert fused_scores(found, 0.8) == pytest.approx([0.7, 0.2, -0.8], abs=1e-12)


def test_an_arm_without_spread_says_nothing():
    found = candidates(dense=([0.9, 0.8, 0.7], 0.8, 0.1), lexical=([3.0, 3.0, 3.0], 3.0, 0.0))
    assert fused_scores(found, 0.5) == pytest.approx([0.5, 0.0, -0.5], abs=1e-12)


def test_an_arm_alone_keeps_its_own_scores_whatever_the_share():
    assert list(fused_scores(candidates(dense=([0.9, 0.8, 0.7], 0.8, 0.1), lexical=(None, 0, 0)), 0.2)) == [
        0.9,
        0.8,
        0.7,
    ]
    assert list(fused_scores(candidates(dense=(None, 0, 0), lexical=([1.0, 0.0, 2.0], 1, 1)), 0.9)) == [1.0, 0.0, 2.0]


def test_no_candidates_have_no_scores():
    assert len(fused_scores(Candidates(rows=np.empty(0, dtype=np.int64), dense=None, lexical=None), 0.5)) == 0


def test_share_goes_by_language_and_else_by_the_rest():
    calibration = Calibration(shares={"es": 0.7, "vi": 0.0}, otherwise=0.4)
    assert [calibration.share(lang) for lang in ("es", "vi", "en", None)] == [0.7, 0.0, 0.4, 0.4]


def test_a_calibration_is_read_as_it_was_written(tmp_path):
    calibration = Calibration(shares={"es": 0.7, "vi": 0.0}, otherwise=0.4)
    write_calibration(tmp_path, FINGERPRINT, calibration)
    assert read_calibration(tmp_path, FINGERPRINT) == calibration
    assert [path.name for path in (tmp_path / "calibration").iterdir()] == [f"{FINGERPRINT}.json"]


def test_another_embedder_has_another_calibration_and_none_is_the_default(tmp_path):
    write_calibration(tmp_path, FINGERPRINT, Calibration(shares={}, otherwise=0.1))
    assert read_calibration(tmp_path, "f" * 16) == DEFAULT_CALIBRATION


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"format": 1}',
        '{"format": 2, "shares": {}, "otherwise": 0.5}',
        '{"format": 1, "shares": [], "otherwise": 0.5}',
        '{"format": 1, "shares": {"es": 1.5}, "otherwise": 0.5}',
        '{"format": 1, "shares": {"es": true}, "otherwise": 0.5}',
        '{"format": 1, "shares": {"es": NaN}, "otherwise": 0.5}',
        '{"format": 1, "shares": {}, "otherwise": "half"}',
        "\xff",
    ],
)
def test_a_damaged_calibration_is_named(tmp_path, content):
    path = calibration_path(tmp_path, FINGERPRINT)
    path.parent.mkdir()
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(
        CalibrationError, match=r"is not a calibration \(.*\); remove it, or calibrate again\.$"
    ) as caught:
        read_calibration(tmp_path, FINGERPRINT)
    assert str(path) in str(caught.value)


def test_a_calibration_that_cannot_be_written_or_read_is_named(tmp_path):
    (tmp_path / "calibration").write_text("in the way")
    with pytest.raises(CalibrationError, match="cannot be written"):
        write_calibration(tmp_path, FINGERPRINT, DEFAULT_CALIBRATION)
    with pytest.raises(CalibrationError, match="cannot be read"):
        read_calibration(tmp_path, FINGERPRINT)


def test_the_file_is_plain_json_that_a_person_can_read(tmp_path):
    write_calibration(tmp_path, FINGERPRINT, Calibration(shares={"es": 0.7}, otherwise=0.5))
    written = json.loads(calibration_path(tmp_path, FINGERPRINT).read_text("utf-8"))
    assert written == {"format": 1, "shares": {"es": 0.7}, "otherwise": 0.5}
