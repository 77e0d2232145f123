"""How far a build is, as told to whoever watches it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from index.planning import Plan


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far a build is.

    Attributes:
        stage: "reading" (structure and passages), "embedding", "writing" or "publishing".
        articles_done, articles_total: in "reading" and "embedding"; an article counts when its last passage is done.
        articles_per_second: since the stage began, over the articles that needed work; 0 before the first.
        seconds_left: of this stage; None where unknown.
    """

    stage: str
    articles_done: int
    articles_total: int
    articles_per_second: float = 0.0
    seconds_left: float | None = None


class EmbeddingProgress:
    """Counts passages and tells articles: an article is done with the last of its passages.

    The time left is reckoned by characters, for passages differ in length tenfold.
    """

    def __init__(self, plan: Plan, todo: Sequence[int], on_progress: Callable[[BuildProgress], None]) -> None:
        articles = plan.article_of[np.asarray(todo, dtype=np.int64)]
        self._total = len(plan.articles)
        self._last = np.sort(len(articles) - 1 - np.unique(articles[::-1], return_index=True)[1])
        self._chars = np.cumsum([0, *(len(plan.texts[row]) for row in todo)])
        self._on_progress = on_progress
        self._started = time.monotonic()
        self._done = 0

    def reach(self, done: int) -> None:
        """So many passages are finished."""
        self._done = done
        finished = int(np.searchsorted(self._last, done))
        seconds = time.monotonic() - self._started
        chars_done, chars = float(self._chars[done]), float(self._chars[-1])
        self._on_progress(
            BuildProgress(
                "embedding",
                articles_done=self._total - len(self._last) + finished,
                articles_total=self._total,
                articles_per_second=finished / seconds if seconds > 0 else 0.0,
                seconds_left=seconds * (chars - chars_done) / chars_done if chars_done else None,
            )
        )

    def add(self, count: int) -> None:
        """So many more are."""
        self.reach(self._done + count)
