"""Generated look-ups over real Chilean laws, which number articles "39 A", "24 B"."""

from collections import defaultdict

import pytest

from index.articles import ArticleKind
from index.importers.registry import read_corpus
from retrieval.lookup import Lookup
from tests.lookup_generator import DATA

FOLDER = DATA / "history" / "cl"

pytestmark = [
    pytest.mark.real_law,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no law at {FOLDER}: set LEXCITE_DATA to the folder of law"),
]

PHRASINGS = (
    "¿Qué dice el artículo {number}?",
    "art. {number} de la misma ley",
    "Artículo {number}",
    "ARTÍCULO {number} DE LA MISMA LEY",
    "Según la misma ley, ¿qué regula su artículo {number}?",
    "¿Y el artículo {number}, por favor?",
    "(artículo {number})",
    "la misma ley (véase el artículo {number})",
)


def test_every_article_is_found_by_its_number_and_no_other():
    corpus = read_corpus([FOLDER])
    articles, versions = defaultdict(list), defaultdict(list)
    for article in corpus.articles:
        articles[article.law_id].append(article)
    for version in corpus.versions:
        versions[version.article_id].append(version)
    lookup = Lookup(
        laws={law.id: law for law in corpus.laws},
        articles=articles.__getitem__,
        versions=versions.__getitem__,
        provisions=lambda _: (),
    )
    bearers = defaultdict(set)
    for article in corpus.articles:
        if article.kind is ArticleKind.ARTICLE and article.number[:1].isdigit():
            bearers[article.law_id, "".join(article.number.split()).casefold()].add(article.id)
    whole = set().union(*bearers.values())
    numbers = {(one.law_id, one.number) for one in corpus.articles if one.id in whole}
    lettered = [number for _, number in numbers if number[-2:-1] == " "]
    wrong = [
        (question, law)
        for law, number in sorted(numbers)
        for question in (phrasing.format(number=number) for phrasing in PHRASINGS)
        if {place.article.id for place in lookup.look_up(question, previous_law=law).places}
        != bearers[law, "".join(number.split()).casefold()]
    ]
    assert wrong == []
    assert len(lettered) >= 10
    assert len([number for _, number in numbers if number.startswith("129 bis ")]) == 23
