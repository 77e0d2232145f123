"""Reranked searches: what moves, what stays, and what happens when the reranker fails."""

from itertools import pairwise

import pytest

from retrieval.referenced import WithReferenced
from retrieval.reranker import RerankerError
from retrieval.reranking import PASSAGES, Found, Reranked, find
from tests.fakes import WordReranker
from tests.law_sample import HARBOUR, LONG, MARKET, corpus, ids, open_search

QUESTION = "The fees for a stall"
ROWS = tuple(
    (HARBOUR if n % 3 else MARKET, str(n), "", f"The fees {'stall ' * (n == 7)}are {n}.") for n in range(1, 10)
)


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    return open_search(tmp_path_factory.mktemp("law"))


def reranked(search, reranker=None, **options):
    return Reranked(search, search._release, reranker or WordReranker(), **{"langs": None, **options})


class Backwards(WordReranker):
    """Likes best what the search liked least."""

    def scores(self, question, passages):
        return super().scores(question, passages) * 0 + range(len(passages))


class Planted(WordReranker):
    """Deceived by one law."""

    def scores(self, question, passages):
        return super().scores(question, passages) + [9 * ("Harbour" in passage) for passage in passages]


class Alike(WordReranker):
    def scores(self, question, passages):
        return super().scores(question, passages) * 0


def test_the_candidates_stand_by_their_scores_and_keep_what_the_search_said_of_them(search):
    before = search.search(QUESTION, k=4)
    after = reranked(search, Backwards(), candidates=4).search(QUESTION, k=4)
    assert ids(after) == ids(before)[::-1]
    assert [hit.rank for hit in after] == [1, 2, 3, 4]
    assert all(one.reranked > two.reranked for one, two in pairwise(after))
    said = {hit.article.id: (hit.score, hit.dense, hit.lexical, hit.passage, hit.standing) for hit in before}
    assert {h.article.id: (h.score, h.dense, h.lexical, h.passage, h.standing) for h in after} == said


def test_equal_scores_keep_the_order_of_the_search(search):
    assert ids(reranked(search, Alike()).search(QUESTION, k=5)) == ids(search.search(QUESTION, k=5))


def test_articles_from_beyond_the_first_k_come_up_and_those_beyond_the_candidates_stay(search):
    wide = search.search(QUESTION, k=6)
    found = reranked(search, Backwards(), candidates=4)
    assert ids(found.search(QUESTION, k=1)) == ids(wide)[3:4]
    six = found.search(QUESTION, k=6)
    assert ids(six) == [*ids(wide)[3::-1], *ids(wide)[4:]]
    assert [hit.reranked is None for hit in six] == [False] * 4 + [True] * 2


def test_what_the_search_alone_finds_is_given_beside_it(search):
    for k in (1, 3, 6):
        found = reranked(search, Backwards(), candidates=4).find(QUESTION, k=k)
        assert found.searched == search.search(QUESTION, k=k)
        assert len(found.hits) == k
        assert found.trouble == ""


def test_the_bound_on_one_law_holds_for_what_is_shown_and_for_what_was_searched(tmp_path):
    search = open_search(tmp_path, corpus(articles=ROWS, long=False), per_law=2)
    found = reranked(search, Planted(), candidates=9, per_law=2).find("fees", k=4)
    assert [hit.law.id for hit in found.hits] == ["harbour", "harbour", "market", "market"]
    assert [hit.rank for hit in found.hits] == [1, 2, 3, 4]
    assert found.searched == search.search("fees", k=4)
    unbounded = reranked(search, Planted(), candidates=9).search("fees", k=4)
    assert [hit.law.id for hit in unbounded] == ["harbour"] * 4


def test_an_article_is_as_good_as_its_best_passage_near_the_one_that_matched(search):
    reranker = WordReranker()
    (hit,) = reranked(search, reranker, candidates=1).search("physician flag fever pilot pilots buoy", k=1)
    assert hit.article.id == "harbour#4"
    ((_, read),) = reranker.read
    assert 1 < len(read) <= PASSAGES
    assert all(text.startswith("Harbour Act\nArticle 4. Entry\n") for text in read)
    assert hit.reranked == max(WordReranker().scores("physician flag fever pilot pilots buoy", read))
    assert any(LONG[hit.passage.start : hit.passage.end].strip() in text for text in read)


def test_only_questions_in_a_language_where_it_is_on_are_reranked(search):
    reranker = Backwards()
    spanish = reranked(search, reranker, langs={"es"})
    english = spanish.search(QUESTION, k=3)
    assert english == search.search(QUESTION, k=3)
    assert reranker.read == []
    assert all(hit.reranked is not None for hit in spanish.search("¿Cuándo se pagan las tarifas del puerto?", k=3))


def test_a_reranker_that_fails_leaves_the_order_of_the_search_and_says_so(search):
    found = reranked(search, WordReranker(failure="the GPU is gone")).find(QUESTION, k=3)
    assert found.hits == found.searched == search.search(QUESTION, k=3)
    assert found.trouble == "reranker: the GPU is gone"


def test_where_it_is_measured_its_failure_is_an_error(search):
    with pytest.raises(RerankerError, match="the GPU is gone"):
        reranked(search, WordReranker(failure="the GPU is gone"), strictly=True).search(QUESTION, k=3)


def test_nothing_found_is_nothing_to_rerank(search):
    assert reranked(search).find("?", k=3) == Found((), ())


def test_what_is_brought_along_stands_behind_and_was_not_searched(search):
    wrapped = WithReferenced(reranked(search, Backwards(), candidates=4), search._release, most=2)
    found = find(wrapped, QUESTION, k=4)
    assert found.searched == search.search(QUESTION, k=4)
    assert ids(found.hits[:4]) == ids(found.searched)[::-1]
    assert wrapped.search(QUESTION, k=4) == found.hits


def test_reordering_nothing_is_refused(search):
    with pytest.raises(ValueError, match="candidates is 0"):
        reranked(search, candidates=0)
