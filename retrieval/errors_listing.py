"""What went wrong, for a person to read: the question, what came first, where the right article came, shared words."""

import re
from collections.abc import Sequence
from pathlib import Path

from index.articles import ArticleVersion
from index.errors import UserFacingError
from index.lexical import tokens
from index.release import Release
from retrieval.evaluation import Report, Row

_WORD = re.compile(r"\w+")
_MARKUP = re.compile(r"([\\`*_<>\[\]|#])")
_BEYOND = 1 << 30  # the rank, for sorting, of what was not found
_BEGINNING = 300  # characters of an article that are shown


def errors_listing(report: Report, release: Release, *, beside: Report | None = None) -> str:
    """Every question whose first article is wrong, as Markdown, the worst first.

    Args:
        report: what was measured.
        release: the law that was searched.
        beside: another measurement of the same questions, whose ranks are told as well.
    """
    wrong = sorted(
        (place for place, row in enumerate(report.rows) if row.first_relevant != 1),
        key=lambda place: -(report.rows[place].first_relevant or _BEYOND),
    )
    lines = [f"# What went wrong: {report.mode}", "", _summary(report)]
    for number, place in enumerate(wrong, start=1):
        row = report.rows[place]
        other = "" if beside is None else f"; with {beside.mode}: {_came(beside.rows[place])}"
        lines += [
            "",
            f"## {number}. {_plain(row.question.id)}: the right article came {_came(row)}{other}",
            "",
            f"> {_plain(row.question.text)}",
            "",
            *(line for one in row.found[:1] for line in _article("Came first", one, row, release)),
            *(line for one in row.question.relevant for line in _article("Right", one, row, release)),
        ]
    return "\n".join(lines) + "\n"


def write_errors(listing: str, path: Path) -> None:
    """Writes a listing.

    Raises:
        UserFacingError: the file cannot be written.
    """
    try:
        path.write_text(listing, encoding="utf-8")
    except OSError as error:
        raise UserFacingError(
            f"{path} cannot be written ({error.strerror}); name a file in a folder you own."
        ) from error


def shared_words(question: str, text: str, *, lang: str) -> tuple[str, ...]:
    """The question's runs of words that a text holds as well, compared as the lexical arm compares them.

    Stop words inside a run stay, at its ends and alone they go; a run is told once.

    Args:
        question: any text.
        text: any text.
        lang: ISO 639-1 code whose rules apply to both.
    """
    known = set(tokens(text, lang))
    runs: list[list[str]] = [[]]
    pending: list[str] = []  # stop words that count only if the run goes on
    for match in _WORD.finditer(question):
        stems = [token for token in tokens(match.group(), lang) if " " not in token]
        if not stems:
            pending.append(match.group())
        elif known.issuperset(stems):
            runs[-1] += [*(pending if runs[-1] else []), match.group()]
            pending = []
        else:
            runs.append([])
            pending = []
    return tuple(dict.fromkeys(" ".join(run).casefold() for run in runs if run))


def _summary(report: Report) -> str:
    ranks = [row.first_relevant for row in report.rows]
    found = [rank for rank in ranks if rank is not None]
    near, far = sum(2 <= rank <= 10 for rank in found), sum(rank > 10 for rank in found)
    return (
        f"{len(report.rows)} questions: the right article came first for {found.count(1)}, at ranks 2 to 10 for {near},"
        f" later for {far}, and was not found for {len(ranks) - len(found)}."
    )


def _came(row: Row) -> str:
    if row.first_relevant is not None:
        return f"at rank {row.first_relevant}"
    return f"not among the {len(row.found)} found" if row.found else "not at all: nothing was found"


def _article(what: str, article_id: str, row: Row, release: Release) -> Sequence[str]:
    article, version = release.article(article_id), _speaking(release, article_id)
    law = release.laws[article.law_id]
    name = ", ".join(part for part in (law.title, article.label, version.heading) if part)
    rank = f" (rank {row.found.index(article_id) + 1})" if article_id in row.found else ""
    words = shared_words(row.question.text, f"{law.title}\n{version.heading}\n{version.text}", lang=version.lang)
    shown = "; ".join(map(_plain, words)) or "nothing"
    return (
        f"- **{what}**{rank}: {_plain(name)} (`{article_id}`)",
        f"  - {_plain(_beginning(version.text)) or '(no text)'}",
        f"  - shares with the question: {shown}",
    )


def _speaking(release: Release, article_id: str) -> ArticleVersion:
    """The version that is open, or where none is the last."""
    versions = release.versions(article_id)
    return next((one for one in reversed(versions) if one.valid_to is None), versions[-1])


def _beginning(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= _BEGINNING else f"{whole[: _BEGINNING - 1].rstrip()}…"


def _plain(text: str) -> str:
    """On one line, with nothing that Markdown would read as markup."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
