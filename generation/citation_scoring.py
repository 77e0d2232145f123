"""How exact citations are: each one classed against what should have been cited, and precision, recall and F1."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from index.articles import ArticleKind
from retrieval.evaluation import Interval, intervals, resampled_means


class CitationClass(StrEnum):
    """What a citation is beside the gold, the gravest first."""

    NONEXISTENT = "nonexistent"  # the law has no such article, or the article no such clause or point
    WRONG_LAW = "wrong_law"  # of a law that the gold does not name, or that the corpus does not hold
    WRONG_ARTICLE = "wrong_article"  # of the right law
    UNCALLED_FOR = "uncalled_for"  # the gold says that nothing should be cited
    AMBIGUOUS = "ambiguous"  # the law is not named, and several could be meant
    UNREADABLE = "unreadable"  # names no provision
    SIBLING = "sibling"  # of the right article, another clause or point
    PARENT = "parent"  # holds the gold: the article instead of its clause
    CHILD = "child"  # lies inside the gold: a clause where the whole article is the gold
    EXACT = "exact"


class Reading(StrEnum):
    """What a citation came to when it was looked up in the law."""

    FOUND = "found"
    NO_SUCH_ARTICLE = "no_such_article"
    NO_SUCH_PROVISION = "no_such_provision"  # the article exists
    NOT_IN_CORPUS = "not_in_corpus"  # the corpus lacks it where it may exist: a gap in the law's numbers, a schedule
    LAW_NOT_HERE = "law_not_here"  # nor can the corpus tell of another law whether it has such an article
    AMBIGUOUS = "ambiguous"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Address:
    """A place in the law as a citation names it.

    Attributes:
        law_id: the `Law.id`.
        kind: article, annex, additional provision ...
        headings: above the article; they tell articles of one number in one law apart.
        parts: the article's number, then the clause and points, as `comparable` gives them: ("33", "1", "a").
    """

    law_id: str
    kind: ArticleKind
    headings: tuple[str, ...]
    parts: tuple[str, ...]

    def cut(self, depth: int | None) -> "Address":
        """The provision around it that has at most so many parts; itself for None."""
        return Address(self.law_id, self.kind, self.headings, self.parts[:depth])

    def holds(self, other: "Address") -> bool:
        """Whether the other one lies inside it, or is the same."""
        return self == other.cut(len(self.parts))


@dataclass(frozen=True, slots=True)
class Cited:
    """One provision that an answer cites, or that it should cite.

    Attributes:
        written: as the answer writes it.
        reading: what it came to.
        addresses: the places it names; several where the law gives one number to several articles, none where it
            names none. A provision that does not exist has the address it would have.
        detail: why it was not found, for people; empty where it was.
        provision: as lawyers write it, with the law; empty where it was not found.
    """

    written: str
    reading: Reading
    addresses: tuple[Address, ...] = ()
    detail: str = ""
    provision: str = ""

    def key(self, depth: int | None = None) -> Hashable:
        """Equal for two citations of the same provision, both cut to a depth."""
        cut = tuple(dict.fromkeys(address.cut(depth) for address in self.addresses))
        return cut or (self.reading, " ".join(self.written.casefold().split()))

    def meets(self, other: "Cited", depth: int | None = None) -> bool:
        """Whether both may name the same provision, both cut to a depth."""
        theirs = {address.cut(depth) for address in other.addresses}
        return any(address.cut(depth) in theirs for address in self.addresses)


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """An answer's citations and its gold.

    Attributes:
        id, question: of the answer.
        cited: each provision once, in the order of the answer.
        gold: each provision once, all found; empty where nothing should be cited.
    """

    id: str
    question: str
    cited: tuple[Cited, ...]
    gold: tuple[Cited, ...]


def classify(cited: Cited, gold: Sequence[Cited]) -> CitationClass:
    """The class of one citation: the mildest over all gold provisions and all that it may name."""
    match cited.reading:
        case Reading.UNREADABLE:
            return CitationClass.UNREADABLE
        case Reading.AMBIGUOUS:
            return CitationClass.AMBIGUOUS
        case Reading.NO_SUCH_ARTICLE | Reading.NO_SUCH_PROVISION:
            return CitationClass.NONEXISTENT
        case Reading.FOUND | Reading.NOT_IN_CORPUS | Reading.LAW_NOT_HERE:
            pairs = [(own, other) for one in gold for own in cited.addresses for other in one.addresses]
            missed = CitationClass.WRONG_LAW if gold else CitationClass.UNCALLED_FOR
            return max((_relation(*pair) for pair in pairs), key=_MILDNESS.__getitem__, default=missed)


_MILDNESS = {one: rank for rank, one in enumerate(CitationClass)}


def _relation(cited: Address, gold: Address) -> CitationClass:
    if cited == gold:
        return CitationClass.EXACT
    if cited.holds(gold):
        return CitationClass.PARENT
    if gold.holds(cited):
        return CitationClass.CHILD
    if cited.cut(1) == gold.cut(1):
        return CitationClass.SIBLING
    return CitationClass.WRONG_ARTICLE if cited.law_id == gold.law_id else CitationClass.WRONG_LAW


class Level(StrEnum):
    """How finely citations are compared."""

    CITATION = "citation"  # as they stand
    ARTICLE = "article"  # cut to their article
    CLAUSE = "clause"  # cut to the first level inside the article, over answers whose gold goes so deep
    POINT = "point"  # as they stand, over answers whose gold goes below a clause


_DEPTHS = {Level.CITATION: None, Level.ARTICLE: 1, Level.CLAUSE: 2, Level.POINT: None}
_REACHES = {Level.CITATION: 0, Level.ARTICLE: 0, Level.CLAUSE: 2, Level.POINT: 3}


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one answer at one level, distinct provisions: cited ones that are right, cited, gold ones cited, gold."""

    right: int
    cited: int
    recalled: int
    gold: int


def counts(answer: JudgedAnswer, level: Level) -> Counts | None:
    """What is counted of an answer at a level; None where its gold does not go so deep."""
    depth, reach = _DEPTHS[level], _REACHES[level]
    if reach and all(len(address.parts) < reach for one in answer.gold for address in one.addresses):
        return None
    cited = tuple({one.key(depth): one for one in answer.cited}.values())
    gold = tuple({one.key(depth): one for one in answer.gold}.values())
    return Counts(
        right=sum(any(one.meets(other, depth) for other in gold) for one in cited),
        cited=len(cited),
        recalled=sum(any(other.meets(one, depth) for one in cited) for other in gold),
        gold=len(gold),
    )


@dataclass(frozen=True, slots=True)
class Exactness:
    """Three means with their 95 % bootstrap intervals over answers."""

    precision: Interval
    recall: Interval
    f1: Interval


@dataclass(frozen=True, slots=True)
class LevelScore:
    """What a level comes to.

    Attributes:
        answers: that count at this level.
        micro: over all provisions together.
        with_gold: of them name something that should be cited.
        macro: the mean over those with gold; an answer that cites nothing has precision 0. None where none has gold.
    """

    level: Level
    answers: int
    with_gold: int
    micro: Exactness
    macro: Exactness | None


@dataclass(frozen=True, slots=True)
class Score:
    """The exactness of a set of answers.

    Attributes:
        answers: how many.
        silent: of them cite nothing.
        without_gold: of them should.
        classes: how many citations of each class, the gravest first; an answer's repetitions count once.
        levels: those at which at least one answer counts.
    """

    answers: int
    silent: int
    without_gold: int
    classes: tuple[tuple[CitationClass, int], ...]
    levels: tuple[LevelScore, ...]

    @property
    def citations(self) -> int:
        """How many there are."""
        return sum(count for _, count in self.classes)


def score(answers: Iterable[JudgedAnswer]) -> Score:
    """Scores answers."""
    judged = tuple(answers)
    found = Counter(classify(cited, answer.gold) for answer in judged for cited in answer.cited)
    levels = ((level, [made for answer in judged if (made := counts(answer, level)) is not None]) for level in Level)
    return Score(
        answers=len(judged),
        silent=sum(not answer.cited for answer in judged),
        without_gold=sum(not answer.gold for answer in judged),
        classes=tuple((one, found[one]) for one in CitationClass),
        levels=tuple(_level_score(level, rows) for level, rows in levels if rows),
    )


def _level_score(level: Level, rows: Sequence[Counts]) -> LevelScore:
    table = np.array([(row.right, row.cited, row.recalled, row.gold) for row in rows], dtype=np.float64)
    judged = _rates(table[table[:, 3] > 0])
    return LevelScore(
        level, len(rows), len(judged), _micro(table), Exactness(*intervals(judged)) if len(judged) else None
    )


def _rates(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4) right, cited, recalled, gold -> (n, 3) precision, recall, F1; 0 where nothing is divided by."""
    right, cited, recalled, gold = table.T
    precision = np.divide(right, cited, out=np.zeros_like(right), where=cited > 0)
    recall = np.divide(recalled, gold, out=np.zeros_like(right), where=gold > 0)
    both = precision + recall
    harmonic = np.divide(2 * precision * recall, both, out=np.zeros_like(right), where=both > 0)
    return np.stack([precision, recall, harmonic], axis=1)


def _micro(table: NDArray[np.float64]) -> Exactness:
    """The rates of the sums, with the percentiles of the rates of the sums of bootstrap samples."""
    values = _rates(table.sum(axis=0, keepdims=True))[0]
    low, high = np.percentile(_rates(resampled_means(table)), [2.5, 97.5], axis=0)
    return Exactness(*(Interval(float(v), float(a), float(b)) for v, a, b in zip(values, low, high, strict=True)))
