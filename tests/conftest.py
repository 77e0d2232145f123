"""What every test gets: no way off this machine, and the places of real law and of the packaged model."""

import os
import time
from pathlib import Path

import pytest

from tests import socket_guard

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
for variable in [name for name in os.environ if name.startswith("LEXCITE_")]:
    if variable not in {"LEXCITE_DATA", "LEXCITE_CACHE"}:
        del os.environ[variable]  # a developer's own settings are not the tests'

socket_guard.install()
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def law_data() -> Path:
    """The folder of real law and labelled questions; skips where it is absent."""
    folder = Path(os.environ.get("LEXCITE_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "corpora").is_dir():
        pytest.skip(f"no real law in {folder}; set LEXCITE_DATA to the folder that holds corpora/ and questions/")
    return folder


@pytest.fixture(scope="session")
def cache() -> Path:
    """The cache that `make setup` fills."""
    return Path(os.environ.get("LEXCITE_CACHE", "~/.cache/lexcite")).expanduser()


@pytest.fixture
def wait_until():
    """Waits for a condition; fails after ten seconds."""

    def wait(condition, seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "waited too long"
            time.sleep(0.02)

    return wait
