import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.llm_launch import ServedModel, VLLMEnvironment, plan
from app.llm_process import Stopping, VLLMProcess
from generation.llm import LLMError

ROOT = Path(__file__).resolve().parents[2]


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False)


def is_running(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "judge"
    folder.mkdir()
    (folder / "config.json").write_text('{"max_position_embeddings": 4096}')
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


@pytest.fixture
def start(vllm_python, model, tmp_path):
    started = []

    def begin(behaviour: str = "", *, key: str = "") -> VLLMProcess:
        launch = plan(
            ServedModel(model, "judge"),
            VLLMEnvironment(vllm_python, "cpu", "0.32.0"),
            host="127.0.0.1",
            port=0,
            window=None,
            key=key,
            environ={
                **os.environ,
                "FAKE_VLLM": behaviour,
                "FAKE_VLLM_RECORD": str(tmp_path / "record.json"),
            },
            memory=8 << 30,
        )
        started.append(VLLMProcess.start(launch, log=tmp_path / "logs" / "vllm.log"))
        return started[-1]

    yield begin
    for process in started:
        process.stop(Stopping(), within=0)


def test_it_waits_until_the_server_answers_and_tells_what_it_does(start):
    told = []
    process = start("slow")
    seconds = process.wait_until_ready(Stopping(), tell=told.append, every=0.0)
    assert seconds >= 1.0
    assert re.fullmatch(r" +\d+ s  Using max model len 4096", told[-1])


def test_the_server_runs_away_from_the_project_and_in_a_group_of_its_own(start, tmp_path):
    process = start()
    process.wait_until_ready(Stopping(), tell=print)
    record = json.loads((tmp_path / "record.json").read_text())
    assert record["cwd"] == str(tmp_path / "logs")
    assert os.getpgid(process._child.pid) == process._child.pid != os.getpgid(0)


def test_a_key_protects_the_server_and_is_not_among_its_arguments(start, tmp_path):
    process = start(key="s3cret-of-the-server")
    process.wait_until_ready(Stopping(), tell=print)
    record = json.loads((tmp_path / "record.json").read_text())
    assert "s3cret-of-the-server" not in " ".join(record["argv"])
    assert get(f"{process.launch.url}/models").status_code == 401


def test_a_server_that_dies_says_why_and_what_helps(start):
    process = start("die")
    with pytest.raises(LLMError) as caught:
        process.wait_until_ready(Stopping(), tell=print)
    assert str(caught.value) == (
        "vLLM ended with status 1: RuntimeError: DefaultCPUAllocator: out of memory; "
        f"free some memory, or serve a smaller model; log: {process.log}"
    )
    assert process.last_lines()[-2:] == ("  nothing to see", "RuntimeError: DefaultCPUAllocator: out of memory")


def test_a_server_that_dies_later_is_noticed(start):
    process = start()
    process.wait_until_ready(Stopping(), tell=print)
    with pytest.raises(httpx.TransportError):
        get(process.launch.url.removesuffix("/v1") + "/die")
    with pytest.raises(LLMError, match=r"status 3: ValueError: the engine is lost; the lines above"):
        process.serve_until(Stopping())


def test_a_killed_server_points_at_the_memory(start):
    process = start()
    process.wait_until_ready(Stopping(), tell=print)
    os.kill(process._child.pid, signal.SIGKILL)
    with pytest.raises(LLMError, match=r"status -9: killed by SIGKILL; the system kills what needs too much memory"):
        process.serve_until(Stopping())


def test_another_server_at_the_same_place_is_not_taken_for_ours(start):
    with pytest.raises(LLMError, match="offers stranger, not judge; another server may be there"):
        start("other").wait_until_ready(Stopping(), tell=print)


def test_a_server_that_never_answers_is_given_up(start):
    with pytest.raises(LLMError, match=r"not ready after 0 s; its log is .*vllm\.log"):
        start("never").wait_until_ready(Stopping(), tell=print, within=0.2)


def test_a_willing_server_stops_by_itself(start):
    process = start()
    process.wait_until_ready(Stopping(), tell=print)
    assert process.stop(Stopping()) is True
    assert not is_running(process._child.pid)


def test_a_deaf_server_and_its_children_are_killed(start):
    process = start("deaf child")
    process.wait_until_ready(Stopping(), tell=print)
    child = int(re.search(r"child (\d+)", process.log.read_text())[1])
    assert is_running(child)
    assert process.stop(Stopping(), within=0.3) is False
    assert not is_running(process._child.pid)
    deadline = time.monotonic() + 5
    while is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_second_signal_cuts_the_waiting_short(start):
    process = start("deaf")
    process.wait_until_ready(Stopping(), tell=print)
    stopping = Stopping(asked=1)
    before = signal.signal(signal.SIGALRM, stopping.note)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    began = time.monotonic()
    try:
        assert process.stop(stopping, within=60) is False
    finally:
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - began < 10


def test_a_program_that_cannot_be_started_is_told(model, tmp_path):
    launch = plan(
        ServedModel(model, "judge"),
        VLLMEnvironment(tmp_path / "gone" / "python", "cpu", "0.32.0"),
        host="127.0.0.1",
        port=0,
        window=None,
        key="",
        environ={},
        memory=1,
    )
    with pytest.raises(LLMError, match=r"gone/python: cannot start vLLM \(No such file"):
        VLLMProcess.start(launch, log=tmp_path / "logs" / "vllm.log")


@contextmanager
def serving(vllm_python, model, tmp_path, behaviour=""):
    """`lexcite llm serve` in a process of its own, as a person runs it."""
    command = [sys.executable, "-m", "app", "llm", "serve", "--model", str(model), "--port", "0"]
    environ = {
        **os.environ,
        "LEXCITE_LLM_PYTHON": str(vllm_python),
        "LEXCITE_CACHE": str(tmp_path / "cache"),
        "FAKE_VLLM": behaviour,
    }
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_command_prints_the_address_and_a_signal_ends_everything(vllm_python, model, tmp_path, number):
    with serving(vllm_python, model, tmp_path, "child") as child:
        assert re.fullmatch(r"ready in \d+ s: judge\n", child.stdout.readline())
        url = re.fullmatch(r"LEXCITE_LLM_URL=(http://127\.0\.0\.1:\d+/v1)\n", child.stdout.readline())[1]
        assert get(f"{url}/models").json() == {"data": [{"id": "judge"}]}
        (log,) = (tmp_path / "cache" / "logs").iterdir()
        grandchild = int(re.search(r"child (\d+)", log.read_text())[1])
        child.send_signal(number)
        time.sleep(0.3)
        child.send_signal(number)  # the grandchild ignores the first
        errors = child.communicate(timeout=30)[1]
        assert child.returncode == 0
        assert "stopping vLLM ...\nit did not stop by itself and was killed\n" in errors
    with pytest.raises(httpx.ConnectError):
        get(f"{url}/models")
    assert not is_running(grandchild)


def test_the_command_shows_the_end_of_the_log_of_a_server_that_died(vllm_python, model, tmp_path):
    with serving(vllm_python, model, tmp_path, "die") as child:
        out, errors = child.communicate(timeout=30)
    assert child.returncode == 1
    assert out == ""
    assert "  | RuntimeError: DefaultCPUAllocator: out of memory\n" in errors
    assert errors.splitlines()[-1].startswith("lexcite: vLLM ended with status 1: RuntimeError")
