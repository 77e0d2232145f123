"""The commands that measure: `evaluate` and `calibrate`."""

import argparse

from app.commands import open_for_questions
from app.settings import Settings
from app.terminal import say, show, show_json
from index.release import Release
from retrieval.evaluation import evaluate, table, write_rows
from retrieval.questions import QuestionsError, read_questions


def evaluate_command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measures retrieval on labelled questions, in the mode that is asked for or in the default one."""
    questions = read_questions(arguments.questions, split=arguments.split)
    if not questions:
        raise QuestionsError(f"{arguments.questions}: no question has the split {arguments.split!r}")
    engine = open_for_questions(settings, with_llm=False)
    with engine.release:
        report = evaluate(
            engine.retriever, questions, articles=_ArticlesOf(engine.release), mode=settings.mode or "default"
        )
    if arguments.rows:
        write_rows(report, arguments.rows)
        say(f"one line per question in {arguments.rows}")
    if arguments.json:
        show_json(report.to_json())
    else:
        show(table([report]))
    return 0


class _ArticlesOf:
    """The ids of a release's articles, as a container."""

    def __init__(self, release: Release) -> None:
        self._release = release

    def __contains__(self, article_id: object) -> bool:
        return self._release.find_article(str(article_id)) is not None
