"""BM25 weights of the passages of one language, by column, as arrays."""

import hashlib
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.lexical_tokens import single_tokens

K1 = 0.9
B = 0.75

# A token in at least every eighth passage is stored in full. Most of a question is such tokens, and adding up whole
# lines takes half the time: as fast as compiled code on sparse columns.
_COMMON = 8


def weigh(texts: Sequence[str], lang: str) -> dict[str, NDArray[Any]]:
    """The weights of every token of `index.lexical_tokens.tokens` in every text, n texts: Lucene's BM25, by bm25s.

    Returns:
        What `index.lexical` describes under these names: keys, starts, places, weights, full, dense.
    """
    import bm25s  # noqa: PLC0415 - only writing needs it, and it imports scipy

    by_text, keys = _count(texts, lang)
    starts, places, weights = np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32)
    if len(keys):
        index = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy")
        vocabulary = {key: column for column, key in enumerate(keys.tolist())}
        index.index((by_text, vocabulary), create_empty_token=False, show_progress=False)
        starts, places, weights = (index.scores[name] for name in ("indptr", "indices", "data"))
    sizes = np.diff(starts)
    common = sizes * _COMMON >= len(texts)
    full = np.where(common, np.cumsum(common) - 1, -1)
    columns = np.repeat(np.arange(len(sizes)), sizes)
    is_common = common[columns]
    dense = np.zeros((int(common.sum()), len(texts)), dtype=np.float32)
    dense[full[columns[is_common]], places[is_common]] = weights[is_common]
    return {
        "keys": keys,
        "starts": np.concatenate(([0], np.cumsum(np.where(common, 0, sizes)))),
        "places": places[~is_common],
        "weights": weights[~is_common],
        "full": full,
        "dense": dense,
    }


def token_keys(tokens: Sequence[str]) -> NDArray[np.uint64]:
    """64-bit hashes that are the same everywhere: among a million tokens, two share one with a chance of 3 in 10^8."""
    digests = b"".join([hashlib.blake2b(token.encode(), digest_size=8).digest() for token in tokens])
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


class _Vocabulary(dict[str, tuple[int, ...]]):
    """The numbers of the tokens in a stretch of text without white space, read once however often it occurs.

    In 2,249 Vietnamese articles 442,351 words stand in 5,674 different stretches.
    """

    def __init__(self, lang: str) -> None:
        super().__init__()
        self._lang = lang
        self.numbers: dict[str, int] = {}
        self.unspaced: set[int] = set()

    def __missing__(self, stretch: str) -> tuple[int, ...]:
        unspaced, words = single_tokens(stretch, self._lang)
        found = tuple([self.numbers.setdefault(token, len(self.numbers)) for token in (*unspaced, *words)])
        self.unspaced.update(found[: len(unspaced)])
        self[stretch] = found
        return found


def _count(texts: Sequence[str], lang: str) -> tuple[list[list[int]], NDArray[np.uint64]]:
    """The columns of the tokens of each text, in no order, and the rising keys of the columns.

    Pairs are numbered in whole arrays: as strings, one by one, they would cost more than everything else.
    """
    vocabulary = _Vocabulary(lang)
    read = vocabulary.__getitem__
    by_text = [list(itertools.chain.from_iterable(map(read, text.split()))) for text in texts]
    lengths = np.array([len(numbers) for numbers in by_text], dtype=np.int64)
    singles = np.fromiter(itertools.chain.from_iterable(by_text), dtype=np.int64, count=int(lengths.sum()))
    places = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    words, word_places = singles, places
    if vocabulary.unspaced:
        paired = ~np.isin(singles, np.fromiter(vocabulary.unspaced, dtype=np.int64))
        words, word_places = singles[paired], places[paired]
    neighbours = word_places[1:] == word_places[:-1]
    size = len(vocabulary.numbers)
    pairs, pair_numbers = np.unique((words[:-1] * size + words[1:])[neighbours], return_inverse=True)
    named = list(vocabulary.numbers)
    firsts, seconds = pairs // max(size, 1), pairs % max(size, 1)
    named += [f"{named[one]} {named[other]}" for one, other in zip(firsts.tolist(), seconds.tolist(), strict=True)]
    keys, columns = np.unique(token_keys(named), return_inverse=True)
    occurrences = columns[np.concatenate((singles, size + pair_numbers))]
    where = np.concatenate((places, word_places[1:][neighbours]))
    ends = np.cumsum(np.bincount(where, minlength=len(texts)))
    parts = np.split(occurrences[np.argsort(where, kind="stable")], ends[:-1])
    return [part.tolist() for part in parts], keys
