"""A law through time: JSON Lines with one consolidated version of the law a line, each as Markdown.

Keys: `law_id, version_date, markdown`; others are allowed. Which texts are versions, `index/timeline.py` decides.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from index.articles import Article, ArticleVersion, Corpus, Remark, Status
from index.errors import CorpusError
from index.importers.legal_markdown import MarkdownLaw, parse_markdown
from index.importers.opening import lines_of, not_json
from index.importers.outline import articles_of
from index.timeline import PLACEHOLDERS, Snapshot, Wording, timeline
from index.wordings import stated


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The whole law as it stood from one day on."""

    since: date | None
    law: MarkdownLaw


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
            remarks=tuple(remark for corpus in corpora for remark in corpus.remarks),
        )


def _snapshot(line: str, *, place: str) -> _Snapshot:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{place}: {not_json(error)}; every line must be one whole object") from error
    except RecursionError as error:
        raise CorpusError(f"{place}: JSON nested too deeply; a version is one flat object") from error
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("version_date", "markdown")):
        raise CorpusError(f"{place}: needs the texts 'version_date' and 'markdown'")
    day = row["version_date"]
    try:
        since = date.fromisoformat(day)
    except ValueError as error:
        raise CorpusError(f"{place}, 'version_date': {day!r} is no date; write it as 2018-05-25") from error
    return _Snapshot(None if since in PLACEHOLDERS else since, parse_markdown(row["markdown"], place=place))


def _history(snapshots: Sequence[_Snapshot], path: Path) -> Corpus:
    """Compares each snapshot of one law with the one before."""
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.since or date.min)
    days = [snapshot.since for snapshot in ordered]
    if len(set(days)) < len(days):
        again = next(day for day in days if days.count(day) > 1)
        raise CorpusError(f"{path}: two versions of {ordered[0].law.law.id} from {again or 'an unknown day'}; keep one")
    law = ordered[-1].law
    complete_from = next((day for day in sorted(filter(None, days))), None)  # an unknown first day vouches for nothing
    articles, versions = timeline([Snapshot(snapshot.since, _wordings(snapshot.law)) for snapshot in ordered])
    if not articles:
        raise CorpusError(f"{path}: no version of {law.law.id} has a heading that names an article")
    remarks = tuple(_in_two_texts(law.law.id, articles, versions))
    if law.says_repealed:  # the text stands in the last version, so nobody knows since when it is repealed
        versions = tuple(
            replace(version, status=Status.UNKNOWN)
            if version.valid_to is None and version.status is Status.IN_FORCE
            else version
            for version in versions
        )
    return Corpus((replace(law.law, complete_from=complete_from),), articles, versions, remarks)


def _in_two_texts(law_id: str, articles: Sequence[Article], versions: Sequence[ArticleVersion]) -> Iterator[Remark]:
    """A remark on each text that the series leaves in doubt."""
    labels = {article.id: article.label for article in articles}
    for version in versions:
        if version.status is Status.UNKNOWN:
            until = f" until {version.valid_to}" if version.valid_to else ""
            where = f"{labels[version.article_id]} ({version.article_id}) from {version.valid_from}{until}"
            yield Remark(law_id, f"{where}: beside another text of that number; the source does not say which is law")


def _wordings(law: MarkdownLaw) -> tuple[Wording, ...]:
    found = []
    for article, unit in articles_of(law.law.id, law.units):
        text = stated(unit.text, article.number)
        status = Status.REPEALED if text.repealed else Status.IN_FORCE
        found.append(Wording(article, unit.heading, text.text, status, law.law.lang, law.law.source, text.marked))
    return tuple(found)
