"""What an import brought in and what a person should look at: nothing is skipped silently."""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from index.articles import Article, ArticleKind, ArticleVersion, Corpus, Law, Status
from index.structure_contained import contained_units

_LONG = 20_000  # characters; shorter texts are never suspicious
_MANY_MEDIANS = 25  # times the law's median length
_LEADING_NUMBER = re.compile(r"\d+")


class Suspicion(StrEnum):
    """Why a person should look."""

    LONG = "sudden length"  # two articles run together, or an annex taken for an article
    GAP = "number gap"  # articles that the source lost, or that were repealed and left out
    DUPLICATE = "duplicate number"  # allowed, but an exact reference then has two answers
    SEVERAL = "several articles in one"  # its clauses are cited up to where the next one's heading stands
    SOURCE = "odd in the source"  # what the importer met while it read


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at.

    Attributes:
        suspicion: why.
        law_id: the `Law.id`.
        detail: the article and what is odd about it, for people.
    """

    suspicion: Suspicion
    law_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Counts of a corpus, and what is suspicious in it.

    Attributes:
        laws, articles, versions: how many were read.
        empty: `ArticleVersion.id`s without text; they cannot be found or cited.
        repealed: articles whose latest version is repealed.
        findings: in the order of the laws.
    """

    laws: int
    articles: int
    versions: int
    empty: tuple[str, ...]
    repealed: int
    findings: tuple[Finding, ...]

    def lines(self, *, most: int = 20) -> Iterator[str]:
        """The report for people: one line of counts, then at most `most` findings and how many more there are."""
        yield (
            f"{self.articles} articles of {self.laws} laws read ({self.versions} versions), "
            f"{self.repealed} repealed, {len(self.empty)} empty, {len(self.findings)} suspicious"
        )
        for version_id in self.empty[:most]:
            yield f"empty: {version_id}"
        for finding in self.findings[:most]:
            yield f"{finding.suspicion}: {finding.law_id}, {finding.detail}"
        if len(self.findings) > most:
            yield f"... and {len(self.findings) - most} more"


def inspect(corpus: Corpus) -> ImportReport:
    """The report on a corpus, whichever importers read it."""
    latest = {version.article_id: version for version in corpus.versions}
    by_law: dict[str, list[Article]] = {law.id: [] for law in corpus.laws}
    for article in corpus.articles:
        by_law[article.law_id].append(article)
    return ImportReport(
        laws=len(corpus.laws),
        articles=len(corpus.articles),
        versions=len(corpus.versions),
        empty=tuple(version.id for version in corpus.versions if not version.text.strip()),
        repealed=sum(version.status is Status.REPEALED for version in latest.values()),
        findings=tuple(
            finding
            for law in corpus.laws
            for finding in (
                *_findings(law, by_law[law.id], latest),
                *(Finding(Suspicion.SOURCE, law.id, one.detail) for one in corpus.remarks if one.law_id == law.id),
            )
        ),
    )


def _findings(law: Law, articles: list[Article], latest: dict[str, ArticleVersion]) -> Iterator[Finding]:
    lengths = [len(latest[article.id].text) for article in articles if article.id in latest]
    median = statistics.median(lengths) if lengths else 0
    for article in articles:
        length = len(latest[article.id].text) if article.id in latest else 0
        if article.kind is ArticleKind.ARTICLE and length > max(_LONG, _MANY_MEDIANS * median):
            detail = f"{article.label}: {length} characters, where half of the law's articles have at most {median:.0f}"
            yield Finding(Suspicion.LONG, law.id, detail)
        if version := latest.get(article.id):
            inside = [unit.label for unit in contained_units(version.text, lang=version.lang)]
            if inside:
                yield Finding(Suspicion.SEVERAL, law.id, f"{article.label} ({article.id}) holds {', '.join(inside)}")
    for before, after in _gaps(articles):
        yield Finding(Suspicion.GAP, law.id, f"after {before.label} comes {after.label}")
    times = Counter((article.kind, article.number) for article in articles if article.number)
    for (kind, number), count in times.items():
        if count > 1:
            yield Finding(Suspicion.DUPLICATE, law.id, f"{kind.value} {number} occurs {count} times")


def _gaps(articles: Iterable[Article]) -> Iterator[tuple[Article, Article]]:
    """Neighbours among the law's plain articles between whose numbers others are missing."""
    before: Article | None = None
    for article in articles:
        if article.kind is not ArticleKind.ARTICLE or not (found := _LEADING_NUMBER.match(article.number)):
            continue
        if before is not None:
            known = _LEADING_NUMBER.match(before.number)
            if known and int(found[0]) > int(known[0]) + 1:
                yield before, article
        before = article
