"""The manifest of a release: what it holds and the SHA-256 of every file; the release's id is a hash of it."""

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from index.errors import ReleaseError

FORMAT = 2
MANIFEST = "manifest.json"

_STAMP = "%Y%m%dT%H%M%SZ"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What a file of a release must be: SHA-256 in hexadecimal, and size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release holds.

    Attributes:
        created: UTC, in whole seconds; at least one second after the release before it, even if the clock stepped back.
        embedder: the name by which people call the model.
        embedder_fingerprint: `Embedder.fingerprint` of the model that made the vectors.
        dimension: components of a vector.
        max_chars: the length at which passages were cut.
        laws, articles, versions, passages: how many of each.
        corpus_sha256: over every law, article, version, provision and reference between articles, in order.
        files: every file of the release but the manifest itself, by its path within the release ("lexical/vocab.json").
        format: version of the layout on disk.
    """

    created: datetime
    embedder: str
    embedder_fingerprint: str
    dimension: int
    max_chars: int
    laws: int
    articles: int
    versions: int
    passages: int
    corpus_sha256: str
    files: Mapping[str, FileEntry]
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """The content of `manifest.json`."""
        fields = {name: getattr(self, name) for name in (*_COUNTS, *_TEXTS)}
        fields["created"] = self.created.strftime(_STAMP)
        fields["files"] = {name: {"sha256": file.sha256, "size": file.size} for name, file in self.files.items()}
        return (json.dumps(fields, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


_COUNTS = ("format", "dimension", "max_chars", "laws", "articles", "versions", "passages")
_TEXTS = ("embedder", "embedder_fingerprint", "corpus_sha256")


def release_id(manifest: Manifest) -> str:
    """The id of the release: its time, so that ids sort, and a hash of its manifest, so that neither can change."""
    return _id(manifest.created.strftime(_STAMP), manifest.to_bytes())


def is_fingerprint(text: str) -> bool:
    """Whether a text has the form of an embedder's fingerprint; no manifest with another one can be read."""
    return _FINGERPRINT.fullmatch(text) is not None


def created_of(name: str) -> datetime:
    """The time that a release's id carries."""
    return datetime.strptime(name.partition("-")[0], _STAMP).replace(tzinfo=UTC)


def read_manifest(folder: Path) -> Manifest:
    """Reads and checks the manifest of the release in `folder`, which is named by its id.

    Raises:
        ReleaseError: it is missing, of another format version, or not the one that the id was made from.
    """
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReleaseError(f"{path}: cannot be read: {error.strerror}") from error
    if _id(folder.name.partition("-")[0], content) != folder.name:
        raise ReleaseError(f"{path}: damaged: it is not the manifest that this release was published with")
    try:
        fields = json.loads(content)
        found = fields["format"]
        if found != FORMAT:
            raise ReleaseError(f"{path}: format version {found}, but this lexcite reads {FORMAT}: rebuild the index")
        return _parse(fields)
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseError(f"{path}: not a manifest: {error}") from error


def check_names(folder: Path, manifest: Manifest) -> None:
    """Compares the names in a release's folder with the manifest.

    Raises:
        ReleaseError: a file is missing, one is there too many, or one is a link.
    """
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
    extra = sorted(found - set(manifest.files) - {MANIFEST})
    missing = sorted(set(manifest.files) - found)
    if extra or missing:
        what, name = ("was not published with it", extra[0]) if extra else ("is missing", missing[0])
        raise ReleaseError(f"{folder}: damaged: the file {name} {what}")
    links = sorted(name for name in found if (folder / name).is_symlink())
    if links:
        raise ReleaseError(f"{folder}: damaged: {links[0]} is a link")


def check_file(folder: Path, name: str, manifest: Manifest) -> None:
    """Compares a file's size and SHA-256 with the manifest.

    Raises:
        ReleaseError: they differ, or the file is missing.
    """
    entry = _entry(folder, name, manifest)
    try:
        with (folder / name).open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            same = size == entry.size and hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256
    except OSError as error:
        raise ReleaseError(f"{folder / name}: cannot be read: {error.strerror}") from error
    if not same:
        raise ReleaseError(f"{folder / name}: damaged: not the file that was published")


def read_checked(folder: Path, name: str, manifest: Manifest) -> bytes:
    """A small file's content: the very bytes that were compared with the manifest.

    Raises:
        ReleaseError: they differ, or the file is missing.
    """
    entry = _entry(folder, name, manifest)
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ReleaseError(f"{folder / name}: cannot be read: {error.strerror}") from error
    if len(content) != entry.size or hashlib.sha256(content).hexdigest() != entry.sha256:
        raise ReleaseError(f"{folder / name}: damaged: not the file that was published")
    return content


def _entry(folder: Path, name: str, manifest: Manifest) -> FileEntry:
    entry = manifest.files.get(name)
    if entry is None:
        raise ReleaseError(f"{folder / name}: this release has no such file: rebuild the index")
    return entry


def _id(stamp: str, content: bytes) -> str:
    return f"{stamp}-{hashlib.sha256(content).hexdigest()[:16]}"


def _parse(fields: Mapping[str, object]) -> Manifest:
    """The manifest, every field checked for its type and form; ValueError where one is wrong."""
    expected = {*_COUNTS, *_TEXTS, "created", "files"}
    if set(fields) != expected:
        raise ValueError(f"fields differ: {sorted(set(fields) ^ expected)}")
    counts = {name: _count(name, fields[name]) for name in _COUNTS}
    texts = {name: _text(name, fields[name]) for name in _TEXTS}
    if not _FINGERPRINT.fullmatch(texts["embedder_fingerprint"]) or not _SHA256.fullmatch(texts["corpus_sha256"]):
        raise ValueError("embedder_fingerprint or corpus_sha256 is not a hash")
    created = datetime.strptime(_text("created", fields["created"]), _STAMP).replace(tzinfo=UTC)
    entries = fields["files"]
    if not isinstance(entries, dict):
        raise TypeError("files is not an object")
    files = {}
    for name, entry in entries.items():
        if not _FILE_NAME.fullmatch(name) or name == MANIFEST:
            raise ValueError(f"files: {name!r} is not the name of a file in a release")
        if not isinstance(entry, dict) or set(entry) != {"sha256", "size"}:
            raise ValueError(f"files: {name}: needs sha256 and size")
        sha256 = _text("sha256", entry["sha256"])
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"files: {name}: sha256 is not a hash")
        files[name] = FileEntry(sha256=sha256, size=_count("size", entry["size"]))
    return Manifest(
        created=created,
        files=MappingProxyType(files),
        embedder=texts["embedder"],
        embedder_fingerprint=texts["embedder_fingerprint"],
        corpus_sha256=texts["corpus_sha256"],
        **counts,
    )


def _count(name: str, found: object) -> int:
    if type(found) is not int or found < 0:
        raise ValueError(f"{name}: {found!r} is not a count")
    return found


def _text(name: str, found: object) -> str:
    if not isinstance(found, str) or not found:
        raise ValueError(f"{name}: {found!r} is not a text")
    return found
