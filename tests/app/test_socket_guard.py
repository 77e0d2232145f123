import socket
import subprocess
import sys

import pytest

from tests.socket_guard import LeftLoopbackError, guarded_environment


def test_another_host_cannot_be_reached_or_even_looked_up():
    with socket.socket() as one, pytest.raises(LeftLoopbackError):
        one.connect(("192.0.2.1", 80))
    with pytest.raises(LeftLoopbackError):
        socket.getaddrinfo("example.org", 80)


def test_loopback_can():
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())


def test_child_processes_are_guarded_too():
    code = "import socket; socket.create_connection(('192.0.2.1', 80))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=guarded_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "LeftLoopbackError" in done.stderr
