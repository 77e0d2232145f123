"""A text as words, numbers and marks with offsets: what the grammar of references and the law names read."""

import operator
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Combining marks belong to their letter, so that decomposed Vietnamese reads as composed does; Han characters and
# marks stand alone. Each alternative consumes at least one character and none overlaps: the scan is linear.
_HAN = "\u3400-\u9fff"
_TOKEN = re.compile(rf"\d+|(?:[^\W\d_{_HAN}][\u0300-\u036f]*)+|[^\s\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Parallel tuples, one entry a token.

    Attributes:
        text: what was read.
        keys: the token folded: lower case, no diacritics, đ as d, full-width forms narrowed, no leading zeros.
        starts, ends: offsets into `text`.
        glued: True where no white space separates the token from the one before.
        is_shouted: all letters of the text are capitals, so that a capital says nothing.
    """

    text: str
    keys: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    glued: tuple[bool, ...]
    is_shouted: bool

    def __len__(self) -> int:
        return len(self.keys)

    def raw(self, at: int) -> str:
        """The token as written."""
        return self.text[self.starts[at] : self.ends[at]]

    def key(self, at: int) -> str:
        """The folded token; empty beyond either end, so that looking ahead needs no check."""
        return self.keys[at] if 0 <= at < len(self.keys) else ""

    def is_glued(self, at: int) -> bool:
        """Whether token `at` exists and follows the one before without white space."""
        return 0 < at < len(self.keys) and self.glued[at]

    def is_number(self, at: int) -> bool:
        """Whether token `at` is written in digits."""
        return self.key(at).isdecimal()

    def is_word(self, at: int) -> bool:
        """Whether token `at` is made of letters."""
        return self.key(at)[:1].isalpha()

    def has_break(self, at: int) -> bool:
        """Whether a line ends between token `at` and the one before."""
        return 0 < at < len(self.keys) and "\n" in self.text[self.ends[at - 1] : self.starts[at]]

    def is_capital(self, at: int) -> bool:
        """Whether token `at` begins with a capital letter."""
        return 0 <= at < len(self.keys) and self.text[self.starts[at]].isupper()


def word_set(words: str) -> frozenset[str]:
    """A table of words written as one text."""
    return frozenset(words.split())


def tokenize(text: str) -> Tokens:
    """The tokens of a text, in order; linear in its length."""
    # Two scans and no loop of our own: half the time of one loop over the matches.
    written = _TOKEN.findall(text)
    starts = tuple(map(re.Match.start, _TOKEN.finditer(text)))
    ends = tuple(map(operator.add, starts, map(len, written)))
    glued = (False, *map(operator.eq, starts[1:], ends)) if starts else ()
    return Tokens(text, tuple(map(fold, written)), starts, ends, glued, text.isupper())


@lru_cache(maxsize=65536)
def fold(written: str) -> str:
    """One token as it is compared: "Điều" -> "dieu", "１７４" -> "174", "05" -> "5"; ordinal signs stay as they are."""
    if written.isdecimal():
        return str(int(written)) if len(written) < 40 else written
    if written in "ºª":
        return written
    letters = unicodedata.normalize("NFKD", written.lower().replace("º", "").replace("ª", ""))
    return "".join(c for c in letters if not unicodedata.combining(c)).replace("đ", "d").replace("’", "'")
