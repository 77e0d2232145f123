"""An article's text cut into blocks: a paragraph, a bullet, a table, an editor's note, a stretch of quoted law."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

_OPENING, _CLOSING = "«“", "»”"
_MARKS = "«“\"‘'"  # with any of these at its beginning a line is quoted
_ANY_MARK = re.compile('[«“»”"]')
_SINGLE_CLOSING = re.compile(r"’(?![^\W\d])")
_SINGLE_ENDS = re.compile(r"’[.;,:)\]\"]*$")
_TERM = re.compile('[«“"‘][^»”"’«“‘]{1,120}[»”"’]')  # "“voice call” includes ...": a definition, not quoted law
_WIDEST_WRAP = 130  # characters; longer lines are whole paragraphs
_NUMBERED = re.compile(r"\(?\d{1,3}[.)º°ª]")
_POINT = re.compile(r"\(?[A-Za-zđ]{1,4}\)")
_CONJUNCTION = re.compile(r"(?:^|\s)(?:and|or|y|o|u|e|và|hoặc|et|ou|und|oder)\s*$", re.IGNORECASE)
_BULLET = ("–", "—", "-", "•", "·", "*", "▪", "◦", "|", "!")


class BlockKind(Enum):
    """What a block of text is."""

    TEXT = auto()
    ATTACHED = auto()  # a bullet, a table, a picture: part of what precedes it
    QUOTED = auto()  # law that is quoted: part of what precedes it, whatever labels it holds
    UNSURE = auto()  # quoted, unless a closing mark was forgotten
    NOTE = auto()  # a publisher's note ("> ..."), no part of the law's text


@dataclass(frozen=True, slots=True)
class Block:
    """One block: `text[start:end]` without the white space around it.

    Attributes:
        start: offset of its first visible character.
        end: offset after its last visible character.
        kind: what it is.
        after_stop: whether the text before it had come to a stop, so that a label can stand here.
    """

    start: int
    end: int
    kind: BlockKind
    after_stop: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line that shows something, without the white space around it; `joined`: no empty line above it."""

    start: int
    end: int
    joined: bool


def blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a text in its order; what lies between them is white space only. Linear in its length."""
    lines = visible_lines(text)
    wrap = _wrap_width(text, lines)
    quoted = quoted_lines(text, lines)
    found: list[Block] = []
    for number, line in enumerate(lines):
        kind = quoted[number] or _kind(text, line.start)
        above = lines[number - 1] if line.joined else None
        last = found[-1] if found else None
        if above and last and _continues(text, above, line, joins_kind=_same_table(text, last, line, kind), wrap=wrap):
            found[-1] = Block(last.start, line.end, last.kind, last.after_stop)
        else:
            found.append(Block(line.start, line.end, kind, above is None or _may_begin(text, above, line, wrap)))
    return tuple(found)


def visible_lines(text: str) -> list[Line]:
    """The lines of a text that show something, in its order."""
    lines: list[Line] = []
    position = 0
    joined = False
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            start = position + raw.index(stripped)
            lines.append(Line(start, start + len(stripped), joined))
        joined = bool(stripped)
        position += len(raw) + 1
    return lines


def _is_stop(text: str, line: Line) -> bool:
    """Whether a line ends where a sentence or an item of a list can end."""
    return text[line.end - 1] in ".;:,—–)»”\"'’]|。；：，、" or _ends_in_conjunction(text, line)


def _may_begin(text: str, above: Line, line: Line, wrap: int) -> bool:
    """Whether a label can stand at the beginning of a line."""
    if _is_stop(text, above):
        return True
    return not _no_room(text, above, line, wrap) if wrap else _POINT.match(text, line.start) is not None


def _ends_in_conjunction(text: str, line: Line) -> bool:
    return bool(_CONJUNCTION.search(text, max(line.start, line.end - 6), line.end))


def _wrap_width(text: str, lines: list[Line]) -> int:
    """The column at which a hard-wrapped text was wrapped; 0 where each line is a whole paragraph."""
    width = max((line.end - line.start for line in lines), default=0)
    if width > _WIDEST_WRAP:
        return 0
    running = [
        (above, below)
        for above, below in pairwise(lines)
        if below.joined
        and text[above.end - 1].isalnum()
        and text[below.start].islower()
        and not _ends_in_conjunction(text, above)
    ]
    full = sum(_no_room(text, above, below, width - 12) for above, below in running)  # 12: indents that were lost
    return width if full and full * 2 >= len(running) else 0


def _no_room(text: str, above: Line, below: Line, width: int) -> bool:
    """Whether the first word of a line would not have fitted on the line above it."""
    first_word = text[below.start : below.end].split(maxsplit=1)[0]
    return above.end - above.start + 1 + len(first_word) > width


def _same_table(text: str, block: Block, line: Line, kind: BlockKind) -> bool | None:
    """For what is no running text, whether a line is a further row of a table or note; None for running text."""
    if kind not in (BlockKind.ATTACHED, BlockKind.NOTE):
        return None
    return kind is block.kind and text[line.start] == text[block.start] and text[line.start] in "|>"


def _continues(text: str, above: Line, line: Line, *, joins_kind: bool | None, wrap: int) -> bool:
    """Whether a line goes on with the block of the line directly above it."""
    if joins_kind is not None or not wrap:
        return bool(joins_kind)
    if _POINT.match(text, line.start) or _NUMBERED.match(text, line.start):
        return not _is_stop(text, above) and _no_room(text, above, line, wrap)
    # A wrapper would have set the next word on the line above if there had been room: then the break is the author's.
    return text[above.end - 1] not in ".;:»”" or _no_room(text, above, line, wrap)


def _kind(text: str, start: int) -> BlockKind:
    if text[start] == ">":
        return BlockKind.NOTE
    if text[start] not in _BULLET or (text[start] == "*" and not text[start + 1 : start + 2].isspace()):
        return BlockKind.TEXT  # "*a)*" is emphasis, no bullet
    return BlockKind.ATTACHED


def quoted_lines(text: str, lines: list[Line]) -> list[BlockKind | None]:
    """For each line, QUOTED where it lies in a quotation, UNSURE where that quotation may have ended, else None.

    Two ways of quoting several paragraphs are in use: one mark at each end, or an opening mark before every paragraph
    and one closing mark at the end. Where neither fits (a new quotation begins, the last one never ended), the lines
    between are unsure. A quotation that is open at the end of the text is unsure after its first line.
    """
    found: list[BlockKind | None] = [None] * len(lines)
    opened: int | None = None  # the line on which the open quotation began
    marks = _Marks()
    for number, line in enumerate(lines):
        begins = text[line.start] in _MARKS and not _is_term(text, line)
        if opened is not None and marks.depth == 1 and text[line.start] in _OPENING:
            if text[lines[number - 1].start] not in _OPENING:
                found[opened + 1 : number] = [BlockKind.UNSURE] * (number - opened - 1)
                opened = None
            marks.depth = 0  # what begins here is counted below
        found[number] = BlockKind.QUOTED if begins or opened is not None else None
        marks.read(text, line)
        if not marks.open:
            opened = None
        elif opened is None:
            opened = number
    if opened is not None:
        after = None if marks.single else BlockKind.UNSURE  # a lone ‘ may be an apostrophe
        for number in range(opened + 1, len(lines)):
            if found[number] is BlockKind.QUOTED and text[lines[number].start] not in _MARKS:
                found[number] = after
    return found


def _is_term(text: str, line: Line) -> bool:
    """Whether a line begins with a word in quotation marks and goes on outside them."""
    term = _TERM.match(text, line.start, line.end)
    return term is not None and any(c.isalpha() for c in text[term.end() : term.end() + 40])


class _Marks:
    """Which quotation marks are open while a text is read line by line."""

    def __init__(self) -> None:
        self.depth = 0  # of « and “
        self.straight = False
        self.single = False  # ‘ at the beginning of a line; elsewhere it is no quotation of law

    @property
    def open(self) -> bool:
        return bool(self.depth or self.straight or self.single)

    def read(self, text: str, line: Line) -> None:
        for match in _ANY_MARK.finditer(text, line.start, line.end):
            mark = match[0]
            if mark in _OPENING:
                self.depth += 1
            elif mark in _CLOSING:
                self.depth = max(0, self.depth - 1)
            else:
                at = match.start()
                opens = at == line.start or text[at - 1] in " (\t\xa0"
                self.straight = opens and at + 1 < line.end and not text[at + 1].isspace()
        if _SINGLE_ENDS.search(text, max(line.start, line.end - 6), line.end):
            self.single = False
        elif text[line.start] == "‘":
            closed = len(_SINGLE_CLOSING.findall(text, line.start, line.end))
            self.single = text.count("‘", line.start, line.end) > closed
