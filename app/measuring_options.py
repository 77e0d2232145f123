"""The options of the commands that measure and train: `evaluate`, `plan`, `score`, `calibrate`, `train`."""

import argparse
from pathlib import Path

from app.options import (
    embedder_options,
    index_option,
    json_option,
    llm_options,
    mode_option,
    reranker_option,
    set_command,
)


def evaluate(own: argparse.ArgumentParser) -> None:
    """Adds the options of `lexcite evaluate`."""
    set_command(own, "app.measuring", "evaluate_command")
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
    index_option(own)
    embedder_options(own)
    mode_option(own)
    json_option(own)
    _retrieval_options(own.add_argument_group("with --questions"))
    _answers_options(own.add_argument_group("with --answers"))


def _retrieval_options(own: argparse._ArgumentGroup) -> None:
    own.add_argument(
        "--against",
        metavar="OTHER",
        help="compare, question by question, with another mode (dense, lexical, fused), embedder or adapter folder, or"
        " with the same without its adapter or reranker (without-adapter, without-reranker)",
    )
    reranker_option(own, "put what is found in order with this cross-encoder, in every language")
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
    llm_options(own)
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


def plan(own: argparse.ArgumentParser) -> None:
    """Adds the options of `lexcite plan`."""
    set_command(own, "app.vector_planning", "plan")
    own.add_argument("--budget", required=True, metavar="SIZE", help="memory for the vectors: 200MB, 1.5GB, 512MiB")
    own.add_argument(
        "--questions", type=Path, metavar="FILE", help="ask with these labelled questions (default: with passages)"
    )
    own.add_argument("--split", metavar="NAME", help="only questions of this split (default: all)")
    own.add_argument(
        "--dimensions", metavar="LIST", help="components to keep, as 384,256 (default: the Matryoshka steps)"
    )
    own.add_argument(
        "--articles", type=int, metavar="N", help="plan the memory for so many articles (default: those of the index)"
    )
    index_option(own)
    embedder_options(own)
    mode_option(own)
    json_option(own)


def score(own: argparse.ArgumentParser) -> None:
    """Adds the options of `lexcite score`."""
    set_command(own, "app.scoring", "score_command")
    own.add_argument("answers", type=Path, metavar="ANSWERS", help="answers with their gold, JSON Lines")
    law = own.add_mutually_exclusive_group()
    law.add_argument("--corpus", nargs="+", type=Path, metavar="CORPUS", help="law: files or folders, any known format")
    index_option(law)
    own.add_argument(
        "--gold", type=Path, metavar="FILE", help="labelled questions, for answers without gold of their own"
    )
    own.add_argument(
        "--rows", type=Path, metavar="FILE", help="write one JSON line per citation here, the gravest first"
    )
    json_option(own)


def calibrate(own: argparse.ArgumentParser) -> None:
    """Adds the options of `lexcite calibrate`."""
    set_command(own, "app.measuring", "calibrate")
    what = own.add_mutually_exclusive_group(required=True)
    what.add_argument("--questions", type=Path, metavar="FILE", help="tune the fusion: labelled questions, JSON Lines")
    what.add_argument("--answers", type=Path, metavar="FILE", help="fit the confidence of answers instead")
    own.add_argument(
        "--elsewhere", type=Path, metavar="FILE", help="with --answers: questions about law that is not in the index"
    )
    own.add_argument("--split", default="train", metavar="NAME", help="tune on this split (default: train)")
    own.add_argument(
        "--dev-split",
        default="dev",
        metavar="NAME",
        help="with --questions: where fusion is below the better arm on this split, that arm alone answers (default:"
        " dev)",
    )
    reranker_option(own, "with --questions: measure too in which languages this cross-encoder helps")
    index_option(own)
    embedder_options(own)
    json_option(own)


def train(own: argparse.ArgumentParser) -> None:
    """Adds the options of `lexcite train`."""
    set_command(own, "app.training", "train")
    _recipe_options(own)
    own.add_argument(
        "--base", metavar="NAME_OR_FOLDER", help="the model to train (default: the packaged multilingual-e5-small)"
    )
    own.add_argument("--corpus", required=True, nargs="+", type=Path, metavar="FILE", help="the law that they name")
    own.add_argument(
        "--dev", required=True, nargs="+", type=Path, metavar="FILE", help="labelled questions to choose the best by"
    )
    own.add_argument("--dev-split", metavar="NAME", help="only these of them (default: all but train)")
    own.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder of the finished model")
    own.add_argument("--max-chars", type=int, metavar="N", help="longest passage in characters, as the index is built")
    own.add_argument("--resume", action="store_true", help="go on where an earlier run stopped")
    own.add_argument("--force", action="store_true", help="replace an earlier model or an unfinished run")
    own.add_argument("--device", help="torch device (default: a GPU where there is one)")
    json_option(own)


def pipeline(own: argparse.ArgumentParser) -> None:
    """Adds the options of `lexcite pipeline`."""
    set_command(own, "app.pipeline", "pipeline")
    _recipe_options(own)
    own.add_argument(
        "--base", metavar="NAME_OR_FOLDER", help="the model to train (default: the setting embedder, without adapter)"
    )
    own.add_argument(
        "--choose",
        required=True,
        nargs="+",
        type=Path,
        metavar="FILE",
        help="labelled questions to choose the best weights by, as `pairs questions --choose-out` sets them aside",
    )
    own.add_argument(
        "--questions",
        required=True,
        nargs="+",
        type=Path,
        metavar="FILE",
        help="labelled questions: what of the train split was not trained on tunes the fusion, with those of --choose;"
        " the dev split judges",
    )
    own.add_argument("--split", default="train", metavar="NAME", help="tune the fusion on it (default: train)")
    own.add_argument("--dev-split", default="dev", metavar="NAME", help="judge by it (default: dev)")
    own.add_argument(
        "--corpus",
        nargs="+",
        default=[],
        type=Path,
        metavar="CORPUS",
        help="publish this law first, with the model that answers now (default: the law of the published release)",
    )
    own.add_argument(
        "--require-gain",
        action="store_true",
        help="publish only what is better beyond chance in the mean over the languages (default: what is not worse)",
    )
    own.add_argument("--force", action="store_true", help="begin an unfinished training of this job anew")
    index_option(own)
    embedder_options(own)
    json_option(own)


def _recipe_options(own: argparse.ArgumentParser) -> None:
    """What is trained, on what, and how."""
    own.add_argument("--recipe", required=True, metavar="NAME_OR_FILE", help="vn, es, adapter, or a TOML file")
    own.add_argument("--pairs", required=True, nargs="+", type=Path, metavar="FILE", help="training pairs, JSON Lines")
    own.add_argument(
        "--lora", type=int, metavar="RANK", help="train a LoRA adapter of this rank (default: the recipe's)"
    )
    own.add_argument("--max-steps", type=int, metavar="N", help="at most so many steps")
    own.add_argument("--seed", type=int, metavar="N", help="of shuffling and new weights (default: the recipe's)")
    own.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="another value of the recipe; repeatable"
    )
    own.add_argument(
        "--licence", action="append", default=[], metavar="NOTE", help="a licence to note in the card; repeatable"
    )
