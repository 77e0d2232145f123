"""The words by which the gate reads what a sentence commits to: may, must, not, at least, who."""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from types import MappingProxyType
from typing import Any


class Force(StrEnum):
    """What a word or phrase does to the statement that it stands in; `rules.toml` tells what each is."""

    NEUTRAL = "neutral"
    NEGATION = "negation"
    NOBODY = "nobody"
    NEGATIVE = "negative"
    PERMISSION = "permission"
    POSSIBLE = "possible"
    OBLIGATION = "obligation"
    PROHIBITION = "prohibition"
    EXEMPTION = "exemption"


@dataclass(frozen=True, slots=True)
class Rules:
    """The words of one language.

    Attributes:
        forces: every phrase with what it does; a phrase may do several things.
        cue: finds these phrases in folded text, the longest first.
        stops: words at which the reach of such a phrase ends.
        joint: finds what ties one clause to another, marks such as commas among it.
        opening: finds the "yes" or "no" that opens an answer, in the groups "assent" and "denial".
        condition: finds an "if".
        how_many: finds the words that ask for a number.
        before, behind: comparators before and behind a number, each as its words, with "at_least", "at_most", "more"
            or "less".
        fractions: denominators in words.
        halves: "half" and its like.
        roles: every name of a party with the number of its group; names of one group mean the same.
        role: finds those names.
    """

    forces: Mapping[str, frozenset[Force]]
    cue: re.Pattern[str]
    stops: frozenset[str]
    joint: re.Pattern[str]
    opening: re.Pattern[str]
    condition: re.Pattern[str]
    how_many: re.Pattern[str]
    before: Mapping[tuple[str, ...], str]
    behind: Mapping[tuple[str, ...], str]
    fractions: Mapping[str, int]
    halves: frozenset[tuple[str, ...]]
    roles: Mapping[str, int]
    role: re.Pattern[str]


def rules(lang: str) -> Rules | None:
    """The words of `lang`; None for a language whose words are not known here."""
    return _known().get(lang)


@functools.cache
def _known() -> Mapping[str, Rules]:
    tables = tomllib.loads(resources.files("generation").joinpath("rules.toml").read_text(encoding="utf-8"))
    return MappingProxyType({lang: _rules(table) for lang, table in tables.items()})


def _rules(table: Mapping[str, Any]) -> Rules:
    forces: dict[str, frozenset[Force]] = {}
    for force in Force:
        for phrase in _phrases(table[force]):
            if Force.NEUTRAL not in forces.get(phrase, ()):
                forces[phrase] = forces.get(phrase, frozenset()) | {force}
    roles = {name: group for group, names in enumerate(table["parties"]) for name in _phrases(names)}
    assent, denial = (_alternatives(_phrases(table[kind])) for kind in ("assent", "denial"))
    return Rules(
        forces=MappingProxyType(forces),
        cue=_finder(forces),
        stops=frozenset(_phrases(table["stops"])),
        joint=re.compile(rf"[,;:—–]|{_finder(_phrases(table['joints'])).pattern}", re.IGNORECASE),
        opening=re.compile(rf"\s*(?:(?P<assent>{assent})|(?P<denial>{denial}))\s*(?:[.,;:!–—-]|$)\s*"),
        condition=_finder(_phrases(table["condition"])),
        how_many=_finder(_phrases(table["how_many"])),
        before=_comparators(table, ""),
        behind=_comparators(table, "_after"),
        fractions=MappingProxyType(dict(table["fractions"])),
        halves=frozenset(tuple(phrase.split()) for phrase in _phrases(table["halves"])),
        roles=MappingProxyType(roles),
        role=_finder(roles),
    )


def _comparators(table: Mapping[str, Any], place: str) -> Mapping[tuple[str, ...], str]:
    return MappingProxyType(
        {
            tuple(phrase.split()): bound
            for bound in ("at_least", "at_most", "more", "less")
            for phrase in _phrases(table[bound + place])
        }
    )


def _phrases(written: str) -> tuple[str, ...]:
    """The phrases of a list, each on one line with single blanks."""
    return tuple(phrase for part in written.split(",") if (phrase := " ".join(part.split())))


def _alternatives(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))


def _finder(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_alternatives(phrases)})(?!\w)")
