"""Settings: defaults, then a TOML file, then `LEXCITE_*` variables, then flags; one flat frozen value."""

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_type_hints

from index.errors import UserFacingError

DEFAULT_ADAPTER = "default"  # the value of `adapter` that stands for the one that comes with lexcite


class SettingsError(UserFacingError):
    """A setting that is unknown or has an impossible value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of lexcite. The environment variable of `llm_url` is `LEXCITE_LLM_URL`, and so on."""

    index: Annotated[Path, "Folder of the index: its releases and its calibration."] = Path("index-data")
    cache: Annotated[Path, "Folder for the converted embedder and the sample law."] = Path("~/.cache/lexcite")
    embedder: Annotated[
        str, "Embedding model: a sentence-transformers folder or hub name. Empty: the packaged multilingual-e5-small."
    ] = ""
    adapter: Annotated[
        str,
        "LoRA adapter of the embedder: a folder of `lexcite train`. `default`: the one for law that comes with lexcite,"
        " where the embedder is the packaged one. Empty: none.",
    ] = DEFAULT_ADAPTER
    aliases: Annotated[
        str, "File of further names by which people call the laws, in the form of `index/aliases.toml`. Empty: none."
    ] = ""
    device: Annotated[
        str, "Torch device of the embedder, such as `cpu` or `cuda:0`. Empty: a GPU where there is one."
    ] = ""
    precision: Annotated[
        str,
        "In which numbers the embedder multiplies matrices: `float32`; `bfloat16`, one and a half times to twice as"
        " fast on processors that multiply it in hardware (AVX-512 BF16, AMX) and slower on others; `int8`, twice as"
        " fast by OpenVINO (`make int8`) with AVX-512 VNNI, on the CPU; `float16`, for CUDA devices only. What is"
        " indexed in one may be asked in another.",
    ] = "float32"
    vectors: Annotated[
        str,
        "How vectors are kept in memory: `float32` searches exactly; `float16`, `int8` and `bits` keep codes that"
        " nominate, and the vectors in their file decide. `lexcite plan` measures them on your index.",
    ] = "float32"
    dimension: Annotated[
        int,
        "First components of each vector that nominate (Matryoshka); the whole vectors in their file decide. 0: all.",
    ] = 0
    threads: Annotated[int, "CPU threads for the embedder and the search. 0: as many as there are cores."] = 0
    sources: Annotated[str, "Publishers whose law may be indexed, hosts and names: `boe.es,europa.eu`. Empty: any."] = (
        ""
    )
    hits: Annotated[int, "Articles that a search returns."] = 10
    hits_per_law: Annotated[
        int, "Articles of one law that a search returns at most while other laws have some to offer. 0: any number."
    ] = 0
    referenced: Annotated[int, "Articles that the found ones refer to and that a search brings along behind them."] = 0
    reranker: Annotated[
        str,
        "Cross-encoder that puts the articles found in order, in the languages in which `lexcite calibrate` measured"
        " that it helps: a folder or hub name. Empty: none.",
    ] = ""
    mode: Annotated[str, "`dense`, `lexical` or `fused`. Empty: the one that was measured best for the language."] = ""
    jurisdiction: Annotated[
        str, "Jurisdiction of those who ask (`ES`, `VN`, `EU` ...): only its law answers. Several: `ES,EU`. Empty: any."
    ] = ""
    llm_url: Annotated[
        str, "Base URL of an OpenAI-compatible server, such as `http://127.0.0.1:8000/v1`. Empty: verbatim answers."
    ] = ""
    llm_model: Annotated[str, "Model name at that server. Empty: the first that it lists."] = ""
    llm_key: Annotated[str, "API key for that server. Empty: none is sent."] = ""
    llm_python: Annotated[
        str, "Python of the environment that `lexcite llm serve` starts vLLM in. Empty: `.venv-llm` beside the project."
    ] = ""
    llm_first_token_seconds: Annotated[
        float, "How long to wait for the model's first token before answering verbatim."
    ] = 20.0
    llm_total_seconds: Annotated[float, "How long the model may take for a whole answer."] = 120.0
    llm_context: Annotated[
        int, "Characters of law that the model is shown at most; a small model cites better from less."
    ] = 9_000
    nli: Annotated[
        str,
        "Cross-encoder of natural language inference that judges whether the law says what a model's sentence says,"
        " across languages too: a folder or hub name. Empty: the words that they share and the embedder do.",
    ] = ""
    host: Annotated[str, "Address that `serve` listens on. Any but loopback requires `keys`."] = "127.0.0.1"
    port: Annotated[int, "Port that `serve` listens on."] = 7860
    keys: Annotated[
        str, "File of hashed API keys, one `name:sha256` a line, written by `lexcite key`. Empty: no keys."
    ] = ""
    workers: Annotated[int, "Questions that are searched and checked at the same time."] = 2
    queue: Annotated[int, "Questions that may wait for a worker; beyond it the server answers 429."] = 64

    def __post_init__(self) -> None:
        """Refuses impossible values.

        Raises:
            SettingsError: naming the setting, its value and what it may be.
        """
        if self.mode not in {"", "dense", "lexical", "fused"}:
            raise SettingsError(f"setting mode is {self.mode!r}; it may be dense, lexical, fused or empty")
        positive = (
            "hits",
            "llm_first_token_seconds",
            "llm_total_seconds",
            "llm_context",
            "workers",
            "queue",
        )
        for name in positive:
            if getattr(self, name) <= 0:
                raise SettingsError(f"setting {name} is {getattr(self, name)}; it must be larger than 0")
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"setting port is {self.port}; a port is a number from 0 to 65535 (0: any free one)")
        kinds = ("float32", "float16", "int8", "bits")
        for name, choices in (("precision", ("float32", "bfloat16", "int8", "float16")), ("vectors", kinds)):
            if getattr(self, name) not in choices:
                raise SettingsError(f"setting {name} is {getattr(self, name)!r}; it may be {' or '.join(choices)}")
        for name in ("threads", "hits_per_law", "dimension"):
            if getattr(self, name) < 0:
                raise SettingsError(f"setting {name} is {getattr(self, name)}; it must be 0 or more")
        if self.llm_url and not self.llm_url.startswith(("http://", "https://")):
            raise SettingsError(f"setting llm_url is {self.llm_url!r}; it must begin with http:// or https://")

    @property
    def jurisdictions(self) -> frozenset[str]:
        """The codes in `jurisdiction`, upper case; empty for any."""
        return frozenset(code.strip().upper() for code in self.jurisdiction.split(",") if code.strip())


def describe_settings() -> tuple[tuple[str, object, str], ...]:
    """Name, default and meaning of every setting, in the order of the class."""
    hints = get_type_hints(Settings, include_extras=True)
    return tuple(
        (setting.name, setting.default, hints[setting.name].__metadata__[0]) for setting in dataclasses.fields(Settings)
    )


ENVIRONMENT_PREFIX = "LEXCITE_"
CONFIG_VARIABLE = "LEXCITE_CONFIG"
# Variables of ours that are read elsewhere and are no settings.
_OTHER_VARIABLES = {CONFIG_VARIABLE, "LEXCITE_DATA"}


def load_settings(*, environ: Mapping[str, str], flags: Mapping[str, object], config: Path | None = None) -> Settings:
    """Reads the settings from all their places.

    Args:
        environ: the process environment, or a test's own.
        flags: setting name to value as given on the command line; None values are flags that were not given.
        config: TOML file; where None, the file that `LEXCITE_CONFIG` names, else `lexcite.toml` if it is there.

    Returns:
        The settings; flags win over the environment, the environment over the file, the file over the defaults.

    Raises:
        SettingsError: an unknown key, or a value of the wrong type or range, with the place it came from.
    """
    types = {setting.name: type(setting.default) for setting in dataclasses.fields(Settings)}
    values: dict[str, object] = {}

    named = config or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    path = named or Path("lexcite.toml")
    if named is not None or path.is_file():
        for key, value in _read_toml(path).items():
            if key not in types:
                raise SettingsError(f"{path}: unknown setting {key!r}; the settings are {', '.join(sorted(types))}")
            values[key] = _convert(key, value, types[key], place=str(path))

    for variable, text in environ.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable in _OTHER_VARIABLES:
            continue
        key = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if key not in types:
            raise SettingsError(f"unknown variable {variable}; the settings are {', '.join(sorted(types))}")
        values[key] = _convert(key, text, types[key], place=variable)

    for key, value in flags.items():
        if value is not None and key in types:
            values[key] = _convert(key, value, types[key], place=f"--{key.replace('_', '-')}")
    return Settings(**values)  # type: ignore[arg-type]  # the types were just converted


def _read_toml(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        raise SettingsError(f"there is no settings file {path}; check LEXCITE_CONFIG or --config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error


def _convert(key: str, value: object, kind: type, *, place: str) -> object:
    if issubclass(kind, Path):
        if isinstance(value, str | Path):
            return Path(value).expanduser()
    elif kind is str and isinstance(value, str):
        return value
    elif kind in (int, float) and isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return kind(value)
        except ValueError:
            pass
    wanted = {int: "a whole number", float: "a number", str: "text"}.get(kind, "a path")
    raise SettingsError(f"{place}: setting {key} is {value!r}; it must be {wanted}")
