"""The right article among its hard negatives: which they are, and that nothing else competes."""

import pytest

from index.articles import ArticleVersion, Corpus, Status
from index.release import Release
from retrieval.evaluation import evaluate
from retrieval.hard_protocol import hard_contests
from retrieval.questions import Question
from retrieval.search import Filters
from tests.law_sample import HARBOUR, MARKET, corpus, ids, open_search

ARTICLES = (
    (HARBOUR, "1", "", "A vessel pays mooring fees on arrival."),
    (HARBOUR, "2", "", "Mooring fees of a fishing vessel are half."),
    (HARBOUR, "3", "", "A vessel shows a light."),
    (HARBOUR, "4", "", "Dogs stay on a leash."),
    (MARKET, "1", "", "Mooring fees of a fishing vessel are half."),  # the text of harbour#2, in another law
    (MARKET, "2", "", "Fees for stalls are due each month."),
    (MARKET, "3", "", "Fish is sold on ice."),
)
FEES = Question(id="fees", text="What mooring fees does a vessel pay?", relevant=("harbour#1",), lang="en")


@pytest.fixture
def lexical(tmp_path):
    return open_search(tmp_path, corpus(articles=ARTICLES, long=False), mode="lexical")


def contests(lexical, tmp_path, *questions, negatives):
    with Release.open(tmp_path) as release:
        return hard_contests(questions, lexical, release, negatives=negatives)


def test_negatives_are_the_best_by_bm25_that_do_not_answer(lexical, tmp_path):
    ranked = [one for one in ids(lexical.search(FEES.text, k=10)) if one != "harbour#1"]
    found = contests(lexical, tmp_path, FEES, negatives=2)
    assert set(ranked[:2]) == {"harbour#2", "market#1"}
    assert found.among == {"fees": frozenset({"harbour#1", "harbour#2", "market#1"})}
    assert (found.questions, found.short) == ((FEES,), 0)


def test_an_article_with_the_text_of_a_right_one_is_no_negative(lexical, tmp_path):
    halves = Question(id="half", text="Which mooring fees are half?", relevant=("harbour#2",), lang="en")
    assert "market#1" in ids(lexical.search(halves.text, k=3))
    assert "market#1" not in contests(lexical, tmp_path, halves, negatives=5).among["half"]


def test_of_several_right_articles_the_first_competes_and_the_others_stay_out(lexical, tmp_path):
    both = Question(id="both", text=FEES.text, relevant=("harbour#2", "harbour#1"), lang="en")
    found = contests(lexical, tmp_path, both, negatives=5)
    assert found.questions[0].relevant == ("harbour#2",)
    assert found.among["both"] == frozenset({"harbour#2", "harbour#3", "harbour#4", "market#2", "market#3"})
    assert found.short == 1  # four negatives are all that is left: harbour#1 answers, market#1 repeats harbour#2


def test_neighbours_fill_up_where_bm25_finds_too_few(lexical, tmp_path):
    dogs = Question(id="dogs", text="Are dogs allowed?", relevant=("harbour#4",), lang="en")
    assert ids(lexical.search(dogs.text, k=10)) == ["harbour#4"]
    found = contests(lexical, tmp_path, dogs, negatives=2)
    assert found.among["dogs"] == frozenset({"harbour#4", "harbour#3", "harbour#2"})


def test_repealed_articles_do_not_fill_up(tmp_path):
    law = corpus(articles=ARTICLES, long=False)
    versions = tuple(
        ArticleVersion(one.id, one.article_id, one.heading, one.text, one.lang, status=Status.REPEALED)
        if one.article_id == "harbour#3"
        else one
        for one in law.versions
    )
    lexical = open_search(tmp_path, Corpus(law.laws, law.articles, versions), mode="lexical")
    dogs = Question(id="dogs", text="Are dogs allowed?", relevant=("harbour#4",), lang="en")
    found = contests(lexical, tmp_path, dogs, negatives=2)
    assert found.among["dogs"] == frozenset({"harbour#4", "harbour#2", "harbour#1"})


def test_a_question_that_nothing_answers_has_no_contest(lexical, tmp_path):
    open_question = Question(id="open", text="Is there a ferry?", relevant=(), lang="en")
    found = contests(lexical, tmp_path, open_question, FEES, negatives=1)
    assert found.questions == (open_question, FEES)
    assert set(found.among) == {"fees"}


@pytest.mark.parametrize("mode", ["dense", "fused"])
def test_only_the_contestants_are_found(tmp_path, mode):
    search = open_search(tmp_path, corpus(articles=ARTICLES, long=False), mode=mode)
    among = {"fees": frozenset({"harbour#1", "harbour#4", "market#3"})}
    report = evaluate(search, [FEES], mode=mode, articles={"harbour#1"}, among=among)
    assert report.rows[0].found[0] == "harbour#1"
    assert set(report.rows[0].found) == among["fees"]


def test_what_alone_competes_and_what_is_taken_out_go_together(lexical):
    filters = Filters(only=frozenset({"harbour#1", "harbour#2", "no-such"}), without=frozenset({"harbour#1"}))
    assert ids(lexical.search(FEES.text, k=10, filters=filters)) == ["harbour#2"]


def test_nothing_is_found_where_only_unknown_articles_compete(lexical):
    assert lexical.search(FEES.text, k=10, filters=Filters(only=frozenset({"no-such"}))) == ()


def test_the_lexical_arm_wins_the_first_place_as_often_as_in_the_whole_corpus(tmp_path, lexical):
    questions = [
        FEES,
        Question(id="stalls", text="Which fees are due for stalls?", relevant=("harbour#1",), lang="en"),
        Question(id="ice", text="Is fish sold on ice?", relevant=("market#3",), lang="en"),
    ]
    found = contests(lexical, tmp_path, *questions, negatives=3)
    whole = evaluate(lexical, questions, mode="lexical", articles={one for q in questions for one in q.relevant})
    small = evaluate(
        lexical,
        found.questions,
        mode="lexical",
        articles={one for q in questions for one in q.relevant},
        among=found.among,
    )
    assert [row.found[0] for row in small.rows] == [row.found[0] for row in whole.rows]
    assert small.of("accuracy@1").value == pytest.approx(2 / 3)
