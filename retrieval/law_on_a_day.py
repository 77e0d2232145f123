"""Which passages of a release may be found for a day, and which version of an article speaks on it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from index.articles import Article, ArticleVersion, Status
from index.release import OPEN_TO, UNKNOWN_FROM, Release
from index.validity import History, Speaking, Standing, speaking, standing_of

_DAY_BITS = 32  # of a law and a day in one number; `date.toordinal` and OPEN_TO need 31


def current_day() -> date:
    """Today where this process runs."""
    return datetime.now(UTC).astimezone().date()


class LawOnADay:
    """The versions of one release through time; built once from its columns, then asked from any thread."""

    def __init__(self, release: Release) -> None:
        """Reads of each law since when its history is there."""
        self._release = release
        laws, begins, ends = (
            column.astype(np.int64)
            for column in (release.passage_law, release.passage_valid_from, release.passage_valid_to)
        )
        self._complete = np.array(  # (laws,) int64, the day from which the history of each law is complete
            [OPEN_TO if law.complete_from is None else law.complete_from.toordinal() for law in release.laws.values()],
            dtype=np.int64,
        )
        changes = (laws << _DAY_BITS | ends)[ends != OPEN_TO]
        self._first_text: NDArray[np.bool_] = ~np.isin(laws << _DAY_BITS | begins, changes)  # none ended that day
        self._histories: Mapping[str, History] = {law.id: History(law.complete_from) for law in release.laws.values()}

    def history(self, law_id: str) -> History:
        """What is known of a law's history."""
        return self._histories[law_id]

    def has_rival(self, article: Article, version: ArticleVersion) -> bool:
        """Whether another article of the law has the same number, and a text that is as doubtful at the same time."""
        return any(
            other.status is Status.UNKNOWN
            and (other.valid_from or date.min) < (version.valid_to or date.max)
            and (version.valid_from or date.min) < (other.valid_to or date.max)
            for twin in self._release.articles(article.law_id)
            if (twin.kind, twin.number) == (article.kind, article.number) and twin.id != article.id
            for other in self._release.versions(twin.id)
        )

    def speaking(self, article: Article, day: date | None, *, today: date) -> Speaking[ArticleVersion]:
        """The version of an article that answers for a day; None for today."""
        versions = self._release.versions(article.id)
        return speaking(versions, day, today=today, history=self._histories[article.law_id])

    def standing(self, version: ArticleVersion, law_id: str, day: date | None, *, today: date) -> Standing:
        """What a version is on a day; None for today."""
        return standing_of(version, day or today, today=today, history=self._histories[law_id])

    def passages(self, day: date | None, *, today: date) -> NDArray[np.bool_] | None:
        """(n,) bool: the passages that may be found for a day; None where all may.

        These are the texts in force on that day, and for laws whose text of that day is missing the oldest that is
        there: it is found so that the reader is told, never so that it answers.
        """
        begins, ends = self._release.passage_valid_from, self._release.passage_valid_to
        on, now = (day or today).toordinal(), today.toordinal()
        found: NDArray[np.bool_] = (begins <= on) & (on < ends)
        if on < now:
            found &= (begins != UNKNOWN_FROM) | (ends != OPEN_TO)
            complete = self._complete[self._release.passage_law]
            ahead = (begins > on) & self._first_text  # what follows another text is not its article's first
            unknown = (complete == OPEN_TO) & (ahead | ((begins == UNKNOWN_FROM) & (ends == OPEN_TO)))
            found |= unknown | ((complete != OPEN_TO) & (on < complete) & ahead & (begins <= complete))
        return None if found.all() else found
