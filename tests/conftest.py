"""What every test gets: no way off this machine, and the places of real law and of the packaged model."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Demo:
    """A running `lexcite demo`: the sample law, the packaged embedder, the real server, in a guarded child process."""

    url: str
    index: Path
    printed: str  # on stdout before it began to serve


@pytest.fixture(scope="session")
def demo(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Builds and serves the sample law as `make demo` does; minutes the first time in a session."""
    if not (cache / "models").is_dir():
        pytest.skip(f"the packaged embedder is not in {cache}; run `make setup`")
    folder = tmp_path_factory.mktemp("demo")
    environ = socket_guard.guarded_environment(LEXCITE_CACHE=str(cache))
    command = [sys.executable, "-m", "app", "demo", "--index", str(folder / "index"), "--port", "0"]
    with (folder / "stderr").open("wb") as progress:
        child = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=progress, text=True)
        printed = ""
        try:
            for line in child.stdout:
                printed += line
                if line.startswith("chat: "):
                    break
            else:
                pytest.fail(f"the demo did not come up:\n{printed}\n{(folder / 'stderr').read_text()}")
            yield Demo(line.split()[1], folder / "index", printed)
            child.send_signal(signal.SIGINT)
            assert child.wait(20) == 0, (folder / "stderr").read_text()
        finally:
            child.kill()
            child.communicate()  # closes the pipe


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the figures that passed tests measured: what they wrote to stdout."""
    figures = [
        (report.nodeid, content.strip())
        for report in terminalreporter.getreports("passed")
        for name, content in report.sections
        if name == "Captured stdout call" and content.strip()
    ]
    if figures:
        terminalreporter.section("figures")
    for nodeid, content in figures:
        terminalreporter.write_line(f"{nodeid}\n{content}\n")
