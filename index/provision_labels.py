"""The labels of clauses and points: "khoản 1 và 2", "points (a) to (c)", and those behind an article's number."""

import re
import unicodedata
from dataclasses import dataclass, replace

from index.reference_tokens import Tokens, word_set
from index.reference_words import (
    AFTER_WORD_NUMBER,
    AND,
    ARTICLES_BEFORE,
    LATIN,
    MEASURES,
    NUMBER_SIGNS,
    OF,
    ORDINAL_SIGNS,
    POINT,
    SUBPOINT,
    TO,
    UNITS,
)
from index.spelled_numbers import read_number

OPEN = frozenset("(（[")
CLOSE = frozenset(")）]")
_QUOTES = frozenset("\"“”«»'‘’")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_VIETNAMESE_LETTERS = "abcdđeghiklmnopqrstuvxy"
# "(EU)", "(a)": letters in brackets that are no label of a provision.
_NOT_LABELS = word_set("eu ue uk us ec ce no so")
_ROMAN_LABEL = re.compile(r"[ivx]{1,5}")
# Cardinals of one word in running text: "Điều hai bên thỏa thuận" counts the parties, "sau" means "after".
COMMON = word_set("mot hai ba bon tu nam sau bay tam chin muoi one two three four five six seven eight nine ten")
_LETTER_WORDS = word_set("letra letras lit litera buchst buchstabe buchstaben")
_VIETNAMESE_EXACT = word_set("một hai ba bốn tư năm sáu bảy tám chín mười")


@dataclass(frozen=True, slots=True)
class Label:
    """One label; token positions, end exclusive.

    Attributes:
        number: of an article, normalised: "6", "18 bis", "61 ter a", "26C"; empty for an inner label.
        through: the last number of a range of articles; empty for one.
        path: the clause and points, bare.
        spelled: the label was an ordinal or a number in words.
        letter: a capital after the number and a space, part of the number if the law has such an article: "39 A".
        doubtful: the letter may as well be a word of the sentence: "el artículo 39 A los efectos".
    """

    first: int
    last: int
    number: str = ""
    through: str = ""
    path: tuple[str, ...] = ()
    spelled: bool = False
    letter: str = ""
    doubtful: bool = False


def inner_labels(t: Tokens, at: int, *, level: int, word: str) -> tuple[Label, ...]:
    """The labels of clauses or points from token `at` on."""
    first = _inner_label(t, at, level=level, word=word)
    labels = [first] if first is not None else []
    while labels and len(labels) < 100:
        if (spread := _range(t, labels[-1], level=level, word=word)) is not None:
            labels[-1:] = spread
        elif (following := _listed(t, labels[-1], level=level, word=word)) is not None:
            labels.append(following)
        else:
            break
    return tuple(labels)


def _is_vietnamese(word: str) -> bool:
    return word in ("diem", "khoan", "tiet", "doan")


def _is_label_letter(t: Tokens, at: int, word: str) -> bool:
    """Whether a letter is a label where Spanish has a word: "điểm n, o, p"."""
    return _is_vietnamese(word) and t.is_word(at) and len(t.key(at)) == 1


def _range(t: Tokens, last: Label, *, level: int, word: str) -> list[Label] | None:
    """As in "(a) to (c)", "khoản 1 đến khoản 3": every label from the last one read to the one that follows."""
    at = last.last
    if t.key(at) not in TO or _is_label_letter(t, at, word) or (t.key(at) == "a" and t.key(at + 1) in CLOSE):
        return None
    at += 1
    while t.key(at) in ARTICLES_BEFORE:
        at += 1
    if UNITS.get(t.key(at)) == level:
        at += 1
    until = _inner_label(t, at, level=level, word=word)
    if until is None or len(until.path) != 1 or not last.path or t.has_break(at):
        return None
    if not counts_up(last.path[-1], until.path[0]) and not _is_vietnamese(word):
        return None
    parts = expand(last.path[-1], until.path[0], vietnamese=_is_vietnamese(word))
    return [Label(last.first, until.last, path=(*last.path[:-1], part)) for part in parts]


def _listed(t: Tokens, last: Label, *, level: int, word: str) -> Label | None:
    """The next member of a list: ", 2", "và 3", "or (d)"."""
    at = last.last + (t.key(last.last) == ",")
    if t.key(at) in AND and not _is_label_letter(t, at, word) and t.key(at + 1) not in CLOSE:
        at += 1
    if at == last.last or t.key(at) in UNITS:  # "apartado 3, número 6": the next unit
        return None
    following = _inner_label(t, at, level=level, word=word)
    if following is None or t.key(following.last) in MEASURES:
        return None
    if following.spelled is not last.spelled:  # "paragraph 1, first subparagraph"; "apartado cuatro, 26"
        return None
    if following.path[0][0].isdigit() == last.path[0][0].isdigit():
        return following
    trunk = trunk_above(last.path, following.path[0])
    if trunk == last.path or t.key(following.first) not in OPEN:
        return None
    return replace(following, path=trunk + following.path)  # "subsection (3)(c) or (d)"


def _inner_label(t: Tokens, at: int, *, level: int, word: str) -> Label | None:
    first = at
    at = past_number_signs(t, at)
    if t.key(at) in OPEN:
        part, end = read_bracketed(t, at) or ("", at)
        more, end = read_suffix(t, end)
        return Label(first, end, path=(part, *more)) if part else None
    quoted = t.key(at) in _QUOTES
    if t.is_number(at + quoted):
        return _numbered(t, first, at + quoted)
    if level <= POINT and (lettered := _lettered(t, at) or _letter(t, at + quoted, word, quoted=quoted)) is not None:
        return Label(first, lettered[1], path=(lettered[0],))
    return _in_words(t, at + quoted) if level > SUBPOINT else None


def _letter(t: Tokens, at: int, word: str, *, quoted: bool) -> tuple[str, int] | None:
    """A letter without its bracket: in quotation marks, or after a word that no other word follows."""
    if not t.is_word(at) or len(t.raw(at)) > 1:
        return None
    amended = t.key(at + 1) if t.is_number(at + 1) and t.is_glued(at + 1) else ""  # "điểm i1", put in later
    after = at + 2 if amended else at + 1
    sure = quoted or _is_vietnamese(word) or word in _LETTER_WORDS
    ends = t.raw(at).islower() and (not t.is_word(after) or t.key(after) in OF)
    return (written(t, at).lower() + amended, after + quoted) if sure or ends else None


def _in_words(t: Tokens, at: int) -> Label | None:
    reading = read_number(t.keys, at) if t.is_word(at) else None
    if reading is None or (reading[1] - at == 1 and t.key(at) in COMMON and not may_be_number(t, at)):
        return None
    more, end = read_suffix(t, reading[1])
    return Label(at, end, path=(str(reading[0]), *more), spelled=True)


def _numbered(t: Tokens, first: int, at: int) -> Label | None:
    """As in "2", "3a", "1.º", "4 bis", with what is written behind it."""
    if len(t.raw(at)) > 3 or t.key(at + 1) in MEASURES or (t.key(at + 1) == "/" and t.is_glued(at + 1)):
        return None
    part, at = t.key(at), at + 1
    if t.key(at) == "." and t.key(at + 1) in ORDINAL_SIGNS and t.is_glued(at + 1):
        at += 2
    elif t.is_glued(at) and t.key(at) in ORDINAL_SIGNS:
        at += 1
    if t.is_glued(at) and t.is_word(at):
        if len(t.raw(at)) > 1 and t.key(at) not in LATIN:
            return None
        if t.key(at + 1) not in CLOSE:
            part, at = part + written(t, at), at + 1
    if t.key(at) in LATIN:
        part, at = f"{part} {LATIN[t.key(at)]}", at + 1
    more, at = read_suffix(t, at)
    return Label(first, at, path=(part, *more))


def read_suffix(t: Tokens, at: int) -> tuple[tuple[str, ...], int]:
    """Provisions written after a number: "(1)(f)", ".4", ".1.a)", " f)"."""
    path: list[str] = []
    while len(path) < 6:
        key = t.key(at)
        if key in OPEN and (bracketed := read_bracketed(t, at)) is not None:
            path.append(bracketed[0])
            at = bracketed[1]
        elif key == "." and t.is_glued(at) and t.is_glued(at + 1) and (dotted := _dotted(t, at + 1)) is not None:
            part, at = dotted
            path.append(part)
        elif (lettered := _lettered(t, at + (key == "." and bool(path) and t.is_glued(at)))) is not None:
            part, at = lettered  # " f)", or after a point and a space: "6.1. a)"
            path.append(part)
        else:
            break
    return tuple(path), at


def _lettered(t: Tokens, at: int) -> tuple[str, int] | None:
    """A label of letters and its closing bracket, on the line of what stands before: "f)", "ii)", "a')", "b bis)"."""
    if not t.is_word(at) or t.has_break(at) or not _is_label_word(t, at):
        return None
    label, end = written(t, at), at + 1
    if t.key(end) in ("'", "’") and t.is_glued(end):
        label, end = label + "'", end + 1
    elif t.key(end) in LATIN:
        label, end = f"{label} {LATIN[t.key(end)]}", end + 1
    return (label, end + 1) if t.key(end) in CLOSE and t.is_glued(end) else None


def _dotted(t: Tokens, at: int) -> tuple[str, int] | None:
    """The label behind a point, and the token after it: "4", "1.ª", "2a", "1 bis", "a)"."""
    if t.is_number(at) and len(t.raw(at)) <= 3:
        return _dotted_number(t, at)
    if (lettered := _lettered(t, at)) is not None:
        return lettered
    return (written(t, at), at + 1) if t.is_word(at) and len(t.raw(at)) == 1 else None


def _dotted_number(t: Tokens, at: int) -> tuple[str, int]:
    part, end = t.key(at), at + 1
    if t.key(end) == "." and t.key(end + 1) in ORDINAL_SIGNS and t.is_glued(end + 1):
        return part, end + 2
    if t.is_glued(end) and t.key(end) in ORDINAL_SIGNS:
        return part, end + 1
    if t.is_glued(end) and t.is_word(end) and len(t.raw(end)) == 1 and t.key(end + 1) not in CLOSE:
        return part + written(t, end), end + 1
    if t.key(end) in LATIN:
        return f"{part} {LATIN[t.key(end)]}", end + 1
    return part, end


def read_bracketed(t: Tokens, at: int) -> tuple[str, int] | None:
    """The label in brackets at `at`, and the token after them; None where they hold something else."""
    at += 1
    while t.key(at) in _QUOTES:
        at += 1
    start = at
    label = ""
    if t.is_number(at) and len(t.raw(at)) <= 3:
        label, at = t.key(at), at + 1
        if t.is_word(at) and t.is_glued(at) and len(t.raw(at)) <= 2:
            label, at = label + written(t, at), at + 1
    elif t.is_word(at) and _is_label_word(t, at):
        label, at = written(t, at), at + 1
    while t.key(at) in _QUOTES:
        at += 1
    return (label, at + 1) if at > start and t.key(at) in CLOSE else None


def _is_label_word(t: Tokens, at: int) -> bool:
    raw, key = t.raw(at), t.key(at)
    if len(raw) == 1:
        return True
    return raw.islower() and key not in _NOT_LABELS and (len(raw) == 2 or _ROMAN_LABEL.fullmatch(key) is not None)


def written(t: Tokens, at: int) -> str:
    """A label as the law writes it: đ stays đ."""
    return unicodedata.normalize("NFC", t.raw(at))


def trunk_above(path: tuple[str, ...], part: str) -> tuple[str, ...]:
    """The path above a sibling: the deepest level whose labels are of the same sort as `part` is replaced."""
    for level in range(len(path) - 1, -1, -1):
        if path[level][0].isdigit() == part[0].isdigit():
            return path[:level]
    return path


def counts_up(first: str, last: str) -> bool:
    """Whether two labels may bound a range: both digits or both letters, and rising."""
    if first.isdecimal() and last.isdecimal():
        return int(first) < int(last)
    return not first[0].isdigit() and not last[0].isdigit() and (len(first), first) < (len(last), last)


def expand(first: str, last: str, *, vietnamese: bool) -> list[str]:
    """The labels from first to last: "1" to "3", "a" to "đ"; the two ends alone where they do not count up."""
    if first.isdecimal() and last.isdecimal() and 0 < int(last) - int(first) <= 60:
        return [str(n) for n in range(int(first), int(last) + 1)]
    letters = _VIETNAMESE_LETTERS if vietnamese else _LETTERS
    if len(first) == len(last) == 1 and 0 <= letters.find(first) < letters.find(last):
        return list(letters[letters.find(first) : letters.find(last) + 1])
    return [first, last]


def past_number_signs(t: Tokens, at: int) -> int:
    """Past "no.", "n.º", "number", "số", where a number follows."""
    end = at
    for _ in range(3):
        if t.key(end) not in NUMBER_SIGNS and not (t.key(end) == "." and end > at):
            break
        end += 1
    return end if end > at and t.is_number(end) else at


def may_be_number(t: Tokens, at: int) -> bool:
    """Whether a common word is a number here: exact in its diacritics, and followed as a number is."""
    exact_form = unicodedata.normalize("NFC", t.raw(at).lower())
    if not exact_form.isascii() or t.key(at) in ("hai", "ba"):
        exact = exact_form in _VIETNAMESE_EXACT
    else:
        exact = t.key(at) not in ("mot", "bon", "tu", "nam", "sau", "bay", "tam", "chin", "muoi")
    following = at + 1
    return exact and (not t.is_word(following) or t.key(following) in AFTER_WORD_NUMBER or t.is_capital(following))
