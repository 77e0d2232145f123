"""Fits a packaged confidence (generation/confidence_*.json), for the settings' embedder, on several indexes together.

    python benchmarks/confidence.py --corpus INDEX QUESTIONS --corpus ... --elsewhere INDEX QUESTIONS --out FILE

Each corpus is an index and the questions that were written for it; `--elsewhere` is an index and questions about law
that it does not hold. Train questions are fitted; the held-out figures are printed, and those of dev at the thresholds
chosen on train. `--samples FILE` keeps what was measured, and reads it when it is there.
"""

import argparse
import json
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

from app.answer_calibrating import fit_text, samples_of
from app.settings import load_settings
from app.wiring import environment, load_embedder, prepare_process
from generation.answer_evaluation import Kind, cases
from generation.confidence import render
from generation.confidence_fitting import fit
from generation.confidence_samples import Sample
from generation.signals import Signals
from generation.unheard import MOST_UNHEARD
from index.release import Release
from retrieval.questions import read_questions


def main() -> None:
    """Measures, fits, prints."""
    own = argparse.ArgumentParser(description=__doc__)
    own.add_argument("--corpus", nargs=2, action="append", default=[], metavar=("INDEX", "QUESTIONS"))
    own.add_argument("--elsewhere", nargs=2, action="append", default=[], metavar=("INDEX", "QUESTIONS"))
    own.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth question")
    own.add_argument("--samples", type=Path, metavar="FILE")
    own.add_argument("--out", type=Path, required=True, metavar="FILE")
    arguments = own.parse_args()
    settings = load_settings(environ=environment(), flags={})
    prepare_process(environment(), settings)
    embedder = load_embedder(settings)
    samples: list[Sample] = []
    if arguments.samples is not None and arguments.samples.exists():
        rows = [json.loads(line) for line in arguments.samples.read_text("utf-8").splitlines()]
        samples = [Sample(**{**row, "measured": Signals(**row["measured"])}) for row in rows]
    else:
        pairs = [(pair, False) for pair in arguments.corpus] + [(pair, True) for pair in arguments.elsewhere]
        for (index, file), elsewhere in pairs:
            here = replace(settings, index=Path(index))
            questions = read_questions(Path(file))[:: arguments.every]
            with Release.open(here.index) as release:
                put = list(
                    cases(questions, release, withhold=(Kind.WITHOUT_ARTICLE, Kind.WITHOUT_LAW), elsewhere=elsewhere)
                )
                samples += samples_of(put, release, here, embedder)
        if arguments.samples is not None:
            arguments.samples.write_text(
                "".join(json.dumps(asdict(sample), ensure_ascii=False) + "\n" for sample in samples), "utf-8"
            )
    train = [sample for sample in samples if sample.split == "train"]
    names = [Path(file).name.split(".")[0] for _, file in arguments.corpus]
    fitted = f"{len(train)} cases of the train questions of {', '.join(names)}; benchmarks/confidence.py"
    found = fit(train, fingerprint=embedder.fingerprint, fitted=fitted)
    arguments.out.write_text(render(found.confidence), "utf-8")
    print("train, held out")
    print(fit_text(found))
    print("dev, at the thresholds chosen on train")
    counts: Counter[tuple[str, str, bool]] = Counter()
    for sample in (one for one in samples if one.split == "dev"):
        kind = "must_abstain" if sample.kind == Kind.ASKED and not sample.answerable else sample.kind
        unsure = found.confidence.of(sample.measured) < found.confidence.least_in(sample.lang)
        silent = unsure or sample.unheard >= MOST_UNHEARD
        counts[sample.lang, kind, silent] += 1
    for lang, kind in sorted({(lang, kind) for lang, kind, _ in counts}):
        silent, spoke = counts[lang, kind, True], counts[lang, kind, False]
        print(f"{lang} {kind}: {silent} of {silent + spoke} met silence")


if __name__ == "__main__":
    main()
