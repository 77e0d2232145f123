"""The lines of an EU act's article, found again in a text whose line breaks were lost.

Only a label that continues an open list, or opens one, and stands after the end of a clause starts a line: in
"pursuant to paragraph 2. The" and in "points (b) and (c)" nothing does. What carried no label (a second subparagraph)
cannot be told from a further sentence and stays on its line; except after the last point of a list, which is one
sentence in all but one of the 212 articles of the GDPR and the AI Act.
"""

import re
from dataclasses import dataclass, field

_LABEL = re.compile(r"(?<=\s)(‘?)(?:(\d{1,3})\.|\((\d{1,3})\)|\(([a-z]{1,5})\)|(—))(?=\s)")
_QUOTED_TEXT = re.compile(r"(?<=:) (?=‘[A-Z])")  # "the following subparagraph is added: ‘When adopting"
_BINDING = re.compile(r" (?=This (?:Regulation|Directive) shall be binding in its entirety)")
_CLAUSE_END = re.compile(r"(?:[.;,:’\"]|[;,] (?:and|or|and/or))$")
_QUOTE_END = re.compile(r"[.;)]’")
_POINT_TEXT_END = re.compile(r"(?<=[a-z0-9)’]\.) (?=[A-Z‘])(?!In such (?:a case|cases))")  # GDPR 34(3)(c) is the one
_FOOTNOTE_MARK = re.compile(r" ?\( (\*?) ?(\d*) \)")
_LOOSE_BRACKET = re.compile(r"(?<=\() | (?=\))")
_LOOSE_MARK = re.compile(r" (?=[.;,](?:\s|$))")

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii")


@dataclass(frozen=True, slots=True)
class _Place:
    """A label's place in its list: "(c)" is the third of the style "(a)"."""

    style: str
    number: int


@dataclass(slots=True)
class _Lists:
    """The lists open at a point of the text, outermost first, each with the last label seen in it."""

    open: list[_Place] = field(default_factory=list)

    def take(self, readings: list[_Place], *, opens: bool) -> _Place | None:
        """Continues or opens a list with the label; None where it does neither and so is no label.

        Args:
            readings: what the label may be, the likelier for a first label last.
            opens: whether a list may start here.
        """
        if opens:
            for reading in reversed(readings):
                if reading.number == 1:
                    styles = [known.style for known in self.open]
                    if reading.style in styles:  # a new list of a style that is open closes that one
                        del self.open[styles.index(reading.style) :]
                    self.open.append(reading)
                    return reading
        for depth in range(len(self.open) - 1, -1, -1):
            known = self.open[depth]
            follower = _Place(known.style, known.number + (known.style != "—"))  # dashes do not count
            for reading in readings:
                if reading == follower:
                    del self.open[depth:]
                    self.open.append(reading)
                    return reading
        return None


@dataclass(frozen=True, slots=True)
class _Break:
    """A line start: the offset of the blank before it, and the label there, if one is."""

    offset: int
    label: _Place | None = None
    depth: int = 0  # of the label's list, 0 for the outermost


def with_lines(text: str, *, whole: bool = True) -> str:
    """One article's text with each numbered paragraph, point and quoted amendment on its own line.

    Args:
        text: the article without its heading, on one line.
        whole: False where the source cuts the text off at its end: the outermost paragraph or point that the cut
            leaves incomplete is then left out, so that every provision that remains is whole.
    """
    text = _FOOTNOTE_MARK.sub(r" (\1\2)", " ".join(text.split()))
    text = _LOOSE_MARK.sub("", _LOOSE_BRACKET.sub("", text))
    breaks = sorted(_breaks(text), key=lambda found: found.offset)
    if not whole:
        outermost = [found.offset for found in breaks if found.label and found.depth == 0]
        end = outermost[-1] if outermost else 0
        text, breaks = text[: max(end, 0)], [found for found in breaks if found.offset < end]
    return "\n".join(_lines(text, breaks)).strip()


def _readings(match: re.Match[str]) -> list[_Place]:
    """What a label may be: "(i)" is the ninth letter or the first Roman numeral."""
    _, number, bracketed, letters, dash = match.groups()
    if number:
        return [_Place("1.", int(number))]
    if bracketed:
        return [_Place("(1)", int(bracketed))]
    if dash:
        return [_Place("—", 1)]
    readings = []
    if len(letters) == 1:
        readings.append(_Place("(a)", ord(letters) - ord("a") + 1))
    elif len(letters) == 2 and letters[0] == letters[1]:  # (aa), (bb) after (z)
        readings.append(_Place("(a)", 26 + ord(letters[0]) - ord("a") + 1))
    if letters in _ROMAN:
        readings.append(_Place("(i)", _ROMAN.index(letters) + 1))
    return readings


def _breaks(text: str) -> list[_Break]:
    found = [_Break(match.start()) for pattern in (_QUOTED_TEXT, _BINDING) for match in pattern.finditer(text)]
    act = _Lists()
    quoted: _Lists | None = None  # in the text that an amending article inserts, labels count anew
    last_end = 0  # of the label before
    for match in _LABEL.finditer(f" {text}"):
        start, end = match.start() - 1, match.end() - 1
        if quoted is not None and _QUOTE_END.search(text, last_end, start):
            quoted = None
        before = text[:start].rstrip()
        first = len(before) <= last_end  # at the very start, or right after another label: "1. (a)"
        if not first and not _CLAUSE_END.search(before):
            continue
        readings = _readings(match)
        if match[1]:
            if not before.endswith(":"):
                continue
            quoted = _Lists(readings[:1])
            label: _Place | None = None
        else:
            lists = act if quoted is None else quoted
            label = lists.take(readings, opens=first or before.endswith(":"))
            if label is None and before.endswith(";"):  # DORA 50(2)(b): "not be limited to; (i) summoning"
                label = lists.take(readings, opens=True)
            if label is None:
                continue
        last_end = end
        found.append(_Break(start - 1, label if quoted is None else None, len(act.open) - 1))
    return found


def _lines(text: str, breaks: list[_Break]) -> list[str]:
    """The text cut at the breaks, and after the last point of each list."""
    lines: list[str] = []
    starts = breaks if breaks and breaks[0].offset < 0 else [_Break(-1), *breaks]
    for here, following in zip(starts, [*starts[1:], None], strict=True):
        line = text[here.offset + 1 : following.offset if following else len(text)]
        if _is_last_point(here, following) and (end := _POINT_TEXT_END.search(line)):
            lines += [line[: end.start()], line[end.end() :]]
        else:
            lines.append(line)
    return [line for line in lines if line]


def _is_last_point(here: _Break, following: _Break | None) -> bool:
    """Whether `here` starts a point after which its list, and every list around it but paragraphs, ends."""
    if here.label is None or here.label.style == "1.":
        return False
    if following is None or following.label is None:
        return True
    return following.label.style == "1." or (following.label == _Place(here.label.style, 1))
