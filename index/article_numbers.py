"""Articles by law and number: "26C(3)" is found under section 26C, and 823 never under 1823."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.articles import Article, ArticleKind
from index.reference_grammar import read_group
from index.reference_tokens import tokenize
from index.reference_words import LATIN_IN_ORDER, SECTION_WORDS
from index.references import Reference
from index.structure_numerals import roman_value

_LEADING = re.compile(r"\d+")
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_ALPHABET = "aăâbcdđeêfghijklmnñoôơpqrstuưvwxyz"  # of all languages here
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
            number = f"{first.number} {first.letter}" if first.letter and not first.doubtful else first.number
            return first.word, number, first.path
    return "", "", ()


def comparable(number: str) -> str:
    """A number or label as it is compared: no white space, no difference of case."""
    return "".join(number.split()).casefold()


def _order(number: str) -> tuple[int, ...]:
    """Where a comparable number stands in a law: "39" before "39a" before "39bis" before "39bis1"; empty for words."""
    if not leading_value(number):
        return ()
    return tuple(place for part in _PARTS.findall(number) for place in _places(part))


def _places(part: str) -> tuple[int, ...]:
    if part.isdecimal():
        return (int(part),)
    latin = next((word for word in (part, part[:-1]) if word in LATIN_IN_ORDER), "")
    letters = tuple(_ALPHABET.find(letter) + 1 for letter in part.removeprefix(latin))
    return (len(_ALPHABET) + 1 + LATIN_IN_ORDER.index(latin), *letters) if latin else letters


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


@dataclass(frozen=True, slots=True)
class NamedArticle:
    """An article that a reference names, and the path that remains inside it."""

    article: Article
    path: tuple[str, ...]


class NumberedArticles:
    """The articles of some laws by number; built once, then asked from any thread.

    Attributes:
        sectioned: ids of the laws whose articles are called sections.
    """

    def __init__(self, laws: Iterable[str], articles: Callable[[str], Sequence[Article]]) -> None:
        """Reads every label.

        Args:
            laws: ids.
            articles: a law's, by its id, in the order of the text.
        """
        self._articles: dict[str, tuple[tuple[ArticleNumber, Article], ...]] = {}
        self._numbered: dict[tuple[str, ArticleKind, str], list[tuple[tuple[str, ...], Article]]] = {}
        sectioned = set()
        for law in laws:
            self._articles[law] = tuple((article_number(article), article) for article in articles(law))
            for number, article in self._articles[law]:
                if number.parts:
                    self._numbered.setdefault((law, article.kind, number.parts[0]), []).append((number.parts, article))
                if number.word in SECTION_WORDS:
                    sectioned.add(law)
        self.sectioned = frozenset(sectioned)

    def named(self, law: str, reference: Reference) -> list[NamedArticle]:
        """What a numbered reference names in a law; empty where the law has no such article.

        Several where the law repeats the number, for a range, or where the source gives a section row by row; and where
        a letter after the number may be part of it or a word, the article with it and then the one without.
        """
        if reference.through:
            return [NamedArticle(article, ()) for article in self._range(law, reference)]
        plain = reference.without_letter()
        named = self.at(law, plain.kind, (plain.number, *plain.path))
        if not reference.letter:
            return named
        whole = reference.with_letter()
        lettered = self.at(law, whole.kind, (whole.number, *whole.path))
        return lettered + named if reference.doubtful else lettered or named

    def at(self, law: str, kind: ArticleKind, parts: tuple[str, ...]) -> list[NamedArticle]:
        """The articles at a number followed by a path: those that hold it, or else those that lie within it."""
        path = () if parts[1:] == ("0",) else parts[1:]
        wanted = (comparable(parts[0]), *map(comparable, path))
        listed = self._numbered.get((law, kind, wanted[0]), [])
        around = [(own, article) for own, article in listed if own == wanted[: len(own)]]
        if around:
            deepest = max(len(own) for own, _ in around)
            return [NamedArticle(article, path[deepest - 1 :]) for own, article in around if len(own) == deepest]
        return [NamedArticle(article, ()) for own, article in listed if own[: len(wanted)] == wanted]

    def _range(self, law: str, reference: Reference) -> list[Article]:
        """From the first number to the last, both included, with what the law has between them ("14 bis").

        Nothing where the last lies beyond the law's last number. A whole number as the last takes in what has that
        number and a suffix.
        """
        first, last = _order(comparable(reference.number)), _order(comparable(reference.through))
        places = [
            (_order(number.parts[0]), article)
            for number, article in self._articles[law]
            if article.kind is reference.kind and number.value
        ]
        if not first or not last or max((place[0] for place, _ in places), default=0) < last[0]:
            return []
        return [article for place, article in places if first <= place and place[: len(last)] <= last]

    def beside(self, article: Article, step: int) -> Article | None:
        """The article of the same kind one before (-1) or one after (1) in the law; None at either end."""
        same = [other for _, other in self._articles[article.law_id] if other.kind is article.kind]
        at = next(place for place, other in enumerate(same) if other.id == article.id) + step
        return same[at] if 0 <= at < len(same) else None

    def valid(self, law: str, kind: ArticleKind = ArticleKind.ARTICLE) -> str:
        """The numbers of one kind that a law has, for a reader: "1-246"; empty for none."""
        return valid_range([number for number, article in self._articles[law] if article.kind is kind])
