"""Named parties: whether a sentence puts one party in the place of another."""

from collections.abc import Sequence

from generation.cases import Case
from generation.clauses import Clause, Role

LIKE = 3  # terms around it in common by which a party of the law is taken for that of a sentence
MARGIN = 1  # by which it must be more alike than the party itself


def is_foreign(claim: Clause, case: Case) -> bool:
    """Whether the claim names a party that neither the law cited nor the question names."""
    known = {role.group for role in case.asked.roles}.union(*(evidence.roles for evidence in case.cited))
    return any(role.group not in known for role in claim.roles)


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
