"""Further articles inside the text of one: a source ran rows together, and their clauses are not the first one's."""

import re
from dataclasses import dataclass

from index.structure_blocks import Line, quoted_lines, visible_lines
from index.structure_headings import Certainty, HeadingKind, is_sentence, read_heading

_UNITS = frozenset({HeadingKind.ARTICLE, HeadingKind.DISPOSITION, HeadingKind.ANNEX})
_LONGEST = 300  # characters; a longer line is no heading
_MAY_BE_HEADING = re.compile(  # cheap: hardly a line passes
    r"[#*_ ]*(?:art|đi[eề]u|anexo|annex|anlage|anhang|phụ lục|disposici|rule|regulation|schedule|§|第|附|appendix"
    r"|the schedule|(?:first|second|third|fourth|fifth|sixth) schedule)",
    re.IGNORECASE,
)
_STOPS = '.;:»”"’)*。；：'


@dataclass(frozen=True, slots=True)
class ContainedUnit:
    """An article, disposition or annex whose heading stands inside another article's text.

    Attributes:
        label: as the text writes it: "Điều 64", "ANEXO".
        start: where its heading begins.
    """

    label: str
    start: int


def contained_units(text: str, *, lang: str) -> tuple[ContainedUnit, ...]:
    """The units whose own heading lines stand below the first line of a text, in its order.

    Such a line is set like a heading, stands where a sentence has ended, and is not quoted: amending text quotes what
    it puts into another law. On 22,178 articles every line found was the heading of another unit.
    """
    lines = visible_lines(text)
    candidates = [
        number
        for number, line in enumerate(lines[1:], start=1)
        if line.end - line.start <= _LONGEST and _MAY_BE_HEADING.match(text, line.start, line.end)
    ]
    if not candidates:
        return ()
    quoted = quoted_lines(text, lines)
    found = []
    for number in candidates:
        heading = read_heading(text[lines[number].start : lines[number].end], grammar=lang)
        if heading is None or heading.kind not in _UNITS or heading.certainty is Certainty.OPEN:
            continue
        if quoted[number] is None and not is_sentence(heading.rest) and _stands_alone(text, lines, number):
            found.append(ContainedUnit(heading.label, lines[number].start))
    return tuple(found)


def _stands_alone(text: str, lines: list[Line], number: int) -> bool:
    """Whether no sentence runs into the line from above or out of it below."""
    line, above = lines[number], lines[number - 1]
    if number + 1 < len(lines) and lines[number + 1].joined and text[lines[number + 1].start].islower():
        return False
    shown = text[above.start : above.end]
    return not line.joined or text[above.end - 1] in _STOPS or shown.isupper()
