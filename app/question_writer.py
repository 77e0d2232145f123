"""A language model's client as a plain function of a prompt, callable from many threads."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self

from generation.llm import LLM, LLMError, Message


class QuestionWriter:
    """Runs the client's event loop in a thread of its own while it is open."""

    def __init__(
        self, llm: LLM, *, max_tokens: int, close: Callable[[], Coroutine[Any, Any, None]] | None = None
    ) -> None:
        """Starts nothing.

        Args:
            llm: writes; used by this object alone.
            max_tokens: of one reply.
            close: closes the client's connections, in the loop that opened them; None where it has none.
        """
        self._llm = llm
        self._max_tokens = max_tokens
        self._close = close
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="question-writer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._close is not None:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def write(self, prompt: str) -> str:
        """What the model writes; of a reply that was cut short its whole questions, of which there may be none.

        Raises:
            LLMError: nothing came.
        """
        return asyncio.run_coroutine_threadsafe(self._collected(prompt), self._loop).result()

    async def _collected(self, prompt: str) -> str:
        text = ""
        try:
            async with aclosing(self._llm.stream([Message("user", prompt)], max_tokens=self._max_tokens)) as pieces:
                async for piece in pieces:
                    text += piece
        except LLMError:
            if not text:
                raise
            return text[: max(text.rfind("\n"), text.rfind("?")) + 1]  # nothing of one that never came to an end
        return text
