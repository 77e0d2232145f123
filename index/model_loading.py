"""A model's folder, found here or fetched from the hub, and loaded: no code, no pickle, no random weights."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import torch
from huggingface_hub import HfApi, constants, snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
from sentence_transformers import CrossEncoder, SentenceTransformer
from transformers.utils import logging as transformers_logging

from index import model_folder
from index.errors import CrossEncoderError, EmbedderError

_HUB_PATIENCE = 10.0  # seconds for the one question that tells whether the hub answers at all
_DOWNLOADED = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]  # no pickles, no code
_MISSING = re.compile(r"\|\s*MISSING\b")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def locate(name_or_folder: str | Path, *, revision: str | None = None) -> Path:
    """The model's folder on this machine, downloaded where a hub name is not yet in the hub's cache.

    Raises:
        EmbedderError: there is no such folder, and no such name in the cache or on the hub.
    """
    folder = Path(name_or_folder).expanduser()
    if folder.is_dir():
        return folder
    name = str(name_or_folder)
    if isinstance(name_or_folder, Path) or folder.exists() or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise EmbedderError(f"{name}: no such folder; name a sentence-transformers folder or a model on the hub")
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=_DOWNLOADED, local_files_only=True))
    except HFValidationError as error:
        raise EmbedderError(f"{name}: neither a folder nor a name of a model on the hub") from error
    except LocalEntryNotFoundError as error:
        if constants.HF_HUB_OFFLINE:
            raise EmbedderError(
                f"{name}: no such folder, and not in the hub's cache ({constants.HF_HUB_CACHE}); "
                "give a folder, or set HF_HUB_OFFLINE=0 to download it once"
            ) from error
    try:
        # One question without retries: asking for files of a hub that cannot be reached takes 70 seconds to fail.
        HfApi().model_info(name, revision=revision, timeout=_HUB_PATIENCE)
        return Path(snapshot_download(name, revision=revision, allow_patterns=_DOWNLOADED))
    except (httpx2.HTTPError, OSError) as error:
        raise EmbedderError(
            f"{name}: no such folder, and the hub does not give it ({_first_line(error)}); "
            "check the name and the network, or give a folder"
        ) from error


def load(folder: Path, *, device: str, dtype: torch.dtype) -> SentenceTransformer:
    """The model of a folder; no network, no code, no pickle.

    Raises:
        EmbedderError: `model_folder.check` refuses the folder, or it is damaged or incomplete.
    """
    model_folder.check(folder)
    try:
        with _quietly_counting_missing_weights() as missing:
            model = SentenceTransformer(str(folder), device=device, **_safely(dtype))
    except Exception as error:
        # A damaged folder fails inside five libraries, some of which raise bare `Exception`.
        raise EmbedderError(
            f"{folder}: cannot be loaded ({_first_line(error)}); save or download the model again"
        ) from error
    if missing:
        raise EmbedderError(
            f"{folder}: lacks weights ({missing[0]}), which would be filled with random numbers; "
            "save or download the model again"
        )
    return model


def _safely(dtype: torch.dtype) -> dict[str, Any]:
    """What makes sentence-transformers load without network, code and pickle, in the type that is asked for."""
    local = {"local_files_only": True}
    return {
        "trust_remote_code": False,
        # Left to itself, transformers runs in the type of the checkpoint, which may be half precision.
        "model_kwargs": {"dtype": dtype, "use_safetensors": True, **local},
        "processor_kwargs": dict(local),
        "config_kwargs": dict(local),
        **local,
    }


def load_cross_encoder(name_or_folder: str | Path, *, device: str | None = None) -> tuple[CrossEncoder, str]:
    """A cross-encoder with its fingerprint, under the rules of `locate` and `load`: no code, no pickle, no random head.

    An embedding model or a bare language model is refused: it has no head that reads two texts together, and
    transformers would make one of random numbers.

    Raises:
        CrossEncoderError: there is no such model here, or it is damaged, incomplete or no cross-encoder.
    """
    try:
        folder = locate(name_or_folder)
        if (folder / "modules.json").is_file():  # older cross-encoders are folders of transformers, without it
            model_folder.check(folder)
    except EmbedderError as error:
        raise CrossEncoderError(f"cross-encoder {error}") from error
    try:
        with _quietly_counting_missing_weights() as missing:
            model = CrossEncoder(str(folder), device=device, **_safely(torch.float32))
    except Exception as error:
        # As in `load`.
        raise CrossEncoderError(
            f"{name_or_folder}: no cross-encoder with safetensors weights here ({_first_line(error)})"
        ) from error
    if missing:
        raise CrossEncoderError(
            f"{name_or_folder}: no cross-encoder, for it lacks the weights {missing[0]}, which would be filled with"
            " random numbers; name a model that was trained to read two texts together"
        )
    return model, model_folder.cross_encoder_fingerprint(folder)


def save(model: SentenceTransformer, folder: Path) -> None:
    """Writes a model as a sentence-transformers folder that everybody may read, with its digests noted.

    Raises:
        OSError, SafetensorError: it cannot be written.
    """
    with _without_bars():
        model.save_pretrained(str(folder), create_model_card=False)
    for weights in folder.rglob("*.safetensors"):
        weights.chmod(0o644)  # the library leaves them readable by their owner alone
    model_folder.note_digests(folder)


@contextmanager
def _quietly_counting_missing_weights() -> Iterator[list[str]]:
    """Without transformers' progress bar and load report, of which the lines on missing weights are kept.

    transformers tells of missing weights in a warning only, and goes on with random numbers. A missing pooler is
    usual and harmless: sentence-transformers pools the hidden states itself.
    """
    missing: list[str] = []

    def keep(record: logging.LogRecord) -> bool:
        lines = record.getMessage().splitlines()
        missing.extend(_COLOUR.sub("", line).split("|")[0].strip() for line in lines if _is_missing(line))
        return False

    logger = logging.getLogger("transformers.modeling_utils")
    level = logger.level
    # Below WARNING: from there on transformers also tells how the model is (not) split over several devices.
    logger.setLevel(logging.WARNING - 1)
    logger.addFilter(keep)
    try:
        with _without_bars():
            yield missing
    finally:
        logger.removeFilter(keep)
        logger.setLevel(level)


@contextmanager
def _without_bars() -> Iterator[None]:
    """Without transformers' progress bars."""
    bars = transformers_logging.set_tqdm_hook(lambda bar, args, options: bar(*args, **{**options, "disable": True}))
    try:
        yield
    finally:
        transformers_logging.set_tqdm_hook(bars)


def _is_missing(line: str) -> bool:
    """Whether a line of transformers' load report names weights that matter and were not in the file."""
    return _MISSING.search(_COLOUR.sub("", line)) is not None and "pooler" not in line


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
