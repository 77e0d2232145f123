"""What importers of whole laws share: units under headings, their stable ids, and what a text says of its status."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from index.articles import Article, ArticleKind, Status
from index.structure_articles import article_label
from index.wordings import is_repealed_text

_PREFIXES = {
    ArticleKind.ARTICLE: "a",
    ArticleKind.PREAMBLE: "pr",
    ArticleKind.ADDITIONAL: "da",
    ArticleKind.TRANSITIONAL: "dt",
    ArticleKind.REPEALING: "dd",
    ArticleKind.FINAL: "df",
    ArticleKind.ANNEX: "an",
    ArticleKind.SCHEDULE: "sc",
}
_UNIT_WORD = re.compile(
    r"^\W*(?:art[íi]culos?|arts?\.?|article|articulo|điều|§§?|annex|anexo|schedule)\s*", re.IGNORECASE
)
_RANGE = re.compile(r"^(\d+\w*(?: (?:bis|ter))?) (a|y|to|and) (\d+\w*(?: (?:bis|ter))?)$")
_TRANSITIONAL = re.compile(r"\btransitori[oa]s?\b", re.IGNORECASE)
_TRANSITIONAL_PART = re.compile(r"(?:disposiciones|artículos) transitori[oa]s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unit:
    """An article, disposition or annex as a source lays it out.

    Attributes:
        label: as the source names it.
        heading: its title; empty where it has none.
        text: everything up to the next unit, cleaned of mark-up.
        path: the headings above it, outermost first.
    """

    label: str
    heading: str
    text: str
    path: tuple[str, ...]


def articles_of(law_id: str, units: Iterable[Unit]) -> Iterator[tuple[Article, Unit]]:
    """Units with their articles, whose ids come from the labels: `law#a18bis`, `law#da3`, `law#anI`.

    A label that occurs again in the law gets `~2`, `~3` in the order of the source. A unit whose only words stand in
    its heading ("Artículo 307. (Sin contenido)") has them as its text.
    """
    seen: dict[str, int] = {}
    for found in units:
        unit = found if found.text else replace(found, heading="", text=found.heading)
        kind, number = _kind_and_number(unit)
        key = f"{_PREFIXES[kind]}{_slug(unit.label, number)}"
        seen[key] = seen.get(key, 0) + 1
        repeated = f"~{seen[key]}" if seen[key] > 1 else ""
        yield Article(f"{law_id}#{key}{repeated}", law_id, unit.label, number, kind, unit.path), unit


def _kind_and_number(unit: Unit) -> tuple[ArticleKind, str]:
    kind, number = article_label(unit.label)
    if several := _RANGE.match(_UNIT_WORD.sub("", unit.label)):  # "Artículos 307 a 313" is no article 307
        number = f"{several[1]} {several[2]} {several[3]}"
    if kind is ArticleKind.ARTICLE and (  # "Artículo 1 TRANSITORIO", or "Artículo 1" under "DISPOSICIONES TRANSITORIAS"
        _TRANSITIONAL.search(unit.label) or (unit.path and _TRANSITIONAL_PART.fullmatch(unit.path[-1]))
    ):
        kind = ArticleKind.TRANSITIONAL
    return kind, number


def _slug(label: str, number: str) -> str:
    """The label's number in a form that is safe in an id and never changes."""
    plain = unicodedata.normalize("NFC", label.lower())
    if "únic" in plain:
        return "u"
    if re.search(r"\d", plain):
        bare = _TRANSITIONAL.sub("", _UNIT_WORD.sub("", plain))
        return "".join(letter for letter in bare if letter.isalnum() and letter not in "ºª").replace("á", "a")
    return "".join(letter for letter in number if letter.isalnum()) or ("u" if plain.startswith("disposición ") else "")


def status_of(text: str, *, source_says_repealed: bool) -> Status:
    """The status of a text that is there today.

    A source's own word is never enough: where it says repealed, but the text stands, the status is unknown.
    """
    if is_repealed_text(text):
        return Status.REPEALED
    return Status.UNKNOWN if source_says_repealed else Status.IN_FORCE
