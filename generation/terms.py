"""The words of a text that carry its meaning."""

import functools
import re
import unicodedata

import Stemmer

from generation.phrases import languages, phrases
from index.languages import fold

_WORD = re.compile(r"\w+")
_STEMMERS = {"en": "english", "es": "spanish"}


def words(text: str) -> tuple[str, ...]:
    """Every word, in lower case with its marks, in order."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def terms(text: str, lang: str) -> tuple[str, ...]:
    """The words that carry meaning, in order, repeats kept; stemmed where the language has endings, without marks.

    A text typed without any marks is compared with the function words without theirs.
    """
    if lang in languages():
        common = _without_marks(lang) if text.isascii() else phrases(lang).function_words
    else:
        common = frozenset()
    kept = [word for word in words(text) if word not in common]
    if lang in _STEMMERS:
        kept = Stemmer.Stemmer(_STEMMERS[lang]).stemWords(kept)  # one for each call: they are not thread-safe
    return tuple(fold(word) for word in kept)


@functools.cache
def _without_marks(lang: str) -> frozenset[str]:
    return frozenset(fold(word) for word in phrases(lang).function_words)
