"""Options that several commands share."""

import argparse
from datetime import date
from pathlib import Path


def set_command(own: argparse.ArgumentParser, module: str, name: str) -> None:
    """Which function runs: `name` in `module`, imported only then; and the settings file."""
    own.set_defaults(module=module, command=name)
    own.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: lexcite.toml if it is there)")


def index_option(own: argparse._ActionsContainer) -> None:
    """The index that is asked."""
    own.add_argument("--index", metavar="DIR", help="folder of the index (default: index-data)")


def embedder_options(own: argparse.ArgumentParser) -> None:
    """What embeds, and where."""
    model_options(own)
    own.add_argument("--device", help="torch device of the embedder (default: a GPU where there is one)")


def model_options(own: argparse.ArgumentParser) -> None:
    """What embeds."""
    own.add_argument("--embedder", metavar="NAME_OR_FOLDER", help="embedding model (default: the packaged one)")
    own.add_argument(
        "--adapter", metavar="FOLDER", help="LoRA adapter of that model (default: the setting adapter; '': none)"
    )


def filter_options(own: argparse.ArgumentParser) -> None:
    """Which law may answer."""
    own.add_argument("--law", action="append", default=[], metavar="LAW", help="only this law (its id); repeatable")
    own.add_argument(
        "--lang", action="append", default=[], metavar="CODE", help="only law in this language; repeatable"
    )
    own.add_argument("--jurisdiction", metavar="CODE", help="only law of this jurisdiction (ES, VN, EU ...)")


def as_of_option(own: argparse.ArgumentParser) -> None:
    """The day whose law answers."""
    own.add_argument("--as-of", type=_day, metavar="DATE", help="the law of this day, as 2016-05-03 (default: today)")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as 2016-05-03") from error


def mode_option(own: argparse.ArgumentParser) -> None:
    """How to search."""
    own.add_argument(
        "--mode",
        choices=("dense", "lexical", "fused"),
        help="how to search (default: the mode that was measured best for the language)",
    )


def reranker_option(own: argparse._ActionsContainer, what: str) -> None:
    """The reranker, and what is done with it."""
    own.add_argument("--reranker", metavar="NAME_OR_FOLDER", help=f"{what} (default: the setting reranker)")


def json_option(own: argparse.ArgumentParser) -> None:
    """Output for a machine."""
    own.add_argument("--json", action="store_true", help="print JSON, for a machine")


def llm_options(own: argparse._ActionsContainer) -> None:
    """The language model's server."""
    own.add_argument("--llm-url", metavar="URL", help="OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    own.add_argument("--llm-model", metavar="NAME", help="model at that server (default: the first it lists)")
