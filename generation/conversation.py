"""From what a person typed to the question that is searched for: made clean, and completed from the conversation."""

import re
from collections.abc import Sequence
from pathlib import Path

from generation.answer import Answer, Turn
from generation.llm import LLM
from generation.mentions import mentions, numbered
from generation.phrases import Phrases, phrases
from generation.prompt import FOLDER
from generation.rewriting import SECONDS, rewrite
from generation.sentences import clean
from generation.small_talk import small_talk
from generation.terms import terms, words
from index.errors import UserFacingError
from index.languages import detect_language, fold
from index.references import LawLink, Reference, References, Relative
from retrieval.pure_lookup import is_pure

LONGEST = 4_000  # characters of a question
_SHORT = 6  # words with a meaning; what has more says itself what it is about
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
    question: str,
    turns: Sequence[Turn],
    *,
    lang: str,
    llm: LLM | None = None,
    prompts: Path = FOLDER,
    seconds: float = SECONDS,
) -> str:
    """The question as it is searched for: itself, or for a follow-up, completed from the conversation.

    A model, where there is one, writes the completed question; where what it writes cannot be used, or comes too late,
    and where the follow-up only names another article, it is put together by rule (`carry`).

    Args:
        question: normalised.
        turns: the conversation so far, oldest first.
        lang: ISO 639-1 code of the question.
        llm: asked only where the question may refer back.
        prompts: folder with the prompts.
        seconds: longest wait for the model.

    Raises:
        PromptError: the prompt file is broken.
    """
    turns = [turn for turn in turns if small_talk(turn.question, lang=lang) is None]
    carried = carry(question, turns, lang=lang)
    if llm is None or not turns or numbered(question) or not may_refer_back(question, lang=lang):
        return carried
    keep = set(_own_terms(question, lang))
    rewritten = await rewrite(question, turns, lang=lang, llm=llm, keep=keep, prompts=prompts, seconds=seconds)
    return rewritten or carried


def remembered(answer: Answer) -> Turn:
    """An answer as the turn that later questions may refer to."""
    said = " ".join(sentence.text for sentence in answer.sentences)
    laws = tuple(dict.fromkeys(citation.law for citation in answer.citations))
    articles = tuple(dict.fromkeys(citation.article for citation in answer.citations))
    return Turn(answer.question, answer.understood_as, said, laws, articles)


def carry(question: str, turns: Sequence[Turn], *, lang: str) -> str:
    """The question as it is searched for, by rule: itself, or for a follow-up, with what it refers to.

    "And Article 34?" takes the place of the one article in the question before, or takes the law with it that the
    conversation is about; "and paragraph 2?" is of the article before; "and for fines?" takes only the law. Any other
    follow-up with words of its own ("and for minors?") stands behind the last question that could stand alone; one
    without ("why?") behind the last question as it was understood. So a second follow-up replaces the first.
    """
    if not turns:
        return question
    follows = is_follow_up(question, lang=lang)
    read = mentions(question)
    if read.references and (follows or is_pure(question, read)):
        return _with_its_law(question, read, turns, lang=lang, follows=follows)
    if not follows:
        return question
    own = _own_terms(question, lang)
    law = _law_spoken_of(turns)
    if own and law and set(own) <= set(terms(" ".join(phrases(lang).matters), lang)):
        return f"{question.rstrip('?!. ')} ({law})?"
    if own:
        alone = (turn.question for turn in reversed(turns) if turn.question == turn.understood_as)
        carried = next(alone, turns[0].understood_as)
    else:
        carried = turns[-1].understood_as
    return f"{carried} {question}" if len(carried) + len(question) < LONGEST else question


def _with_its_law(question: str, read: References, turns: Sequence[Turn], *, lang: str, follows: bool) -> str:
    """A question that names an article or a part of one, with the law and the article that it leaves out."""
    first, last = read.references[0], read.references[-1]
    named = question[first.start : last.end]
    bare = follows and not _own_terms(f"{question[: first.start]} {question[last.end :]}", lang)
    if first.relative is not Relative.NUMBERED:
        whole = _part_of_the_article_before(named, turns[-1], lang=lang) if bare else ""
        return whole or question
    if read.unknown_law is not None or any(one.link is not LawLink.UNNAMED for one in read.references):
        return question
    before = numbered(turns[-1].understood_as)
    if bare and len(before) == 1:
        return _replaced(turns[-1].understood_as, before[0], named)
    law = _law_spoken_of(turns)
    return f"{question[: last.end]} {law}{question[last.end :]}" if law else question


def _part_of_the_article_before(named: str, turn: Turn, *, lang: str) -> str:
    """The clause of the one article that the turn before named, or cited; empty where it is not one."""
    own = phrases(lang)
    before = numbered(turn.understood_as)
    if len(before) == 1 and not before[0].path and not before[0].through:
        article = turn.understood_as[before[0].start : before[0].end]
        return _replaced(turn.understood_as, before[0], own.part_of.format(part=named, article=article))
    if not before and len(turn.articles) == 1 and len(turn.laws) == 1:
        return f"{own.part_of.format(part=named, article=turn.articles[0])} {turn.laws[0]}"
    return ""


def _replaced(text: str, reference: Reference, by: str) -> str:
    return f"{text[: reference.start]}{by}{text[reference.end :]}"


def _law_spoken_of(turns: Sequence[Turn]) -> str:
    """The law that the conversation is about: the one last named with an article, or cited; empty where not one."""
    for turn in reversed(turns):
        named = {one.law_name for one in numbered(turn.understood_as) if one.law_name} or set(turn.laws)
        if named:
            return named.pop() if len(named) == 1 else ""
    return ""


def may_refer_back(question: str, *, lang: str) -> bool:
    """Whether a question may lean on the ones before it: surely (`is_follow_up`), or by a pronoun or its first word."""
    own = phrases(lang)
    short = _content(question, lang) <= _SHORT
    leans = _without_opening(question, own) != question or not own.pronouns.isdisjoint(words(question))
    return (short and leans) or is_follow_up(question, lang=lang)


def _own_terms(question: str, lang: str) -> tuple[str, ...]:
    """The terms of a follow-up, without the words that tie it to what was said."""
    own = phrases(lang)
    spoken = _without_opening(question, own).rstrip("?!. ")
    for closing in sorted(own.closings, key=len, reverse=True):
        spoken = re.sub(rf"\W*\b{closing}$", "", spoken, flags=re.IGNORECASE)
    return tuple(term for term in terms(spoken, lang) if term not in {fold(word) for word in own.pronouns})


def is_follow_up(question: str, *, lang: str) -> bool:
    """Whether a question cannot be understood without the ones before it.

    It is one when it has no word that carries meaning; when it is short and opens or closes by tying itself to what
    was said ("and ...?", "... as well?"), is only a piece of a sentence ("for minors?") or a single word; and when a
    pronoun stands for what it asks about.
    """
    own = phrases(lang)
    bare = _without_opening(question, own)
    spoken = words(bare)
    content = _content(bare, lang)
    asks = not own.interrogatives.isdisjoint(spoken)
    tied = bare != question or " ".join(spoken).endswith(own.closings)
    if content == 0 or (tied and content <= (3 if asks else _SHORT)):
        return True
    if content <= 2 and not own.pronouns.isdisjoint(spoken):
        return own.impersonal is None or own.impersonal.search(" ".join(spoken)) is None
    piece = f"{' '.join(spoken)} ".startswith(tuple(f"{word} " for word in own.prepositions))
    return not asks and (content <= 1 or (piece and content <= 4))


def _content(text: str, lang: str) -> float:
    """How many words carry meaning; a Vietnamese word is two syllables, most of them."""
    return len(terms(text, lang)) / (2 if lang == "vi" else 1)


def _without_opening(question: str, own: Phrases) -> str:
    """The question without the words that tie it to the one before."""
    for opening in sorted(own.openings, key=len, reverse=True):
        found = re.match(rf"\W*{opening}\b[\s,]*", question, re.IGNORECASE)
        if found:
            return _without_opening(question[found.end() :], own)
    return question
