"""Vectors computed by a build that has not ended: kept in chunks, so that a killed build embeds nothing twice."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.publishing import Disk

_KEY = 32  # bytes: the SHA-256 of the embedded text
_SUFFIX = ".vectors"


class Checkpoint:
    """A folder of chunks. A chunk is its keys, then its vectors, raw; its name is the hash of its content.

    A chunk that was torn, or damaged since, is not what its name says and is not used.
    """

    def __init__(self, folder: Path, *, dimension: int, disk: Disk) -> None:
        self._folder = folder
        self._dimension = dimension
        self._disk = disk

    def load(self) -> Mapping[bytes, NDArray[np.float32]]:
        """The vectors that were kept, by key; empty where there are none."""
        kept: dict[bytes, NDArray[np.float32]] = {}
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            content = path.read_bytes()
            count, rest = divmod(len(content), _KEY + 4 * self._dimension)
            if rest or _digest(content) != path.name.removesuffix(_SUFFIX):
                continue
            vectors = np.frombuffer(content, dtype="<f4", offset=count * _KEY).reshape(count, self._dimension)
            kept |= {content[row * _KEY : (row + 1) * _KEY]: vectors[row] for row in range(count)}
        return kept

    def add(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Keeps the vectors (len(keys), dimension); when this returns they survive a crash."""
        content = b"".join(keys) + np.ascontiguousarray(vectors, dtype="<f4").tobytes()
        self._disk.make_folder(self._folder)
        path = self._folder / f"{_digest(content)}{_SUFFIX}"
        beside = path.with_suffix(".part")
        self._disk.remove(beside)
        try:
            self._disk.write(beside, content)
            self._disk.rename(beside, path)
        finally:
            beside.unlink(missing_ok=True)
        self._disk.sync(self._folder)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
