"""Heading or reference: whether a line names a unit of the law ("Điều 5. Giải thích", "CAPÍTULO II") or mentions it."""

import re
import tomllib
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from pathlib import Path

from index.structure_numerals import SPANISH_WORDS, fold


class HeadingKind(Enum):
    """What a heading opens."""

    DIVISION = "divisions"  # book, part, title, chapter, section: a branch of the tree
    ARTICLE = "article"
    DISPOSITION = "disposition"  # disposición adicional, transitoria, derogatoria, final
    ANNEX = "annex"  # annex, schedule, appendix
    GROUP = "group"  # "DISPOSICIONES ADICIONALES": names what the ordinals below it are


class Certainty(Enum):
    """How much the line itself tells."""

    MARKED = auto()  # Markdown says that it is a heading
    SET = auto()  # it is set like one: the label stands alone, or a sign separates it from the title
    OPEN = auto()  # "Article 33 Notification": its place among the other headings decides


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that may open a unit.

    Attributes:
        kind: what it would open.
        level: depth of a division, 1 the outermost; Markdown's own depth where the line has it; 0 for other kinds.
        label: the unit's name as written: "Điều 5", "CAPÍTULO II", "Disposición adicional primera".
        rest: what follows the label on its line, without the sign between them.
        certainty: how much the line itself tells.
    """

    kind: HeadingKind
    level: int
    label: str
    rest: str
    certainty: Certainty


_ROMAN = r"[IVXLCivxlc]{1,8}"
_WORD = "|".join(sorted(SPANISH_WORDS, key=len, reverse=True))
for _plain, _either in ("aá", "eé", "ií", "oó", "uú"):
    _WORD = _WORD.replace(_plain, f"[{_plain}{_either}]")
_ORDINAL = rf"(?:preliminar|(?:{_WORD})(?: (?:y )?(?:{_WORD})){{0,2}})\b"
_PLACEHOLDERS = {
    "{number}": rf"(?:\d{{1,4}}(?:[.º°ª]{{1,2}}(?=\W|$))?|{_ROMAN}\b|[A-Z]\b)",
    "{ordinal}": _ORDINAL,
    "{latin}": r"(?:[ -](?:bis|ter|qu[aá]ter|[a-z]{3,12}ies)\b)*",
    "{article}": (
        rf"(?:\d{{1,4}}(?:-\d{{1,3}})?(?:\.?[º°ª])?(?:[a-zđ]|[A-Z]{{1,2}})?(?!\w)|{_ROMAN}\b)"
        r"(?:(?:[ -](?:bis|ter|qu[aá]ter|[a-z]{3,12}ies)\b)+(?: \d{1,2}(?!\d))?)?(?: [A-Z]\b)?[º°]?"
    ),
}
_MARKDOWN = re.compile(r"(?P<hashes>#{1,6})\s+(?P<line>.*)")
_SIGN = re.compile(r"\s*(?:\.\s*[-–—]|[.:–—]|-(?=\s)|(?<=[º°])-)\s*")
_ORDINAL_LINE = re.compile(rf"(?P<ordinal>{_ORDINAL})\s*(?:\.\s*[-–—]|[.:–—-]|$)\s*(?P<rest>.*)", re.IGNORECASE)
_GROUP_KIND = re.compile(r"adicional|transitori|derogatori|final")
_SPACES = {ord(space): " " for space in "\xa0\u2002\u2003\u2007\u2009\u202f\u3000\t"}  # one for one: offsets stay
_LONGEST_HEADING = 2000  # characters; longer lines open with their text at most


@cache
def _patterns(grammar: str) -> tuple[tuple[HeadingKind, int, re.Pattern[str]], ...]:
    """The patterns of one table of headings.toml, articles first: "Section 4" before a section that is a division."""
    tables = tomllib.loads(Path(__file__).with_name("headings.toml").read_text(encoding="utf-8"))
    table = tables.get(grammar, tables["en"])
    rows = [(kind, 0, table[kind.value]) for kind in HeadingKind if isinstance(table.get(kind.value), str)]
    rows += [(HeadingKind.DIVISION, level, pattern) for level, pattern in table["divisions"]]
    return tuple((kind, level, _compiled(pattern)) for kind, level, pattern in rows)


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, meaning in _PLACEHOLDERS.items():
        pattern = pattern.replace(name, meaning)
    return re.compile(pattern, re.IGNORECASE)


def read_heading(line: str, *, grammar: str) -> Heading | None:
    """The heading that a line is or may be; None where it is running text, a reference at its beginning included.

    "Điều 45 của Luật này" and "Artículo 18 de la Ley" mention a unit: a lower-case word follows the number.

    Args:
        line: one line without the white space around it.
        grammar: a table of headings.toml: an ISO 639-1 code, or "en_sections".
    """
    line = line.translate(_SPACES)
    marked = _MARKDOWN.fullmatch(line)
    bare = (marked["line"] if marked else line).strip("*_ \t")
    if not bare or len(bare) > _LONGEST_HEADING:
        return None
    hashes = len(marked["hashes"]) if marked else 0
    for kind, level, pattern in _patterns(grammar):
        if match := pattern.match(bare):
            depth = hashes or level if kind is HeadingKind.DIVISION else 0
            return _heading(kind, depth, bare, match.end(), marked=bool(marked))
    return Heading(HeadingKind.DIVISION, hashes, bare, "", Certainty.MARKED) if marked else None


def _heading(kind: HeadingKind, level: int, line: str, end: int, *, marked: bool) -> Heading | None:
    label, rest = line[:end].rstrip(" ."), line[end:]
    sign = _SIGN.match(rest) if line[end - 1] != "." else re.compile(r"\s*[-–—]?\s*").match(rest)
    title = (rest[sign.end() :] if sign else rest).strip("*_ ")
    if marked:
        return Heading(kind, level, label, title, Certainty.MARKED)
    certainty = Certainty.SET if sign or not title else Certainty.OPEN
    if certainty is Certainty.OPEN:
        chinese = label[0] in "第附"  # 第二条之一 as well as 第二条
        if not (rest[0].isspace() and (chinese or title[0].isupper())):
            return None
        if chinese or (label.isupper() and not is_sentence(title)) or kind is HeadingKind.DIVISION:
            certainty = Certainty.SET
    if kind not in (HeadingKind.ARTICLE, HeadingKind.DISPOSITION) and (is_sentence(title) or len(title) > 250):
        return None  # "Chương II: các quy định này áp dụng ...;" and other sentences that begin with a division
    return Heading(kind, level, label, title, certainty)


def is_sentence(title: str) -> bool:
    """Whether what follows a label reads as text of the law and not as a title."""
    return title.endswith((";", ":", ",", "。", "；", "：")) or (title.endswith(".") and ". " in title)


def ordinal_item(line: str) -> tuple[str, str] | None:
    """Of "Primera. Título" under "DISPOSICIONES ADICIONALES" the ordinal and what follows it; else None."""
    match = _ORDINAL_LINE.match(line.strip("*_ #\t"))
    return (match["ordinal"], match["rest"].strip("*_ ")) if match else None


def group_kind(label: str) -> str:
    """What each unit under a group is called: "Disposición adicional" under "DISPOSICIONES ADICIONALES"."""
    plain = fold(label)
    if plain.startswith("articulo"):
        return "Artículo transitorio"
    found = _GROUP_KIND.search(plain)
    kind = found[0] if found else "adicional"
    return f"Disposición {kind}a" if kind.endswith("ori") else f"Disposición {kind}"
