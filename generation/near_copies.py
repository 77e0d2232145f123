"""Copies of the law with one word turned round: "shall not be governed" where the law says "shall be governed"."""

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


def turns_round(sentence: str, law: str, *, lang: str) -> bool:
    """Whether a sentence is the law's own words but for a few, and these deny, allow or demand otherwise.

    Only small changes between words that both share are looked at, so a sentence that leaves out a whole clause of the
    law, its exceptions among it, is no matter of this rule.

    Args:
        sentence: what is claimed.
        law: the provision, behind the words that introduce it.
        lang: of both; in a language whose words are not known here nothing is found.
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
        and _commits(written[start:end], lang) != _commits(said[since:to], lang)
        for kind, start, end, since, to in changes
    )


def _commits(words: list[str], lang: str) -> tuple[bool, ...]:
    """Which of denial, demand and permission the words bring."""
    known = rules(lang)
    found = known.cue.findall(" ".join(words)) if known is not None else ()
    forces = frozenset().union(*(known.forces[phrase] for phrase in found)) if known is not None else frozenset()
    return tuple(not forces.isdisjoint(kind) for kind in _KINDS)
