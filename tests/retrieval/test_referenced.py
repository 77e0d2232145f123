"""Articles that the ones found refer to, brought along behind them."""

from datetime import date

import pytest

from index.articles import Article, ArticleVersion, Corpus, Law, Status, version_id
from index.release import Release
from retrieval.referenced import WithReferenced
from retrieval.search import Filters, Hit
from tests import small_law

TODAY = date(2026, 1, 1)
CHANGE = date(2020, 1, 1)
TOWN = Law("town", "Town Act", "en", jurisdiction="XX")
PORT = Law("port", "Port Act", "en", jurisdiction="YY")
TEXTS = {
    "town#1": "1. Dogs follow Article 2(2).\n2. Cats follow Article 3, and ships Article 1 of the Port Act.",
    "town#2": f"1. {'A lead is short. ' * 100}\n2. A lead is strong.",
    "town#3": "A bell, as in Articles 1 to 2.",
    "town#4": "Birds follow Article 4, Article 5 and Article 6.",
    "town#5": "(Repealed)",
    "port#1": "A ship has a mast.",
}
STATUSES = {"town#5": Status.REPEALED}


def corpus():
    articles, versions = [], []
    for article_id, text in TEXTS.items():
        law, number = article_id.split("#")
        articles.append(Article(article_id, law, f"Article {number}", number))
        versions.append(
            ArticleVersion(article_id, article_id, "", text, "en", status=STATUSES.get(article_id, Status.UNKNOWN))
        )
    articles.append(Article("town#6", "town", "Article 6", "6"))
    versions += [
        ArticleVersion(version_id("town#6", None), "town#6", "", "Old birds.", "en", None, CHANGE),
        ArticleVersion(version_id("town#6", CHANGE), "town#6", "", "New birds.", "en", CHANGE),
    ]
    return Corpus((TOWN, PORT), tuple(articles), tuple(versions))


class Finds:
    """A retriever that finds the articles it is given, by their first passage."""

    def __init__(self, release, *article_ids):
        self.hits = []
        for rank, article_id in enumerate(article_ids, start=1):
            article = release.article(article_id)
            version = release.versions(article_id)[-1]
            passage = release.passage(release.passages_of(version.id)[0])
            self.hits.append(Hit(rank, 1 / rank, release.laws[article.law_id], article, version, passage))

    def search(self, question, *, k, filters=None):
        return tuple(self.hits[:k])


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("law")
    small_law.publish_corpus(folder, corpus())
    with Release.open(folder / "index") as opened:
        yield opened


def brought(release, *found, most=5, k=8, filters=None):
    """The found hits, and (id, who refers to it) of each hit behind them."""
    finds = Finds(release, *found)
    hits = WithReferenced(finds, release, most=most, today=lambda: TODAY).search("?", k=k, filters=filters or Filters())
    assert hits[: len(found)] == tuple(finds.hits)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    return [(hit.article.id, hit.referenced_by) for hit in hits[len(found) :]]


def test_what_the_best_hit_refers_to_comes_first_and_nothing_comes_twice(release):
    assert brought(release, "town#3", "town#1") == [("town#2", "town#3"), ("port#1", "town#1")]
    assert brought(release, "town#1") == [("town#2", "town#1"), ("town#3", "town#1"), ("port#1", "town#1")]


def test_no_more_are_brought_than_asked_for(release):
    assert brought(release, "town#1", most=1) == [("town#2", "town#1")]


def test_hits_that_refer_to_nothing_bring_nothing(release):
    assert brought(release, "town#2") == []
    assert brought(release) == []


def test_only_law_that_passes_the_filters_is_brought(release):
    assert brought(release, "town#1", filters=Filters(jurisdictions=frozenset({"XX"}))) == [
        ("town#2", "town#1"),
        ("town#3", "town#1"),
    ]


def test_repealed_articles_are_not_brought(release):
    assert brought(release, "town#4") == [("town#6", "town#4")]


@pytest.mark.parametrize(
    ("day", "text"), [(date(2019, 12, 31), "Old birds."), (CHANGE, "New birds."), (None, "New birds.")]
)
def test_an_article_is_brought_in_the_text_of_the_day(release, day, text):
    search = WithReferenced(Finds(release, "town#4"), release, most=5, today=lambda: TODAY).search
    assert search("?", k=1, filters=Filters(as_of=day))[-1].version.text == text


def test_the_passage_is_where_the_provision_stands(release):
    hit = WithReferenced(Finds(release, "town#1"), release, most=1, today=lambda: TODAY).search("?", k=1)[-1]
    text = TEXTS["town#2"]
    assert hit.passage.start > 0
    assert "A lead is strong." in text[hit.passage.start : hit.passage.end]
    assert (hit.score, hit.dense, hit.lexical) == (1.0, None, None)


def test_bringing_none_is_refused(release):
    with pytest.raises(ValueError, match="most is 0"):
        WithReferenced(Finds(release), release, most=0)
