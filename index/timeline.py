"""Which texts of an article are versions of it, and from when to when each was law.

A publisher's series says of every day of change what the whole law read like. Most articles read the same each time,
or differ in form alone. An importer calls, in this order:

1. `stated` (`index/wordings.py`) for each text as the source lays it out: the text without the article's own label at
   its start, and whether anything but a sign of repeal is left of it.
2. `timeline` with all snapshots of a law, oldest first: one version for each wording, ended where the next begins or
   where the article is missing; an unknown first day stays unknown.
3. `closed` for versions that come with a first day alone (JSON Lines, several files): each ends where the next begins.

Nothing here reads front matter: a status comes from texts and their order.
"""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.articles import Article, ArticleVersion, Law, Status, version_id
from index.wordings import same_wording

# What collections write for an older day that they do not know: the first days of the computer's calendar.
PLACEHOLDERS = frozenset({date(1970, 1, 1), date(1970, 1, 2)})


@dataclass(frozen=True, slots=True)
class Wording:
    """What one snapshot of a law says of one article.

    Attributes:
        article: with an id that distinguishes equal numbers by their order in this snapshot: `law#a50`, `law#a50~2`.
        marked: a sign of repeal stands above the text.
    """

    article: Article
    heading: str
    text: str
    status: Status
    lang: str
    source: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole law as it stood from one day on; `since` is None for the oldest where its day is unknown."""

    since: date | None
    wordings: tuple[Wording, ...]


def timeline(snapshots: Sequence[Snapshot]) -> tuple[tuple[Article, ...], tuple[ArticleVersion, ...]]:
    """The articles of a law and their versions.

    Articles stand in the order of the law, what a later snapshot inserts behind its neighbour there, each as its last
    snapshot names it; versions by article, oldest first. A wording that differs from the one before in form alone is
    that version still, in its newest form. Where a law repeats a number, an article of one snapshot is the one of the
    snapshot before that it shares most words with, whatever their order.

    A source may keep the old text of an article beside its new one. Which of the two is law it does not say, so from
    that day both are of status UNKNOWN, until one of them is gone. Where its
    own signs agree that the old one is repealed (a sign above it, and "Eliminado." as the new one), it is.

    Args:
        snapshots: oldest first, each day once; only the first may have an unknown day.

    Raises:
        ValueError: the days do not rise.
    """
    days = [snapshot.since or date.min for snapshot in snapshots]
    if any(after <= before for before, after in itertools.pairwise(days)):
        raise ValueError("the snapshots of a law must stand in the order of their days, each day once")
    articles: dict[str, Article] = {}
    told: dict[str, list[ArticleVersion]] = {}
    order: list[str] = []
    for snapshot in snapshots:
        present = _identified(snapshot.wordings, told)
        beside = _beside_a_twin(present, told)
        order = _woven(order, list(present))
        for article_id, wording in present.items():
            articles[article_id] = replace(wording.article, id=article_id)
            status = beside.get(article_id, wording.status)
            _tell(told.setdefault(article_id, []), article_id, replace(wording, status=status), snapshot.since)
        for article_id in told.keys() - present.keys():
            if told[article_id][-1].valid_to is None:
                told[article_id][-1] = replace(told[article_id][-1], valid_to=snapshot.since)
    return tuple(articles[one] for one in order), tuple(version for one in order for version in told[one])


def complete_from(first: Law, second: Law) -> date | None:
    """The day from which a law is complete whose articles come from two sources: unknown where either does not say."""
    days = [law.complete_from for law in (first, second) if law.complete_from is not None]
    return max(days) if len(days) == 2 else None


def closed(versions: Iterable[ArticleVersion]) -> tuple[ArticleVersion, ...]:
    """The versions in the same order, each ended where the next of its article begins.

    A last day of its own is kept where it is earlier (then nothing was law in between). A version whose first day is
    unknown comes before all others of its article.
    """
    ordered: dict[str, list[ArticleVersion]] = {}
    everything = tuple(versions)
    for version in everything:
        ordered.setdefault(version.article_id, []).append(version)
    ends: dict[str, date | None] = {}
    for told in ordered.values():
        told.sort(key=lambda version: version.valid_from or date.min)
        for version, following in zip(told, [*told[1:], None], strict=True):
            begins = None if following is None else following.valid_from
            known = [day for day in (version.valid_to, begins) if day is not None]
            ends[version.id] = min(known, default=None)
    return tuple(
        version if version.valid_to == ends[version.id] else replace(version, valid_to=ends[version.id])
        for version in everything
    )


def _woven(order: Sequence[str], present: Sequence[str]) -> list[str]:
    """The order so far with what is new in it, each behind the one that it follows in the snapshot."""
    known = set(order)
    behind: dict[str, list[str]] = {}
    neighbour = ""
    for article_id in present:
        if article_id in known:
            neighbour = article_id
        else:
            behind.setdefault(neighbour, []).append(article_id)
    return [one for before in ("", *order) for one in ((before,) if before else ()) + tuple(behind.get(before, ()))]


def _tell(versions: list[ArticleVersion], article_id: str, wording: Wording, since: date | None) -> None:
    """Adds what a snapshot says of an article to its versions: the last one goes on, or a new one begins."""
    last = versions[-1] if versions and versions[-1].valid_to is None else None
    cleared = last is not None and (last.status, wording.status) == (Status.UNKNOWN, Status.IN_FORCE)
    before = versions[-2] if cleared and len(versions) > 1 else None
    if before is not None and before.valid_to == versions[-1].valid_from and _continues(before, wording):
        versions.pop()  # its rival is gone, and it reads as it did before there was one
        last = replace(before, valid_to=None)
    if last is not None and _continues(last, wording) and (cleared or wording.status is last.status):
        versions[-1] = replace(last, heading=wording.heading, text=wording.text, status=wording.status)
        return
    if last is not None:
        versions[-1] = replace(last, valid_to=since)
    versions.append(_version(article_id, wording, since))


def _continues(version: ArticleVersion, wording: Wording) -> bool:
    repealed = wording.status is Status.REPEALED
    return (version.status is Status.REPEALED) == repealed and (repealed or _reads_as(version, wording))


def _reads_as(version: ArticleVersion, wording: Wording) -> bool:
    return same_wording(version.text, wording.text, lang=wording.lang)


def _beside_a_twin(
    present: Mapping[str, Wording], told: Mapping[str, Sequence[ArticleVersion]]
) -> Mapping[str, Status]:
    """The status of articles beside which a source has put another of their number, where that leaves it open.

    Both are UNKNOWN where a new article stands in the same division as an old one that reads as it did, for as long as
    both are there. The old one is REPEALED where it is marked so and the new one says nothing but that.
    """
    groups: dict[str, list[str]] = {}
    for article_id in present:
        groups.setdefault(_base(article_id), []).append(article_id)
    found: dict[str, Status] = {}
    for group in groups.values():
        unchanged = {
            one: told[one][-1]
            for one in group
            if one in told and told[one][-1].valid_to is None and _reads_as(told[one][-1], present[one])
        }
        doubtful = [one for one in group if one in told and told[one][-1].status is Status.UNKNOWN]
        if len(doubtful) > 1:
            found |= dict.fromkeys(doubtful, Status.UNKNOWN)
        found |= {
            one: Status.REPEALED
            for one, version in unchanged.items()
            if len(group) > 1 and present[one].marked and version.status is Status.REPEALED
        }
        new = [one for one in group if one not in told or told[one][-1].valid_to is not None]
        for old, other in itertools.product(unchanged, new):
            if not _same_division(present[old].article, present[other].article):
                continue
            if present[other].status is not Status.REPEALED:
                found |= {old: Status.UNKNOWN, other: Status.UNKNOWN}
            elif present[old].status is not Status.REPEALED:
                found[old] = Status.REPEALED if present[old].marked else Status.UNKNOWN
    return found


def _same_division(first: Article, second: Article) -> bool:
    """Whether two articles stand in one outermost division, be its name longer now ("TITULO IV ... y de ...")."""
    one, other = (_letters(article.path[0]) if article.path else "" for article in (first, second))
    return bool(one) == bool(other) and (one.startswith(other) or other.startswith(one))


def _letters(name: str) -> str:
    """A name without blanks and diacritics: "T I T U L O  IV" is "TÍTULO IV"."""
    return "".join(letter for letter in unicodedata.normalize("NFD", name.casefold()) if letter.isalnum())


def _version(article_id: str, wording: Wording, since: date | None) -> ArticleVersion:
    return ArticleVersion(
        id=version_id(article_id, since),
        article_id=article_id,
        heading=wording.heading,
        text=wording.text,
        lang=wording.lang,
        valid_from=since,
        status=wording.status,
        source=wording.source,
    )


def _identified(wordings: Sequence[Wording], told: Mapping[str, Sequence[ArticleVersion]]) -> dict[str, Wording]:
    """The wordings of a snapshot by the ids that their articles have had so far, in the order of the snapshot."""
    numbered: dict[str, list[Wording]] = {}
    for wording in wordings:
        numbered.setdefault(_base(wording.article.id), []).append(wording)
    known: dict[str, list[str]] = {}
    for article_id in told:
        known.setdefault(_base(article_id), []).append(article_id)
    ids: dict[str, str] = {}  # by the id in this snapshot
    for base, group in numbered.items():
        ids |= _matched(base, group, known.get(base, []), told)
    return {ids[wording.article.id]: wording for wording in wordings}


def _matched(
    base: str, group: Sequence[Wording], known: Sequence[str], told: Mapping[str, Sequence[ArticleVersion]]
) -> dict[str, str]:
    """The lasting ids of the articles of one number, by the ids that they have in one snapshot."""
    standing = [article_id for article_id in known if told[article_id][-1].valid_to is None]
    ids: dict[str, str] = {}
    if len(group) > 1 or len(standing) > 1:
        words = {article_id: _words(told[article_id][-1].text) for article_id in standing}
        pairs = [
            (-_likeness(_words(wording.text), words[article_id]), abs(place - other), place, article_id)
            for place, wording in enumerate(group)
            for other, article_id in enumerate(standing)
        ]
        for _, _, place, article_id in sorted(pairs):
            if article_id not in ids.values() and group[place].article.id not in ids:
                ids[group[place].article.id] = article_id
    # What has no counterpart in the snapshot before stood there earlier, or is new.
    free = [article_id for article_id in (*standing, *known) if article_id not in ids.values()]
    number = len(known)
    for wording in group:
        if wording.article.id in ids:
            continue
        if free:
            ids[wording.article.id] = free.pop(0)
            free = [article_id for article_id in free if article_id not in ids.values()]
        else:
            number += 1
            ids[wording.article.id] = base if number == 1 else f"{base}~{number}"
    return ids


def _base(article_id: str) -> str:
    return article_id.partition("~")[0]


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


def _likeness(first: Counter[str], second: Counter[str]) -> float:
    """Dice's coefficient over words, each counted as often as it occurs, in [0, 1]."""
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0
