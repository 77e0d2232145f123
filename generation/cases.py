"""What the gate's rules compare: a sentence, and the provisions that it cites, read once for all sentences."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from generation.clauses import Clause, Role, read_clause, sentences_of, without_opening
from generation.evidence import OPENS, Extract, cite
from generation.quantities import NAME, Quantity, holds, quantities
from generation.rules import rules
from generation.sentences import Claim, clean
from generation.terms import terms

_ITEM = re.compile(r"(?:^|(?<=[\s;:]))\(?[a-zđ]\)(?=\s)")  # "a)" or "(a)" before an item of a list


class Evidence:
    """One provision that the writer was shown, and what the rules compare sentences with; each worked out on first use.

    Attributes:
        extract: the provision.
        opening: the stretch that introduces it; where the extract names none, the last one shown of the same text that
            ends in a colon or dash.
        reference: its citation in words, "Article 33(1)".
    """

    def __init__(self, extract: Extract, opening: Extract | None = None) -> None:
        self.extract = extract
        self.opening = extract.introduction or opening
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
        """The numbers in all of that but the reference; of the law's title, only dates and the like."""
        law = quantities("\n".join((*self.texts, self.extract.hit.version.heading)), self.lang)
        return (*law, *(number for number in self._in_title if number.unit))

    @cached_property
    def labels(self) -> frozenset[Decimal]:
        """The numbers in the reference, "art. 18.4" giving 18 and 4 too, and in the law's title: they count nothing."""
        digits = frozenset(Decimal(digits) for digits in re.findall(r"\d+", self.reference))
        read = (*quantities(self.reference, self.lang), *self._in_title)
        return digits | {number.value for number in read}

    @cached_property
    def _in_title(self) -> tuple[Quantity, ...]:
        law = self.extract.hit.law
        return quantities("\n".join((law.title, *law.aliases)), self.lang)

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The sentences and list items of the text, each with what its introduction and the heading say of it."""
        heading = read_clause(fold_space(self.extract.hit.version.heading), self.lang).cues
        opening: tuple[Clause, ...] = (
            () if self.opening is None else (read_clause(fold_space(self.opening.text), self.lang),)
        )
        found: list[Clause] = []
        for line in map(fold_space, self.extract.text.split("\n")):
            own = opening
            for sentence in sentences_of(line):
                found.append(read_clause(sentence, self.lang, opening=own, heading=heading))
                head, introduces, _ = sentence.partition(": ")
                if introduces:
                    own = (*opening, read_clause(head, self.lang))  # "... any of these: (i) warn; (ii) fine"
            if line.endswith(OPENS):
                opening += (read_clause(line, self.lang),)
        return tuple(found)

    def names(self, number: Quantity) -> bool:
        """Whether a number is one of the reference, and counts nothing."""
        return number.unit in ("", NAME) and not number.thing and number.value in self.labels

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """The parties that are named in any of it."""
        return read_clause(fold_space(self.said), self.lang).roles

    @cached_property
    def terms(self) -> frozenset[str]:
        """The words in `said` that carry meaning."""
        return frozenset(terms(self.said, self.lang))


def evidence(shown: Mapping[int, Extract]) -> dict[int, Evidence]:
    """The provisions shown, each with what introduces it, by number."""
    found: dict[int, Evidence] = {}
    opening: Extract | None = None
    for number, extract in shown.items():
        if opening is not None and opening.hit.version.id != extract.hit.version.id:
            opening = None
        found[number] = Evidence(extract, opening)
        if extract.text.endswith(OPENS):
            opening = extract
    return found


@dataclass(frozen=True)
class Case:
    """What a rule judges.

    Attributes:
        claim: the sentence.
        lang: the language it is written in.
        question: what it answers: "Yes, 30 days" cannot be read without it. Never a source of law.
        cited: the provisions under its markers; complete where every marker was shown.
        shown: every provision that the writer was shown, by number.
    """

    claim: Claim
    lang: str
    question: str
    cited: tuple[Evidence, ...]
    shown: Mapping[int, Evidence]

    @cached_property
    def is_the_text(self) -> bool:
        """Whether the sentence is a provision that it cites, character for character."""
        return any(self.claim.text == evidence.extract.text for evidence in self.cited)

    @cached_property
    def in_one_language(self) -> bool:
        """Whether the law cited is in the language of the sentence."""
        return all(evidence.lang == self.lang for evidence in self.cited)

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The sentences of the claim, read; without the "yes" or "no" that opens it."""
        text = without_opening(fold_space(self.claim.text), self.lang)
        return tuple(read_clause(sentence, self.lang) for sentence in sentences_of(text))

    @cached_property
    def law(self) -> Sequence[Clause]:
        """The clauses of all that is cited."""
        return [clause for evidence in self.cited for clause in evidence.clauses]

    def has(self, number: Quantity) -> bool:
        """Whether the sentence may hold the number: all that is cited is read together.

        "1 boat" may be any boat where the law counts no boats.
        """
        law = [quantity for evidence in self.cited for quantity in evidence.quantities]
        if number.value == 1 and number.thing and all(other.thing != number.thing for other in law):
            return True
        return any(evidence.names(number) for evidence in self.cited) or holds(number, law)

    def counts_items(self, number: Quantity) -> bool:
        """Whether the question asks how many there are, and the law cited lists as many."""
        known = rules(self.lang)
        if number.unit or known is None or not known.how_many.search(fold_space(self.question).casefold()):
            return False
        listed = Counter(e.extract.path[:-1] for e in self.cited if e.extract.path)
        written = (len(_ITEM.findall(evidence.extract.text)) for evidence in self.cited)
        return number.value in (*listed.values(), *written)

    @cached_property
    def asked(self) -> Clause:
        """The question, read."""
        return read_clause(fold_space(self.question), self.lang)


def fold_space(text: str) -> str:
    """NFC without invisible characters, every run of white space as one blank."""
    return " ".join(clean(text, emphasis=True).split())
