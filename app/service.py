"""The engine that answers now, and how a newly published release takes its place without a failed request."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from generation.assistant import Assistant
from generation.conversation import normalise
from index.aliases import LawNames
from index.errors import UserFacingError
from index.release import Release
from retrieval.search import ArticleSearch, Filters, Hit, Retriever

RETRY_SECONDS = 60.0  # until a refused release is looked at again: verifying it reads every byte of it


class UnknownLawError(UserFacingError):
    """A law that the index does not have, or a name that several of its laws bear."""


def law_id(release: Release, name: str) -> str:
    """The id of the law that `name` (id, title or alias) means.

    Raises:
        UnknownLawError: no law or several are called so, with what there is.
    """
    if name in release.laws:
        return name
    found = LawNames(release.laws).resolve(name)
    if len(found) == 1:
        return found[0]
    some = "; ".join(f"{one} ({release.laws[one].title})" for one in (found or tuple(release.laws))[:10])
    raise UnknownLawError(f"{'several laws are' if found else 'no law is'} called {name!r}; name one by its id: {some}")


@runtime_checkable
class Replaceable(Protocol):
    """A part that goes on on the CPU when the GPU that it runs on is lost or full."""

    @property
    def fallback(self) -> str:
        """Why it does not run where it should, in words; empty where all is well."""
        ...


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that answers from one release.

    Attributes:
        release: the law.
        retriever: finds, and nothing else; what is measured and calibrated.
        finder: what people are shown: the retriever, with the articles that it brings along where that is set.
        assistant: answers, through the finder.
        replaceable: the parts that can lose their GPU.
    """

    release: Release
    retriever: ArticleSearch
    finder: Retriever
    assistant: Assistant
    replaceable: tuple[Replaceable, ...] = ()

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """What runs on the CPU now though it should run on a GPU, and why; empty where all is well."""
        return tuple(part.fallback for part in self.replaceable if part.fallback)

    def admitted(self, filters: Filters) -> Filters:
        """The filters with every law by its id, whether it was named by id, title or alias.

        Raises:
            UnknownLawError: the release has no such law, or several of that name.
        """
        return replace(filters, laws=frozenset(law_id(self.release, name) for name in filters.laws))

    def search(self, question: str, *, k: int, filters: Filters) -> tuple[Hit, ...]:
        """The articles that bear on a question, best first.

        Raises:
            QuestionError: the question is empty or too long.
            UnknownLawError: a filter names a law that the release does not have.
        """
        return self.finder.search(normalise(question), k=k, filters=self.admitted(filters))


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

    def __init__(self, opener: Opener, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Opens the published release.

        Args:
            opener: finds and opens releases.
            clock: seconds, never falling.

        Raises:
            UserFacingError: there is none, or it is damaged or made by another model.
        """
        self._opener = opener
        self._clock = clock
        self._refused = ""  # the release that was tried last and not taken
        self._retry_at = 0.0
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

        A refused release is tried again after `RETRY_SECONDS`, another one at once.

        Returns:
            Whether another release answers now.
        """
        try:
            name = self._opener.published()
            if name == self._current.engine.release.id:
                self.trouble, self._refused = "", ""
                return False
            if name == self._refused and self._clock() < self._retry_at:
                return False
            self._refused, self._retry_at = name, self._clock() + RETRY_SECONDS
            fresh = _Lease(self._opener.open())
        except UserFacingError as error:
            self.trouble = str(error)
            return False
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the new release, the old one answers on
            self.trouble = f"the published release cannot be opened: {type(error).__name__}: {error}"
            return False
        with self._lock:
            old, self._current = self._current, fresh
            old.retired = True
            idle = old.readers == 0
        if idle:
            old.engine.release.close()
        self.trouble, self._refused = "", ""
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
