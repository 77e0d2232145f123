"""Fakes with a meaning that a person can predict in the head; each passes the contract suite of its seam."""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from generation.llm import LLMError, Message
from retrieval.reranker import RerankerError


class HashEmbedder:
    """A bag of words: every word owns one dimension, so two texts are as close as the words they share."""

    def __init__(self, dimension: int = 256) -> None:
        self.dimension = dimension
        self.fingerprint = hashlib.sha256(f"hash-{dimension}".encode()).hexdigest()[:16]
        self.embedded: list[str] = []  # every passage ever embedded, so that a test can count

    def embed_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        self.embedded.extend(texts)
        if on_progress is not None and texts:
            on_progress(len(texts))
        return self.embed_queries(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split() or [""]:
                digest = hashlib.sha256(word.strip(".,;:?!()¿¡").encode()).digest()
                vectors[row, int.from_bytes(digest[:4], "little") % self.dimension] += 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class BruteForceIndex:
    """Inner products by definition, one matrix product and a sort."""

    def __init__(self, matrix: NDArray[np.float32]) -> None:
        self.matrix = matrix
        self.dimension = int(matrix.shape[1])

    def __len__(self) -> int:
        return len(self.matrix)

    def search(
        self, queries: NDArray[np.float32], k: int, *, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        rows = np.arange(len(self.matrix)) if allowed is None else np.flatnonzero(allowed)
        scores = queries @ self.matrix[rows].T
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(scores, order, axis=1), rows[order].astype(np.int64)

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return self.matrix[rows]


class WordReranker:
    """Counts the words of the question that a passage holds, each once; or fails, where it is told why."""

    def __init__(self, *, failure: str = "") -> None:
        self.fingerprint = hashlib.sha256(b"words").hexdigest()[:16]
        self.failure = failure
        self.read: list[tuple[str, tuple[str, ...]]] = []  # each question with the passages it was asked about

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        self.read.append((question, tuple(passages)))
        if self.failure:
            raise RerankerError(self.failure)
        asked = _words(question)
        return np.array([len(asked & _words(passage)) for passage in passages], dtype=np.float32)


def _words(text: str) -> set[str]:
    return {word.strip(".,;:?!()¿¡") for word in text.lower().split()}


class ScriptedLLM:
    """Says what it is told to: a text, a function of the prompt, or an error; and remembers every prompt it saw."""

    def __init__(self, *replies: str | Callable[[Sequence[Message]], str] | LLMError, piece: int = 7) -> None:
        self.name = "scripted"
        self.replies = list(replies)
        self.piece = piece  # characters a piece, so that markers and words are cut anywhere
        self.prompts: list[tuple[Message, ...]] = []
        self.closed = 0  # streams that their consumer left or finished
        self.is_closed = False

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int, citable: int | None = None
    ) -> AsyncIterator[str]:
        del max_tokens, citable
        self.prompts.append(tuple(messages))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, LLMError):
            raise reply
        text = reply if isinstance(reply, str) else reply(messages)
        try:
            for start in range(0, len(text), self.piece):
                yield text[start : start + self.piece]
        finally:
            self.closed += 1

    async def close(self) -> None:
        self.is_closed = True
