"""A corpus to a published release: plan, embed what is new, write, publish."""

import hashlib
import io
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.articles import Corpus
from index.embedding import Embedder
from index.errors import EmbedderError, ReleaseError
from index.manifest import MANIFEST, FileEntry, Manifest, created_of, is_fingerprint, release_id
from index.plan_vectors import VectorReader, plan_vectors
from index.planning import Plan, plan_build
from index.progress import BuildProgress
from index.publishing import (
    BUILDING,
    Disk,
    builder_lock,
    clear_leftovers,
    current_id,
    disk_errors_told,
    publish,
    release_ids,
    staging_folder,
)
from index.release import ARTICLES, LEXICAL, PASSAGE_KEYS, PASSAGES, VECTORS, Release, prune_locked
from index.store import write_store

# About 300 tokens of Spanish and 350 of Vietnamese: with its law's title and heading a passage stays within the 512
# tokens that the smallest supported embedder reads.
MAX_CHARS = 1200
KEPT_RELEASES = 3

VectorWriter = Callable[[NDArray[np.float32], Path], None]
LexicalWriter = Callable[[Sequence[str], Sequence[str], Path], None]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    Attributes:
        release_id: the published release.
        published: False where the index held exactly this already.
        laws, articles, versions, passages: how many the release holds.
        embedded: passages whose vectors were computed.
        reused: passages whose vectors were at hand: from the last release, from a build that was interrupted, or from
            an equal passage.
        seconds: wall-clock time.
        stages: seconds of each stage, in order.
        warnings: one line each.
    """

    release_id: str
    published: bool
    laws: int
    articles: int
    versions: int
    passages: int
    embedded: int
    reused: int
    seconds: float
    stages: tuple[tuple[str, float], ...]
    warnings: tuple[str, ...]


def build_release(
    corpus: Corpus,
    *,
    index_dir: Path,
    embedder: Embedder,
    embedder_name: str,
    write_vectors: VectorWriter,
    read_vectors: VectorReader,
    write_lexical: LexicalWriter,
    max_chars: int = MAX_CHARS,
    keep: int = KEPT_RELEASES,
    force: bool = False,
    younger_than: Sequence[str] = (),
    on_progress: Callable[[BuildProgress], None] | None = None,
    disk: Disk | None = None,
) -> BuildReport:
    """Makes `corpus` the whole content of the index's published release.

    Passages that the published release has under the same model keep their vectors; when nothing at all differs,
    nothing is published. Vectors computed here survive a kill: the next build goes on from them.

    Args:
        corpus: at least one article.
        index_dir: made if it is not there.
        embedder: makes the vectors.
        embedder_name: how people call it.
        write_vectors: writes a matrix (n, dimension) to a file.
        read_vectors: the rows of such a file exactly as they were written, (r, dimension).
        write_lexical: writes what `embedded_text` gives for each passage, with its ISO 639-1 code, into a folder.
        max_chars: see `cut_passages`.
        keep: newest releases that are kept, at least 1.
        force: publish even where nothing differs.
        younger_than: ids of releases elsewhere that the new one's id has to sort behind, see `candidate.publish`.
        on_progress: called often, from this thread.
        disk: carries the disk operations out.

    Raises:
        CorpusError: the corpus is empty or contradicts itself.
        EmbedderError: the model gave what are no unit vectors, or its fingerprint is not 16 hex digits.
        ReleaseError: another builder is at work, or the disk fails; what was published before is published still.
    """
    started = time.monotonic()
    if not is_fingerprint(embedder.fingerprint):
        raise EmbedderError(f"the embedder's fingerprint is {embedder.fingerprint!r}; it must be 16 hex digits")
    builder = _Builder(
        index_dir,
        disk or Disk(),
        embedder,
        write_vectors,
        write_lexical,
        on_progress or (lambda _: None),
        tuple(younger_than),
    )
    with ExitStack() as held:
        with disk_errors_told(index_dir):
            held.enter_context(builder_lock(index_dir, disk=builder.disk))
            held.enter_context(builder.staging())
        plan = builder.read(corpus, max_chars)
        live = builder.open_live()
        try:
            if live is not None and not force and _same(plan, live.manifest, embedder, max_chars):
                builder.tidy(keep)
                return builder.report(plan, live.id, started, published=False)
            vectors = builder.embed(plan, live, read_vectors)
        finally:
            if live is not None:
                live.close()
        manifest = builder.write(plan, vectors, embedder_name=embedder_name, max_chars=max_chars)
        builder.publish(manifest)
        builder.tidy(keep)
        return builder.report(plan, release_id(manifest), started, published=True)


@dataclass(slots=True)
class _Builder:
    """One build under way: where it writes, and what it has to tell."""

    index_dir: Path
    disk: Disk
    embedder: Embedder
    write_vectors: VectorWriter
    write_lexical: LexicalWriter
    on_progress: Callable[[BuildProgress], None]
    younger_than: tuple[str, ...]
    warnings: list[str] = field(default_factory=list)
    stages: list[tuple[str, float]] = field(default_factory=list)
    embedded: int = 0

    @contextmanager
    def staging(self) -> Iterator[None]:
        """Clears away what a build that died left half-written, and what this one leaves if it fails."""
        clear_leftovers(self.index_dir, disk=self.disk)
        try:
            yield
        finally:
            shutil.rmtree(staging_folder(self.index_dir), ignore_errors=True)  # whatever failed, say that and not this
            building = self.index_dir / BUILDING
            for folder in (*building.glob("*"), building):
                with suppress(OSError):
                    folder.rmdir()  # stays where it holds vectors that the next build goes on from

    def read(self, corpus: Corpus, max_chars: int) -> Plan:
        """Structure, passages and keys of the corpus."""
        with self._stage("reading"):
            total = len(corpus.articles)

            def tell(versions_done: int) -> None:
                if versions_done % 100 == 0:
                    self.on_progress(BuildProgress("reading", total * versions_done // len(corpus.versions), total))

            plan = plan_build(corpus, max_chars=max_chars, on_version=tell)
        self.warnings += plan.warnings
        return plan

    def open_live(self) -> Release | None:
        """The published release, fully verified; None, and a warning, where there is none to build on."""
        with self._stage("verifying"):
            try:
                name = current_id(self.index_dir)
                return None if name is None else Release.open(self.index_dir, release_id=name, verify="all")
            except ReleaseError as error:
                self.warnings.append(f"the published release cannot be used, everything is built anew: {error}")
                return None

    def embed(self, plan: Plan, live: Release | None, read_vectors: VectorReader) -> NDArray[np.float32]:
        """(n, dimension) float32, the vectors of the plan's passages."""
        with self._stage("embedding"):
            vectors, self.embedded = plan_vectors(
                plan,
                live,
                index_dir=self.index_dir,
                embedder=self.embedder,
                read_vectors=read_vectors,
                on_progress=self.on_progress,
                warn=self.warnings.append,
                disk=self.disk,
            )
        return vectors

    def write(self, plan: Plan, vectors: NDArray[np.float32], *, embedder_name: str, max_chars: int) -> Manifest:
        """Writes every file of the release beside the others and forces it to the device."""
        with self._stage("writing"), disk_errors_told(self.index_dir):
            total = len(plan.articles)
            self.on_progress(BuildProgress("writing", total, total))
            folder = staging_folder(self.index_dir)
            self.disk.make_folder(folder / LEXICAL)
            write_store(
                folder / ARTICLES,
                laws=plan.laws,
                articles=plan.articles,
                versions=plan.versions,
                crossrefs=plan.crossrefs,
            )
            self.disk.write(folder / PASSAGES, _npy(plan.columns))
            self.disk.write(folder / PASSAGE_KEYS, _npy(_key_rows(plan)))
            try:
                self.write_vectors(vectors, folder / VECTORS)
            except RuntimeError as error:  # how FAISS says that the disk is full
                raise OSError(f"{VECTORS}: {str(error).rpartition('Error: ')[2].strip()}") from error
            self.write_lexical(plan.texts, plan.langs, folder / LEXICAL)
            paths = sorted(folder.rglob("*"))
            files = {str(path.relative_to(folder)): _entry(path) for path in paths if path.is_file()}
            manifest = Manifest(
                created=self._next_instant(),
                embedder=embedder_name,
                embedder_fingerprint=self.embedder.fingerprint,
                dimension=self.embedder.dimension,
                max_chars=max_chars,
                laws=len(plan.laws),
                articles=len(plan.articles),
                versions=len(plan.versions),
                passages=len(plan.keys),
                corpus_sha256=plan.corpus_sha256,
                files=files,
            )
            self.disk.write(folder / MANIFEST, manifest.to_bytes())
            for path in [*paths, folder]:  # files, then the folders that list them
                self.disk.sync(path)
            return manifest

    def publish(self, manifest: Manifest) -> None:
        """Makes what was written the published release."""
        with self._stage("publishing"), disk_errors_told(self.index_dir):
            self.on_progress(BuildProgress("publishing", manifest.articles, manifest.articles))
            publish(staging_folder(self.index_dir), self.index_dir, release_id(manifest), disk=self.disk)

    def tidy(self, keep: int) -> None:
        """Removes vectors kept from interrupted builds and releases too old to keep; where it cannot, it warns."""
        try:
            prune_locked(self.index_dir, keep, disk=self.disk)
            self.disk.remove(self.index_dir / BUILDING)
        except OSError as error:
            self.warnings.append(f"{self.index_dir}: the release is published, but old files remain: {error}")

    def report(self, plan: Plan, published_id: str, started: float, *, published: bool) -> BuildReport:
        """What was done so far."""
        return BuildReport(
            release_id=published_id,
            published=published,
            laws=len(plan.laws),
            articles=len(plan.articles),
            versions=len(plan.versions),
            passages=len(plan.keys),
            embedded=self.embedded,
            reused=len(plan.keys) - self.embedded,
            seconds=time.monotonic() - started,
            stages=tuple(self.stages),
            warnings=tuple(self.warnings),
        )

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.stages.append((name, time.monotonic() - started))

    def _next_instant(self) -> datetime:
        """Now, and later than every release here: their ids sort by age even when the clock steps back."""
        now = datetime.now(UTC).replace(microsecond=0)
        ids = (*release_ids(self.index_dir), *self.younger_than)
        return max(now, created_of(max(ids)) + timedelta(seconds=1)) if ids else now


def _same(plan: Plan, published: Manifest, embedder: Embedder, max_chars: int) -> bool:
    """Whether a build would publish what is published already."""
    return (
        plan.corpus_sha256 == published.corpus_sha256
        and embedder.fingerprint == published.embedder_fingerprint
        and max_chars == published.max_chars
        and published.files[PASSAGES].sha256 == hashlib.sha256(_npy(plan.columns)).hexdigest()
        and published.files[PASSAGE_KEYS].sha256 == hashlib.sha256(_npy(_key_rows(plan))).hexdigest()
    )


def _key_rows(plan: Plan) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(plan.keys), dtype=np.uint8).reshape(-1, 32)


def _npy(array: NDArray[np.generic]) -> bytes:
    """An array in NumPy's file format."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _entry(path: Path) -> FileEntry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileEntry(sha256=digest, size=file.tell())
