"""Which texts of an article are versions of it, and from when to when each was law.

A publisher's series says of every day of change what the whole law read like. Most articles read the same each time,
or differ in form alone. An importer calls, in this order:

1. `stated` for each text as the source lays it out: the text without the article's own label at its start, and whether
   anything but a sign of repeal is left of it.
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

from index.articles import Article, ArticleVersion, Status, version_id
from index.structure_articles import article_label

# What collections write for an older day that they do not know: the first days of the computer's calendar.
PLACEHOLDERS = frozenset({date(1970, 1, 1), date(1970, 1, 2)})

_REPEALED = re.compile(
    r"[*\[( ]*(?:(?:artículo|inciso|apartado|điều này|khoản này|điểm này) )?(?:(?:queda|đã|được|bị) )*"
    r"(?:derogad[oa]s?|suprimid[oa]s?|eliminad[oa]s?|anulad[oa]s?|sin contenido|bãi bỏ|repealed|deleted|abrogée?s?"
    r"|weggefallen)(?: (?:por|by|par|durch|theo) [^.\n]{1,80}(?:\.\d[^.\n]{0,60})?)?[*\]) .]*",
    re.IGNORECASE,
)
_BESIDE_REPEALED = re.compile(  # what may stand below it: other articles' labels, the headings that follow
    r"(?:art[íi]culos?|arts?\.)\s[\d\s.,ayº]+|(?:libro|t[íi]tulo|cap[íi]tulo|secci[óo]n|subsecci[óo]n)\b[^.;]{0,150}\.?.{0,150}"
    r"|(?=[^\W\d_]{3})(?-i:[^a-zà-ÿ;:]{4,150})",
    re.IGNORECASE,
)
_CLAUSE_LABEL = re.compile(r"^(?:\d{1,3}|[a-z])[.)º]+\s*")
_MARKER = re.compile(r"^\s*[*(\[]*(?:derogad|suprimid)[oa]s?[*)\]. ]*(?:\n+|$)", re.IGNORECASE)
_ECHO = re.compile(
    r"^[\"“«]?\s*(?P<label>art[íi]culo\s+(?:\d+|[a-záéíóú]+)\s*[°ºª]?"
    r"(?:\s*(?:bis|ter|qu[áa]ter|quinquies|sexies|septies|octies|nonies)\b)?"
    r"(?:\s+\d+\b)?(?:\s+[a-zñ]\b)?(?:\s+transitorio)?)\s*[.°º]*\s*[-–—.]*\s*",
    re.IGNORECASE,
)
_LETTER = re.compile(r"(?P<letter>[A-ZÑ])\s*[.)]?\s*[-–—]\s*")  # of "Artículo 39 A", left at the start of its text
_LABELLED = re.compile(r"\s*(?:\d{1,3}|[a-zñ]{1,2}|[IVXL]+)\s*(?:[.)](?!\d)|[°º])\s*-?\s*(?:\S|$)")
_NOTE = re.compile(r"(?:^|\n\n)NOTAS?:?\s*\d*\s*\n.*", re.DOTALL)

# The heading of the next division, which some sources leave at the end of the article before: "3.- De las sanciones".
_NEXT_DIVISION = re.compile(
    r"(?<=[.\"”»)])\s*\n\s*\n(?:[a-z\d]{1,2}\s*[.)]\s*-?\s*(?:Del?|Disposiciones|Normas)\b[^.;:]{0,120}"
    r"|(?=[^\W\d_]{3})[^a-z.;:]{4,120})\Z"
)
_ORDINAL_SIGNS = re.compile("[°ºª]")
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[^\w]+(?=\d)")
_NO_WORD = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a source states as an article's text.

    Attributes:
        text: without the label that repeats the article's own; of a repealed article the sign or note that is left.
        repealed: only a sign of repeal, or a note about it, is left.
    """

    text: str
    repealed: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """What one snapshot of a law says of one article.

    Attributes:
        article: with an id that distinguishes equal numbers by their order in this snapshot: `law#a50`, `law#a50~2`.
    """

    article: Article
    heading: str
    text: str
    status: Status
    lang: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole law as it stood from one day on; `since` is None for the oldest where its day is unknown."""

    since: date | None
    wordings: tuple[Wording, ...]


def is_repealed_text(text: str) -> bool:
    """Whether a text says nothing but that it is repealed, as a whole or clause by clause.

    Below the sign may stand what sources leave there: "(Derogado)", "Artículos 38 a 40.", "LIBRO IV".
    """
    lines = [_CLAUSE_LABEL.sub("", line.strip()) for line in text.split("\n") if line.strip()]
    return (
        bool(lines)
        and _REPEALED.fullmatch(lines[0]) is not None
        and all(_REPEALED.fullmatch(line) or _BESIDE_REPEALED.fullmatch(line) for line in lines)
    )


def stated(text: str, number: str) -> Stated:
    """The text of the article `number` as it counts: "ARTICULO 1°- Las aguas" -> "Las aguas".

    A sign of repeal above a text that stands repeals nothing (a source may put it above every article of a law). A
    sign of repeal above nothing, above a label alone or above a note ("moved to Book IV of the Commercial Code") does.
    """
    bare = _MARKER.sub("", text)
    marked = bare != text
    echo = _ECHO.match(bare)
    if echo is not None and article_label(echo["label"])[1] == number:
        bare = bare[echo.end() :]
        echo = None
    letter = _LETTER.match(bare)
    if letter is not None and number.endswith(f" {letter['letter']}"):
        bare = bare[letter.end() :]
    bare = unwrapped(bare)
    law = _NOTE.sub("", bare).strip()
    only_label = marked and echo is not None and not law[echo.end() :].strip()
    if law and not only_label and not is_repealed_text(law):
        return Stated(law, repealed=False)
    if only_label and echo is not None:
        bare = bare[echo.end() :]
    return Stated(bare.strip() or text.strip(), repealed=True)


def unwrapped(text: str) -> str:
    """The text without the line breaks of a typewriter: a line that ends no sentence goes on in the next.

    A line that opens with a label of its own ("2.- Proveedores", "b) ...") stands apart whatever is before it.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        goes_on = bool(lines and lines[-1].strip() and line.strip()) and not _LABELLED.match(line)
        if goes_on and (not lines[-1].rstrip().endswith((".", ";", ":")) or line.lstrip()[0].islower()):
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


def same_wording(first: str, second: str, *, lang: str) -> bool:
    """Whether two texts differ in form alone, so that they are one version of the law.

    Form is: white space and line breaks, words cut at a line's end, capitals, punctuation, quotation marks and dashes,
    ordinal signs, separators of thousands, the heading of the next division where a source leaves it at the end, and
    in Spanish the acute accent ("sólo", "solo"). Everything else is law:
    every word and number, the comma in 1,5, and in any other language each diacritic.
    """
    return first == second or comparable(first, lang=lang) == comparable(second, lang=lang)


def comparable(text: str, *, lang: str) -> str:
    """What makes a text the law that it is: equal for texts that differ in form alone."""
    folded = unicodedata.normalize("NFKC", _ORDINAL_SIGNS.sub("", _NEXT_DIVISION.sub("", text.strip()))).casefold()
    if lang == "es":
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", folded).replace("\u0301", ""))
    folded = _THOUSANDS.sub("", folded)
    folded = _BETWEEN_DIGITS.sub(lambda found: (found[0].strip() or " ")[0], folded)
    return _NO_WORD.sub("", folded)


def timeline(snapshots: Sequence[Snapshot]) -> tuple[tuple[Article, ...], tuple[ArticleVersion, ...]]:
    """The articles of a law and their versions.

    Articles stand in the order of the law, what a later snapshot inserts behind its neighbour there, each as its last
    snapshot names it; versions by article, oldest first. A wording that differs from the one before in form alone is
    that version still, in its newest form. Where a law repeats a number, an article of one snapshot is the one of the
    snapshot before that it shares most words with, whatever their order.

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
        order = _woven(order, list(present))
        for article_id, wording in present.items():
            articles[article_id] = replace(wording.article, id=article_id)
            versions = told.setdefault(article_id, [])
            last = versions[-1] if versions and versions[-1].valid_to is None else None
            if last is not None and _continues(last, wording):
                versions[-1] = replace(last, heading=wording.heading, text=wording.text)
                continue
            if last is not None:
                versions[-1] = replace(last, valid_to=snapshot.since)
            versions.append(_version(article_id, wording, snapshot.since))
        for article_id in told.keys() - present.keys():
            if told[article_id][-1].valid_to is None:
                told[article_id][-1] = replace(told[article_id][-1], valid_to=snapshot.since)
    return tuple(articles[one] for one in order), tuple(version for one in order for version in told[one])


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


def _continues(version: ArticleVersion, wording: Wording) -> bool:
    repealed = wording.status is Status.REPEALED
    return (version.status is Status.REPEALED) == repealed and (
        repealed or same_wording(version.text, wording.text, lang=wording.lang)
    )


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
