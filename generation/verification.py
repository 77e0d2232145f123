"""The gate: the one exit through which every sentence leaves, whoever wrote it.

A sentence is shown only as SUPPORTED. Each rule may object; when none does, `support` must still affirm: what could not
be checked has failed.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from generation import parties, polarity
from generation.additions import adds
from generation.answer import Sentence, SentenceState
from generation.cases import Case, Evidence, evidence, fold_space
from generation.clauses import nearest, without_opening
from generation.entailment import Judge, entailed
from generation.evidence import Extract
from generation.foreign_matter import foreign_matter
from generation.law_names import names_another_law
from generation.near_copies import turns_round
from generation.nearness import least_near
from generation.quantities import holds, quantities
from generation.repair import quotations_instead
from generation.rules import Force
from generation.sentences import UNREADABLE, Claim
from generation.terms import words
from index.articles import Status
from index.embedding import Embedder
from index.validity import Standing

QUOTATION = 0.7  # least share of its words inside quotation marks for a sentence to be a quotation

_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»|„([^„“”]+)[“”]|(?<!\w)‘([^‘’]+)’(?!\w)")
_ARTICLE = re.compile(r"\b(?:articles?|arts?\.|artículos?|điều|sections?)\s+(\d+[a-z]*)\b", re.IGNORECASE)


Rule = Callable[[Case], SentenceState | None]


class Gate:
    """Judges the sentences of one answer against the provisions that its writer was shown."""

    def __init__(
        self,
        shown: Mapping[int, Extract],
        *,
        lang: str,
        question: str = "",
        judge: Judge | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        """Takes what its verdicts rest on.

        Args:
            shown: the provisions by number.
            lang: the language in which the answer is written.
            question: what is answered; empty where every sentence can be read without it.
            judge: a model that tells whether a text says a sentence; None where the words they share must do.
            embedder: tells, where there is no judge, how near they are; asked only where that was measured for it.
        """
        self._shown = evidence(shown)
        self._lang = lang
        self._question = question
        self._judge = judge
        self._embedder = embedder
        self._quoted: set[int] = set()

    @property
    def judged_by(self) -> str:
        """What receipts call the model that has a say in entailment; empty where the shared words alone decide."""
        if self._judge is not None:
            return self._judge.name
        if self._embedder is not None and least_near(self._embedder, self._lang) is not None:
            return f"nearness {self._embedder.fingerprint}"
        return ""

    def judge(self, claim: Claim) -> Sentence:
        """The sentence if it passes; else, once, the quotation that it should have been; else what failed.

        A gate remembers what passed: no provision is quoted twice in one answer in place of a failed sentence.
        """
        sentence = self.check(claim)
        if sentence.state is not SentenceState.SUPPORTED:
            for quotation in quotations_instead(sentence, self._shown, lang=self._lang, quoted=self._quoted):
                instead = self.check(quotation)
                if instead.state is SentenceState.SUPPORTED:
                    self._quoted.update(instead.citations)
                    return replace(instead, instead_of=sentence)
        else:
            said = fold_space(sentence.text)
            self._quoted.update(n for n in sentence.citations if self._shown[n].texts[0] in said)
        return sentence

    def check(self, claim: Claim) -> Sentence:
        """The sentence with the verdict on it; only SUPPORTED may be shown."""
        claim = bind(claim, self._shown)
        cited = tuple(self._shown[number] for number in claim.markers if number in self._shown)
        case = Case(claim, self._lang, self._question, cited, self._shown)
        objection = next((verdict for rule in RULES if (verdict := rule(case)) is not None), None)
        return Sentence(claim.text, claim.markers, objection or support(case, self._judge, self._embedder))


def bind(claim: Claim, shown: Mapping[int, Evidence]) -> Claim:
    """Gives a claim that names provisions in words ("Article 33(1)") the markers under which they were shown.

    Only where it cites no number, and only for a name that one shown provision alone bears.
    """
    if claim.markers:
        return Claim(claim.text, (*claim.markers, UNREADABLE)) if claim.mentions else claim
    text = " ".join((claim.text, *claim.mentions)).casefold()
    bearers = Counter(evidence.reference.casefold() for evidence in shown.values())
    meant = tuple(
        number
        for number, evidence in shown.items()
        if bearers[name := evidence.reference.casefold()] == 1
        and re.search(rf"(?<!\w){re.escape(name)}(?![\w(]|[.]\w)", text)
    )
    return Claim(claim.text, meant or ((UNREADABLE,) if claim.mentions else ()))


def _is_cited(case: Case) -> SentenceState | None:
    return None if case.claim.markers else SentenceState.NOT_CHECKED


def _was_shown(case: Case) -> SentenceState | None:
    return None if all(number in case.shown for number in case.claim.markers) else SentenceState.NOT_FOUND


def _is_law(case: Case) -> SentenceState | None:
    """What is cited is law on the day that was asked for."""
    hits = [evidence.extract.hit for evidence in case.cited]
    if any(Standing.REPEALED is hit.standing or hit.version.status is Status.REPEALED for hit in hits):
        return SentenceState.REPEALED
    return None if all(hit.is_law for hit in hits) else SentenceState.NOT_IN_EVIDENCE


def _quotes_match(case: Case) -> SentenceState | None:
    """Whatever stands in quotation marks stands in a provision cited, character for character."""
    texts = [text for evidence in case.cited for text in evidence.texts]
    false = any(all(not _quotes(quoted, text) for text in texts) for quoted in quotations(case.claim.text))
    return SentenceState.QUOTE_MISMATCH if false and not case.is_the_text else None


def _quotes(quoted: str, text: str) -> bool:
    """Whether a text holds a quotation; a term of one or two words may begin with a capital letter or without."""
    if quoted in text:
        return True
    first = quoted[:1]
    return len(quoted.split()) <= 2 and (first.lower() + quoted[1:] in text or first.upper() + quoted[1:] in text)


def _brings_nothing_foreign(case: Case) -> SentenceState | None:
    """Addresses, mark-up and formulas stand in a provision cited as they stand in the sentence."""
    law = "\n".join(evidence.said for evidence in case.cited)
    foreign = any(one not in law for one in foreign_matter(case.claim.text))
    return SentenceState.UNSUPPORTED if foreign and not case.is_the_text else None


def _stands_where_it_cites(case: Case) -> SentenceState | None:
    """A sentence that stands word for word in a provision that was shown cites one in which it stands."""
    said = fold_space(case.claim.text).rstrip(".;")
    if case.is_the_text or any(said in text for evidence in case.cited for text in evidence.texts):
        return None
    elsewhere = any(said in text for evidence in case.shown.values() for text in evidence.texts)
    return SentenceState.WRONG_PROVISION if elsewhere else None


def _names_the_cited(case: Case) -> SentenceState | None:
    """An article that the sentence names is one that it cites, or one that the text cited itself refers to."""
    own = {evidence.extract.hit.article.number.casefold() for evidence in case.cited}
    referred = {number for evidence in case.cited for text in evidence.texts for number in _article_numbers(text)}
    for named in _article_numbers(case.claim.text) - referred:
        if not case.is_the_text and not any(number == named or number.startswith(f"{named}(") for number in own):
            return SentenceState.WRONG_PROVISION
    return None


def _names_the_law(case: Case) -> SentenceState | None:
    """A law that the sentence names is one that it cites, or one that the text cited itself names."""
    if case.is_the_text or not case.in_one_language:
        return None
    wrong = names_another_law(case.claim.text, case.cited, lang=case.lang)
    return SentenceState.WRONG_PROVISION if wrong else None


def _numbers_agree(case: Case) -> SentenceState | None:
    """Each number of the sentence stands in the law that it cites; WRONG_PROVISION where only other law shown has."""
    for quantity in () if case.is_the_text else quantities(case.claim.text, case.lang):
        if not case.has(quantity) and not case.counts_items(quantity):
            elsewhere = any(holds(quantity, evidence.quantities) for evidence in case.shown.values())
            return SentenceState.WRONG_PROVISION if elsewhere else SentenceState.UNSUPPORTED
    return None


def _commits_to_the_same(case: Case) -> SentenceState | None:
    """What the sentence denies, allows and demands, and of whom, is what the clauses that it comes nearest to do."""
    if case.is_the_text or not case.in_one_language:
        return None
    if any(parties.is_foreign(claim, case) for claim in case.clauses):
        return SentenceState.UNSUPPORTED
    said = without_opening(fold_space(case.claim.text), case.lang)
    asked = any(cue.denies or Force.NEGATIVE in cue.forces for cue in case.asked.cues)
    denied = asked and not any(claim.cues for claim in case.clauses)  # "What is prohibited?" "Torture."
    law = [" ".join(reversed(evidence.texts)) for evidence in case.cited]
    if any(turns_round(said, text, lang=case.lang, denied=denied) for text in law):
        return SentenceState.UNSUPPORTED
    for claim in case.clauses:
        near = nearest(claim, case.law, case.asked.terms)
        if near and (polarity.contradicts(claim, near, case.law, case.asked) or parties.confuses(claim, near)):
            return SentenceState.UNSUPPORTED
    return None


# In this order: the first objection is the verdict.
RULES: tuple[Rule, ...] = (
    _is_cited,
    _was_shown,
    _is_law,
    _quotes_match,
    _brings_nothing_foreign,
    _stands_where_it_cites,
    _names_the_cited,
    _names_the_law,
    _numbers_agree,
    _commits_to_the_same,
)


def support(case: Case, judge: Judge | None = None, embedder: Embedder | None = None) -> SentenceState:
    """Whether the law cited says what the sentence says.

    A sentence that is the text of the law, or little besides a quotation of it, is supported in any language; any other
    must be entailed. Nothing may be tied to its end in words that are not the law's; whether they say the same, only a
    judge can tell.
    """
    claim = case.claim.text
    quoted = sum(len(words(quotation)) for quotation in quotations(claim))
    quotes = bool(quoted) and quoted >= QUOTATION * len(words(claim))
    if case.is_the_text:
        return SentenceState.SUPPORTED
    if (quotes or judge is None) and _adds(case):
        return SentenceState.UNSUPPORTED
    return SentenceState.SUPPORTED if quotes else entailed(case, judge, embedder)


def _adds(case: Case) -> bool:
    """Whether a clause of the sentence is in words that neither the law cited nor the question has."""
    said = without_opening(fold_space(case.claim.text), case.lang)
    known = (case.question, *(evidence.said for evidence in case.cited))
    return case.in_one_language and adds(said, known, lang=case.lang)


def quotations(text: str) -> tuple[str, ...]:
    """What stands in quotation marks, without the comma or full stop that some put inside them."""
    found = (next(filter(None, groups), "") for groups in _QUOTED.findall(text))
    return tuple(fold_space(quoted).rstrip(".,;") for quoted in found)


def _article_numbers(text: str) -> set[str]:
    """The numbers of the articles that a text names, in lower case."""
    return {number.casefold() for number in _ARTICLE.findall(text)}
