"""Folders that are there whole or not at all: written beside their place, flushed to the disk, renamed."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """An empty folder to write into, which takes the name `folder` when the block ends without an exception.

    What stood there before stays until then. A kill at any moment leaves nothing half under the name. One maker at a
    time: what an earlier, killed one left behind belongs to nobody and is removed (`one_maker`).
    """
    partial, outdated = (folder.with_name(f".{folder.name}.{state}") for state in ("partial", "outdated"))
    for left_behind in (partial, outdated):
        if left_behind.exists():
            shutil.rmtree(left_behind)
    partial.mkdir()
    try:
        yield partial
        sync_tree(partial)
        if folder.exists():
            folder.rename(outdated)
        partial.rename(folder)
        sync(folder.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    shutil.rmtree(outdated, ignore_errors=True)


@contextmanager
def one_maker(folder: Path) -> Iterator[None]:
    """Waits until no other process makes this folder; the system frees the lock of one that died."""
    with folder.with_name(f".{folder.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def sync_tree(folder: Path) -> None:
    """Asks the disk to keep every file below a folder, then the folders that name them, innermost first."""
    for path in sorted(folder.rglob("*"), key=lambda path: len(path.parts), reverse=True):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Asks the disk to keep a file's content, or a folder's list of names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
