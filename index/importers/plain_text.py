"""Units in plain text: which lines are headings of articles and divisions, and which only start with a reference."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.importers.outline import Unit

_NUMBER = (
    r"(?P<number>\d{1,4})(?P<suffix>\s?(?:bis|ter|qu[aá]ter|quinquies|[a-zđA-ZĐ])(?![\wÀ-ỹ])|[a-zđA-ZĐ])?\s?[°ºª]?"
)
_UNIT = re.compile(
    rf"(?P<label>(?:Điều|Artículo|ARTÍCULO|ARTICULO|Article|ARTICLE|Articolo|Artikel|Art\.|Section|SECTION|§)\s?{_NUMBER})"
    r"(?P<rest>$|\s*[.:)]?\s*[-–—]\s.*|\s*[.:](?:\s.*|$))"
)
_HAN_UNIT = re.compile(
    r"(?P<label>第(?P<number>[〇零一二三四五六七八九十百千]+)条(?:之[一二三四五六七八九十]+)?)(?P<rest>$|\s+.*)"
)
_ORDINAL_UNIT = re.compile(
    r"(?P<label>Disposici[óo]n (?:adicional|transitoria|derogatoria|final)(?: [a-záéíóúñ]+){0,2})(?P<rest>\.\s.*|\.?$)",
    re.IGNORECASE,
)
_ANNEX = re.compile(
    r"(?P<label>(?:ANNEX|Annex|ANEXO|Anexo|SCHEDULE|Schedule|PHỤ LỤC|Phụ lục|ANLAGE)(?: (?:[IVXLC]+|\d+|[A-Z]))?)"
    r"(?P<rest>$|\s*[.:–—-]\s.*)"
)
_DIVISIONS = (
    r"PHẦN|Phần|LIBRO|Libro|BOOK|PART|Part",
    r"TÍTULO|Título|TITULO|TITLE|Title|TITRE",
    r"CHƯƠNG|Chương|CAPÍTULO|Capítulo|CAPITULO|CHAPTER|Chapter|CHAPITRE|KAPITEL",
    r"MỤC|Mục|SECCIÓN|Sección|SECTION|ABSCHNITT",
)
_DIVISION = re.compile(
    "|".join(f"(?P<rank{rank}>(?:{words}))" for rank, words in enumerate(_DIVISIONS)).join(("(?:", ")"))
    + r"\s+(?:[IVXLC]+|\d{1,3}|THỨ [A-ZÀ-Ỹ]+|thứ [a-zà-ỹ]+|PRELIMINAR|Preliminar|ÚNIC[OA]|PRIMER[OA]|SEGUND[OA])\b"
    + r"(?P<rest>.*)"
)
_CLOSED = re.compile(r"[.;:!?…»”\"’)]$")
_LABEL = re.compile(r"(?:\d{1,3}[.)]|\([a-z0-9]{1,4}\)|[a-zđ]\))\s")
_LONGEST_HEADING = 150  # characters; what is longer is text
_WIDEST_GAP = 30  # article numbers that a heading may skip; a farther number is a reference at the start of a line


@dataclass(slots=True)
class _Reader:
    """One pass over the lines."""

    lines: Sequence[str]
    path: list[tuple[int, str]] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    label: str = ""
    heading: str = ""
    text: list[str] = field(default_factory=list)
    last: int = 0  # number of the article before
    titled: int = -1  # the last line that is a heading or part of one

    def read(self) -> tuple[Unit, ...]:
        index = 0
        while index < len(self.lines):
            line = self.lines[index]
            if unit := self._unit(index):
                self.titled = index = self._open(unit, index)
            elif (division := _DIVISION.fullmatch(line)) and self._starts_afresh(index):
                self.titled = index = self._divide(division, index)
            else:
                self.text.append(line)
            index += 1
        self._close()
        return tuple(self.units)

    def _unit(self, index: int) -> re.Match[str] | None:
        """The heading on this line; None where it is a sentence that begins with a reference."""
        line = self.lines[index]
        if not self._starts_afresh(index):
            return None
        if match := _ANNEX.fullmatch(line) or _ORDINAL_UNIT.fullmatch(line) or _HAN_UNIT.fullmatch(line):
            return match
        match = _UNIT.fullmatch(line)
        if match is None:
            return None
        number = int(match["number"])
        follows = self.last <= number <= self.last + _WIDEST_GAP if self.last else True
        if not follows and number != 1:
            return None
        self.last = number
        return match

    def _starts_afresh(self, index: int) -> bool:
        """Whether the line before has ended: a blank line, a finished sentence, or a heading."""
        before = self.lines[index - 1] if index else ""
        return not before or self.titled == index - 1 or before.isupper() or bool(_CLOSED.search(before))

    def _open(self, match: re.Match[str], index: int) -> int:
        """Starts a unit; returns the last line that its heading took."""
        self._close()
        self.label, self.heading = match["label"].strip(), ""
        rest = re.sub(r"^\s*[.:)]?\s*[-–—]?\s*", "", match["rest"])
        if rest and self._is_heading(rest, index):
            self.heading = rest
        elif rest:
            self.text.append(rest)
        elif (following := self._next(index)) is not None and self._is_heading(self.lines[following], following):
            self.heading = self.lines[following]
            return following
        return index

    def _is_heading(self, text: str, index: int) -> bool:
        """Whether words after a label are its title: short, no sentence, and followed by text of its own."""
        following = self._next(index)
        if len(text) > _LONGEST_HEADING or text[-1] in ".;:," or _LABEL.match(text) or following is None:
            return False
        after = self.lines[following]
        return not (_UNIT.fullmatch(after) or _DIVISION.fullmatch(after) or after[0].islower())

    def _divide(self, match: re.Match[str], index: int) -> int:
        self._close()
        self.label = ""
        rank = next(rank for rank in range(len(_DIVISIONS)) if match[f"rank{rank}"])
        title = self.lines[index]
        following = self._next(index)
        if not match["rest"].strip(" .:") and following is not None and following <= index + 2:
            name = self.lines[following]
            if not (_UNIT.fullmatch(name) or _DIVISION.fullmatch(name)) and len(name) <= _LONGEST_HEADING:
                title, index = f"{title.rstrip('. ')}. {name}", following
        self.path = [(depth, known) for depth, known in self.path if depth < rank]
        self.path.append((rank, title.rstrip(".")))
        return index

    def _next(self, index: int) -> int | None:
        """The next line that is not blank."""
        return next((place for place in range(index + 1, len(self.lines)) if self.lines[place]), None)

    def _close(self) -> None:
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(self.text)).strip()
        self.text = []
        path = tuple(name for _, name in self.path)
        if self.label:
            annex = _ANNEX.fullmatch(self.label) is not None
            self.units.append(Unit(self.label, self.heading, text, () if annex else path))
        elif text and not self.units and not self.path:
            self.units.append(Unit("Preamble", "", text, ()))
        elif text:
            self.units.append(Unit(self.path[-1][1] if self.path else "Text", "", text, path))


def units_of(text: str) -> tuple[Unit, ...]:
    """Articles, dispositions, annexes and what stands before them; empty where no line is an article's heading.

    Args:
        text: cleaned; line breaks are those of the document.
    """
    units = _Reader([" ".join(line.split()) for line in text.split("\n")]).read()
    return units if any(_UNIT.match(unit.label) or _HAN_UNIT.match(unit.label) for unit in units) else ()
