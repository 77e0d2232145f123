"""The stretches of law that an answer may quote: clauses and points of the articles found, each with its place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from generation.answer import Citation
from index.articles import Provision
from index.references import format_reference
from index.structure_labels import read_label
from retrieval.search import Hit

CLAUSE_LIMIT = 1500  # characters; a clause up to here is quoted whole, a longer one by its points
OPENS = (":", "：", "—", "–")  # at the end of words that introduce a list


class Sources(Protocol):
    """Where the provisions of an article come from: a release of the index."""

    @property
    def id(self) -> str:
        """The release's id, for receipts."""
        ...

    @property
    def corpus_sha256(self) -> str:
        """SHA-256 of all its law, for receipts."""
        ...

    def provisions(self, version_id: str) -> tuple[Provision, ...]:
        """Clauses and points of one version, in order of the text; empty where it has none."""
        ...


@dataclass(frozen=True, slots=True)
class Extract:
    """One stretch of a hit's text that can be quoted and cited.

    Attributes:
        hit: the article it is taken from.
        path: labels of the clause or point, as in `Provision.path`; empty for the article itself.
        start, end: offsets into `hit.version.text`, the provision's own leading label and blanks left out.
        introduction: the stretch that opens the clause of which this is a point ("the controller shall:"), without
            which it cannot be read; None where it stands alone.
    """

    hit: Hit
    path: tuple[str, ...]
    start: int
    end: int
    introduction: "Extract | None" = None

    @property
    def text(self) -> str:
        """The stretch, character for character."""
        return self.hit.version.text[self.start : self.end]


def extracts(hit: Hit, provisions: Sequence[Provision], *, limit: int = CLAUSE_LIMIT) -> tuple[Extract, ...]:
    """Cuts the text of a hit into stretches that can be quoted, in order; together they hold every word of it.

    A clause of at most `limit` characters is one stretch, its points included. A longer one is cut at its points, each
    of which then carries the clause's opening words as its introduction. Text outside every provision is cut at its
    line ends, an opening line that ends in a colon staying with what it opens.
    """
    ordered = sorted(provisions, key=lambda p: (p.start, -p.end))
    return tuple(_Knife(hit, limit).cut((), 0, len(hit.version.text), ordered, None))


@dataclass(frozen=True, slots=True)
class _Knife:
    hit: Hit
    limit: int

    def cut(
        self, path: tuple[str, ...], start: int, end: int, inside: Sequence[Provision], opening: Extract | None
    ) -> list[Extract]:
        """The stretches of text[start:end]: the provision `path`, the provisions `inside` it, what introduces it."""
        if path and (not inside or end - start <= self.limit):
            return self._one(path, start, end, opening)
        parts: list[Extract] = []
        own = opening
        at = start
        rest = list(inside)
        while rest:
            child = rest[0]
            deeper = [p for p in rest[1:] if p.end <= child.end]
            rest = rest[1 + len(deeper) :]
            before = self._one(path, at, child.start, opening)
            if before and at == start and before[0].text.endswith(OPENS):
                own = before[0]  # goes with what it introduces, never alone
            else:
                parts += self._lines(path, at, child.start, opening)
            if child.path == path:
                stretches, own = self._unnumbered(
                    child, own, opening, heads=bool(rest) and len(rest[0].path) > len(path)
                )
                parts += stretches
            else:
                parts += self.cut(child.path, child.start, child.end, deeper, own)
            at = child.end
        return parts + self._lines(path, at, end, opening)

    def _unnumbered(
        self, paragraph: Provision, own: Extract | None, opening: Extract | None, *, heads: bool
    ) -> tuple[list[Extract], Extract | None]:
        """The stretches of a paragraph without a label, and what introduces those behind it.

        One that opens the list behind it (`heads`) goes with its points, never alone: "(a) grant retroactive effect"
        says nothing without "In no case may such laws:". One in lower case goes on where the list before it stopped.
        """
        path, start, end = paragraph.path, paragraph.start, paragraph.end
        if own is not opening and self.hit.version.text[start:end].lstrip()[:1].islower():
            return self._lines(path, start, end, own), own
        stretches = self._lines(path, start, end, opening)
        if heads and stretches and stretches[-1].text.endswith(OPENS):
            return stretches[:-1], stretches[-1]
        return stretches, opening

    def _one(self, path: tuple[str, ...], start: int, end: int, opening: Extract | None) -> list[Extract]:
        """text[start:end] without its label and the blanks around it; none where nothing is left."""
        text = self.hit.version.text
        start = _skip_blanks(text, start, end)
        if path and start < end:
            line_end = text.find("\n", start, end)
            label = read_label(text, start, end if line_end < 0 else line_end, lang=self.hit.version.lang)
            if label is not None and any(reading.label == path[-1] for reading in label.readings):
                start = _skip_blanks(text, label.end, end)
        while end > start and text[end - 1].isspace():
            end -= 1
        return [Extract(self.hit, path, start, end, opening)] if start < end else []

    def _lines(self, path: tuple[str, ...], start: int, end: int, opening: Extract | None) -> list[Extract]:
        """text[start:end] cut at its line ends; a line that ends in a colon is kept with the next one."""
        parts: list[Extract] = []
        at = start
        for line in re.finditer(r"[^\n]*(?:\n|$)", self.hit.version.text[start:end]):
            line_end = start + line.end()
            if line_end < end and line.group().rstrip().endswith(OPENS):
                continue
            parts += self._one(path, at, line_end, opening)
            at = line_end
        return parts


def _skip_blanks(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def cite(extract: Extract, number: int) -> Citation:
    """The citation of a stretch under the marker `number`."""
    hit = extract.hit
    return Citation(
        number=number,
        law_id=hit.law.id,
        law=hit.law.title,
        article_id=hit.article.id,
        version_id=hit.version.id,
        article=hit.article.label,
        provision=format_reference(hit.article, extract.path, hit.version.lang),
        quote=extract.text,
        start=extract.start,
        end=extract.end,
        url=hit.version.source or hit.law.source,
    )
