"""A folder that holds an embedding model: what in it is safe to load, and the fingerprint of what decides its vectors.

Nothing here imports a model library: whether an index was made by the configured model is known in milliseconds.
"""

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any

from index.errors import EmbedderError

NOTED = "lexcite-digests.json"  # SHA-256 of files, noted by the one who wrote them
_PAPERS = frozenset({"report.json"})  # what `lexcite train` tells about the model
_DECISIVE = frozenset({".json", ".safetensors", ".txt", ".model", ".jinja"})
# What the libraries note about themselves and the moment when they save a model; no vector depends on it.
_BOOKKEEPING = ("__version__", "transformers_version", "_name_or_path", "is_local", "local_files_only", "idx")
_CONFIGS = frozenset({"config.json", "config_sentence_transformers.json", "modules.json", "tokenizer_config.json"})
_PICKLES = ("pytorch_model*.bin", "pytorch_model*.pt", "model*.pkl")


def check(folder: Path) -> None:
    """Refuses a folder that is no sentence-transformers model, or that would run code or unpickle weights.

    Raises:
        EmbedderError: says what is wrong and what to do.
    """
    if (folder / "adapter_config.json").exists():
        raise EmbedderError(
            f"{folder}: an adapter without its base model; make it the setting adapter, or one model by `lexcite merge`"
        )
    for part, kind in _modules(folder):
        if not kind.startswith("sentence_transformers."):
            raise EmbedderError(
                f"{folder / 'modules.json'}: module {kind} is code that comes with the model, and lexcite runs none; "
                "use a model made of sentence-transformers' own modules"
            )
        if any(part.glob("*.safetensors")):
            continue
        for pattern in _PICKLES:
            for pickled in part.glob(pattern):
                raise EmbedderError(
                    f"{pickled}: pickled weights can run code and are never loaded; "
                    "save the model as safetensors (model.save_pretrained(folder, safe_serialization=True))"
                )


def fingerprint(
    folder: Path,
    *,
    dimension: int | None = None,
    query_prompt: str | None = None,
    passage_prompt: str | None = None,
) -> str:
    """Sixteen hex digits that change when a weight, the tokenizer, a prompt, the pooling or a module changes.

    What does not count: documentation, other formats of the same weights, library versions noted in the
    configuration, and the precision in which the weights are run (an index made on a GPU in half precision may be
    asked by a CPU in float32).

    Args:
        folder: a folder that `check` accepts.
        dimension: the dimension that vectors are cut to; None where they are not.
        query_prompt: what stands in place of the model's own; None where that stands.
        passage_prompt: likewise.

    Raises:
        EmbedderError: the folder is not a model.
    """
    return _fingerprint(folder, _parts(folder), json.dumps([dimension, query_prompt, passage_prompt]))


def cross_encoder_fingerprint(folder: Path) -> str:
    """The same of a cross-encoder's folder, which need not name modules: that of its weights, tokenizer and head."""
    return _fingerprint(folder, _parts(folder) if (folder / "modules.json").is_file() else {folder}, "cross-encoder")


def _fingerprint(folder: Path, parts: set[Path], options: str) -> str:
    noted = _noted(folder)
    total = hashlib.sha256(options.encode())
    for path in _decisive_files(parts):
        name = path.relative_to(folder).as_posix()
        total.update(f"{name}\n{_digest(path, noted.get(name))}\n".encode())
    return total.hexdigest()[:16]


def note_digests(folder: Path) -> None:
    """Notes the SHA-256 of the folder's files, with size and time, so that `fingerprint` need not read 0.5 GB again.

    Hashing multilingual-e5-small takes 1.0 CPU-seconds, a sixth of what a command needs to import the model
    library; the note is believed only while a file's size and modification time (in nanoseconds) are unchanged.
    """
    noted = {}
    for path in _decisive_files(_parts(folder)):
        state = path.stat()
        noted[path.relative_to(folder).as_posix()] = [state.st_size, state.st_mtime_ns, _digest(path, None)]
    (folder / NOTED).write_text(json.dumps(noted, indent=1), encoding="utf-8")


def is_complete(folder: Path) -> bool:
    """Whether every file that `note_digests` noted is there in its full size; False where nothing was noted."""
    noted = _noted(folder)
    try:
        return bool(noted) and all((folder / name).stat().st_size == size for name, (size, _, _) in noted.items())
    except OSError:
        return False


def _modules(folder: Path) -> list[tuple[Path, str]]:
    """Folder and class of each module, in order."""
    place = folder / "modules.json"
    if not place.is_file():
        raise EmbedderError(
            f"{folder}: not a sentence-transformers model (no modules.json, which says how tokens are pooled); "
            "name a folder that SentenceTransformer.save_pretrained wrote"
        )
    try:
        entries = json.loads(place.read_text(encoding="utf-8"))
        modules = [(str(entry["path"]), str(entry["type"])) for entry in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise EmbedderError(f"{place}: cannot be understood ({error}); save or download the model again") from error
    if not modules:
        raise EmbedderError(f"{place}: names no module; save or download the model again")
    for path, _ in modules:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise EmbedderError(f"{place}: the path {path!r} leaves the model's folder; use another model")
    return [(folder / path, kind) for path, kind in modules]


def _parts(folder: Path) -> set[Path]:
    """The model's root and the folders of its modules."""
    return {folder, *(part for part, _ in _modules(folder))}


def _decisive_files(parts: set[Path]) -> list[Path]:
    """The files in them that decide a vector, by name."""
    return sorted(
        path
        for part in parts
        if part.is_dir()
        for path in part.iterdir()
        if path.suffix in _DECISIVE
        and path.is_file()
        and path.name not in {NOTED, *_PAPERS}
        and not path.name.startswith(".")
    )


def _digest(path: Path, noted: tuple[int, int, str] | None) -> str:
    """The SHA-256 of a file; of a configuration, without its bookkeeping."""
    if noted is not None:
        state = path.stat()
        if (state.st_size, state.st_mtime_ns) == noted[:2]:
            return noted[2]
    if path.name in _CONFIGS:
        try:
            config = _without_bookkeeping(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise EmbedderError(f"{path}: not JSON ({error}); save or download the model again") from error
        return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _without_bookkeeping(config: Any) -> Any:  # noqa: ANN401 - JSON has no narrower type
    if isinstance(config, list):
        return [_without_bookkeeping(entry) for entry in config]
    if isinstance(config, dict):
        return {key: value for key, value in config.items() if key not in _BOOKKEEPING}
    return config


def _noted(folder: Path) -> dict[str, tuple[int, int, str]]:
    """What `note_digests` wrote; nothing where it did not or where it cannot be read: a note saves time, no more."""
    try:
        entries = json.loads((folder / NOTED).read_text(encoding="utf-8"))
        return {name: (int(size), int(time), str(digest)) for name, (size, time, digest) in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
