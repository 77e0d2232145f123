"""The command line: the parsers, and what happens to errors. The commands themselves are in `commands.py`."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from app import pairs_options
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


def _command(own: argparse.ArgumentParser, module: str, name: str) -> None:
    own.set_defaults(module=module, command=name)
    own.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: lexcite.toml if it is there)")


def _index_option(own: argparse._ActionsContainer) -> None:
    own.add_argument("--index", metavar="DIR", help="folder of the index (default: index-data)")


def _embedder_options(own: argparse.ArgumentParser) -> None:
    own.add_argument("--embedder", metavar="NAME_OR_FOLDER", help="embedding model (default: the packaged one)")
    own.add_argument("--adapter", metavar="FOLDER", help="LoRA adapter of that model (default: the setting adapter)")
    own.add_argument("--device", help="torch device of the embedder (default: a GPU where there is one)")


def _filter_options(own: argparse.ArgumentParser) -> None:
    own.add_argument("--law", action="append", default=[], metavar="LAW", help="only this law (its id); repeatable")
    own.add_argument(
        "--lang", action="append", default=[], metavar="CODE", help="only law in this language; repeatable"
    )
    own.add_argument("--jurisdiction", metavar="CODE", help="only law of this jurisdiction (ES, VN, EU ...)")


def _as_of_option(own: argparse.ArgumentParser) -> None:
    own.add_argument("--as-of", type=_day, metavar="DATE", help="the law of this day, as 2016-05-03 (default: today)")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as 2016-05-03") from error


def _mode_option(own: argparse.ArgumentParser) -> None:
    own.add_argument(
        "--mode",
        choices=("dense", "lexical", "fused"),
        help="how to search (default: the mode that was measured best for the language)",
    )


def _json_option(own: argparse.ArgumentParser) -> None:
    own.add_argument("--json", action="store_true", help="print JSON, for a machine")


def _build_index(own: argparse.ArgumentParser) -> None:
    _command(own, "app.building", "build_index")
    own.add_argument("corpus", nargs="*", type=Path, metavar="CORPUS", help="law: files or folders, any known format")
    _index_option(own)
    _embedder_options(own)
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
    _json_option(own)


def _ask(own: argparse.ArgumentParser) -> None:
    _command(own, "app.commands", "ask")
    own.add_argument("question")
    _index_option(own)
    _embedder_options(own)
    _filter_options(own)
    _as_of_option(own)
    _mode_option(own)
    own.add_argument("--llm-url", metavar="URL", help="OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    own.add_argument("--llm-model", metavar="NAME", help="model at that server (default: the first it lists)")
    own.add_argument("--require-model", action="store_true", help="no verbatim answer when the model is down")
    _json_option(own)


def _search(own: argparse.ArgumentParser) -> None:
    _command(own, "app.commands", "search")
    own.add_argument("question")
    own.add_argument("-k", dest="hits", type=int, metavar="N", help="how many articles (default: 10)")
    _index_option(own)
    _embedder_options(own)
    _filter_options(own)
    _as_of_option(own)
    _mode_option(own)
    _json_option(own)


def _article(own: argparse.ArgumentParser) -> None:
    _command(own, "app.commands", "article")
    own.add_argument("law", metavar="LAW", help="id, title or alias of the law")
    own.add_argument("number", metavar="NUMBER", help="number of the article")
    _as_of_option(own)
    _index_option(own)
    _json_option(own)


def _history(own: argparse.ArgumentParser) -> None:
    _command(own, "app.history", "history")
    own.add_argument("law", metavar="LAW", help="id, title or alias of the law")
    own.add_argument("number", metavar="ARTICLE", help="number of the article")
    _index_option(own)
    _json_option(own)


def _serve(own: argparse.ArgumentParser) -> None:
    _command(own, "app.serving", "serve")
    _index_option(own)
    _embedder_options(own)
    own.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    own.add_argument("--port", type=int, help="port to listen on (default: 7860)")
    own.add_argument("--keys", metavar="FILE", help="file of hashed API keys")
    own.add_argument("--llm-url", metavar="URL", help="OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    own.add_argument("--llm-model", metavar="NAME", help="model at that server (default: the first it lists)")


def _evaluate(own: argparse.ArgumentParser) -> None:
    _command(own, "app.measuring", "evaluate_command")
    what = own.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--questions", type=Path, metavar="FILE", help="measure what is found: labelled questions, JSON Lines"
    )
    what.add_argument("--answers", type=Path, metavar="FILE", help="measure the answers to labelled questions")
    own.add_argument("--split", metavar="NAME", help="only questions of this split (default: all)")
    own.add_argument("--rows", type=Path, metavar="FILE", help="write one JSON line per question here")
    own.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw what was measured (of --answers risk and coverage) as PNG"
    )
    _index_option(own)
    _embedder_options(own)
    _mode_option(own)
    _json_option(own)
    _retrieval_options(own.add_argument_group("with --questions"))
    _answers_options(own.add_argument_group("with --answers"))


def _retrieval_options(own: argparse._ArgumentGroup) -> None:
    own.add_argument(
        "--against",
        metavar="OTHER",
        help="compare, question by question, with another mode (dense, lexical, fused), embedder or adapter folder",
    )
    own.add_argument(
        "--dimensions",
        nargs="?",
        const="",
        metavar="LIST",
        help="measure the vectors cut to so many components, as 256,64 (default: the Matryoshka steps); dense search",
    )
    own.add_argument(
        "--protocol",
        choices=("full", "hard31"),
        default="full",
        help="search the whole index, or the right article among 31 that look like it (default: full)",
    )
    own.add_argument(
        "--by",
        action="append",
        choices=("law", "length", "lang", "seen"),
        default=[],
        help="take the figures apart by the law that answers, the question's length or language, or whether its"
        " article was trained on; repeatable",
    )
    own.add_argument(
        "--trained-on",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="training pairs or questions, for --by seen (default: the train split of --questions); repeatable",
    )
    own.add_argument("--errors", type=Path, metavar="FILE", help="list what went wrong, as Markdown for a person")


def _answers_options(own: argparse._ArgumentGroup) -> None:
    own.add_argument(
        "--writer",
        choices=("verbatim", "model"),
        help="who writes (default: the language model where one is set, else quotes)",
    )
    own.add_argument("--llm-url", metavar="URL", help="OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    own.add_argument("--llm-model", metavar="NAME", help="model at that server (default: the first it lists)")
    own.add_argument(
        "--withhold",
        action="append",
        choices=("article", "law"),
        default=[],
        help="also put each question with the articles, or the laws, that answer it taken away; repeatable",
    )
    own.add_argument(
        "--elsewhere", type=Path, metavar="FILE", help="also put these questions, about law that is not in the index"
    )
    own.add_argument("--most", type=int, metavar="N", help="only the first N questions")
    own.add_argument("--resume", action="store_true", help="go on where the run that wrote --rows stopped")
    own.add_argument(
        "--least", type=float, metavar="CONFIDENCE", help="below it no answer counts as given (default: the index's)"
    )
    own.add_argument(
        "--target-error", type=float, metavar="RATE", help="find the confidence that errs at most so often"
    )


def _score(own: argparse.ArgumentParser) -> None:
    _command(own, "app.scoring", "score_command")
    own.add_argument("answers", type=Path, metavar="ANSWERS", help="answers with their gold, JSON Lines")
    law = own.add_mutually_exclusive_group()
    law.add_argument("--corpus", nargs="+", type=Path, metavar="CORPUS", help="law: files or folders, any known format")
    _index_option(law)
    own.add_argument(
        "--gold", type=Path, metavar="FILE", help="labelled questions, for answers without gold of their own"
    )
    own.add_argument(
        "--rows", type=Path, metavar="FILE", help="write one JSON line per citation here, the gravest first"
    )
    _json_option(own)


def _calibrate(own: argparse.ArgumentParser) -> None:
    _command(own, "app.measuring", "calibrate")
    what = own.add_mutually_exclusive_group(required=True)
    what.add_argument("--questions", type=Path, metavar="FILE", help="tune the fusion: labelled questions, JSON Lines")
    what.add_argument("--answers", type=Path, metavar="FILE", help="fit the confidence of answers instead")
    own.add_argument(
        "--elsewhere", type=Path, metavar="FILE", help="with --answers: questions about law that is not in the index"
    )
    own.add_argument("--split", default="train", metavar="NAME", help="tune on this split (default: train)")
    _index_option(own)
    _embedder_options(own)


def _pairs(own: argparse.ArgumentParser) -> None:
    pairs_options.define(own, _EPILOG)


def _train(own: argparse.ArgumentParser) -> None:
    _command(own, "app.training", "train")
    own.add_argument("--recipe", required=True, metavar="NAME_OR_FILE", help="vn, es, adapter, or a TOML file")
    own.add_argument(
        "--base", metavar="NAME_OR_FOLDER", help="the model to train (default: the packaged multilingual-e5-small)"
    )
    own.add_argument("--pairs", required=True, nargs="+", type=Path, metavar="FILE", help="training pairs, JSON Lines")
    own.add_argument("--corpus", required=True, nargs="+", type=Path, metavar="FILE", help="the law that they name")
    own.add_argument(
        "--dev", required=True, nargs="+", type=Path, metavar="FILE", help="labelled questions to choose the best by"
    )
    own.add_argument("--dev-split", metavar="NAME", help="only these of them (default: all but train)")
    own.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder of the finished model")
    own.add_argument(
        "--lora", type=int, metavar="RANK", help="train a LoRA adapter of this rank (default: the recipe's)"
    )
    own.add_argument("--max-steps", type=int, metavar="N", help="at most so many steps")
    own.add_argument("--seed", type=int, metavar="N", help="of shuffling and new weights (default: the recipe's)")
    own.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="another value of the recipe; repeatable"
    )
    own.add_argument("--max-chars", type=int, metavar="N", help="longest passage in characters, as the index is built")
    own.add_argument(
        "--licence", action="append", default=[], metavar="NOTE", help="a licence to note in the card; repeatable"
    )
    own.add_argument("--resume", action="store_true", help="go on where an earlier run stopped")
    own.add_argument("--force", action="store_true", help="replace an earlier model or an unfinished run")
    own.add_argument("--device", help="torch device (default: a GPU where there is one)")
    _json_option(own)


def _releases(own: argparse.ArgumentParser) -> None:
    _command(own, "app.releases", "releases")
    own.set_defaults(action="list")
    _index_option(own)
    _json_option(own)
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
    _command(own, "app.verifying", "verify")
    own.add_argument("receipt", metavar="RECEIPT", help="file with a receipt, or with a whole answer; - for stdin")
    own.add_argument("--release", metavar="ID", help="check against this release (default: the published one)")
    _index_option(own)
    _json_option(own)


def _doctor(own: argparse.ArgumentParser) -> None:
    _command(own, "app.doctor", "doctor")
    _index_option(own)
    _embedder_options(own)
    own.add_argument("--llm-url", metavar="URL", help="OpenAI-compatible server to check")
    _json_option(own)


def _fetch(own: argparse.ArgumentParser) -> None:
    _command(own, "app.building", "fetch")


def _llm(own: argparse.ArgumentParser) -> None:
    actions = own.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, summary, define in (
        ("fetch", "download, check and convert a small packaged language model, to try lexcite with", _llm_fetch),
        ("serve", "serve a language model with vLLM, in the environment that `make llm` made", _llm_serve),
    ):
        define(actions.add_parser(name, help=summary, description=_sentence(summary), epilog=_EPILOG))


def _llm_fetch(own: argparse.ArgumentParser) -> None:
    _command(own, "app.llm", "fetch")
    own.add_argument("name", choices=("qwen", "smollm"), help="which one; its licence and publisher are shown first")


def _llm_serve(own: argparse.ArgumentParser) -> None:
    _command(own, "app.llm", "serve")
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
    _command(own, "app.serving", "demo")
    _index_option(own)
    own.add_argument("--port", type=int, help="port to listen on (default: 7860)")


def _key(own: argparse.ArgumentParser) -> None:
    _command(own, "app.commands", "key")
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
    ("evaluate", "measure retrieval on labelled questions", _evaluate),
    ("score", "say how exactly anyone's answers cite the law: exact, too wide, wrong, nonexistent", _score),
    ("calibrate", "tune how the dense and lexical arms are fused, or fit the confidence of answers", _calibrate),
    ("train", "fine-tune the embedder by a recipe, whole or as an adapter", _train),
    ("verify", "check an answer's receipt against the law again, and say what changed since", _verify),
    ("pairs", "make, sharpen and check the pairs that an embedder is trained on", _pairs),
    ("releases", "list, compare, check and roll back the releases of an index", _releases),
    ("doctor", "check packages, model, index and language model, and name the fix", _doctor),
    ("fetch", "download and convert the packaged embedder and the sample law", _fetch),
    ("llm", "fetch a packaged language model, or serve one with vLLM", _llm),
    ("demo", "build the sample index, ask it a question, then serve it", _demo),
    ("key", "make an API key and store its hash", _key),
)
