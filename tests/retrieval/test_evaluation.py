"""Reports: their values, their intervals, and the mistakes that they refuse to measure."""

import json

import numpy as np
import pytest

from index.articles import Article, ArticleVersion, Law, Passage
from index.errors import UserFacingError
from retrieval.evaluation import compare, evaluate, intervals, table, write_rows
from retrieval.questions import Question, QuestionsError
from retrieval.search import NO_FILTERS, Filters, Hit

LAW = Law(id="law", title="Law of Tests", lang="en")


def hit(article_id, rank):
    article = Article(id=article_id, law_id="law", label=article_id, number="")
    version = ArticleVersion(id=article_id, article_id=article_id, heading="", text="Text.", lang="en")
    return Hit(rank, 1 / rank, LAW, article, version, Passage(article_id, 0, 5))


class Scripted:
    """Finds what it is told to, by the text of the question."""

    def __init__(self, found):
        self.found = found
        self.asked = []

    def search(self, question, *, k, filters=NO_FILTERS):
        self.asked.append((question, k, filters))
        return tuple(hit(one, rank) for rank, one in enumerate(self.found[question][:k], start=1))


QUESTIONS = (
    Question(id="q1", text="one", relevant=("a",), lang="en"),
    Question(id="q2", text="two", relevant=("b",), lang="en"),
    Question(id="q3", text="three", relevant=(), lang="en"),
    Question(id="q4", text="four", relevant=("c", "d"), lang="en"),
)
FOUND = {"one": ["a", "b"], "two": ["a", "b"], "four": ["a", "b"]}
ARTICLES = {"a", "b", "c", "d"}


def measured(found=FOUND, mode="dense"):
    return evaluate(Scripted(found), QUESTIONS, mode=mode, articles=ARTICLES)


def test_report_means_over_the_questions_that_can_be_judged():
    report = measured()
    values = {name: interval.value for name, interval in report.metrics}
    # q1 found first, q2 second, q4 not at all; q3 names no article.
    assert values["accuracy@1"] == pytest.approx(1 / 3, abs=1e-12)
    assert values["accuracy@3"] == pytest.approx(2 / 3, abs=1e-12)
    assert values["mrr@10"] == pytest.approx((1 + 1 / 2 + 0) / 3, abs=1e-12)
    assert values["precision@10"] == pytest.approx((1 / 10 + 1 / 10) / 3, abs=1e-12)
    assert values["ndcg@10"] == pytest.approx((1 + 1 / np.log2(3)) / 3, abs=1e-12)
    assert [row.first_relevant for row in report.rows] == [1, 2, None]
    assert report.left_out == 1


def test_the_retriever_is_asked_for_a_hundred_articles_with_the_filters_given():
    retriever = Scripted(FOUND)
    filters = Filters(langs=frozenset({"en"}))
    done = []
    evaluate(retriever, QUESTIONS, mode="dense", articles=ARTICLES, filters=filters, on_progress=done.append)
    assert retriever.asked == [("one", 100, filters), ("two", 100, filters), ("four", 100, filters)]
    assert done == [1, 1, 1]


def test_json_has_exactly_the_documented_shape():
    written = json.loads(json.dumps(measured(mode="lexical").to_json()))
    assert list(written) == ["mode", "n", "metrics"]
    assert (written["mode"], written["n"], len(written["metrics"])) == ("lexical", 3, 15)
    assert list(written["metrics"]["ndcg@10"]) == ["value", "low", "high"]


def test_relevant_articles_outside_the_index_are_named():
    with pytest.raises(QuestionsError, match=r"c \(question q4\), d \(question q4\); use the questions"):
        evaluate(Scripted(FOUND), QUESTIONS, mode="dense", articles={"a", "b"})
    with pytest.raises(QuestionsError, match=r"b \(question q2\), c \(question q4\) and 1 more"):
        evaluate(Scripted(FOUND), QUESTIONS, mode="dense", articles=set())


def test_questions_of_which_none_can_be_judged_are_refused():
    with pytest.raises(QuestionsError, match="nothing to measure"):
        evaluate(Scripted(FOUND), QUESTIONS[2:3], mode="dense", articles=ARTICLES)


def test_an_article_found_twice_is_a_defect():
    with pytest.raises(ValueError, match="twice for question 'q1'"):
        evaluate(Scripted({"one": ["a", "a"]}), QUESTIONS[:1], mode="dense", articles=ARTICLES)


def test_too_few_articles_for_the_deepest_metric_are_refused():
    with pytest.raises(ValueError, match="first 100 articles"):
        evaluate(Scripted(FOUND), QUESTIONS, mode="dense", articles=ARTICLES, k=10)


def test_interval_of_a_share_is_that_of_the_binomial_distribution():
    # 80 of 200: the bootstrap of a share draws from Binomial(200, .4), whose 2.5 % and 97.5 % points are 67 and 94.
    values = np.repeat([1.0, 0.0], [80, 120])[:, None]
    (interval,) = intervals(values)
    assert interval.value == pytest.approx(0.4, abs=1e-12)
    assert interval.low == pytest.approx(67 / 200, abs=0.0051)
    assert interval.high == pytest.approx(94 / 200, abs=0.0051)


def test_interval_is_the_same_every_time():
    values = np.random.default_rng(1).random((37, 3))
    assert intervals(values) == intervals(values)
    # Columns are resampled together, so each alone has the same interval, but for the order of summation.
    alone, beside = intervals(values[:, 1:2])[0], intervals(values)[1]
    assert (alone.low, alone.high) == pytest.approx((beside.low, beside.high), abs=1e-12)


def test_many_questions_are_resampled_in_slices_with_the_same_law():
    values = np.random.default_rng(2).random((50_000, 1))
    (interval,) = intervals(values, resamples=400)
    half = 1.96 * float(values.std()) / np.sqrt(50_000)
    assert interval.high - interval.value == pytest.approx(half, rel=0.2)
    assert interval.value - interval.low == pytest.approx(half, rel=0.2)


def test_constant_values_have_an_interval_without_width():
    (interval,) = intervals(np.full((9, 1), 0.5))
    assert (interval.value, interval.low, interval.high) == (0.5, 0.5, 0.5)


def test_comparison_is_paired_and_signed():
    worse = measured()
    better = measured({**FOUND, "two": ["b", "a"]}, mode="fused")
    differences = dict(compare(worse, better))
    assert differences["accuracy@1"].value == pytest.approx(1 / 3, abs=1e-12)
    # q1 and q4 are equal in both: no resample can show a loss, which two single intervals would not tell.
    assert differences["accuracy@1"].low == 0.0
    assert dict(compare(better, worse))["accuracy@1"].value == pytest.approx(-1 / 3, abs=1e-12)


def test_reports_on_other_questions_cannot_be_compared():
    with pytest.raises(ValueError, match="other questions"):
        compare(measured(), evaluate(Scripted(FOUND), QUESTIONS[:2], mode="dense", articles=ARTICLES))


def test_table_shows_every_metric_of_every_report():
    lines = table([measured(), measured(mode="lexical")]).splitlines()
    assert lines[0] == "3 questions, 1 left out (no relevant article); 95 % bootstrap intervals."
    assert lines[2].split("|")[1:4] == [" metric       ", " dense                   ", " lexical                 "]
    assert lines[4] == "| accuracy@1   | 0.3333 [0.0000, 1.0000] | 0.3333 [0.0000, 1.0000] |"
    assert len(lines) == 4 + 15


def test_rows_are_written_worst_first(tmp_path):
    path = tmp_path / "rows.jsonl"
    write_rows(measured(), path)
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(row["id"], row["first_relevant"]) for row in rows] == [("q4", None), ("q2", 2), ("q1", 1)]
    assert rows[1]["found"] == ["a", "b"]
    assert rows[1]["relevant"] == ["b"]
    assert rows[1]["metrics"]["mrr@10"] == 0.5


def test_rows_that_cannot_be_written_are_an_error_for_the_reader(tmp_path):
    with pytest.raises(UserFacingError, match="cannot be written"):
        write_rows(measured(), tmp_path / "no folder" / "rows.jsonl")
