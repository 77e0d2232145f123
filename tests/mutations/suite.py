"""The suite: false sentences by class and language, and the human sentences on which false alarms are measured."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from tests.mutations.figures import Swap, figure_swaps
from tests.mutations.parties import party_swaps
from tests.mutations.places import Made, Neighbours, marker_swaps, named_swaps, quote_swaps, referred_swap
from tests.mutations.sources import (
    QUESTIONS,
    Place,
    Statement,
    human_falsehoods,
    human_statements,
    law_statements,
    law_text,
    own_rows,
    own_statements,
    read_rows,
    split_of,
)
from tests.mutations.wording import wording_swaps

CLASSES = ("article", "clause", "law", "marker", "quote", "amount", "date", "deadline", "percentage", "number",
           "negation", "modality", "party", "human")  # fmt: skip
SEED = 20
MOST = 120  # cases of one class, language and kind of writer


@dataclass(frozen=True)
class Case:
    """A false sentence, the true one it was made of, and what each cites.

    `kind` is the class ("human": people marked it as false), `how` the way of the swap, `shown` the articles that the
    writer of the sentence was shown.
    """

    kind: str
    how: str
    lang: str
    dataset: str
    split: str
    wrote: str
    question: str
    original: str
    mutated: str
    original_cited: tuple[Place, ...]
    cited: tuple[Place, ...]
    shown: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Suite:
    """Rows of the law by id, the false sentences, and what people wrote and is true."""

    rows: dict[str, dict]
    cases: tuple[Case, ...]
    human: tuple[Statement, ...]


def _of_statement(statement: Statement, swap: Swap | Made) -> Case:
    cited = swap.mutated_cited if isinstance(swap, Made) else statement.cited
    articles = [p.article for p in statement.cited] + list(swap.shown if isinstance(swap, Made) else ())
    return Case(swap.kind, swap.how, statement.lang, statement.dataset, statement.split, statement.wrote,
                statement.question, statement.text, swap.mutated, statement.cited, cited,
                tuple(dict.fromkeys(articles)), swap.why)  # fmt: skip


def _of_made(made: Made, row: dict, split: str) -> Case:
    articles = tuple(dict.fromkeys([p.article for p in made.cited] + list(made.shown)))
    return Case(made.kind, made.how, row["lang"], row["corpus"], split, "law", "", made.original, made.mutated,
                made.cited, made.mutated_cited, articles, made.why)  # fmt: skip


def _mutate(statement: Statement, near: Neighbours, chance: random.Random) -> Iterator[Case]:
    law, lang = law_text(statement, near.rows), statement.lang
    swaps: list[Swap | Made] = [*figure_swaps(statement.text, law, lang, chance)]
    if not any(c in statement.text for c in '"“”«»'):
        swaps += [*wording_swaps(statement.text, law, lang, chance)]
        known = near.parties(statement.cited[0].article)
        swaps += party_swaps(statement.text, law, lang, known, chance)
    if statement.form in ("statement", "answer"):
        swaps += marker_swaps(statement.text, statement.cited, near, chance)
    if statement.wrote == "law":
        swaps += referred_swap(statement.text, statement.cited[0], near.rows[statement.cited[0].article], chance)
    yield from (
        _of_statement(statement, swap) for swap in swaps if swap.mutated != statement.text or swap.kind == "marker"
    )


def _from_places(near: Neighbours, chance: random.Random, dev: frozenset[str]) -> Iterator[Case]:
    ids = sorted(near.rows)
    chance.shuffle(ids)
    for article in ids:
        row = near.rows[article]
        split = "dev" if article in dev else split_of(article)
        for made in (*named_swaps(row, near, chance), *quote_swaps(row, near, chance)):
            yield _of_made(made, row, split)


class _Shelf:
    """Keeps at most so many cases of each class, language and writer, none twice."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[tuple[str, str, str], list[Case]] = defaultdict(list)
        self._seen: set[tuple[str, tuple[Place, ...]]] = set()

    def add(self, cases: Iterable[Case]) -> None:
        for case in cases:
            group = self._kept[case.kind, case.lang, case.wrote]
            if len(group) < self._most and (case.mutated, case.cited) not in self._seen:
                self._seen.add((case.mutated, case.cited))
                group.append(case)

    @property
    def cases(self) -> tuple[Case, ...]:
        return tuple(case for group in self._kept.values() for case in group)


def build(*, seed: int = SEED, most: int = MOST, law_tried: int = 12_000) -> Suite:
    """The suite over the real law and our own.

    `most` bounds each class, language and writer; `law_tried` the sentences of the law that are tried.
    """
    chance = random.Random(seed)
    rows = read_rows()
    near = Neighbours(rows)
    human = [s for name in QUESTIONS for s in human_statements(name)]
    dev = frozenset(p.article for s in human if s.split == "dev" for p in s.cited)
    statements = [*human, *own_statements()]
    chance.shuffle(statements)
    shelf = _Shelf(most)
    for statement in statements:
        shelf.add(_mutate(statement, near, chance))
    shelf.add(islice(_from_places(near, chance, dev), law_tried))
    for statement in islice(law_statements(rows, chance, dev), law_tried):
        shelf.add(_mutate(statement, near, chance))
    shelf.add(_falsehood(s) for s in human_falsehoods())
    return Suite(rows, shelf.cases, tuple(human))


def _falsehood(s: Statement) -> Case:
    shown = tuple(dict.fromkeys(p.article for p in s.cited))
    return Case("human", "marked false", s.lang, s.dataset, s.split, "human", "", "", s.text, s.cited, s.cited, shown,
                "the people who made the questions marked it as false")  # fmt: skip


def build_own(*, seed: int = SEED) -> Suite:
    """The suite over the law of our own alone: no data needed."""
    chance = random.Random(seed)
    near = Neighbours(own_rows())
    shelf = _Shelf(MOST)
    for statement in own_statements():
        shelf.add(_mutate(statement, near, chance))
    shelf.add(_from_places(near, chance, frozenset()))
    return Suite(near.rows, shelf.cases, ())


def sample(suite: Suite, *, each: int, human_each: int, seed: int = SEED) -> Suite:
    """At most `each` cases of a class, language and writer, and `human_each` human sentences of a set and split."""
    chance = random.Random(seed)
    groups: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in suite.cases:
        groups[case.kind, case.lang, case.wrote].append(case)
    people: dict[tuple[str, ...], list[Statement]] = defaultdict(list)
    for statement in suite.human:
        people[statement.dataset, statement.split].append(statement)
    cases = [c for group in groups.values() for c in chance.sample(group, min(each, len(group)))]
    human = [s for group in people.values() for s in chance.sample(group, min(human_each, len(group)))]
    return Suite(suite.rows, tuple(cases), tuple(human))
