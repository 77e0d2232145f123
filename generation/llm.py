"""The seam of the language model: messages in, a stream of text out."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from index.errors import UserFacingError


class LLMError(UserFacingError):
    """The language model could not be reached, was too slow, or stopped before it had finished."""


class LLMCutShortError(LLMError):
    """The language model wrote up to the limit it was given: what came is whole up to its last sentence."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


class LLM(Protocol):
    """A chat model that writes text piece by piece."""

    @property
    def name(self) -> str:
        """The model's name as its server knows it, for receipts."""
        ...

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, citable: int | None = None
    ) -> AsyncGenerator[str, None]:
        """Writes the answer.

        Args:
            messages: the prompt.
            max_tokens: upper bound of what is generated.
            citable: where given, only markers [1] to [citable] may be written; a server that can constrain decoding
                does so, any other is checked afterwards.

        Yields:
            Pieces of text, none of them empty. Closing the iterator stops the generation at the server.

        Raises:
            LLMError: before the first piece, when no answer could be had; after it, when the answer broke off.
            LLMCutShortError: after `max_tokens`.
        """
        ...

    async def close(self) -> None:
        """Closes the connections to the server; call when nobody asks any more."""
        ...
