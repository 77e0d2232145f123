"""How a release becomes visible: written beside, synced, renamed, then named by CURRENT; one builder at a time."""

import fcntl
import os
import re
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from index.errors import ReleaseError
from index.whole_folder import sync

CURRENT = "CURRENT"
LOCK = "LOCK"
_NEXT_CURRENT = "CURRENT.next"
_WITHDRAWN = "withdrawn"
RELEASES = "releases"
BUILDING = "building"  # everything in it belongs to the builder that holds the lock

_RELEASE_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{16}")


class Disk:
    """The disk operations whose order the guarantees rest on; tests put one in its place that fails or records."""

    def make_folder(self, path: Path) -> None:
        """Creates a folder and those above it; one that is there is left alone."""
        path.mkdir(parents=True, exist_ok=True)

    def write(self, path: Path, content: bytes) -> None:
        """Writes a new file and syncs it."""
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def sync(self, path: Path) -> None:
        """Forces a file's content, or a folder's list of names, to the device."""
        sync(path)

    def rename(self, source: Path, target: Path) -> None:
        """Renames within one file system, replacing a file of that name in one step."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Removes a file or a whole folder; what is not there is left alone."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def is_release_id(name: str) -> bool:
    """Whether a name has the form of a release's id."""
    return _RELEASE_ID.fullmatch(name) is not None


def release_ids(index_dir: Path) -> tuple[str, ...]:
    """The releases in an index, oldest first (an id starts with its time, and no two share one)."""
    try:
        return tuple(sorted(entry.name for entry in (index_dir / RELEASES).iterdir() if is_release_id(entry.name)))
    except (FileNotFoundError, NotADirectoryError):
        return ()


def current_id(index_dir: Path) -> str | None:
    """The id of the published release; None where nothing was ever published.

    Raises:
        ReleaseError: CURRENT is there but does not hold an id.
    """
    path = index_dir / CURRENT
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ReleaseError(f"{path}: cannot be read: {error.strerror}") from error
    name = content.removesuffix(b"\n").decode("ascii", errors="replace")
    if not is_release_id(name) or len(content) != len(name) + 1:
        raise ReleaseError(f"{path}: damaged: it does not name a release;{other_releases(index_dir)}")
    return name


def set_current(index_dir: Path, release_id: str, *, disk: Disk) -> None:
    """Makes a release the published one, in one step; when this fails, the one published before is so still."""
    before = current_id_or_none(index_dir)
    beside = index_dir / _NEXT_CURRENT
    disk.remove(beside)
    try:
        disk.write(beside, f"{release_id}\n".encode("ascii"))
        disk.rename(beside, index_dir / CURRENT)
        try:
            disk.sync(index_dir)
        except OSError:
            # The new name may not outlive a power cut: put the old one back, so that "failed" is the truth.
            if before is None:
                (index_dir / CURRENT).unlink()
            else:
                beside.write_bytes(f"{before}\n".encode("ascii"))
                beside.replace(index_dir / CURRENT)
            raise
    finally:
        beside.unlink(missing_ok=True)


def current_id_or_none(index_dir: Path) -> str | None:
    """`current_id`, and None where CURRENT is damaged too."""
    try:
        return current_id(index_dir)
    except ReleaseError:
        return None


def publish(folder: Path, index_dir: Path, release_id: str, *, disk: Disk) -> Path:
    """Moves a complete, synced folder among the releases and makes it the current one.

    When this fails, the release that was published before is published still, and the new one is back in `folder`.

    Args:
        folder: on the file system of `index_dir`; its files and subfolders are synced already.
        index_dir: the index.
        release_id: the new release's id.
        disk: carries the operations out.

    Returns:
        The release's folder.
    """
    releases = index_dir / RELEASES
    disk.make_folder(releases)
    disk.sync(index_dir)
    target = releases / release_id
    disk.rename(folder, target)
    try:
        disk.sync(releases)
        set_current(index_dir, release_id, disk=disk)
    except BaseException:
        if current_id_or_none(index_dir) != release_id:
            target.replace(folder)  # whole, out of sight; the builder clears it away
        raise
    return target


def other_releases(index_dir: Path, name: str | None = None) -> str:
    """What to do where the published release cannot be used."""
    others = [other for other in release_ids(index_dir) if other != name]
    fix = f" `lexcite releases rollback {others[-1]}` goes back to that release, or" if others else ""
    return f"{fix} run build-index again"


def clear_leftovers(index_dir: Path, *, disk: Disk) -> None:
    """Removes what a builder that died left half-done, for who holds the lock; the vectors it computed stay."""
    disk.remove(index_dir / _NEXT_CURRENT)
    disk.remove(staging_folder(index_dir))
    disk.remove(index_dir / BUILDING / _WITHDRAWN)


def withdraw(index_dir: Path, release_id: str, *, disk: Disk) -> None:
    """Removes a release that is not the published one: out of sight in one step, for a kill may come."""
    target = index_dir / BUILDING / _WITHDRAWN / release_id
    disk.make_folder(target.parent)
    disk.rename(index_dir / RELEASES / release_id, target)
    disk.sync(index_dir / RELEASES)
    disk.remove(target.parent)


def staging_folder(index_dir: Path) -> Path:
    """Where a release is written before it is one."""
    return index_dir / BUILDING / "release"


@contextmanager
def builder_lock(index_dir: Path, *, disk: Disk) -> Iterator[None]:
    """Holds the right to write to an index.

    The kernel frees the lock when its holder dies, however it dies: what LOCK says is for people, never trusted.

    Raises:
        ReleaseError: someone else holds it.
    """
    new = [folder for folder in (index_dir, *index_dir.parents) if not folder.exists()]
    disk.make_folder(index_dir)
    for folder in new:
        disk.sync(folder.parent)
    path = index_dir / LOCK
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 500).decode(errors="replace").strip() or "another process"
            raise ReleaseError(f"{index_dir}: {holder} is writing to this index; wait for it to end") from error
        started = datetime.now(UTC).isoformat(timespec="seconds")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()} since {started}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)  # frees the lock; the file stays, for removing it would let two builders lock two files


@contextmanager
def disk_errors_told(index_dir: Path) -> Iterator[None]:
    """Tells a failing disk in one line."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise ReleaseError(
            f"{index_dir}: cannot be written ({error}): see that there is room and permission, then build again;"
            f" what was published before is published still"
        ) from error
