"""What belongs to an article's number behind its digits: "bis", "129 bis 1", and the letter of "39 A"."""

import re

from index.provision_labels import CLOSE, OPEN, past_number_signs
from index.reference_tokens import Tokens
from index.reference_words import AND, ARTICLES_BEFORE, LATIN, MEASURES, OF, TO, UNITS

# Letters that are also words of Spanish: after "61 ter" they are read as part of the number only where no word follows.
_VOWEL_WORDS = frozenset("aeouy")
_LETTER_WORDS = _VOWEL_WORDS | {"i"}  # with English "I"
_BRACKET_REACH = 40  # tokens back from a number in which its bracket opens


def closes_label(t: Tokens, at: int) -> bool:
    """Whether the bracket closed at `at` makes a point of what stands before it ("5 A)").

    In "(artículo 5 A)" the bracket opened before the article's word, so nothing in it is a point.
    """
    if t.key(at) not in CLOSE:
        return False
    if t.key(at + 1) in CLOSE:  # "(artículo 5 A))": the inner one is the point's
        return True
    closed = 0
    for before in range(at - 1, max(at - _BRACKET_REACH, -1), -1):
        key = t.key(before)
        if key in CLOSE:
            closed += 1
        elif key in OPEN and closed:
            closed -= 1
        elif key in OPEN:
            return False
    return True


def read_latin(t: Tokens, number: str, at: int) -> tuple[str, int]:
    """The number with "bis", "-ter", "quater a" behind it, and the token after them."""
    start = at
    while True:
        mark = 1 if t.key(at) in ("-", ".") and t.is_glued(at) and t.is_glued(at + 1) else 0
        latin = LATIN.get(t.key(at + mark))
        if latin is None or (latin == "bis" and rises(number, t.key(at + mark + 1))):  # German: "§§ 5 bis 10"
            break
        number += f" {latin}"
        at += mark + 1
    dotted = t.key(at + 1) == "." and t.is_glued(at + 1) and t.is_glued(at + 2)  # "C.C."
    if at > start and t.is_word(at) and len(t.raw(at)) == 1 and not closes_label(t, at + 1) and not dotted:
        prose = t.is_word(at + 1) and not t.is_capital(at + 1) and t.key(at + 1) not in OF
        if not (t.key(at) in _VOWEL_WORDS and (prose or t.is_number(at + 1))):
            return f"{number} {t.key(at)}", at + 1
    return number, at


def read_counted(t: Tokens, at: int) -> tuple[str, int]:
    """The number behind "129 bis", with a letter or without: "1", "12 A"; empty where none stands there."""
    if not t.is_number(at) or t.is_glued(at) or len(t.raw(at)) > 2 or t.key(at + 1) in MEASURES:
        return "", at
    counted, at = t.key(at), at + 1
    if t.is_glued(at) and t.is_capital(at) and len(t.raw(at)) == 1 and not closes_label(t, at + 1):
        return counted + t.raw(at), at + 1
    letter, past, doubtful = read_letter(t, at)
    return (f"{counted} {letter}", past) if letter and past > at and not doubtful else (counted, at)


def read_letter(t: Tokens, at: int) -> tuple[str, int, bool]:
    """The capital after a number and a space, the token to read on from, and whether it may well be a word.

    Read past only where no name of a law and no sentence can begin with it: "39 A de la ley", not "1902 C. Civil".
    """
    following = at + 1
    initials = t.key(following) == "." and t.is_glued(following) and t.is_glued(following + 1)  # "C.C."
    if not _is_spaced_capital(t, at) or closes_label(t, following) or initials:
        return "", at, False
    if t.key(at) == "n" and t.key(following) in (".", "º", "°") and past_number_signs(t, at) > at:  # "19 N° 4"
        return "", at, False
    if t.is_glued(following) and t.key(following) in ("'", "’", "-", "/", "&"):
        return "", at, False
    if not t.is_word(following) or t.key(following) in OF | AND or t.key(following) in UNITS:
        dotted = t.key(following) == "." and t.is_capital(following + 1)
        return t.raw(at), at if dotted or t.is_number(following) else following, False
    if _leads_to_number(t, following):  # "39 A a 39 C"
        return t.raw(at), following, False
    prose = not t.is_capital(following) and t.key(at) in _LETTER_WORDS
    return t.raw(at), at, prose


def rises(first: str, last: str) -> bool:
    """Whether two article numbers may bound a range: "5" and "7", "39 A" and "39 C"."""
    one, two = re.match(r"\d+", first), re.match(r"\d+", last)
    return bool(one and two and int(one[0]) <= int(two[0]) and first != last)


def _leads_to_number(t: Tokens, at: int) -> bool:
    if t.key(at) not in TO:
        return False
    at += 1
    if t.key(at) in ARTICLES_BEFORE:
        at += 1
    return t.is_number(at + 1 if t.key(at) in UNITS else at)


def _is_spaced_capital(t: Tokens, at: int) -> bool:
    return t.is_word(at) and len(t.raw(at)) == 1 and t.is_capital(at) and not t.is_glued(at) and not t.has_break(at)
