"""The prompt: numbered provisions, the conversation and the question, put into a text that a lawyer can edit."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from generation.answer import Turn
from generation.evidence import Extract, Sources, extracts
from generation.llm import Message
from generation.sentences import clean
from generation.terms import terms
from index.errors import UserFacingError
from retrieval.search import Hit

FOLDER = Path(__file__).parent / "prompts"
# Characters of law in a prompt: at most 2,450 tokens, which with rules, conversation and answer fit a window of 4,096.
# Qwen2.5's tokenizer makes a token of 5.3 characters of English law, 3.9 of Spanish, 3.7 of Vietnamese.
CONTEXT = 9_000
HISTORY = 1_500  # characters of conversation
REFUSAL = "NO ANSWER"  # what the model writes where the provisions do not answer
NOTHING = "-"  # stands where there was no conversation

_PLACES = ("{provisions}", "{conversation}", "{question}")
_REWRITING_PLACES = ("{conversation}", "{question}")
_MARKER = re.compile(r"[\[【](\s*\d[\d\s,;–-]*)[\]】]")
_NATURAL = re.compile(r"\d+|\D+")


class PromptError(UserFacingError):
    """A prompt file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file.

    Attributes:
        system: the rules; the same for every question, so that a server can keep them in its prefix cache.
        user: the rest, with the places for provisions, conversation and question, in this order; a prompt that rewrites
            questions has none for provisions.
        digest: SHA-256 of the file, first 16 hex digits, for receipts.
    """

    system: str
    user: str
    digest: str

    def messages(self, shown: Sequence[Extract], turns: Sequence[Turn], question: str) -> tuple[Message, ...]:
        """The messages for one question.

        Args:
            shown: the provisions, numbered from 1 in this order.
            turns: the conversation so far, oldest first.
            question: as it is to be understood.
        """
        values = {
            "provisions": _provisions(shown),
            "conversation": conversation(turns) or NOTHING,
            "question": _as_material(question),
        }
        user = re.sub(r"\{(provisions|conversation|question)\}", lambda place: values[place[1]], self.user)
        return (Message("system", self.system), Message("user", user))


def read_prompt(lang: str, *, folder: Path = FOLDER) -> Prompt:
    """The prompt in a language, in English where there is none.

    Raises:
        PromptError: the file cannot be read, or has not its two parts and three places.
    """
    path = folder / f"{lang}.md"
    return _read(path if path.is_file() else folder / "en.md", _PLACES)


def read_rewriting(lang: str, *, folder: Path = FOLDER) -> Prompt:
    """The prompt that rewrites a follow-up, in a language; in English, then as shipped, where the folder has none.

    Raises:
        PromptError: the file cannot be read, or has not its two parts and two places.
    """
    candidates = [place / f"rewrite.{code}.md" for place in (folder, FOLDER) for code in (lang, "en")]
    return _read(next(filter(Path.is_file, candidates), candidates[-1]), _REWRITING_PLACES)


def _read(path: Path, places: Sequence[str]) -> Prompt:
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{path}: cannot be read as UTF-8 text ({error}): restore the file") from error
    system, line, user = content.partition("\n---\n")
    if not line or not system.strip():
        raise PromptError(f"{path}: the rules and the question must be divided by a line '---': put it back")
    positions = [user.find(place) for place in places]
    if -1 in positions or positions != sorted(positions):
        raise PromptError(f"{path}: below '---' it must hold {', '.join(places)} once, in this order: put them back")
    return Prompt(system.strip(), user.strip(), hashlib.sha256(content.encode()).hexdigest()[:16])


def provisions_to_show(
    question: str, hits: Sequence[Hit], sources: Sources, *, lang: str, budget: int = CONTEXT
) -> tuple[Extract, ...]:
    """The provisions that the model reads: whole articles in order of the search, as many as fit, in canonical order.

    Articles always come whole and in the same order, so that prompts share their beginnings. Only where the best one
    is longer than the budget is it cut, to its clauses that share most words with the question.
    """
    chosen: list[Extract] = []
    left = budget
    for hit in hits:
        article = extracts(hit, sources.provisions(hit.version.id))
        size = sum(map(_size, article))
        if size > left and not chosen:
            article = _fitting(question, article, lang=lang, budget=left)
            size = sum(map(_size, article))
        if size <= left:
            chosen += article
            left -= size
    return tuple(sorted(chosen, key=lambda e: (e.hit.law.id, _natural(e.hit.article.id), e.start)))


def grammar(citable: int) -> str:
    """What may be written, in the EBNF of vLLM's structured outputs: cited lines with the markers [1] to [citable]."""
    numbers = " | ".join(f'"{number}"' for number in range(1, citable + 1))
    return "\n".join(
        (
            f'root ::= "{REFUSAL}" | line ("\\n" line)*',
            "line ::= text marker+",
            "text ::= [^\\[\\]\\n]+",
            'marker ::= "[" number "]"',
            f"number ::= {numbers}",
        )
    )


def _fitting(question: str, article: Sequence[Extract], *, lang: str, budget: int) -> tuple[Extract, ...]:
    asked = set(terms(question, lang))
    passage = article[0].hit.passage

    def value(extract: Extract) -> tuple[int, bool]:
        found = extract.start < passage.end and passage.start < extract.end
        return len(asked & set(terms(extract.text, extract.hit.version.lang))), found

    kept: list[Extract] = []
    for extract in sorted(article, key=value, reverse=True):
        if _size(extract) <= budget:
            kept.append(extract)
            budget -= _size(extract)
    return tuple(sorted(kept, key=lambda extract: extract.start))


def _size(extract: Extract) -> int:
    """Characters that an extract takes at most, its share of the article's title and introduction included."""
    return len(extract.text) + (len(extract.introduction.text) if extract.introduction else 0) + 40


def _provisions(shown: Sequence[Extract]) -> str:
    """The articles, each under its law and label; every provision behind its number, what introduces it before it.

    Titles and introductions stand once for all that they belong to: repeated for each provision they made a prompt half
    as long again.
    """
    lines: list[str] = []
    article: str | None = None
    introduced: tuple[int, int] | None = None
    for number, extract in enumerate(shown, start=1):
        hit = extract.hit
        if hit.version.id != article:
            title = f"{hit.law.title}, {hit.article.label}" + (
                f" ({hit.version.heading})" if hit.version.heading else ""
            )
            lines += ["", _as_material(title)]
            article, introduced = hit.version.id, None
        opening = extract.introduction
        if opening is not None and (opening.start, opening.end) != introduced:
            lines.append(_as_material(opening.text, quoted=True))
        introduced = None if opening is None else (opening.start, opening.end)
        lines.append(f"[{number}] {_as_material(extract.text, quoted=True).removeprefix('| ')}")
    return "\n".join(lines).strip()


def conversation(turns: Sequence[Turn]) -> str:
    """The latest turns as the model reads them, within `HISTORY` characters; empty where nothing was said."""
    lines: list[str] = []
    left = HISTORY
    for turn in reversed(turns):
        text = f"- {_as_material(turn.understood_as)}\n  {_as_material(turn.answer)[:600] or NOTHING}"
        if len(text) > left:
            break
        lines.insert(0, text)
        left -= len(text)
    return "\n".join(lines)


def _as_material(text: str, *, quoted: bool = False) -> str:
    """Text that cannot pass for a part of the prompt: no invisible characters, no markers, no line of its own.

    `quoted` keeps the lines, each set off by a bar.
    """
    text = _MARKER.sub(r"(\1)", clean(text, emphasis=True))
    if not quoted:
        return " ".join(text.split())
    return "\n".join(f"| {line.strip()}" for line in text.splitlines() if line.strip())


def _natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A key that sorts "a9" before "a10"."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in _NATURAL.findall(text))
