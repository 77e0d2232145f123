"""The engine that answers now, and how a newly published release takes its place without a failed request."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from generation.assistant import Assistant
from generation.conversation import normalise
from index.errors import UserFacingError
from index.release import Release
from retrieval.search import ArticleSearch, Filters, Hit


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that answers from one release."""

    release: Release
    retriever: ArticleSearch
    assistant: Assistant

    def search(self, question: str, *, k: int, filters: Filters) -> tuple[Hit, ...]:
        """The articles that bear on a question, best first.

        Raises:
            QuestionError: the question is empty or too long.
        """
        return self.retriever.search(normalise(question), k=k, filters=filters)


class Opener(Protocol):
    """How a service finds and opens releases; `wiring.py` has the real one."""

    def published(self) -> str:
        """Id of the release that is published now; empty where none is."""
        ...

    def open(self) -> Engine:
        """Opens the published release, verified."""
        ...


@dataclass(slots=True)
class _Lease:
    engine: Engine
    readers: int = 0
    retired: bool = field(default=False)


class Service:
    """Lends out the current engine; a replaced one is closed when its last reader has answered."""

    def __init__(self, opener: Opener) -> None:
        """Opens the published release.

        Raises:
            UserFacingError: there is none, or it is damaged or made by another model.
        """
        self._opener = opener
        self._lock = threading.Lock()
        self._current = _Lease(opener.open())
        self.trouble = ""  # why the newest release was not taken, in words; empty when all is well

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The current engine, kept open until the block ends, whatever is published meanwhile."""
        with self._lock:
            lease = self._current
            lease.readers += 1
        try:
            yield lease.engine
        finally:
            self._leave(lease)

    def refresh(self) -> bool:
        """Takes the published release if it is another one; a broken one is refused and the old one answers on.

        Returns:
            Whether another release answers now.
        """
        try:
            if self._opener.published() == self._current.engine.release.id:
                self.trouble = ""
                return False
            fresh = _Lease(self._opener.open())
        except UserFacingError as error:
            self.trouble = str(error)
            return False
        with self._lock:
            old, self._current = self._current, fresh
            old.retired = True
            idle = old.readers == 0
        if idle:
            old.engine.release.close()
        self.trouble = ""
        return True

    def close(self) -> None:
        """Closes the current release; call when nobody asks any more."""
        self._current.engine.release.close()

    def _leave(self, lease: _Lease) -> None:
        with self._lock:
            lease.readers -= 1
            last = lease.retired and lease.readers == 0
        if last:
            lease.engine.release.close()
