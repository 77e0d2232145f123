"""The one question to ask back, where the law answers differently depending on what the question leaves open.

Two cases, both narrow: asking back where the law could have been quoted is a nuisance. A question of one word that fits
several matters; and a question for a number where sibling clauses of the best article give different ones, each under a
condition that the question is silent about.
"""

import functools
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise

from generation.evidence import Extract, Sources, extracts
from generation.quantities import Quantity, quantities
from generation.terms import terms
from retrieval.search import Hit

CHOICES = 3  # that are offered
LONGEST = 160  # characters of a condition that can be offered
# The first article's lead over the mean of the hits, in standard deviations, from which on it is the one that is meant.
CLEAR = 1.0


@dataclass(frozen=True, slots=True)
class _Words:
    which: str
    condition: str
    opens: re.Pattern[str]
    how_much: re.Pattern[str]


def question_back(question: str, hits: Sequence[Hit], sources: Sources, *, lang: str) -> str:
    """What to ask the reader, in their language; empty where the question can be answered as it is."""
    words = _words().get(lang)
    if words is None or not hits:
        return ""
    choices = _matters(question, hits, lang=lang)
    if choices:
        return words.which.format(choices="; ".join(choices))
    if words.how_much.search(question) and hits[0].version.lang == lang:
        conditions = _conditions(question, hits[0], sources, words, lang=lang)
        if conditions:
            return words.condition.format(choices="; ".join(f"“{one}”" for one in conditions))
    return ""


def _matters(question: str, hits: Sequence[Hit], *, lang: str) -> tuple[str, ...]:
    """Headings of the best articles where one word fits them alike; else nothing."""
    asked = terms(question, lang)
    if not asked or len(asked) > (2 if lang == "vi" else 1):  # most Vietnamese words are two syllables
        return ()
    best = hits[:CHOICES]
    headings = dict.fromkeys(hit.version.heading for hit in best)
    if len(best) < CHOICES or len(headings) < CHOICES or "" in headings or best[0].version.lang != lang:
        return ()
    if any(not set(asked) <= set(terms(f"{hit.version.heading} {hit.version.text}", lang)) for hit in best):
        return ()
    named = [hit for hit in best if set(asked) <= set(terms(hit.version.heading, lang))]
    if len(named) == 1 or best[0].score - sum(hit.score for hit in hits) / len(hits) >= CLEAR:
        return ()
    return tuple(headings)


def _conditions(question: str, hit: Hit, sources: Sources, words: _Words, *, lang: str) -> tuple[str, ...]:
    """The conditions of sibling clauses that give different numbers, in the law's own words; else nothing."""
    asked = frozenset(terms(question, lang))
    stretches = extracts(hit, sources.provisions(hit.version.id), limit=0)
    for family in _families(stretches):
        cases = [(condition, one) for one in family if (condition := _condition(one, words))]
        if len(cases) < 2 or len(cases) != len(family) or len(cases) > CHOICES:
            continue
        amounts = [_amounts(one.text.replace(condition, ""), lang) for condition, one in cases]
        told = [frozenset(terms(condition, lang)) for condition, _ in cases]
        common = frozenset[str].intersection(*told)
        rests = [frozenset(terms(one.text, lang)) for one in family]
        if (
            all(a and a != b for a, b in pairwise(amounts))
            and len({frozenset(quantity.unit for quantity in some) for some in amounts}) == 1
            and all(own - common and asked.isdisjoint(own - common) for own in told)
            and all(2 * len(asked & (rest | common)) >= len(asked) for rest in rests)
        ):
            return tuple(condition for condition, _ in cases)
    return ()


def _families(stretches: Sequence[Extract]) -> list[list[Extract]]:
    """The clauses, and the points of each clause, that stand side by side."""
    families: dict[tuple[str, ...], list[Extract]] = {}
    for one in stretches:
        if one.path:
            families.setdefault(one.path[:-1], []).append(one)
    return [some for some in families.values() if len(some) > 1]


def _condition(extract: Extract, words: _Words) -> str:
    """The words of a clause that say when it applies: to the first comma at its beginning, or behind what follows."""
    sentence = re.split(r"(?<=[.;])\s", extract.text, maxsplit=1)[0].rstrip(".;, ")
    for found in words.opens.finditer(sentence):
        if found.start() == 0:
            condition = sentence.split(",", 1)[0]
        elif sentence[: found.start()].rstrip().endswith(","):
            condition = sentence[found.start() :]
        else:
            continue
        if len(condition) <= LONGEST and condition != sentence:
            return condition
    return ""


def _amounts(text: str, lang: str) -> frozenset[Quantity]:
    return frozenset(one for one in quantities(text, lang) if one.unit and one.unit != "date")


@functools.cache
def _words() -> dict[str, _Words]:
    table = tomllib.loads(resources.files("generation").joinpath("needs_facts.toml").read_text(encoding="utf-8"))
    return {
        lang: _Words(own["which"], own["condition"], _any(own["opens"]), _any(own["how_much"]))
        for lang, own in table.items()
    }


def _any(words: Sequence[str]) -> re.Pattern[str]:
    every = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"\b(?:{every})\b", re.IGNORECASE)
