"""Two measurements side by side: gains, who does better on how many questions, and what is beyond chance."""

import pytest

from retrieval.comparison import comparison_table, differences, in_one_metric
from retrieval.evaluation import Row, report_of
from retrieval.questions import Question


def report(mode, *values, metrics=("accuracy@1", "ndcg@10")):
    questions = [Question(id=f"q{place}", text=f"question {place}", relevant=("a",)) for place in range(len(values))]
    rows = [Row(one, ("a",), value, 0.0) for one, value in zip(questions, values, strict=True)]
    return report_of(mode, metrics, rows)


BASE = report("base", (0.0, 0.2), (1.0, 0.8), (0.0, 0.0), (1.0, 1.0))
TUNED = report("tuned", (1.0, 0.4), (1.0, 0.9), (0.0, 0.1), (0.0, 0.9))


def test_gain_is_the_mean_of_the_paired_differences_and_counts_tell_who_won():
    at_one, ndcg = differences(BASE, TUNED)
    assert (at_one.metric, at_one.better, at_one.worse) == ("accuracy@1", 1, 1)
    assert at_one.gain.value == pytest.approx(0.0)
    assert (ndcg.metric, ndcg.better, ndcg.worse) == ("ndcg@10", 3, 1)
    assert ndcg.gain.value == pytest.approx((0.2 + 0.1 + 0.1 - 0.1) / 4)


def test_a_gain_on_every_question_is_beyond_chance_and_no_difference_is_not():
    better = report("tuned", (0.0, 0.3), (1.0, 0.9), (0.0, 0.1), (1.0, 1.1))
    at_one, ndcg = differences(BASE, better)
    assert (at_one.beyond_chance, ndcg.beyond_chance) == (False, True)
    assert (ndcg.gain.low, ndcg.gain.high) == pytest.approx((0.1, 0.1))
    assert [one.beyond_chance for one in differences(better, BASE)] == [False, True]


def test_json_tells_the_gain_its_interval_and_the_counts():
    fields = differences(BASE, TUNED)[0].to_json()
    assert list(fields) == ["value", "low", "high", "better", "worse", "beyond_chance"]
    assert (fields["better"], fields["worse"], fields["beyond_chance"]) == (1, 1, False)


def test_the_table_names_both_and_marks_what_is_beyond_chance():
    better = report("tuned", (0.0, 0.3), (1.0, 0.9), (0.0, 0.1), (1.0, 1.1))
    lines = comparison_table(BASE, better).splitlines()
    assert lines[0] == "4 questions; 95 % bootstrap intervals."
    assert [cell.strip() for cell in lines[2].split("|")[1:-1]] == [
        *("metric", "base", "tuned", "tuned - base", "better", "worse")
    ]
    assert [cell.strip() for cell in lines[5].split("|")[1:-1]][3:] == ["+0.1000 [+0.1000, +0.1000] *", "4", "0"]
    assert "*" not in lines[4]


def test_one_metric_is_compared_line_by_line():
    text = in_one_metric("ndcg@10", [("384", BASE, TUNED), ("64", TUNED, BASE)], titles=("dimensions", "base", "tuned"))
    lines = text.splitlines()
    assert lines[0] == "ndcg@10:"
    assert [cell.strip() for cell in lines[2].split("|")[1:-1]] == ["dimensions", "base", "tuned", "tuned - base"]
    assert [line.split("|")[1].strip() for line in lines[4:6]] == ["384", "64"]
    assert [line.split("|")[4].strip()[:7] for line in lines[4:6]] == ["+0.0750", "-0.0750"]


def test_measurements_of_other_questions_are_not_compared():
    with pytest.raises(ValueError, match="other questions"):
        differences(BASE, report("tuned", (1.0, 1.0)))
