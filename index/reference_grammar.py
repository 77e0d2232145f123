"""The grammar of references: "point (b) of paragraph 1 of Article 6", "Điều 174 khoản 2", "arts. 14.1 y 15 bis".

Reads tokens from left to right with a bounded look-ahead; nothing is ever read twice from the start, so the time grows
with the length of the text. Which law is meant is decided elsewhere (`references.py`).
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from index.articles import ArticleKind
from index.provision_labels import Label, inner_labels
from index.reference_labels import article_labels
from index.reference_tokens import Tokens
from index.reference_words import (
    AND,
    ANNEXES,
    ARTICLE,
    ARTICLES_BEFORE,
    CLAUSE,
    MISTYPED,
    NEXT_AFTER,
    NOT_MISTYPED,
    NUMBER,
    OF,
    ORDINALS,
    PLURALS,
    POINT,
    PREVIOUS_AFTER,
    PREVIOUS_BEFORE,
    PROVISION_INITIALS,
    PROVISION_KINDS,
    SHORTENED,
    SUBPARAGRAPH,
    SUBPOINT,
    THIS,
    UNITS,
    VIETNAMESE_THIS,
)
from index.spelled_numbers import read_number


class Relative(StrEnum):
    """How a reference names its article."""

    NUMBERED = "numbered"  # by its number
    THIS = "this"  # "this Article", "Điều này"
    PREVIOUS = "previous"  # "el artículo anterior"
    NEXT = "next"  # "el artículo siguiente"
    IMPLIED = "implied"  # "paragraph 1", "khoản 2": of the article that says so


@dataclass(frozen=True, slots=True)
class Target:
    """One article, or provision of one, that a text names; token positions, end exclusive.

    `HERE` in a path stands for the clause, twice for the point, in which the text itself stands: "điểm a khoản này" is
    (HERE, "a"), "điểm này" (HERE, HERE).
    """

    first: int
    last: int
    kind: ArticleKind = ArticleKind.ARTICLE
    number: str = ""
    through: str = ""
    path: tuple[str, ...] = ()
    paragraph: int = 0
    relative: Relative = Relative.NUMBERED
    word: str = ""
    letter: str = ""
    doubtful: bool = False


HERE = "."

_STARTERS = (
    UNITS.keys() | ANNEXES.keys() | PROVISION_INITIALS.keys() | THIS | PREVIOUS_BEFORE
    | {"phu", "disposicion", "disposiciones", "disp", "d"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word for a level with its labels: "points (a) and (b)", "Articles 5 to 7"."""

    level: int
    first: int
    end: int
    targets: tuple[Target, ...]
    plural: bool


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
    return tuple(_bind(joined)), joined[-1][1].end


def _joined(t: Tokens, at: int) -> tuple[str, _Unit] | None:
    """The next unit of the same group, and how it is joined: "", ",", "and" or "of"."""
    joint = ""
    for _ in range(6):
        key = t.key(at)
        unit = _unit(t, at) if key not in AND else None
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


def _bind(joined: list[tuple[str, _Unit]]) -> list[Target]:
    """Assembles levels: inner ones bind outwards ("khoản 2 Điều 5") or hang on what is before ("Điều 5 khoản 2")."""
    done: list[Target] = []
    waiting: list[tuple[int, Target]] = []  # inner units whose article has not come yet, with their outermost level
    holder: list[Target] = []  # the targets of the article that inner units may hang on
    depth = ARTICLE  # level of the last unit that was hung on `holder`
    for position, (joint, unit) in enumerate(joined):
        binds_outwards = _binds_outwards(joined, position)
        if unit.level == ARTICLE:
            if waiting and joint == "and":
                done += [replace(target, relative=Relative.IMPLIED) for _, target in waiting]
                waiting = []
            holder = _under(waiting, unit)
            done += holder
            waiting, depth = [], ARTICLE
        elif holder and not waiting and not binds_outwards and joint in ("", ",") and _lies_within(unit.level, depth):
            holder = [_hang(holder[-1], inner) for inner in unit.targets]  # of several articles, the last
            done = done[:-1] + holder
            depth = unit.level
        elif holder and not waiting and not binds_outwards and joint == "and" and unit.level == depth < ARTICLE:
            trunk = holder[0].path[:-1]
            done += [
                replace(inner, kind=holder[0].kind, number=holder[0].number, word=holder[0].word,
                        letter=holder[0].letter, doubtful=holder[0].doubtful,
                        relative=holder[0].relative, path=(*trunk, *inner.path))
                for inner in unit.targets
            ]  # fmt: skip
        elif waiting and joint == "," and waiting[-1][0] > unit.level and _next_is_article(joined, position):
            level, outer = waiting.pop()  # "paragraph (2), points (f) and (g) of this Article"
            waiting += [(level, _hang(outer, inner)) for inner in unit.targets]
        elif waiting and joint in ("", ",", "of") and (lower := _trailing_lower(waiting, unit.level, joint)):
            inner = [target for _, target in waiting[-lower:]]
            waiting = waiting[:-lower]
            waiting += [
                (unit.level, _around(target, outer, touching=target is inner[-1]))
                for target in inner
                for outer in unit.targets
            ]
        elif waiting and joint in ("", ",") and not binds_outwards and waiting[-1][0] > unit.level:
            level, outer = waiting.pop()
            waiting += [(level, _hang(outer, inner)) for inner in unit.targets]
        else:
            waiting += [(unit.level, target) for target in unit.targets]
    return done + [replace(target, relative=Relative.IMPLIED) for _, target in waiting]


def _binds_outwards(joined: list[tuple[str, _Unit]], position: int) -> bool:
    """Whether an inner unit, or the list of its like that it begins after a comma, belongs to a unit that follows.

    In "khoản 1 Điều 48, điểm d và điểm đ khoản 1 Điều 181" both points belong to Article 181.
    """
    joint, unit = joined[position]
    following = position + 1
    while joint and following < len(joined) and joined[following][1].level == unit.level:
        following += 1
    return following < len(joined) and joined[following][0] in ("", "of") and joined[following][1].level > unit.level


def _lies_within(level: int, depth: int) -> bool:
    """Whether a unit hangs on one of `depth`; Spanish numbers lie within points as well as clauses."""
    return level < depth or (level == NUMBER and depth == POINT)


def _next_is_article(joined: list[tuple[str, _Unit]], position: int) -> bool:
    following = position + 1
    return following < len(joined) and joined[following][0] in ("", ",", "of") and joined[following][1].level == ARTICLE


def _trailing_lower(waiting: list[tuple[int, Target]], level: int, joint: str) -> int:
    """How many of the last waiting targets lie inside a unit of this level."""
    count = 0
    for inner, _ in reversed(waiting):
        if inner >= level:
            break
        count += 1
    return count or (1 if joint == "of" else 0)


def _under(waiting: list[tuple[int, Target]], unit: _Unit) -> list[Target]:
    """The waiting inner targets within the unit's article (its articles, if it is a plural), or these alone."""
    if not waiting:
        return list(unit.targets)
    outers = unit.targets if unit.plural else unit.targets[:1]
    final = waiting[-1][1]
    inner = [_around(target, outer, touching=target is final) for _, target in waiting for outer in outers]
    return inner + list(unit.targets[len(outers) :])


def _around(inner: Target, outer: Target, *, touching: bool) -> Target:
    """The inner target within the outer one; only the last of a list touches the words of the outer one."""
    return replace(
        outer,
        first=inner.first,
        last=outer.last if touching else inner.last,
        path=outer.path + inner.path,
        paragraph=inner.paragraph or outer.paragraph,
    )


def _hang(outer: Target, inner: Target) -> Target:
    return replace(
        outer,
        last=max(outer.last, inner.last),
        path=outer.path + inner.path,
        paragraph=inner.paragraph or outer.paragraph,
    )


def _unit(t: Tokens, at: int) -> _Unit | None:  # noqa: PLR0911 - one return for each form of a unit
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
        kind = ANNEXES.get(key, ArticleKind.ANNEX)
        start = at + (1 if key in ANNEXES else 2)
        return _from_labels(t, at, article_labels(t, start, loose=True, plural=key in PLURALS), kind=kind)
    if (kind_and_end := _provision_kind(t, at)) is not None:
        kind, start = kind_and_end
        return _from_labels(t, at, article_labels(t, start, loose=True, plural=key in PLURALS), kind=kind)
    if key in ORDINALS and t.key(at + 1) not in SHORTENED and (inner := UNITS.get(t.key(at + 1))) is not None:
        number = read_number((key,), 0)
        return _ordinal_first(t, at, number[0], inner) if number is not None else None
    return None


def _unit_level(t: Tokens, at: int) -> int | None:
    key = t.key(at)
    level = UNITS.get(key)
    if level is None:
        if 6 <= len(key) <= 10 and key[0] in "as" and t.is_number(at + 1) and _mistyped(key):
            return ARTICLE
        return None
    if key in SHORTENED:  # Spanish "para un", Vietnamese "áp"
        return level if t.key(at + 1) in ("(", ".") and (t.is_glued(at + 1) or t.key(at + 1) == "(") else None
    if key in ("s", "ss"):
        # "the company's 26 employees"; "S. 1" after a German Absatz is a sentence
        if t.key(at - 1) in ("'", "’") or t.key(at - 2) in ("abs", "absatz"):
            return None
        number = at + 2 if t.key(at + 1) == "." else at + 1
        return level if t.is_number(number) else None
    return level


def _mistyped(key: str) -> bool:
    """One letter left out, doubled, swapped with its neighbour or replaced; the first letter stands."""
    return key not in NOT_MISTYPED and any(_one_edit(key, word) for word in MISTYPED)


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


def _named_unit(t: Tokens, at: int, level: int) -> _Unit | None:
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


def _relative(t: Tokens, at: int, end: int, level: int, relative: Relative) -> _Unit | None:
    """Only "this" names a place inside an article ("this paragraph"); "the previous paragraph" is not resolved."""
    if level == ARTICLE:
        target = Target(at, end, relative=relative, word=_article_word(t, at, end))
        return _Unit(level, at, end, (target,), plural=False)
    if relative is not Relative.THIS or level == SUBPARAGRAPH:
        return None
    depth = 1 if level == CLAUSE else 3 if level == SUBPOINT else 2
    return _Unit(level, at, end, (Target(at, end, path=(HERE,) * depth),), plural=False)


def _article_word(t: Tokens, at: int, end: int) -> str:
    return next((t.key(position) for position in range(at, end) if UNITS.get(t.key(position)) == ARTICLE), "")


def _ordinal_first(t: Tokens, at: int, number: int, level: int) -> _Unit | None:
    """As in "first paragraph", "segundo párrafo": a paragraph counted, not numbered."""
    if level not in (CLAUSE, SUBPARAGRAPH, POINT):
        return None
    path = () if t.key(at + 1)[:4] in ("para", "subp", "parr", "inci", "alin") else (str(number),)
    target = Target(at, at + 2, path=path, paragraph=0 if path else number)
    return _Unit(level, at, at + 2, (target,), plural=False)


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
    else:
        return None
    if kind is None:
        return None
    return kind, start + 1 if t.key(start) == "." else start


def _from_labels(
    t: Tokens, at: int, labels: tuple[Label, ...], *, level: int = ARTICLE, kind: ArticleKind = ArticleKind.ARTICLE
) -> _Unit | None:
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
    return _Unit(level, at, labels[-1].last, tuple(targets), plural=key in PLURALS or t.key(at - 1) == "cac")
