"""Which passages of a release may be found for a day, and which version of an article speaks on it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from index.articles import Article, ArticleVersion
from index.release import OPEN_TO, UNKNOWN_FROM, Release
from index.validity import History, Speaking, Standing, speaking, standing_of


def current_day() -> date:
    """Today where this process runs."""
    return datetime.now(UTC).astimezone().date()


class LawOnADay:
    """The versions of one release through time; built once from its columns, then asked from any thread."""

    def __init__(self, release: Release) -> None:
        """Works out of each law whether, and since when, its history is there."""
        self._release = release
        first = np.full(len(release.laws), OPEN_TO, dtype=np.int64)
        np.minimum.at(first, release.passage_law, release.passage_valid_from)
        series = np.zeros(len(release.laws), dtype=np.bool_)
        series[release.passage_law[release.passage_valid_to != OPEN_TO]] = True
        self._first = np.where(series, first, OPEN_TO)  # day from which the history of each law is complete
        self._histories: Mapping[str, History] = {
            law: History(_day(int(day)) if known else None)
            for law, day, known in zip(release.laws, first, series, strict=True)
        }

    def history(self, law_id: str) -> History:
        """What is known of a law's history."""
        return self._histories[law_id]

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
            complete = self._first[self._release.passage_law]
            undated = (complete == OPEN_TO) & ((begins > on) | ((begins == UNKNOWN_FROM) & (ends == OPEN_TO)))
            found |= undated | ((complete != OPEN_TO) & (on < complete) & (begins == complete))
        return None if found.all() else found


def _day(ordinal: int) -> date:
    return date.min if ordinal == UNKNOWN_FROM else date.fromordinal(ordinal)
