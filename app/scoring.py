"""`lexcite score ANSWERS`: how exactly anyone's answers cite, judged against the law without a model."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.settings import Settings
from app.terminal import say, show, show_json
from generation.answers_file import AnswersError, SubmittedAnswer, read_answers
from generation.citation_report import score_json, table, write_rows
from generation.citation_scoring import JudgedAnswer, Reading, score
from generation.cited_provisions import CitationReader, distinct
from index.importers.registry import read_corpus
from index.law_in_memory import LawInMemory, LawSource
from index.release import Release
from retrieval.questions import read_questions


def score_command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Scores a file of answers."""
    questions = read_questions(arguments.gold) if arguments.gold is not None else ()
    answers = read_answers(arguments.answers, questions=questions)
    with _law(arguments, settings) as law:
        reader = CitationReader(law, aliases=Path(settings.aliases) if settings.aliases else None)
        judged = [judge(answer, reader) for answer in answers]
    if arguments.rows is not None:
        write_rows(judged, arguments.rows)
        say(f"one line per citation, the gravest first, in {arguments.rows}")
    made = score(judged)
    if arguments.json:
        show_json(score_json(made))
    else:
        show(table(made))
    return 0


@contextmanager
def _law(arguments: argparse.Namespace, settings: Settings) -> Iterator[LawSource]:
    """The corpus that is named, else the published release of the index."""
    if arguments.corpus:
        yield LawInMemory(read_corpus(arguments.corpus))
    else:
        with Release.open(settings.index) as release:
            yield release


def judge(answer: SubmittedAnswer, reader: CitationReader) -> JudgedAnswer:
    """Reads what an answer cites and what it should cite.

    A citation that names no law means the only law that the answer names, else the only one that the question names.

    Raises:
        AnswersError: a gold provision is not in the law.
    """
    asked = reader.law_named(answer.question)
    beside = [one if isinstance(one, str) else one.law for one in answer.citations]
    said = reader.law_named("\n".join([answer.text, *beside]), answer.question)
    listed = (one for written in answer.citations for one in reader.read(written, law=said))
    cited = (*reader.in_text(answer.text, law=asked), *listed)
    gold = tuple(one for written in answer.gold for one in reader.read(written, law=asked))
    for one in gold:
        if one.reading is not Reading.FOUND:
            raise AnswersError(f'{answer.where}: gold "{one.written}" is not in this law: {one.detail or one.reading}.')
    return JudgedAnswer(answer.id, answer.question, distinct(cited), distinct(gold))
