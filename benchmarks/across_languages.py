"""What tells an answer from a chance neighbour across languages, for `generation.abstention.AcrossLanguages`.

    python benchmarks/across_languages.py --index INDEX --laws CELEX ... [--nearness N --lead L --leads es=L ...]

INDEX holds the sample law, or other EU acts in English, made by the embedder that the settings name. The questions
of `across_languages.toml` about these laws and the Spanish and Vietnamese ones of `unrelated_questions.toml` are put
to it; every second one, beginning with the first, is to choose by, the others test. Without figures the measured
values are listed, those to choose by only; with figures the table of what would be answered is printed.
"""

import argparse
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.settings import load_settings
from app.wiring import environment, load_embedder, open_engine, prepare_process
from generation.abstention import AcrossLanguages
from index.release import Release
from retrieval.search import NO_FILTERS, Hit

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in another language than the law, and the articles that answer it (none: unrelated)."""

    lang: str
    text: str
    articles: tuple[str, ...]
    to_choose: bool

    def kind(self, hits: Sequence[Hit]) -> str:
        """What an answer would be."""
        if not self.articles:
            return "unrelated"
        first = f"{hits[0].law.id} {hits[0].article.number}"
        return "right first" if first in self.articles else "wrong first"


def questions(laws: Sequence[str]) -> list[Asked]:
    """Those about the laws and the unrelated ones, in the order of their files."""
    related = tomllib.loads((HERE / "across_languages.toml").read_text("utf-8"))["question"]
    related = [one for one in related if one["articles"][0].split()[0] in laws]
    asked = [Asked(one["lang"], one["text"], tuple(one["articles"]), n % 2 == 0) for n, one in enumerate(related)]
    unrelated = tomllib.loads((HERE / "unrelated_questions.toml").read_text("utf-8"))
    for lang in ("es", "vi"):
        asked += [Asked(lang, text, (), n % 2 == 0) for n, text in enumerate(unrelated[lang])]
    return asked


def main() -> None:
    """Searches, and prints."""
    own = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    own.add_argument("--index", type=Path, required=True)
    own.add_argument("--laws", nargs="+", required=True, metavar="CELEX")
    own.add_argument("--nearness", type=float)
    own.add_argument("--lead", type=float)
    own.add_argument("--leads", nargs="*", default=[], metavar="LANG=LEAD")
    arguments = own.parse_args()
    settings = replace(load_settings(environ=environment(), flags={}), index=arguments.index)
    prepare_process(environment(), settings)
    embedder = load_embedder(settings)
    with Release.open(settings.index) as release:
        engine = open_engine(settings, release, embedder, None)
        found = [
            (one, engine.search(one.text, k=settings.hits, filters=NO_FILTERS)) for one in questions(arguments.laws)
        ]
    print(f"embedder {embedder.fingerprint}")
    if arguments.nearness is None or arguments.lead is None:
        rows = []
        for one, hits in found:
            near = [hit.dense for hit in hits if hit.dense is not None]
            if one.to_choose and near:
                rows.append((one.kind(hits), one.lang, max(near), max(near) - sum(near) / len(near), one.text))
        for kind, lang, nearest, lead, text in sorted(rows, key=lambda row: (row[0], row[1], -row[2])):
            print(f"{kind:12} {lang} nearest {nearest:.4f} lead {lead:.4f} {text}")
        return
    leads = {lang: float(lead) for lang, lead in (one.split("=") for one in arguments.leads)}
    across = AcrossLanguages(nearness=arguments.nearness, lead=arguments.lead, leads=leads)
    answered: Counter[tuple[str, str, bool]] = Counter()
    of: Counter[tuple[str, str, bool]] = Counter()
    for one, hits in found:
        key = one.kind(hits), one.lang, one.to_choose
        of[key] += 1
        answered[key] += across.suffices(hits, lang=one.lang)
    for key in sorted(of):
        kind, lang, to_choose = key
        print(f"{kind:12} {lang} {'chosen by' if to_choose else 'test':9} {answered[key]} of {of[key]} answered")


if __name__ == "__main__":
    main()
