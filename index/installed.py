"""Models that were published with the releases they made: kept beside the releases, found again by fingerprint."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from index.adapter_folder import CONFIG
from index.errors import EmbedderError
from index.publishing import Disk

MODELS = "models"
_NOTE = "installed.json"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model beside the releases.

    Attributes:
        folder: a sentence-transformers folder, or that of an adapter.
        base: what an adapter is merged into, as the setting `embedder` names it (empty: the packaged embedder).
        stands_for: fingerprint of the model that the settings named when it was published.
    """

    folder: Path
    base: str
    stands_for: str

    @property
    def is_adapter(self) -> bool:
        """Whether it needs its base."""
        return (self.folder / CONFIG).is_file()


def installed(index_dir: Path, fingerprint: str) -> InstalledModel | None:
    """The model with this fingerprint; None where none was installed.

    Raises:
        EmbedderError: it is there and its note cannot be understood.
    """
    note = index_dir / MODELS / fingerprint / _NOTE
    try:
        fields = json.loads(note.read_bytes())
        name, base, stands_for = (fields[key] for key in ("folder", "base", "stands_for"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmbedderError(
            f"{note}: cannot be understood ({error}); `lexcite releases rollback` goes back to the model before"
        ) from error
    if not all(isinstance(one, str) for one in (name, base, stands_for)) or Path(name).name != name:
        raise EmbedderError(f"{note}: damaged; `lexcite releases rollback` goes back to the model before")
    return InstalledModel(note.parent / name, base, stands_for)


def install(model: InstalledModel, index_dir: Path, fingerprint: str, *, disk: Disk) -> InstalledModel:
    """Moves a model, with the folder that it alone stands in, to where `installed` finds it; whole or not at all.

    Args:
        model: on the file system of the index.
        index_dir: the index; the caller holds its lock.
        fingerprint: of the embedder that the model makes, with its base.
        disk: carries the operations out.
    """
    target = index_dir / MODELS / fingerprint
    if not target.is_dir():
        beside = model.folder.parent
        note = beside / _NOTE
        disk.remove(note)
        fields = {"folder": model.folder.name, "base": model.base, "stands_for": model.stands_for}
        disk.write(note, (json.dumps(fields, indent=1, ensure_ascii=False) + "\n").encode())
        for path in sorted(beside.rglob("*"), reverse=True):
            disk.sync(path)
        disk.sync(beside)
        disk.make_folder(target.parent)
        disk.sync(index_dir)
        disk.rename(beside, target)
        disk.sync(target.parent)
    return InstalledModel(target / model.folder.name, model.base, model.stands_for)


def remove_unused(index_dir: Path, used: Collection[str], *, disk: Disk) -> None:
    """Removes the models whose fingerprints are not in `used`, for who holds the lock."""
    for folder in sorted((index_dir / MODELS).glob("*")):
        if folder.name not in used:
            disk.remove(folder)
