"""Results on stdout, progress on stderr."""

import json
import sys
from dataclasses import dataclass, field
from time import monotonic


def show(text: str) -> None:
    """Writes a result."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def show_json(value: object) -> None:
    """Writes a result for a machine."""
    show(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str) -> None:
    """Tells the person at the terminal what goes on."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@dataclass(slots=True)
class ProgressBar:
    """One line that is drawn over on a terminal, and written now and then elsewhere."""

    label: str
    width: int = 28
    _drawn: float = field(default=float("-inf"))

    def update(self, done: int, total: int, *, per_second: float, seconds_left: float | None) -> None:
        """Draws the state: how many of how many, how fast, how long still."""
        terminal = sys.stderr.isatty()
        now = monotonic()
        if done < total and now - self._drawn < (0.1 if terminal else 10.0):
            return
        self._drawn = now
        filled = self.width * done // max(total, 1)
        left = "" if seconds_left is None else f", {_duration(seconds_left)} left"
        line = f"{self.label} [{'#' * filled}{'.' * (self.width - filled)}] {done}/{total}, {per_second:.1f}/s{left}"
        sys.stderr.write(f"\r\x1b[K{line}" if terminal else f"{line}\n")
        if terminal and done >= total:
            sys.stderr.write("\n")
        sys.stderr.flush()


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60} s"
