"""Copies of the law with one word turned round ("shall not be governed" for "shall be governed") or one number."""

import re
from difflib import SequenceMatcher

from generation.rules import Force, rules

COPIED = 0.8  # share of a sentence's words that stand in the law, in its order, from which it is a copy
SHORTEST = 5  # words; below, too little tells a copy
CHANGED = 3  # most words that a change puts in or takes out

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_KINDS = (
    frozenset({Force.NEGATION, Force.PROHIBITION, Force.EXEMPTION}),
    frozenset({Force.OBLIGATION, Force.PROHIBITION}),
    frozenset({Force.PERMISSION, Force.POSSIBLE}),
)


def turns_round(sentence: str, law: str, *, lang: str, denied: bool = False) -> bool:
    """Whether a sentence is the law's own words but for a few, and these deny, allow, demand or count otherwise.

    Only small changes between words that both share are looked at, so a sentence that leaves out a whole clause of the
    law, its exceptions among it, is no matter of this rule.

    Args:
        sentence: what is claimed.
        law: the provision, behind the words that introduce it.
        lang: of both; in a language whose words are not known here nothing is found.
        denied: whether the question denies and the sentence only names what ("What is prohibited?" "Torture.").
    """
    if rules(lang) is None:
        return False
    said, written = (_WORD.findall(text.casefold()) for text in (sentence, law))
    if len(said) < SHORTEST or len(set(said) & set(written)) < COPIED * len(set(said)):
        return False
    changes = SequenceMatcher(None, written, said, autojunk=False).get_opcodes()
    if sum(end - start for kind, _, _, start, end in changes if kind == "equal") < COPIED * len(said):
        return False
    return any(
        kind != "equal"
        and max(end - start, to - since) <= CHANGED
        and (
            _renumbers(written[start:end], said[since:to])
            or _differ(_commits(written[start:end], lang), _commits(said[since:to], lang), denied=denied)
        )
        for kind, start, end, since, to in changes
    )


def _renumbers(law: list[str], said: list[str]) -> bool:
    """Whether one number stands in place of another; the number of the provision itself is no excuse for it."""
    old, new = ([int(word) for word in words if word.isdecimal()] for words in (law, said))
    return bool(old and new) and old != new


def _differ(law: tuple[bool, ...], said: tuple[bool, ...], *, denied: bool) -> bool:
    """Whether one side denies and the other does not, or both demand or allow and not the same.

    "may" put in or left out alone says little: "the holder has the right to fish", "the holder may fish".
    """
    if law[0] != said[0]:
        return said[0] or not denied
    return any(law[1:]) and any(said[1:]) and law[1:] != said[1:]


def _commits(words: list[str], lang: str) -> tuple[bool, ...]:
    """Which of denial, demand and permission the words bring."""
    known = rules(lang)
    found = known.cue.findall(" ".join(words)) if known is not None else ()
    forces = frozenset().union(*(known.forces[phrase] for phrase in found)) if known is not None else frozenset()
    return tuple(not forces.isdisjoint(kind) for kind in _KINDS)
