"""Numbers as people write them in law and in answers: digits, words, amounts, deadlines, dates, in three languages."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from generation.phrases import languages, phrases
from generation.rules import Rules, rules
from generation.terms import terms
from generation.written_dates import written_dates

DATE = "date"
FRACTION = "fraction"
NAME = "name"  # of a place: Article 48, apartado 2, 197 bis


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts.

    Attributes:
        value: with its multiplier applied: "20 million" and "20 000 000" are equal. A date is year, month and day in
            eight digits, zeros for what it does not name.
        unit: "minute", "hour", "day", "working day", "week", "month", "year", "metre", "centimetre", "kilometre",
            "percent", "fraction", "date", "name" or an ISO 4217 currency; empty where none stands there.
        bound: "at_least", "at_most", "more" or "less"; empty where no such words stand beside it.
        thing: the word right behind it where that is no unit, as a term: a number of boats is none of hours.
    """

    value: Decimal
    unit: str = ""
    bound: str = ""
    thing: str = ""


def quantities(text: str, lang: str) -> tuple[Quantity, ...]:
    """Every number of the text, in order. A spelled-out "one" counts only where a unit follows it.

    In "30 or 60 days" both are days.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    found: list[tuple[int, Quantity]] = []
    for written in written_dates(text):
        value = Decimal(written.year * 10_000 + written.month * 100 + written.day)
        found.append((written.start, Quantity(value, DATE)))
        text = f"{text[: written.start]}{'|' * (written.end - written.start)}{text[written.end :]}"
    found += _numbers(text, list(_TOKEN.finditer(text)), lang)
    return tuple(quantity for _, quantity in sorted(found, key=lambda one: one[0]))


def holds(quantity: Quantity, law: Iterable[Quantity]) -> bool:
    """Whether a number is among those of the law: the same value, with the same unit and bound where it has them.

    A bound that the law leaves open contradicts nothing. Where the law counts the same things and never as many, the
    same number of other things does not hold it.
    """
    law = tuple(law)
    same = [
        other
        for other in law
        if (_same_day(quantity, other) if DATE in (quantity.unit, other.unit) else quantity.value == other.value)
        and quantity.unit in ("", other.unit)
        and not (quantity.thing and other.unit not in ("", DATE))
        and (quantity.bound == other.bound or not quantity.bound or not other.bound)
    ]
    counted = quantity.thing and any(other.thing == quantity.thing for other in law)
    return any(not counted or other.thing in ("", quantity.thing) for other in same)


def _same_day(claimed: Quantity, law: Quantity) -> bool:
    """Whether each part of a date that the claim names is that of the law's date; a bare number may be its year."""
    if law.unit != DATE:
        return False
    year, rest = divmod(int(law.value), 10_000)
    if claimed.unit != DATE:
        return claimed.value == year > 0
    own_year, own_rest = divmod(int(claimed.value), 10_000)
    return own_year in (0, year) and own_rest // 100 == rest // 100 and own_rest % 100 in (0, rest % 100)


def _numbers(text: str, matches: Sequence[re.Match[str]], lang: str) -> list[tuple[int, Quantity]]:
    """The numbers that are no dates, with their places."""
    tokens = [match.group() for match in matches]
    known = rules(lang)
    found: list[tuple[int, Quantity]] = []
    at = 0
    linked = -1  # where a number must begin to share its unit with the one before it, or its being a name
    while at < len(tokens):
        begins = at
        length, value, counted = _fraction_at(tokens, at, known, lang)
        unit = FRACTION if length else ""
        if not length:
            length, value, counted = _number_at(tokens, at, lang)
        if not length:
            at += 1
            continue
        before = _CURRENCIES.get(tokens[at - 1], "") if at else ""
        at += length
        wide = 0
        if not unit:
            unit, wide = (before, 0) if before else _unit_at(tokens, at)
        last = found[-1][1].unit if begins == linked and found else None
        if unit and last == "":
            place, earlier = found[-1]
            found[-1] = (place, Quantity(earlier.value, unit, earlier.bound))
        named = (begins and tokens[begins - 1] in _PLACES) or last == NAME or tokens[at : at + 1] in _SUFFIXES
        if not unit and named:
            unit = NAME
        linked = at + 1 if at < len(tokens) and tokens[at] in _LINKS else -1
        at += wide  # "hai năm": this "năm" is the year and not the next number
        if counted or unit or value > 1:
            bound = "" if known is None else _bound(tokens, begins - bool(before), at, known)
            thing = "" if unit or _YEARS[0] <= value <= _YEARS[1] else _thing(text, matches[at - 1 : at + 1], lang)
            found.append((matches[begins].start(), Quantity(value, unit, bound, thing)))
    return found


def _thing(text: str, around: Sequence[re.Match[str]], lang: str) -> str:
    """What a number counts, as a term; `around` is the number's last token and the one that follows."""
    if len(around) < 2 or not text[around[0].end() : around[1].start()].isspace() or around[1].group() in _LINKS:
        return ""
    return next(iter(terms(around[1].group(), lang)), "") if around[1].group()[0].isalpha() else ""


def _bound(tokens: list[str], begins: int, ends: int, known: Rules) -> str:
    """The comparator before tokens[begins] or behind tokens[ends - 1]; "at least the 30 days" has one too."""
    first = begins
    while first and begins - first < _MOST_FILLERS:
        for length in range(min(first, _LONGEST_BOUND), 0, -1):
            bound = known.before.get(tuple(tokens[first - length : first]))
            if bound is not None and (first == begins or bound in _OVER_FILLERS):
                return bound
        if tokens[first - 1] not in _FILLERS:
            break
        first -= 1
    return next(
        (bound for words, bound in known.behind.items() if tuple(tokens[ends : ends + len(words)]) == words), ""
    )


def _fraction_at(tokens: list[str], at: int, known: Rules | None, lang: str) -> tuple[int, Decimal, bool]:
    """How many tokens from `at` make a fraction (0 for none), its value, and that it counts."""
    none = (0, Decimal(0), False)
    if known is None:
        return none
    digits = re.fullmatch(r"(\d{1,2})/(\d{1,2})", tokens[at])
    if digits and 0 < int(digits[1]) < int(digits[2]):
        return 1, _ratio(int(digits[1]), int(digits[2])), True
    for words in known.halves:
        if tuple(tokens[at : at + len(words)]) == words:
            return len(words), _ratio(1, 2), True
    length, value, _ = _number_at(tokens, at, lang)
    after = at + length
    if lang == "vi":
        return _vietnamese_fraction(tokens, at, length, value)
    after += bool(length and tokens[after : after + 1] == ["-"])
    word = tokens[after] if after < len(tokens) else ""
    part = tokens[after + 1 : after + 2] in (["parte"], ["partes"])
    if word in known.fractions and ((length and 0 < value < known.fractions[word]) or part):
        return after + 1 + part - at, _ratio(int(value) if length else 1, known.fractions[word]), True
    return none


def _vietnamese_fraction(tokens: list[str], at: int, length: int, value: Decimal) -> tuple[int, Decimal, bool]:
    """A fraction as in "hai phần ba", whose first number has been read; "phần trăm" is percent."""
    after = tokens[at + length : at + length + 2]
    if not length or len(after) < 2 or after[0] != "phần" or after[1] == "trăm":
        return 0, Decimal(0), False
    more, whole, _ = (1, Decimal(4), True) if after[1] == "tư" else _number_at(tokens, at + length + 1, "vi")
    return (length + 1 + more, _ratio(int(value), int(whole)), True) if more else (0, Decimal(0), False)


def _ratio(part: int, whole: int) -> Decimal:
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"))


def _number_at(tokens: list[str], at: int, lang: str) -> tuple[int, Decimal, bool]:
    """How many tokens from `at` make one number (0 for none), its value, and whether it is written in digits."""
    if tokens[at][0].isdigit() and "/" not in tokens[at]:
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
    if tokens[at] in _NEVER_FIRST:
        return 0, Decimal(0), False
    if length == 1 and tokens[at] == _FIVE_OR_YEAR and not _unit_at(tokens, at + 1)[0]:
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


def _unit_at(tokens: list[str], at: int) -> tuple[str, int]:
    """The unit that stands at `at`, or behind one word such as "working", and how many tokens say so."""
    if tuple(tokens[at : at + 2]) in _PERCENT:
        return "percent", 2
    working = False
    for step, token in enumerate(tokens[at : at + 2], start=1):
        if token in _UNITS:
            unit = _UNITS[token]
            behind = tuple(tokens[at + step : at + step + 2])
            working = working or behind[:1] in _WORKING_BEHIND or behind in _WORKING_BEHIND
            return ("working day" if working and unit == "day" else unit), step
        working = token in _WORKING
        if token not in _BETWEEN:
            break
    return "", 0


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


# A fraction, a number with its groups of three, a word, or a mark that joins or denotes; digits inside a word are none.
_TOKEN = re.compile(
    r"(?<![\w/])\d{1,2}/\d{1,2}(?![\w/])|"
    r"(?<![^\W\d_])\d{1,3}(?: \d{3})+(?!\d)|(?<![^\W\d_])\d+(?:[.,]\d+)*|[^\W\d_]+|[%€$£₫|-]"
)
_LINKS = frozenset({"or", "to", "and", "o", "y", "a", "hoặc", "đến", "và", "-"})
_FIVE_OR_YEAR = "năm"
_NEVER_FIRST = ("triệu", "nghìn", "ngàn")  # "triệu tập" is to summon
_YEARS = (1800, 2100)  # numbers that more often name a year than count things
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
_BETWEEN = frozenset(
    word
    for words in ("- consecutive calendar working business full first last next", "de primeros primeras últimos đồng")
    for word in words.split()
)
_UNITS = {
    word: unit
    for unit, words in {
        "minute": "minute minutes minuto minutos phút",
        "hour": "hour hours h hora horas giờ",
        "day": "day days día días dia dias ngày",
        "week": "week weeks semana semanas tuần",
        "month": "month months mes meses tháng",
        "year": "year years año años năm tuổi",
        "metre": "metre metres meter meters metro metros mét",
        "centimetre": "centimetre centimetres centimeter centimeters centímetro centímetros",
        "kilometre": "kilometre kilometres kilometer kilometers kilómetro kilómetros",
        "percent": "% percent",
        "EUR": "€ eur euro euros",
        "USD": "$ usd dollar dollars",
        "GBP": "£ gbp",
        "VND": "₫ vnd đồng",
    }.items()
    for word in words.split()
}
_PERCENT = frozenset({("per", "cent"), ("por", "ciento"), ("por", "100"), ("phần", "trăm")})
_WORKING = frozenset({"working", "business"})
_WORKING_BEHIND = frozenset({("làm", "việc"), ("hábiles",), ("hábil",), ("laborables",), ("laborable",)})
_PLACES = frozenset(
    word
    for words in (
        "article articles art arts s ss section sections subsection subsections paragraph paragraphs clause clauses",
        "part parts chapter schedule point points annex",
        "artículo artículos apartado apartados disposición título capítulo anexo ley",
        "điều khoản chương",
    )
    for word in words.split()
)
_SUFFIXES = [["bis"], ["ter"], ["quater"], ["quinquies"], ["sexies"], ["septies"], ["octies"]]
_OVER_FILLERS = ("at_least", "at_most")  # "under the 100-year rule" is not less than that
_MOST_FILLERS = 5
_LONGEST_BOUND = 5
_FILLERS = frozenset(
    word
    for words in ("the a an of period term", "de del los las el la un una plazo periodo", "là thời gian hạn mức")
    for word in words.split()
)
