"""Article JSON Lines: one article, or one version of it, a line. `docs/data.md` describes the keys."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from index.articles import Article, ArticleVersion, Corpus, Law, Remark, Status, version_id
from index.errors import CorpusError
from index.importers.cleaning import clean_heading, clean_text, parse_date, short_names
from index.importers.opening import lines_of, not_json
from index.importers.stray_headings import with_headings
from index.structure_articles import article_label
from index.wordings import is_repealed_text

_REQUIRED = ("id", "law_id", "law_title", "article", "heading", "text", "lang", "source")
_MAY_BE_EMPTY = frozenset({"heading", "source"})
_LANG = re.compile(r"[a-z]{2,3}")
_JURISDICTION = re.compile(r"[A-Z]{2}")
_LAW_DATES = ("adopted", "published", "in_force", "applies_from", "repealed", "complete_from")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file, understood."""

    number: int
    law: Law
    article: Article
    version: ArticleVersion


class ArticleLines:
    """Reads article JSON Lines."""

    name = "article JSON Lines"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether the file starts with a JSON object."""
        del path
        return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")

    def read(self, path: Path) -> Corpus:
        """Reads line by line; blank lines count but say nothing.

        Raises:
            CorpusError: names file, line and key.
        """
        laws: dict[str, tuple[Law, int]] = {}
        articles: dict[str, tuple[Article, int]] = {}
        versions: dict[str, tuple[ArticleVersion, int]] = {}
        for number, text in lines_of(path):
            if not text.strip():
                continue
            line = _parsed(text, number=number, path=path)
            _add_law(laws, line, path)
            _add_article(articles, line, path)
            _add_version(versions, line, path)
        read = {version.id: version for version, _ in versions.values()}
        by_law: dict[str, list[ArticleVersion]] = {}
        for version in read.values():
            by_law.setdefault(articles[version.article_id][0].law_id, []).append(version)
        remarks = []
        for law_id, texts in by_law.items():
            headed = with_headings(texts)
            read |= {version.id: version for version in headed}
            if moved := sum(
                bool(after.heading) and not before.heading for before, after in zip(texts, headed, strict=True)
            ):
                remarks.append(Remark(law_id, f"the headings of {moved} articles stood inside their texts; taken out"))
        return Corpus(
            laws=tuple(law for law, _ in laws.values()),
            articles=tuple(article for article, _ in articles.values()),
            versions=tuple(read.values()),
            remarks=tuple(remarks),
        )


def _parsed(text: str, *, number: int, path: Path) -> _Line:
    place = f"{path}, line {number}"
    try:
        row = json.loads(text)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{place}: {not_json(error)}; every line must be one whole object") from error
    except RecursionError as error:
        raise CorpusError(f"{place}: JSON nested too deeply; an article is one flat object") from error
    if not isinstance(row, dict):
        raise CorpusError(f"{place}: a JSON {type(row).__name__} where an object was expected; one article a line")
    missing = [key for key in _REQUIRED if key not in row]
    if missing:
        raise CorpusError(f"{place}: the key {missing[0]!r} is missing; an article needs {', '.join(_REQUIRED)}")
    texts = {key: _text(row, key, place) for key in _REQUIRED}
    if empty := [key for key in _REQUIRED if not texts[key] and key not in _MAY_BE_EMPTY]:
        raise CorpusError(f"{place}: {empty[0]!r} is empty; leave the article out or give it its text")
    if not _LANG.fullmatch(texts["lang"]):
        raise CorpusError(f"{place}: 'lang' is {texts['lang']!r}; write an ISO 639-1 code such as es, vi or en")
    law = _law(row, texts, place)
    article = _article(row, texts, place)
    return _Line(number, law, article, _version(row, texts, article, place))


def _law(row: Mapping[str, object], texts: Mapping[str, str], place: str) -> Law:
    title = clean_heading(texts["law_title"], place=place)
    jurisdiction = _text(row, "jurisdiction", place) or None
    if jurisdiction is not None and not _JURISDICTION.fullmatch(jurisdiction):
        raise CorpusError(f"{place}: 'jurisdiction' is {jurisdiction!r}; write two capitals such as ES, VN or EU")
    dates = {name: _date(row, f"law_{name}", place) for name in _LAW_DATES}
    return Law(
        id=texts["law_id"],
        title=title,
        lang=texts["lang"],
        aliases=tuple(dict.fromkeys([*_names(row, "aliases", place), *short_names(title)])),
        jurisdiction=jurisdiction,
        kind=_text(row, "law_kind", place),
        source=_text(row, "law_source", place) or texts["source"],
        adopted=dates["adopted"],
        published=dates["published"],
        in_force=dates["in_force"],
        applies_from=dates["applies_from"],
        repealed=dates["repealed"],
        complete_from=dates["complete_from"],
    )


def _article(row: Mapping[str, object], texts: Mapping[str, str], place: str) -> Article:
    label = clean_heading(texts["article"], place=place)
    kind, number = article_label(label)
    path = row.get("path")
    return Article(
        id=texts["id"],
        law_id=texts["law_id"],
        label=label,
        number=number,
        kind=kind,
        path=(
            _names(row, "path", place)
            if isinstance(path, list)
            else tuple(part for piece in _text(row, "path", place).split(" > ") if (part := piece.strip()))
        ),
    )


def _version(row: Mapping[str, object], texts: Mapping[str, str], article: Article, place: str) -> ArticleVersion:
    status = _text(row, "status", place) or Status.UNKNOWN.value
    if status not in set(Status):
        raise CorpusError(f"{place}: 'status' is {status!r}; write one of {', '.join(Status)}")
    # A consolidated text whose history is not there is known to be law only since its last amendment.
    valid_from = _date(row, "valid_from", place) or _date(row, "last_updated", place)
    valid_to = _date(row, "valid_to", place)
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        raise CorpusError(f"{place}: 'valid_to' is {valid_to}, not after the first valid day, {valid_from}")
    return ArticleVersion(
        id=version_id(article.id, valid_from),
        article_id=article.id,
        heading=clean_heading(texts["heading"], place=place),
        text=texts["text"],
        lang=texts["lang"],
        valid_from=valid_from,
        valid_to=valid_to,
        status=Status.REPEALED if is_repealed_text(texts["text"]) else Status(status),  # the text knows best
        source=texts["source"],
    )


def _add_law(laws: dict[str, tuple[Law, int]], line: _Line, path: Path) -> None:
    """Every line repeats its law; what one line leaves out another may say, but two may not disagree."""
    law = line.law
    if law.id not in laws:
        laws[law.id] = (law, line.number)
        return
    known, first = laws[law.id]
    merged = known
    for name in ("title", "lang", "jurisdiction", "kind", *_LAW_DATES):
        before, after = getattr(known, name), getattr(law, name)
        if before == after or not after:
            continue
        if before:
            raise CorpusError(
                f"{path}, line {line.number}: the law {law.id!r} has the {name} {str(after)!r}, "
                f"but {str(before)!r} on line {first}; one law has one {name}"
            )
        merged = replace(merged, **{name: after})
    if extra := [alias for alias in law.aliases if alias not in known.aliases]:
        merged = replace(merged, aliases=(*known.aliases, *extra))
    laws[law.id] = (merged, first)


def _add_article(articles: dict[str, tuple[Article, int]], line: _Line, path: Path) -> None:
    """Several lines may tell one article only as versions of it."""
    article = line.article
    known, first = articles.get(article.id, (article, line.number))
    if (known.law_id, known.label) != (article.law_id, article.label):
        raise CorpusError(
            f"{path}, line {line.number}: the id {article.id!r} names {article.label!r} of {article.law_id!r}, "
            f"but {known.label!r} of {known.law_id!r} on line {first}; give every article its own id"
        )
    articles[article.id] = (article, first)


def _add_version(versions: dict[str, tuple[ArticleVersion, int]], line: _Line, path: Path) -> None:
    version = line.version
    if version.id in versions:
        raise CorpusError(
            f"{path}, line {line.number}: the id {version.article_id!r} is already on line {versions[version.id][1]}; "
            "give every article its own id, and every version of it another 'valid_from'"
        )
    versions[version.id] = (version, line.number)


def _text(row: Mapping[str, object], key: str, place: str) -> str:
    """The cleaned text under `key`; empty where it is absent or null."""
    value = row.get(key)
    if value is None and key not in _REQUIRED:
        return ""
    if not isinstance(value, str):
        raise CorpusError(f"{place}: {key!r} is {type(value).__name__} {str(value)[:40]!r} where text was expected")
    return clean_text(value, place=f"{place}, {key!r}")


def _names(row: Mapping[str, object], key: str, place: str) -> tuple[str, ...]:
    """The cleaned texts of the list under `key`; empty where it is absent or null."""
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise CorpusError(f"{place}: {key!r} must be a list of texts")
    return tuple(name for raw in value if (name := clean_heading(raw, place=f"{place}, {key!r}")))


def _date(row: Mapping[str, object], key: str, place: str) -> date | None:
    value = _text(row, key, place)
    return parse_date(value, place=f"{place}, {key!r}") if value else None
