"""What lexcite itself says to a reader, and the words by which it understands one, in the languages it speaks."""

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from generation.answer import Outcome


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one language; `phrases.toml` tells what each is for."""

    notice: str
    messages: Mapping[Outcome, str]
    lookup: Mapping[str, str]
    time: Mapping[str, str]
    gate: Mapping[str, str]
    function_words: frozenset[str]
    openings: tuple[str, ...]
    closings: tuple[str, ...]
    prepositions: tuple[str, ...]
    pronouns: frozenset[str]
    impersonal: re.Pattern[str] | None
    interrogatives: frozenset[str]
    matters: frozenset[str]
    negations: frozenset[str]
    part_of: str
    numerals: Mapping[str, int]


def phrases(lang: str) -> Phrases:
    """The phrases in `lang`, in English where lexcite does not speak it."""
    spoken = _spoken()
    return spoken.get(lang, spoken["en"])


def languages() -> tuple[str, ...]:
    """ISO 639-1 codes of the languages that lexcite speaks."""
    return tuple(_spoken())


@functools.cache
def _spoken() -> Mapping[str, Phrases]:
    tables = tomllib.loads(resources.files("generation").joinpath("phrases.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            lang: Phrases(
                notice=table["notice"],
                messages=MappingProxyType({Outcome(name): text for name, text in table["messages"].items()}),
                lookup=MappingProxyType(table["lookup"]),
                time=MappingProxyType(table["time"]),
                gate=MappingProxyType(table["gate"]),
                function_words=frozenset(table["function_words"].split()),
                openings=tuple(table["openings"]),
                closings=tuple(table["closings"]),
                prepositions=tuple(table["prepositions"]),
                pronouns=frozenset(table["pronouns"].split()),
                impersonal=re.compile(table["impersonal"]) if "impersonal" in table else None,
                interrogatives=frozenset(table["interrogatives"].split()),
                matters=frozenset(table["matters"].split()),
                negations=frozenset(table["negations"].split()),
                part_of=table["part_of"],
                numerals=MappingProxyType(table["numerals"]),
            )
            for lang, table in tables.items()
        }
    )
