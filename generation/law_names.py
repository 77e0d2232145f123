"""The names of laws in a sentence, compared with the law that it cites."""

import re
from collections.abc import Sequence

from generation.cases import Evidence, fold_space
from generation.terms import terms

# What names a law begins or ends with; a name goes on over words that join and words with a capital letter.
_NAMES = {
    "en": re.compile(
        r"(?:\b[A-Z][\w-]*(?:,? (?:and|of|on|the|for|in|to)(?: the)?| [A-Z][\w-]*)* )"
        r"(?:Act|Regulation|Directive|Code|Constitution|Ordinance)\b"
    ),
    "es": re.compile(
        r"\b(?:Ley|Código|Constitución|Estatuto|Reglamento|Real Decreto|Decreto)"
        r"(?: (?:Orgánica|General|(?:de|para|sobre)(?: la| los| las| el)?|del|y|e|[A-ZÁÉÍÓÚ]\w+|\d+/\d{4}))*"
    ),
    "vi": re.compile(r"\b(?:Bộ luật|Luật|Hiến pháp|Nghị định|Thông tư)(?! (?:này|định|sư|quy)\b)(?: \w+){2}"),
}
HELD = 0.5  # least share of a name's terms that a law so called has in its title or its other names


def names_another_law(text: str, cited: Sequence[Evidence], *, lang: str) -> bool:
    """Whether a sentence names a law, and none of those that it cites is called so or names it."""
    pattern = _NAMES.get(lang)
    if pattern is None or not cited:
        return False
    for found in pattern.finditer(fold_space(text)):
        name = found.group()
        wanted = frozenset(terms(name, lang)) - _KINDS
        if wanted and not any(_is_called(evidence, name, wanted) for evidence in cited):
            return True
    return False


def _is_called(evidence: Evidence, name: str, wanted: frozenset[str]) -> bool:
    law = evidence.extract.hit.law
    titles = frozenset(term for title in (law.title, *law.aliases) for term in terms(title, evidence.lang))
    held = len(wanted & titles) >= HELD * len(wanted) or name.casefold() in evidence.said.casefold()
    return held or any(_abbreviates(word, evidence.said) for word in name.split())


def _abbreviates(word: str, text: str) -> bool:
    """Whether a word in capitals, "MAS", is made of the first letters of a name in the text, small words left out."""
    if not (word.isalpha() and word.isupper() and len(word) >= _SHORTEST):
        return False
    name = rf"\b{'[a-z]+ (?:(?:of|the|and|for|de|la|del|y) )*'.join(word)}[a-z]+"
    return re.search(name, text) is not None


_SHORTEST = 3  # letters of an abbreviation

# Kinds of law, as terms: they tell no two laws apart.
_KINDS = frozenset(
    word
    for words in ("act regul direct code ordin under section articl", "codig reglament decret", "bo luat nghi dinh")
    for word in words.split()
)
