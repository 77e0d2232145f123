"""What an article is trained on: its passages as the index embeds them, whole or without their heading."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from index.articles import Article, ArticleVersion, Corpus, Law
from index.build import MAX_CHARS  # the same cut as the index, or training sees what search never does
from index.languages import fold
from index.lexical import tokens
from index.passages import cut_passages, embedded_text
from index.structure import parse_provisions

_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class ArticleTexts:
    """The passages of one article.

    Attributes:
        whole: as the index embeds them, in order; at least one where the article has text or a heading.
        without_heading: the same without the heading and without a first line that repeats it. The cuts may differ.
    """

    whole: tuple[str, ...]
    without_heading: tuple[str, ...]


def texts_of(corpus: Corpus, article_ids: Collection[str], *, max_chars: int = MAX_CHARS) -> dict[str, ArticleTexts]:
    """The passages of articles, each in its version that is open or, where none is, in the last of the corpus.

    Args:
        corpus: holds the articles.
        article_ids: which ones.
        max_chars: see `cut_passages`.
    """
    laws = {law.id: law for law in corpus.laws}
    versions = current_versions(corpus)
    return {
        article.id: _texts(laws[article.law_id], article, versions[article.id], max_chars)
        for article in corpus.articles
        if article.id in article_ids
    }


def current_versions(corpus: Corpus) -> dict[str, ArticleVersion]:
    """The version of each article, by `Article.id`, that speaks for it in training: the last that is not closed."""
    chosen: dict[str, ArticleVersion] = {}
    for version in corpus.versions:
        before = chosen.get(version.article_id)
        if before is None or version.valid_to is None or before.valid_to is not None:
            chosen[version.article_id] = version
    return chosen


def without_heading(version: ArticleVersion) -> ArticleVersion:
    """The version without its heading and without a first line that says the same; its offsets are its own."""
    first, _, rest = version.text.partition("\n")
    repeats = bool(version.heading) and bare(first) == bare(version.heading)
    return replace(version, heading="", text=rest.lstrip() if repeats else version.text)


def nearest(question: str, passages: Sequence[str], *, lang: str) -> str:
    """The passage that shares most with a question.

    Each token of the question (`index.lexical.tokens`: words, numbers and pairs of neighbours) counts in every passage
    that holds it one over the number of passages that do: what all of them say, such as the law's title, tells nothing.
    Of equals the first.

    Args:
        question: any text.
        passages: of one article, at least one.
        lang: ISO 639-1 code.
    """
    if len(passages) == 1:
        return passages[0]
    asked = set(tokens(question, lang))
    shared = [asked.intersection(tokens(passage, lang)) for passage in passages]
    holders = Counter(token for found in shared for token in found)
    scores = [sum(1 / holders[token] for token in sorted(found)) for found in shared]
    return passages[scores.index(max(scores))]


def _texts(law: Law, article: Article, version: ArticleVersion, max_chars: int) -> ArticleTexts:
    return ArticleTexts(
        _passages(law, article, version, max_chars), _passages(law, article, without_heading(version), max_chars)
    )


def _passages(law: Law, article: Article, version: ArticleVersion, max_chars: int) -> tuple[str, ...]:
    provisions = parse_provisions(version.text, lang=version.lang, version_id=version.id)
    passages = cut_passages(version, provisions, max_chars=max_chars)
    return tuple(embedded_text(law, article, version, passage) for passage in passages)


def bare(text: str) -> str:
    """Folded letters and digits, one blank between words; empty for a heading that is a stray sign."""
    return _NOT_LETTERS.sub(" ", fold(text)).strip()
