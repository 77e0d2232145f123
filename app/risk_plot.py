"""The risk-coverage curve as a PNG; the only module that imports matplotlib."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from generation.answer_metrics import OperatingPoint, RiskCoverage
from index.errors import UserFacingError


def draw(curve: RiskCoverage | None, path: Path, *, point: OperatingPoint | None = None) -> None:
    """Draws risk against coverage, with the operating point where there is one.

    Raises:
        UserFacingError: no answer has a confidence, or the file cannot be written.
    """
    if curve is None:
        raise UserFacingError("there is no risk-coverage curve: no answer has a confidence; calibrate the index first")
    figure = Figure(figsize=(6, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="coverage: share of the questions answered", ylabel="risk: share answered wrongly")
    axes.plot(curve.coverage, curve.risk, color="#1f4e79", label=f"area under the curve {curve.area:.3f}")
    if point is not None:
        label = f"confidence {point.threshold:.2f}"
        axes.plot([point.coverage], [point.risk], "o", color="#b03a2e", label=label)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, max(0.05, float(curve.risk.max()) * 1.05))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    try:
        figure.savefig(path, format="png", dpi=150)
    except OSError as error:
        raise UserFacingError(
            f"{path} cannot be written ({error.strerror}); name a file in a folder you own."
        ) from error
