"""Questions that name the article they are about, as people do who have it before them: "..., según el artículo 43?".

An embedder that is trained on none learns to overlook the number, in particular where a batch holds one law's articles
only: `docs/training.md` has the figures.
"""

import random
from collections.abc import Sequence
from dataclasses import replace

from index.articles import Article, ArticleKind, Corpus
from retrieval.pairs import Pair, PairsError

_PHRASES = {"en": "under {label}", "es": "según el {label}", "vi": "theo {label}"}
_LOWERED = frozenset({"es"})  # languages that write "artículo 43" within a sentence


def name_articles(pairs: Sequence[Pair], corpus: Corpus, *, share: float, seed: int) -> tuple[Pair, ...]:
    """The pairs, a share of them with their article's label in the question.

    Left as they are: questions in a language without a phrase here, those that hold the article's number already, pairs
    whose question is a heading, and articles that are called otherwise than by one word and a number. The share is of
    all the others.

    Args:
        pairs: of articles of the corpus.
        corpus: says how an article is called.
        share: between 0 and 1.
        seed: the same pairs, share and seed give the same result.

    Returns:
        As many pairs in the same order.

    Raises:
        PairsError: an impossible share.
    """
    if not 0 < share <= 1:
        raise PairsError(f"--share {share}: choose a number above 0 and up to 1.")
    articles = {article.id: article for article in corpus.articles}
    chance = random.Random(seed)  # noqa: S311 - a reproducible draw, nothing secret
    named = []
    for pair in pairs:
        article = articles[pair.article_id]
        fits = (
            pair.lang in _PHRASES
            and article.kind is ArticleKind.ARTICLE
            and _is_word_and_number(article)
            and not pair.without_heading
            and article.number not in pair.question.split()
        )
        if fits and chance.random() < share:
            pair = replace(pair, question=_with_label(pair.question, article.label, pair.lang))  # noqa: PLW2901
        named.append(pair)
    return tuple(named)


def _is_word_and_number(article: Article) -> bool:
    """Whether people would say the label so: "Điều 5", not "PDPA s.55(2)"."""
    word, _, number = article.label.partition(" ")
    return word.istitle() and bool(number) and number == article.number


def _with_label(question: str, label: str, lang: str) -> str:
    """The question with the label at its end, before a question mark."""
    if lang in _LOWERED:
        label = label[:1].lower() + label[1:]
    said = question.rstrip()
    mark = "?" if said.endswith("?") else ""
    return f"{said.removesuffix('?').rstrip(' .')} {_PHRASES[lang].format(label=label)}{mark}"
