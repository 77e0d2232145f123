"""Headings that a source left inside the texts: "Purpose" above the text of section 3, and below that of section 2."""

import re
from collections.abc import Sequence
from dataclasses import replace

from index.articles import ArticleVersion

_LONGEST = 120  # characters
_LABEL = re.compile(r"[(\[\d]|[A-Za-z]{1,4}[.)]\s")
_MOSTLY = 0.75  # of a law's texts; on 22,178 articles one law has .95 and every other 0
_FEWEST = 8  # texts; fewer prove no habit of a source


def with_headings(versions: Sequence[ArticleVersion]) -> tuple[ArticleVersion, ...]:
    """The texts of one law, each with the heading that stood on its first line, and without the next one's at its end.

    Only where no text of the law has a heading of its own, and the first line of most of them is set like one and
    stands in a neighbour as well: at its beginning, for a section in several rows has its heading above each, or at
    the end of the text before. Otherwise all are returned as they are.

    Args:
        versions: in the order of the source.
    """
    if len(versions) < _FEWEST or any(version.heading for version in versions):
        return tuple(versions)
    lines = [[line.strip() for line in version.text.split("\n") if line.strip()] or [""] for version in versions]
    headed = [len(shown) > 1 and _is_heading(shown[0]) for shown in lines]
    neighbours = zip([[""], *lines[:-1]], lines, [*lines[1:], [""]], strict=True)
    proved = sum(
        one and shown[0] in {above[0], above[-1], below[0]}
        for one, (above, shown, below) in zip(headed, neighbours, strict=True)
    )
    if proved < _MOSTLY * len(versions):
        return tuple(versions)
    headings = [shown[0] if one else "" for one, shown in zip(headed, lines, strict=True)]
    return tuple(
        replace(version, heading=heading, text=_between(version.text, heading, following))
        for version, heading, following in zip(versions, headings, [*headings[1:], ""], strict=True)
    )


def _is_heading(line: str) -> bool:
    """Whether a line is set like a heading: short, in sentence case, without a label and without a stop."""
    ends_open = line[-1:].isalnum() or line.endswith((")", "”", " etc."))
    return len(line) <= _LONGEST and line[:1].isupper() and ends_open and not _LABEL.match(line)


def _between(text: str, heading: str, following: str) -> str:
    """The text below its own heading and above the next one's."""
    below = text.strip().removeprefix(heading).strip()
    above, _, last = below.rpartition("\n")
    return above.rstrip() if following and above.strip() and last.strip() == following else below
