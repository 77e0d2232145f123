"""Opening a law source: gzip and xz are seen through, and a small file can never become an endless one."""

import gzip
import io
import json
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from index.errors import CorpusError

HEAD = 1 << 16  # bytes an importer may look at to recognise its format

# Statutes compress about 6-fold with gzip, and 50-fold with xz where many versions of one law follow each other
# (BCN-5605: 94 kB to 4.4 MB). A file that promises more than both bounds is a bomb, not a law.
_ALWAYS_ALLOWED = 64 << 20  # bytes
_MOST_FOLD = 100
_LONGEST_LINE = 16 << 20  # bytes

UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # its byte order marks
# What Python's parser says, in words for whoever repairs the file; by the beginning of its message.
_JSON_FAULTS = {
    "Expecting ','": "a comma or a closing bracket is missing",
    "Expecting ':'": "a colon is missing after a key",
    "Expecting property name": "a key in double quotes is missing",
    "Expecting value": "a value is missing",
    "Illegal trailing comma": "a comma stands before a closing bracket",
    "Unterminated string": "a text has no closing quotation mark",
    "Invalid control character": "a text holds a bare line break or tab, which JSON writes as \\n or \\t",
    "Invalid \\": "a backslash in a text stands for nothing",
    "Extra data": "more stands behind the end of the object",
}

_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\x00"


class _Bounded(io.RawIOBase):
    """A readable stream that raises `CorpusError` once more than `limit` bytes came out of it."""

    def __init__(self, stream: gzip.GzipFile | lzma.LZMAFile, *, path: Path, limit: int) -> None:
        self._stream = stream
        self._path = path
        self._limit = limit
        self._seen = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # typeshed has no public Buffer before 3.12
        block = self._stream.read(len(view))
        self._seen += len(block)
        if self._seen > self._limit:
            raise CorpusError(
                f"{self._path}: unpacks to more than {self._limit >> 20} MiB, {_MOST_FOLD} times its size; "
                "this is no law source (unpack it yourself if it really is one)"
            )
        view[: len(block)] = block
        return len(block)


def compression(path: Path) -> str | None:
    """`"gzip"`, `"xz"` or None, by the first bytes of the file and not by its name.

    Raises:
        CorpusError: the file cannot be read.
    """
    with _explained(path), path.open("rb") as file:
        magic = file.read(6)
    if magic.startswith(_GZIP):
        return "gzip"
    return "xz" if magic == _XZ else None


@contextmanager
def open_source(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a source, unpacked where it is gzip or xz.

    Raises:
        CorpusError: the file is missing, unreadable, damaged, or unpacks to far more than a law can.
    """
    packed = compression(path)
    with _explained(path), path.open("rb") as file:
        if packed is None:
            yield file
            return
        limit = max(_ALWAYS_ALLOWED, _MOST_FOLD * path.stat().st_size)
        with gzip.GzipFile(fileobj=file) if packed == "gzip" else lzma.LZMAFile(file) as unpacked:
            yield io.BufferedReader(_Bounded(unpacked, path=path, limit=limit))


def head_of(path: Path) -> bytes:
    """The first `HEAD` bytes of a source, unpacked."""
    with open_source(path) as stream:
        return stream.read(HEAD)


def bytes_of(path: Path) -> bytes:
    """The whole of a source, unpacked, for formats that cannot be read line by line.

    Raises:
        CorpusError: as `open_source`, or the source is larger than 64 MiB.
    """
    with open_source(path) as stream:
        content = stream.read(_ALWAYS_ALLOWED + 1)
    if len(content) > _ALWAYS_ALLOWED:
        raise CorpusError(f"{path}: larger than {_ALWAYS_ALLOWED >> 20} MiB; split it into one file per law")
    return content


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 source with their numbers from 1, without line ends and byte order mark.

    Raises:
        CorpusError: as `open_source`; a line that is not UTF-8, with its number and how to convert the file.
    """
    with open_source(path) as stream:
        number = 0
        while line := stream.readline(_LONGEST_LINE):
            number += 1
            if len(line) == _LONGEST_LINE:
                raise CorpusError(
                    f"{path}, line {number}: longer than {_LONGEST_LINE >> 20} MiB; JSON Lines need one object a line"
                )
            text = decoded(line, path=path, first_line=number).rstrip("\r\n")
            yield number, text.removeprefix("\ufeff") if number == 1 else text


def decoded(content: bytes, *, path: Path, first_line: int = 1) -> str:
    """`content` as UTF-8.

    Raises:
        CorpusError: names the line that is not UTF-8 and the command that converts the file.
    """
    if first_line == 1 and content.startswith(UTF_16):
        raise CorpusError(f"{path}, line 1: UTF-16, not UTF-8; convert it: iconv -f UTF-16 -t UTF-8 {path.name} > NEW")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first_line + content.count(b"\n", 0, error.start)
        raise CorpusError(
            f"{path}, line {line}: byte 0x{content[error.start]:02X} is not UTF-8, the file looks like Latin-1; "
            f"convert it: iconv -f ISO-8859-1 -t UTF-8 {path.name} > NEW"
        ) from error


def not_json(error: json.JSONDecodeError) -> str:
    """Why a line or file is not JSON, for people: "not JSON (a colon is missing after a key, at character 6)"."""
    reason = next((plain for said, plain in _JSON_FAULTS.items() if error.msg.startswith(said)), error.msg)
    return f"not JSON ({reason}, at character {error.colno})"


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns what the system and the decompressors raise into one line for the reader."""
    try:
        yield
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise CorpusError(f"{path}: the compressed file is damaged ({error}); fetch it again") from error
    except FileNotFoundError as error:
        raise CorpusError(f"{path}: there is no such file") from error
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror or error})") from error
