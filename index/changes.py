"""What differs between two releases, article by article."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.articles import Article, ArticleVersion, Status
from index.release import Release


@dataclass(frozen=True, slots=True)
class Change:
    """One article that differs.

    Attributes:
        what: "added", "removed", "repealed" (in force before, repealed now) or "changed".
        article: as in the later release; as in the earlier one where it was removed.
        law: its law's title.
        before, after: the latest text in each release; None where it has none.
    """

    what: str
    article: Article
    law: str
    before: ArticleVersion | None
    after: ArticleVersion | None


def changes(earlier: Release, later: Release) -> tuple[Change, ...]:
    """The articles that differ between two releases, in the order of the later one, removed ones last.

    Articles are compared by id, and their versions whole: text, heading, dates and status.
    """
    found = []
    old = _articles(earlier)
    for article_id, (article, versions) in (new := _articles(later)).items():
        law = later.laws[article.law_id].title
        if article_id not in old:
            found.append(Change("added", article, law, None, versions[-1]))
            continue
        before = old[article_id][1]
        if before != versions:
            repealed = versions[-1].status is Status.REPEALED and before[-1].status is not Status.REPEALED
            found.append(Change("repealed" if repealed else "changed", article, law, before[-1], versions[-1]))
    for article_id, (article, before) in old.items():
        if article_id not in new:
            found.append(Change("removed", article, earlier.laws[article.law_id].title, before[-1], None))
    return tuple(found)


def _articles(release: Release) -> dict[str, tuple[Article, Sequence[ArticleVersion]]]:
    return {
        article.id: (article, release.versions(article.id))
        for law_id in release.laws
        for article in release.articles(law_id)
    }
