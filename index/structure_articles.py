"""The label of an article ("Artículo 18 bis", "Điều 5", "Annex III") -> what kind of unit it is, and its number."""

import re
import unicodedata

from index.articles import ArticleKind
from index.structure_numerals import fold, han_value, roman_value, word_value

# First match wins; each pattern runs on the label without diacritics, in lower case.
_KINDS: tuple[tuple[re.Pattern[str], ArticleKind], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"(?:disposici(?:on|ones) )?adicional(?:es)?\b|d\. ?a\.", ArticleKind.ADDITIONAL),
        (r"(?:disposici(?:on|ones) )?transitori[ao]s?\b|d\. ?t\.|articulos? transitorios?\b", ArticleKind.TRANSITIONAL),
        (r"(?:disposici(?:on|ones) )?derogatori[ao]s?\b|d\. ?d\.", ArticleKind.REPEALING),
        (r"(?:disposici(?:on|ones) )?final(?:es)?\b|d\. ?f\.", ArticleKind.FINAL),
        (r"schedule\b|bareme\b", ArticleKind.SCHEDULE),
        (r"annex(?:e|es)?\b|anexos?\b|anlagen?\b|anhang\b|appendix\b|phu luc\b|附件|附录|附表", ArticleKind.ANNEX),
        (r"preambul[oe]\b|preamble\b|praambel\b|exposicion de motivos\b|loi noi dau\b|序言", ArticleKind.PREAMBLE),
    )
)
_UNIT = re.compile(
    r"(?:disposici(?:on|ones)|articulos?|articles?|artikel|arts?\.?|dieu|sections?|secs?\.|ss?\.|regulations?|rules?"
    r"|paragraph|paragraf|§§?|第|schedule|annexe?s?|anexos?|anlage|anhang|appendix|phu luc|附件|附录|附表"
    r"|preambul[oe]|preamble)(?=[\W\d]|$|[一二三四五六七八九十百零])"
)
_KIND_WORDS = re.compile(r"\b(?:adicional(?:es)?|transitori[ao]s?|derogatori[ao]s?|final(?:es)?)\b")
_SUFFIX = (
    r"bis|ter|quater|quinquies|quinques|sexies|septies|octies|novies|nonies|decies|undecies|duodecies|terdecies"
    r"|quaterdecies|quindecies|sexdecies|septdecies|octodecies|novodecies|vicies|unvicies|duovicies|tervicies"
)
_DIGITS = re.compile(
    rf"(?:n[º°o]\.? ?)?(?P<number>\d+(?:[.\-]\d+)*)[º°ª]?\.?(?P<letter> ?[a-zđ]{{1,2}}(?![^\W\d]))?"
    rf"(?P<suffix>(?:[ \-]?(?:{_SUFFIX})(?![^\W\d]))+)?(?P<letter2> [a-z](?![^\W\d]))?[º°]?"
    r"(?P<brackets>(?: ?\([0-9a-zđ]{1,5}\))*)"
)
_HAN = re.compile(r"第?([〇零一二三四五六七八九十百千两]+)条?(?:之([一二三四五六七八九十]+))?")
_WORDS = re.compile(r"[a-z]+(?: (?:y )?[a-z]+)*")
_SUFFIX_AT_END = re.compile(rf"(.*?)(?: ?\b({_SUFFIX}))?")


def article_label(label: str) -> tuple[ArticleKind, str]:
    """The kind of a unit and its number, as look-ups write it.

    Numbers spelled out become digits ("primera" and "única" -> "1", "vigésima segunda" -> "22", "第三条" -> "3"),
    ordinal signs go ("4º" -> "4"), Roman numerals stay as they are ("Annex III" -> "III"), Latin suffixes stand
    after one space without diacritics ("18 bis", "25 quater"), letters close up and are upper case ("26C", "48P",
    but "50 A" where the source leaves a space), brackets close up ("26C(3)"). Labels without a number give "".
    """
    plain = _plain(label)
    kind = ArticleKind.ARTICLE
    for pattern, candidate in _KINDS:
        if pattern.match(plain):
            kind = candidate
            break
    return kind, _number(plain, label)


def _plain(label: str) -> str:
    """Lower case, no diacritics (đ kept: it is a letter), full-width forms narrowed, one space between words."""
    narrowed = "".join(unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c for c in label)
    return " ".join(fold(narrowed).replace("điều", "dieu").replace("đieu", "dieu").strip(" *#").split())


def _number(plain: str, label: str) -> str:
    if han := _HAN.search(plain):
        value = han_value(han[1])
        branch = han_value(han[2]) if han[2] else None
        return f"{value}-{branch}" if branch else str(value) if value else ""
    unit = _UNIT.search(plain)
    rest = plain[unit.end() :] if unit else plain
    rest = _KIND_WORDS.sub(" ", rest).strip(" .:-–—")
    if digits := _DIGITS.match(rest):
        number = digits["number"].strip(".")
        letter = digits["letter"] or digits["letter2"] or ""
        latin = " ".join(re.findall(_SUFFIX, digits["suffix"] or ""))
        brackets = (digits["brackets"] or "").replace(" ", "")
        if digits["letter2"] and latin:
            return f"{number} {latin}{letter.upper()}{_brackets_as_written(brackets, label)}"
        return f"{number}{letter.upper()}{' ' + latin if latin else ''}{_brackets_as_written(brackets, label)}"
    return _word_or_roman(rest)


def _brackets_as_written(brackets: str, label: str) -> str:
    """Brackets keep the case of the source: (3A) and (a) are different kinds of unit."""
    where = label.replace(" ", "").lower().rfind(brackets)
    return label.replace(" ", "")[where : where + len(brackets)] if brackets and where >= 0 else brackets


def _word_or_roman(rest: str) -> str:
    words = _WORDS.match(rest)
    if not words:
        return ""
    split = _SUFFIX_AT_END.fullmatch(words[0])
    body, latin = (split[1].strip(), split[2]) if split else (words[0], None)
    tail = f" {latin}" if latin else ""
    tokens = body.split()
    for length in range(min(len(tokens), 5), 0, -1):  # "primera. Título": words after the number are a heading
        if (value := word_value(" ".join(tokens[:length]))) is not None:
            return f"{value}{tail if length == len(tokens) else ''}"
    if tokens and roman_value(tokens[0]) is not None:
        return f"{tokens[0].upper()}{tail if len(tokens) == 1 else ''}"
    if tokens and len(tokens[0]) == 1:
        return tokens[0].upper()
    return ""
