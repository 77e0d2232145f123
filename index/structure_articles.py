"""The label of an article ("Artículo 18 bis", "Điều 5", "Annex III") -> what kind of unit it is, and its number."""

import re
import unicodedata

from index.articles import ArticleKind
from index.structure_numerals import fold, han_value, roman_value, word_value

_ORDINAL_WORD = r"(?:[a-z]+ )?"  # "first schedule", "the schedule"
# First match wins; each pattern is matched at the beginning of the plain label.
_KINDS: tuple[tuple[re.Pattern[str], ArticleKind], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"(?:disposicion(?:es)? )?adicional(?:es)?\b", ArticleKind.ADDITIONAL),
        (r"(?:disposicion(?:es)? |articulos? (?:\S+ ){0,2})?transitori[ao]s?\b", ArticleKind.TRANSITIONAL),
        (r"(?:disposicion(?:es)? )?derogatori[ao]s?\b", ArticleKind.REPEALING),
        (r"(?:disposicion(?:es)? )?final(?:es)?\b", ArticleKind.FINAL),
        (_ORDINAL_WORD + r"schedule\b", ArticleKind.SCHEDULE),
        (r"annex(?:es?)?\b|anexos?\b|anlagen?\b|anhang\b|appendix\b|phu luc\b|附件|附录|附表", ArticleKind.ANNEX),
        (r"preambul[oe]\b|preamble\b|praambel\b|exposicion de motivos\b|loi noi dau\b|序言", ArticleKind.PREAMBLE),
    )
)
# What stands before the number; the code or statute that a citation may begin with ("PDPA s.26C") included.
_BEFORE_NUMBER = re.compile(
    r"(?<![^\W\d_])(?:disposicion(?:es)?|articulos?|articles?|artikel|art|dieu|sections?|secs?|ss?|regulations?|rules?|paragraph"
    r"|schedule|annex(?:es?)?|anexos?|anlagen?|anhang|appendix|phu luc|附件|附录|附表)(?![^\W\d_])\.?|§§?"
)
_KIND_WORDS = re.compile(r"\b(?:adicional(?:es)?|transitori[ao]s?|derogatori[ao]s?|final(?:es)?)\b")
# "bis", "ter", "quater", "quinquies" ... "unvicies", and the spellings that official texts let slip ("cuarter").
_LATIN = r"bis|ter|quater|cuarter|quinque|[a-z]{3,12}ies|[a-z]{2,9}(?:decies|vicies)"
_ONLY = {"unico": "único", "unica": "único", "unique": "unique"}  # never "1": a law may have both, one after the other
_DIGITS = re.compile(
    r"(?P<code>[a-z]\*?\.? ?(?=\d))?(?:n[º°o]\.? ?)?0*(?P<number>\d+(?:[.\-]\d+)*)(?:[º°ª]|er\b|\.[º°ª])?"
    r"(?P<letter>[a-zđ]{1,2}(?![^\W\d]))?"
    rf"(?P<latin>(?:[ \-]?(?:{_LATIN})(?![^\W\d]))+(?: \d{{1,2}}(?!\d))?)?[º°]?"
    r"(?P<spaced> [a-z](?![^\W\d]))?"
    r"(?P<brackets>(?: ?\([0-9a-zđ]{1,5}\))*)"
)
_HAN = re.compile(r"第?([〇零一二三四五六七八九十百千两]+)条?(?:之([一二三四五六七八九十]+))?")
_WORDS = re.compile(r"[a-z]+(?: (?:y )?[a-z]+)*")
_WORDS_AND_LATIN = re.compile(rf"(.*?)(?: ?\b({_LATIN}))?")


def article_label(label: str) -> tuple[ArticleKind, str]:
    """The kind of a unit and its number, as look-ups write it.

    Numbers spelled out become digits ("primera" -> "1", "vigésima segunda" -> "22", "第三条" -> "3"),
    "único" and "única" give "único" (a law may have an "Artículo 1" as well), ordinal signs and leading zeros go
    ("4º" -> "4"), Roman numerals stay and are upper case ("Annex III" -> "III"), Latin suffixes stand after one space
    without diacritics ("18 bis", "25 quater"). Letters and brackets stand and are written as in the source: "26C",
    "12a", "50 A", "26C(3)". Labels without a number give "".
    """
    plain, shown = _plain(label)
    kind = next((kind for pattern, kind in _KINDS if pattern.match(plain)), ArticleKind.ARTICLE)
    return kind, _number(plain, shown)


def _plain(label: str) -> tuple[str, str]:
    """The label in lower case without diacritics (đ becomes d) and, of the same length, as it was written."""
    shown = " ".join(unicodedata.normalize("NFC", label).strip(" *#.:-–—").split())
    narrow = "".join(unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c for c in shown)
    plain = "".join(fold(c)[:1] or c for c in narrow).replace("đ", "d")
    return plain, narrow


def _number(plain: str, shown: str) -> str:
    if han := _HAN.search(plain):
        value = han_value(han[1])
        branch = han_value(han[2]) if han[2] else None
        return f"{value}-{branch}" if branch else str(value or "")
    before = _BEFORE_NUMBER.search(plain)
    start = before.end() if before else 0
    while start < len(plain) and plain[start] in " .:第":
        start += 1
    if digits := _DIGITS.match(plain, start):
        return _written(digits, shown)
    rest = _KIND_WORDS.sub(" ", plain[start:]).strip(" .:-–—")
    if before and not rest:  # "First Schedule": the number stands before the unit
        rest = plain[: before.start()].strip()
    return _word_or_roman(rest)


def _written(digits: re.Match[str], shown: str) -> str:
    """The number from its parts, letters in the case of the source."""
    parts = {
        name: shown[slice(*digits.span(name))] if digits[name] else ""
        for name in ("code", "letter", "spaced", "brackets")
    }
    latin = " ".join(re.findall(rf"{_LATIN}|\d+", digits["latin"] or ""))
    code = parts["code"].replace(" ", "").rstrip(".")
    brackets = parts["brackets"].replace(" ", "")
    return f"{code}{digits['number']}{parts['letter']}{' ' + latin if latin else ''}{parts['spaced']}{brackets}"


def _word_or_roman(rest: str) -> str:
    words = _WORDS.match(rest)
    if not words:
        return ""
    split = _WORDS_AND_LATIN.fullmatch(words[0])
    body, latin = (split[1].strip(), split[2]) if split else (words[0], None)
    tail = f" {latin}" if latin else ""
    tokens = body.split()
    if tokens and tokens[0] in _ONLY:
        return _ONLY[tokens[0]]
    for length in range(min(len(tokens), 5), 0, -1):  # "primera. Título": words after the number are a heading
        if (value := word_value(" ".join(tokens[:length]))) is not None:
            return f"{value}{tail if length == len(tokens) else ''}"
    if tokens and roman_value(tokens[0]) is not None:
        return f"{tokens[0].upper()}{tail if len(tokens) == 1 else ''}"
    if tokens and len(tokens[0]) == 1:
        return tokens[0].upper()
    return ""
