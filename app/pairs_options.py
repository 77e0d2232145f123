"""The options of `lexcite pairs`."""

import argparse
from pathlib import Path

_PARTS = (
    ("headings", "make pairs out of law alone: each article's heading asks for its text"),
    ("questions", "make pairs out of labelled questions, and set some aside to choose a model with"),
    ("synthetic", "have a language model write questions from articles, and keep those that find their article"),
    ("naming", "let a share of the questions name the article that answers them"),
    ("negatives", "add to each pair articles that look like its answer and are not"),
    ("check", "count pairs, and prove that none is nearly the same as a question kept to measure with"),
)


def define(own: argparse.ArgumentParser, epilog: str) -> None:
    """Adds the actions to the parser of `lexcite pairs`."""
    actions = own.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, summary in _PARTS:
        one = actions.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", epilog=epilog)
        one.set_defaults(module="app.pairs", command=name)
        one.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: lexcite.toml if there)")
        _DEFINE[name](one)


def _headings(own: argparse.ArgumentParser) -> None:
    own.add_argument("corpus", nargs="+", type=Path, metavar="CORPUS", help="law: files or folders, any known format")
    own.add_argument("--most", type=int, metavar="N", help="draw so many of each language (default: all)")
    _seed(own)
    _out(own)
    _kept_apart(own)


def _questions(own: argparse.ArgumentParser) -> None:
    own.add_argument("questions", nargs="+", type=Path, metavar="QUESTIONS", help="labelled questions, JSON Lines")
    own.add_argument("--split", default="train", metavar="NAME", help="split to train on (default: train)")
    own.add_argument(
        "--choose", type=float, metavar="SHARE", help="set this share of it aside, sharing no article with the rest"
    )
    own.add_argument("--choose-out", type=Path, metavar="FILE", help="where those go, as labelled questions")
    _seed(own)
    _out(own)
    _kept_apart(own)


def _synthetic(own: argparse.ArgumentParser) -> None:
    own.add_argument("corpus", nargs="+", type=Path, metavar="CORPUS", help="law: files or folders, any known format")
    own.add_argument("--articles", type=int, default=500, metavar="N", help="articles to ask about (default: 500)")
    own.add_argument("--each", type=int, default=3, metavar="N", help="questions of each (default: 3)")
    own.add_argument("--at-once", type=int, default=4, metavar="N", help="articles asked about at a time (default: 4)")
    own.add_argument("--within", type=int, default=3, metavar="N", help="keep what ranks its article so (default: 3)")
    own.add_argument("--index", metavar="DIR", help="search this index for it (default: BM25 over CORPUS)")
    own.add_argument("--prompts", type=Path, metavar="DIR", help="own questions.LANG.md (default: those of lexcite)")
    own.add_argument("--llm-url", metavar="URL", help="OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    own.add_argument("--llm-model", metavar="NAME", help="model at that server (default: the first it lists)")
    _seed(own)
    _out(own)
    _kept_apart(own)


def _naming(own: argparse.ArgumentParser) -> None:
    own.add_argument("pairs", nargs="+", type=Path, metavar="PAIRS", help="training pairs, JSON Lines")
    _corpus(own)
    own.add_argument("--share", type=float, default=0.15, metavar="SHARE", help="of the questions (default: 0.15)")
    _seed(own)
    _out(own)
    _unlike(own)


def _negatives(own: argparse.ArgumentParser) -> None:
    own.add_argument("pairs", nargs="+", type=Path, metavar="PAIRS", help="training pairs, JSON Lines")
    _corpus(own)
    own.add_argument("--count", type=int, default=4, metavar="N", help="for each pair at most (default: 4)")
    own.add_argument("--from-chapter", type=int, metavar="N", help="of them from the same chapter (default: a quarter)")
    own.add_argument("--teacher", metavar="NAME_OR_FOLDER", help="embedding model that looks for wrong negatives")
    own.add_argument("--device", help="torch device of the teacher (default: a GPU where there is one)")
    _out(own)


def _check(own: argparse.ArgumentParser) -> None:
    own.add_argument("pairs", nargs="+", type=Path, metavar="PAIRS", help="training pairs, JSON Lines")
    _corpus(own)
    _unlike(own)
    own.add_argument("--json", action="store_true", help="print JSON, for a machine")


def _corpus(own: argparse.ArgumentParser) -> None:
    own.add_argument(
        "--corpus", action="append", required=True, type=Path, metavar="CORPUS", help="the law asked about; repeatable"
    )


def _out(own: argparse.ArgumentParser) -> None:
    own.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the pairs; a report goes to FILE.report.json"
    )


def _seed(own: argparse.ArgumentParser) -> None:
    own.add_argument("--seed", type=int, default=20_261_122, metavar="N", help="of the draw (default: 20261122)")


def _unlike(own: argparse.ArgumentParser) -> None:
    own.add_argument(
        "--unlike",
        action="append",
        default=[],
        type=Path,
        metavar="QUESTIONS",
        help="labelled questions kept to measure with (its dev lines, or all where it has none); repeatable",
    )


def _kept_apart(own: argparse.ArgumentParser) -> None:
    _unlike(own)
    own.add_argument(
        "--without-their-articles", action="store_true", help="also leave out the articles that answer those questions"
    )


_DEFINE = {
    "headings": _headings,
    "questions": _questions,
    "synthetic": _synthetic,
    "naming": _naming,
    "negatives": _negatives,
    "check": _check,
}
