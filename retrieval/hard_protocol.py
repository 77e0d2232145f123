"""A question's right article among 31 that look like it: the small contest beside the search of the whole corpus.

It measures the order among near misses, and its figures stand beside others of the same protocol only. The negatives
are those of BM25, the same whatever is measured; so for the lexical arm, and only for it, the first place is as hard to
win here as in the whole corpus.

The rules that keep right answers out of training negatives (`negatives.py`) are not used: one of them drops what BM25
ranks far above the right article, and a contest without these would be easy just where it ought to be hard.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from index.articles import Status
from index.release import Release
from retrieval.questions import Question
from retrieval.search import NO_FILTERS, Filters, Retriever
from retrieval.training_texts import bare

NEGATIVES = 31


@dataclass(frozen=True, slots=True)
class Contests:
    """The questions with the articles that compete to answer each.

    Attributes:
        questions: each with one relevant article, the first that the file names; those without any are as they were.
        among: by `Question.id`, the `Article.id`s of that article and its negatives.
        short: questions that found fewer negatives than asked for.
    """

    questions: tuple[Question, ...]
    among: dict[str, frozenset[str]]
    short: int


def hard_contests(
    questions: Iterable[Question],
    lexical: Retriever,
    release: Release,
    *,
    negatives: int = NEGATIVES,
    filters: Filters = NO_FILTERS,
) -> Contests:
    """Finds for each question the articles that BM25 ranks highest and that do not answer it.

    No negative is an article that answers the question by its label, or whose text is that of one that does. Where
    BM25 finds too few, the nearest articles of the same law follow, then the others in the order of the release.

    Args:
        questions: labelled.
        lexical: the lexical arm over `release`.
        release: holds every relevant article.
        negatives: for each question, at least 1.
        filters: law that may answer.
    """
    asked, among, short = [], {}, 0
    for question in questions:
        if question.relevant:
            chosen = _negatives(question, lexical, release, negatives, filters)
            short += len(chosen) < negatives
            gold = question.relevant[0]
            among[question.id] = frozenset((gold, *chosen))
            asked.append(replace(question, relevant=(gold,)))
        else:
            asked.append(question)
    return Contests(tuple(asked), among, short)


def _negatives(
    question: Question, lexical: Retriever, release: Release, number: int, filters: Filters
) -> tuple[str, ...]:
    right = set(question.relevant)
    same = {bare(version.text) for one in right for version in release.versions(one)} - {""}
    chosen: dict[str, None] = {}
    hits = lexical.search(question.text, k=2 * number + len(right), filters=filters)
    found = [hit.article.id for hit in hits if bare(hit.version.text) not in same]
    for one in (*found, *_around(question.relevant[0], release, same)):
        if len(chosen) == number:
            break
        if one not in right:
            chosen.setdefault(one)
    return tuple(chosen)


def _around(gold: str, release: Release, same: set[str]) -> Iterator[str]:
    """Articles with law in them: the nearest in the gold's law first, then those of the other laws."""
    home = release.article(gold).law_id
    own = release.articles(home)
    place = next(at for at, article in enumerate(own) if article.id == gold)
    others = (article for law in release.laws if law != home for article in release.articles(law))
    for article in (*(own[at] for at in sorted(range(len(own)), key=lambda at: abs(at - place))), *others):
        version = release.versions(article.id)[-1]
        open_law = version.status is not Status.REPEALED and version.valid_to is None
        if open_law and version.text and bare(version.text) not in same:
            yield article.id
