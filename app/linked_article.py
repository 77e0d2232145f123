"""An article with what it refers to and what refers to it, as JSON and as lines for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.render import article_json
from app.shapes import LinkedArticleJson, ReferenceJson
from index.articles import Article, ArticleVersion, CrossReference, Law
from index.references import format_reference
from index.release import Release
from index.validity import Standing

_MOST_LINES = 20  # of either direction at a terminal; a first article is referred to hundreds of times


@dataclass(frozen=True, slots=True)
class Link:
    """The other end of a reference.

    Attributes:
        law, article, provision: what is referred to, or what refers; `provision` as people write it.
        reference: the words that refer, as offsets into the text of the version that holds them.
    """

    law: Law
    article: Article
    provision: str
    reference: CrossReference


def linked_article_json(
    release: Release, article: Article, version: ArticleVersion, *, standing: Standing = Standing.UNKNOWN
) -> LinkedArticleJson:
    """A version of an article as the API and `article --json` give it; documented in docs/api.md."""
    provisions = release.provisions(version.id)
    return {
        **article_json(release.laws[article.law_id], article, version, provisions, standing=standing),
        "references": [_link_json(link) for link in links_from(release, version)],
        "referenced_by": [
            {**_link_json(link), "version_id": link.reference.version_id} for link in links_to(release, version)
        ],
    }


def links_text(release: Release, article: Article, version: ArticleVersion) -> str:
    """Both directions for a person, each provision on one line, and only once; empty where there is none."""
    own = version.text
    refers = [
        _line(link, article, words=own[link.reference.start : link.reference.end])
        for link in links_from(release, version)
    ]
    referring = [_line(link, article) for link in links_to(release, version)]
    return "\n\n".join(
        "\n".join([title, *_shortened(tuple(dict.fromkeys(lines)))])
        for title, lines in (("Refers to", refers), ("Referred to by", referring))
        if lines
    )


def links_from(release: Release, version: ArticleVersion) -> Iterator[Link]:
    """What a version refers to, in the order of its text."""
    for reference in release.references_from(version.id):
        yield _link(release, release.article(reference.article_id), reference.path, reference)


def links_to(release: Release, version: ArticleVersion) -> Iterator[Link]:
    """Each place that refers to the article, from the texts that speak beside `version`."""
    speaking: dict[str, str | None] = {}  # of each article that refers, the version that speaks
    for reference in release.references_to(version.article_id):
        referring = release.version(reference.version_id)
        if referring.article_id not in speaking:
            speaking[referring.article_id] = _beside(version, release.versions(referring.article_id))
        if speaking[referring.article_id] == referring.id:
            yield _link(release, release.article(referring.article_id), _path_at(release, reference), reference)


def _link(release: Release, article: Article, path: tuple[str, ...], reference: CrossReference) -> Link:
    law = release.laws[article.law_id]
    return Link(law, article, format_reference(article, path, law.lang), reference)


def _link_json(link: Link) -> ReferenceJson:
    return {
        "article_id": link.article.id,
        "law_id": link.law.id,
        "law": link.law.title,
        "article": link.article.label,
        "provision": link.provision,
        "start": link.reference.start,
        "end": link.reference.end,
    }


def _line(link: Link, article: Article, *, words: str = "") -> str:
    """`  Article 9(1), Courts Act ("its Article 9(1)")`: the law where it is another, the words where they differ."""
    law = "" if link.law.id == article.law_id else f", {link.law.title}"
    said = " ".join(words.split())
    quoted = f' ("{said}")' if said and said.casefold() != link.provision.casefold() else ""
    return f"  {link.provision}{law}{quoted}"


def _shortened(lines: Sequence[str]) -> Sequence[str]:
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[:_MOST_LINES], f"  ... and {len(lines) - _MOST_LINES} more; --json lists all"]


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
