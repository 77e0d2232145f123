"""Pictures of measurements: a PNG with a panel for each thing that was measured."""

import struct

import pytest

pytest.importorskip("matplotlib")

from index.errors import UserFacingError
from retrieval.breakdown import by_length
from retrieval.comparison import differences
from retrieval.evaluation import Row, report_of
from retrieval.metrics import CARD_METRICS
from retrieval.plots import Picture, draw
from retrieval.questions import Question


def report(mode, *firsts):
    rows = []
    for place, first in enumerate(firsts):
        question = Question(id=f"q{place}", text=f"question {place}", relevant=("a",))
        found = ("a", "b") if first else ("b", "a")
        rows.append(Row(question, found, tuple(metric(found, ("a",)) for metric in CARD_METRICS), 0.0))
    return report_of(mode, [metric.name for metric in CARD_METRICS], rows)


BASE, TUNED = report("base", True, False, False), report("tuned", True, True, False)


def size(path):
    """Width and height, from the header (PNG specification, 11.2.2)."""
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", content[16:24])


def test_each_measurement_has_its_panel(tmp_path):
    path = tmp_path / "plot.png"
    parts = [
        {"reports": (BASE, TUNED)},
        {"dimensions": (("base", ((64, BASE), (32, TUNED))), ("tuned", ((64, TUNED), (32, BASE))))},
        {"differences": ("tuned - base", differences(BASE, TUNED))},
        {"breakdowns": (by_length(BASE),)},
    ]
    heights = []
    for part in parts:
        draw(Picture(title="three questions", **part), path)
        heights.append(size(path)[1])
    draw(Picture(title="three questions", **{key: value for part in parts for key, value in part.items()}), path)
    width, height = size(path)
    assert width == 960
    assert height == pytest.approx(sum(heights), abs=4)


def test_the_same_figures_give_the_same_bytes(tmp_path):
    for name in ("one.png", "two.png"):
        draw(Picture(title="three questions", reports=(BASE,)), tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_a_picture_that_cannot_be_written_is_an_error_for_the_reader(tmp_path):
    with pytest.raises(UserFacingError, match="cannot be written"):
        draw(Picture(title="", reports=(BASE,)), tmp_path / "no folder" / "plot.png")
