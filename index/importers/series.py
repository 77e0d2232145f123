"""A law through time: JSON Lines with one consolidated version of the law a line, each as Markdown.

Keys: `law_id, version_date, markdown`; others are allowed. Consecutive versions are compared article by article, and
an article gets a new version only where its words change: line breaks, capitals, accents, punctuation, the label
repeated at the start of its text and the publisher's notes are form, not law.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from index.articles import Article, ArticleVersion, Corpus, Status, version_id
from index.errors import CorpusError
from index.importers.legal_markdown import MarkdownLaw, parse_markdown
from index.importers.opening import lines_of
from index.importers.outline import Unit, articles_of, is_repealed_text
from index.structure_articles import article_label

_MARKER = re.compile(r"^\s*[*(\[]*(?:derogad|suprimid)[oa]s?[*)\]. ]*(?:\n+|$)", re.IGNORECASE)
_ECHO = re.compile(
    r"^[\"“«]?\s*(?P<label>art[íi]culo\s+(?:\d+|[a-záéíóú]+)\s*[°ºª]?(?:\s*(?:bis|ter|qu[áa]ter|quinquies|sexies|septies|octies|nonies)\b)?"
    r"(?:\s+\d+\b)?(?:\s+[a-zñ]\b)?(?:\s+transitorio)?)\s*[.°º]*\s*[-–—.]*\s*",
    re.IGNORECASE,
)
_NOTE = re.compile(r"(?:^|\n\n)NOTAS?:?\s*\d*\s*\n.*", re.DOTALL)
_PLACEHOLDERS = frozenset({"1970-01-01", "1970-01-02"})  # the source's sign for an older day that it does not know


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The whole law as it stood from one day on."""

    since: date | None
    law: MarkdownLaw


@dataclass(frozen=True, slots=True)
class _Wording:
    """What one snapshot says of one article."""

    unit: Unit
    text: str
    status: Status


class VersionSeries:
    """Reads the versions of one law or of several."""

    name = "JSON Lines of a law's versions"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether the first line is an object that holds a version's Markdown."""
        del path
        first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096]
        return first.startswith(b"{") and b'"version_date"' in first and b'"markdown"' in head

    def read(self, path: Path) -> Corpus:
        """Every wording of every article with its interval of validity.

        Raises:
            CorpusError: names file and line.
        """
        series: dict[str, list[_Snapshot]] = {}
        for number, line in lines_of(path):
            if line.strip():
                snapshot = _snapshot(line, place=f"{path}, line {number}")
                series.setdefault(snapshot.law.law.id, []).append(snapshot)
        corpora = [_history(snapshots, path) for snapshots in series.values()]
        return Corpus(
            laws=tuple(law for corpus in corpora for law in corpus.laws),
            articles=tuple(article for corpus in corpora for article in corpus.articles),
            versions=tuple(version for corpus in corpora for version in corpus.versions),
        )


def _snapshot(line: str, *, place: str) -> _Snapshot:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise CorpusError(f"{place}: not JSON; every line must be one whole object") from error
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("version_date", "markdown")):
        raise CorpusError(f"{place}: needs the texts 'version_date' and 'markdown'")
    day = row["version_date"]
    try:
        since = None if day in _PLACEHOLDERS else date.fromisoformat(day)
    except ValueError as error:
        raise CorpusError(f"{place}, 'version_date': {day!r} is no date; write it as 2018-05-25") from error
    return _Snapshot(since, parse_markdown(row["markdown"], place=place))


def _history(snapshots: Sequence[_Snapshot], path: Path) -> Corpus:
    """Compares each snapshot of one law with the one before."""
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.since or date.min)
    days = [snapshot.since for snapshot in ordered]
    if len(set(days)) < len(days):
        again = next(day for day in days if days.count(day) > 1)
        raise CorpusError(f"{path}: two versions of {ordered[0].law.law.id} from {again or 'an unknown day'}; keep one")
    law = ordered[-1].law
    articles: dict[str, Article] = {}
    versions: dict[str, list[ArticleVersion]] = {}
    for snapshot in ordered:
        found = dict(_wordings(snapshot))
        for article, wording in found.items():
            articles[article.id] = article
            told = versions.setdefault(article.id, [])
            if told and told[-1].valid_to is None and _same(told[-1], wording):
                told[-1] = replace(told[-1], heading=wording.unit.heading, text=wording.text)
                continue
            if told and told[-1].valid_to is None:
                told[-1] = replace(told[-1], valid_to=snapshot.since)
            told.append(_version(article, wording, snapshot))
        present = {article.id for article in found}
        for gone in versions.keys() - present:  # an article that a version no longer has ended on its day
            if versions[gone][-1].valid_to is None:
                versions[gone][-1] = replace(versions[gone][-1], valid_to=snapshot.since)
    if law.says_repealed:  # the text stands in the last version, so nobody knows since when it is repealed
        for told in versions.values():
            if told[-1].valid_to is None and told[-1].status is Status.IN_FORCE:
                told[-1] = replace(told[-1], status=Status.UNKNOWN)
    if not articles:
        raise CorpusError(f"{path}: no version of {law.law.id} has a heading that names an article")
    return Corpus((law.law,), tuple(articles.values()), tuple(told for each in versions.values() for told in each))


def _wordings(snapshot: _Snapshot) -> list[tuple[Article, _Wording]]:
    found = []
    for article, unit in articles_of(snapshot.law.law.id, snapshot.law.units):
        text = _without_echo(_MARKER.sub("", unit.text), article)
        law_text = _NOTE.sub("", text).strip()
        if law_text and not is_repealed_text(law_text):
            found.append((article, _Wording(unit, law_text, Status.IN_FORCE)))
        else:  # a marker or a note ("moved to Book IV of the Commercial Code") is all that is left
            found.append((article, _Wording(unit, text.strip() or unit.text, Status.REPEALED)))
    return found


def _without_echo(text: str, article: Article) -> str:
    """The text without the article's own label at its start: "ARTICULO 1°- Las aguas" -> "Las aguas"."""
    echo = _ECHO.match(text)
    if echo is None or article_label(echo["label"])[1] != article.number:
        return text
    return text[echo.end() :]


def _version(article: Article, wording: _Wording, snapshot: _Snapshot) -> ArticleVersion:
    return ArticleVersion(
        id=version_id(article.id, snapshot.since),
        article_id=article.id,
        heading=wording.unit.heading,
        text=wording.text,
        lang=snapshot.law.law.lang,
        valid_from=snapshot.since,
        status=wording.status,
        source=snapshot.law.law.source,
    )


def _same(version: ArticleVersion, wording: _Wording) -> bool:
    return (version.status is Status.REPEALED) == (wording.status is Status.REPEALED) and (
        _words(version.text) == _words(wording.text)
    )


def _words(text: str) -> str:
    """Letters and digits alone, without case and diacritics: what makes two texts the same law."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())
