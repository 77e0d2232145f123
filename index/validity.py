"""Which version of an article speaks on a day, and what its word is worth on that day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from index.articles import Status


class Standing(StrEnum):
    """What an article is on a day."""

    IN_FORCE = "in_force"
    REPEALED = "repealed"  # by its text, or because its last text ended
    NOT_YET_IN_FORCE = "not_yet_in_force"
    HISTORY_MISSING = "history_missing"  # it may have been law with another text, which nobody gave us
    UNKNOWN = "unknown"  # today's text as far as is known; its dates or its status are not


class Dated(Protocol):
    """A text with its interval of validity: an `ArticleVersion`, or a row of a table of them."""

    @property
    def valid_from(self) -> date | None:
        """First day; None where unknown."""
        ...

    @property
    def valid_to(self) -> date | None:
        """First day on which it no longer was law; None where open or unknown."""
        ...

    @property
    def status(self) -> Status:
        """As the text and its versions tell it."""
        ...


T = TypeVar("T", bound=Dated)


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a law through time, apart from its articles' own versions.

    Attributes:
        complete_from: as `Law.complete_from`. Versions alone do not tell: an article that begins later than others
            may have been brought in then, or may be a consolidated text beside a series.
    """

    complete_from: date | None = None


@dataclass(frozen=True, slots=True)
class Speaking(Generic[T]):
    """The version of an article that answers for a day.

    Attributes:
        version: the text in force on that day; where there was none, the last one before it, or the first one after.
        standing: what it is on that day; only IN_FORCE and UNKNOWN may answer as law.
    """

    version: T
    standing: Standing

    @property
    def is_law(self) -> bool:
        """Whether it may answer."""
        return is_law(self.standing)


def speaking(versions: Sequence[T], day: date | None, *, today: date, history: History) -> Speaking[T]:
    """The version that answers for `day`.

    Args:
        versions: of one article, oldest first, an unknown first day before all; at least one; none overlap.
        day: None for today.
        today: the reader's.
        history: of the law.
    """
    on = today if day is None else day
    in_force = [version for version in versions if _holds(version, on)]
    before = [version for version in versions if version.valid_to is not None and version.valid_to <= on]
    chosen = (in_force or before or versions[:1])[-1]
    return Speaking(chosen, standing_of(chosen, on, today=today, history=history))


def standing_of(version: Dated, on: date, *, today: date, history: History) -> Standing:
    """What a version is on a day, where no other version of its article is in force then."""
    if version.valid_from is not None and on < version.valid_from:
        ahead = on >= today or (history.complete_from is not None and on >= history.complete_from)
        return Standing.NOT_YET_IN_FORCE if ahead else Standing.HISTORY_MISSING
    if not _holds(version, on):
        return Standing.REPEALED
    if version.valid_from is None and version.valid_to is None and on < today:
        return Standing.HISTORY_MISSING
    if version.status is Status.REPEALED:
        return Standing.REPEALED
    if version.status is Status.NOT_YET_IN_FORCE and version.valid_from is None:
        return Standing.NOT_YET_IN_FORCE
    return Standing.UNKNOWN if version.status is Status.UNKNOWN or version.valid_from is None else Standing.IN_FORCE


def is_law(standing: Standing) -> bool:
    """Whether a text of that standing may answer as law."""
    return standing in {Standing.IN_FORCE, Standing.UNKNOWN}


def _holds(version: Dated, on: date) -> bool:
    return (version.valid_from is None or version.valid_from <= on) and (
        version.valid_to is None or on < version.valid_to
    )


def changed_on(version: Dated, *, today: date) -> date | None:
    """The first day, up to today, on which a version no longer was law; None where it still is."""
    return version.valid_to if version.valid_to is not None and version.valid_to <= today else None
