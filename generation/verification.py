"""The gate: the one exit through which every sentence leaves, whoever wrote it.

A sentence is shown only as SUPPORTED. Each rule may object; when none does, `support` must still affirm: what could not
be checked has failed. What the gate does not judge yet: negation, modality, dates in words and named parties.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from generation import polarity
from generation.answer import Sentence, SentenceState
from generation.clauses import Clause, nearest, read_clause, sentences_of, without_opening
from generation.evidence import Extract, cite
from generation.quantities import Quantity, holds, quantities
from generation.sentences import UNREADABLE, Claim, clean
from generation.terms import terms, words
from index.articles import Status
from index.validity import Standing

SUPPORT = 0.6  # least share of a sentence's terms that the law it cites must hold
QUOTATION = 0.7  # least share of its words inside quotation marks for a sentence to be a quotation

_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»|„([^„“”]+)[“”]|(?<!\w)‘([^‘’]+)’(?!\w)")
_ARTICLE = re.compile(r"\b(?:articles?|arts?\.|artículos?|điều|sections?)\s+(\d+[a-z]*)\b", re.IGNORECASE)


class Evidence:
    """One provision that the writer was shown, and what the rules compare sentences with; each worked out on first use.

    Attributes:
        extract: the provision.
        reference: its citation in words, "Article 33(1)".
    """

    def __init__(self, extract: Extract) -> None:
        self.extract = extract
        self.reference = cite(extract, 0).provision

    @property
    def lang(self) -> str:
        """ISO 639-1 code of the law's text."""
        return self.extract.hit.version.lang

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The provision, and the words that introduce it, with every run of white space as one blank."""
        introduction = self.extract.introduction
        texts = (self.extract.text,) if introduction is None else (self.extract.text, introduction.text)
        return tuple(fold_space(text) for text in texts)

    @cached_property
    def said(self) -> str:
        """All that a sentence citing this may repeat: text, introduction, heading, reference, the law's title."""
        hit = self.extract.hit
        return "\n".join((*self.texts, hit.version.heading, self.reference, hit.law.title, *hit.law.aliases))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """The numbers in all of that but the reference."""
        return quantities(self.said.replace(self.reference, ""), self.lang)

    @cached_property
    def labels(self) -> tuple[Quantity, ...]:
        """The numbers in the reference: they may be named, but they count nothing."""
        return tuple(Quantity(number.value) for number in quantities(self.reference, self.lang))

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The sentences and list items of the text, each with what its introduction and the heading say of it."""
        heads = [self.extract.hit.version.heading]
        if self.extract.introduction is not None:
            heads.append(self.extract.introduction.text)
        given = tuple(cue for head in heads for cue in read_clause(fold_space(head), self.lang).cues)
        found: list[Clause] = []
        for line in map(fold_space, self.extract.text.split("\n")):
            found += (read_clause(sentence, self.lang, given=given) for sentence in sentences_of(line))
            if line.endswith(":"):
                given += read_clause(line, self.lang).cues
        return tuple(found)

    def has(self, number: Quantity) -> bool:
        """Whether a sentence citing this may hold the number."""
        return holds(number, self.quantities) or holds(number, self.labels)

    @cached_property
    def terms(self) -> frozenset[str]:
        """The words in `said` that carry meaning."""
        return frozenset(terms(self.said, self.lang))


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule judges.

    Attributes:
        claim: the sentence.
        lang: the language it is written in.
        question: what it answers; terms of it help to tell which clause is meant. Never a source of law.
        cited: the provisions under its markers; complete where every marker was shown.
        shown: every provision that the writer was shown, by number.
    """

    claim: Claim
    lang: str
    question: str
    cited: tuple[Evidence, ...]
    shown: Mapping[int, Evidence]

    @property
    def is_the_text(self) -> bool:
        """Whether the sentence is a provision that it cites, character for character."""
        return any(self.claim.text == evidence.extract.text for evidence in self.cited)


Rule = Callable[[Case], SentenceState | None]


class Gate:
    """Judges the sentences of one answer against the provisions that its writer was shown."""

    def __init__(self, shown: Mapping[int, Extract], *, lang: str, question: str = "") -> None:
        """Takes the provisions by number, the language in which the answer is written, and what is asked."""
        self._question = question
        self._shown = {number: Evidence(extract) for number, extract in shown.items()}
        self._lang = lang

    def judge(self, claim: Claim) -> Sentence:
        """The sentence if it passes; else, once, the quotation that it should have been; else what failed."""
        return self.check(claim)

    def check(self, claim: Claim) -> Sentence:
        """The sentence with the verdict on it; only SUPPORTED may be shown."""
        claim = bind(claim, self._shown)
        cited = tuple(self._shown[number] for number in claim.markers if number in self._shown)
        case = Case(claim, self._lang, self._question, cited, self._shown)
        objection = next((verdict for rule in RULES if (verdict := rule(case)) is not None), None)
        return Sentence(claim.text, claim.markers, objection or support(case))


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
    false = any(all(quoted not in text for text in texts) for quoted in quotations(case.claim.text))
    return SentenceState.QUOTE_MISMATCH if false and not case.is_the_text else None


def _names_the_cited(case: Case) -> SentenceState | None:
    """An article that the sentence names is one that it cites, or one that the text cited itself refers to."""
    own = {evidence.extract.hit.article.number.casefold() for evidence in case.cited}
    referred = {number for evidence in case.cited for text in evidence.texts for number in _article_numbers(text)}
    for named in _article_numbers(case.claim.text) - referred:
        if not case.is_the_text and not any(number == named or number.startswith(f"{named}(") for number in own):
            return SentenceState.WRONG_PROVISION
    return None


def _numbers_agree(case: Case) -> SentenceState | None:
    """Each number of the sentence stands in the law that it cites; WRONG_PROVISION where only other law shown has."""
    for quantity in () if case.is_the_text else quantities(case.claim.text, case.lang):
        if not any(evidence.has(quantity) for evidence in case.cited):
            elsewhere = any(holds(quantity, evidence.quantities) for evidence in case.shown.values())
            return SentenceState.WRONG_PROVISION if elsewhere else SentenceState.UNSUPPORTED
    return None


def _commits_to_the_same(case: Case) -> SentenceState | None:
    """What the sentence denies, allows and demands is what the clauses that it comes nearest to do."""
    if case.is_the_text or any(evidence.lang != case.lang for evidence in case.cited):
        return None
    law = [clause for evidence in case.cited for clause in evidence.clauses]
    asked = read_clause(fold_space(case.question), case.lang).terms
    for sentence in sentences_of(without_opening(fold_space(case.claim.text), case.lang)):
        claim = read_clause(sentence, case.lang)
        near = nearest(claim, law, asked)
        if near and polarity.contradicts(claim, near):
            return SentenceState.UNSUPPORTED
    return None


# In this order: the first objection is the verdict.
RULES: tuple[Rule, ...] = (
    _is_cited,
    _was_shown,
    _is_law,
    _quotes_match,
    _names_the_cited,
    _numbers_agree,
    _commits_to_the_same,
)


def support(case: Case) -> SentenceState:
    """Whether the law cited says what the sentence says, as far as words can tell.

    A sentence that is the text of the law, or little besides a quotation of it, is supported in any language. Any other
    is judged by the share of its terms that the law cited holds, where both are in one language; across languages
    nothing here can judge it.
    """
    claim = case.claim.text
    quoted = sum(len(words(quotation)) for quotation in quotations(claim))
    if case.is_the_text or (quoted and quoted >= QUOTATION * len(words(claim))):
        return SentenceState.SUPPORTED
    claimed = frozenset(terms(claim, case.lang))
    if not claimed or any(evidence.lang != case.lang for evidence in case.cited):
        return SentenceState.NOT_CHECKED
    held = frozenset().union(*(evidence.terms for evidence in case.cited))
    return SentenceState.SUPPORTED if len(claimed & held) >= SUPPORT * len(claimed) else SentenceState.UNSUPPORTED


def quotations(text: str) -> tuple[str, ...]:
    """What stands in quotation marks, without the comma or full stop that some put inside them."""
    found = (next(filter(None, groups), "") for groups in _QUOTED.findall(text))
    return tuple(fold_space(quoted).rstrip(".,;") for quoted in found)


def fold_space(text: str) -> str:
    """NFC without invisible characters, every run of white space as one blank."""
    return " ".join(clean(text, emphasis=True).split())


def _article_numbers(text: str) -> set[str]:
    """The numbers of the articles that a text names, in lower case."""
    return {number.casefold() for number in _ARTICLE.findall(text)}
