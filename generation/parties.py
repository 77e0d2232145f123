"""Named parties: whether a sentence puts one party in the place of another."""

import re
from collections.abc import Sequence

from generation.cases import Case
from generation.clauses import Clause, Role

LIKE = 4  # terms around it in common by which a party of the law is taken for that of a sentence
_DOER = re.compile(r"(\w{3,}[^e])(?:ers?|ors?|ees?)")  # who does, or to whom it is done
MARGIN = 1  # by which it must be more alike than the party itself


def is_foreign(claim: Clause, case: Case) -> bool:
    """Whether the claim names a party that neither the law cited nor the question names."""
    named = [*case.asked.roles, *(role for evidence in case.cited for role in evidence.roles)]
    groups = {role.group for role in named}
    return any(role.group not in groups and not _is_implied(role, named, case) for role in claim.roles)


def _is_implied(role: Role, named: Sequence[Role], case: Case) -> bool:
    """Whether the law speaks of what a party does ("sent": the sender), and names no other that has it in its name."""
    found = _DOER.fullmatch(role.name)
    if found is None or case.lang != "en" or any(other.name.startswith(found[1]) for other in named):
        return False
    return any(term.startswith(found[1]) for evidence in case.cited for term in evidence.terms)


def confuses(claim: Clause, law: Sequence[Clause]) -> bool:
    """Whether the claim says of one party what the law says of another.

    Args:
        claim: one sentence.
        law: the clauses that say most nearly the same, best first; never empty.

    A party of the claim is looked for in the law by the terms that stand around it. Where another party stands among
    more of them than it does itself, the two were confused.
    """
    return any(_stands_elsewhere(role, law) for role in claim.roles)


def _stands_elsewhere(role: Role, law: Sequence[Clause]) -> bool:
    own = other = 0
    for clause in law:
        for found in clause.roles:
            shared = role.likeness(found)
            if found.group == role.group:
                own = max(own, shared)
            else:
                other = max(other, shared)
    return other >= LIKE and other > own + MARGIN
