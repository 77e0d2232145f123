"""Levels put together: "point (b) of paragraph 1 of Article 6" is one reference, "Điều 5 khoản 1 và 2" are two."""

from dataclasses import replace

from index.reference_targets import Relative, Target, Unit
from index.reference_words import ARTICLE, NUMBER, POINT


def bind(joined: list[tuple[str, Unit]]) -> list[Target]:
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


def _binds_outwards(joined: list[tuple[str, Unit]], position: int) -> bool:
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


def _next_is_article(joined: list[tuple[str, Unit]], position: int) -> bool:
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


def _under(waiting: list[tuple[int, Target]], unit: Unit) -> list[Target]:
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
