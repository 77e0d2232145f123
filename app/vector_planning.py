"""`lexcite plan --budget 200MB`: the ways of keeping the vectors, measured on the index that is there."""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.settings import Settings
from app.terminal import ProgressBar, say, show, show_json
from app.wiring import environment, prepare_process
from index.errors import ReleaseError
from index.release import VECTORS, Release
from index.vectors import VectorIndex
from retrieval.dimensions import dimensions_of
from retrieval.evaluation import evaluate
from retrieval.metrics import Metric, ndcg
from retrieval.questions import Question, read_questions
from retrieval.search import Retriever
from retrieval.vector_plan import (
    ENOUGH,
    RULE,
    PlanError,
    Way,
    bytes_of,
    plan_table,
    recall_at,
    recommended,
    scaled,
    size_text,
)

if TYPE_CHECKING:
    from app.bench import Subject
    from index.stored_vectors import StoredVectors

_K = 10
_SAMPLED = 200  # passages that ask, where there are no questions
_TIMED = 25  # queries: a median of so many pairs is steady to a few per cent

_Search = Callable[[VectorIndex, slice], NDArray[np.float32]]  # some of the queries -> scores (m, 10)


def plan(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measures every way and recommends the one that loses least within the budget."""
    budget = bytes_of(arguments.budget)
    if arguments.articles is not None and arguments.articles < 1:
        raise PlanError(f"--articles is {arguments.articles}; it must be at least 1")
    questions = read_questions(arguments.questions, split=arguments.split) if arguments.questions else ()
    prepare_process(environment(), settings)
    with Release.open(settings.index) as release:
        if release.passage_count <= _K:
            raise ReleaseError(
                f"{release.path}: {release.passage_count} passages are too few to measure; index more law"
            )
        planned = release.passage_count
        if arguments.articles is not None:
            planned = round(planned * arguments.articles / release.manifest.articles)
        ways = _measure(arguments, settings, release, questions, planned)
    chosen = recommended(ways, budget)
    if arguments.json:
        show_json(
            {
                "budget_bytes": budget,
                "passages": release.passage_count,
                "planned_passages": planned,
                "asked_by": "questions" if questions else "passages",
                "ways": [way.to_json() for way in ways],
                "rule": RULE,
                "recommended": chosen.settings,
            }
        )
        return 0
    show(_heading(release, planned, len(questions)))
    show(plan_table(ways, budget))
    show(_advice(chosen, ways, budget))
    return 0


def _measure(
    arguments: argparse.Namespace,
    settings: Settings,
    release: Release,
    questions: Sequence[Question],
    planned: int,
) -> tuple[Way, ...]:
    """All ways, the exact one first."""
    from app.bench import measured  # noqa: PLC0415 - imports faiss
    from index.compressed_index import Coding, CompressedIndex, bytes_per_vector  # noqa: PLC0415 - likewise
    from index.faiss_index import FaissIndex  # noqa: PLC0415 - likewise
    from index.stored_vectors import StoredVectors  # noqa: PLC0415 - likewise

    stored = StoredVectors.open(release.file(VECTORS))
    exact = FaissIndex.open(release.file(VECTORS), gpu=False)
    sizes = dimensions_of(arguments.dimensions or "", stored.dimension)
    subject = None
    if questions:
        # Dense unless another mode is set: what is planned is how the vectors are kept.
        subject = measured(replace(settings, mode=settings.mode or "dense", vectors="float32", dimension=0), release)
        search = _questions_ask(subject, questions)
    else:
        search = _passages_ask(stored)
    best = search(exact, slice(None))
    judged = [question for question in questions if question.relevant]
    articles = frozenset(article.id for law in release.laws for article in release.articles(law))

    def way(index: VectorIndex, coding: Coding, dimension: int) -> Way:
        milliseconds, times = _time(search, index, exact, min(_TIMED, len(best)))
        return Way(
            coding=coding.value,
            dimension=dimension,
            exact=index is exact,
            memory=scaled(bytes_per_vector(coding, dimension) * len(exact), passages=len(exact), planned=planned),
            recall=recall_at(best, search(index, slice(None))),
            milliseconds=milliseconds,
            times_exact=times,
            ndcg=None if subject is None or not judged else _ndcg(subject.search_over(index), judged, articles),
        )

    wanted = [(coding, size) for size in sizes for coding in Coding]
    if (Coding.FLOAT32, stored.dimension) not in wanted:
        wanted.insert(0, (Coding.FLOAT32, stored.dimension))
    ways, bar, began = [], ProgressBar("ways"), time.monotonic()
    for done, (coding, size) in enumerate(wanted, start=1):
        whole = coding is Coding.FLOAT32 and size == stored.dimension
        index = exact if whole else CompressedIndex.of(stored, coding=coding, dimension=size)
        ways.append(way(index, coding, size))
        speed = done / max(time.monotonic() - began, 1e-9)
        bar.update(done, len(wanted), per_second=speed, seconds_left=(len(wanted) - done) / speed)
    return tuple(ways)


def _questions_ask(subject: "Subject", questions: Sequence[Question]) -> _Search:
    """The questions' vectors ask for their ten best passages."""
    say(f"embedding {len(questions)} questions")
    queries = subject.question_vectors([question.text for question in questions])
    return lambda index, some: index.search(queries[some], _K)[0]


def _passages_ask(stored: "StoredVectors") -> _Search:
    """Passages, evenly spaced, ask for their ten nearest others: the first hit, the passage itself, is left out."""
    rows = np.unique(np.linspace(0, len(stored) - 1, min(_SAMPLED, len(stored))).astype(np.int64))
    queries = stored.rows(rows)
    return lambda index, some: index.search(queries[some], _K + 1)[0][:, 1:]


def _time(search: _Search, index: VectorIndex, exact: VectorIndex, count: int) -> tuple[float, float]:
    """Median milliseconds of CPU time of one search, and the median ratio of the exact search's to it, in turns."""
    ours, ratios = [], []
    for query in range(count):
        one, taken = slice(query, query + 1), []
        for side in (index, exact):
            started = time.process_time()
            search(side, one)
            taken.append(time.process_time() - started)
        ours.append(taken[0] * 1e3)
        ratios.append(1.0 if index is exact else taken[1] / taken[0])
    return statistics.median(ours), statistics.median(ratios)


def _ndcg(retriever: Retriever, questions: Sequence[Question], articles: frozenset[str]) -> float:
    metric = Metric("ndcg@10", ndcg, _K)
    return evaluate(retriever, questions, mode="", articles=articles, metrics=[metric], k=_K).of(metric.name).value


def _heading(release: Release, planned: int, questions: int) -> str:
    asked = f"{questions} questions" if questions else f"{min(_SAMPLED, release.passage_count)} of its passages"
    said = f"Measured on {release.passage_count} passages, asked by {asked}; CPU time of one search for ten."
    if planned != release.passage_count:
        said += f" Memory is for {planned} passages; recall is not scaled and falls somewhat as an index grows."
    return said + "\n"


def _advice(chosen: Way, ways: Sequence[Way], budget: int) -> str:
    """The recommendation in words, with the settings that bring it about."""
    settings = ", ".join(
        f"{name} = {value!r}" if isinstance(value, str) else f"{name} = {value}"
        for name, value in chosen.settings.items()
    )
    lines = [
        "",
        f"Within {size_text(budget)}: {chosen.coding} of {chosen.dimension} dimensions, {size_text(chosen.memory)}, "
        f"recall@10 {chosen.recall:.4f}, {chosen.times_exact:.1f}x the speed of exact search.",
        f"Settings: {settings}",
        f"Rule: {RULE}.",
    ]
    if chosen.recall < ENOUGH:
        enough = [way for way in ways if way.recall >= ENOUGH]
        least = min(enough, key=lambda way: way.memory)
        lines.append(
            f"That misses more than one hit in a hundred; {size_text(least.memory)} would not, with "
            f"{least.coding} of {least.dimension} dimensions."
        )
    elif chosen.exact:
        fast = max((way for way in ways if way.recall >= ENOUGH), key=lambda way: way.times_exact)
        if fast.times_exact >= 2:
            lines.append(
                f"Faster, at recall@10 {fast.recall:.4f}: {fast.coding} of {fast.dimension} dimensions, "
                f"{fast.times_exact:.1f}x."
            )
    return "\n".join(lines)
