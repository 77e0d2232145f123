"""What a build will write, worked out before anything is embedded or written: rows, passages, keys, warnings."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.aliases import LawNames
from index.article_numbers import NumberedArticles
from index.articles import Article, ArticleVersion, Corpus
from index.crossrefs import cross_references
from index.errors import CorpusError
from index.passages import cut_passages, embedded_text
from index.release import OPEN_TO, UNKNOWN_FROM
from index.store import Row, article_row, crossref_row, law_row, version_row
from index.structure import parse_provisions


@dataclass(frozen=True, slots=True)
class Plan:
    """A corpus taken apart, n passages in the order of the corpus.

    Attributes:
        laws, articles, versions, crossrefs: rows of the store.
        columns: (6, n) int32: law, version, start, end, valid from, valid to, as `Release` offers them.
        article_of: (n,) int32, the position of each passage's article.
        texts: n, what is embedded.
        langs: n, ISO 639-1.
        keys: n, the SHA-256 of `texts`.
        corpus_sha256: over the rows.
        warnings: one line each.
    """

    laws: tuple[Row, ...]
    articles: tuple[Row, ...]
    versions: tuple[Row, ...]
    crossrefs: tuple[Row, ...]
    columns: NDArray[np.int32]
    article_of: NDArray[np.int32]
    texts: tuple[str, ...]
    langs: tuple[str, ...]
    keys: tuple[bytes, ...]
    corpus_sha256: str
    warnings: tuple[str, ...]


def plan_build(corpus: Corpus, *, max_chars: int, on_version: Callable[[int], None]) -> Plan:
    """Parses, cuts and hashes a corpus.

    Args:
        corpus: see `check_corpus`.
        max_chars: see `cut_passages`.
        on_version: called with the number of versions finished so far.

    Raises:
        CorpusError: the corpus is empty, contradicts itself, or holds text that is not Unicode.
    """
    check_corpus(corpus)
    laws = {law.id: (position, law) for position, law in enumerate(corpus.laws)}
    articles = {article.id: (position, article) for position, article in enumerate(corpus.articles)}
    names = LawNames({law.id: law for law in corpus.laws})
    numbers = _numbered(corpus)
    rows, columns, article_of = [], [], []
    crossrefs: list[Row] = []
    texts: list[str] = []
    langs: list[str] = []
    silent = []
    for ordinal, version in enumerate(corpus.versions):
        article_position, article = articles[version.article_id]
        law_position, law = laws[article.law_id]
        provisions = parse_provisions(version.text, lang=version.lang, version_id=version.id)
        rows.append(version_row(version, provisions))
        crossrefs += map(crossref_row, cross_references(article, version, provisions, names=names, numbers=numbers))
        passages = cut_passages(version, provisions, max_chars=max_chars)
        valid = _interval(version)
        for passage in passages:
            columns.append((law_position, ordinal, passage.start, passage.end, *valid))
            article_of.append(article_position)
            texts.append(embedded_text(law, article, version, passage))
            langs.append(version.lang)
        if not passages:
            silent.append(version.id)
        on_version(ordinal + 1)
    if not texts:
        raise CorpusError("no article of this corpus has text or a heading: there is nothing to index")
    law_rows, article_rows = tuple(map(law_row, corpus.laws)), tuple(map(article_row, corpus.articles))
    warnings = []
    if silent:
        warnings.append(
            f"{len(silent)} article(s) have neither text nor heading, so only an exact reference finds them;"
            f" the first is {silent[0]}"
        )
    return Plan(
        laws=law_rows,
        articles=article_rows,
        versions=tuple(rows),
        crossrefs=tuple(crossrefs),
        columns=np.array(columns, dtype=np.int32).T.copy(),
        article_of=np.array(article_of, dtype=np.int32),
        texts=tuple(texts),
        langs=tuple(langs),
        keys=tuple(hashlib.sha256(text.encode()).digest() for text in texts),
        corpus_sha256=_hash_rows(law_rows, article_rows, rows, crossrefs),
        warnings=tuple(warnings),
    )


def check_corpus(corpus: Corpus) -> None:
    """Refuses a corpus whose ids clash or lead nowhere, or whose text cannot be stored.

    Raises:
        CorpusError: names the first id that is wrong.
    """
    if not corpus.articles:
        raise CorpusError("the corpus is empty: it has no article")
    law_ids = _unique("law", [law.id for law in corpus.laws])
    article_ids = _unique("article", [article.id for article in corpus.articles])
    _unique("version", [version.id for version in corpus.versions])
    for article in corpus.articles:
        if article.law_id not in law_ids:
            raise CorpusError(f"article {article.id}: its law {article.law_id!r} is not in the corpus")
    for version in corpus.versions:
        if version.article_id not in article_ids:
            raise CorpusError(f"version {version.id}: its article {version.article_id!r} is not in the corpus")
        try:
            f"{version.heading}{version.text}".encode()
        except UnicodeEncodeError as error:
            raise CorpusError(f"article {version.article_id}: its text is not Unicode: {error}") from error
    textless = article_ids - {version.article_id for version in corpus.versions}
    if textless:
        raise CorpusError(f"article {min(textless)}: the corpus has no version of it")


def _numbered(corpus: Corpus) -> NumberedArticles:
    of_law: dict[str, list[Article]] = {law.id: [] for law in corpus.laws}
    for article in corpus.articles:
        of_law[article.law_id].append(article)
    return NumberedArticles(of_law, of_law.__getitem__)


def _unique(what: str, ids: list[str]) -> set[str]:
    seen: set[str] = set()
    for found in ids:
        if not found:
            raise CorpusError(f"a {what} of the corpus has an empty id")
        if found in seen:
            raise CorpusError(f"{what} {found}: the corpus has this id twice")
        seen.add(found)
    return seen


def _interval(version: ArticleVersion) -> tuple[int, int]:
    start = UNKNOWN_FROM if version.valid_from is None else version.valid_from.toordinal()
    return start, OPEN_TO if version.valid_to is None else version.valid_to.toordinal()


def _hash_rows(*tables: Iterable[Row]) -> str:
    """A hash that no two different corpora share: every field with its length, every table with its end."""
    hashed = hashlib.sha256()
    for table in tables:
        for row in table:
            fields = [b"" if field is None else b"=" + field.encode() for field in row]
            hashed.update(b"".join(b"%d:%b" % (len(field), field) for field in fields))
        hashed.update(b";")
    return hashed.hexdigest()
