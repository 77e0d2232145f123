"""The file format of law names: `aliases.toml` and the files that extend it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from index.articles import Law
from index.derived_names import LawName, abbreviations, name_in_words
from index.errors import CorpusError
from index.reference_tokens import fold, word_set

_KEYS = word_set("id celex title names abbreviations years jurisdiction continues")


@dataclass(frozen=True, slots=True)
class AliasEntry:
    """One `[[law]]` of a file of names.

    Attributes:
        id, celex: of the law it concerns; empty where it goes by another key.
        title: searched in the folded title; None where it goes by another key.
        names: in words and abbreviated.
        years: by which the law may be called.
        jurisdiction: where the law applies; empty where the file does not say.
        continues: folded words after which the name is another law's.
    """

    id: str
    celex: str
    title: re.Pattern[str] | None
    names: tuple[LawName, ...]
    years: tuple[int, ...]
    jurisdiction: str
    continues: tuple[tuple[str, ...], ...]

    def concerns(self, law: Law) -> bool:
        """Whether the entry is about this law."""
        if self.id:
            return law.id == self.id
        if self.celex:
            return self.celex in law.id or self.celex in law.source
        folded = " ".join(fold(word) for word in law.title.split())
        return self.title is not None and self.title.search(folded) is not None


@dataclass(frozen=True, slots=True)
class AliasFile:
    """All of a file: its laws, and its words for countries as (folded words, code)."""

    entries: tuple[AliasEntry, ...]
    places: tuple[tuple[tuple[str, ...], str], ...]


def parse_aliases(parsed: Iterable[tuple[str, object]]) -> AliasFile:
    """Reads a parsed TOML file, its items after the place ("", path).

    Raises:
        CorpusError: names the file and the entry.
    """
    items = iter(parsed)
    _, place = next(items)
    entries: list[AliasEntry] = []
    places: list[tuple[tuple[str, ...], str]] = []
    for key, value in items:
        if key == "law" and isinstance(value, list):
            entries += [_entry(raw, f"{place}, [[law]] number {n}") for n, raw in enumerate(value, 1)]
        elif key == "places" and isinstance(value, dict):
            for code, words in value.items():
                places += [
                    (name_in_words(word).words, code) for word in _texts({"places": words}, "places", f"{place}")
                ]
        else:
            raise CorpusError(f"{place}: {key!r} is not known there; write [[law]] or [places]")
    return AliasFile(tuple(entries), tuple(places))


def _entry(raw: object, place: str) -> AliasEntry:
    if not isinstance(raw, dict):
        raise CorpusError(f"{place}: a table was expected")
    if unknown := sorted(set(raw) - _KEYS):
        raise CorpusError(f"{place}: the key {unknown[0]!r} is not known; known are {', '.join(sorted(_KEYS))}")
    if len([key for key in ("id", "celex", "title") if raw.get(key)]) != 1:
        raise CorpusError(f"{place}: say which law by exactly one of id, celex or title")
    years = raw.get("years", [])
    if not isinstance(years, list) or not all(isinstance(year, int) for year in years):
        raise CorpusError(f"{place}: 'years' must be a list of whole numbers")
    try:
        title = re.compile(_text(raw, "title", place)) if raw.get("title") else None
    except re.error as error:
        raise CorpusError(f"{place}: 'title' is no regular expression ({error})") from error
    names = [name_in_words(name) for name in _texts(raw, "names", place)]
    names += [name for short in _texts(raw, "abbreviations", place) for name in abbreviations(short)]
    return AliasEntry(
        id=_text(raw, "id", place),
        celex=_text(raw, "celex", place),
        title=title,
        names=tuple(name for name in names if name.words),
        years=tuple(years),
        jurisdiction=_text(raw, "jurisdiction", place),
        continues=tuple(name_in_words(words).words for words in _texts(raw, "continues", place)),
    )


def _text(raw: dict[str, object], key: str, place: str) -> str:
    value = raw.get(key, "")
    if not isinstance(value, str):
        raise CorpusError(f"{place}: {key!r} must be text")
    return value


def _texts(raw: dict[str, object], key: str, place: str) -> tuple[str, ...]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise CorpusError(f"{place}: {key!r} must be a list of texts")
    return tuple(str(text) for text in value)
