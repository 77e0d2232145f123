"""The structure inside an article: its text -> clauses, points and unnumbered paragraphs, as offsets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.articles import Provision, ProvisionKind
from index.structure_articles import article_label
from index.structure_blocks import Block, BlockKind, blocks
from index.structure_checks import check_provisions
from index.structure_contained import contained_units
from index.structure_labels import Label, Reading, read_label
from index.structure_law import split_law

__all__ = ["article_label", "check_provisions", "parse_provisions", "split_law"]

_CLAUSE_STYLES = {"1.", "1)", "(1)", "1.-", "1º", "1º)", "Uno.", "I.", "I.-", "一、", "1.1"}
_LIST_STYLES = {"(1)", "1)", "1º", "1º)"}  # items, not clauses, where a sentence ending in ":" introduces them
_ANNOUNCES = ":：—"
_DEEPEST = 8  # levels; laws go to six
_LOOK_AHEAD = 100  # blocks; on 22,178 articles 50 already give the same provisions as 2,000
_SPEAKS_OF_LETTER = re.compile(
    r"\b(?:esta|presente|dicha) letra\b|\bđiểm này\b|\bthis (?:point|subparagraph)\b|\bce point\b|\bdieser? Buchstabe"
    r"|\beste número\b|\bpresente número\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Item:
    """A labelled unit while the text is read."""

    reading: Reading
    path: tuple[str, ...]
    list_style: str  # of the first item of its list: authors change the punctuation on the way
    start: int
    parent: "_Item | None"
    introduced: bool  # its list completes a sentence that ends in ":"
    ends_in_colon: bool
    elders: int  # earlier items of its list
    long_elders: int  # those of them that have several paragraphs
    end: int = 0
    paragraphs: int = 0  # its further paragraphs, without a label


def parse_provisions(text: str, *, lang: str, version_id: str) -> tuple[Provision, ...]:
    """The clauses, points and unnumbered paragraphs of one article's text, in document order.

    At the top level they tile the text: what lies outside is white space only. A clause spans its points; the text
    of a clause outside its points is its introduction, or what follows the points. Empty text gives (). Where the
    heading of another article stands in the text (see `contained_units`), clauses end: what is below it are paragraphs
    without a number, since its clauses are not this article's.

    Args:
        text: the article's text without its heading.
        lang: ISO 639-1 code; it decides the alphabet of lettered points.
        version_id: the `ArticleVersion.id` whose text this is.
    """
    others = contained_units(text, lang=lang)
    own = text[: others[0].start] if others else text
    spans = sorted(_Reader(own, lang).spans(), key=lambda span: (span[2], -span[3], len(span[1])))
    foreign = blocks(text[len(own) :]) if others else ()
    return (
        *[Provision(version_id, kind, path, start, end) for kind, path, start, end in spans],
        *[
            Provision(version_id, ProvisionKind.PARAGRAPH, (), len(own) + block.start, len(own) + block.end)
            for block in foreign
        ],
    )


def _kind(item: _Item) -> ProvisionKind:
    is_item = item.introduced and item.list_style in _LIST_STYLES
    if item.parent is None and item.list_style in _CLAUSE_STYLES and not is_item:
        return ProvisionKind.CLAUSE
    return ProvisionKind.POINT


def _has_second(label: Label, first: Reading) -> bool:
    return any(reading.style == first.style and (reading.place, reading.rank) == (2, 0) for reading in label.readings)


def _speaks_of_item(beginning: str, reading: Reading) -> bool:
    return reading.style[-2:-1] != "I" and bool(_SPEAKS_OF_LETTER.search(beginning))


class _Reader:
    """One pass over an article's blocks, with the stack of lists that are open."""

    def __init__(self, text: str, lang: str) -> None:
        self.text = text
        self.lang = lang
        self.blocks = blocks(text)
        self.labels = [self._label_at(block.start, block) for block in self.blocks]
        self.open: list[_Item] = []  # the latest item of each open list, outermost first
        self.items: list[_Item] = []
        self.paragraphs: list[Block] = []

    def spans(self) -> Iterator[tuple[ProvisionKind, tuple[str, ...], int, int]]:
        """Kind, path, start and end of every unit, items before paragraphs."""
        for index, block in enumerate(self.blocks):
            label = self.labels[index]
            placed = self._place(label, index) if label else None
            if label is None or placed is None:
                self._add_text(block, index)
                continue
            self._open_item(block.start, *placed, index)
            while (inner := self._label_at(label.end, block)) is not None:  # "Dos.1. Se aplicará": two units begin
                reading = next((reading for reading in inner.readings if reading.is_first), None)
                if reading is None or len(self.open) >= _DEEPEST:
                    break
                label = inner
                self._open_item(label.start, reading, len(self.open), index)
            for item in self.open:
                item.end = block.end
        for item in self.items:
            yield _kind(item), item.path, item.start, item.end
        for block in self.paragraphs:
            yield ProvisionKind.PARAGRAPH, (), block.start, block.end

    def _label_at(self, position: int, block: Block) -> Label | None:
        if block.kind not in (BlockKind.TEXT, BlockKind.UNSURE):
            return None
        while position < block.end and self.text[position] in " \t\u2002\xa0*_":
            position += 1
        return read_label(self.text, position, block.end, lang=self.lang) if position < block.end else None

    # --- where a label belongs -----------------------------------------------------------------------------------

    def _place(self, label: Label, index: int) -> tuple[Reading, int] | None:
        """The reading of a label and the depth of its list; None where it is running text after all."""
        block = self.blocks[index]
        if block.kind is BlockKind.UNSURE:
            return self._successor(label) if label.readings[0].style == "Uno." else None
        if label.loose:
            return self._between_neighbours(label, index)
        if not (block.after_stop or self._begins_sentence(label)):
            return None
        successor = self._successor(label)
        first = next((reading for reading in label.readings if reading.is_first), None)
        if successor and (not first or self._list_goes_on(successor, first, index)):
            return successor
        return self._place_of_new(label, first, index) if block.after_stop else None

    def _place_of_new(self, label: Label, first: Reading | None, index: int) -> tuple[Reading, int] | None:
        """The place of a label that does not simply continue an open list."""
        if first:
            inside = self._starts_inside(label, first, index) if not self.open and len(label.readings) > 1 else None
            return inside or first, self._depth_of_new_list(first)
        return self._successor(label, across_styles=True) or self._after_gap(label) or self._orphan(label, index)

    def _between_neighbours(self, label: Label, index: int) -> tuple[Reading, int] | None:
        """A label without its dot counts if it continues a list, or begins one, and the next label continues it."""
        (reading,) = label.readings
        following = next(self._labels_after(index), None)
        if following is not None and not any(later.follows(reading) for later in following.readings):
            return None
        return self._successor(label) or ((reading, 0) if following and reading.is_first and not self.open else None)

    def _begins_sentence(self, label: Label) -> bool:
        rest = self.text[label.end : label.end + 4].strip(' *_“«"‘(')
        return rest[:1].isupper()

    def _successor(self, label: Label, *, across_styles: bool = False) -> tuple[Reading, int] | None:
        """The innermost open list that the label continues without a gap."""
        for depth in range(len(self.open) - 1, -1, -1):
            current = self.open[depth].reading
            for reading in label.readings:
                same = reading.family == current.family if across_styles else reading.style == current.style
                if same and reading.follows(current):
                    return reading, depth
        return None

    def _list_goes_on(self, successor: tuple[Reading, int], first: Reading, index: int) -> bool:
        """Whether "(i)" after "(h)" is the letter, and not the first Roman numeral: what follows tells."""
        letter, depth = successor
        for label in self._labels_after(index):
            if _has_second(label, first):
                return False
            if any(reading.style == letter.style and reading.follows(letter) for reading in label.readings):
                return True
            if self._continues_one_of(self.open[:depth], label):
                break
        return not self._introduces(index)

    def _starts_inside(self, label: Label, first: Reading, index: int) -> Reading | None:
        """The letter in "(i)" where the text starts in the middle of a lettered list: "(j)" follows."""
        for following in self._labels_after(index):
            if _has_second(following, first):
                return None
            for reading in label.readings:
                if not reading.is_first and any(
                    later.style == reading.style and later.follows(reading) for later in following.readings
                ):
                    return reading
        return None

    @staticmethod
    def _continues_one_of(items: list[_Item], label: Label) -> bool:
        return any(
            reading.style == item.reading.style and reading.follows(item.reading)
            for item in items
            for reading in label.readings
        )

    def _depth_of_new_list(self, first: Reading) -> int:
        if first.prefix:
            for depth in range(len(self.open) - 1, -1, -1):
                if self.open[depth].reading.label == first.prefix:
                    return depth + 1
        if not (self.open and self.open[-1].ends_in_colon):
            for depth, item in enumerate(self.open):
                if item.reading.style == first.style:
                    return depth
        return min(len(self.open), _DEEPEST - 1)

    def _after_gap(self, label: Label) -> tuple[Reading, int] | None:
        """The innermost open list that the label continues with a gap, or whose last label it repeats.

        Units are repealed and leave gaps; labels are left out or misprinted.
        """
        for depth in range(len(self.open) - 1, -1, -1):
            current = self.open[depth].reading
            for reading in label.readings:
                if (
                    reading.style == current.style
                    and 0 <= reading.place - current.place <= 30
                    and not reading.is_before(current)
                ):
                    return reading, depth
        return None

    def _orphan(self, label: Label, index: int) -> tuple[Reading, int] | None:
        """A list whose beginning is not there: the text starts in the middle, or its first units are gone."""
        for reading in label.readings:
            if any(item.reading.style == reading.style for item in self.open):
                continue
            second = reading.place == 2 and reading.style == "1." and not self.open  # only "1." was lost
            if (
                index == 0
                or second
                or any(
                    later.style == reading.style and later.follows(reading)
                    for following in self._labels_after(index)
                    for later in following.readings
                )
            ):
                return reading, self._depth_of_orphan(reading)
        return None

    def _depth_of_orphan(self, reading: Reading) -> int:
        """Numbers outrank letters: "2." after "a)" is a sibling of the unit around the letters, whose label is lost."""
        if reading.style in _CLAUSE_STYLES and self.open and self.open[0].reading.family == "a":
            return 0
        return min(len(self.open), _DEEPEST - 1)

    def _labels_after(self, index: int) -> Iterator[Label]:
        """The labels of the next blocks; a bounded look ahead keeps the whole linear."""
        for label in self.labels[index + 1 : index + 1 + _LOOK_AHEAD]:
            if label is not None:
                yield label

    def _introduces(self, index: int) -> bool:
        """Whether the block before this one ends in a sign that announces a list."""
        return index > 0 and self.text[self.blocks[index - 1].end - 1] in _ANNOUNCES

    def _open_item(self, start: int, reading: Reading, depth: int, index: int) -> None:
        elder = self.open[depth] if depth < len(self.open) and not reading.is_first else None
        parent = self.open[depth - 1] if depth else None
        item = _Item(
            reading=reading,
            path=(*(parent.path if parent else ()), reading.label),
            list_style=elder.list_style if elder else reading.style,
            start=start,
            parent=parent,
            introduced=elder.introduced if elder else self._introduces(index),
            ends_in_colon=self.text[self.blocks[index].end - 1] in _ANNOUNCES,
            elders=elder.elders + 1 if elder else 0,
            long_elders=elder.long_elders + (elder.paragraphs > 0) if elder else 0,
        )
        del self.open[depth:]
        self.open.append(item)
        self.items.append(item)

    # --- text without a label ------------------------------------------------------------------------------------

    def _add_text(self, block: Block, index: int) -> None:
        """Give a block to the item that it belongs to, or to the article; close the items that end before it."""
        if block.kind is BlockKind.NOTE and all(label is None for label in self.labels[index + 1 :]):
            self.open.clear()
        elif block.kind is BlockKind.TEXT:
            del self.open[self._owner_depth(block, index) :]
        if not self.open:
            self.paragraphs.append(block)
            return
        self.open[-1].paragraphs += 1
        self.open[-1].ends_in_colon = self.text[block.end - 1] in _ANNOUNCES
        for item in self.open:
            item.end = block.end

    def _owner_depth(self, block: Block, index: int) -> int:
        """How many of the open items a paragraph after the last label still belongs to.

        A paragraph between two items of a list belongs to the first of them. One after the last item is attributed
        to the outermost unit that can hold it, since a citation of the clause is then true wherever its author meant
        it to stand; it stays with an inner item where the words say so, where that item announces more, or where
        most of its elder siblings have several paragraphs as well.
        """
        outermost = 0
        if self.open and not self.open[0].introduced:
            outermost = 1
        for depth in range(len(self.open) - 1, -1, -1):
            if self._goes_on_later(depth, index):
                outermost = depth + 1
                break
        beginning = self.text[block.start : block.start + 400]
        for depth in range(len(self.open) - 1, outermost - 1, -1):
            item = self.open[depth]
            if item.ends_in_colon and depth == len(self.open) - 1:
                return depth + 1
            if _speaks_of_item(beginning, item.reading) or item.long_elders * 2 > max(item.elders, 3):
                return depth + 1
        return outermost

    def _goes_on_later(self, depth: int, index: int) -> bool:
        """Whether the list at this depth has a further item below, before one that closes it."""
        current = self.open[depth].reading
        for label in self._labels_after(index):
            if self._continues_one_of(self.open[:depth], label):
                return False
            for reading in label.readings:
                if reading.family == current.family and reading.follows(current):
                    return True
                if reading.style == current.style and reading.prefix == current.prefix:
                    if reading.is_first and len(label.readings) == 1:
                        return False
                    if not reading.is_before(current):
                        return True
        return False
