"""From what a person typed to the question that is searched for: made clean, and completed from the conversation."""

import re
from collections.abc import Sequence
from pathlib import Path

from generation.answer import Turn
from generation.llm import LLM
from generation.phrases import Phrases, phrases
from generation.prompt import FOLDER
from generation.sentences import clean
from generation.terms import terms, words
from index.errors import UserFacingError
from index.languages import detect_language

LONGEST = 4_000  # characters of a question
_PLAIN_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")  # as East Asian keyboards type them


class QuestionError(UserFacingError):
    """A question that cannot be asked: empty, or too long."""


def normalise(question: str) -> str:
    """The question in NFC, on one line, with plain digits, without control and invisible characters.

    Raises:
        QuestionError: it holds no letter and no digit, or more than `LONGEST` characters.
    """
    if len(question) > LONGEST:
        raise QuestionError(
            f"the question has {len(question):,} characters and at most {LONGEST:,} are read: ask it in fewer words"
        )
    text = " ".join(clean(question, emphasis=True).translate(_PLAIN_DIGITS).split())
    if not any(c.isalnum() for c in text):
        raise QuestionError("the question is empty: write what you want to know, in a sentence")
    return text


def language_of(question: str, turns: Sequence[Turn] = (), *, otherwise: str = "en") -> str:
    """ISO 639-1 code; where the question does not tell ("GDPR?"), that of the conversation; else `otherwise`."""
    earlier = (turn.question for turn in reversed(turns))
    return next((lang for text in (question, *earlier) if (lang := detect_language(text)) is not None), otherwise)


async def understand(
    question: str, turns: Sequence[Turn], *, lang: str, llm: LLM | None = None, prompts: Path = FOLDER
) -> str:
    """The question as it is searched for: itself, or for a follow-up, completed from the conversation."""
    return carry(question, turns, lang=lang)


def carry(question: str, turns: Sequence[Turn], *, lang: str) -> str:
    """The question as it is searched for: itself, or for a follow-up, with what it refers to before it.

    A follow-up with words of its own ("and for minors?") stands behind the last question that could stand alone; one
    without ("why?") behind the last question as it was understood. So a second follow-up replaces the first.
    """
    if not turns or not is_follow_up(question, lang=lang):
        return question
    if terms(_without_opening(question, phrases(lang)), lang):
        alone = (turn.question for turn in reversed(turns) if turn.question == turn.understood_as)
        carried = next(alone, turns[0].understood_as)
    else:
        carried = turns[-1].understood_as
    return f"{carried} {question}" if len(carried) + len(question) < LONGEST else question


def is_follow_up(question: str, *, lang: str) -> bool:
    """Whether a question cannot be understood without the ones before it.

    It is one when it has no word that carries meaning; when it is short and opens or closes by tying itself to what
    was said ("and ...?", "... as well?"), is only a piece of a sentence ("for minors?") or a single word; and when a
    pronoun stands for what it asks about.
    """
    own = phrases(lang)
    bare = _without_opening(question, own)
    spoken = words(bare)
    content = len(terms(bare, lang)) / (2 if lang == "vi" else 1)  # a Vietnamese word is two syllables, most of them
    asks = not own.interrogatives.isdisjoint(spoken)
    tied = bare != question or " ".join(spoken).endswith(own.closings)
    if content == 0 or (tied and (content <= 3 or not asks)):
        return True
    if content <= 2 and not own.pronouns.isdisjoint(spoken):
        return own.impersonal is None or own.impersonal.search(" ".join(spoken)) is None
    piece = f"{' '.join(spoken)} ".startswith(tuple(f"{word} " for word in own.prepositions))
    return not asks and (content <= 1 or (piece and content <= 4))


def _without_opening(question: str, own: Phrases) -> str:
    """The question without the words that tie it to the one before."""
    for opening in sorted(own.openings, key=len, reverse=True):
        found = re.match(rf"\W*{opening}\b[\s,]*", question, re.IGNORECASE)
        if found:
            return _without_opening(question[found.end() :], own)
    return question
