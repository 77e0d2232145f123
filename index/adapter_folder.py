"""A folder that holds a LoRA adapter of an embedding model: what in it is accepted, and the fingerprint of the two.

Nothing here imports a model library: whether an index was made with the configured adapter is known in milliseconds.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import EmbedderError

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
BASE_KEY = "base_fingerprint"  # in the metadata of the weights
SHIPPED = Path(__file__).with_name("adapters")
_MOST_HEADER = 1 << 20  # bytes; an adapter names a few hundred tensors in about 50 kB
# What would make the update something else than alpha / rank times B A.
_NOT_SUPPORTED = ("use_dora", "modules_to_save", "rank_pattern", "alpha_pattern", "fan_in_fan_out", "lora_bias")


@dataclass(frozen=True, slots=True)
class AdapterConfig:
    """What decides the effect of an adapter's weights.

    Attributes:
        base: the fingerprint of the model that it was trained on (`model_folder.fingerprint`, uncut, own prompts).
        scaling: what B A is multiplied by.
    """

    base: str
    scaling: float


def shipped() -> Path | None:
    """The adapter that comes with lexcite for its packaged embedder; None where none does."""
    folders = sorted(path.parent for path in SHIPPED.glob(f"*/{WEIGHTS}"))
    return folders[0] if folders else None


def read_config(folder: Path) -> AdapterConfig:
    """Reads and checks what belongs to the adapter's weights.

    Raises:
        EmbedderError: no adapter, a kind that is not supported, or one that does not name its base.
    """
    place = folder / CONFIG
    try:
        config = json.loads(place.read_text(encoding="utf-8"))
        rank, alpha = int(config["r"]), float(config["lora_alpha"])
        kind = config["peft_type"]
    except FileNotFoundError as error:
        raise EmbedderError(f"{folder}: no adapter ({CONFIG} is missing); name a folder of `lexcite train`") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EmbedderError(f"{place}: cannot be understood ({error}); train or copy the adapter again") from error
    wrong = [key for key in _NOT_SUPPORTED if config.get(key)]
    if kind != "LORA" or config.get("bias", "none") != "none" or wrong or rank < 1:
        what = wrong[0] if wrong else f"{kind}, bias {config.get('bias')}"
        raise EmbedderError(f"{place}: {what} is not supported; use a plain LoRA adapter, as `lexcite train` writes it")
    base = _metadata(folder / WEIGHTS).get(BASE_KEY)
    if not isinstance(base, str) or not base:
        raise EmbedderError(
            f"{folder / WEIGHTS}: does not name the model it was trained on; use an adapter that `lexcite train` wrote"
        )
    return AdapterConfig(base, alpha / (rank**0.5 if config.get("use_rslora") else rank))


def fingerprint(base_fingerprint: str, folder: Path) -> str:
    """Sixteen hex digits that change with the base, with a weight of the adapter and with its scaling.

    Args:
        base_fingerprint: of the model as it would be used without the adapter.
        folder: the adapter's.

    Raises:
        EmbedderError: see `read_config`.
    """
    config = read_config(folder)
    with (folder / WEIGHTS).open("rb") as file:
        weights = hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(f"{base_fingerprint}\n{config.scaling!r}\n{weights}".encode()).hexdigest()[:16]


def require_base(folder: Path, base_fingerprint: str) -> AdapterConfig:
    """The adapter's configuration, where it was trained on this very model.

    Raises:
        EmbedderError: on another one, whose vectors it would spoil without a sign.
    """
    config = read_config(folder)
    if config.base != base_fingerprint:
        raise EmbedderError(
            f"{folder}: this adapter was trained on the model {config.base}, not on {base_fingerprint};"
            " name that base as the embedder, or set adapter to nothing (--adapter '')"
        )
    return config


def _metadata(path: Path) -> dict[str, Any]:
    """The metadata in the header of a safetensors file: eight bytes of length, then JSON."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if size > _MOST_HEADER:
                raise EmbedderError(f"{path}: damaged; train or copy the adapter again")
            metadata = json.loads(file.read(size)).get("__metadata__", {})
    except (OSError, ValueError, AttributeError) as error:
        raise EmbedderError(f"{path}: cannot be read ({error}); train or copy the adapter again") from error
    return metadata if isinstance(metadata, dict) else {}
