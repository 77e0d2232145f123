"""The command `evaluate --questions`: what is measured, in which protocol, and every way in which it is shown."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.bench import ArticlesOf, Subject, measured, other
from app.settings import Settings, SettingsError
from app.terminal import say, show, show_json
from index.release import Release
from retrieval.breakdown import (
    Breakdown,
    breakdown_table,
    by_lang,
    by_law,
    by_length,
    by_seen,
    trained_articles,
)
from retrieval.comparison import comparison_table, differences, in_one_metric
from retrieval.dimensions import dimensions_of, kept
from retrieval.errors_listing import errors_listing, write_errors
from retrieval.evaluation import Report, check_questions, evaluate, table, write_rows
from retrieval.hard_protocol import NEGATIVES, Contests, hard_contests
from retrieval.questions import Question, QuestionsError, read_questions

_SHOWN = ("accuracy@1", "ndcg@10")  # compared at each dimension


@dataclass(frozen=True, slots=True)
class _Measured:
    """What was measured.

    Attributes:
        reports: of the whole vectors: what is measured and, where asked for, what it is compared with.
        dimensions: for each of these, (dimension, report) by falling dimension; empty where not asked for. Of a subject
            without vectors the report is the same at every dimension.
        breakdowns: of the first report.
        contests: of the protocol of hard negatives; None in the whole corpus.
    """

    reports: tuple[Report, ...]
    dimensions: tuple[tuple[tuple[int, Report], ...], ...]
    breakdowns: tuple[Breakdown, ...]
    contests: Contests | None


def evaluate_retrieval(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measures what is found; `prepare_process` was called."""
    questions = read_questions(arguments.questions, split=arguments.split)
    if arguments.dimensions is not None:
        if settings.mode == "lexical":
            raise SettingsError("--dimensions measures vectors, and --mode lexical has none; use dense or fused")
        settings = replace(settings, mode=settings.mode or "dense")  # the cards' figures are of dense search
    trained = _trained(arguments) if "seen" in arguments.by else frozenset()
    with Release.open(settings.index) as release:
        found = _measure(arguments, settings, questions, release, trained)
        first, beside = found.reports[0], found.reports[1] if len(found.reports) > 1 else None
        if arguments.rows is not None:
            write_rows(first, arguments.rows)
            say(f"one line per question in {arguments.rows}")
        if arguments.errors is not None:
            write_errors(errors_listing(first, release, beside=beside), arguments.errors)
            say(f"what went wrong is listed in {arguments.errors}")
    if arguments.plot is not None:
        _draw(arguments, found)
    if arguments.json:
        show_json(_json(found))
    else:
        show("\n\n".join(_text(found)))
    return 0


def _trained(arguments: argparse.Namespace) -> frozenset[str]:
    if arguments.trained_on:
        return trained_articles(arguments.trained_on)
    train = [one for one in read_questions(arguments.questions) if one.split == "train"]
    if not train:
        raise QuestionsError(
            f"{arguments.questions} has no train split to tell seen articles by; name training files with --trained-on"
        )
    return frozenset(article for question in train for article in question.relevant)


def _measure(
    arguments: argparse.Namespace,
    settings: Settings,
    questions: Sequence[Question],
    release: Release,
    trained: frozenset[str],
) -> _Measured:
    articles = ArticlesOf(release)
    check_questions([question for question in questions if question.relevant], articles)
    subjects = [measured(settings, release)]
    if arguments.against is not None:
        subjects.append(other(arguments.against, settings, release))
    contests = None
    if arguments.protocol == "hard31":
        lexical = measured(replace(settings, mode="lexical", hits_per_law=0), release)
        contests = hard_contests(questions, lexical.search(), release)
        questions = contests.questions
    among = None if contests is None else contests.among

    def at(subject: Subject, dimension: int, whole: Report) -> Report:
        if not subject.has_vectors:
            return whole
        name = f"{subject.title}, {dimension}"
        return evaluate(subject.retriever(dimension), questions, mode=name, articles=articles, among=among)

    reports = tuple(
        evaluate(one.retriever(), questions, mode=one.title, articles=articles, among=among) for one in subjects
    )
    dimensions: tuple[tuple[tuple[int, Report], ...], ...] = ()
    if arguments.dimensions is not None:
        sizes = dimensions_of(arguments.dimensions, min(subject.dimension for subject in subjects))
        dimensions = tuple(
            tuple((size, at(subject, size, whole)) for size in sizes)
            for subject, whole in zip(subjects, reports, strict=True)
        )
    parts = tuple(_part(by, reports[0], release, trained) for by in dict.fromkeys(arguments.by))
    return _Measured(reports, dimensions, parts, contests)


def _part(by: str, report: Report, release: Release, trained: frozenset[str]) -> Breakdown:
    if by == "law":
        return by_law(report, lambda article_id: release.laws[release.article(article_id).law_id].title)
    if by == "seen":
        return by_seen(report, trained)
    return by_length(report) if by == "length" else by_lang(report)


def _text(found: _Measured) -> Iterator[str]:
    """What a person reads, piece by piece."""
    if found.contests is not None:
        yield f"Each question's right article among {NEGATIVES} that look like it.{_short(found.contests)}"
    if len(found.reports) > 1:
        yield comparison_table(found.reports[1], found.reports[0])
    elif not found.dimensions:
        yield table(found.reports)
    for measured_at, whole in zip(found.dimensions, found.reports, strict=False):
        if measured_at[0][1] is not whole:
            yield table([report for _, report in measured_at])
            yield _kept_line(measured_at)
    if len(found.dimensions) > 1:
        first, second = found.reports
        for metric in _SHOWN:
            lines = [
                (str(size), before, after)
                for (size, after), (_, before) in zip(found.dimensions[0], found.dimensions[1], strict=True)
            ]
            yield in_one_metric(metric, lines, titles=("dimensions", second.mode, first.mode))
    for one in found.breakdowns:
        yield breakdown_table(one)


def _short(contests: Contests) -> str:
    return f" {contests.short} questions have fewer: the index holds no more articles." if contests.short else ""


def _kept_line(measured_at: Sequence[tuple[int, Report]]) -> str:
    (largest, whole), *rest = measured_at
    if not rest or whole.of("ndcg@10").value == 0:
        return f"nDCG@10 at {largest} dimensions: {whole.of('ndcg@10').text}"
    shares = ((size, kept(whole, report)) for size, report in rest)
    told = ", ".join(f"{size}: {one.value:.1%} [{one.low:.1%}, {one.high:.1%}]" for size, one in shares)
    return f"nDCG@10 kept of that at {largest} dimensions: {told}"


def _json(found: _Measured) -> dict[str, Any]:
    """What a machine reads: the report as it always was, and a key for each further thing that was asked for."""
    first = found.reports[0]
    fields = first.to_json()
    if found.contests is not None:
        fields["protocol"] = {"negatives": NEGATIVES, "short": found.contests.short}
    if len(found.reports) > 1:
        second = found.reports[1]
        gains = {one.metric: one.to_json() for one in differences(second, first)}
        fields["against"] = {**second.to_json(), "gain": gains}
    if found.dimensions:
        fields["dimensions"] = [
            {"dimension": size, **report.to_json()}
            for measured_at, whole in zip(found.dimensions, found.reports, strict=True)
            for size, report in measured_at
            if report is not whole
        ]
    if found.breakdowns:
        fields["by"] = {one.by: one.to_json() for one in found.breakdowns}
    return fields


def _draw(arguments: argparse.Namespace, found: _Measured) -> None:
    from retrieval.plots import Picture, draw  # noqa: PLC0415 - imports matplotlib

    protocol = "" if found.contests is None else f", the right article among {NEGATIVES} negatives"
    gains = None
    if len(found.reports) > 1:
        first, second = found.reports
        gains = (f"{first.mode} - {second.mode}", differences(second, first))
    names = [report.mode for report in found.reports]
    picture = Picture(
        title=f"{arguments.questions.name}: {len(found.reports[0].rows)} questions{protocol}",
        reports=() if found.dimensions else found.reports,  # the largest of the dimensions says the same
        dimensions=tuple(zip(names, found.dimensions, strict=False)),
        differences=gains,
        breakdowns=found.breakdowns,
    )
    draw(picture, arguments.plot)
    say(f"the figures are drawn in {arguments.plot}")
