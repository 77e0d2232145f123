"""The number of an article taken apart, so that "26C(3)" is found under section 26C, and 823 never under 1823."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.articles import Article
from index.reference_grammar import read_group
from index.reference_tokens import tokenize
from index.structure_numerals import roman_value

_LEADING = re.compile(r"\d+")
_MOST_RUNS = 4  # more stretches of numbers than this are no help to a reader


@dataclass(frozen=True, slots=True)
class ArticleNumber:
    """An article's number as look-ups compare it.

    Attributes:
        parts: what must be equal, outermost first: ("18 bis",), ("26c", "3"); empty where the article has no number.
        word: the word for the article in its label, folded: "article", "dieu", "s"; empty where it has none.
    """

    parts: tuple[str, ...]
    word: str

    @property
    def value(self) -> int:
        """The whole number it begins with; 0 where it begins with none."""
        return leading_value(self.parts[0]) if self.parts else 0


def article_number(article: Article) -> ArticleNumber:
    """The number in an article's label, or its `number` where the label does not read as a reference."""
    word, number, path = _read(article.label)
    if not number:
        value = roman_value(article.number)
        number, path = (str(value) if value is not None else article.number), ()
    if not number:
        return ArticleNumber((), word)
    inner = () if path == ("0",) else path  # some sources write "12(0)" for a section without subsections
    return ArticleNumber((comparable(number), *map(comparable, inner)), word)


@lru_cache(maxsize=65536)
def _read(label: str) -> tuple[str, str, tuple[str, ...]]:
    tokens = tokenize(label)
    for at in range(len(tokens)):
        if (group := read_group(tokens, at)) is not None and group[0][0].number:
            first = group[0][0]
            return first.word, first.number, first.path
    return "", "", ()


def comparable(number: str) -> str:
    """A number or label as it is compared: no white space, no difference of case."""
    return "".join(number.split()).casefold()


def leading_value(number: str) -> int:
    """The whole number that an article's number begins with; 0 where it begins with none."""
    leading = _LEADING.match(number)
    return int(leading[0]) if leading else 0


def valid_range(numbers: Sequence[ArticleNumber]) -> str:
    """The numbers that a law has, for a reader: "1-246", "1-58, 60-99"; empty for none.

    Suffixed numbers lie within their whole number. With many gaps the first and the last number stand alone.
    """
    values = sorted({number.value for number in numbers if number.value})
    runs: list[tuple[int, int]] = []
    for value in values:
        if runs and value == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], value)
        else:
            runs.append((value, value))
    if len(runs) > _MOST_RUNS:
        runs = [(values[0], values[-1])]
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
