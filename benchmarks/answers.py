"""Answers measured on labelled questions: without a language model, with a scripted one, and with a real vLLM.

Builds an index of the corpus with `lexcite build-index`, puts the questions with `lexcite evaluate --answers` in each
mode, and prints the figures side by side. The real model is served by `lexcite llm serve` from the environment that
`make llm` makes, unless `--llm-url` names a server that already runs. Rows are kept as they come: started again, the
run goes on where it stopped.

    .venv/bin/python benchmarks/answers.py --corpus en_pdpa.articles.jsonl.gz --questions en_pdpa.questions.jsonl.gz
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
LEXCITE = [sys.executable, "-m", "app"]
# Patience for a CPU, where a long prompt is read for many seconds, and as much law as a small model cites well from.
PATIENT = {
    "LEXCITE_LLM_FIRST_TOKEN_SECONDS": "300",
    "LEXCITE_LLM_TOTAL_SECONDS": "600",
    "LEXCITE_LLM_CONTEXT": "2500",
}
SCRIPTED_PORT, VLLM_PORT = 8103, 8104
SHOWN = (
    "citation precision",
    "citation recall",
    "citation F1, mean",
    "citation F1, of the means",
    "hit rate",
    "coverage",
    "abstention precision",
    "abstention recall",
    "abstention F1",
    "expected calibration error",
    "area under risk-coverage",
)


def main() -> None:
    """Runs the modes that are asked for and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--withhold", action="append", default=[], choices=["article", "law"])
    parser.add_argument("--modes", nargs="+", default=["none", "scripted", "vllm"])
    parser.add_argument("--model", default="qwen", help="for `lexcite llm serve` (default: qwen)")
    parser.add_argument("--llm-url", default="", help="a server that already runs, instead of `lexcite llm serve`")
    parser.add_argument("--folder", type=Path, default=ROOT / "benchmarks/results/answers")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    index = options.folder / "index"
    subprocess.run([*LEXCITE, "build-index", str(options.corpus), "--index", str(index)], cwd=ROOT, check=True)
    results = {}
    for mode in options.modes:
        with served(mode, options.model, options.llm_url) as url:
            results[mode] = measure(mode, url, index, options)
    report = {
        "benchmark": "answers",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "questions": options.questions.name,
        "split": options.split,
        "withheld": options.withhold,
        "modes": results,
    }
    (options.folder / f"answers_{options.split}.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    print(table(results))


def measure(mode: str, url: str, index: Path, options: argparse.Namespace) -> dict[str, object]:
    """One run of `lexcite evaluate --answers`, resumed where an earlier one stopped."""
    writer = "verbatim" if mode == "none" else "model"
    rows = options.folder / f"{mode}_{options.split}.jsonl"
    command = [*LEXCITE, "evaluate", "--answers", str(options.questions), "--split", options.split, "--json"]
    command += ["--index", str(index), "--writer", writer, "--rows", str(rows)]
    command += ["--plot", str(options.folder / f"{mode}_{options.split}.png")]
    command += [part for what in options.withhold for part in ("--withhold", what)]
    command += ["--llm-url", url] if url else []
    command += ["--resume"] if rows.exists() else []
    done = subprocess.run(command, cwd=ROOT, env=os.environ | PATIENT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


@contextmanager
def served(mode: str, model: str, running: str) -> Iterator[str]:
    """The address of the mode's language model while it runs; empty for none."""
    if mode == "none" or (mode == "vllm" and running):
        yield running if mode == "vllm" else ""
        return
    port = SCRIPTED_PORT if mode == "scripted" else VLLM_PORT
    script = [sys.executable, str(ROOT / "benchmarks/scripted_model.py"), "--port", str(port)]
    serve = [*LEXCITE, "llm", "serve", "--model", model, "--port", str(port)]
    process = subprocess.Popen(script if mode == "scripted" else serve, cwd=ROOT)
    url = f"http://127.0.0.1:{port}/v1"
    try:
        wait_for(f"{url}/models", process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Returns when the address answers; ends the run where the server died first."""
    while process.poll() is None:
        try:
            httpx.get(url, timeout=5, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(1)
        else:
            return
    sys.exit(f"the server behind {url} ended before it was ready; see what it printed above")


def table(results: dict[str, dict[str, object]]) -> str:
    """The figures with their intervals, a column for each mode."""
    lines = [f"| metric | {' | '.join(results)} |", "|---" * (len(results) + 1) + "|"]
    for name in SHOWN:
        cells = []
        for result in results.values():
            value = result["metrics"].get(name)
            cells.append("-" if value is None else f"{value['value']:.3f} [{value['low']:.3f}, {value['high']:.3f}]")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
