"""JSON Lines from disk: plain or compressed, each line with the number an editor shows, every fault with its fix."""

import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from index.errors import UserFacingError


def numbered_lines(path: Path, *, error: type[UserFacingError], what: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, without surrounding space, numbered from 1.

    Args:
        path: UTF-8, with or without a byte order mark; plain or ending in `.gz` or `.xz`.
        error: raised, naming file and line, where the file cannot be read.
        what: what the file should hold, for that message: "labelled questions".
    """
    try:
        with _open(path) as file:
            for number, raw in enumerate(file, start=1):
                try:
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                except UnicodeDecodeError as fault:
                    raise error(
                        f"{path}, line {number}: not UTF-8 (its byte {fault.start + 1}); save the file as UTF-8."
                    ) from fault
                if line:
                    yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as fault:
        raise error(f"{path} is damaged or not compressed as its name says ({fault}); copy it again.") from fault
    except OSError as fault:
        raise error(f"{path} cannot be read ({fault.strerror}); give a file of {what}.") from fault


def _open(path: Path) -> BinaryIO:
    """The file's bytes, decompressed as its name says."""
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.open(path, "rb"))
    if path.suffix == ".xz":
        return cast(BinaryIO, lzma.open(path, "rb"))
    return path.open("rb")
