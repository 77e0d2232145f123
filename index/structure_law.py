"""A whole law as plain text or Markdown -> its divisions and its articles, each with its place in the text."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from index.articles import ArticleKind
from index.structure_articles import article_label
from index.structure_blocks import BlockKind, Line, quoted_lines, visible_lines
from index.structure_headings import (
    Certainty,
    Heading,
    HeadingKind,
    group_kind,
    is_sentence,
    ordinal_item,
    read_heading,
)
from index.structure_labels import read_label
from index.structure_outline import Division, LawArticle, LawOutline

_NUMBER = re.compile(r"\d+")
_LINE_END = re.compile("\n")
_LONGEST_GAP = 60  # repealed articles in a row; a larger jump forward is a reference at the start of a line
_LONGEST_QUOTATION = 300  # lines
_LONGEST_TITLE = 600  # characters; some Vietnamese and Spanish articles have titles of 400
_CONTENTS_LINE = re.compile(r"(?:\.{3,}|…|\t|\s{2,})\s*\d{1,4}$")
_RUNS_ON = re.compile(  # a line that ends so wants a word after it: what follows is a reference
    r"(?:^|\s)(?:tại|theo|của|và|hoặc|với|về|từ|các|khoản \d+|điểm \w|el|los|la|las|del|de|al|en|por|según|con|y|o"
    r"|the|of|in|under|by|with|to|and|or|de|du|des|au|aux|et|ou|der|des|dem|den|nach|in|und|oder)$",
    re.IGNORECASE,
)
_LONGEST_TITLE_AFTER_DASH = 60  # "Artículo 12.- Las aguas ...": in Chile the text begins there


@dataclass(frozen=True, slots=True)
class _Found:
    """A line that opens a unit."""

    heading: Heading
    line: int  # its place among the visible lines


def split_law(text: str, *, lang: str) -> LawOutline:
    r"""The divisions and articles of a law; no article at all where the text has no legal structure.

    A line opens an article where it is set like a heading, is not quoted, and its number goes on from the last: a
    reference at the start of a line and an article quoted in an amendment stay text.

    Args:
        text: the law, NFC, line ends "\n"; Markdown headings are understood.
        lang: ISO 639-1 code.
    """
    lines = visible_lines(text)
    grammar = lang
    if lang == "en" and not _names_articles(text, lines):
        grammar = "en_sections"
    reader = _LawReader(text, lines, grammar)
    return reader.outline()


def _names_articles(text: str, lines: list[Line]) -> bool:
    return any(
        heading is not None and heading.kind is HeadingKind.ARTICLE
        for line in lines
        if (heading := read_heading(text[line.start : line.end], grammar="en")) is not None
    )


@dataclass(slots=True)
class _LawReader:
    """The lines of a law, read once; what each opens is decided with the headings before it in mind."""

    text: str
    lines: list[Line]
    grammar: str
    warnings: list[str] = field(default_factory=list)
    group: str = ""  # "Disposición adicional" under "DISPOSICIONES ADICIONALES"
    group_value: int = 0  # the number of the latest unit under it
    line_ends: list[int] = field(default_factory=list)
    latest: dict[ArticleKind, int] = field(default_factory=dict)  # the highest number of each kind so far

    def outline(self) -> LawOutline:
        """The whole law."""
        candidates = list(self._candidates())
        contents = self._table_of_contents([found for found, _ in candidates])
        found = list(self._headings([pair for pair in candidates if pair[0].line >= contents]))
        articles: list[LawArticle] = []
        divisions: list[Division] = []
        path: list[Division] = []
        front = found[0].line if found else len(self.lines)
        if found and front > contents:
            articles.append(self._article("", ArticleKind.PREAMBLE, "", path, contents, contents, front))
        for place, unit in enumerate(found):
            until = found[place + 1].line if place + 1 < len(found) else len(self.lines)
            if unit.heading.kind in (HeadingKind.DIVISION, HeadingKind.GROUP):
                division, body = self._division(unit, until)
                path = [*(above for above in path if above.level < division.level), division]
                divisions.append(division)
                if body < until:  # text under a division and above its first article
                    articles.append(self._article("", ArticleKind.PREAMBLE, "", path, body, body, until))
                continue
            beside = unit.heading.kind is HeadingKind.DISPOSITION and not self._is_group(path)
            if beside or unit.heading.kind is HeadingKind.ANNEX:  # these stand beside the divisions
                path = []
            article = self._unit(unit, path, until)
            articles.append(article)
            if unit.heading.kind is HeadingKind.ANNEX:  # above the articles that it may hold
                path = [Division(0, article.label, article.heading, article.start, article.body)]
        spans = ((self.lines[0].start, self.lines[contents - 1].end),) if contents else ()
        return LawOutline(tuple(divisions), tuple(articles), spans, tuple(self.warnings))

    # --- which lines open a unit ---------------------------------------------------------------------------------

    def _candidates(self) -> Iterator[tuple[_Found, BlockKind]]:
        """The lines that are set like headings, and whether they may be quoted; a mark before them settles it."""
        for number, kind in enumerate(self._quotation()):
            shown = self._shown(number)
            heading = read_heading(shown, grammar=self.grammar)
            if heading is None and self.group and (item := ordinal_item(shown)) is not None:
                heading = self._ordinal_heading(*item)
            if heading is None or not self._is_alone(heading, number):
                continue
            if heading.kind is HeadingKind.GROUP:
                self.group, self.group_value = group_kind(heading.label), 0
            elif heading.kind in (HeadingKind.ANNEX, HeadingKind.DIVISION):
                self.group = ""
            yield _Found(heading, number), kind

    def _quotation(self) -> list[BlockKind]:
        """For each line QUOTED, UNSURE or TEXT; a quotation that is too long to be one is unsure."""
        quoted = [kind or BlockKind.TEXT for kind in quoted_lines(self.text, self.lines)]
        begin = 0
        for end in range(1, len(quoted) + 1):
            if end == len(quoted) or quoted[end] is not quoted[begin]:
                if quoted[begin] is BlockKind.QUOTED and end - begin > _LONGEST_QUOTATION:
                    quoted[begin:end] = [BlockKind.UNSURE] * (end - begin)
                begin = end
        return quoted

    def _headings(self, candidates: list[tuple[_Found, BlockKind]]) -> Iterator[_Found]:
        """The candidates that stand where their number can stand.

        One that may be quoted counts only as the very next article, where no such article follows outside the
        quotation: somebody forgot a closing mark.
        """
        values = [self._value(found.heading) for found, _ in candidates]
        outside = Counter(
            key for key, (_, kind) in zip(values, candidates, strict=True) if key[1] and kind is BlockKind.TEXT
        )
        for (found, kind), key, following in zip(candidates, values, self._following(values), strict=True):
            outside[key] -= kind is BlockKind.TEXT
            if not key[1]:
                if kind is BlockKind.TEXT:
                    yield found
            elif (kind is BlockKind.TEXT or not outside[key] > 0) and self._takes(
                found, key, kind, continued=following == key[1] + 1
            ):
                yield found

    @staticmethod
    def _following(values: list[tuple[ArticleKind, int]]) -> list[int]:
        """For each candidate the number of the next unit of its kind; 0 where there is none."""
        following = []
        latest: dict[ArticleKind, int] = {}
        for kind, value in reversed(values):
            following.append(latest.get(kind, 0))
            latest[kind] = value or latest.get(kind, 0)
        return following[::-1]

    def _ordinal_heading(self, ordinal: str, rest: str) -> Heading | None:
        label = f"{self.group} {ordinal.lower()}"
        number = article_label(label)[1]
        if number != "único" and number != str(self.group_value + 1):
            return None
        self.group_value += 1
        return Heading(HeadingKind.DISPOSITION, 0, label, rest, Certainty.SET)

    def _is_alone(self, heading: Heading, number: int) -> bool:
        """Whether a label without a title is no broken line: "Điều 45" above "của Luật này" is a reference."""
        if heading.certainty is Certainty.MARKED:
            return True
        if self.lines[number].joined and number and _RUNS_ON.search(self._shown(number - 1)):
            where = f"line {self._line_number(number)}"
            self.warnings.append(f"{where}: '{heading.label}' goes on with the sentence above and is taken as text")
            return False
        if heading.rest or number + 1 >= len(self.lines):
            return True
        below = self.lines[number + 1]
        above = self.lines[number - 1] if number else None
        if above is not None and self.lines[number].joined and self.text[above.end - 1] not in ".;:»”\"'’)。；：*":
            runs_on = self.text[above.end - 1] == "," or self.text[above.end - 1].islower()
            if runs_on and not self._is_heading_line(number - 1):
                return False
        return not (below.joined and self.text[below.start].islower())

    def _is_heading_line(self, number: int) -> bool:
        line = self.lines[number]
        shown = self.text[line.start : line.end]
        return shown.isupper() or read_heading(shown, grammar=self.grammar) is not None

    def _takes(self, found: _Found, key: tuple[ArticleKind, int], quoted: BlockKind, *, continued: bool) -> bool:
        """Whether a heading stands where its number can stand; keeps count and notes what is odd."""
        heading, where = found.heading, f"line {self._line_number(found.line)}"
        kind, value = key
        latest, suffixed = self.latest.get(kind, 0), _is_suffixed(heading)
        if not _may_follow(value, latest, heading, quoted, continued=continued):
            if quoted is BlockKind.TEXT:
                self.warnings.append(f"{where}: '{heading.label}' after number {latest} is taken as text")
            return False
        if value > latest + 1 and latest:
            missing = f"{latest + 1}" if value == latest + 2 else f"{latest + 1} to {value - 1}"
            self.warnings.append(f"{where}: no number {missing} before '{heading.label}'")
        elif value == 1 and latest and heading.certainty is not Certainty.MARKED and not (latest == 1 and suffixed):
            self.warnings.append(f"{where}: the numbers begin again at '{heading.label}' after {latest}")
        elif value == latest and not suffixed:
            self.warnings.append(f"{where}: '{heading.label}' again")
        self.latest[kind] = max(value, latest) if value != 1 else 1
        return True

    @staticmethod
    def _value(heading: Heading) -> tuple[ArticleKind, int]:
        """The kind of an article or disposition, and its number without what follows it; 0 for other headings."""
        kind, written = article_label(heading.label)
        if heading.kind not in (HeadingKind.ARTICLE, HeadingKind.DISPOSITION):
            return kind, 0
        number = _NUMBER.search(written)
        return kind, int(number[0]) if number else 0

    def _line_number(self, line: int) -> int:
        if not self.line_ends:
            self.line_ends = [match.start() for match in _LINE_END.finditer(self.text)]
        return bisect_left(self.line_ends, self.lines[line].start) + 1

    def _table_of_contents(self, found: list[_Found]) -> int:
        """The number of lines at the front that only list the articles; 0 where there is no such list."""
        articles = [unit for unit in found if unit.heading.kind is HeadingKind.ARTICLE]
        again = next((k for k, unit in enumerate(articles) if k > 1 and self._value(unit.heading)[1] == 1), 0)
        if not again:
            return 0
        listed = articles[:again]
        last = listed[-1].line
        named = sum(unit.line <= last for unit in found)  # headings of divisions included
        others = last - found[0].line + 1 - named
        leaders = sum(bool(_CONTENTS_LINE.search(self._shown(unit.line))) for unit in listed)
        if len(listed) < 3 or (others * 5 > len(listed) and leaders * 2 < len(listed)):
            return 0
        first_again = found.index(articles[again])
        while first_again and found[first_again - 1].heading.kind is HeadingKind.DIVISION:
            first_again -= 1
        return found[first_again].line

    def _shown(self, line: int) -> str:
        return self.text[self.lines[line].start : self.lines[line].end]

    # --- what a unit consists of ---------------------------------------------------------------------------------

    def _division(self, unit: _Found, until: int) -> tuple[Division, int]:
        """The division, and the first line below its name."""
        heading, after = unit.heading.rest, unit.line + 1
        while not (heading and unit.heading.rest) and after < until and self._is_title(after, taken=bool(heading)):
            heading = f"{heading} {self._shown(after)}".strip()
            after += 1
        level = unit.heading.level or 1
        start, end = self.lines[unit.line].start, self.lines[after - 1].end
        return Division(level, unit.heading.label, heading.strip("*_ ").removesuffix("."), start, end), after

    def _is_title(self, number: int, *, taken: bool) -> bool:
        """Whether a line below a bare label is its title, or the title's second line."""
        shown = self._shown(number).strip("*_ ")
        if len(shown) > _LONGEST_TITLE or shown[-1:] in ".;:,。；：" or not shown[0].isalpha():
            return False
        if read_label(shown, 0, len(shown), lang=self.grammar[:2]) is not None:
            return False
        if taken:
            return shown.isupper() and self.lines[number].joined
        return not shown[0].islower()

    def _is_group(self, path: list[Division]) -> bool:
        return bool(path) and path[-1].label.lower().startswith(("disposiciones", "artículos", "articulos"))

    def _unit(self, unit: _Found, path: list[Division], until: int) -> LawArticle:
        line = self.lines[unit.line]
        kind, _ = article_label(unit.heading.label)
        heading = unit.heading
        body = unit.line + 1
        if heading.rest and self._rest_is_title(unit, until):
            return self._article(heading.label, kind, heading.rest, path, unit.line, body, until)
        if heading.rest:  # "Artículo 12.- Las aguas son ...": the text begins on the line of the label
            at = self.text.index(heading.rest, line.start, line.end) if heading.rest in self._shown(unit.line) else None
            found = self._article(heading.label, kind, "", path, unit.line, body, until)
            start = at if at is not None else line.start
            return LawArticle(
                found.label, found.number, kind, "", found.path, found.start, start, max(found.end, line.end)
            )
        title = ""
        if body + 1 < until and self._is_title(body, taken=False):
            title = self._shown(body).strip("*_ ")
            body += 1
        return self._article(heading.label, kind, title, path, unit.line, body, until)

    def _rest_is_title(self, unit: _Found, until: int) -> bool:
        rest, below = unit.heading.rest, unit.line + 1
        if unit.heading.certainty is Certainty.MARKED:
            return True
        if below >= until or len(rest) > _LONGEST_TITLE or is_sentence(rest):
            return False
        sign = self._shown(unit.line).removesuffix(rest)[-4:]
        if "-" in sign and len(rest) > _LONGEST_TITLE_AFTER_DASH:
            return False
        # Text that breaks off in mid-sentence goes on below: it is no title.
        return not (self.lines[below].joined and self._shown(below)[0].islower())

    def _article(  # noqa: PLR0917  the places of one unit
        self, label: str, kind: ArticleKind, heading: str, path: list[Division], first: int, body: int, until: int
    ) -> LawArticle:
        start = self.lines[first].start
        end = self.lines[max(until - 1, first)].end
        text_start = self.lines[body].start if body < until else end
        number = article_label(label)[1] if label else ""
        names = tuple(division.name for division in path)
        return LawArticle(label, number, kind, heading.removesuffix("."), names, start, text_start, end)


def _is_suffixed(heading: Heading) -> bool:
    """Whether the number has more than digits: "18 bis", "216 bis 2", "26C"."""
    return not article_label(heading.label)[1].isdigit()


def _may_follow(value: int, latest: int, heading: Heading, quoted: BlockKind, *, continued: bool) -> bool:
    """Whether a unit with this number can stand after `latest`; `continued`: the next one has the number after it."""
    if heading.certainty is Certainty.OPEN and (is_sentence(heading.rest) or heading.rest.endswith(".")):
        return False
    is_next = value == latest + 1 or (value == latest and _is_suffixed(heading))
    if heading.certainty is Certainty.OPEN or quoted is BlockKind.QUOTED:
        return is_next
    forward = latest <= value <= latest + _LONGEST_GAP
    if quoted is BlockKind.UNSURE:
        return is_next or (forward and continued)
    if heading.certainty is Certainty.MARKED:
        return True
    begins = value == 1 and (continued or heading.kind is HeadingKind.DISPOSITION)
    near = _is_suffixed(heading) and abs(value - latest) <= _LONGEST_GAP  # "1863 bis" may stand anywhere near 1863
    return begins or near or forward or (continued and value > latest)
