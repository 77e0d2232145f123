"""Numbers as laws write them: Roman, spelled out in Spanish, French, English and German, Chinese."""

import re
import unicodedata

_ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.IGNORECASE)
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}

_SPANISH_UNITS = {
    "un": 1, "uno": 1, "una": 1, "unico": 1, "unica": 1, "primer": 1, "primero": 1, "primera": 1,
    "dos": 2, "segundo": 2, "segunda": 2, "tres": 3, "tercer": 3, "tercero": 3, "tercera": 3,
    "cuatro": 4, "cuarto": 4, "cuarta": 4, "cinco": 5, "quinto": 5, "quinta": 5, "seis": 6, "sexto": 6, "sexta": 6,
    "siete": 7, "septimo": 7, "septima": 7, "setimo": 7, "setima": 7, "ocho": 8, "octavo": 8, "octava": 8,
    "nueve": 9, "noveno": 9, "novena": 9, "nono": 9, "nona": 9,
}  # fmt: skip
_SPANISH_TENS = {
    "diez": 10, "decimo": 10, "decima": 10, "once": 11, "undecimo": 11, "undecima": 11, "decimoprimero": 11,
    "decimoprimera": 11, "doce": 12, "duodecimo": 12, "duodecima": 12, "decimosegundo": 12, "decimosegunda": 12,
    "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19,
    "veinte": 20, "vigesimo": 20, "vigesima": 20, "treinta": 30, "trigesimo": 30, "trigesima": 30,
    "cuarenta": 40, "cuadragesimo": 40, "cuadragesima": 40, "cincuenta": 50, "quincuagesimo": 50, "quincuagesima": 50,
    "sesenta": 60, "sexagesimo": 60, "sexagesima": 60, "setenta": 70, "septuagesimo": 70, "septuagesima": 70,
    "ochenta": 80, "octogesimo": 80, "octogesima": 80, "noventa": 90, "nonagesimo": 90, "nonagesima": 90,
    "cien": 100, "ciento": 100, "centesimo": 100, "centesima": 100, "doscientos": 200, "trescientos": 300,
}  # fmt: skip
_SPANISH = {**_SPANISH_UNITS, **_SPANISH_TENS}
_SPANISH_PREFIXES = (
    ("decimo", 10), ("decima", 10), ("decim", 10), ("vigesimo", 20), ("vigesima", 20), ("vigesim", 20), ("veinti", 20),
    ("trigesimo", 30), ("trigesima", 30), ("cuadragesimo", 40), ("cuadragesima", 40),
    ("quincuagesimo", 50), ("quincuagesima", 50),
)  # fmt: skip

SPANISH_WORDS = (*_SPANISH, *(prefix + unit for prefix, _ in _SPANISH_PREFIXES for unit in _SPANISH_UNITS))

_OTHER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12,
    "premier": 1, "premiere": 1, "unique": 1, "deuxieme": 2, "troisieme": 3, "quatrieme": 4, "cinquieme": 5,
    "sixieme": 6, "septieme": 7, "huitieme": 8, "neuvieme": 9, "dixieme": 10,
    "erster": 1, "erste": 1, "erstes": 1, "zweiter": 2, "zweite": 2, "zweites": 2, "dritter": 3, "dritte": 3,
    "drittes": 3, "vierter": 4, "vierte": 4, "viertes": 4, "funfter": 5, "funfte": 5, "funftes": 5, "sechster": 6,
    "siebter": 7, "achter": 8, "neunter": 9, "zehnter": 10,
}  # fmt: skip

_HAN_DIGITS = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}


def fold(word: str) -> str:
    """The word in lower case and without diacritics."""
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))


def roman_value(numeral: str) -> int | None:
    """The value of a well-formed Roman numeral, in either case; None otherwise ("iiii", "ic", "")."""
    if not numeral or not _ROMAN.fullmatch(numeral):
        return None
    values = [_ROMAN_VALUES[c] for c in numeral.lower()]
    following = [*values[1:], 0]
    return sum(-v if v < f else v for v, f in zip(values, following, strict=True))


def word_value(words: str) -> int | None:
    """The value of a number spelled out: "primero", "vigésima segunda", "decimonoveno", "second"; None otherwise."""
    total = 0
    parts = [part for part in fold(words).split() if part != "y"]
    for part in parts:
        value = _one_word(part)
        if value is None or (total and value >= (total & -total if total < 10 else 10 if total < 100 else 100)):
            return None
        total += value
    return total or None


def _one_word(word: str) -> int | None:
    value = _SPANISH.get(word)
    if value is None:
        value = _OTHER_WORDS.get(word)
    if value is not None:
        return value
    for prefix, tens in _SPANISH_PREFIXES:
        unit = _SPANISH_UNITS.get(word.removeprefix(prefix)) if word.startswith(prefix) else None
        if unit is not None:
            return tens + unit
    return None


def han_value(numeral: str) -> int | None:
    """The value of a Chinese numeral below ten thousand ("十二", "一百零三"); None otherwise."""
    total = digit = 0
    for c in numeral:
        if c in _HAN_DIGITS:
            digit = _HAN_DIGITS[c]
        elif c in _HAN_UNITS:
            total += (digit or 1) * _HAN_UNITS[c]
            digit = 0
        else:
            return None
    return total + digit or None
