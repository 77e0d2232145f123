"""The laws of a release in one SQLite file: written once, then only read, from any thread."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from index.articles import Article, ArticleKind, ArticleVersion, CrossReference, Law, Provision, ProvisionKind, Status

# Positions count from 0 in the order of the corpus. Paths, aliases and provisions are JSON arrays: they are read
# whole or not at all, and a row for each clause made writing three times as slow.
_SCHEMA = """
CREATE TABLE laws (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, lang TEXT NOT NULL,
    aliases TEXT NOT NULL, jurisdiction TEXT, kind TEXT NOT NULL, source TEXT NOT NULL,
    adopted TEXT, published TEXT, in_force TEXT, applies_from TEXT, repealed TEXT, complete_from TEXT);
CREATE TABLE articles (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, law_id TEXT NOT NULL, label TEXT NOT NULL,
    number TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL);
CREATE TABLE versions (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, article_id TEXT NOT NULL, heading TEXT NOT NULL,
    text TEXT NOT NULL, lang TEXT NOT NULL, valid_from TEXT, valid_to TEXT, status TEXT NOT NULL, source TEXT NOT NULL,
    provisions TEXT NOT NULL);
CREATE TABLE crossrefs (
    position INTEGER PRIMARY KEY, version_id TEXT NOT NULL, start_at INTEGER NOT NULL, end_at INTEGER NOT NULL,
    article_id TEXT NOT NULL, path TEXT NOT NULL);
"""
_INDEXES = """
CREATE INDEX articles_by_law ON articles (law_id);
CREATE INDEX versions_by_article ON versions (article_id);
CREATE INDEX crossrefs_by_version ON crossrefs (version_id);
CREATE INDEX crossrefs_by_article ON crossrefs (article_id);
"""
_COLUMNS = {
    "laws": (
        "id, title, lang, aliases, jurisdiction, kind, source, adopted, published, in_force, applies_from, repealed,"
        " complete_from"
    ),
    "articles": "id, law_id, label, number, kind, path",
    "versions": "id, article_id, heading, text, lang, valid_from, valid_to, status, source",
    "crossrefs": "crossrefs.version_id, start_at, end_at, crossrefs.article_id, path",
}

Row = tuple[str | None, ...]

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def law_row(law: Law) -> Row:
    """A law as it is stored and hashed."""
    dates = (law.adopted, law.published, law.in_force, law.applies_from, law.repealed, law.complete_from)
    return (
        law.id,
        law.title,
        law.lang,
        _json(law.aliases),
        law.jurisdiction,
        law.kind,
        law.source,
        *(_iso(day) for day in dates),
    )


def article_row(article: Article) -> Row:
    """An article as it is stored and hashed."""
    path = _json(article.path)
    return (article.id, article.law_id, article.label, article.number, article.kind.value, path)


def version_row(version: ArticleVersion, provisions: Iterable[Provision]) -> Row:
    """A version with its provisions, as they are stored and hashed."""
    return (
        version.id,
        version.article_id,
        version.heading,
        version.text,
        version.lang,
        _iso(version.valid_from),
        _iso(version.valid_to),
        version.status.value,
        version.source,
        _json([(p.kind.value, p.path, p.start, p.end) for p in provisions]),
    )


def crossref_row(reference: CrossReference) -> Row:
    """A reference as it is stored and hashed; the columns of its offsets make numbers of their digits."""
    ends = (str(reference.start), str(reference.end))
    return (reference.version_id, *ends, reference.article_id, _json(reference.path))


def write_store(
    path: Path,
    *,
    laws: Sequence[Row],
    articles: Sequence[Row],
    versions: Sequence[Row],
    crossrefs: Sequence[Row],
) -> None:
    """Writes what `law_row`, `article_row`, `version_row` and `crossref_row` made, in order, to a new file.

    Does not sync it.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # A file that a crash leaves behind is thrown away whole, so it needs no journal.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(_SCHEMA)
        connection.execute("BEGIN")
        tables = (("laws", laws), ("articles", articles), ("versions", versions), ("crossrefs", crossrefs))
        for table, rows in tables:
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                numbered = ((position, *row) for position, row in enumerate(rows))
                connection.executemany(f"INSERT INTO {table} VALUES (?, {marks})", numbered)  # noqa: S608 - only our own words
        connection.execute("COMMIT")
        connection.executescript(_INDEXES)


class ArticleStore:
    """Reads what `write_store` wrote. Safe from several threads: one connection behind one lock.

    A look-up by id takes 8 microseconds (2 cores, Python 3.11, an index of 3,823 articles), the same with 16 threads
    at it, so neither a cache nor a connection for each thread would pay.
    """

    def __init__(self, path: Path) -> None:
        # immutable: SQLite takes no locks, looks for no journal and never writes.
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Frees the file; a second call does nothing."""
        with self._lock:
            self._connection.close()

    def laws(self) -> tuple[Law, ...]:
        """All laws, in the order of the corpus."""
        columns = _COLUMNS["laws"]
        if not self._rows("SELECT name FROM pragma_table_info('laws') WHERE name = 'complete_from'"):
            columns = columns.replace("complete_from", "NULL")  # the store is older than this column
        return tuple(map(_law, self._rows(f"SELECT {columns} FROM laws ORDER BY position")))  # noqa: S608 - as below

    def article(self, article_id: str) -> Article | None:
        """One article; None where the id is unknown."""
        return next(map(_article, self._select("articles", "WHERE id = ?", article_id)), None)

    def articles(self, law_id: str | None = None) -> tuple[Article, ...]:
        """The articles of a law, or of all, in the order of the corpus."""
        if law_id is None:
            return tuple(map(_article, self._select("articles", "ORDER BY position")))
        return tuple(map(_article, self._select("articles", "WHERE law_id = ? ORDER BY position", law_id)))

    def version(self, version_id: str) -> ArticleVersion | None:
        """One version; None where the id is unknown."""
        return next(map(_version, self._select("versions", "WHERE id = ?", version_id)), None)

    def versions(self, article_id: str | None = None) -> tuple[ArticleVersion, ...]:
        """The versions of an article, oldest first and an unknown first day before all; or all, as in the corpus."""
        if article_id is None:
            return tuple(map(_version, self._select("versions", "ORDER BY position")))
        oldest_first = "WHERE article_id = ? ORDER BY valid_from IS NOT NULL, valid_from, position"
        return tuple(map(_version, self._select("versions", oldest_first, article_id)))

    def version_id(self, position: int) -> str:
        """The id of the version at a position in the corpus."""
        return str(self._rows("SELECT id FROM versions WHERE position = ?", position)[0][0])

    def position(self, version_id: str) -> int | None:
        """The position of a version in the corpus; None where the id is unknown."""
        rows = self._rows("SELECT position FROM versions WHERE id = ?", version_id)
        return int(rows[0][0]) if rows else None

    def provisions(self, version_id: str) -> tuple[Provision, ...] | None:
        """The clauses and points of a version in the order of the text; None where the id is unknown."""
        rows = self._rows("SELECT provisions FROM versions WHERE id = ?", version_id)
        if not rows:
            return None
        return tuple(
            Provision(version_id, ProvisionKind(kind), tuple(path), start, end)
            for kind, path, start, end in json.loads(rows[0][0])
        )

    def references_from(self, version_id: str) -> tuple[CrossReference, ...]:
        """What the text of a version refers to, its own article included, in the order of the text."""
        return tuple(map(_crossref, self._select("crossrefs", "WHERE version_id = ? ORDER BY position", version_id)))

    def references_to(self, article_id: str) -> tuple[CrossReference, ...]:
        """What refers to an article from the versions of others, in the order of the corpus."""
        from_others = (
            "JOIN versions ON versions.id = crossrefs.version_id"
            " WHERE crossrefs.article_id = ? AND versions.article_id != ? ORDER BY crossrefs.position"
        )
        return tuple(map(_crossref, self._select("crossrefs", from_others, article_id, article_id)))

    def _select(self, table: str, rest: str, *values: str) -> list[Any]:
        return self._rows(f"SELECT {_COLUMNS[table]} FROM {table} {rest}", *values)  # noqa: S608 - only our own words

    def _rows(self, query: str, *values: str | int) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()


def _law(row: Any) -> Law:  # noqa: ANN401 - SQLite's columns have no types
    law_id, title, lang, aliases, jurisdiction, kind, source, *dates = row
    return Law(law_id, title, lang, tuple(json.loads(aliases)), jurisdiction, kind, source, *map(_day, dates))


def _article(row: Any) -> Article:  # noqa: ANN401 - SQLite's columns have no types
    article_id, law_id, label, number, kind, path = row
    return Article(article_id, law_id, label, number, ArticleKind(kind), tuple(json.loads(path)))


def _version(row: Any) -> ArticleVersion:  # noqa: ANN401 - SQLite's columns have no types
    version_id, article_id, heading, text, lang, valid_from, valid_to, status, source = row
    return ArticleVersion(
        version_id, article_id, heading, text, lang, _day(valid_from), _day(valid_to), Status(status), source
    )


def _crossref(row: Any) -> CrossReference:  # noqa: ANN401 - SQLite's columns have no types
    version_id, start, end, article_id, path = row
    return CrossReference(version_id, start, end, article_id, tuple(json.loads(path)))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(iso: str | None) -> date | None:
    return None if iso is None else date.fromisoformat(iso)


def _json(value: object) -> str:
    return _ENCODE(value)
