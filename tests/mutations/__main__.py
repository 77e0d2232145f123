"""`python -m tests.mutations`: the whole suite against the gate, with its figures; misses go into a file."""

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from tests.mutations.gate_run import GateRun
from tests.mutations.report import alarm_table, miss_summary, recall_table
from tests.mutations.sources import DATA
from tests.mutations.suite import SEED, build


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument(
        "--misses", type=Path, help="JSON Lines: what passed and should not, false alarms, true originals refused"
    )
    parser.add_argument("--cases", type=Path, help="JSON Lines of every case, to read by hand")
    parser.add_argument("--split", choices=("train", "dev"), help="that split alone; rules are tuned on train")
    parser.add_argument("--kind", help="that class alone")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"no law at {DATA}: set LEXCITE_DATA to the folder of corpora")
    suite = build(seed=asked.seed)
    cases = [c for c in suite.cases if asked.split in (None, c.split) and asked.kind in (None, c.kind)]
    human = [s for s in suite.human if asked.split in (None, s.split)] if asked.kind is None else []
    if asked.cases:
        asked.cases.write_text("".join(json.dumps(asdict(c), ensure_ascii=False) + "\n" for c in cases), "utf-8")
    run = GateRun()
    start = time.process_time()
    judged = [run.judge(case) for case in cases]
    alarms = [(s, run.accepts(s)) for s in human]
    seconds = time.process_time() - start
    of = Counter(c.split for c in cases)
    sys.stdout.write(f"{len(cases)} false sentences ({dict(of)}), {len(human)} true ones, {seconds:.1f} CPU s\n\n")
    sys.stdout.write(recall_table(judged) + "\n\n" + (alarm_table(alarms) + "\n\n" if alarms else ""))
    sys.stdout.write(miss_summary(judged) + "\n")
    if asked.misses:
        missed = [{"missed": j.case.kind} | asdict(j.case) for j in judged if not j.caught]
        raised = [{"false alarm": state.value} | asdict(s) for s, state in alarms if state.value != "supported"]
        refused = [
            {"original refused": j.original.value} | asdict(j.case)
            for j in judged
            if j.original not in (None, "supported")
        ]
        lines = [json.dumps(line, ensure_ascii=False) + "\n" for line in missed + raised + refused]
        asked.misses.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
