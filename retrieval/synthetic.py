"""Questions that a language model writes from articles: which articles, what it is asked, which of its lines count."""

import random
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from index.articles import Corpus, Status
from index.languages import detect_language, fold
from retrieval.pairs import Pair, PairsError
from retrieval.training_texts import ArticleTexts, current_versions

PROMPTS = Path("prompts")  # inside this package: questions.LANG.md
LEAST_TEXT = 200  # characters; a shorter article hardly answers three different questions
LONGEST_PROMPT = 6000  # characters of article; about 2,000 tokens, so that any served window holds it
WITHIN = 3  # places among the whole corpus in which a question has to find its article again

_NUMBERING = re.compile(r"^\s*(?:[-*•–]|\(?\d{1,2}[.):]|\*{2})\s*")
_AFTER_QUESTION = re.compile(r"(?<=\?)\s+")  # small models write their questions in a row
_AROUND = " \t*\"'“”«»"
# What only somebody who sees the article would write; folded.
_POINTING = re.compile(
    r"\b(?:this|the above|said) (?:article|law|act|section|provision|regulation|text)\b"
    r"|\b(?:este|esta|dicho|dicha|el presente|la presente) (?:articulo|ley|norma|disposicion|texto|precepto)\b"
    r"|\b(?:dieu|luat|khoan|van ban|quy dinh|bo luat) (?:nay|tren)\b"
    r"|\b(?:article|section|articulo|art\.?|dieu|khoan|apartado) \d"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model wrote for one article.

    Attributes:
        article_id: the `Article.id`.
        text: as it came.
        prompt: fingerprint of the prompt, so that replies to another wording are not taken for replies to this one.
        model: as its server names it.
        seconds: from asking to the end.
    """

    article_id: str
    text: str
    prompt: str
    model: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Kept:
    """The questions that may be trained on, and how the model's lines fared.

    Attributes:
        pairs: in the order of the replies.
        counts: (what, how many): lines, each reason why one was left out, pairs.
    """

    pairs: tuple[Pair, ...]
    counts: tuple[tuple[str, int], ...]


def choose_articles(corpus: Corpus, count: int, *, seed: int, leave_out: Collection[str] = ()) -> tuple[str, ...]:
    """Draws articles to write questions from; the first n of a larger draw are the draw of n.

    Args:
        corpus: any law in a language that has a prompt.
        count: how many, or fewer where the corpus has not so many that are not repealed and long enough.
        seed: the same corpus and seed give the same articles in the same order.
        leave_out: `Article.id`s that are kept to measure with.
    """
    versions = current_versions(corpus)
    usable = [
        article.id
        for article in corpus.articles
        if article.id not in leave_out
        and len(versions[article.id].text) >= LEAST_TEXT
        and versions[article.id].status is not Status.REPEALED
    ]
    random.Random(seed).shuffle(usable)  # noqa: S311 - a reproducible draw, nothing secret
    return tuple(usable[:count])


def read_prompt(lang: str, folder: Path | None = None) -> str:
    """The prompt of a language, with its fields `{count}` and `{article}`.

    Args:
        lang: ISO 639-1 code.
        folder: of files `questions.LANG.md`; None for those that come with lexcite.

    Raises:
        PairsError: there is none, or it lacks a field.
    """
    name = f"questions.{lang}.md"
    source = resources.files("retrieval").joinpath(str(PROMPTS), name) if folder is None else folder / name
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PairsError(
            f"no prompt {name} in {folder or 'lexcite'}; write one with {{count}} and {{article}}."
        ) from error
    for field in ("{count}", "{article}"):
        if field not in text:
            raise PairsError(f"the prompt {source} lacks {field}; put it where the model shall read it.")
    return text


def filled(prompt: str, texts: ArticleTexts, *, count: int) -> str:
    """The prompt for one article: of a long article as many passages as `LONGEST_PROMPT` allows, at least one."""
    shown = texts.whole[0]
    for passage in texts.whole[1:]:
        rest = passage.split("\n", 2)[-1]  # law and label stand there already
        if len(shown) + len(rest) > LONGEST_PROMPT:
            break
        shown = f"{shown}\n{rest}"
    return prompt.replace("{count}", str(count)).replace("{article}", shown)


def question_lines(reply: str) -> tuple[str, ...]:
    """The lines of a reply without numbering, bullets and quotation marks, each once; one line may hold several."""
    pieces = (piece for line in reply.splitlines() for piece in _AFTER_QUESTION.split(line))
    lines = (_NUMBERING.sub("", piece).strip(_AROUND) for piece in pieces)
    return tuple(dict.fromkeys(line for line in lines if line))


def objection(question: str, lang: str) -> str:
    """Why a line is no question that somebody could ask who has not seen the article; empty where it is one."""
    words = len(question.split())
    if not question.endswith("?"):
        return "no question"
    if not 4 <= words <= 60:
        return "under 4 or over 60 words"
    if _POINTING.search(fold(question)):
        return "points at the article"
    if detect_language(question) not in {lang, None}:
        return "another language"
    return ""


def keep_questions(
    replies: Iterable[Reply],
    langs: Mapping[str, str],
    *,
    source: str,
    find: Callable[[str, str], Sequence[str]],
    within: int = WITHIN,
    on_reply: Callable[[], None] | None = None,
) -> Kept:
    """The questions that are questions, and that find their article again among all others of the corpus.

    A question that many articles would answer, or that has wandered off its article, does not find it; nor does one
    that is only too hard for `find`. What passes is easier than what people ask, and the easier the weaker the search.

    Args:
        replies: of the model.
        langs: `Article.id` -> ISO 639-1 code.
        source: of the pairs.
        find: question and language -> `Article.id`s out of the whole corpus, best first, at least `within` of them.
        within: places in which the article has to be.
        on_reply: called after each.
    """
    counts: Counter[str] = Counter()
    pairs: list[Pair] = []
    seen: set[str] = set()
    for reply in replies:
        lang = langs[reply.article_id]
        for question in question_lines(reply.text):
            counts["lines"] += 1
            why = objection(question, lang)
            if not why and question in seen:
                why = "written for another article too"
            if not why and reply.article_id not in find(question, lang)[:within]:
                why = f"does not find its article among the first {within}"
            if why:
                counts[f"left out: {why}"] += 1
            else:
                seen.add(question)
                pairs.append(Pair(question, reply.article_id, lang, source))
        if on_reply is not None:
            on_reply()
    counts["pairs"] = len(pairs)
    return Kept(tuple(pairs), tuple(sorted(counts.items())))
