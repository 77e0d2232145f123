"""The rows of a measurement of answers on disk: written as they come, so that a run that was stopped goes on."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from generation.answer_evaluation import AnswerRow
from index.errors import UserFacingError


@dataclass(frozen=True, slots=True)
class Setup:
    """What the rows of a file rest on; rows of another set-up are not mixed with them."""

    release: str
    embedder: str
    questions: str
    writer: str
    k: int


class RowFile:
    """Rows as JSON Lines, written one by one, so that a run that was stopped goes on where it stopped.

    The first line is the set-up; every other is one row.
    """

    def __init__(self, path: Path, setup: Setup) -> None:
        self._path = path
        self._setup = setup

    def read(self) -> tuple[AnswerRow, ...]:
        """The rows of an earlier run; empty where there was none. A last line that was cut off is dropped.

        Raises:
            UserFacingError: the file is not one of these, or of another set-up.
        """
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise UserFacingError(f"{self._path} cannot be read ({error}); name another file.") from error
        rows: list[AnswerRow] = []
        for number, line in enumerate(lines, start=1):
            try:
                fields = json.loads(line)
                if number == 1:
                    self._compare(Setup(**fields["setup"]))
                else:
                    rows.append(_parse(fields))
            except (ValueError, KeyError, TypeError) as error:
                if number == len(lines) > 1:
                    self._write("".join(f"{kept}\n" for kept in lines[:-1]), mode="w")
                    break
                raise UserFacingError(f"{self._path}, line {number}: no row of answers ({error!r}).") from error
        return tuple(rows)

    def begin(self) -> None:
        """Starts the file anew.

        Raises:
            UserFacingError: it cannot be written.
        """
        self._write(json.dumps({"setup": asdict(self._setup)}, ensure_ascii=False) + "\n", mode="w")

    def add(self, row: AnswerRow) -> None:
        """Writes one row.

        Raises:
            UserFacingError: it cannot be written.
        """
        self._write(json.dumps(asdict(row), ensure_ascii=False) + "\n", mode="a")

    def _compare(self, other: Setup) -> None:
        if other != self._setup:
            differences = ", ".join(
                f"{name} {value!r} there and {asdict(self._setup)[name]!r} now"
                for name, value in asdict(other).items()
                if value != asdict(self._setup)[name]
            )
            raise UserFacingError(f"{self._path} holds answers of another set-up: {differences}; name another file.")

    def _write(self, text: str, *, mode: str) -> None:
        try:
            with self._path.open(mode, encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise UserFacingError(
                f"{self._path} cannot be written ({error.strerror}); name a file in a folder you own."
            ) from error


def _parse(fields: dict[str, Any]) -> AnswerRow:
    row = AnswerRow(**fields)
    return replace(
        row,
        relevant=tuple(row.relevant),
        cited=tuple(row.cited),
        found=tuple(row.found),
        degraded=tuple(row.degraded),
    )
