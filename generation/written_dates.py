"""Dates as laws and answers write them, in digits and words: "5 May 2016", "5/5/2016", "ngày 5 tháng 5 năm 2016"."""

import functools
import re
from dataclasses import dataclass

from generation.phrases import languages, phrases

_SHORTEST = 3  # letters of an abbreviated English month


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A day, or a part of one.

    Attributes:
        year, month, day: 0 where it is not named.
        start, end: its place in the text.
    """

    year: int
    month: int
    day: int
    start: int
    end: int


_ORDINAL = r"(?:st|nd|rd|th|\.?º)?"
_NUMERIC = (
    re.compile(r"(?<![\d/.-])(?P<day>\d{1,2})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})(?![\d/-])"),
    re.compile(r"(?<![\d/.-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\d/-])"),
    re.compile(r"(?<!\w)(?P<day>\d{1,2}) tháng (?P<month>\d{1,2})(?: năm (?P<year>\d{4}))?(?!\w)"),
    re.compile(r"(?<!\w)tháng (?P<month>\d{1,2})(?: năm |/)(?P<year>\d{4})(?!\w)"),
)


def written_dates(text: str) -> tuple[WrittenDate, ...]:
    """The dates of a text in lower case, in order; what is no day of any calendar is none."""
    found: list[WrittenDate] = []
    for pattern in (*_NUMERIC, *_with_names()):
        for match in pattern.finditer(text):
            named = match.groupdict()
            month = int(named["month"]) if "month" in named else _months()[named["name"]]
            written = WrittenDate(
                int(named.get("year") or 0), month, int(named.get("day") or 0), match.start(), match.end()
            )
            whole = 1 <= written.month <= 12 and written.day <= 31
            if whole and not any(other.start < written.end and written.start < other.end for other in found):
                found.append(written)
    return tuple(sorted(found, key=lambda one: one.start))


@functools.cache
def _months() -> dict[str, int]:
    """The names of the months in every language that has them, with English abbreviations."""
    names: dict[str, int] = {}
    for lang in languages():
        for number, name in enumerate(phrases(lang).time["months"].casefold().split(), start=1):
            if name.isalpha():
                names[name] = number
                if lang == "en":
                    names.setdefault(name[:_SHORTEST], number)
    return names


@functools.cache
def _with_names() -> tuple[re.Pattern[str], ...]:
    name = rf"(?P<name>{'|'.join(sorted(_months(), key=len, reverse=True))})\b\.?"
    day = rf"(?<!\w)(?P<day>\d{{1,2}}){_ORDINAL} (?:of |de )?{name}"
    year = r"(?P<year>\d{4})(?!\w)"
    return (
        re.compile(rf"{day}(?:,? | de | del |,? of )(?:año )?{year}"),
        re.compile(rf"(?<!\w){name} (?P<day>\d{{1,2}}){_ORDINAL}(?!\w),? {year}"),
        re.compile(rf"(?<!\w){name}(?: of | de | del | ){year}"),
        re.compile(rf"{day}(?!\w)(?<! may)"),  # "at 17 may": no day
    )
