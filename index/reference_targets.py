"""What the grammar of references assembles: units ("points (a) and (b)", "Articles 5 to 7") and their targets."""

from dataclasses import dataclass
from enum import StrEnum

from index.articles import ArticleKind


class Relative(StrEnum):
    """How a reference names its article."""

    NUMBERED = "numbered"  # by its number
    THIS = "this"  # "this Article", "Điều này"
    PREVIOUS = "previous"  # "el artículo anterior"
    NEXT = "next"  # "el artículo siguiente"
    IMPLIED = "implied"  # "paragraph 1", "khoản 2": of the article that says so


@dataclass(frozen=True, slots=True)
class Target:
    """One article, or provision of one, that a text names; token positions, end exclusive.

    `HERE` in a path stands for the clause, twice for the point, in which the text itself stands: "điểm a khoản này" is
    (HERE, "a"), "điểm này" (HERE, HERE).
    """

    first: int
    last: int
    kind: ArticleKind = ArticleKind.ARTICLE
    number: str = ""
    through: str = ""
    path: tuple[str, ...] = ()
    paragraph: int = 0
    relative: Relative = Relative.NUMBERED
    word: str = ""
    letter: str = ""
    doubtful: bool = False


HERE = "."


@dataclass(frozen=True, slots=True)
class Unit:
    """A word for a level with its labels: "points (a) and (b)", "Articles 5 to 7"."""

    level: int
    first: int
    end: int
    targets: tuple[Target, ...]
    plural: bool
