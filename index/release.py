"""One immutable, verified build of the index: opened, listed, rolled back to, pruned."""

import io
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.articles import Article, ArticleVersion, Corpus, CrossReference, Law, Passage, Provision
from index.errors import ReleaseError
from index.installed import MODELS, remove_unused
from index.manifest import Manifest, check_file, check_names, read_checked, read_manifest
from index.publishing import (
    BUILDING,
    RELEASES,
    Disk,
    builder_lock,
    current_id,
    current_id_or_none,
    disk_errors_told,
    other_releases,
    release_ids,
    set_current,
    withdraw,
)
from index.store import ArticleStore

ARTICLES = "articles.sqlite"
PASSAGES = "passages.npy"
PASSAGE_KEYS = "passage_keys.npy"
VECTORS = "vectors.faiss"
LEXICAL = "lexical"

UNKNOWN_FROM = 0  # in `Release.passage_valid_from`
OPEN_TO = np.iinfo(np.int32).max  # in `Release.passage_valid_to`

_T = TypeVar("_T")


class Release:
    """A build of the index, opened for reading. Safe from several threads until it is closed.

    Attributes:
        id: its name, stable for ever; a receipt that holds it says what an answer rested on.
        path: its folder.
        manifest: what it holds.
        laws: every law by its id, in the order of the corpus.
        passage_count: rows of the vector index, of the lexical index, and of the columns below.
        passage_law: (n,) int32, the position of the passage's law in `tuple(laws)`.
        passage_version: (n,) int32, the position of its version in the corpus; never falls from row to row.
        passage_valid_from: (n,) int32, `date.toordinal` of the version's first day; UNKNOWN_FROM where unknown.
        passage_valid_to: (n,) int32, of the first day on which it no longer was law; OPEN_TO where open or unknown.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        """Use `open`."""
        self.path = path
        self.id = path.name
        self.manifest = manifest
        self._verified: set[str] = set()
        columns = _load_columns(read_checked(path, PASSAGES, manifest), manifest.passages, path / PASSAGES)
        self.passage_law, self.passage_version, self._starts, self._ends = columns[:4]
        self.passage_valid_from, self.passage_valid_to = columns[4:]
        self.passage_count = manifest.passages
        self._store = ArticleStore(self.file(ARTICLES))
        self.laws: Mapping[str, Law] = MappingProxyType({law.id: law for law in self._store.laws()})

    @property
    def corpus_sha256(self) -> str:
        """As in its manifest."""
        return self.manifest.corpus_sha256

    @classmethod
    def open(
        cls, index_dir: Path, *, release_id: str | None = None, verify: Literal["all", "opened"] = "opened"
    ) -> "Release":
        """Opens the published release, or the one that is named.

        Args:
            index_dir: the index.
            release_id: None for the published one.
            verify: "all" checks the SHA-256 of every file now (a server, `verify`); "opened" checks each file when it
                is first used (a one-off command). Either way no library reads a byte that was not checked.

        Raises:
            ReleaseError: there is no index, no such release, or something in it is not as it was published.
        """
        if release_id is not None:
            _require_release(index_dir, release_id)
        while True:
            name = release_id if release_id is not None else published_release(index_dir)
            try:
                return cls._open(index_dir, name, verify)
            except ReleaseError as error:
                if release_id is None and current_id_or_none(index_dir) not in {name, None}:
                    continue  # another release was published, and this one pruned, while we opened it
                raise ReleaseError(f"{error};{other_releases(index_dir, name)}") from error

    @classmethod
    def _open(cls, index_dir: Path, name: str, verify: Literal["all", "opened"]) -> "Release":
        path = index_dir / RELEASES / name
        if not path.is_dir():
            raise ReleaseError(f"{index_dir}: there is no release {name} here")
        try:
            manifest = read_manifest(path)
            check_names(path, manifest)
            if verify == "all":
                for file in manifest.files:
                    check_file(path, file, manifest)
            release = cls(path, manifest)
        except (OSError, ValueError, sqlite3.Error) as error:
            raise ReleaseError(f"{path}: cannot be read: {error}") from error
        if verify == "all":
            release._verified.update(manifest.files)
        return release

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Frees its file; a second call does nothing."""
        self._store.close()

    def article(self, article_id: str) -> Article:
        """An article by an id that came from this release; KeyError otherwise."""
        return _known(self._store.article(article_id), article_id)

    def find_article(self, article_id: str) -> Article | None:
        """An article by an id that came from outside; None where this release has none."""
        return self._store.article(article_id)

    def articles(self, law_id: str) -> tuple[Article, ...]:
        """The articles of a law in the order of its text; KeyError where the law is unknown."""
        _known(self.laws.get(law_id), law_id)
        return self._store.articles(law_id)

    def version(self, version_id: str) -> ArticleVersion:
        """A version by its id; KeyError where it is unknown."""
        return _known(self._store.version(version_id), version_id)

    def find_version(self, version_id: str) -> ArticleVersion | None:
        """A version by an id that came from outside; None where this release has none."""
        return self._store.version(version_id)

    def versions(self, article_id: str) -> tuple[ArticleVersion, ...]:
        """The versions of an article, oldest first, at least one; KeyError where the article is unknown."""
        return _known(self._store.versions(article_id) or None, article_id)

    def provisions(self, version_id: str) -> tuple[Provision, ...]:
        """The clauses and points of a version in the order of its text; KeyError where it is unknown."""
        return _known(self._store.provisions(version_id), version_id)

    def references_from(self, version_id: str) -> tuple[CrossReference, ...]:
        """What a version's text refers to, places in its own article included, in the order of the text.

        Empty where it refers to nothing, or where the version is unknown.
        """
        return self._store.references_from(version_id)

    def references_to(self, article_id: str) -> tuple[CrossReference, ...]:
        """The places in other articles that refer to this one, from all their versions, in the order of the corpus.

        Empty where nothing refers to it, or where the article is unknown.
        """
        return self._store.references_to(article_id)

    def passage(self, row: int) -> Passage:
        """The passage of a row of the index, 0 <= row < passage_count."""
        if not 0 <= row < self.passage_count:
            raise IndexError(f"row {row} of {self.passage_count}")
        version_id = self._store.version_id(int(self.passage_version[row]))
        return Passage(version_id, int(self._starts[row]), int(self._ends[row]))

    def passages_of(self, version_id: str) -> range:
        """The rows of a version's passages, in the order of its text; KeyError where the version is unknown."""
        position = _known(self._store.position(version_id), version_id)
        first, end = np.searchsorted(self.passage_version, [position, position + 1])
        return range(int(first), int(end))

    def corpus(self) -> Corpus:
        """Everything that it was built from, in order."""
        return Corpus(tuple(self.laws.values()), self._store.articles(), self._store.versions())

    def file(self, name: str) -> Path:
        """A file of the release, verified.

        Raises:
            ReleaseError: the release has no such file, or it is damaged.
        """
        if name not in self._verified:
            check_file(self.path, name, self.manifest)
            self._verified.add(name)
        return self.path / name

    def folder(self, name: str) -> Path:
        """A folder of the release, all its files verified.

        Raises:
            ReleaseError: the release has no such folder, or a file in it is damaged.
        """
        files = [file for file in self.manifest.files if file.startswith(f"{name}/")]
        if not files:
            raise ReleaseError(f"{self.path / name}: this release has no such folder: rebuild the index")
        for file in files:
            self.file(file)
        return self.path / name

    def passage_keys(self) -> NDArray[np.uint8]:
        """(n, 32) uint8: the SHA-256 of what was embedded for each passage."""
        keys: NDArray[np.uint8] = np.load(
            io.BytesIO(read_checked(self.path, PASSAGE_KEYS, self.manifest)), allow_pickle=False
        )
        if keys.dtype != np.uint8 or keys.shape != (self.passage_count, 32):
            raise ReleaseError(f"{self.path / PASSAGE_KEYS}: not the keys of {self.passage_count} passages: rebuild")
        return keys

    def require_embedder(self, fingerprint: str) -> None:
        """Refuses to search with a model that did not make the vectors.

        Raises:
            ReleaseError: the model's fingerprint is another.
        """
        made = self.manifest.embedder_fingerprint
        if fingerprint != made:
            raise ReleaseError(
                f"{self.path}: made by the embedder {self.manifest.embedder} ({made}), not by this one ({fingerprint}):"
                f" set the embedder and the adapter that made it (--adapter '' for none), or run build-index again"
            )


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """A release in a list.

    Attributes:
        id: its name.
        current: whether it is the published one.
        manifest: what it holds; None where the manifest is damaged.
        problem: why the manifest could not be read; empty where it could.
    """

    id: str
    current: bool
    manifest: Manifest | None
    problem: str = ""


def list_releases(index_dir: Path) -> tuple[ReleaseSummary, ...]:
    """The releases of an index, oldest first; reads their manifests only."""
    current = current_id_or_none(index_dir)
    summaries = []
    for name in release_ids(index_dir):
        try:
            manifest = read_manifest(index_dir / RELEASES / name)
        except ReleaseError as error:
            summaries.append(ReleaseSummary(name, name == current, None, str(error)))
        else:
            summaries.append(ReleaseSummary(name, name == current, manifest))
    return tuple(summaries)


def published_manifest(index_dir: Path) -> Manifest | None:
    """What the published release holds; None where nothing is published, or its manifest cannot be read."""
    return next((one.manifest for one in list_releases(index_dir) if one.current), None)


def rollback(index_dir: Path, release_id: str, *, disk: Disk | None = None) -> None:
    """Publishes a release that is there already, after checking all of it.

    Raises:
        ReleaseError: it is not there or damaged, or someone is building.
    """
    _require_index(index_dir)
    disk = disk or Disk()
    with disk_errors_told(index_dir), builder_lock(index_dir, disk=disk):
        Release.open(index_dir, release_id=release_id, verify="all").close()
        set_current(index_dir, release_id, disk=disk)


def prune(index_dir: Path, keep: int, *, disk: Disk | None = None) -> tuple[str, ...]:
    """Removes all but the newest `keep` releases, and never the published one; returns the ids removed.

    Models that were installed beside the releases and made none of those that stay are removed with them.

    Raises:
        ReleaseError: there is no index, or someone is building.
    """
    _require_index(index_dir)
    disk = disk or Disk()
    with disk_errors_told(index_dir), builder_lock(index_dir, disk=disk):
        return prune_locked(index_dir, keep, disk=disk)


def prune_locked(index_dir: Path, keep: int, *, disk: Disk) -> tuple[str, ...]:
    """`prune` for who holds the lock already."""
    if keep < 1:
        raise ValueError(f"keep must be at least 1, not {keep}")
    current = current_id_or_none(index_dir)
    doomed = [name for name in release_ids(index_dir)[:-keep] if name != current]
    for name in doomed:
        withdraw(index_dir, name, disk=disk)
    if doomed:
        with suppress(OSError):
            (index_dir / BUILDING).rmdir()  # stays where it holds the vectors of an interrupted build
    if (index_dir / MODELS).is_dir():
        manifests = [one.manifest for one in list_releases(index_dir)]
        if None not in manifests:  # of a damaged one nobody knows which model it needs
            remove_unused(index_dir, {one.embedder_fingerprint for one in manifests if one}, disk=disk)
    return tuple(doomed)


def _require_index(index_dir: Path) -> None:
    if not index_dir.is_dir():
        raise ReleaseError(f"{index_dir}: there is no index here: make one with build-index")


def _require_release(index_dir: Path, name: str) -> None:
    _require_index(index_dir)
    there = release_ids(index_dir)
    if name not in there:
        known = f"it has {', '.join(there)}" if there else "make one with build-index"
        raise ReleaseError(f"{index_dir}: there is no release {name!r} here; {known}")


def published_release(index_dir: Path) -> str:
    """The id of the published release.

    Raises:
        ReleaseError: nothing is published here.
    """
    _require_index(index_dir)
    name = current_id(index_dir)
    if name is None:
        raise ReleaseError(f"{index_dir}: no index was published here: make one with build-index")
    return name


def _load_columns(content: bytes, count: int, path: Path) -> NDArray[np.int32]:
    """(6, n) int32: law, version, start, end, valid from, valid to of every passage."""
    columns: NDArray[np.int32] = np.load(io.BytesIO(content), allow_pickle=False)
    if columns.dtype != np.int32 or columns.shape != (6, count):
        raise ReleaseError(f"{path}: not the columns of {count} passages: rebuild the index")
    columns.setflags(write=False)
    return columns


def _known(found: _T | None, name: str) -> _T:
    if found is None:
        raise KeyError(name)
    return found
