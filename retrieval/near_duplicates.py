"""Training questions that say nearly the same as a question kept to measure with: found, removed, and proved gone."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.languages import fold

GRAM = (
    5  # characters: about a word, so that inflection and word order cost little and shared stock phrases count little
)

# Set by reading what lies around it in the three question sets: Vietnamese true-or-false questions about one clause lie
# at .43 to .50; of twelve read between .35 and .40 one asks after the same fact (.38). Most of what goes shares only
# its form ("Which of these is NOT true of ..."), and losing it costs little: 33 of 474 Vietnamese, 19 of 378 Spanish
# and 6 of 1,197 English wordings.
THRESHOLD = 0.4

_BLANKS = re.compile(r"[\W_]+")

Text = TypeVar("Text")


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two texts that are alike.

    Attributes:
        text: the one for training.
        like: the one kept to measure with.
        similarity: Jaccard similarity of their character n-grams, in (0, 1].
    """

    text: str
    like: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Removal(Generic[Text]):
    """What a removal left and what it took.

    Attributes:
        kept: in their order.
        removed: most alike first.
        closest: among the kept, the most alike ones, most alike first: what a person looks at to judge the threshold.
        threshold: similarity from which a text was removed.
        compared: how many texts kept to measure with there were.
    """

    kept: tuple[Text, ...]
    removed: tuple[Likeness, ...]
    closest: tuple[Likeness, ...]
    threshold: float
    compared: int

    def to_json(self, *, examples: int = 20) -> dict[str, Any]:
        """The report, for a file beside the pairs."""
        return {
            "measure": f"Jaccard similarity of character {GRAM}-grams, without case, marks and punctuation",
            "threshold": self.threshold,
            "held_out_questions": self.compared,
            "kept": len(self.kept),
            "removed": len(self.removed),
            "highest_similarity_kept": self.closest[0].similarity if self.closest else 0.0,
            "removed_examples": [_row(one) for one in self.removed[:examples]],
            "closest_kept": [_row(one) for one in self.closest[:examples]],
        }


class GramIndex:
    """Texts ready to be compared with many others."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = tuple(dict.fromkeys(texts))
        every = [grams(text) for text in self._texts]
        self._sizes = np.array([len(own) for own in every], dtype=np.int64)
        places: dict[str, list[int]] = {}
        for place, own in enumerate(every):
            for gram in own:
                places.setdefault(gram, []).append(place)
        self._places = {gram: np.array(found, dtype=np.int64) for gram, found in places.items()}

    def __len__(self) -> int:
        return len(self._texts)

    def nearest(self, text: str) -> Likeness | None:
        """The most similar one, the first of equals; None where none shares an n-gram."""
        similarity = self._similarity(text)
        if not similarity.any():
            return None
        best = int(similarity.argmax())
        return Likeness(text, self._texts[best], float(similarity[best]))

    def alike(self, text: str, threshold: float) -> tuple[str, ...]:
        """Those at least so similar, above 0, in their order; a text that is among them itself included."""
        return tuple(self._texts[place] for place in np.flatnonzero(self._similarity(text) >= threshold).tolist())

    def _similarity(self, text: str) -> NDArray[np.float64]:
        """Jaccard similarity with each text, (n,) in [0, 1]."""
        own = grams(text)
        found: list[NDArray[np.int64]] = [self._places[gram] for gram in own if gram in self._places]
        if not found:
            return np.zeros(len(self._texts))
        shared = np.bincount(np.concatenate(found), minlength=len(self._texts))
        similarity: NDArray[np.float64] = shared / (len(own) + self._sizes - shared)
        return similarity


def grams(text: str) -> frozenset[str]:
    """The character n-grams of a text, folded, each run of other signs one blank; a shorter text is its own."""
    plain = f" {_BLANKS.sub(' ', fold(text)).strip()} "
    return frozenset(plain[at : at + GRAM] for at in range(max(len(plain) - GRAM + 1, 1)))


def remove_near_duplicates(
    texts: Iterable[Text],
    held_out: GramIndex,
    *,
    text_of: Callable[[Text], str],
    threshold: float = THRESHOLD,
    closest: int = 20,
) -> Removal[Text]:
    """Takes out of `texts` what is nearly the same as a question kept to measure with.

    Similarity is that of words: a question that asks the same in other words is not found, nor can one be.

    Args:
        texts: what would be trained on.
        held_out: the questions kept to measure with, with their variants.
        text_of: the question of one of `texts`.
        threshold: removed from this similarity on, above 0 and at most 1.
        closest: how many of the kept that come nearest are reported.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold is {threshold}; it must be above 0 and at most 1")
    kept: list[Text] = []
    removed: list[Likeness] = []
    near: list[Likeness] = []
    for one in texts:
        likeness = held_out.nearest(text_of(one))
        if likeness is not None and likeness.similarity >= threshold:
            removed.append(likeness)
            continue
        kept.append(one)
        if likeness is not None:
            near.append(likeness)
    removed.sort(key=_falling)
    near.sort(key=_falling)
    return Removal(tuple(kept), tuple(removed), tuple(near[:closest]), threshold, len(held_out))


def _falling(one: Likeness) -> tuple[float, str]:
    return (-one.similarity, one.text)


def _row(one: Likeness) -> dict[str, Any]:
    return {"similarity": round(one.similarity, 3), "training": one.text, "held_out": one.like}
