"""A circuit breaker: a server that keeps failing is left alone for a while, so that nobody waits for it in vain."""

from collections.abc import Callable
from dataclasses import dataclass


class Breaker:
    """Counts failures in a row; past the bound it opens, lets one question through now and then, and closes again.

    Each rest is twice as long as the one before. The question that is let through at its end is the probe: while it
    runs the others are refused, and as soon as the server answers it they are let in again, on trial: one more failure
    before a whole answer opens the breaker at once.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        failures: int = 3,
        rest_seconds: float = 2.0,
        longest_rest_seconds: float = 30.0,
    ) -> None:
        """Closed.

        Args:
            clock: seconds, never falling.
            failures: how many in a row open it.
            rest_seconds: the first rest.
            longest_rest_seconds: upper bound of the rests that follow.
        """
        self._clock = clock
        self._allowed = failures
        self._first_rest = rest_seconds
        self._longest_rest = longest_rest_seconds
        self._failures = 0  # in a row
        self._rest = rest_seconds
        self._open_until: float | None = None  # None: closed
        self._probe: Attempt | None = None

    def admit(self) -> "Attempt | None":
        """A question that may be sent now; None where it may not. At the end of a rest the first is the probe."""
        attempt = Attempt(self)
        if self._open_until is None:
            return attempt
        if self._probe is not None or self._clock() < self._open_until:
            return None
        self._probe = attempt
        return attempt

    def _failed(self, attempt: "Attempt", *, at_once: bool) -> None:
        is_probe = self._probe is attempt
        if self._open_until is not None and not is_probe:
            return  # it was sent before the breaker opened: that it failed is not news
        self._failures += 1
        if is_probe or at_once or self._failures >= self._allowed:
            self._open_until, self._probe = self._clock() + self._rest, None
            self._rest = min(2 * self._rest, self._longest_rest)

    def _answering(self) -> None:
        if self._open_until is not None:
            self._open_until, self._probe = None, None
            self._failures = self._allowed - 1

    def _succeeded(self) -> None:
        self._failures, self._rest = 0, self._first_rest
        self._open_until, self._probe = None, None

    def _left(self, attempt: "Attempt") -> None:
        if self._probe is attempt:
            self._probe = None


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One question that was let through, which tells the breaker what became of it."""

    _breaker: Breaker

    def answering(self) -> None:
        """The server has begun to answer."""
        self._breaker._answering()

    def succeeded(self) -> None:
        """The server has answered as it should."""
        self._breaker._succeeded()

    def failed(self, *, at_once: bool = False) -> None:
        """The server failed; `at_once` where nobody is there, so that the next question would find the same."""
        self._breaker._failed(self, at_once=at_once)

    def left(self) -> None:
        """The one who asked has gone before anything was learnt; where this was the probe, the next may be one."""
        self._breaker._left(self)
