import pytest

from app.risk_plot import draw
from generation.answer_metrics import operating_point, risk_coverage
from index.errors import UserFacingError

CONFIDENCES, WRONG = [0.9, 0.8, 0.7, 0.6], [False, False, True, True]


def test_the_curve_is_drawn_as_png(tmp_path):
    path = tmp_path / "curve.png"
    draw(risk_coverage(CONFIDENCES, WRONG), path, point=operating_point(CONFIDENCES, WRONG, target=0.1))
    assert path.read_bytes().startswith(b"\x89PNG\r\n")


def test_without_confidence_nothing_is_drawn(tmp_path):
    with pytest.raises(UserFacingError, match="calibrate the index first"):
        draw(None, tmp_path / "curve.png")
    with pytest.raises(UserFacingError, match="cannot be written"):
        draw(risk_coverage(CONFIDENCES, WRONG), tmp_path / "none" / "curve.png")
