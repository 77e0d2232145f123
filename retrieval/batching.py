"""Which pairs meet in a batch: never two whose articles answer each other's question; and how a batch is run in parts.

With in-batch negatives every other article of a batch counts as wrong. Two questions of one article in a batch would
teach that the right article is wrong, so they never meet.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TRIES = 200  # other places tried for a row that clashes, before it waits for the next epoch


@dataclass(frozen=True, slots=True)
class Row:
    """What a pair brings into a batch. Articles are numbers: equal texts are one article.

    Attributes:
        answers: the articles that answer its question.
        shown: the articles whose passages it brings: its own, then its hard negatives.
        group: rows of different groups never share a batch.
    """

    answers: frozenset[int]
    shown: tuple[int, ...]
    group: str = ""


class Batches:
    """The batches of every epoch, as lists of row numbers: shuffled anew each epoch, equal for an equal seed.

    An epoch has `len(self)` batches of at most `size` rows, always as many, and each of at least two. A row that finds
    no place waits for another epoch: this happens only where one article has more questions than there are batches.

    Args:
        rows: the pairs.
        size: rows in a batch at most, at least 2.
        in_turn: of several groups take one batch after the other until the smallest is used up; else every group
            gives all its batches, in random order.
        seed: decides the order.
    """

    def __init__(self, rows: Sequence[Row], size: int, *, in_turn: bool = False, seed: int = 0) -> None:
        """Counts the batches of an epoch.

        Raises:
            ValueError: fewer than two articles in every group.
        """
        self._rows = rows
        self._size = size
        self._in_turn = in_turn
        self._seed = seed
        members: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(rows):
            members[row.group].append(number)
        self._groups = [np.array(numbers, dtype=np.int64) for _, numbers in sorted(members.items())]
        self._own = np.array([row.shown[0] for row in rows], dtype=np.int64)
        # Only these can clash other than by their own article; most rows cannot, and cost nothing to place.
        self._tangled = np.array([len(row.shown) > 1 or len(row.answers) > 1 for row in rows], dtype=np.bool_)
        self._counts = [_number_of_batches(self._own[group], size) for group in self._groups]
        if not any(self._counts):
            raise ValueError("no group has two articles: nothing can be told apart")

    def __len__(self) -> int:
        """Batches in an epoch."""
        if not self._in_turn:
            return sum(self._counts)
        used = [count for count in self._counts if count]
        return min(used) * len(used)

    def epoch(self, number: int) -> list[list[int]]:
        """The batches of one epoch."""
        random = np.random.default_rng([self._seed, number])
        dealt = [
            self._dealt(group, count, random)
            for group, count in zip(self._groups, self._counts, strict=True)
            if count > 0
        ]
        if self._in_turn:
            return [batch for turn in zip(*dealt, strict=False) for batch in turn]
        together = [batch for batches in dealt for batch in batches]
        return [together[place] for place in random.permutation(len(together))]

    def _dealt(self, group: NDArray[np.int64], count: int, random: np.random.Generator) -> list[list[int]]:
        """The rows of a group dealt to `count` batches like cards: equal articles lie together, so they part."""
        shuffled = random.permutation(group)
        _, inverse = np.unique(self._own[shuffled], return_inverse=True)
        place_of_article = random.permutation(int(inverse.max()) + 1)[inverse]
        order = np.argsort(place_of_article, kind="stable")
        ordered, keys = shuffled[order], place_of_article[order]
        starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
        rank = np.arange(len(ordered)) - np.repeat(starts, np.diff(np.r_[starts, len(ordered)]))
        ordered = ordered[rank < count][: count * self._size]  # an article's questions beyond one a batch wait
        batches: list[list[int]] = [ordered[place::count].tolist() for place in range(count)]
        random.shuffle(batches)
        if self._tangled[ordered].any():
            self._untangle(batches, random)
        return batches

    def _untangle(self, batches: list[list[int]], random: np.random.Generator) -> None:
        """Exchanges rows that clash by a hard negative or a second answer; one that fits nowhere waits."""
        for place, batch in enumerate(batches):
            for row in self._clashing(batch):
                for other in random.integers(len(batches), size=_TRIES).tolist():
                    if other != place and self._exchanged(batches, place, row, other, random):
                        break
                else:
                    if len(batch) > 2:
                        batch.remove(row)
        for batch in batches:  # what could not be parted in a batch of two is trained on once, not against itself
            if len(batch) == 2 and self._clash(batch[0], batch[1]):
                batch[1] = self._partner(batch[0], batch[1])

    def _partner(self, row: int, instead: int) -> int:
        """Any row that may meet `row`, though it is then seen twice; `instead` where there is none."""
        group = self._rows[row].group
        candidates = (one for one in range(len(self._rows)) if self._rows[one].group == group)
        return next((one for one in candidates if one != row and not self._clash(row, one)), instead)

    def _exchanged(
        self, batches: list[list[int]], place: int, row: int, other: int, random: np.random.Generator
    ) -> bool:
        """Exchanges `row` with a row of another batch where both then fit."""
        here = [one for one in batches[place] if one != row]
        number = int(random.integers(len(batches[other])))
        back = batches[other][number]
        there = [one for one in batches[other] if one != back]
        if self._fits(row, there) and self._fits(back, here):
            batches[place][batches[place].index(row)] = back
            batches[other][number] = row
            return True
        return False

    def _clashing(self, batch: Sequence[int]) -> list[int]:
        """Rows to take away so that the others fit, in their order; the earlier of two that clash stays."""
        shown: set[int] = set()
        answers: set[int] = set()
        found = []
        for row in batch:
            own = self._rows[row]
            if answers.isdisjoint(own.shown) and own.answers.isdisjoint(shown):
                shown.update(own.shown)
                answers |= own.answers
            else:
                found.append(row)
        return found

    def _fits(self, row: int, batch: Sequence[int]) -> bool:
        return not any(self._clash(row, other) for other in batch)

    def _clash(self, one: int, other: int) -> bool:
        first, second = self._rows[one], self._rows[other]
        return not (first.answers.isdisjoint(second.shown) and second.answers.isdisjoint(first.shown))


def parts(lengths: NDArray[np.int64], budget: int) -> Iterator[NDArray[np.int64]]:
    """Texts of a batch in parts of like length, each of at most `budget` padded tokens or of one text.

    Padding a batch to its longest text wastes about a third to a half of the work; its parts waste little, and as
    every vector is computed alone, their vectors, put together again, are the batch's.

    Args:
        lengths: (texts,), tokens of each.
        budget: padded tokens of a part.
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        rows = max(1, budget // max(1, int(lengths[order[start]])))
        yield order[start : start + rows]
        start += rows


def _number_of_batches(own: NDArray[np.int64], size: int) -> int:
    """As many batches of at most `size` rows as the rows make, fewer where one article has too large a share.

    Each batch has to hold two articles. An article gives a batch one row at most, so `n` batches take min(its rows, n)
    of an article; they are two rows each where these add up to 2 n.
    """
    counts = np.unique(own, return_counts=True)[1]
    if len(counts) < 2:
        return 0
    number = -(-len(own) // size)
    while int(np.minimum(counts, number).sum()) < 2 * number:
        number -= 1
    return number
