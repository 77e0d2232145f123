"""A guard that fails whatever tries to leave loopback; an audit hook, so that no library can go around it.

Installed in every test by `conftest.py`, and in child processes that get `guarded_environment()`.
"""

import ipaddress
import os
import sys
from pathlib import Path


class LeftLoopbackError(RuntimeError):
    """Something tried to reach another host."""


_NAMES = {None, "", "localhost", b"localhost", "0.0.0.0", "::"}  # noqa: S104 - resolved only to listen on


def install() -> None:
    """Guards this process for good: an audit hook cannot be removed."""
    sys.addaudithook(_audit)


def guarded_environment(**variables: str) -> dict[str, str]:
    """The environment for a child Python process that is guarded too, through `sitecustomize`."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent / "guard"), **variables}


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[-1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise LeftLoopbackError(f"{event} to {address!r}")
    elif event == "socket.getaddrinfo" and arguments[0] not in _NAMES and not _is_loopback(arguments[0]):
        raise LeftLoopbackError(f"{event} of {arguments[0]!r}")


def _is_loopback(host: object) -> bool:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return text == "localhost" or ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False
