"""Pairs out of statutes alone: an article's heading as the question, its text without the heading as the answer."""

from collections import Counter
from dataclasses import dataclass

from index.articles import Article, ArticleVersion, Corpus, Law, Status
from retrieval.pairs import Pair
from retrieval.training_texts import bare, current_versions

LONGEST = 60  # words of heading; longer ones are whole sentences that the publisher set as headings
SHORTEST = 40  # characters of text; below it an article only says that it is repealed, or refers elsewhere


@dataclass(frozen=True, slots=True)
class HeadingPairs:
    """The pairs of a corpus, and how its articles fared.

    Attributes:
        pairs: in the order of the corpus.
        counts: (what, how many) in reading order: the articles with a heading, then each reason why one gave no pair,
            then each form of question.
    """

    pairs: tuple[Pair, ...]
    counts: tuple[tuple[str, int], ...]


def heading_pairs(corpus: Corpus, *, source: str) -> HeadingPairs:
    """One pair for each article whose heading tells it from every other.

    "Entry into force" heads an article of every law: alone it would teach that all others do not answer. A heading that
    several laws have is followed by its law's title, one that returns within a law by the innermost heading above the
    article too; where even that names two articles, neither gives a pair. Repealed articles, those of
    hardly any text and those whose heading is a paragraph give none.

    Args:
        corpus: any law.
        source: of the pairs.
    """
    laws = {law.id: law for law in corpus.laws}
    versions = current_versions(corpus)
    headed = [
        (laws[article.law_id], article, versions[article.id])
        for article in corpus.articles
        if bare(versions[article.id].heading)
    ]
    usable = [row for row in headed if row[2].status is not Status.REPEALED]
    told = [row for row in usable if len(row[2].text) >= SHORTEST]
    usable = [row for row in told if len(row[2].heading.split()) <= LONGEST]
    # Counted over all headings: one that an article without a pair shares is no less ambiguous.
    holders = [Counter(bare(_forms(*row)[level]) for row in headed) for level in range(3)]
    used = [0, 0, 0]
    pairs: list[Pair] = []
    for law, article, version in usable:
        forms = _forms(law, article, version)
        level = next((at for at, form in enumerate(forms) if holders[at][bare(form)] == 1), None)
        if level is None:
            continue
        used[level] += 1
        pairs.append(Pair(forms[level], article.id, version.lang, source, without_heading=True))
    repealed = sum(row[2].status is Status.REPEALED for row in headed)
    counts = (
        ("articles with a heading", len(headed)),
        ("repealed", repealed),
        (f"text under {SHORTEST} characters", len(headed) - repealed - len(told)),
        (f"heading over {LONGEST} words", len(told) - len(usable)),
        ("heading, law and chapter name several articles", len(usable) - len(pairs)),
        ("question: heading", used[0]),
        ("question: heading and law", used[1]),
        ("question: heading, chapter and law", used[2]),
    )
    return HeadingPairs(tuple(pairs), counts)


def _forms(law: Law, article: Article, version: ArticleVersion) -> tuple[str, str, str]:
    """The question in three lengths."""
    heading = version.heading.strip().rstrip(".")
    above = f" ({article.path[-1].strip()})" if article.path else ""
    return heading, f"{heading}, {law.title}", f"{heading}{above}, {law.title}"
