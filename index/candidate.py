"""A release that was built in an index of its own, to be measured first, and then published in another, with its model.

Until it is published nothing of it is in the index that people ask; a candidate that is refused never was.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index.build import KEPT_RELEASES
from index.errors import ReleaseError
from index.installed import InstalledModel, install
from index.publishing import RELEASES, Disk, builder_lock, current_id, disk_errors_told, publish, set_current
from index.release import Release, prune_locked


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be published.

    Attributes:
        index_dir: the index of its own, on the file system of the one that it may come into; or that index itself, of a
            release that was published there before.
        release_id: its release there.
        model: what made its vectors, in a folder of its own; None where it is in its place already.
    """

    index_dir: Path
    release_id: str
    model: InstalledModel | None


def publish_candidate(
    candidate: Candidate, index_dir: Path, *, instead_of: str, keep: int = KEPT_RELEASES, disk: Disk | None = None
) -> None:
    """Makes a candidate the published release: its model first, so that whoever reads the release finds it.

    Args:
        candidate: see `Candidate`.
        index_dir: where people ask.
        instead_of: the release that it was compared with, published there.
        keep: newest releases that are kept there, at least 1.
        disk: carries the operations out.

    Raises:
        ReleaseError: another release was published meanwhile, someone is building, the candidate is damaged, or the
            disk fails; what was published before is published still.
    """
    disk = disk or Disk()
    with disk_errors_told(index_dir), builder_lock(index_dir, disk=disk):
        now = current_id(index_dir)
        if now != instead_of:
            raise ReleaseError(
                f"{index_dir}: {now} was published while the candidate was measured against {instead_of};"
                " run the same command again: what is trained is not trained again"
            )
        release_id = candidate.release_id
        with Release.open(candidate.index_dir, release_id=release_id, verify="all") as release:
            fingerprint = release.manifest.embedder_fingerprint
        if candidate.model is not None:
            install(candidate.model, index_dir, fingerprint, disk=disk)
        if candidate.index_dir == index_dir:
            set_current(index_dir, release_id, disk=disk)
        else:
            publish(candidate.index_dir / RELEASES / release_id, index_dir, release_id, disk=disk)
        with suppress(OSError):  # it is published; what is too old to keep goes at the next build
            prune_locked(index_dir, keep, disk=disk)
