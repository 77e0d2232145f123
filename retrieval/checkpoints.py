"""Where a training writes: checkpoints that are whole or not there, the best weights, and the finished folder."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import UserFacingError
from index.whole_folder import sync, sync_tree

_COMPLETE = "complete"  # the last file written into a checkpoint
_RUN = "run.json"
_BEST = "best.json"


class TrainingError(UserFacingError):
    """A training that cannot begin, or could not go on."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best evaluation so far: at which step, and the figure."""

    step: int
    value: float


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder beside the output in which a training works until it is done.

    Attributes:
        out: what the finished model will be called.
    """

    out: Path

    @property
    def folder(self) -> Path:
        """Everything that belongs to the unfinished run."""
        return self.out.with_name(f"{self.out.name}.partial")

    @property
    def checkpoints(self) -> Path:
        """Where the trainer writes."""
        return self.folder / "checkpoints"

    @property
    def log(self) -> Path:
        """One JSON object a line."""
        return self.folder / "training_log.jsonl"

    @property
    def best_weights(self) -> Path:
        """The weights of the best evaluation; absent before the first that was better than the base."""
        return self.folder / "best.safetensors"

    def begin(self, run: Mapping[str, Any], *, resume: bool, force: bool) -> None:
        """Makes the folder, or finds it again.

        Args:
            run: what decides the training; a run is only resumed with the same.
            resume: go on where an earlier run stopped; where there is none, begin.
            force: an earlier model or unfinished run of that name may be replaced.

        Raises:
            TrainingError: the output is there, or an unfinished run that is not this one.
        """
        if self.out.exists() and not force:
            raise TrainingError(f"{self.out}: already there; choose another --out, or replace it with --force")
        noted = self.folder / _RUN
        if self.folder.exists():
            if resume and noted.is_file():
                was = json.loads(noted.read_text(encoding="utf-8"))
                other = sorted(key for key in {*was, *run} if was.get(key) != _plain(run).get(key))
                if other:
                    raise TrainingError(
                        f"{self.folder}: begun with another {', '.join(other)}; resume it with the same, or start anew"
                        " with --force"
                    )
                return
            step = self.last_step()
            if not (force or resume) and step:
                raise TrainingError(
                    f"{self.folder}: an unfinished training with a checkpoint at step {step}; go on with --resume, or"
                    " start anew with --force"
                )
            shutil.rmtree(self.folder)
        try:
            self.checkpoints.mkdir(parents=True)
            noted.write_text(json.dumps(_plain(run), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise TrainingError(f"{self.folder}: cannot be written ({error.strerror}); choose another --out") from error

    def last_checkpoint(self) -> Path | None:
        """The newest whole checkpoint; None where there is none. Torn ones are removed."""
        whole: dict[int, Path] = {}
        for folder in self.checkpoints.glob("checkpoint-*"):
            if (folder / _COMPLETE).is_file():
                whole[int(folder.name.rpartition("-")[2])] = folder
            else:
                shutil.rmtree(folder, ignore_errors=True)
        return whole[max(whole)] if whole else None

    def last_step(self) -> int:
        """The step of the newest whole checkpoint, 0 where there is none."""
        steps = [int(one.parent.name.rpartition("-")[2]) for one in self.checkpoints.glob(f"checkpoint-*/{_COMPLETE}")]
        return max(steps, default=0)

    def seal(self, checkpoint: Path) -> None:
        """Marks a checkpoint as whole, after its bytes are on the disk."""
        sync_tree(checkpoint)
        (checkpoint / _COMPLETE).touch()
        sync(checkpoint)

    def best(self) -> Best | None:
        """The best evaluation so far; None where none was better than the base."""
        try:
            noted = json.loads((self.folder / _BEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Best(int(noted["step"]), float(noted["value"])) if self.best_weights.is_file() else None

    def note_best(self, best: Best, weights: Path) -> None:
        """Puts weights, written beside, in the place of the best ones."""
        sync(weights)
        beside = self.folder / f"{_BEST}.part"
        beside.write_text(json.dumps({"step": best.step, "value": best.value}) + "\n", encoding="utf-8")
        weights.replace(self.best_weights)
        beside.replace(self.folder / _BEST)

    def keep(self, name: str, value: object) -> None:
        """Notes something beside the run, for a later resumption."""
        (self.folder / name).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")

    def kept(self, name: str) -> Any:  # noqa: ANN401 - JSON has no narrower type
        """What was noted; None where nothing was."""
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def append_log(self, entry: Mapping[str, Any]) -> None:
        """Adds a line to the log."""
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def read_log(self, *, until: int | None = None) -> list[dict[str, Any]]:
        """The log; with `until` what was written after that step is dropped, for it is done again."""
        try:
            lines = self.log.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        entries: list[dict[str, Any]] = [json.loads(line) for line in lines if line.endswith("}")]
        if until is not None:
            entries = [entry for entry in entries if entry["step"] <= until]
            self.log.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
        return entries

    def publish(self, model: Path) -> None:
        """Renames the finished model into its place and removes the rest of the run.

        Args:
            model: a folder in `folder`.
        """
        sync_tree(model)
        outdated = self.out.with_name(f"{self.out.name}.outdated")
        if self.out.exists():
            shutil.rmtree(outdated, ignore_errors=True)
            self.out.rename(outdated)
        model.rename(self.out)
        sync(self.out.absolute().parent)
        shutil.rmtree(self.folder)
        shutil.rmtree(outdated, ignore_errors=True)


def _plain(run: Mapping[str, Any]) -> dict[str, Any]:
    """As it looks when it was written to JSON and read again."""
    read: dict[str, Any] = json.loads(json.dumps(run))
    return read
