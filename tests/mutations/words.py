"""Numbers, times, money and dates of three languages, read and written by tables of this suite's own.

Reading for the oracle is over-inclusive on purpose: whatever could be a number counts as one, so that a value which is
said not to stand in a provision does not stand there in any form.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tests.lookup_generator import english, spanish, vietnamese

TIME_UNITS = {  # word: (key, hours)
    "en": {"hour": ("hour", 1), "day": ("day", 24), "week": ("week", 168), "month": ("month", 730),
           "year": ("year", 8760)},
    "es": {"hora": ("hour", 1), "día": ("day", 24), "semana": ("week", 168), "mes": ("month", 730),
           "año": ("year", 8760)},
    "vi": {"giờ": ("hour", 1), "ngày": ("day", 24), "tuần": ("week", 168), "tháng": ("month", 730),
           "năm": ("year", 8760)},
}  # fmt: skip
PLURALS = {"mes": "meses"}
MONEY = {
    "en": r"(?:EUR|USD|SGD|S?\$|€|crowns?|euros?|dollars?)",
    "es": r"(?:euros?|pesetas|€|EUR|UTM|coronas?)",
    "vi": r"(?:đồng|VNĐ|VND|USD)",
}
PERCENT = {"en": r"(?:%|per ?cent)", "es": r"(?:%|por ciento|por 100)", "vi": r"(?:%|phần trăm)"}
SCALES = {
    "en": {"thousand": 1e3, "million": 1e6, "billion": 1e9},
    "es": {"mil": 1e3, "millón": 1e6, "millones": 1e6},
    "vi": {"nghìn": 1e3, "ngàn": 1e3, "triệu": 1e6, "tỷ": 1e9, "tỉ": 1e9},
}
MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
}
_WRITE = {"en": english, "es": spanish, "vi": vietnamese}
_WORDS: dict[str, dict[str, int]] = {
    lang: {write(n): n for n in (*range(1, 100), *range(100, 1000, 50))} for lang, write in _WRITE.items()
}
_WORDS["es"] |= {"un": 1, "una": 1, "veintiún": 21, "veintiuna": 21}
_WORDS["es"] |= {f"{tens} y {one}": n + 1 for n in range(30, 100, 10) for tens in [spanish(n)] for one in ("un", "una")}
_WORDS["vi"] |= {"mười lăm": 15, "hai mươi lăm": 25}
_ANY_WORD = {
    lang: re.compile(
        rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})(?![\w-])", re.IGNORECASE
    )
    for lang, words in _WORDS.items()
}
_TOO_COMMON = {"en": {"one"}, "es": {"un", "una", "uno"}, "vi": {"một", "ba", "năm", "bốn", "sáu", "hai"}}
_DIGITS = (
    r"(?<![\w./,\-–])(\d{1,3}(?:([.,\u00a0 ])\d{3}(?!\d))(?:\2\d{3}(?!\d))*|\d+)"  # 1 234 567, 1.234 or 1234
    r"(?:([.,])(\d{1,2})(?!\d))?(?![\w/]|[-–]\w)"
)
# A number after one of these names a place in a law and counts nothing.
_PLACES = re.compile(
    r"(?<!\w)(?:articles?|arts?\.?|artículos?|sections?|subsections?|paragraphs?|points?|annex|chapter|regulation|directive|"
    r"apartados?|párrafos?|número|letras?|disposición|ley|real decreto|título|capítulo|đ|điều|khoản|điểm|luật|chương|"
    r"mục|số|\(eu\)|no|part|schedule|các điều|and|or|y|o|e|a|to|và|hoặc|hasta|bis)\s*,?\s*$",
    re.IGNORECASE,
)


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@dataclass(frozen=True)
class Mention:
    """A number as it stands: text[start:end] with its value, and the unit text[end:unit_end] behind (or before) it."""

    start: int
    end: int
    plain: float  # as written, without "million"
    value: float
    kind: str  # deadline, amount, percentage, number
    unit: str  # key of a time unit; else the word behind it, in lower case
    unit_start: int
    unit_end: int

    @property
    def hours(self) -> float | None:
        return self.value * next(h for k, h in TIME_UNITS["en"].values() if k == self.unit) if self.is_time else None

    @property
    def is_time(self) -> bool:
        return self.kind == "deadline"


def _time_words(lang: str) -> dict[str, tuple[str, int]]:
    forms = {}
    for word, meaning in TIME_UNITS[lang].items():
        forms[word] = meaning
        if lang != "vi":
            forms[PLURALS.get(word, word + "s")] = meaning
    return forms


TIME_WORDS = {lang: _time_words(lang) for lang in TIME_UNITS}


def value_of(whole: str, decimals: str | None) -> float:
    number = float(re.sub(r"\D", "", whole))
    return number + (float("0." + decimals) if decimals else 0.0)


@lru_cache(4000)
def mentions(text: str, lang: str) -> tuple[Mention, ...]:
    """The numbers of a text that count something, with what they count; those in references and dates left out."""
    found = []
    taken = [span for span, _ in dates(text, lang)]
    numbers = [
        (m.start(), m.end(), value_of(m[1], m[4]), bool(re.fullmatch(r"\d{4}", m[0])))
        for m in re.finditer(_DIGITS, text)
    ]
    for m in _ANY_WORD[lang].finditer(text):
        word = m[0].casefold()
        numbers.append((m.start(), m.end(), float(_WORDS[lang][word]), word in _TOO_COMMON[lang]))
    for start, end, value, weak in sorted(numbers, key=lambda n: (n[0], -n[1])):
        if any(s < end and start < e for s, e in taken) or _PLACES.search(text[max(0, start - 24) : start]):
            continue
        taken.append((start, end))
        mention = _with_unit(text, start, end, value, lang)
        if mention is not None and not (weak and mention.kind == "number"):
            found.append(mention)
    return tuple(found)


def _with_unit(text: str, start: int, end: int, value: float, lang: str) -> Mention | None:
    behind = text[end:]
    scale = re.match(rf"\s+({'|'.join(SCALES[lang])})\b", behind)
    reach = end + (scale.end() if scale else 0)
    worth = value * SCALES[lang][scale[1]] if scale else value
    before = re.search(rf"{MONEY[lang]}\s?$", text[:start])
    if before:
        return Mention(start, end, value, worth, "amount", "money", before.start(), start)
    for kind, pattern in (("amount", r"\s*(?:de )?" + MONEY[lang]), ("percentage", r"\s*" + PERCENT[lang])):
        unit = re.match(pattern + r"(?!\w)", text[reach:])
        if unit:
            key = "money" if kind == "amount" else "%"
            return Mention(start, end, value, worth, kind, key, reach, reach + unit.end())
    word = re.match(r"\s+(?:(?:calendar|working|consecutive)\s+)?([^\W\d_]+)", behind)
    key = None if word is None or scale else _counted(word[1].casefold(), behind[word.end() :], lang)
    if word is None or key is None:
        return None
    return Mention(start, end, value, value, *key, end + word.start(1), end + word.end(1))


def _counted(word: str, rest: str, lang: str) -> tuple[str, str] | None:
    """(kind, unit) of what a number counts, from the word behind it; None where that is no unit."""
    if word in TIME_WORDS[lang]:
        of_age = lang == "vi" and re.match(r"\s+(?:tuổi|\d)", rest)
        return None if of_age else ("deadline", TIME_WORDS[lang][word][0])
    little = {"and", "the", "for", "los", "las", "del", "que", "por", "với", "của", "điều"}
    return None if len(word) < 3 or word in little else ("number", word)


@lru_cache(4000)
def values(text: str, lang: str) -> frozenset[float]:
    """Every value that any stretch of a text could be read as; far more than it means."""
    found: set[float] = set()
    for m in re.finditer(r"\d+(?:[.,\u00a0 ]\d+)*", text):
        parts = re.split(r"[.,\u00a0 ]", m[0])
        readings = {float("".join(parts)), *(float(p) for p in parts)}
        if len(parts) > 1:
            readings.add(float("".join(parts[:-1]) + "." + parts[-1]))
        found |= readings
        scale = re.match(rf"\s+({'|'.join(SCALES[lang])})\b", text[m.end() :])
        found |= {r * SCALES[lang][scale[1]] for r in readings} if scale else set()
    for m in _ANY_WORD[lang].finditer(text.replace("-", " ")):
        found |= {float(_WORDS[lang].get(word, 0)) for word in (m[0].casefold(), *m[0].casefold().split())}
    return frozenset(found)


def spell(value: float, like: str, lang: str) -> str | None:
    """A value written the way `like` is; None where this writer knows no such way."""
    if not re.search(r"\d", like):
        if value != int(value) or not 2 <= value < 100 or (lang == "es" and value % 10 == 1):
            return None
        word = _WRITE[lang](int(value))
        return word.capitalize() if like[0].isupper() else word
    if value != int(value):
        mark = "." if lang == "en" else ","
        return f"{value:g}".replace(".", mark) if value < 1000 else None
    separator = re.search(r"\d([.,\u00a0 ])\d{3}(?!\d)", like)
    digits = f"{int(value):,}".replace(",", separator[1]) if separator else str(int(value))
    return digits.zfill(len(like)) if like.startswith("0") else digits


_DATES = {
    "en": re.compile(rf"\b(\d{{1,2}}) ({'|'.join(MONTHS['en'])}) (\d{{4}})\b"),
    "es": re.compile(rf"\b(\d{{1,2}}) de ({'|'.join(MONTHS['es'])}) de (\d{{4}})\b", re.IGNORECASE),
    "vi": re.compile(r"\bngày (\d{1,2})(?: tháng |/|-)(\d{1,2})(?: năm |/|-)(\d{4})\b", re.IGNORECASE),
}


def dates(text: str, lang: str) -> Iterator[tuple[tuple[int, int], tuple[int, int, int]]]:
    """Each full date with its span: (day, month, year)."""
    for m in _DATES[lang].finditer(text):
        names = [name.casefold() for name in MONTHS.get(lang, ())]
        month = int(m[2]) if lang == "vi" else names.index(m[2].casefold()) + 1
        yield m.span(), (int(m[1]), month, int(m[3]))


def write_date(date: tuple[int, int, int], like: str, lang: str) -> str:
    day, month, year = date
    if lang == "en":
        return f"{day} {MONTHS['en'][month - 1]} {year}"
    if lang == "es":
        return f"{day} de {MONTHS['es'][month - 1]} de {year}"
    if "tháng" in like:
        return f"ngày {day:02d} tháng {month:02d} năm {year}"
    return f"ngày {day:02d}/{month:02d}/{year}"
