"""Whose law a question asks for, where it says so: "in German law", "Código Civil francés", "theo luật Nhật Bản".

The names stand in `jurisdictions.toml`. Territory names alone would be in a library such as babel; what people ask with
are adjectives, which it lacks, and Vietnamese names that are ordinary words too ("Anh", "Pháp", "Ý", "Đức"), which need
the words around them and their capitals. So a name counts only beside a word for law, or as the place that the
question begins or ends with; a state that is merely mentioned is no such place.
"""

import functools
import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from importlib import resources
from typing import Any

from index.articles import Law
from retrieval.search import Hit

_READ = 3  # hits whose text may speak of the state, so that the question may be about them
_BETWEEN = r"(?:[\w-]+ ){0,3}?"  # "German [data protection] law", "Código [de Comercio] alemán"


def asked_of(question: str, *, lang: str) -> tuple[str, ...]:
    """The codes of the jurisdictions whose law the question asks for, in alphabetical order; mostly empty."""
    return tuple(code for code in sorted(_mentioned(question, lang)) if _asks(lang, code).search(question))


def jurisdictions_of(laws: Iterable[Law]) -> frozenset[str] | None:
    """The jurisdictions of laws; None where one cannot be told, so that nothing can be said to be missing."""
    homes = _table()["home"]
    found = {law.jurisdiction or homes.get(law.lang, "") for law in laws}
    return None if "" in found else frozenset(found)


def foreign(question: str, hits: Sequence[Hit], *, lang: str, here: Collection[str] | None) -> tuple[str, ...]:
    """The codes of the jurisdictions whose law a question asks for and that no law here is of.

    Empty where it asks for none, or for one that is here too, or where one of the best articles speaks of that state.
    Law of the Union is law in its members.

    Args:
        question: as understood.
        hits: what was found.
        lang: of the question.
        here: the jurisdictions of the laws that may answer; None where that is unknown.
    """
    asked = asked_of(question, lang=lang) if here is not None else ()
    if here is None or any(_is_here(code, here) for code in asked):
        return ()
    for hit in hits[:_READ] if asked else ():
        text = f"{hit.law.title} {hit.version.heading} {hit.version.text}"
        if not _mentioned(text, hit.version.lang).isdisjoint(asked):
            return ()
    return asked


def elsewhere(abroad: Iterable[str], here: Iterable[str], *, lang: str) -> str:
    """What to tell the reader, in their language: whose law was asked for, and whose there is."""
    spoken = lang if lang in _table()["lang"] else "en"
    message: str = _table()["lang"][spoken]["message"]
    return message.format(asked=_titles(abroad, spoken), here=_titles(here, spoken))


def _titles(codes: Iterable[str], lang: str) -> str:
    return ", ".join(sorted(_forms(lang, code)[0][0] if code in _table()["names"] else code for code in codes))


def _is_here(code: str, here: Collection[str]) -> bool:
    members = _table()["members"]["EU"].split()
    return code in here or (code in members and "EU" in here) or (code == "EU" and any(one in members for one in here))


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(resources.files("generation").joinpath("jurisdictions.toml").read_text(encoding="utf-8"))


def _forms(lang: str, code: str) -> tuple[list[str], list[str]]:
    """The names of a state, and the adjectives; English ones where there are none in the language."""
    names = _table()["names"][code]
    written, _, adjectives = names.get(lang, names["en"]).partition("|")
    return [one.strip() for one in written.split(",")], [one.strip() for one in adjectives.split(",") if one.strip()]


@functools.cache
def _names(lang: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """What finds any name or adjective in a language, and the code of each, in lower case."""
    codes: dict[str, str] = {}
    for code in _table()["names"]:
        nouns, adjectives = _forms(lang, code)
        codes |= dict.fromkeys((one.casefold() for one in (*nouns, *adjectives)), code)
    every = [one for code in _table()["names"] for some in _forms(lang, code) for one in some]
    return re.compile(rf"\b{_any(every, inexactly=_table()['lang'][lang]['lower'])}(?!\w)"), codes


def _mentioned(text: str, lang: str) -> set[str]:
    """The codes of all jurisdictions that a text names, however it does."""
    if lang not in _table()["lang"]:
        return set()
    pattern, codes = _names(lang)
    return {codes[one.group().casefold()] for one in pattern.finditer(text)}


@functools.cache
def _asks(lang: str, code: str) -> re.Pattern[str]:
    """What in a question asks for the law of a state."""
    words = _table()["lang"][lang]
    nouns, adjectives = _forms(lang, code)
    law, of, where = (_any(words[name].split(), inexactly=True) for name in ("law", "of", "where"))
    noun = rf"{_any(words['before'].split(','), inexactly=True)}?{_any(nouns)}(?!\w)"
    ways = [rf"\b{law} {_BETWEEN}{of} {noun}", rf"^{where} {noun}", rf"\b{where} {noun}\W*$"]
    beside = [*adjectives, *nouns] if words["noun_beside"] else adjectives  # "EU law", "luật Nhật Bản"
    if beside:
        adjective = rf"{_any(beside, inexactly=words['lower'])}(?!\w)"
        ways.append(rf"\b{adjective} {_BETWEEN}{law}\b" if words["first"] else rf"\b{law} {_BETWEEN}{adjective}")
    return re.compile("|".join(ways))


def _any(words: Iterable[str], *, inexactly: bool = False) -> str:
    """A group that matches any of the words, the longest first; with any capitals where `inexactly`."""
    alternatives = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return f"(?i:{alternatives})" if inexactly else f"(?:{alternatives})"
