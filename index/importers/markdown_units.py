"""The units of a law in Markdown: which headings are articles, which divide, and which are only words of the text."""

import re
from dataclasses import dataclass, field

from index.importers.outline import Unit
from index.structure_articles import article_label
from index.wordings import is_repealed_text

_HEADING = re.compile(r"(#{1,6})\s+(.+)")
_UNIT = re.compile(
    r"[«\"“‘(]*(?:art[íi]culos?\b|arts?\.\s|article\s|điều\s\d|§\s?\d|anexo\b|annex\b|schedule\b"
    r"|disposici[óo]n(?:es)?\s(?:adicional|transitoria|derogatoria|final)(?:es)?\b)",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"[A-ZÁÉÍÓÚÑ][\wáéíóú]+(?: [a-záéíóú]+)?\.?")
_DIVISION_HEADING = re.compile(
    r"(?:libro|t[íi]tulo|t ?í ?t ?u ?l ?o|t i t u l o|cap[íi]tulo|secci[óo]n|subsecci[óo]n|parte|p[áa]rrafo"
    r"|texto refundido|disposici[óo]n(?:es)? (?:general|preliminar|com[úu]n)|book|title|part|chapter|section"
    r"|phần|chương|mục)(?:es)?\b",
    re.IGNORECASE,
)
_DIVISION_LINE = re.compile(r"(?:LIBRO|T[ÍI]TULO|CAP[ÍI]TULO|SECCIÓN|PARTE) [IVXLC\w]+(?: BIS)?")
_DISPOSITIONS_LINE = re.compile(
    r"DISPOSICI(?:ONES|[ÓO]N) (ADICIONAL|TRANSITORIA|DEROGATORIA|FINAL)(?:ES|S)?", re.IGNORECASE
)
_ANNEX_LINE = re.compile(r"ANEXO(?: (?:[IVXLC]+|\d+|[A-Z]))?")
_ECHO = re.compile(r"[«\"“‘]Art")
_FORMER = re.compile(r"> Redacción anterior")
_NOTE = re.compile(r"> (?:Redacción anterior|Téngase en cuenta)")  # the publisher speaks, in an annex too
_ONLY_DISPOSITION = re.compile(r"Disposici[óo]n (?:adicional|transitoria|derogatoria|final)\.?", re.IGNORECASE)
_ANNEX = re.compile(r"[«\"“]*(?:anexo|annex|schedule)\b", re.IGNORECASE)
_SEPARATOR = re.compile(r"(?<=[^\s.])(?:\.\s*[-–—]\s*|[.:](?:\s+|$))")
_ARTICLES_ABBREVIATED = re.compile(r"[«\"“]*Arts?\.\s")
_EMPHASIS = re.compile(r"(\w?)(\*{1,3})([^\s*](?:[^*\n]*[^\s*])?)\2(?!\*)(?=(\w?))")
_MARK_UP = (
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),  # images
    (re.compile(r"\[([^\]]*)\]\((?:https?:|#|/)[^)]*\)"), r"\1"),  # links
    (re.compile(r"</?(?:small|sub|sup|br|b|i|em|strong)\s*/?>", re.IGNORECASE), ""),
    (re.compile(r"\\([*_#\[\]()>.+\-])"), r"\1"),
)


def markdown_units(body: str, *, title: str) -> tuple[Unit, ...]:
    """The units of a law's text.

    Args:
        body: cleaned Markdown without front matter.
        title: of the law; a heading that repeats it is neither unit nor division.
    """
    reader = _Reader(title)
    lines = body.split("\n")
    following = ""  # the next line that is not blank
    heading_follows: list[bool] = []
    for line in reversed(lines):
        heading_follows.append(following.startswith("#"))
        following = line.strip() or following
    for line, before_heading in zip(lines, reversed(heading_follows), strict=True):
        reader.line(line, before_heading=before_heading)
    return reader.finished()


@dataclass(slots=True)
class _Reader:
    """Lines to units: what stands before the first unit is the preamble, what stands under a unit is its text."""

    title: str
    path: list[tuple[int, str]] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    label: str = ""  # of the unit that is open; empty under a division
    heading: str = ""
    lines: list[str] = field(default_factory=list)
    dispositions: str = ""  # "transitoria" under the line DISPOSICIONES TRANSITORIAS
    announced: bool = False  # the last line that is not blank says "Redacción anterior:"
    former: bool = False  # inside that former wording, or after the end of the law

    def line(self, line: str, *, before_heading: bool) -> None:
        """Takes one line; `before_heading` tells whether the next line that is not blank is a heading."""
        stripped = line.strip()
        if match := _HEADING.fullmatch(stripped):
            self._heading(len(match[1]), _plain(match[2]), before_heading=before_heading)
        elif self.former and not stripped.startswith(">"):
            return
        elif stripped == "---" and self.label:  # what follows the last article is the promulgation, no law
            self._close()
            self.label, self.former = "", True
        elif not stripped.startswith(">"):
            self.lines.append(line.rstrip())
        elif _ANNEX.match(self.label) and not (
            self.former or self.announced or _NOTE.match(stripped) or "<small>" in stripped
        ):
            self.lines.append(stripped.lstrip("> "))
        # Other block quotes are the publisher's notes: amendments, former wordings. They are no law in force.
        self.announced = _FORMER.match(stripped) is not None or (
            self.announced and (not stripped or stripped.startswith(">"))
        )

    def finished(self) -> tuple[Unit, ...]:
        """All units, once the last line is in."""
        self._close()
        return tuple(self.units)

    def _heading(self, level: int, text: str, *, before_heading: bool) -> None:
        if text == self.title:
            return
        quoted = text[0] in '«"“‘'
        if quoted and self.announced:
            self.former = True
            return
        if self.former and quoted:
            return
        self.former = False
        if any(_DISPOSITIONS_LINE.fullmatch(line.strip()) for line in self.lines):  # it heads what follows
            self._close()
            self.label = ""
        if self.dispositions and _ORDINAL.fullmatch(text) and article_label(f"Disposición adicional {text}")[1]:
            self._open(f"Disposición {self.dispositions} {text.rstrip('.').lower()}", "", level)
        elif _is_unit(text) and not (quoted and self.label and not _ECHO.match(text)):
            self._open(*_label_and_heading(text), level)
        elif (_DIVISION_HEADING.match(text) and not quoted) or (
            before_heading and self.units and not _ANNEX.match(self.label)
        ):
            self._divide(level, text)
        else:
            self.lines += ["", text, ""]

    def _open(self, label: str, heading: str, level: int) -> None:
        self._close()
        self.label, self.heading = label, heading
        if _ANNEX.match(label):
            self.path = [(depth, name) for depth, name in self.path if depth < level]
        elif label.startswith("Disposición") and not self.dispositions:  # these stand beside the titles
            self.path = []

    def _divide(self, level: int, text: str) -> None:
        self._close()
        self.label, self.heading, self.dispositions = "", "", ""
        self.path = [(depth, name) for depth, name in self.path if depth < level]
        self.path.append((level, text.removesuffix(".")))

    def _close(self) -> None:
        """Ends the unit that is open, and the divisions and annexes that stand unmarked at its end."""
        paragraphs = [_plain(part) for part in re.split(r"\n\s*\n", "\n".join(self.lines)) if part.strip()]
        self.lines = []
        start = 0
        for place, paragraph in enumerate(paragraphs):
            rest = len(paragraphs) - place
            if _ANNEX.match(self.label) or not self.label:
                if not _ANNEX_LINE.fullmatch(paragraph):
                    continue
                self._add(paragraphs[start:place])
                self.label, self.heading, start = paragraph, "", place + 1
            elif _ANNEX_LINE.fullmatch(paragraph):
                self._add(paragraphs[start:place])
                self.label, self.heading, self.path, start = paragraph, "", [], place + 1
            elif _DIVISION_LINE.fullmatch(paragraph) and rest <= 3:
                self._add(paragraphs[start:place])
                self.path = [(0, ". ".join(paragraphs[place:]))]
                return
            elif kind := _DISPOSITIONS_LINE.fullmatch(paragraph):
                self._add(paragraphs[start:place])
                self.dispositions = kind[1].lower()
                self.path = [(0, paragraph)]
                if rest > 1:
                    self.units.append(Unit(paragraph.capitalize(), "", _joined(paragraphs[place + 1 :]), self._path()))
                return
        self._add(paragraphs[start:])

    def _add(self, paragraphs: list[str]) -> None:
        text = _joined(paragraphs)
        if self.label:
            self.units.append(Unit(self.label, self.heading, text, self._path()))
        elif not text:
            return
        elif not self.units:
            self.units.append(Unit("Preámbulo", "", text, ()))
        elif self.path and all(
            len(paragraph) <= 100 for paragraph in paragraphs
        ):  # "Subsección 1.ª De la autocuratela"
            self.path += [(self.path[-1][0], name) for name in paragraphs if not is_repealed_text(name)]
        else:
            self.units.append(Unit(self.path[-1][1] if self.path else "Text", "", text, self._path()))

    def _path(self) -> tuple[str, ...]:
        return tuple(name for _, name in self.path)


def _is_unit(text: str) -> bool:
    """Whether a heading names an article, a disposition or an annex."""
    return bool(
        _UNIT.match(text)
        and (
            article_label(text)[1]
            or re.search(r"\d", text)  # "Arts. 127 a 130" has no one number
            or _ANNEX.match(text)
            or _ONLY_DISPOSITION.fullmatch(text)
        )
    )


def _label_and_heading(text: str) -> tuple[str, str]:
    """The two parts of a heading such as "Artículo 6 bis. Registro de actividades.", without the full stops."""
    skip = match.end() if (match := _ARTICLES_ABBREVIATED.match(text)) else 0
    found = _SEPARATOR.search(text, skip)
    label, heading = (text[: found.start()], text[found.end() :]) if found else (text, "")
    return label.strip('«"“‘ '), heading.strip().removesuffix(".")


def _joined(paragraphs: list[str]) -> str:
    return "\n\n".join(paragraphs)


def _plain(text: str) -> str:
    """Text without Markdown's marks."""
    text = _EMPHASIS.sub(_without_emphasis, text)
    for pattern, plain in _MARK_UP:
        text = pattern.sub(plain, text)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def _without_emphasis(match: re.Match[str]) -> str:
    """The words alone; where the source ran them into their neighbours ("también*on line*"), a blank."""
    before, _, words, after = match.groups()
    left = " " if before and words[0].isalnum() else ""
    right = " " if after and words[-1].isalnum() else ""
    return f"{before}{left}{words}{right}"
