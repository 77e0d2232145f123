"""Numbers as people write them in law and in answers: digits, words, amounts and deadlines, in three languages."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from generation.phrases import languages, phrases


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts.

    Attributes:
        value: with its multiplier applied: "20 million" and "20 000 000" are equal.
        unit: "hour", "day", "week", "month", "year", "percent" or an ISO 4217 currency; empty where none stands there.
    """

    value: Decimal
    unit: str = ""


def quantities(text: str, lang: str) -> tuple[Quantity, ...]:
    """Every number of the text, in order. A spelled-out "one" counts only where a unit follows it.

    In "30 or 60 days" both are days.
    """
    tokens = _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())
    found: list[Quantity] = []
    at = 0
    linked = -1  # where a number must begin to share its unit with the one before it
    while at < len(tokens):
        length, value, in_digits = _number_at(tokens, at, lang)
        if not length:
            at += 1
            continue
        begins, before = at, _CURRENCIES.get(tokens[at - 1], "") if at else ""
        at += length
        unit = before or _unit_at(tokens, at)
        if begins == linked and unit and found and not found[-1].unit:
            found[-1] = Quantity(found[-1].value, unit)
        linked = at + 1 if at < len(tokens) and tokens[at] in _LINKS else -1
        if at < len(tokens) and tokens[at] in _UNITS:
            at += 1  # "hai năm": this "năm" is the year and not the next number
        if in_digits or unit or value > 1:
            found.append(Quantity(value, unit))
    return tuple(found)


def holds(quantity: Quantity, law: tuple[Quantity, ...]) -> bool:
    """Whether a number is among those of the law: the same value, and the same unit where it has one."""
    return any(q.value == quantity.value and quantity.unit in ("", q.unit) for q in law)


def _number_at(tokens: list[str], at: int, lang: str) -> tuple[int, Decimal, bool]:
    """How many tokens from `at` make one number (0 for none), its value, and whether it is written in digits."""
    if tokens[at][0].isdigit():
        length, value = 1, _value(tokens[at])
        while at + length < len(tokens) and tokens[at + length] in _MULTIPLIERS:
            value *= _MULTIPLIERS[tokens[at + length]]
            length += 1
        return length, value, True
    numerals = phrases(lang).numerals if lang in languages() else {}
    total = current = 0
    length = 0
    for step, part in _spelled(tokens, at, numerals):
        length = step
        if part >= 1000:
            total += max(current, 1) * part
            current = 0
        elif part == 100 or (lang == "vi" and part == 10 and 0 < current < 10):
            current = max(current, 1) * part
        else:
            current += part
    if length == 1 and tokens[at] == _FIVE_OR_YEAR and not _unit_at(tokens, at + 1):
        return 0, Decimal(0), False
    return length, Decimal(total + current), False


def _spelled(tokens: list[str], at: int, numerals: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """The number words from `at` on that make one number: tokens used so far, and the value of each."""
    last = None
    position = at
    while position < len(tokens):
        word = tokens[position]
        if word in ("y", "and", "-") and last is not None and last >= 10:
            if position + 1 >= len(tokens) or numerals.get(tokens[position + 1], last) >= last:
                return
            position += 1
            continue
        value = numerals.get(word)
        if value is None or (last is not None and word == _FIVE_OR_YEAR):
            return
        if last is not None and last < 10 and value < 10:
            return  # "two, three": two numbers
        last = value
        position += 1
        yield position - at, value


def _unit_at(tokens: list[str], at: int) -> str:
    """The unit that stands at `at`, or behind one word such as "working"."""
    for token in tokens[at : at + 2]:
        if token in _UNITS:
            return _UNITS[token]
        if token not in _BETWEEN:
            return ""
    return ""


def _value(written: str) -> Decimal:
    """20,000 and 20.000 and 20 000 are twenty thousand; 4,5 and 4.5 are four and a half."""
    written = re.sub(r"\s", "", written)
    marks = [c for c in written if c in ".,"]
    if not marks:
        return Decimal(written)
    whole, _, decimals = written.rpartition(marks[-1])
    grouped = len(decimals) == 3 and len(set(marks)) == 1
    if grouped or (len(marks) > 1 and len(set(marks)) == 1):
        return Decimal(re.sub(r"[.,]", "", written))
    return Decimal(f"{re.sub('[.,]', '', whole)}.{decimals}")


# A number with its groups of three, a word, or one of the marks that join or denote; digits inside a word are none.
_TOKEN = re.compile(r"(?<![^\W\d_])\d{1,3}(?: \d{3})+(?!\d)|(?<![^\W\d_])\d+(?:[.,]\d+)*|[^\W\d_]+|[%€$£₫-]")
_LINKS = frozenset({"or", "to", "and", "o", "y", "a", "hoặc", "đến", "và", "-"})
_FIVE_OR_YEAR = "năm"
_MULTIPLIERS = {
    "thousand": 1_000,
    "mil": 1_000,
    "nghìn": 1_000,
    "ngàn": 1_000,
    "million": 1_000_000,
    "millón": 1_000_000,
    "millones": 1_000_000,
    "triệu": 1_000_000,
    "billion": 1_000_000_000,
    "tỷ": 1_000_000_000,
    "tỉ": 1_000_000_000,
}
_CURRENCIES = {"€": "EUR", "eur": "EUR", "$": "USD", "usd": "USD", "£": "GBP", "₫": "VND", "vnd": "VND"}
_BETWEEN = frozenset({"-", "consecutive", "calendar", "working", "business", "full", "de", "đồng"})
_UNITS = {
    word: unit
    for unit, words in {
        "hour": "hour hours h hora horas giờ",
        "day": "day days día días dia dias ngày",
        "week": "week weeks semana semanas tuần",
        "month": "month months mes meses tháng",
        "year": "year years año años năm tuổi",
        "percent": "% percent",
        "EUR": "€ eur euro euros",
        "USD": "$ usd dollar dollars",
        "GBP": "£ gbp",
        "VND": "₫ vnd đồng",
    }.items()
    for word in words.split()
}
