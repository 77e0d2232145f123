"""Behaves as vLLM's server for the tests of `lexcite llm serve`; a plain script, told what to do by FAKE_VLLM.

FAKE_VLLM holds words: "slow" (begins to listen after a second), "die" (ends with an error), "other" (offers another
model), "deaf" (ignores SIGTERM), "child" (starts a process that ignores SIGTERM), "later" (dies when asked for
/die), "never" (does not listen).
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BEHAVIOUR = os.environ.get("FAKE_VLLM", "").split()


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        key = os.environ.get("VLLM_API_KEY")
        if self.path == "/die":
            say("ValueError: the engine is lost")
            os._exit(3)
        if self.path == "/health":
            self.answer(200, "")
        elif key and self.headers.get("Authorization") != f"Bearer {key}":
            self.answer(401, "{}")
        elif self.path == "/v1/models":
            self.answer(200, json.dumps({"data": [{"id": "stranger" if "other" in BEHAVIOUR else ARGUMENTS.model}]}))
        else:
            self.answer(404, "{}")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


parser = argparse.ArgumentParser()
parser.add_argument("--host")
parser.add_argument("--port", type=int)
parser.add_argument("--served-model-name", dest="model")
ARGUMENTS, _ = parser.parse_known_args()
say("(APIServer pid=1) INFO 01-02 03:04:05 [model.py:1] Using max model len 4096")
if record := os.environ.get("FAKE_VLLM_RECORD"):
    Path(record).write_text(json.dumps({"argv": sys.argv, "environ": dict(os.environ), "cwd": str(Path.cwd())}))
if "deaf" in BEHAVIOUR:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "child" in BEHAVIOUR:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(120)"
    child = subprocess.Popen([sys.executable, "-c", code])
    say(f"child {child.pid}")
if "die" in BEHAVIOUR:
    say("Traceback (most recent call last):\n  nothing to see\nRuntimeError: DefaultCPUAllocator: out of memory")
    sys.exit(1)
if "never" in BEHAVIOUR:
    time.sleep(120)
if "slow" in BEHAVIOUR:
    time.sleep(1.0)
ThreadingHTTPServer((ARGUMENTS.host, ARGUMENTS.port), Handler).serve_forever()
