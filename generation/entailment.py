"""Whether the law says what a sentence says: by the words they share, or by a model that was trained to tell."""

from typing import Protocol

from generation.answer import SentenceState
from generation.cases import Case
from generation.clauses import without_opening
from generation.nearness import least_near, nearness
from generation.terms import terms
from index.embedding import Embedder

# Least share of a sentence's terms that the law cited must hold (first), and of the sentence's and its question's
# together (second).
SHARES = {"en": (0.25, 0.3), "es": (0.45, 0.6), "vi": (0.45, 0.6)}
_SHARES = (0.6, 0.6)  # in a language for which none were tuned
# In a short sentence each word weighs: least share of its terms that law or question must hold, by how many it has.
SHORT = {
    "en": {2: 1.0, 3: 1.0, 4: 0.5, 5: 0.5},
    "vi": dict.fromkeys(range(3, 11), 0.65),
}
SURE = 0.8  # share of a sentence's terms in the law from which no embedder is asked
ENTAILED = 0.5  # least probability with which a model must find a sentence entailed


class Judge(Protocol):
    """A model of natural language inference, such as a cross-encoder; it may know several languages."""

    @property
    def name(self) -> str:
        """What receipts call it."""
        ...

    def entails(self, premise: str, hypothesis: str) -> float:
        """The probability, in [0, 1], that whoever says `premise` says `hypothesis`."""
        ...


def entailed(case: Case, judge: Judge | None = None, embedder: Embedder | None = None) -> SentenceState:
    """Whether the law cited says what the sentence says.

    Where there is a judge, it decides, across languages too. Else the shared words do, where sentence and law are in
    one language; across languages nothing here can tell. Where enough are shared and not nearly all, the sentence
    must be near the law in the embedder's space besides, if it was measured how near.
    """
    if judge is not None:
        premise = "\n".join(evidence.said for evidence in case.cited)
        hypothesis = f"{case.question} {case.claim.text}".strip()
        return SentenceState.SUPPORTED if judge.entails(premise, hypothesis) >= ENTAILED else SentenceState.UNSUPPORTED
    claimed = frozenset(terms(case.claim.text, case.lang))
    asked = frozenset(terms(case.question, case.lang))
    together = claimed | asked
    if not together or not case.in_one_language:
        return SentenceState.NOT_CHECKED
    held = frozenset().union(*(evidence.terms for evidence in case.cited))
    own, both = SHARES.get(case.lang, _SHARES)
    shared = len(claimed & held)
    enough = shared >= own * len(claimed) and len(together & held) >= both * len(together)
    said = frozenset(terms(without_opening(case.claim.text, case.lang), case.lang))
    read = [
        part for clause in case.clauses for part in (*(r.name for r in clause.roles), *(c.phrase for c in clause.cues))
    ]
    strange = len(said - held - asked - frozenset(terms(" ".join(read), case.lang)))  # these have rules of their own
    enough = enough and len(claimed) - strange >= SHORT.get(case.lang, {}).get(len(claimed), 0.0) * len(claimed)
    least = least_near(embedder, case.lang)
    if enough and shared < SURE * len(claimed) and embedder is not None and least is not None:
        enough = nearness(case, embedder) >= least
    return SentenceState.SUPPORTED if enough else SentenceState.UNSUPPORTED
