"""Legalize-style Markdown: YAML front matter and a law whose headings are Markdown headings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from index.act_names import numbered_name
from index.articles import ArticleVersion, Corpus, Law, version_id
from index.errors import CorpusError
from index.importers.cleaning import clean_heading, clean_text, short_names
from index.importers.markdown_units import markdown_units
from index.importers.opening import bytes_of, decoded
from index.importers.outline import Unit, articles_of, status_of
from index.timeline import PLACEHOLDERS

# Front matter of the Spanish and the Chilean collection names the same things in two ways.
_KEYS = {
    "title": ("title", "titulo"),
    "id": ("identifier", "identificador"),
    "country": ("country", "pais"),
    "rank": ("rank", "rango"),
    "number": ("official_number", "numero"),
    "published": ("publication_date", "fecha_publicacion"),
    "adopted": ("enactment_date", "fecha_promulgacion"),
    "last_updated": ("last_updated", "ultima_actualizacion"),
    "status": ("status", "estado"),
    "source": ("source", "fuente"),
}
_LANGS = {
    "es": "es",
    "cl": "es",
    "mx": "es",
    "ar": "es",
    "pe": "es",
    "co": "es",
    "uy": "es",
    "fr": "fr",
    "de": "de",
    "at": "de",
    "vn": "vi",
}
_REPEALED_WORDS = frozenset({"repealed", "derogado", "derogada"})


@dataclass(frozen=True, slots=True)
class MarkdownLaw:
    """One Markdown text, understood: the law it is of, its units, and what its front matter claims."""

    law: Law
    units: tuple[Unit, ...]
    last_updated: date | None
    says_repealed: bool


class LegalMarkdown:
    """Reads one consolidated law."""

    name = "Markdown with YAML front matter"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether the file starts with front matter that has an identifier."""
        del path
        text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace").replace("\r\n", "\n")
        front, _, _ = text.removeprefix("---\n").partition("\n---")
        return text.startswith("---\n") and any(f"\n{key}:" in f"\n{front}" for key in _KEYS["id"])

    def read(self, path: Path) -> Corpus:
        """The law as consolidated on its last amendment, before which its texts are not known.

        Raises:
            CorpusError: front matter that cannot be understood, or no article.
        """
        found = parse_markdown(decoded(bytes_of(path), path=path), place=str(path))
        articles, versions = [], []
        for article, unit in articles_of(found.law.id, found.units):
            articles.append(article)
            versions.append(
                ArticleVersion(
                    id=version_id(article.id, found.last_updated),
                    article_id=article.id,
                    heading=unit.heading,
                    text=unit.text,
                    lang=found.law.lang,
                    valid_from=found.last_updated,
                    status=status_of(unit.text, source_says_repealed=found.says_repealed),
                    source=found.law.source,
                )
            )
        if not articles:
            raise CorpusError(f"{path}: no heading names an article; lexcite looks for '##### Artículo 1' and the like")
        return Corpus((found.law,), tuple(articles), tuple(versions))


def parse_markdown(markdown: str, *, place: str) -> MarkdownLaw:
    """Front matter and units of one text.

    Args:
        markdown: the whole file.
        place: where it is from, for messages.

    Raises:
        CorpusError: no or broken front matter, or forbidden characters.
    """
    text = clean_text(markdown.removeprefix("\ufeff"), place=place)
    front, body = _front_matter(text, place)
    values = {name: _value(front, keys) for name, keys in _KEYS.items()}
    if not values["id"] or not values["title"]:
        raise CorpusError(f"{place}: the front matter names no identifier or no title")
    title = clean_heading(values["title"], place=place)
    lang = _value(front, ("lang", "language")) or _LANGS.get(values["country"].lower(), "")
    if not lang:
        raise CorpusError(f"{place}: the front matter names no language; add 'lang: es' or the like")
    numbered = numbered_name(values["rank"], values["number"])
    law = Law(
        id=values["id"],
        title=title,
        lang=lang,
        aliases=(*short_names(title), *((numbered,) if numbered else ())),
        jurisdiction=values["country"].upper() or None,
        kind=values["rank"].replace("_", " "),
        source=values["source"],
        adopted=_day(values["adopted"], place),
        published=_day(values["published"], place),
    )
    return MarkdownLaw(
        law=law,
        units=markdown_units(body, title=title),
        last_updated=_day(values["last_updated"], place),
        says_repealed=values["status"].lower() in _REPEALED_WORDS,
    )


def _front_matter(text: str, place: str) -> tuple[Mapping[str, object], str]:
    if not text.startswith("---\n"):
        raise CorpusError(f"{place}: no YAML front matter; the first line must be ---")
    front, mark, body = text[4:].partition("\n---\n")
    if not mark:
        raise CorpusError(f"{place}: the YAML front matter has no end; close it with a line ---")
    try:
        values = yaml.safe_load(front)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 2
        raise CorpusError(
            f"{place}, line {line}: the front matter is not YAML; quote values that hold colons"
        ) from error
    if not isinstance(values, dict):
        raise CorpusError(f"{place}: the front matter is not a list of keys and values")
    return values, body


def _value(front: Mapping[str, object], keys: tuple[str, ...]) -> str:
    return next((str(front[key]).strip() for key in keys if front.get(key) is not None), "")


def _day(value: str, place: str) -> date | None:
    """The day, or None for an absent one and for the collections' placeholder."""
    if not value:
        return None
    try:
        day = date.fromisoformat(value[:10])
    except ValueError as error:
        raise CorpusError(f"{place}: the front matter's {value!r} is no date; write it as 2018-05-25") from error
    return None if day in PLACEHOLDERS else day
