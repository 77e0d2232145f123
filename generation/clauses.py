"""Sentences and list items read for what they commit to, and the clauses of a law that a sentence comes nearest to."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log

import Stemmer

from generation.phrases import phrases
from generation.rules import Force, rules
from generation.sentences import split_sentences
from index.languages import fold

REACH = {"vi": 5}  # terms on which a "not" or "must" bears; Vietnamese words are of one to three syllables
_REACH = 3
NEAR = 0.75  # a clause this near, as a share of the nearest one, may also be the one that is meant
ASKED = 0.5  # what a term of the question counts beside one of the sentence
_WORD = re.compile(r"\w+")
_STEMMERS = {"en": "english", "es": "spanish"}


@dataclass(frozen=True, slots=True)
class Cue:
    """One word or phrase that denies, allows or demands.

    Attributes:
        phrase: in lower case.
        forces: what it does.
        behind: terms that follow it, nearest first, as far as it reaches.
        before: terms that it follows, nearest first.
        conditional: whether it stands behind an "if", which a sentence may leave out.
    """

    phrase: str
    forces: frozenset[Force]
    behind: tuple[str, ...]
    before: tuple[str, ...]
    conditional: bool = False

    @property
    def denies(self) -> bool:
        """Whether it is a plain "not"."""
        return bool(self.forces & {Force.NEGATION, Force.PROHIBITION, Force.EXEMPTION})

    @property
    def around(self) -> frozenset[str]:
        """The terms on either side."""
        return frozenset((*self.behind, *self.before))


@dataclass(frozen=True, slots=True)
class Role:
    """A party that is named.

    Attributes:
        name: as it is written, in lower case.
        group: number of the names that mean the same party.
        behind, before: the terms on either side, nearest first.
    """

    name: str
    group: int
    behind: tuple[str, ...]
    before: tuple[str, ...]

    def likeness(self, other: "Role") -> int:
        """How many terms stand on the same side of both."""
        return len(set(self.behind) & set(other.behind)) + len(set(self.before) & set(other.before))


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence, or one item of a list, read for what it commits to.

    Attributes:
        terms: its words that carry meaning, stemmed, without marks.
        cues: in order.
        roles: the parties that it names, in order.
        opening: what introduces it ("the controller shall not:"), read, outermost first.
        heading: cues of the heading above it.
    """

    terms: frozenset[str]
    cues: tuple[Cue, ...]
    roles: tuple[Role, ...] = ()
    opening: tuple["Clause", ...] = ()
    heading: tuple[Cue, ...] = ()

    @property
    def introduced(self) -> tuple[Cue, ...]:
        """The cues of what introduces it."""
        return tuple(cue for clause in self.opening for cue in clause.cues)

    @property
    def given(self) -> tuple[Cue, ...]:
        """The cues of what introduces it, and of the heading."""
        return (*self.heading, *self.introduced)

    @property
    def subject(self) -> frozenset[str]:
        """Its terms, with those of what introduces it."""
        return self.terms.union(*(clause.terms for clause in self.opening))


def read_clause(text: str, lang: str, *, opening: tuple[Clause, ...] = (), heading: tuple[Cue, ...] = ()) -> Clause:
    """Reads folded text; in a language without rules there are terms and no cues."""
    known = rules(lang)
    text = text.casefold()
    spans = [] if known is None else [(m.start(), m.end(), known.forces[m.group()]) for m in known.cue.finditer(text)]
    common = phrases(lang).function_words if known is not None else frozenset()
    words: list[str] = []
    places: list[int] = []  # of each term
    walls: list[int] = []  # where no reach goes on
    at = 0
    for found in _WORD.finditer(text):
        start, word = found.start(), found.group()
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        inside = at < len(spans) and spans[at][0] <= start
        if known is not None and word in known.stops:
            walls.append(start)
        if (inside and Force.NEGATIVE not in spans[at][2]) or (word in common and not inside):
            continue
        words.append(word)
        places.append(start)
    if lang in _STEMMERS:
        words = Stemmer.Stemmer(_STEMMERS[lang]).stemWords(words)
    stems = words if lang == "vi" else [fold(word) for word in words]  # in Vietnamese the marks make the word
    reach = REACH.get(lang, _REACH)

    def behind(end: int) -> tuple[str, ...]:
        first, wall = bisect_left(places, end), bisect_left(walls, end)
        last = bisect_left(places, walls[wall]) if wall < len(walls) else len(places)
        return tuple(stems[first : min(first + reach, last)])

    def before(start: int) -> tuple[str, ...]:
        last = bisect_left(places, start)
        return tuple(reversed(stems[max(0, last - reach) : last]))

    cues: list[Cue] = []
    nobody = -1  # where the reach of the last "nobody" ends
    for start, end, forces in spans:
        if Force.NEUTRAL in forces:
            continue
        if Force.PERMISSION in forces and bisect_left(places, start) <= nobody:
            cues.append(
                Cue(text[start:end], frozenset({Force.PROHIBITION}), behind(end), before(start))
            )  # "nobody may"
            continue
        if Force.NOBODY in forces:
            nobody = bisect_left(places, end) + len(behind(end))
        condition = known is not None and known.condition.search(text, text.rfind(",", 0, start) + 1, start)
        cues.append(Cue(text[start:end], forces, behind(end), before(start), bool(condition)))
    roles = (
        ()
        if known is None
        else tuple(
            Role(m.group(), known.roles[m.group()], behind(m.end()), before(m.start()))
            for m in known.role.finditer(text)
        )
    )
    return Clause(frozenset(stems), tuple(cues), roles, opening, heading)


def sentences_of(text: str) -> Iterator[str]:
    """The sentences of a folded line, cut also at semicolons."""
    for sentence in split_sentences(text):
        yield from (part for part in sentence.split(";") if any(c.isalnum() for c in part))


def without_opening(text: str, lang: str) -> str:
    """An answer without the "yes" or "no" that opens it, which denies nothing by itself."""
    known = rules(lang)
    opening = None if known is None else known.opening.match(text.casefold())
    return text[opening.end() :] if opening else text


def nearest(claim: Clause, law: Sequence[Clause], asked: frozenset[str]) -> tuple[Clause, ...]:
    """The clauses that share most with a sentence, best first; empty where none shares anything.

    Args:
        claim: the sentence.
        law: the clauses of all that it cites.
        asked: terms of the question it answers.

    A shared term counts by its rarity among the clauses. Where two share as much, the shorter comes first.
    """
    wanted = claim.terms | asked
    shared = [wanted & clause.terms for clause in law]
    found = Counter(term for terms in shared for term in terms)
    weight = {
        term: log(1.0 + len(law) / count) * (1.0 if term in claim.terms else ASKED) for term, count in found.items()
    }
    scores = [sum(weight[term] for term in terms) for terms in shared]
    order = sorted(range(len(law)), key=lambda i: (-scores[i], len(law[i].terms)))
    best = scores[order[0]] if order else 0.0
    return tuple(law[i] for i in order if scores[i] >= NEAR * best) if best else ()
