"""Questions that name their article."""

from dataclasses import replace

import pytest

from index.articles import ArticleKind
from retrieval.naming import name_articles
from retrieval.pairs import Pair, PairsError
from tests.law_sample import corpus as sample_corpus

LABELS = {"en": "Article 3", "es": "Artículo 3", "vi": "Điều 3"}


def law(label: str, number: str = "3", kind: ArticleKind = ArticleKind.ARTICLE):
    whole = sample_corpus()
    first, *others = whole.articles
    return replace(whole, articles=(replace(first, label=label, number=number, kind=kind), *others)), first.id


def asked(question: str, article: str, lang: str, **more: object) -> Pair:
    return Pair(question, article, lang, "own", **more)


@pytest.mark.parametrize(
    ("lang", "question", "expected"),
    [
        ("en", "Who pays?", "Who pays under Article 3?"),
        ("es", "¿Quién paga?", "¿Quién paga según el artículo 3?"),
        ("es", "quién paga.", "quién paga según el artículo 3"),
        ("vi", "Ai trả?", "Ai trả theo Điều 3?"),
    ],
)
def test_a_question_names_its_article_as_people_write(lang, question, expected):
    corpus, article = law(LABELS[lang])
    (named,) = name_articles([asked(question, article, lang)], corpus, share=1, seed=1)
    assert named == asked(expected, article, lang)


@pytest.mark.parametrize(
    ("pair", "label", "kind"),
    [
        (("Wer zahlt?", "de"), "Artikel 3", ArticleKind.ARTICLE),
        (("What does article 3 say?", "en"), "Article 3", ArticleKind.ARTICLE),
        (("Who pays?", "en"), "PDPA s.3", ArticleKind.ARTICLE),
        (("Who pays?", "en"), "Annex 3", ArticleKind.ANNEX),
    ],
)
def test_what_nobody_would_say_so_is_left(pair, label, kind):
    corpus, article = law(label, kind=kind)
    own = [asked(pair[0], article, pair[1])]
    assert list(name_articles(own, corpus, share=1, seed=1)) == own


def test_a_heading_is_left():
    corpus, article = law("Article 3")
    own = [asked("Masters", article, "en", without_heading=True)]
    assert list(name_articles(own, corpus, share=1, seed=1)) == own


def test_a_share_is_drawn_by_the_seed():
    corpus, article = law("Article 3")
    pairs = [
        asked(f"Who pays for {word}?", article, "en") for word in ("a", "b", "c", "d", "e", "f") for _ in range(50)
    ]
    first = name_articles(pairs, corpus, share=0.2, seed=1)
    assert first == name_articles(pairs, corpus, share=0.2, seed=1) != name_articles(pairs, corpus, share=0.2, seed=2)
    assert 30 <= sum("Article 3" in pair.question for pair in first) <= 90


@pytest.mark.parametrize("share", [0, 1.1, -1])
def test_an_impossible_share_is_refused(share):
    with pytest.raises(PairsError, match="--share"):
        name_articles([], sample_corpus(), share=share, seed=1)
