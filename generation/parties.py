"""Named parties: whether a sentence puts one party in the place of another."""

from collections.abc import Sequence

from generation.clauses import Clause, Role


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


LIKE = 2
MARGIN = 1
