"""The vLLM process: started, watched until it answers, and stopped with everything that it started."""

import http.client
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from app.llm_launch import Launch
from generation.llm import LLMError

READY_WITHIN = 900.0  # seconds; 80 to 120 are usual on two cores, and a large model is read from a slow disk
STOP_WITHIN = 10.0  # seconds between asking and killing
_POLL = 0.5  # seconds
_LAST_LINES = 15
_TAIL = 64 << 10  # bytes at the end of the log that are read
_PREFIX = re.compile(r"^\([^)]*\)\s+|^(?:INFO|WARNING|ERROR)\s+\d\d-\d\d \d\d:\d\d:\d\d \[[^\]]+\]\s+")
_TOLD = re.compile(r"^(?:\([^)]*\)\s+)?INFO\s")  # what vLLM says of its progress; warnings are in the log
_REASON = re.compile(r"\b(?:[A-Z]\w*(?:Error|Exception)|Killed)\b")
_FIXES = (  # what the log says, and what helps
    ("max_model_len", "give a smaller --max-model-len"),
    ("KV cache", "give a smaller --max-model-len, or more memory for the cache (VLLM_CPU_KVCACHE_SPACE, in GiB)"),
    ("out of memory", "free some memory, or serve a smaller model"),
    ("MemoryError", "free some memory, or serve a smaller model"),
    ("No module named", "run `make llm` again"),
    ("already in use", "choose another port: --port N"),
    ("architecture", "this vLLM cannot run the model; serve another one"),
)


@dataclass(slots=True)
class Stopping:
    """Whether someone asked for an end: CTRL-C, SIGTERM, or a terminal that was closed.

    Attributes:
        asked: how often; the second time there is no more waiting.
    """

    asked: int = 0

    def note(self, _signal: int, _frame: FrameType | None) -> None:
        """Counts a signal; the loops below look at it."""
        self.asked += 1

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Takes the signals over for as long as it lasts; only in the main thread."""
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self.note) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@dataclass(slots=True)
class VLLMProcess:
    """One running vLLM server, in a process group of its own.

    Attributes:
        launch: how it was started.
        log: file with all that it prints.
    """

    launch: Launch
    log: Path
    _child: subprocess.Popen[bytes] = field(repr=False)

    @classmethod
    def start(cls, launch: Launch, *, log: Path) -> "VLLMProcess":
        """Starts it; it answers when `wait_until_ready` says so.

        Raises:
            LLMError: the program or the log file cannot be used.
        """
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("wb") as out:
                child = subprocess.Popen(
                    launch.command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env=dict(launch.environ),
                    cwd=log.parent,
                    start_new_session=True,  # CTRL-C reaches us alone, and the group can be stopped as one
                )
        except OSError as error:
            raise LLMError(
                f"{error.filename}: cannot start vLLM ({error.strerror or error}); see docs/llm.md"
            ) from error
        return cls(launch, log, child)

    def wait_until_ready(
        self, stopping: Stopping, *, tell: Callable[[str], None], within: float = READY_WITHIN, every: float = 10.0
    ) -> float:
        """Waits until the server is healthy and offers the model.

        Args:
            stopping: looked at in between; when someone asked for an end this returns at once.
            tell: is given a line of progress now and then.
            within: seconds after which it is given up.
            every: seconds between two lines of progress.

        Returns:
            The seconds that it took.

        Raises:
            LLMError: the server died, is another one than was started, or was not ready in time.
        """
        began = told = time.monotonic()
        while not stopping.asked:
            self.require_alive()
            if self._is_healthy():
                offered = self._offered()
                if self.launch.model not in offered:
                    raise LLMError(
                        f"{self.launch.url} offers {', '.join(offered) or 'nothing'}, not {self.launch.model}; "
                        "another server may be there: choose another port with --port N"
                    )
                break
            now = time.monotonic()
            if now - began > within:
                raise LLMError(f"vLLM was not ready after {within:.0f} s; its log is {self.log}")
            if now - told >= every:
                told = now
                tell(f"  {now - began:4.0f} s  {self._doing()}")
            time.sleep(_POLL)
        return time.monotonic() - began

    def serve_until(self, stopping: Stopping) -> None:
        """Stays until someone asks for an end.

        Raises:
            LLMError: the server died.
        """
        while not stopping.asked:
            self.require_alive()
            time.sleep(_POLL)

    def require_alive(self) -> None:
        """Raises with the end of the log where the server has died.

        Raises:
            LLMError: with the reason, as far as the log tells it, and what to do.
        """
        status = self._child.poll()
        if status is None:
            return
        lines = self.last_lines()
        reasons = [line for line in lines if _REASON.search(line)]
        if reasons:
            reason = reasons[-1]
        elif status < 0:
            reason = f"killed by {_signal_name(-status)}"
        else:
            reason = lines[-1] if lines else "it printed nothing"
        text = "\n".join(lines)
        fix = next((advice for sign, advice in _FIXES if sign in text), "the lines above and the log say why")
        if status == -signal.SIGKILL and not reasons:
            fix = "the system kills what needs too much memory: free some, or serve a smaller model"
        raise LLMError(f"vLLM ended with status {status}: {reason[:300]}; {fix}; log: {self.log}")

    def last_lines(self) -> tuple[str, ...]:
        """The end of the log, without the empty lines."""
        lines = (line.rstrip() for line in _tail(self.log).splitlines())
        return tuple(line for line in lines if line)[-_LAST_LINES:]

    def stop(self, stopping: Stopping, *, within: float = STOP_WITHIN) -> bool:
        """Ends the server and everything that it started; harmless where nothing runs.

        Args:
            stopping: a second signal cuts the waiting short.
            within: seconds after which what is left is killed.

        Returns:
            Whether it ended by itself; False where it had to be killed.
        """
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + within
        while self._group_lives() and time.monotonic() < deadline and stopping.asked < 2:
            time.sleep(0.1)
        by_itself = not self._group_lives()
        if not by_itself:
            self._signal(signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(5)  # a killed process is gone, unless the disk hangs
        return by_itself

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, number)

    def _group_lives(self) -> bool:
        """Whether any process of the group still runs; one that has ended and was not yet collected does not."""
        self._child.poll()
        try:
            os.killpg(self._child.pid, 0)
        except ProcessLookupError:
            return False
        return any(_runs_in(self._child.pid, entry) for entry in _processes())

    def _is_healthy(self) -> bool:
        try:
            return self._get("/health")[0] == http.client.OK
        except (OSError, http.client.HTTPException):
            return False

    def _offered(self) -> tuple[str, ...]:
        try:
            status, body = self._get("/v1/models")
            if status != http.client.OK:
                raise LLMError(f"{self.launch.url}/models answers {status}; another server may be there: --port N")
            return tuple(str(model["id"]) for model in json.loads(body)["data"])
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            raise LLMError(
                f"{self.launch.url} does not speak as vLLM does; another server may be there: --port N"
            ) from error

    def _get(self, path: str) -> tuple[int, bytes]:
        """Status and body; no proxy is used."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.launch.host, self.launch.host)  # noqa: S104
        connection = http.client.HTTPConnection(host, self.launch.port, timeout=5)
        headers = {"Authorization": f"Bearer {self.launch.key}"} if self.launch.key else {}
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read(1 << 20)
        finally:
            connection.close()

    def _doing(self) -> str:
        """What the server last said of its progress."""
        said = [_without_prefix(line) for line in _tail(self.log).splitlines() if _TOLD.match(line)]
        return next((line[:100] for line in reversed(said) if line), "starting Python and vLLM ...")


def _without_prefix(line: str) -> str:
    """A line of vLLM's log without process, level, time and place."""
    previous = ""
    while line != previous:
        previous, line = line, _PREFIX.sub("", line, count=1)
    return line.strip()


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _processes() -> Iterator[Path]:
    """The folders of the running processes, on Linux; vLLM runs nowhere else."""
    return (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _runs_in(group: int, entry: Path) -> bool:
    """Whether a process is of the group and runs; a zombie does not."""
    try:
        fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return False
    return int(fields[2]) == group and fields[0] not in "ZX"
