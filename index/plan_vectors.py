"""The vectors of a plan: those at hand are reused, the others are embedded once and kept as they come."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.checkpoint import Checkpoint
from index.embedding import Embedder
from index.errors import EmbedderError, ReleaseError
from index.planning import Plan
from index.progress import BuildProgress, EmbeddingProgress
from index.publishing import BUILDING, Disk, disk_errors_told
from index.release import VECTORS, Release

_CHUNK = 512  # passages between two checkpoints: half a minute of a small model on two cores
_UNIT_NORM = 1e-3  # largest distance of a vector's norm from 1

VectorReader = Callable[[Path, NDArray[np.int64]], NDArray[np.float32]]


def plan_vectors(
    plan: Plan,
    live: Release | None,
    *,
    index_dir: Path,
    embedder: Embedder,
    read_vectors: VectorReader,
    on_progress: Callable[[BuildProgress], None],
    warn: Callable[[str], None],
    disk: Disk,
) -> tuple[NDArray[np.float32], int]:
    """The vectors of a plan's passages (n, dimension) float32, and how many of them were embedded now.

    Raises:
        EmbedderError: the embedder's vectors break its contract.
        ReleaseError: the disk fails.
    """
    vectors = np.empty((len(plan.keys), embedder.dimension), dtype=np.float32)
    missing: dict[bytes, int] = {}  # key -> the first of the rows that have it
    first_rows = np.array([missing.setdefault(key, row) for row, key in enumerate(plan.keys)], dtype=np.int64)
    if live is not None and live.manifest.embedder_fingerprint == embedder.fingerprint:
        try:
            _reuse(live, read_vectors, missing, vectors)
        except ReleaseError as error:
            warn(f"the vectors of the last release cannot be used, all are computed anew: {error}")
    folder = index_dir / BUILDING / f"{embedder.fingerprint}-{embedder.dimension}"
    checkpoint = Checkpoint(folder, dimension=embedder.dimension, disk=disk)
    with disk_errors_told(index_dir):
        kept = checkpoint.load()
    for key in kept.keys() & missing.keys():
        vectors[missing.pop(key)] = kept[key]

    todo = sorted(missing.values())
    progress = EmbeddingProgress(plan, todo, on_progress)
    for start in range(0, len(todo), _CHUNK):
        rows = todo[start : start + _CHUNK]
        progress.reach(start)
        new = embedder.embed_passages([plan.texts[row] for row in rows], on_progress=progress.add)
        _check_vectors(new, (len(rows), embedder.dimension))
        if len(todo) > _CHUNK:  # a build of one chunk has nothing to resume
            with disk_errors_told(index_dir):
                checkpoint.add([plan.keys[row] for row in rows], new)
        vectors[rows] = new
    progress.reach(len(todo))
    repeated = np.flatnonzero(first_rows != np.arange(len(first_rows)))
    vectors[repeated] = vectors[first_rows[repeated]]
    return vectors, len(todo)


def _reuse(live: Release, read_vectors: VectorReader, missing: dict[bytes, int], vectors: NDArray[np.float32]) -> None:
    """Fills in the vectors that the published release has, and takes their keys out of `missing`."""
    stored = {key: row for row, key in enumerate(_as_bytes(live.passage_keys())) if key in missing}
    if stored:
        found = read_vectors(live.file(VECTORS), np.fromiter(stored.values(), dtype=np.int64))
        _check_vectors(found, (len(stored), vectors.shape[1]))
        vectors[[missing.pop(key) for key in stored]] = found


def _check_vectors(vectors: NDArray[np.float32], shape: tuple[int, int]) -> None:
    """Refuses what the numeric contract of `Embedder` rules out; not a number fails every comparison."""
    if vectors.shape != shape or vectors.dtype != np.float32:
        raise EmbedderError(f"the embedder gave vectors {vectors.dtype}{vectors.shape} instead of float32{shape}")
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    wrong = np.flatnonzero(~(np.abs(norms - 1.0) <= _UNIT_NORM))
    if len(wrong):
        raise EmbedderError(
            f"the embedder gave a vector of length {norms[wrong[0]]} instead of 1: nothing was published"
        )


def _as_bytes(keys: NDArray[np.uint8]) -> Iterator[bytes]:
    content = keys.tobytes()
    return (content[start : start + 32] for start in range(0, len(content), 32))
