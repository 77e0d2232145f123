"""uvicorn, stopping in good order: open pages are let go first, and a stop that was asked for is no error."""

import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

GRACE_SECONDS = 10  # how long open answers may take to finish


class _Server(uvicorn.Server):
    """Tells long-lived streams that the end has come before it waits for them."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by the signal."""
        self._on_stop()
        super().handle_exit(sig, frame)


def run_server(application: FastAPI, listener: socket.socket, *, on_stop: Callable[[], None]) -> None:
    """Serves on a bound socket until SIGINT or SIGTERM, then lets open answers finish.

    Args:
        application: what to serve.
        listener: bound; closed at the end.
        on_stop: called in the signal's handler, when the end begins.
    """
    config = uvicorn.Config(
        application, log_level="warning", timeout_graceful_shutdown=GRACE_SECONDS, server_header=False
    )
    # After it has stopped in good order uvicorn raises the signal again; here nothing is left to stop.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _Server(config, on_stop).run(sockets=[listener])
