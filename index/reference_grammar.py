"""The grammar of references: "point (b) of paragraph 1 of Article 6", "Điều 174 khoản 2", "arts. 14.1 y 15 bis".

Reads tokens from left to right with a bounded look-ahead; nothing is ever read twice from the start, so the time grows
with the length of the text. Which law is meant is decided elsewhere (`references.py`).
"""

from dataclasses import replace
from functools import lru_cache

from index.articles import ArticleKind
from index.provision_labels import Label, inner_labels, past_number_signs
from index.reference_binding import bind
from index.reference_labels import article_labels
from index.reference_targets import HERE, Relative, Target, Unit
from index.reference_tokens import Tokens
from index.reference_words import (
    AFTER_WORD_NUMBER,
    AND,
    ANNEXES,
    ARTICLE,
    ARTICLES_BEFORE,
    CLAUSE,
    MISTYPED,
    MISTYPED_AS,
    NEXT_AFTER,
    NUMBER,
    OF,
    ORDINAL_SIGNS,
    ORDINALS,
    PLURALS,
    POINT,
    PREVIOUS_AFTER,
    PREVIOUS_BEFORE,
    PROVISION_INITIALS,
    PROVISION_KINDS,
    SHORTENED,
    SPANISH_SECTIONS,
    SUBPARAGRAPH,
    SUBPOINT,
    THIS,
    UNITS,
    VIETNAMESE_THIS,
)
from index.spelled_numbers import read_number

_STARTERS = (
    UNITS.keys() | SPANISH_SECTIONS | ANNEXES.keys() | PROVISION_INITIALS.keys() | THIS | PREVIOUS_BEFORE
    | {"phu", "disposicion", "disposiciones", "disp", "d"}
)  # fmt: skip

_MOST_ORDINALS = 20
_ENGLISH_ORDINAL_ENDS = ("st", "nd", "rd", "th")


@lru_cache(maxsize=65536)
def may_begin(key: str) -> bool:
    """Whether references may begin with this folded token; few tokens of a text pass."""
    return key in _STARTERS or key in ORDINALS or (key[0] in "as" and 6 <= len(key) <= 10)


def read_group(t: Tokens, at: int) -> tuple[tuple[Target, ...], int] | None:
    """The references that begin at token `at` and hang together, and the token after them."""
    unit = _unit(t, at) if may_begin(t.keys[at]) else None
    if unit is None:
        return None
    joined = [("", unit)]
    while (following := _joined(t, joined[-1][1].end)) is not None and len(joined) < 200:
        joined.append(following)
    return tuple(bind(joined)), joined[-1][1].end


def read_numbered(t: Tokens, at: int, *, word: str) -> tuple[tuple[Target, ...], int] | None:
    """As `read_group`, of a number at `at` with no word before it: that of the reference before is meant."""
    unit = _from_labels(t, at, article_labels(t, at, loose=False, plural=False))
    if unit is None:
        return None
    joined = [("", replace(unit, targets=tuple(replace(target, word=word) for target in unit.targets)))]
    while (following := _joined(t, joined[-1][1].end)) is not None and len(joined) < 200:
        joined.append(following)
    return tuple(bind(joined)), joined[-1][1].end


def _joined(t: Tokens, at: int) -> tuple[str, Unit] | None:
    """The next unit of the same group, and how it is joined: "", ",", "and" or "of"."""
    joint = ""
    for _ in range(6):
        key = t.key(at)
        unit = (_unit(t, at) or _signed_number(t, at)) if key not in AND else None
        if unit is not None:
            return joint, unit
        if key == ",":
            joint = joint or ","
        elif key in AND:
            joint = "and"
        elif key in OF:
            joint = joint if joint == "and" else "of"
        elif key not in ARTICLES_BEFORE:
            return None
        at += 1
    return None


def _unit(t: Tokens, at: int) -> Unit | None:  # noqa: PLR0911 - one return for each form of a unit
    key = t.key(at)
    if key in THIS or key in PREVIOUS_BEFORE:
        level = UNITS.get(t.key(at + 1))
        if level is None or t.key(at + 1) in ("s", "§"):
            return None
        relative = Relative.THIS if key in THIS else Relative.PREVIOUS
        return _relative(t, at, at + 2, level, relative)
    if (level := _unit_level(t, at)) is not None:
        return _named_unit(t, at, level)
    if key in ANNEXES or (key == "phu" and t.key(at + 1) == "luc"):
        return _annex(t, at)
    if (kind_and_end := _provision_kind(t, at)) is not None:
        kind, start = kind_and_end
        return _from_labels(t, at, article_labels(t, start, loose=True, plural=key in PLURALS), kind=kind)
    if key in ORDINALS and t.key(at + 1) not in SHORTENED and (inner := UNITS.get(t.key(at + 1))) is not None:
        number = read_number((key,), 0)
        return _ordinal_first(t, at, number[0], inner) if number is not None else None
    return _ordinal_annexes(t, at) if key in ORDINALS else None


def _signed_number(t: Tokens, at: int) -> Unit | None:
    """As in "Art. 4 no. 1", "Article 4, number 7", "artículo 19 N° 4": a numbered point behind its article.

    Not "no" without its point, nor "No 45/2001", "N° 20.393", which number an act.
    """
    number = past_number_signs(t, at)
    if number == at or t.has_break(at) or t.key(at) in ("so", "º", "°"):
        return None
    thousands = t.key(number + 1) == "." and t.is_glued(number + 2) and t.is_number(number + 2)
    if thousands or (t.raw(at) in ("no", "n") and t.key(at + 1) not in (".", "º", "°")):
        return None
    return _from_labels(t, at, inner_labels(t, at, level=NUMBER, word=t.key(at)), level=NUMBER)


def _annex(t: Tokens, at: int) -> Unit | None:
    """As in "Annex III", "the 2nd Schedule", "recital 26"."""
    key = t.key(at)
    kind = ANNEXES.get(key, ArticleKind.ANNEX)
    start = at + (1 if key in ANNEXES else 2)
    labels = article_labels(t, start, loose=kind is not ArticleKind.PREAMBLE, plural=key in PLURALS)
    if labels and kind is ArticleKind.PREAMBLE:
        following = labels[-1].last  # Spanish "considerando 3 opciones"
        if (
            t.is_word(following)
            and not t.is_capital(following)
            and t.key(following) not in OF | AND | AFTER_WORD_NUMBER
        ):
            return None
    if not labels and t.key(at - 1) in _ENGLISH_ORDINAL_ENDS and t.is_glued(at - 1) and t.is_number(at - 2):
        target = Target(at - 2, at + 1, kind=kind, number=t.key(at - 2), word=key)
        return Unit(ARTICLE, at - 2, at + 1, (target,), plural=False)
    return _from_labels(t, at, labels, kind=kind)


def _ordinal_annexes(t: Tokens, at: int) -> Unit | None:
    """As in "the Second Schedule", "the Eighth or Tenth Schedules"; in lower case only where the law follows."""
    ordinals = [at]
    end = at + 1
    while len(ordinals) < _MOST_ORDINALS and (t.key(end) == "," or t.key(end) in AND):
        while t.key(end) in ARTICLES_BEFORE or t.key(end) == "," or t.key(end) in AND:
            end += 1
        if t.key(end) not in ORDINALS:
            return None
        ordinals.append(end)
        end += 1
    word = t.key(end)
    kind, numbers = ANNEXES.get(word), [read_number((t.key(ordinal),), 0) for ordinal in ordinals]
    if kind in (None, ArticleKind.PREAMBLE) or not (t.is_capital(end) or t.key(end + 1) in OF):
        return None
    lasts = [*(ordinal + 1 for ordinal in ordinals[:-1]), end + 1]
    targets = tuple(
        Target(first, last, kind=kind, number=str(number[0]), word=word)
        for first, last, number in zip(ordinals, lasts, numbers, strict=True)
        if kind is not None and number is not None
    )
    return Unit(ARTICLE, at, end + 1, targets, plural=len(targets) > 1) if targets else None


def _unit_level(t: Tokens, at: int) -> int | None:
    key = t.key(at)
    level = UNITS.get(key)
    if level is None:
        if key in SPANISH_SECTIONS:
            named = t.is_number(at + 1) and not _is_counted(t, at + 1)
        else:
            named = 6 <= len(key) <= 10 and key[0] in "as" and t.is_number(at + 1) and _mistyped(key)
        return ARTICLE if named else None
    if key in SHORTENED:  # Spanish "para un", Vietnamese "áp"
        return level if t.key(at + 1) in ("(", ".") and (t.is_glued(at + 1) or t.key(at + 1) == "(") else None
    if key in ("s", "ss"):
        # "the company's 26 employees"; "S. 1" after a German Absatz is a sentence
        if t.key(at - 1) in ("'", "’") or t.key(at - 2) in ("abs", "absatz"):
            return None
        number = at + 2 if t.key(at + 1) == "." else at + 1
        return level if t.is_number(number) else None
    return level


def _is_counted(t: Tokens, at: int) -> bool:
    """Whether a number is an ordinal: "2.ª", "1º"."""
    return t.key(at + 1 + (t.key(at + 1) == ".")) in ORDINAL_SIGNS


def _mistyped(key: str) -> bool:
    """One letter left out, doubled, swapped with its neighbour or replaced; the first letter stands."""
    return key in MISTYPED_AS or any(_one_edit(key, word) for word in MISTYPED)


def _one_edit(typed: str, word: str) -> bool:
    if abs(len(typed) - len(word)) > 1 or typed[0] != word[0]:
        return False
    same = 0
    while same < min(len(typed), len(word)) and typed[same] == word[same]:
        same += 1
    if len(typed) == len(word):
        swapped = typed[same + 1 : same + 2] == word[same : same + 1] and typed[same] == word[same + 1 : same + 2]
        return typed[same + 1 :] == word[same + 1 :] or (swapped and typed[same + 2 :] == word[same + 2 :])
    longer, shorter = (typed, word) if len(typed) > len(word) else (word, typed)
    return longer[same + 1 :] == shorter[same:]


def _named_unit(t: Tokens, at: int, level: int) -> Unit | None:
    key = t.key(at)
    start = at + 1
    while t.key(start) in (".", "§", "º", "°") and start - at < 4:
        start += 1
    if t.has_break(start):
        return None
    after = t.key(start)
    if after in VIETNAMESE_THIS and key in ("dieu", "khoan", "diem", "tiet"):
        return _relative(t, at, start + 1, level, Relative.THIS)
    if after in PREVIOUS_AFTER or after in NEXT_AFTER:
        relative = Relative.PREVIOUS if after in PREVIOUS_AFTER else Relative.NEXT
        return _relative(t, at, start + 1, level, relative)
    plural = key in PLURALS or t.key(at - 1) == "cac" or t.key(at + 1) == "§"
    if level == ARTICLE:
        return _from_labels(t, at, article_labels(t, start, loose=False, plural=plural, word=key))
    return _from_labels(t, at, inner_labels(t, start, level=level, word=key), level=level)


def _relative(t: Tokens, at: int, end: int, level: int, relative: Relative) -> Unit | None:
    """Only "this" names a place inside an article ("this paragraph"); "the previous paragraph" is not resolved."""
    if level == ARTICLE:
        target = Target(at, end, relative=relative, word=_article_word(t, at, end))
        return Unit(level, at, end, (target,), plural=False)
    if relative is not Relative.THIS or level == SUBPARAGRAPH:
        return None
    depth = 1 if level == CLAUSE else 3 if level == SUBPOINT else 2
    return Unit(level, at, end, (Target(at, end, path=(HERE,) * depth),), plural=False)


def _article_word(t: Tokens, at: int, end: int) -> str:
    return next((t.key(position) for position in range(at, end) if UNITS.get(t.key(position)) == ARTICLE), "")


def _ordinal_first(t: Tokens, at: int, number: int, level: int) -> Unit | None:
    """As in "first paragraph", "segundo párrafo": a paragraph counted, not numbered."""
    if level not in (CLAUSE, SUBPARAGRAPH, POINT):
        return None
    path = () if t.key(at + 1)[:4] in ("para", "subp", "parr", "inci", "alin") else (str(number),)
    target = Target(at, at + 2, path=path, paragraph=0 if path else number)
    return Unit(level, at, at + 2, (target,), plural=False)


def _provision_kind(t: Tokens, at: int) -> tuple[ArticleKind, int] | None:
    """As in "disposición adicional", "disp. adic.", "DA", "D.A.": the kind and the token after it."""
    key = t.key(at)
    if key in ("disposicion", "disposiciones", "disp"):
        start = at + 2 if t.key(at + 1) == "." else at + 1
        kind = PROVISION_KINDS.get(t.key(start))
        start += 1
    elif len(key) == 2 and t.raw(at).isupper() and key in PROVISION_INITIALS:
        kind, start = PROVISION_INITIALS[key], at + 1
    elif key == "d" and t.is_capital(at) and t.key(at + 1) == "." and t.is_capital(at + 2):
        kind, start = PROVISION_INITIALS.get("d" + t.key(at + 2)), at + 3
        if t.is_glued(start + 1) and t.is_word(start + 1):  # "D.F.L.": a decree
            return None
    else:
        return None
    if kind is None:
        return None
    return kind, start + 1 if t.key(start) == "." else start


def _from_labels(
    t: Tokens, at: int, labels: tuple[Label, ...], *, level: int = ARTICLE, kind: ArticleKind = ArticleKind.ARTICLE
) -> Unit | None:
    if not labels:
        return None
    key = t.key(at)
    counted = key in ("parrafo", "parrafos", "inciso", "incisos", "alinea", "alineas", "doan", "subparagraph")
    targets = []
    for position, label in enumerate(labels):
        paragraph = (
            int(label.path[0]) if counted and (label.spelled or key == "doan") and label.path[0].isdecimal() else 0
        )
        targets.append(
            Target(
                first=at if position == 0 else label.first,
                last=label.last,
                kind=kind,
                number=label.number,
                through=label.through,
                path=() if paragraph else label.path,
                paragraph=paragraph,
                word=key,
                letter=label.letter,
                doubtful=label.doubtful,
            )
        )
    return Unit(level, at, labels[-1].last, tuple(targets), plural=key in PLURALS or t.key(at - 1) == "cac")
