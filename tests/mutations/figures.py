"""Swaps of what is counted: amounts, dates, deadlines with their units, percentages, other numbers."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.mutations.words import TIME_UNITS, TIME_WORDS, Mention, dates, mentions, spell, values, write_date

FRACTIONS = {
    "en": ("two-thirds", "one-third", "three-quarters", "one-half", "three-fifths"),
    "es": ("dos tercios", "tres quintos", "tres cuartos", "cuatro quintos"),
    "vi": ("hai phần ba", "ba phần tư", "một phần hai", "một phần ba"),
}
WORKING = {
    "en": (("working days", "calendar days"), ("business days", "calendar days")),
    "es": (("días hábiles", "días naturales"), ("días naturales", "días hábiles")),
    "vi": (("ngày làm việc", "ngày"),),
}


@dataclass(frozen=True)
class Swap:
    """One false sentence made of a true one: of which class, how it was made, and why it is false."""

    kind: str
    how: str
    mutated: str
    why: str


def figure_swaps(sentence: str, law: str, lang: str, chance: random.Random) -> Iterator[Swap]:
    """Swaps of numbers that stand in the sentence and, with the same unit, in the law that it cites (`law`)."""
    known = values(law, lang)
    in_law = mentions(law, lang)
    held = {(m.kind, m.unit, m.value) for m in in_law}
    hours = {m.hours for m in in_law if m.is_time}
    for mention in mentions(sentence, lang):
        if (mention.kind, mention.unit, mention.value) not in held:
            continue
        yield from _other_value(sentence, mention, known, lang, chance)
        yield from _borrowed_value(sentence, mention, in_law, hours, lang)
        if mention.is_time:
            yield from _other_unit(sentence, mention, in_law, lang, chance)
    yield from _other_date(sentence, law, lang, chance)
    yield from _other_fraction(sentence, law, lang, chance)
    yield from _other_days(sentence, law, lang)


def _put(sentence: str, start: int, end: int, new: str) -> str:
    return sentence[:start] + new + sentence[end:]


def _other_value(
    sentence: str, at: Mention, known: frozenset[float], lang: str, chance: random.Random
) -> Iterator[Swap]:
    written = sentence[at.start : at.end]
    shown, scale = at.plain, at.value / at.plain if at.plain else 1.0
    candidates = [shown * 2, shown + 1, shown - 1, shown * 10, shown * 3, shown + 5, shown / 2]
    chance.shuffle(candidates)
    for candidate in candidates:
        if candidate <= 1 or candidate in known or candidate * scale in known:
            continue
        if at.kind == "percentage" and candidate > 100:
            continue
        new = spell(candidate, written, lang)
        if new is None or new == written:
            continue
        yield Swap(at.kind, "value", _put(sentence, at.start, at.end, new), f"the law cited has no number {new}")
        return


def _borrowed_value(
    sentence: str, at: Mention, in_law: tuple[Mention, ...], hours: set[float | None], lang: str
) -> Iterator[Swap]:
    """A number that the law has, but never with this unit."""
    if at.kind == "amount":
        return
    with_unit = {m.value for m in in_law if m.unit == at.unit}
    per = next((h for key, h in TIME_UNITS["en"].values() if key == at.unit), None)
    for other in in_law:
        if other.unit == at.unit or other.value in with_unit or other.value <= 1 or other.kind == "amount":
            continue
        if at.is_time and per is not None and other.value * per in hours:
            continue
        new = spell(other.value, sentence[at.start : at.end], lang)
        if new is not None:
            why = f"the law cited has {new}, but of another unit than here"
            yield Swap(at.kind, "borrowed", _put(sentence, at.start, at.end, new), why)
            return


def _other_unit(
    sentence: str, at: Mention, in_law: tuple[Mention, ...], lang: str, chance: random.Random
) -> Iterator[Swap]:
    held = {(m.value, m.unit) for m in in_law}
    hours = {m.hours for m in in_law if m.is_time}
    forms = list(TIME_WORDS[lang].items())
    chance.shuffle(forms)
    singular = sentence[at.unit_start : at.unit_end].casefold() in TIME_UNITS[lang]
    for word, (key, per) in forms:
        if key == at.unit or (at.value, key) in held or at.value * per in hours:
            continue
        if (word in TIME_UNITS[lang]) != singular:
            continue
        if lang == "es" and re.search(r"\buna?\s$", sentence[: at.unit_start]):
            continue  # the article would have to change with the gender
        mutated = _put(sentence, at.unit_start, at.unit_end, word)
        yield Swap("deadline", "unit", mutated, f"the law cited has no {at.value:g} {word}")
        return


def _other_days(sentence: str, law: str, lang: str) -> Iterator[Swap]:
    for old, new in WORKING[lang]:
        if sentence.count(old) == 1 and old in law and (lang == "vi" or new not in law):
            rest = re.findall(r"(\d+) ngày(?! làm việc)", law) if lang == "vi" else []
            number = re.search(rf"(\d+) {old}", sentence)
            if number is None or (lang == "vi" and number[1] in rest):
                continue
            yield Swap("deadline", "working days", sentence.replace(old, new), f"the law cited counts {old}")
            return


def _other_date(sentence: str, law: str, lang: str, chance: random.Random) -> Iterator[Swap]:
    held = {date for _, date in dates(law, lang)}
    years = values(law, lang)
    for (start, end), (day, month, year) in dates(sentence, lang):
        if (day, month, year) not in held:
            continue
        others = [(day % 28 + 1, month, year), (day, month % 12 + 1, year), (day, month, year + 1)]
        chance.shuffle(others)
        for other in others[:2]:
            if other in held or other[0] > 28 or (other[2] != year and float(other[2]) in years):
                continue
            new = write_date(other, sentence[start:end], lang)
            yield Swap("date", "date", _put(sentence, start, end, new), f"the law cited has no {new}")


def _other_fraction(sentence: str, law: str, lang: str, chance: random.Random) -> Iterator[Swap]:
    spaced = sentence.replace("two thirds", "two-thirds").replace("one third", "one-third")
    bare = law.casefold().replace(" ", "-")
    for old in FRACTIONS[lang]:
        if spaced.casefold().count(old) != 1 or old.replace(" ", "-") not in bare:
            continue
        others = [f for f in FRACTIONS[lang] if f.replace(" ", "-") not in bare]
        if others:
            new = chance.choice(others)
            mutated = re.sub(re.escape(old), new, spaced, flags=re.IGNORECASE)
            yield Swap("number", "fraction", mutated, f"the law cited has no {new}")
