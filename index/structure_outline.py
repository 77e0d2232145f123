"""A law taken apart: its divisions and its articles, each with its place in the text."""

from dataclasses import dataclass

from index.articles import ArticleKind


@dataclass(frozen=True, slots=True)
class Division:
    """A branch of the law's tree: a book, part, title, chapter or section.

    Attributes:
        level: depth, 1 the outermost that its language knows; levels may be left out.
        label: as the law writes it: "CHƯƠNG II", "TÍTULO PRELIMINAR".
        heading: its title; empty where it has none.
        start, end: the lines that name it.
    """

    level: int
    label: str
    heading: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """Label and title, as an article's path shows them."""
        gap = " " if self.label[-1] in "ªº编章节" else ". "
        return f"{self.label}{gap}{self.heading}" if self.heading else self.label


@dataclass(frozen=True, slots=True)
class LawArticle:
    """An article, disposition, annex or schedule, and the preamble.

    Attributes:
        label: as the law writes it: "Điều 5", "Artículo 18 bis", "Disposición adicional primera"; "" for a preamble.
        number: the label's number alone.
        kind: what kind of unit it is.
        heading: its title; empty where it has none.
        path: the names of the divisions above it, outermost first.
        start: where its label begins.
        body: where its text begins; `text[body:end]` is the article's text.
        end: after its last visible character.
    """

    label: str
    number: str
    kind: ArticleKind
    heading: str
    path: tuple[str, ...]
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class LawOutline:
    """A law taken apart.

    Every visible character lies in exactly one division's lines, one article, or the table of contents.

    Attributes:
        divisions: in the order of the text.
        articles: in the order of the text; the first is the preamble where text stands before all headings.
        contents: the spans of a table of contents, which names articles but holds none.
        warnings: lines that look like headings of articles and were not taken for them, and gaps in the numbers.
    """

    divisions: tuple[Division, ...]
    articles: tuple[LawArticle, ...]
    contents: tuple[tuple[int, int], ...] = ()
    warnings: tuple[str, ...] = ()
