"""The further references of a series whose laws differ: "artículos 14 CE y 1902 CC"; read in questions only.

Behind a reference and its law a number follows that has its own law beside it, before or behind, and no word for an
article. A number without a law of its own stays unread: it may count anything ("Article 6 GDPR and 72 hours").
"""

from collections.abc import Callable
from dataclasses import replace

from index.law_links import LawFinder, LawLink, LinkedLaw
from index.reference_bare import GOES_ON, STOPS
from index.reference_grammar import read_numbered
from index.reference_targets import Target
from index.reference_tokens import Tokens, fold
from index.reference_words import AND, ARTICLES_BEFORE, ENGLISH_ARTICLES, OF, PLURALS, SPANISH_ARTICLES

_OPENS = frozenset("([")
_BRACKETS = frozenset(')]”»"')
_PARTING = frozenset(",;:([") | AND
_MOST_BETWEEN = 4  # tokens from a number to its law: "of the current GDPR"


def further_reference(
    t: Tokens, finder: LawFinder, behind: int, *, word: str
) -> tuple[tuple[Target, ...], LinkedLaw, int] | None:
    """The references that follow token `behind`, where one with its law ends: with their law, and the token after them.

    `behind` is the token after the first reference and its law, `word` its word for an article, meant here too.
    """
    at = behind + (t.key(behind) in _BRACKETS)
    comma = t.key(at) in (",", ";")
    at += comma
    joined = t.key(at) in AND
    at += joined
    if not (comma or joined) or t.has_break(at):
        return None
    if t.key(at) in ARTICLES_BEFORE:
        at += 1
    if t.is_number(at):
        return _before_its_law(t, finder, at, word=word, joined=joined)
    return _behind_its_law(t, finder, at, word=word)


def _before_its_law(
    t: Tokens, finder: LawFinder, at: int, *, word: str, joined: bool
) -> tuple[tuple[Target, ...], LinkedLaw, int] | None:
    """As in "and 26 of the PDPA", "y 1902 CC"."""
    numbered = read_numbered(t, at, word=word)
    if numbered is None:
        return None
    targets, end = numbered
    targets, law = past_letter(t, targets, end, finder.following(end), following=finder.following)
    end = max(end, targets[-1].last)
    between = t.keys[end + (law.first == end + 1 and t.key(end) in _OPENS) : law.first]
    if law.link not in (LawLink.NAMED, LawLink.UNKNOWN) or len(between) > _MOST_BETWEEN or set(between) & _PARTING:
        return None
    linked = bool(set(between) & OF)
    listed = word in PLURALS
    if law.link is LawLink.UNKNOWN and not linked and not listed:
        return None
    if word in ENGLISH_ARTICLES and not (linked or listed) and _is_year(t, at):  # "Article 6 GDPR and the 2018 DPA"
        return None
    if not listed and not (linked and joined) and not _stops(t, law.last):  # "and 2 GDPR principles"
        return None
    return targets, law, max(end, law.last)


def _behind_its_law(
    t: Tokens, finder: LawFinder, at: int, *, word: str
) -> tuple[tuple[Target, ...], LinkedLaw, int] | None:
    """As in "y Código Penal 138", "and PDPA 26"."""
    law = finder.beginning(at)
    if law is None and word in SPANISH_ARTICLES:  # "y CC 1902": no Código Civil is of that year
        law = finder.beginning(at, without_year=True)
    elif law is not None and t.is_number(law.last) and _is_year(t, law.last):
        return None
    if law is None or not t.is_number(law.last) or t.has_break(law.last):
        return None
    numbered = read_numbered(t, law.last, word=word)
    if numbered is None or not _stops(t, numbered[1]):
        return None
    return numbered[0], law, numbered[1]


def past_letter(
    t: Tokens, targets: tuple[Target, ...], end: int, law: LinkedLaw, *, following: Callable[[int], LinkedLaw]
) -> tuple[tuple[Target, ...], LinkedLaw]:
    """The targets and their law where a capital at `end` was not read past: a letter of the number, or of the name."""
    if not targets[-1].letter or t.key(end) != fold(targets[-1].letter):
        return targets, law
    if end < law.last and law.first == end:  # "art. 1902 C. Civil": it begins the name of the law
        return (*targets[:-1], replace(targets[-1], letter="")), law
    if law.first <= end and (after := following(end + 1)).first > end:  # "art. 39 A LPDC"
        return (*targets[:-1], replace(targets[-1], last=end + 1, doubtful=False)), after
    return targets, law


def _is_year(t: Tokens, at: int) -> bool:
    return 1800 <= int(t.key(at)) <= 2100


def _stops(t: Tokens, at: int) -> bool:
    """Whether the sentence stops at `at`, goes on with what a law does, or with a further reference."""
    key = t.key(at)
    return not key or key in GOES_ON or key in AND or (key in STOPS and not t.is_glued(at + 1))
