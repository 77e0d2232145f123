"""The labels after a word like "Article" or "khoản": numbers, suffixes, lists, ranges, and provisions in brackets."""

from index.provision_labels import (
    CLOSE,
    COMMON,
    OPEN,
    Label,
    counts_up,
    expand,
    may_be_number,
    past_number_signs,
    read_bracketed,
    read_suffix,
    trunk_above,
    written,
)
from index.reference_letters import closes_label, read_counted, read_latin, read_letter, rises
from index.reference_tokens import Tokens, word_set
from index.reference_words import (
    AFTER_WORD_NUMBER,
    AND,
    ARTICLE,
    ARTICLES_BEFORE,
    LATIN,
    MEASURES,
    OF,
    ORDINAL_SIGNS,
    TO,
    UNITS,
)
from index.spelled_numbers import read_number
from index.structure_numerals import roman_value

# After these whole words a number of any length is an article's: "Article 99999999" is one that no law has.
_WHOLE_WORDS = word_set("article articles articulo articulos artikel artikeln dieu section sections seccion secciones")
_LONGEST = 18  # digits


def article_labels(t: Tokens, at: int, *, loose: bool, plural: bool, word: str = "") -> tuple[Label, ...]:
    """The article numbers from token `at` on, each with the provisions written after it.

    `loose` also takes one letter or one Roman digit ("Annex A"), `plural` trusts that a list follows.
    """
    first = _article_label(t, at, loose=loose, word=word, listed=False, long=word in _WHOLE_WORDS)
    if first is None:
        return ()
    labels = [first]
    while len(labels) < 200:
        following = (
            _range_end(t, labels, loose=loose)
            or _sibling(t, labels[-1], plural=plural)
            or _next_article(t, labels[-1], loose=loose, plural=plural)
        )
        if following is None:
            break
        if isinstance(following, list):
            labels = following
        else:
            labels.append(following)
    return tuple(labels)


def _range_end(t: Tokens, labels: list[Label], *, loose: bool) -> list[Label] | None:
    """As in "5 to 7", "14-16", "đến Điều 10"; or "(a) to (c)" of the same article."""
    last = labels[-1]
    at = last.last
    if last.through or (t.key(at) not in TO and t.key(at) != "bis"):
        return None
    at += 1
    if last.path and t.key(at) in OPEN:
        end = read_bracketed(t, at)
        if end is None or not counts_up(last.path[-1], end[0]) or t.has_break(at):
            return None
        return labels[:-1] + [
            Label(last.first, end[1], last.number, path=(*last.path[:-1], part))
            for part in expand(last.path[-1], end[0], vietnamese=False)
        ]
    if t.key(at) in ARTICLES_BEFORE:
        at += 1
    if UNITS.get(t.key(at)) == ARTICLE:
        at += 1
    until = _article_label(t, at, loose=loose, word="", listed=True, long=True)
    if until is None or (until.path and not last.path):
        return None
    through = f"{until.number} {until.letter}" if until.letter and not until.doubtful else until.number
    # "39 A a 39 C"; but in "ARTÍCULOS 24 A 39" the letter was not read past and is the word between the two
    lettered = bool(last.letter) and last.letter.endswith(t.raw(last.last - 1))
    number = f"{last.number} {last.letter}" if lettered else last.number
    if not rises(number, through):
        return None
    return [*labels[:-1], Label(last.first, until.last, number, through, last.path)]


def _sibling(t: Tokens, last: Label, *, plural: bool) -> Label | None:
    """As in "6(1)(a) and (b)", "20.1.a) y b)", "18.1 y 2": another provision of the same article."""
    if not last.path or last.through:
        return None
    at = last.last
    comma = t.key(at) == ","
    if comma:
        at += 1
    if t.key(at) in AND:
        at += 1
    elif not comma:
        return None
    start = at
    trunk = last.path
    if t.key(at) in OPEN and (bracketed := read_bracketed(t, at)) is not None:
        part, at = bracketed
        trunk = trunk_above(last.path, part)
        path, at = read_suffix(t, at)
        return Label(start, at, last.number, path=(*trunk, part, *path))
    if t.is_word(at) and len(t.raw(at)) == 1 and t.key(at + 1) in CLOSE and t.is_glued(at + 1):
        part = written(t, at)
        return Label(start, at + 2, last.number, path=(*trunk_above(last.path, part), part))
    if (
        not plural and not comma and len(last.path) == 1 and last.path[0].isdecimal() and t.is_number(at)
        and int(last.path[0]) < int(t.key(at)) <= 40 and t.key(at + 1) not in MEASURES and not t.is_glued(at + 1)
    ):  # fmt: skip
        return Label(start, at + 1, last.number, path=(t.key(at),))
    return None


def _next_article(t: Tokens, last: Label, *, loose: bool, plural: bool) -> Label | None:
    at = last.last
    conjunction = False
    if t.key(at) in (",", ";"):
        at += 1
    if t.key(at) in AND:
        conjunction = True
        at += 1
    if at == last.last:
        return None
    if t.key(at) in ("la", "el", "the") and plural:
        at += 1
    if not (t.is_number(at) or last.spelled):  # "section 26 and the Second Schedule" lists no second section
        return None
    label = _article_label(t, at, loose=loose, word="", listed=True, long=plural)
    if label is None or t.key(label.last) in MEASURES or _begins_inner(t, label.last):
        return None
    if plural or conjunction or _goes_on(t, label.last):
        return label
    return None


def _begins_inner(t: Tokens, at: int) -> bool:
    """Whether a number was a clause's after all: "apartados 5 del artículo 26, 7 del artículo 31"."""
    start = at
    while start - at < 2 and t.key(start) in OF | ARTICLES_BEFORE:
        start += 1
    return start > at and UNITS.get(t.key(start)) == ARTICLE


def _goes_on(t: Tokens, at: int) -> bool:
    """Whether what follows a bare number lets it be a member of a list without a conjunction ("5, 6 và 7")."""
    key = t.key(at)
    return key in AND or key in OF or key in (",", "", ".", ";", ")", "?", ":") or key in AFTER_WORD_NUMBER


def _article_label(t: Tokens, at: int, *, loose: bool, word: str, listed: bool, long: bool) -> Label | None:
    first = at
    at = past_number_signs(t, at)
    digits = t.is_number(at)
    reading = (
        _number_in_digits(t, at, word, long=long)
        if digits
        else _number_in_words(t, at, loose=loose, word=word, listed=listed)
    )
    if reading is None:
        return None
    number, plain = reading
    number, at = read_latin(t, number, plain)
    letter, doubtful = "", False
    if at > plain:  # "129 bis 1"
        letter, at = read_counted(t, at)
    elif digits:
        letter, at, doubtful = read_letter(t, at)
    suffix, at = read_suffix(t, at)
    return Label(first, at, number, path=suffix, spelled=not digits, letter=letter, doubtful=doubtful)


def _number_in_digits(t: Tokens, at: int, word: str, *, long: bool) -> tuple[str, int] | None:
    """As in "6", "26C", "1.902", "4.º"; None where the digits count or date something."""
    if word in ("art", "s", "sec") and t.key(at + 1) in MEASURES:
        return None
    number = t.key(at)
    at += 1
    if len(number) <= 2 and t.key(at) == "." and t.is_glued(at) and t.is_glued(at + 1) and _thousands(t, at + 1):
        number += t.raw(at + 1)
        at += 2
    if len(number) > (_LONGEST if long else 4) or (t.key(at) == "/" and t.is_glued(at) and t.is_number(at + 1)):
        return None
    if t.key(at) == "." and t.is_glued(at) and t.key(at + 1) in ORDINAL_SIGNS and t.is_glued(at + 1):
        at += 2
    elif t.is_glued(at) and (t.key(at) in ORDINAL_SIGNS or t.raw(at) in ("o", "er")):
        at += 1
    if not (t.is_word(at) and t.is_glued(at)) or t.key(at) in LATIN:
        return number, at
    if len(t.key(at)) == 1 and closes_label(t, at + 1):  # "20a)": a point, which the suffix reads
        return number, at
    if len(t.key(at)) == 1 or (len(t.key(at)) == 2 and t.raw(at).isupper()):
        return number + written(t, at).upper(), at + 1
    return None


def _thousands(t: Tokens, at: int) -> bool:
    """Three digits after a point: "artículo 1.902" is one number; no law counts clauses so far."""
    return t.is_number(at) and len(t.raw(at)) == 3


def _number_in_words(t: Tokens, at: int, *, loose: bool, word: str, listed: bool) -> tuple[str, int] | None:
    key = t.key(at)
    if t.is_word(at) and (value := roman_value(key)) is not None and _is_roman(t, at, loose=loose, word=word):
        return str(value), at + 1
    reading = read_number(t.keys, at) if t.is_word(at) else None
    if reading is not None:
        value, end = reading
        if end - at == 1 and key in COMMON and not listed and not may_be_number(t, at):
            return None
        return str(value), end
    if loose and t.is_word(at) and len(t.raw(at)) == 1 and t.raw(at).isupper():
        return t.raw(at), at + 1
    return None


def _is_roman(t: Tokens, at: int, *, loose: bool, word: str) -> bool:
    """Capitals only; one letter only where a number is sure to stand ("Annex I"): "the article I read" is prose."""
    raw = t.raw(at)
    if not raw.isupper() or (word == "dieu" and len(raw) == 1):
        return False
    if len(raw) > 1:
        return True
    following = t.key(at + 1)
    if loose:
        return raw in "IVX"
    return raw in "IVX" and t.is_capital(at - 1) and (not t.is_word(at + 1) or following in OF or t.is_capital(at + 1))
