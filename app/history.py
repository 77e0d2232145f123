"""An article through time: `lexcite history LAW ARTICLE`."""

import argparse
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.commands import find_articles
from app.settings import Settings
from app.shapes import ChangeJson, HistoryJson
from app.standing import interval, standing_line
from app.terminal import show, show_json
from index.articles import Article, ArticleVersion, Law
from index.release import Release
from index.validity import Speaking
from retrieval.law_on_a_day import LawOnADay, current_day

_CONTEXT = 6  # words shown on either side of a change
_REWRITTEN = 0.3  # texts that share less are no change of each other but new ones


@dataclass(frozen=True, slots=True)
class Change:
    """One place where a text differs from the one before.

    Attributes:
        before, after: the words around it, alike in both texts.
        removed, added: what stood there, and what stands there now; one may be empty.
    """

    before: str
    removed: str
    added: str
    after: str


def history(arguments: argparse.Namespace, settings: Settings) -> int:
    """Lists the versions of an article, oldest first, each with what it changed."""
    with Release.open(settings.index) as release:
        days = LawOnADay(release)
        found = find_articles(release, arguments.law, arguments.number)
        told = [(release.laws[one.law_id], one, release.versions(one.id)) for one in found]
        standings = [days.speaking(one, None, today=current_day()) for one in found]
    if arguments.json:
        show_json([history_json(*one, now) for one, now in zip(told, standings, strict=True)])
    else:
        show("\n\n".join(_history_text(*one, now) for one, now in zip(told, standings, strict=True)))
    return 0


def changes(old: str, new: str) -> tuple[Change, ...]:
    """Where two texts differ, word by word; one change of everything where hardly a word is shared."""
    first, second = old.split(), new.split()
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    if matcher.ratio() < _REWRITTEN:
        return (Change("", " ".join(first), " ".join(second), ""),)
    return tuple(
        Change(
            before=" ".join(first[max(0, start - _CONTEXT) : start]),
            removed=" ".join(first[start:end]),
            added=" ".join(second[begin:finish]),
            after=" ".join(first[end : end + _CONTEXT]),
        )
        for kind, start, end, begin, finish in matcher.get_opcodes()
        if kind != "equal"
    )


def history_json(
    law: Law, article: Article, versions: Sequence[ArticleVersion], now: Speaking[ArticleVersion]
) -> HistoryJson:
    """An article with all its versions, oldest first."""
    before = [None, *versions[:-1]]
    return {
        "id": article.id,
        "law_id": law.id,
        "law": law.title,
        "article": article.label,
        "standing": now.standing.value,
        "versions": [
            {
                "version_id": version.id,
                "valid_from": version.valid_from.isoformat() if version.valid_from else None,
                "valid_to": version.valid_to.isoformat() if version.valid_to else None,
                "status": version.status.value,
                "text": version.text,
                "changes": [change_json(change) for change in changes(old.text, version.text)] if old else [],
            }
            for old, version in zip(before, versions, strict=True)
        ],
    }


def change_json(change: Change) -> ChangeJson:
    """A change for a machine."""
    return {"before": change.before, "removed": change.removed, "added": change.added, "after": change.after}


def _history_text(law: Law, article: Article, versions: Sequence[ArticleVersion], now: Speaking[ArticleVersion]) -> str:
    lines = [article.label, law.title]
    if line := standing_line(now, None):
        lines.append(line)
    for old, version in zip([None, *versions[:-1]], versions, strict=True):
        status = "" if version.status.value == "in_force" else f", {version.status.value.replace('_', ' ')}"
        lines += ["", f"{interval(version)}{status}"]
        if old is None:
            lines.append(f"  {_folded(version.text)}")
        elif old.valid_to != version.valid_from:
            lines += [f"  (no law from {old.valid_to} on)", f"  {_folded(version.text)}"]
        else:
            lines += [f"  {change_line(change)}" for change in changes(old.text, version.text)]
    return "\n".join(lines)


def change_line(change: Change) -> str:
    """`… with a fine of [-100-] {+2.250+} units …`."""
    parts = (
        f"… {change.before}" if change.before else "",
        f"[-{change.removed}-]" if change.removed else "",
        f"{{+{change.added}+}}" if change.added else "",
        f"{change.after} …" if change.after else "",
    )
    return " ".join(filter(None, parts))


def _folded(text: str) -> str:
    return re.sub(r"\s*\n\s*", "\n  ", text.strip())
