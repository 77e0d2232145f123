"""The course of a training as a picture: its loss, and the figure by which checkpoints were chosen."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def plot_training(log: Sequence[Mapping[str, Any]], path: Path, *, base: float) -> None:
    """Draws a PNG.

    Args:
        log: entries with `step` and `loss`, or with `step` and `ndcg@10`.
        path: the file.
        base: the figure before training.
    """
    figure = Figure(figsize=(8, 5), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True)
    losses = [(entry["step"], entry["loss"]) for entry in log if "loss" in entry]
    evaluations = [(0, base), *((entry["step"], entry["ndcg@10"]) for entry in log if "ndcg@10" in entry)]
    above.plot([step for step, _ in losses], [loss for _, loss in losses], color="#1f5a96")
    above.set_ylabel("training loss")
    below.plot([step for step, _ in evaluations], [value for _, value in evaluations], "o-", color="#2c7a3f")
    below.axhline(base, color="#777777", linestyle="--", linewidth=1, label="base")
    below.set_ylabel("nDCG@10 on the dev questions")
    below.set_xlabel("step")
    below.legend(loc="lower right")
    for axes in (above, below):
        axes.grid(visible=True, alpha=0.3)
    figure.savefig(path, format="png", metadata={"Software": None})
