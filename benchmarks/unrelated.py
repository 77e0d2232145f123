"""How many questions about something else are refused: `unrelated_questions.toml`, put to the whole assistant.

    python benchmarks/unrelated.py --put en INDEX --put es INDEX ...

Each index is asked the questions of that language. Every second one, beginning with the first, was to choose by, the
others test. "By confidence alone" counts those whose confidence is too low, whatever else speaks against an answer.
"""

import argparse
import asyncio
import tomllib
from dataclasses import replace
from pathlib import Path

from app.settings import load_settings
from app.wiring import environment, load_embedder, open_engine, prepare_process, thresholds_of, with_model_of
from generation.answer import Answer, Outcome
from generation.assistant import Assistant
from index.release import Release


async def answers(assistant: Assistant, questions: list[str], *, k: int) -> list[Answer]:
    """One after the other."""
    return [await assistant.ask(question, k=k) for question in questions]


def main() -> None:
    """Asks, and prints."""
    own = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    own.add_argument("--put", nargs=2, action="append", required=True, metavar=("LANG", "INDEX"))
    arguments = own.parse_args()
    plain = load_settings(environ=environment(), flags={})
    prepare_process(environment(), plain)
    asked = tomllib.loads(Path(__file__).with_name("unrelated_questions.toml").read_text("utf-8"))
    for lang, index in arguments.put:
        with Release.open(Path(index)) as release:
            settings = with_model_of(replace(plain, index=Path(index)), release.manifest)
            embedder = load_embedder(settings)
            engine = open_engine(settings, release, embedder, None)
            least = thresholds_of(settings, embedder).least_in(lang)

            found = asyncio.run(answers(engine.assistant, asked[lang], k=settings.hits))
        refused = [answer.outcome is not Outcome.ANSWERED for answer in found]
        unsure = sum(answer.confidence is not None and answer.confidence < least for answer in found)
        print(
            f"{lang}, {len(release.laws)} laws, embedder {embedder.fingerprint}: by confidence alone {unsure} of"
            f" {len(found)}; with the words: chosen by {sum(refused[::2])} of {len(refused[::2])},"
            f" test {sum(refused[1::2])} of {len(refused[1::2])}"
        )


if __name__ == "__main__":
    main()
