"""Law asked without an index: a corpus in memory gives its articles, versions and provisions as a release does."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol

from index.articles import Article, ArticleVersion, Corpus, Law, Provision
from index.structure import parse_provisions


class LawSource(Protocol):
    """Where articles are looked up by law and id: a `Release`, or `LawInMemory`."""

    @property
    def laws(self) -> Mapping[str, Law]:
        """Every law by its id, in the order of the corpus."""
        ...

    def articles(self, law_id: str) -> Sequence[Article]:
        """The articles of a law in the order of its text; KeyError where the law is unknown."""
        ...

    def find_article(self, article_id: str) -> Article | None:
        """An article by an id that came from outside; None where there is none."""
        ...

    def versions(self, article_id: str) -> Sequence[ArticleVersion]:
        """The versions of an article, oldest first, at least one; KeyError where the article is unknown."""
        ...

    def provisions(self, version_id: str) -> Sequence[Provision]:
        """The clauses and points of a version in the order of its text; KeyError where it is unknown."""
        ...


class LawInMemory:
    """A corpus as an importer read it; the structure of an article is parsed when it is first asked for.

    Attributes:
        laws: every law by its id, in the order of the corpus.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.laws: Mapping[str, Law] = MappingProxyType({law.id: law for law in corpus.laws})
        self._by_id = {article.id: article for article in corpus.articles}
        self._articles: dict[str, list[Article]] = {law.id: [] for law in corpus.laws}
        for article in corpus.articles:
            self._articles[article.law_id].append(article)
        self._version = {version.id: version for version in corpus.versions}
        self._versions: dict[str, list[ArticleVersion]] = {}
        for version in sorted(corpus.versions, key=lambda version: version.valid_from or date.min):
            self._versions.setdefault(version.article_id, []).append(version)
        self._parse = lru_cache(maxsize=4096)(self._parsed)

    def articles(self, law_id: str) -> Sequence[Article]:
        """As `LawSource.articles`."""
        return self._articles[law_id]

    def find_article(self, article_id: str) -> Article | None:
        """As `LawSource.find_article`."""
        return self._by_id.get(article_id)

    def versions(self, article_id: str) -> Sequence[ArticleVersion]:
        """As `LawSource.versions`."""
        return self._versions[article_id]

    def provisions(self, version_id: str) -> Sequence[Provision]:
        """As `LawSource.provisions`."""
        return self._parse(version_id)

    def _parsed(self, version_id: str) -> Sequence[Provision]:
        version = self._version[version_id]
        return parse_provisions(version.text, lang=version.lang, version_id=version_id)
