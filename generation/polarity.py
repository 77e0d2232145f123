"""Negation and modality: whether a sentence denies, allows or demands what the law does not."""

from collections.abc import Sequence

from generation.clauses import Clause, Cue
from generation.rules import Force

_MODAL = frozenset({Force.PERMISSION, Force.OBLIGATION, Force.PROHIBITION, Force.EXEMPTION, Force.POSSIBLE})
ANCHORS = 3  # terms behind a modal verb by which the same verb is known in the law
CONDITIONS = frozenset(
    {"agreement", "consent", "approv", "consentimient", "acuerd", "autoriz"}
)  # had, or it may not be
ALIKE = 0.5  # share of a sentence's terms in a clause from which it is in the clause's own words


def contradicts(claim: Clause, law: Sequence[Clause], cited: Sequence[Clause], asked: Clause) -> bool:
    """Whether the claim denies what the law says, says what it denies, or allows, demands or forbids otherwise.

    Args:
        claim: one sentence.
        law: the clauses that say most nearly the same, best first; never empty.
        cited: all clauses of the law that is cited.
        asked: the question that it answers.
    """
    return _denies_otherwise(claim, law, cited, asked) or _demands_otherwise(claim, law)


def _denies_otherwise(claim: Clause, law: Sequence[Clause], cited: Sequence[Clause], asked: Clause) -> bool:
    invented = any(_is_invented(cue, claim, law, cited) for cue in claim.cues if cue.denies)
    return invented or _drops_denial(claim, law[0], asked)


def _is_invented(denial: Cue, claim: Clause, law: Sequence[Clause], cited: Sequence[Clause]) -> bool:
    """Whether a sentence denies what the law does not, as far as can be told."""
    telling = [clause for clause in law if clause.subject & _about(denial, claim, clause)]
    if not telling or any(_answers(denial, claim, clause) for clause in telling):
        return False
    verb = denial.behind[:1]
    return not any(verb and cue.denies and cue.behind[:1] == verb for clause in cited for cue in clause.cues)


def _about(denial: Cue, claim: Clause, clause: Clause) -> frozenset[str]:
    """What a sentence denies; where it is in the law's own words, what stands before the "not" belongs to it."""
    in_its_words = len(claim.terms & clause.terms) >= ALIKE * len(claim.terms)
    return denial.around if in_its_words else frozenset(denial.behind)


def _answers(denial: Cue, claim: Clause, clause: Clause) -> bool:
    """Whether a clause of the law denies what a sentence denies.

    A word of the law such as "only" answers for a "not" but where the sentence has that very word besides.
    """
    if any(cue.denies for cue in clause.given) or _forbids_alike(denial, claim, clause):
        return True
    own = {cue.phrase for cue in claim.cues if not cue.denies}
    return any(
        cue.around & denial.around
        for cue in clause.cues
        if cue.denies or (Force.NEGATIVE in cue.forces and cue.phrase not in own)
    )


def _forbids_alike(denial: Cue, claim: Clause, clause: Clause) -> bool:
    """Whether a sentence that ends in "is prohibited" names what a clause forbids."""
    if denial.behind or Force.PROHIBITION not in denial.forces:
        return False
    return any(Force.PROHIBITION in cue.forces and claim.terms.intersection(cue.behind) for cue in clause.cues)


def _drops_denial(claim: Clause, best: Clause, asked: Clause) -> bool:
    """Whether a sentence says what the clause that says most nearly the same denies.

    The question may hold the denial: "What is prohibited?"
    """
    whole = any(_modes(cue) for cue in claim.cues)  # then it says by itself what is and what is not
    said = claim.cues if whole else (*claim.cues, *asked.cues)
    own = [cue for cue in said if cue.denies or Force.NEGATIVE in cue.forces]
    if any(Force.OBLIGATION in cue.forces for cue in claim.cues) and _excepts_more(best, claim):
        return False  # "must not unless": must first
    for cue in best.cues:
        denied = frozenset(cue.behind)
        repeated = denied & claim.terms
        least = max(2, len(denied)) if cue.conditional else max(1, len(denied) - 1)
        if not cue.denies or cue.behind[:1] == () or cue.behind[0] not in repeated or len(repeated) < least:
            continue
        forbids = Force.PROHIBITION in cue.forces and any(Force.PROHIBITION in other.forces for other in own)
        if not forbids and not any(other.around & cue.around for other in own):
            return True
    return False


def _demands_otherwise(claim: Clause, law: Sequence[Clause]) -> bool:
    for cue in claim.cues:
        kind = _mode(cue)
        if kind is None:
            if Force.POSSIBLE in cue.forces and _only_obliged(cue, claim, law):
                return True
            continue
        modes = {mode for clause in law for mode in _said_of(cue, clause)}
        if not modes:
            if kind is Force.OBLIGATION and any(
                len(cue.behind) >= ANCHORS and clause.terms.issuperset(cue.behind[:ANCHORS]) for clause in law
            ):
                continue  # "dará": the law demands without a word for it
            modes = {mode for clause in law for other in (*clause.cues, *clause.given) for mode in _modes(other)}
        if Force.PROHIBITION in modes and any(_excepts_more(clause, claim) for clause in law):
            modes |= {Force.OBLIGATION, Force.PERMISSION}  # "must not unless": may, and must first
        if modes and not modes & _COMPATIBLE[kind] and not _is_said_plainly(kind, cue, law):
            return True
    return False


def _said_of(cue: Cue, clause: Clause) -> frozenset[Force]:
    """What a clause allows or demands of that on which a "may" or "must" of the sentence bears."""
    anchors = frozenset(cue.behind[:ANCHORS])
    own = [other for other in clause.cues if anchors.intersection(other.behind[:ANCHORS])]
    speaks = any(_modes(other) for other in clause.cues)  # then what introduces the list is not about it, or not alone
    given = clause.given if anchors & clause.terms and not speaks else ()
    return frozenset(mode for other in (*own, *given) for mode in _modes(other))


def _excepts_more(clause: Clause, claim: Clause) -> bool:
    """Whether a clause has an "unless" or its like, and the sentence turns it round instead of repeating it."""
    said = {cue.phrase for cue in claim.cues}
    exceptions = {cue.phrase for cue in (*clause.cues, *clause.introduced) if Force.NEGATIVE in cue.forces}
    return bool(exceptions - said)


def _is_said_plainly(kind: Force, cue: Cue, law: Sequence[Clause]) -> bool:
    """Whether the law says without a "must": "need not" where a duty does not apply; what has to be had, as consent."""
    if kind in (Force.EXEMPTION, Force.PROHIBITION):
        own = any(other.denies and other.around & cue.around for clause in law for other in clause.cues)
        return own or any(other.denies for clause in law for other in clause.introduced)
    if kind is Force.OBLIGATION:
        return any(clause.subject & CONDITIONS & frozenset(cue.behind[:ANCHORS]) for clause in law)
    return False


def _only_obliged(cue: Cue, claim: Clause, law: Sequence[Clause]) -> bool:
    """Whether the law demands, in the same words, what a sentence puts with a weak "may"."""
    same = [other for clause in law for other in clause.cues if other.behind[:2] == cue.behind[:2] and _modes(other)]
    own = [other for other in claim.cues if other is not cue and other.behind[:2] == cue.behind[:2]]
    return bool(cue.behind and same) and not own and all(_modes(other) == {Force.OBLIGATION} for other in same)


_COMPATIBLE = {
    Force.PERMISSION: frozenset({Force.PERMISSION, Force.POSSIBLE}),
    Force.OBLIGATION: frozenset({Force.OBLIGATION}),
    Force.PROHIBITION: frozenset({Force.PROHIBITION, Force.NEGATION}),
    Force.EXEMPTION: frozenset({Force.EXEMPTION, Force.NEGATION}),
}


def _mode(cue: Cue) -> Force | None:
    for force in (Force.PROHIBITION, Force.EXEMPTION, Force.OBLIGATION, Force.PERMISSION):
        if force in cue.forces:
            return force
    return None


def _modes(cue: Cue) -> frozenset[Force]:
    return cue.forces & _MODAL
