"""BM25 over passages: words, word pairs and numbers, for questions typed with or without their diacritics.

One BM25 index a language, since how rare a word is and how long a passage is mean something only within one language:
"de" is rare in English. Scores follow Lucene's BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework,
2009) and are worked out by bm25s when the index is written; a search adds up the columns of its words, which lie in
memory-mapped arrays. Nothing is unpickled, and opening reads almost nothing.

Text is folded (no case, no diacritics) on both sides. Alone that costs Vietnamese .037 nDCG@10; with pairs of
neighbouring syllables, which tell its words apart again, it gains .049 over marked syllables, and a question without
tone marks finds the same. `benchmarks/lexical_tuning.py` measures this and what else was tried.
"""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.errors import ReleaseError
from index.languages import detect_language
from index.lexical_tokens import tokens
from index.lexical_weights import K1, B, token_keys, weigh

__all__ = ["K1", "B", "LexicalIndex", "tokens"]

# What a pair of neighbouring words counts beside its two words. Written Vietnamese puts a space between syllables, so
# there the pair is the word.
_PAIR_WEIGHT = 0.35
_PAIR_WEIGHTS = {"vi": 1.0}

_PARTS = "parts.json"
_ARRAYS = {  # of each part
    "keys": np.uint64,  # (v,) rising: the hash of each token, whose place here is its column
    "starts": np.int64,  # (v + 1,): where the column starts in the next two
    "places": np.int32,  # (p,): places within the part of the passages that hold the token, rising in a column
    "weights": np.float32,  # (p,): the token's BM25 weight in that passage
    "full": np.int32,  # (v,): the line of `dense` that holds the column instead, or -1
    "dense": np.float32,  # (c, n): the weights of common tokens in all passages
    "rows": np.int64,  # (n,): the row of the passage at each place
}

_LEAST = np.finfo(np.float32).tiny
_REMEMBERED = 50_000  # tokens of questions whose columns are kept at hand, in about 20 MB

_Column = tuple[NDArray[np.int32] | None, NDArray[np.float32]]


class LexicalIndex:
    """BM25 over the passages of one release."""

    def __init__(self, parts: "tuple[_Part, ...]") -> None:
        self._parts = parts

    @staticmethod
    def write(texts: Sequence[str], langs: Sequence[str], folder: Path) -> None:
        """Writes the index of `texts` into `folder`, made if need be; the same input gives the same bytes.

        Args:
            texts: what of each passage is searched; row i is found as row i.
            langs: the ISO 639-1 code of each.
            folder: takes `parts.json` and a handful of arrays a language.
        """
        folder.mkdir(parents=True, exist_ok=True)
        parts = []
        for number, lang in enumerate(sorted(set(langs))):
            rows = np.array([row for row, other in enumerate(langs) if other == lang], dtype=np.int64)
            arrays = weigh([texts[row] for row in rows], lang)
            for name, values in {**arrays, "rows": rows}.items():
                np.save(folder / f"{number}.{name}.npy", values.astype(_ARRAYS[name]), allow_pickle=False)
            parts.append({"lang": lang, "passages": len(rows)})
        (folder / _PARTS).write_text(json.dumps(parts, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Opens what `write` wrote; its files must already have been verified.

        Raises:
            ReleaseError: a file is missing or is not what `write` wrote.
        """
        try:
            described = json.loads((folder / _PARTS).read_text(encoding="utf-8"))
            return cls(tuple(_Part.open(folder, number, part["lang"]) for number, part in enumerate(described)))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReleaseError(f"{folder}: not a readable lexical index; build the index again ({error})") from error

    def __len__(self) -> int:
        return sum(len(part.rows) for part in self._parts)

    def search(
        self, question: str, k: int, *, lang: str | None = None, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The passages that share most with a question.

        Passages of the question's own language are searched where there are any that may be found, else those of
        every language: numbers and names are shared.

        Args:
            question: any text.
            k: at least 1.
            lang: ISO 639-1 code of the question; None detects it.
            allowed: (n,) bool; rows that may be found. None allows all.

        Returns:
            Scores (k',) float32, all above 0, and rows (k',) int64 with k' <= k, by falling score; equal scores by
            rising row.

        Raises:
            ValueError: k < 1, or a mask that does not fit.
        """
        if k < 1:
            raise ValueError(f"k is {k}; it must be at least 1")
        if allowed is not None and (allowed.dtype != np.bool_ or allowed.shape != (len(self),)):
            raise ValueError(f"allowed is {allowed.dtype} {allowed.shape}; it must be bool ({len(self)},)")
        parts = [part for part in self._parts if allowed is None or allowed[part.rows].any()]
        lang = lang or detect_language(question, {part.lang for part in parts})
        parts = [part for part in parts if part.lang == lang] or parts
        if len(parts) == 1:
            return parts[0].search(question, k, allowed)
        found = [part.search(question, k, allowed) for part in parts]
        scores = np.concatenate([np.empty(0, dtype=np.float32), *(scores for scores, _ in found)])
        rows = np.concatenate([np.empty(0, dtype=np.int64), *(rows for _, rows in found)])
        order = np.lexsort((rows, -scores))[:k]
        return scores[order], rows[order]

    def rarity(self, question: str, *, lang: str | None, allowed: NDArray[np.bool_] | None = None) -> dict[str, float]:
        """How rare each token of a question is among the passages in its language, in the order of `tokens`.

        It is BM25's inverse document frequency, ln(1 + (n - d + .5) / (d + .5)) for d of n passages, here with the
        tokens that no passage holds. Empty where no passage that may be found is in that language.

        Args:
            question: any text.
            lang: ISO 639-1 code.
            allowed: (n,) bool; passages that count. None counts all.
        """
        part = next((part for part in self._parts if part.lang == lang), None)
        if part is None:
            return {}
        counts = None if allowed is None else allowed[part.rows]
        number = len(part.rows) if counts is None else int(counts.sum())
        if not number:
            return {}
        found = {token: part.frequency(token, counts) for token in tokens(question, part.lang)}
        return {token: math.log(1 + (number - d + 0.5) / (d + 0.5)) for token, d in found.items()}

    def absent(self, question: str, *, lang: str | None, allowed: NDArray[np.bool_] | None = None) -> frozenset[str]:
        """The tokens of a question that no passage in its language holds; arguments as `rarity`."""
        part = next((part for part in self._parts if part.lang == lang), None)
        if part is None:
            return frozenset()
        counts = None if allowed is None else allowed[part.rows]
        return frozenset(token for token in tokens(question, part.lang) if not part.frequency(token, counts))


@dataclass(frozen=True, slots=True)
class _Part:
    """The passages of one language; arrays as in `_ARRAYS`."""

    lang: str
    keys: NDArray[np.uint64]
    starts: NDArray[np.int64]
    places: NDArray[np.int32]
    weights: NDArray[np.float32]
    full: NDArray[np.int32]
    dense: NDArray[np.float32]
    rows: NDArray[np.int64]
    seen: "dict[str, _Column | None]" = field(default_factory=dict)  # columns asked for, never removed

    @classmethod
    def open(cls, folder: Path, number: int, lang: str) -> Self:
        arrays: dict[str, Any] = {}
        for name, dtype in _ARRAYS.items():
            path = folder / f"{number}.{name}.npy"
            mapped = path.stat().st_size > 128  # else the bare header: nothing to map
            stored = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
            arrays[name] = np.asarray(stored)  # still mapped, but slicing a memmap is five times slower
            if stored.dtype != dtype:
                raise ValueError(f"{path.name} is {stored.dtype}")
        part = cls(lang=lang, **arrays)
        vocabulary = (len(part.keys),)
        shapes = (part.starts.shape, part.places.shape, part.full.shape, part.dense.shape[1:])
        if shapes != ((len(part.keys) + 1,), part.weights.shape, vocabulary, part.rows.shape):
            raise ValueError(f"the arrays of part {number} do not fit together")
        return part

    def search(
        self, question: str, k: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """As `LexicalIndex.search`, within this part."""
        scores = self.scores(tokens(question, self.lang))
        if allowed is not None:
            scores[~allowed[self.rows]] = 0.0
        if k < len(scores):
            kth = np.partition(scores, len(scores) - k)[len(scores) - k]
            best = np.flatnonzero(scores >= max(kth, _LEAST))
        else:
            best = np.flatnonzero(scores)
        order = np.lexsort((best, -scores[best]))[:k]
        return scores[best[order]], self.rows[best[order]]

    def scores(self, question: Sequence[str]) -> NDArray[np.float32]:
        """The BM25 score of every passage, (n,), for the tokens of a question."""
        pair_weight = _PAIR_WEIGHTS.get(self.lang, _PAIR_WEIGHT)
        scores = np.zeros(len(self.rows), dtype=np.float32)
        rare: list[_Column] = []
        seen = self.seen
        for token, count in Counter(question).items():
            column = seen[token] if token in seen else self._column(token)
            if column is None:
                continue
            places, weights = column
            if count > 1 or (pair_weight != 1 and " " in token):
                weights = count * (pair_weight if " " in token else 1.0) * weights
            if places is None:
                scores += weights
            else:
                rare.append((places, weights))
        if rare:
            np.add.at(
                scores, np.concatenate([column[0] for column in rare]), np.concatenate([column[1] for column in rare])
            )
        return scores

    def frequency(self, token: str, allowed: NDArray[np.bool_] | None) -> int:
        """How many passages hold a token; `allowed`, (n,) by place within the part, says which of them count."""
        column = self.seen[token] if token in self.seen else self._column(token)
        if column is None:
            return 0
        places, weights = column
        holds = np.flatnonzero(weights) if places is None else places
        return len(holds) if allowed is None else int(allowed[holds].sum())

    def _column(self, token: str) -> "_Column | None":
        """The weights of a token and their places, or None in place of these where all passages have one."""
        key = token_keys([token])[0]
        at = int(np.searchsorted(self.keys, key))
        column: _Column | None = None
        if at < len(self.keys) and self.keys[at] == key:
            where = slice(self.starts[at], self.starts[at + 1])
            dense = self.full[at] >= 0
            column = (None, self.dense[self.full[at]]) if dense else (self.places[where], self.weights[where])
            if len(self.seen) < _REMEMBERED:
                self.seen[token] = column
        return column
