"""What is no question about the law: greetings, thanks, questions about lexcite, requests for what it does not do."""

from collections.abc import Sequence

from generation.answer import Outcome, Turn


def small_talk(question: str, turns: Sequence[Turn], *, lang: str) -> Outcome | None:
    """SMALL_TALK or OUT_OF_SCOPE where the question is none about the law, else None."""
    return None
