"""The one file in which the packaged multilingual-e5-small travels: geometry, tokenizer pieces, tensors in 4 bits.

Little-endian throughout, in this order:

    "E5S1", uint32 version
    int32 x 7        hidden, layers, heads, feed-forward, vocabulary, positions, token types
    float32          layer-norm epsilon
    int32            values in a block (32)
    int32            n, the number of pieces
    int32 x 4        ids of the begin, end, padding and unknown pieces
    uint64           bytes of the blob
    uint32 x (n+1)   where each piece starts in the blob, and where the last ends
    float32 x n      log probability of each piece
    bytes            the blob: pieces in UTF-8
    int32, uint32    entries and bytes of a normaliser table, and the table (not used: NFKC does its work)
    int32            number of tensors, and for each:
                     uint16 name length, name, uint8 kind, uint32 values, uint64 offset, uint64 bytes

A tensor of kind 0 holds float32. A tensor of kind 1 holds blocks of 32 values in 18 bytes: a float16 scale, then 16
bytes whose low nibbles are values 0-15 and whose high nibbles are values 16-31; a value is (nibble - 8) x scale.
"""

import itertools
import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbedderError

_MAGIC = b"E5S1"
_FLOAT32, _FOUR_BIT = 0, 1
_BLOCK = 32  # values
_BLOCK_BYTES = 18


@dataclass(frozen=True, slots=True)
class Geometry:
    """The shape of a BERT encoder; counts, and the epsilon of its layer norms."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """The vocabulary of a Unigram tokenizer.

    Attributes:
        scored: each piece and its log probability; a piece's id is its position.
        begin, end, padding, unknown: ids of the special pieces.
    """

    scored: tuple[tuple[str, float], ...]
    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a tensor lies in the file."""

    kind: int
    values: int
    offset: int
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class PackedModel:
    """A model file, parsed; tensors are unpacked one at a time, when they are asked for."""

    path: Path
    geometry: Geometry
    pieces: Pieces
    _contents: bytes
    _places: dict[str, _Place]

    def tensor(self, name: str, *shape: int) -> NDArray[np.float32]:
        """One tensor in float32.

        Raises:
            EmbedderError: there is none of that name, it is not of that shape, or it holds infinity or NaN.
        """
        place = self._places.get(name)
        if place is None:
            raise _damaged(self.path, f"no tensor {name}")
        values = math.prod(shape)
        size = 4 * values if place.kind == _FLOAT32 else values // _BLOCK * _BLOCK_BYTES
        whole = place.kind == _FLOAT32 or values % _BLOCK == 0
        if not whole or (place.values, place.size) != (values, size):
            raise _damaged(self.path, f"tensor {name} holds {place.values} values in {place.size} bytes, not {shape}")
        if place.kind == _FLOAT32:
            plain = np.frombuffer(self._contents, "<f4", values, place.offset).reshape(shape).astype(np.float32)
            return self._finite(name, plain)
        blocks = np.frombuffer(self._contents, np.uint8, size, place.offset).reshape(-1, _BLOCK_BYTES)
        scales = self._finite(name, blocks[:, :2].copy().view("<f2").astype(np.float32))  # (blocks, 1)
        nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)  # (blocks, 32)
        return ((nibbles.astype(np.float32) - 8) * scales).reshape(shape)

    def _finite(self, name: str, numbers: NDArray[np.float32]) -> NDArray[np.float32]:
        if not np.all(np.isfinite(numbers)):
            raise _damaged(self.path, f"tensor {name} holds infinity or NaN")
        return numbers


def read(path: Path) -> PackedModel:
    """Parses a model file; every count and offset is checked against the file's length before it is used.

    Raises:
        EmbedderError: the file is not of this format, or it is damaged.
        OSError: it cannot be read.
    """
    contents = path.read_bytes()
    reader = _Reader(path, contents)
    if reader.take(4) != _MAGIC:
        raise _damaged(path, "it does not begin with E5S1")
    reader.number("I")
    hidden, layers, heads, feed_forward, vocabulary, positions, token_types = (reader.count() for _ in range(7))
    geometry = Geometry(hidden, layers, heads, feed_forward, vocabulary, positions, token_types, reader.real())
    if reader.number("i") != _BLOCK:
        raise _damaged(path, "its blocks do not hold 32 values")
    pieces = _read_pieces(reader)
    reader.count()
    reader.take(reader.number("I"))
    places = dict(_read_place(reader) for _ in range(reader.count()))
    return PackedModel(path, geometry, pieces, contents, places)


def _read_pieces(reader: "_Reader") -> Pieces:
    """The vocabulary, checked: offsets rise, text is UTF-8, the special ids exist."""
    n = reader.count()
    specials = [reader.count() for _ in range(4)]
    blob_size = reader.number("Q")
    offsets = np.frombuffer(reader.take(4 * (n + 1)), "<u4")
    scores = np.frombuffer(reader.take(4 * n), "<f4")
    blob = reader.take(blob_size)
    if np.any(np.diff(offsets.astype(np.int64)) < 0) or offsets[-1] > blob_size or max(specials) >= n:
        raise _damaged(reader.path, "its vocabulary points outside itself")
    if not np.all(np.isfinite(scores)):
        raise _damaged(reader.path, "its vocabulary has a score that is no number")
    try:
        texts = [blob[start:end].decode() for start, end in itertools.pairwise(offsets)]
    except UnicodeDecodeError as error:
        raise _damaged(reader.path, "a piece of its vocabulary is not UTF-8") from error
    return Pieces(tuple(zip(texts, scores.tolist(), strict=True)), *specials)


def _read_place(reader: "_Reader") -> tuple[str, _Place]:
    """One line of the tensor directory, checked to lie inside the file."""
    name = reader.take(reader.number("H")).decode("utf-8", "replace")
    place = _Place(*(reader.number(code) for code in "BIQQ"))
    if place.kind not in (_FLOAT32, _FOUR_BIT):
        raise _damaged(reader.path, f"tensor {name} is of the unknown kind {place.kind}")
    if place.offset + place.size > len(reader.contents):
        raise _damaged(reader.path, f"tensor {name} ends after the file")
    return name, place


class _Reader:
    """A position in the file that never passes its end."""

    def __init__(self, path: Path, contents: bytes) -> None:
        self.path = path
        self.contents = contents
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size > len(self.contents) - self._at:
            raise _damaged(self.path, f"it ends at byte {len(self.contents)}, {size} bytes are due at {self._at}")
        self._at += size
        return self.contents[self._at - size : self._at]

    def number(self, code: str) -> int:
        """The next integer of `struct` code B, H, I, Q or i."""
        (value,) = struct.unpack(f"<{code}", self.take(struct.calcsize(f"<{code}")))
        return int(value)

    def count(self) -> int:
        """The next int32, which may not be negative."""
        value = self.number("i")
        if value < 0:
            raise _damaged(self.path, f"a count before byte {self._at} is {value}")
        return value

    def real(self) -> float:
        """The next float32."""
        (value,) = struct.unpack("<f", self.take(4))
        return float(value)


def _damaged(path: Path, reason: str) -> EmbedderError:
    return EmbedderError(f"{path}: not a packaged embedder that lexcite can read ({reason}); delete it and run again")
