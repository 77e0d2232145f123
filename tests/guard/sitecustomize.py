"""Guards the child processes of tests; Python imports it at start because its folder is on PYTHONPATH."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import socket_guard

sys.path.pop(0)
socket_guard.install()
