"""A follow-up rewritten by a language model, and the check that the model brought nothing into it.

What a model writes here steers the search, so it may only put together what the person and the answers before have
said. Whatever holds another word, number or article is thrown away.
"""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path

from generation.answer import Turn
from generation.llm import LLM, LLMError
from generation.mentions import numbered
from generation.phrases import phrases
from generation.prompt import FOLDER, conversation, read_rewriting
from generation.sentences import clean
from generation.terms import terms, words
from index.languages import detect_language, fold

SECONDS = 4.0  # for the whole rewriting: a model that hangs costs no more than this
MAX_TOKENS = 128
LONGEST = 400  # characters of a rewritten question
TURNS = 3  # the latest ones, which a follow-up can refer to


async def rewrite(
    question: str,
    turns: Sequence[Turn],
    *,
    lang: str,
    llm: LLM,
    keep: Collection[str] = (),
    prompts: Path = FOLDER,
    seconds: float = SECONDS,
) -> str:
    """The follow-up as a question of its own; empty where the model gave none that can be used.

    Args:
        question: the follow-up, normalised.
        turns: the conversation, oldest first.
        lang: ISO 639-1 code of the question.
        llm: writes it.
        keep: terms of the follow-up that the rewriting must hold.
        prompts: folder with a prompt for each language.
        seconds: longest wait.

    Raises:
        PromptError: the prompt file is broken.
    """
    latest = turns[-TURNS:]
    messages = read_rewriting(lang, folder=prompts).messages((), latest, question)
    written = ""
    try:
        async with asyncio.timeout(seconds), aclosing(llm.stream(messages, max_tokens=MAX_TOKENS)) as pieces:
            async for piece in pieces:
                written = (written + piece).lstrip()
                if "\n" in written or len(written) > LONGEST:
                    break
    except (LLMError, TimeoutError):
        return ""
    line = " ".join(clean(written.partition("\n")[0]).split()).strip("\"“”«»'` ")
    said = f"{conversation(latest)}\n{question}"
    asked = "\n".join((question, *(f"{turn.question}\n{turn.understood_as}" for turn in latest)))
    return line if is_faithful(line, said=said, asked=asked, keep=keep, lang=lang) else ""


def is_faithful(rewritten: str, *, said: str, asked: str, keep: Collection[str], lang: str) -> bool:
    """Whether a rewriting holds nothing but what was said, and all of what it must keep.

    Args:
        rewritten: one line.
        said: the conversation as the model read it, and the follow-up.
        asked: what the person alone said; only from there may a negation come.
        keep: terms that must be in it.
        lang: ISO 639-1 code.
    """
    if not 0 < len(rewritten) <= LONGEST or detect_language(rewritten) not in (None, lang):
        return False
    own = set(terms(rewritten, lang))
    if not own or not own.issuperset(keep) or not own.issubset(terms(said, lang)):
        return False
    return (
        _negations(rewritten, lang) <= _negations(asked, lang)
        and _articles(rewritten) <= _articles(said)
        and _numbers_stand_as_before(rewritten, said)
    )


def _negations(text: str, lang: str) -> set[str]:
    """The words that negate, without marks; not the "không" that ends a Vietnamese question."""
    spoken = words(text)
    if lang == "vi" and spoken and spoken[-1] in ("không", "khong", "chưa", "chua"):
        spoken = spoken[:-1]
    negations = phrases(lang).negations
    if text.isascii():  # typed without marks; with them, "chớ" is not "cho"
        negations = frozenset(map(fold, negations))
    return {fold(word) for word in negations.intersection(spoken)}


def _articles(text: str) -> set[tuple[str, str]]:
    """The kind and number of every article that the text names: "30 days" and "Article 33" make no "Article 30"."""
    return {(str(one.kind), one.number) for one in numbered(text)}


def _numbers_stand_as_before(rewritten: str, said: str) -> bool:
    """Whether each number has the word before or behind it that it had: no EUR 48 from EUR 20 and 48 hours."""
    before = words(said)
    pairs = set(pairwise(before))
    spoken = ("", *words(rewritten), "")
    numbers = (at for at, word in enumerate(spoken) if any(map(str.isdigit, word)))
    return all((spoken[at - 1], spoken[at]) in pairs or (spoken[at], spoken[at + 1]) in pairs for at in numbers)
