"""The day that a question asks about: "in 2016", "el 5 de mayo de 2016", "hồi năm 2019". No model.

Only what says *when the law is asked about* counts. The year in a law's name ("BLDS 2015", "Ley 39/2015, de 1 de
octubre"), a limit ("before 2021", "kể từ ngày 01/01/2023") and the year of a fact ("signed in 2016", "sinh năm 1990")
do not. Letters are read without their diacritics, so "hoi nam 2019" is understood.
"""

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

_YEAR = r"(?P<year>(?:1[89]|20)\d\d)(?![\d/]|[.,]\d|-\d)"
_NUMERIC = r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-]" + _YEAR
_ISO = r"(?P<year>(?:1[89]|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)"

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene",
            "february feb febrero",
            "march mar marzo",
            "april apr abril abr",
            "may mayo",
            "june jun junio",
            "july jul julio",
            "august aug agosto ago",
            "september sep sept septiembre setiembre",
            "october oct octubre",
            "november nov noviembre",
            "december dec diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = rf"(?P<name>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"

_ENGLISH_DAY = rf"(?:(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH},? {_YEAR}|{_NUMERIC}|{_ISO})"
_AMERICAN_DAY = rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? {_YEAR}"
_SPANISH_DAY = rf"(?:(?P<day>\d{{1,2}})\.?[ºo]? de {_MONTH} (?:de|del) (?:ano )?{_YEAR}|{_NUMERIC}|{_ISO})"
_VIETNAMESE_DAY = rf"(?:(?P<day>\d{{1,2}}) thang (?P<month>\d{{1,2}})(?: nam |/){_YEAR}|{_NUMERIC}|{_ISO})"

_AS_OF = r"(?:as (?:of|at|on)|on|in force (?:at|on)|applicable on)"


def _apart(pattern: str) -> tuple[str, ...]:
    """A pattern for each of its top-level alternatives: one expression may not name a group twice."""
    opening, closing = pattern.index("(?:"), pattern.rindex(")")
    depth, parts, start = 0, [], opening + 3
    for at in range(opening + 3, closing):
        depth += (pattern[at] == "(") - (pattern[at] == ")")
        if pattern[at] == "|" and not depth:
            parts.append(pattern[start:at])
            start = at + 1
    return tuple(pattern[:opening] + part + pattern[closing + 1 :] for part in (*parts, pattern[start:closing]))


_PATTERNS = tuple(
    re.compile(rf"(?<![\w/.-]){pattern}(?![\w/])")
    for pattern in (
        *(rf"{_AS_OF} {day}" for day in (*_apart(_ENGLISH_DAY), _AMERICAN_DAY)),
        rf"(?:as of|as at|(?:back )?in|during|throughout) (?:{_MONTH} (?:of )?|(?:the year )?){_YEAR}",
        *(
            rf"(?:el (?:dia )?|a fecha (?:de |del |)|al (?:dia )?|en fecha (?:de )?){day}"
            for day in _apart(_SPANISH_DAY)
        ),
        rf"(?:en|durante)(?: el mes de)? {_MONTH} (?:de|del) (?:ano )?{_YEAR}",
        rf"(?:en|durante|alla por)(?: el ano)? {_YEAR}",
        *(
            rf"(?:(?:hoi|vao|trong|tai|o) )?(?:(?:thoi diem|luc) )?(?:hom )?ngay {day}"
            for day in _apart(_VIETNAMESE_DAY)
        ),
        rf"(?:(?:hoi|vao|trong|tai) )?(?:thoi diem )?thang (?P<month>\d{{1,2}})(?: nam |/){_YEAR}",
        rf"(?:hoi|vao|trong|tai thoi diem|thoi diem|o thoi diem)(?: khoang)? nam {_YEAR}",
    )
)
_OPENING_YEAR = re.compile(rf"(?:^|(?<=[.?!:;] ))nam {_YEAR}(?![\w/])")  # "Năm 2019, mức phạt là bao nhiêu?"

# What stands right before a date that is a limit, a fact's or the law's own.
_BEFORE_A_LIMIT_OR_FACT = (
    "born signed made bought sold hired dismissed concluded into adopted enacted passed published promulgated"
    " issued founded built incorporated died married collected given dated amended repealed approved effective"
    " desde hasta entre antes despues partir nacido nacida nacidos nacidas nacio naci firmado firmada firmados"
    " firmadas firme firmo celebrado celebrada celebrados celebradas contratado contratada comprado comprada compre"
    " aprobado aprobada publicado publicada promulgado promulgada dictado dictada modificado modificada fallecido"
    " fallecida murio case construido construida adquirido adquirida suscrito suscrita reformado reformada"
    " tu truoc sau den het qua hanh ky ket qua sinh cap luc lap bo mua mat doi"
)
_NOT_ASKED = re.compile(rf"\b(?:{'|'.join(_BEFORE_A_LIMIT_OR_FACT.split())})(?: (?:it|lo|la|on|in|vao|ngay))?[ ,(]*\Z")
_COUNTED = re.compile(  # "in 2000 euros"
    r"[ -](?:euros?|dollars?|pesos|words?|days?|hours?|people|persons?|employees|met(?:er|re)s?|metros?|palabras|dias"
    r"|horas|personas|trabajadores|unidades|utm|uf|dong|m2|km|kg|trieu|ty|nguoi|%|€|\$)",
)
_HOLDS_A_YEAR = re.compile(r"(?:1[89]|20)\d\d")


@dataclass(frozen=True, slots=True)
class AskedTime:
    """When the law is asked about.

    Attributes:
        first, last: the days of the period, equal for one day; a year or a month has its own first and last.
        start, end: offsets of the words that say so in the question.
    """

    first: date
    last: date
    start: int
    end: int

    def day(self, today: date) -> date:
        """The day for which one text is chosen: the last of the period, or today within a period that has begun."""
        return today if self.first <= today < self.last else self.last


def asked_time(question: str) -> AskedTime | None:
    """The one time that a question asks about; None where it names none, or several (a comparison is no date)."""
    times = asked_times(question)
    return times[0] if len({(time.first, time.last) for time in times}) == 1 else None


def asked_times(question: str) -> tuple[AskedTime, ...]:
    """Every time that a question asks about, in its order."""
    if not _HOLDS_A_YEAR.search(question):
        return ()
    folded = _folded(question)
    found: list[AskedTime] = []
    for pattern in (*_PATTERNS, _OPENING_YEAR):
        for match in pattern.finditer(folded):
            if _NOT_ASKED.search(folded[: match.start()]) or _COUNTED.match(folded, match.end()):
                continue
            time = _time(match)
            if time is not None and not any(other.start <= time.start and time.end <= other.end for other in found):
                found = [other for other in found if other.start < time.start or time.end < other.end]
                found.append(time)
    return tuple(sorted(found, key=lambda time: time.start))


def without_times(question: str) -> str:
    """The question without the words that name a time, for the search; whole where nothing would be left."""
    times, rest = asked_times(question), question
    for time in reversed(times):
        rest = f"{rest[: time.start]} {rest[time.end :]}"
    rest = re.sub(r" +([,.;:?!])", r"\1", " ".join(rest.split())).lstrip(" ,.;:")
    return rest if times and any(map(str.isalpha, rest)) else question


def _time(match: re.Match[str]) -> AskedTime | None:
    groups = match.groupdict()
    year = int(groups["year"])
    name, number = groups.get("name"), groups.get("month")
    month = _MONTHS[name] if name else int(number) if number else None
    try:
        first = date(year, month or 1, int(groups["day"]) if groups.get("day") else 1)
    except ValueError:  # the 31st of February
        return None
    if groups.get("day"):
        last = first
    elif month:
        last = date(year, month, calendar.monthrange(year, month)[1])
    else:
        last = date(year, 12, 31)
    return AskedTime(first, last, match.start(), match.end())


def _folded(text: str) -> str:
    """Lower case without diacritics, character for character, so that offsets hold."""
    return "".join(_base(letter) for letter in text)


def _base(letter: str) -> str:
    if letter.isascii():
        return letter.lower()
    plain = unicodedata.normalize("NFKD", letter.lower())[:1].replace("đ", "d")
    return plain if len(plain) == 1 else letter
