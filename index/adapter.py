"""A LoRA adapter merged into its base: one model in memory, as fast as the base alone."""

import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer

from index import adapter_folder, model_folder, model_loading
from index.errors import EmbedderError
from index.whole_folder import one_maker, whole_folder

_A, _B = ".lora_A.weight", ".lora_B.weight"
_PREFIX = "base_model.model."  # PEFT's own wrapper; transformers leaves it out


def load_with_adapter(
    base: Path, adapter: Path, *, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> SentenceTransformer:
    """The model of a folder with an adapter merged into it.

    The sum is made in float32, then brought to `dtype`; PEFT itself is not needed.

    Args:
        base: the folder of the model that the adapter was trained on.
        adapter: the folder that `lexcite train` wrote.
        device: as torch names it.
        dtype: in which the model runs.

    Raises:
        EmbedderError: either is damaged, or they do not belong together.
    """
    config = adapter_folder.require_base(adapter, model_folder.fingerprint(base))
    model = model_loading.load(base, device="cpu", dtype=torch.float32)
    try:
        weights = load_file(adapter / adapter_folder.WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise EmbedderError(
            f"{adapter / adapter_folder.WEIGHTS}: damaged ({error}); train or copy the adapter again"
        ) from error
    merge(model, weights, config.scaling, place=str(adapter))
    return model.to(device=device, dtype=dtype)


def save_merged(base: Path, adapter: Path, out: Path) -> None:
    """Writes a model with its adapter merged into it as an ordinary sentence-transformers folder, for any program.

    The adapter's card goes along as ADAPTER.md. The vectors are those of `load_with_adapter`, the fingerprint is not.

    Args:
        base: see `load_with_adapter`.
        adapter: likewise.
        out: where the folder will be; nothing may be there.

    Raises:
        EmbedderError: see `load_with_adapter`; or something stands at `out`, or it cannot be written.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with one_maker(out):
            if out.exists():
                raise EmbedderError(f"{out} is there already; name a new folder, or remove that one")
            model = load_with_adapter(base, adapter)
            with whole_folder(out) as partial:
                _write_merged(model, base, adapter, partial)
    except (OSError, SafetensorError) as error:
        raise EmbedderError(f"{out}: cannot be written ({error}); make room or choose another folder") from error


def _write_merged(model: SentenceTransformer, base: Path, adapter: Path, folder: Path) -> None:
    model_loading.save(model, folder)
    card = adapter / "README.md"
    if card.is_file():
        shutil.copyfile(card, folder / "ADAPTER.md")
    base_fingerprint, own = model_folder.fingerprint(base), model_folder.fingerprint(folder)
    adapted = adapter_folder.fingerprint(base_fingerprint, adapter)
    (folder / "README.md").write_text(
        f"""# {adapter.name}, merged into its base

A sentence-transformers model that `lexcite merge` wrote: the base (fingerprint `{base_fingerprint}`) with an adapter
added to its weights (together `{adapted}`). ADAPTER.md, where it is here, is the adapter's card: its data, figures
and licences.

    LEXCITE_EMBEDDER=FOLDER lexcite build-index LAW --index DIR

Its own fingerprint is `{own}`. Its vectors are those of base and adapter, but what lexcite has measured for these (when
not to answer) is kept by fingerprint and not known for this folder: `lexcite calibrate --answers` fits it.
""",
        encoding="utf-8",
    )


@torch.no_grad()
def merge(model: SentenceTransformer, weights: dict[str, torch.Tensor], scaling: float, *, place: str) -> None:
    """Adds `scaling` times B A to each weight that an adapter names (Hu et al. 2021, section 4.1).

    Args:
        model: in float32; changed in place.
        weights: `<layer>.lora_A.weight` of shape (rank, inputs) and `<layer>.lora_B.weight` of shape (outputs, rank).
        scaling: see `AdapterConfig`.
        place: where the weights come from, for messages.

    Raises:
        EmbedderError: a layer that the model does not have, or of another shape; nothing is changed then.
    """
    transformer = model.transformers_model
    if transformer is None:
        raise EmbedderError(f"{place}: the base has no transformer; an adapter needs one")
    layers = dict(transformer.named_parameters())
    plain = {name.removeprefix(_PREFIX): tensor.float() for name, tensor in weights.items()}
    names = {name.removesuffix(_A) for name in plain if name.endswith(_A)}
    extra = set(plain) - {name + part for name in names for part in (_A, _B)}
    if not names or extra:
        what = f"{min(extra)} is no part of a LoRA adapter" if extra else "holds no weights"
        raise EmbedderError(f"{place}: {what}; train or copy the adapter again")
    updates = []
    for name in sorted(names):
        target, down, up = layers.get(f"{name}.weight"), plain[name + _A], plain.get(name + _B)
        fits = (
            target is not None
            and up is not None
            and down.ndim == up.ndim == 2
            and down.shape[0] == up.shape[1]
            and target.shape == (up.shape[0], down.shape[1])
        )
        if target is None or up is None or not fits:
            raise EmbedderError(f"{place}: {name} does not fit the base; use the base it was trained on")
        updates.append((target, scaling * (up @ down)))
    for target, update in updates:
        target.add_(update.to(target))
