"""An article as JSON with what it refers to and what refers to it."""

from collections.abc import Iterable, Iterator
from datetime import date

from app.render import article_json
from app.shapes import LinkedArticleJson, ReferenceJson, ReferringJson
from index.articles import Article, ArticleVersion, CrossReference
from index.references import format_reference
from index.release import Release
from index.validity import Standing


def linked_article_json(
    release: Release, article: Article, version: ArticleVersion, *, standing: Standing = Standing.UNKNOWN
) -> LinkedArticleJson:
    """A version of an article as the API and `article --json` give it; documented in docs/api.md."""
    provisions = release.provisions(version.id)
    return {
        **article_json(release.laws[article.law_id], article, version, provisions, standing=standing),
        "references": [_reference_json(release, one) for one in release.references_from(version.id)],
        "referenced_by": list(_referring(release, version)),
    }


def _reference_json(release: Release, reference: CrossReference) -> ReferenceJson:
    article = release.article(reference.article_id)
    law = release.laws[article.law_id]
    return {
        "article_id": article.id,
        "law_id": law.id,
        "law": law.title,
        "article": article.label,
        "provision": format_reference(article, reference.path, law.lang),
        "start": reference.start,
        "end": reference.end,
    }


def _referring(release: Release, version: ArticleVersion) -> Iterator[ReferringJson]:
    """Each place that refers to the article, from the texts that speak beside `version`."""
    speaking: dict[str, str | None] = {}  # of each article that refers, the version that speaks
    for reference in release.references_to(version.article_id):
        referring = release.version(reference.version_id)
        if referring.article_id not in speaking:
            speaking[referring.article_id] = _beside(version, release.versions(referring.article_id))
        if speaking[referring.article_id] != referring.id:
            continue
        article = release.article(referring.article_id)
        law = release.laws[article.law_id]
        yield {
            "article_id": article.id,
            "version_id": referring.id,
            "law_id": law.id,
            "law": law.title,
            "article": article.label,
            "provision": format_reference(article, _path_at(release, reference), referring.lang),
            "start": reference.start,
            "end": reference.end,
        }


def _beside(version: ArticleVersion, others: Iterable[ArticleVersion]) -> str | None:
    """Of the versions of another article, oldest first, the last that was law while `version` was; None for none."""
    begins, ends = _interval(version)
    return next((other.id for other in reversed(tuple(others)) if _meets(_interval(other), begins, ends)), None)


def _meets(interval: tuple[date, date], begins: date, ends: date) -> bool:
    return interval[0] < ends and begins < interval[1]


def _interval(version: ArticleVersion) -> tuple[date, date]:
    """From its first day to the day after its last, an unknown day as far away as days go."""
    return version.valid_from or date.min, version.valid_to or date.max


def _path_at(release: Release, reference: CrossReference) -> tuple[str, ...]:
    """The deepest clause or point in which the referring words stand; empty for none that carries a number."""
    paths = (p.path for p in release.provisions(reference.version_id) if p.start <= reference.start < p.end)
    return max(paths, key=len, default=())
