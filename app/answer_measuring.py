"""The command `evaluate --answers`: labelled questions through the whole assistant, and what came of them."""

import argparse
import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from functools import partial

from app.service import Engine
from app.settings import Settings, SettingsError
from app.terminal import ProgressBar, say, show, show_json
from app.wiring import (
    environment,
    load_embedder,
    make_llm,
    open_engine,
    prepare_process,
    thresholds_of,
    with_model_of,
)
from generation.answer_evaluation import AnswerRow, Case, Kind, ask_all, cases
from generation.answer_report import report, table
from generation.answer_rows import RowFile, Setup
from index.release import Release
from retrieval.questions import read_questions

_WITHHELD = {"article": Kind.WITHOUT_ARTICLE, "law": Kind.WITHOUT_LAW}


def evaluate_answers(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measures the answers to labelled questions."""
    _check(arguments, settings)
    prepare_process(environment(), settings)
    llm = None if arguments.writer == "verbatim" else make_llm(settings)
    with Release.open(settings.index) as release:
        settings = with_model_of(settings, release.manifest)
        embedder = load_embedder(settings, lazily=True)
        measured = thresholds_of(settings, embedder)
        engine = open_engine(settings, release, embedder, llm, thresholds=measured.without_least())
        put = tuple(_cases(arguments, release))
        setup = Setup(
            release=release.id,
            embedder=embedder.fingerprint,
            questions=arguments.answers.name,
            writer="verbatim" if llm is None else f"model {settings.llm_model}".strip(),
            k=settings.hits,
        )
        file = None if arguments.rows is None else RowFile(arguments.rows, setup)
        asking = partial(ask_all, k=settings.hits, require_model=llm is not None, least_in=measured.least_in)
        rows = asyncio.run(_ask(engine, put, file, asking, resume=arguments.resume))
    found = report(rows, least=arguments.least, target_error=arguments.target_error)
    if arguments.target_error is not None and found.point is None:
        say(f"no confidence errs at most {arguments.target_error:g} of the time on these questions")
    if arguments.plot is not None:
        from app.risk_plot import draw  # noqa: PLC0415 - imports matplotlib

        draw(found.curve, arguments.plot, point=found.point)
        say(f"the risk-coverage curve is in {arguments.plot}")
    if arguments.json:
        show_json(found.to_json())
    else:
        show(table(found))
    return 0


def _check(arguments: argparse.Namespace, settings: Settings) -> None:
    if arguments.writer == "model" and not settings.llm_url:
        raise SettingsError("--writer model needs a language model: give --llm-url, or LEXCITE_LLM_URL")
    if arguments.resume and arguments.rows is None:
        raise SettingsError("--resume goes on with the rows of an earlier run: name their file with --rows")
    for name in ("least", "target_error"):
        value = getattr(arguments, name)
        if value is not None and not 0 <= value <= 1:
            raise SettingsError(f"--{name.replace('_', '-')} is {value:g}; it must be between 0 and 1")


def _cases(arguments: argparse.Namespace, release: Release) -> Iterator[Case]:
    withhold = [_WITHHELD[name] for name in arguments.withhold]
    questions = read_questions(arguments.answers, split=arguments.split)[: arguments.most]
    yield from cases(questions, release, withhold=withhold)
    if arguments.elsewhere is not None:
        others = read_questions(arguments.elsewhere, split=arguments.split)[: arguments.most]
        yield from cases(others, release, elsewhere=True)


async def _ask(
    engine: Engine,
    put: Sequence[Case],
    file: RowFile | None,
    asking: "Callable[..., AsyncGenerator[AnswerRow, None]]",
    *,
    resume: bool,
) -> list[AnswerRow]:
    """Asks what was not asked before, keeps each row as it comes, and returns all."""
    rows = list(file.read()) if file is not None and resume else []
    if file is not None and not rows:
        file.begin()
    done = {(row.id, row.kind) for row in rows}
    bar, began, earlier = ProgressBar("answers"), time.monotonic(), len(rows)
    async with aclosing(asking(engine.assistant, put, engine.release, done=done)) as answered:
        async for row in answered:
            rows.append(row)
            if file is not None:
                file.add(row)
            speed = (len(rows) - earlier) / max(time.monotonic() - began, 1e-9)
            left = (len(put) - len(rows)) / speed
            bar.update(len(rows), len(put), per_second=speed, seconds_left=left)
    wanted = {(case.question.id, case.kind.value) for case in put}
    return [row for row in rows if (row.id, row.kind) in wanted]
