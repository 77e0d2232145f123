"""Numbers spelled out in Vietnamese, Spanish and English, cardinal and ordinal, read from folded words."""

from collections.abc import Sequence

_SPANISH_UNITS = {
    1: "uno una un primero primera primer unico unica", 2: "dos segundo segunda", 3: "tres tercero tercera tercer",
    4: "cuatro cuarto cuarta", 5: "cinco quinto quinta", 6: "seis sexto sexta",
    7: "siete septimo septima setimo setima",
    8: "ocho octavo octava", 9: "nueve noveno novena nono nona",
}  # fmt: skip
_SPANISH_TEENS = {
    10: "diez", 11: "once undecimo undecima", 12: "doce duodecimo duodecima", 13: "trece", 14: "catorce", 15: "quince",
    16: "dieciseis", 17: "diecisiete", 18: "dieciocho", 19: "diecinueve", 20: "veinte",
}  # fmt: skip
_SPANISH_TENS = {
    10: "decimo decima", 20: "vigesimo vigesima", 30: "treinta trigesimo trigesima",
    40: "cuarenta cuadragesimo cuadragesima", 50: "cincuenta quincuagesimo quincuagesima",
    60: "sesenta sexagesimo sexagesima", 70: "setenta septuagesimo septuagesima",
    80: "ochenta octogesimo octogesima", 90: "noventa nonagesimo nonagesima",
}  # fmt: skip
_SPANISH_HUNDREDS = {
    100: "cien ciento centesimo centesima", 200: "doscientos doscientas ducentesimo", 300: "trescientos trescientas",
    400: "cuatrocientos cuatrocientas", 500: "quinientos quinientas", 600: "seiscientos seiscientas",
    700: "setecientos setecientas", 800: "ochocientos ochocientas", 900: "novecientos novecientas",
}  # fmt: skip
_ENGLISH_UNITS = {
    1: "one first", 2: "two second", 3: "three third", 4: "four fourth", 5: "five fifth", 6: "six sixth",
    7: "seven seventh", 8: "eight eighth", 9: "nine ninth",
}  # fmt: skip
_ENGLISH_TEENS = {
    10: "ten tenth", 11: "eleven eleventh", 12: "twelve twelfth", 13: "thirteen thirteenth",
    14: "fourteen fourteenth", 15: "fifteen fifteenth", 16: "sixteen sixteenth", 17: "seventeen seventeenth",
    18: "eighteen eighteenth", 19: "nineteen nineteenth",
}  # fmt: skip
_ENGLISH_TENS = {
    20: "twenty twentieth", 30: "thirty thirtieth", 40: "forty fortieth", 50: "fifty fiftieth", 60: "sixty sixtieth",
    70: "seventy seventieth", 80: "eighty eightieth", 90: "ninety ninetieth",
}  # fmt: skip
_VIETNAMESE_UNITS = {
    1: "mot", 2: "hai", 3: "ba", 4: "bon tu", 5: "nam lam nham", 6: "sau", 7: "bay", 8: "tam", 9: "chin"
}  # fmt: skip
_GERMAN_FRENCH = {1: "premier premiere erster erste"}


def _by_word(table: dict[int, str]) -> dict[str, int]:
    return {word: value for value, words in table.items() for word in words.split()}


_ES_UNITS = _by_word(_SPANISH_UNITS)
_ES_TENS = _by_word(_SPANISH_TENS)
_ES_HUNDREDS = _by_word(_SPANISH_HUNDREDS)
# "veintitrés", "decimotercera", "vigesimoquinto": one word for tens and units.
_ES_WHOLE = _by_word(_SPANISH_TEENS) | {
    prefix + word: tens + value
    for prefix, tens in [("veinti", 20), *((stem + "o", n) for n, stem in (
        (10, "decim"), (20, "vigesim"), (30, "trigesim"), (40, "cuadragesim"), (50, "quincuagesim")))]
    for word, value in _ES_UNITS.items()
} | {"decimoctavo": 18, "decimoctava": 18, "vigesimoctavo": 28, "vigesimoctava": 28}  # fmt: skip
_EN_UNITS = _by_word(_ENGLISH_UNITS)
_EN_TEENS = _by_word(_ENGLISH_TEENS)
_EN_TENS = _by_word(_ENGLISH_TENS)
_VI_UNITS = _by_word(_VIETNAMESE_UNITS)
_OTHER = _by_word(_GERMAN_FRENCH)


def read_number(words: Sequence[str], at: int) -> tuple[int, int] | None:
    """The longest number spelled out from `words[at]` on: its value, at least 1, and the position after it."""
    readings = [reading for read in (_spanish, _english, _vietnamese) if (reading := read(words, at)) is not None]
    if at < len(words) and words[at] in _OTHER:
        readings.append((_OTHER[words[at]], at + 1))
    return max(readings, key=lambda reading: reading[1], default=None)


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if at < len(words) else ""


def _spanish(words: Sequence[str], at: int) -> tuple[int, int] | None:
    start, value = at, 0
    if _word(words, at) == "mil":
        value, at = 1000, at + 1
    if _word(words, at) in _ES_HUNDREDS:
        value, at = value + _ES_HUNDREDS[words[at]], at + 1
    word = _word(words, at)
    if word in _ES_WHOLE:
        return value + _ES_WHOLE[word], at + 1
    if word in _ES_TENS:
        value, at = value + _ES_TENS[word], at + 1
        link = at + 1 if _word(words, at) == "y" and words[at - 1].endswith("a") else at  # "treinta y uno"
        ordinal = _word(words, at - 1).endswith(("imo", "ima"))
        unit = _word(words, link)
        if unit in _ES_UNITS and (link > at or ordinal):
            value, at = value + _ES_UNITS[unit], link + 1
    elif word in _ES_UNITS:
        value, at = value + _ES_UNITS[word], at + 1
    return (value, at) if at > start else None


def _english(words: Sequence[str], at: int) -> tuple[int, int] | None:
    start, value = at, 0
    for scale, names in ((1000, "thousand"), (100, "hundred")):
        if _word(words, at) in _EN_UNITS and _word(words, at + 1) == names:
            value, at = value + _EN_UNITS[words[at]] * scale, at + 2
            if _word(words, at) == "and" and _small_english(words, at + 1):
                at += 1
    if small := _small_english(words, at):
        value, at = value + small[0], small[1]
    return (value, at) if at > start else None


def _small_english(words: Sequence[str], at: int) -> tuple[int, int] | None:
    word = _word(words, at)
    if word in _EN_TEENS:
        return _EN_TEENS[word], at + 1
    if word in _EN_TENS:
        link = at + 2 if _word(words, at + 1) == "-" else at + 1
        unit = _EN_UNITS.get(_word(words, link))
        return (_EN_TENS[word] + unit, link + 1) if unit else (_EN_TENS[word], at + 1)
    return (_EN_UNITS[word], at + 1) if word in _EN_UNITS else None


def _vietnamese(words: Sequence[str], at: int) -> tuple[int, int] | None:
    start, value = at, 0
    for scale, names in ((1000, ("nghin", "ngan")), (100, ("tram",))):
        if _word(words, at) in _VI_UNITS and _word(words, at + 1) in names:
            value, at = value + _VI_UNITS[words[at]] * scale, at + 2
    if value and _word(words, at) == "khong" and _word(words, at + 1) == "tram":  # một nghìn không trăm linh năm
        at += 2
    if value and _word(words, at) in ("linh", "le") and _word(words, at + 1) in _VI_UNITS:
        return value + _VI_UNITS[words[at + 1]], at + 2
    word, following = _word(words, at), _word(words, at + 1)
    if word == "muoi" or (word in _VI_UNITS and following == "muoi"):  # mười, or hai mươi
        tens, at = (1, at + 1) if word == "muoi" else (_VI_UNITS[word], at + 2)
        unit = _VI_UNITS.get(_word(words, at))
        return (value + tens * 10 + unit, at + 1) if unit else (value + tens * 10, at)
    if word in _VI_UNITS and (not value or words[at - 1] not in ("tram",)):
        value, at = value + _VI_UNITS[word], at + 1
    return (value, at) if at > start else None
