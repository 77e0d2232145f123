"""`python -m tests.mutations.nearness`: how near true sentences are to their law, for `generation.nearness`.

Thresholds come from train; `--split dev` tells how many true sentences they would stop there. The embedder is the one
that the settings name (LEXCITE_ADAPTER, LEXCITE_EMBEDDER).
"""

import argparse
import random
import sys

import numpy as np

from app.settings import load_settings
from app.wiring import environment, load_embedder, prepare_process
from generation.cases import Case, evidence
from generation.nearness import least_near, nearness
from generation.sentences import Claim
from index.embedding import Embedder
from tests.mutations.gate_run import GateRun
from tests.mutations.sources import QUESTIONS, Statement, human_statements

MOST = 400  # sentences of a question set


def near(run: GateRun, statement: Statement, embedder: Embedder) -> float | None:
    """The nearness of a sentence to what it cites of its articles; None where nothing of them is cited."""
    numbered, cited = run.shown(tuple(dict.fromkeys(place.article for place in statement.cited)), statement.cited)
    if not cited:
        return None
    told = evidence(numbered)
    case = Case(
        Claim(statement.text, ()), statement.lang, statement.question, tuple(told[number] for number in cited), told
    )
    return nearness(case, embedder)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations.nearness", description=__doc__)
    parser.add_argument("--split", choices=("train", "dev"), default="train")
    split = parser.parse_args().split
    settings = load_settings(environ=environment(), flags={})
    prepare_process(environment(), settings)
    embedder, run = load_embedder(settings), GateRun()
    sys.stdout.write(f"embedder {embedder.fingerprint}, {settings.precision}\n")
    for dataset in QUESTIONS:
        statements = [one for one in human_statements(dataset) if one.split == split]
        random.Random(0).shuffle(statements)
        found = np.array([x for one in statements[:MOST] if (x := near(run, one, embedder)) is not None])
        low, middle = np.quantile(found, (0.01, 0.5))
        least = least_near(embedder, statements[0].lang)
        stopped = "no threshold" if least is None else f"{(found < least).sum()} below the threshold {least}"
        sys.stdout.write(
            f"{statements[0].lang} {dataset}: {len(found)} sentences,"
            f" one in a hundred below {low:.3f}, half below {middle:.3f}, least {found.min():.3f}; {stopped}\n"
        )


if __name__ == "__main__":
    main()
