"""Reports in parts: by law, length, language and training; and parts that are too small for an interval."""

import gzip
import json

import pytest

from retrieval.breakdown import breakdown_table, by_lang, by_law, by_length, by_seen, trained_articles
from retrieval.evaluation import Row, report_of
from retrieval.metrics import CARD_METRICS
from retrieval.questions import Question, QuestionsError


def row(text, *relevant, found=("a1",), lang=""):
    question = Question(id=text, text=text, relevant=relevant, lang=lang)
    return Row(question, found, tuple(metric(found, relevant) for metric in CARD_METRICS), 0.0)


def report(*rows):
    return report_of("dense", [metric.name for metric in CARD_METRICS], rows)


def groups(breakdown):
    return [(group.mode, len(group.rows), group.of("accuracy@1").value) for group in breakdown.groups]


def test_by_law_has_the_largest_first_and_questions_of_several_laws_apart():
    whole = report(row("one", "b1"), row("two", "a1"), row("three", "a2"), row("four", "a1", "b1"))
    found = by_law(whole, {"a1": "Harbour Act", "a2": "Harbour Act", "b1": "Market Act"}.__getitem__)
    assert groups(found) == [("Harbour Act", 2, 0.5), ("Market Act", 1, 0.0), ("several laws", 1, 1.0)]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (1, "1 to 10 words"),
        (10, "1 to 10 words"),
        (11, "11 to 20 words"),
        (20, "11 to 20 words"),
        (21, "21 to 40 words"),
        (40, "21 to 40 words"),
        (41, "more than 40 words"),
    ],
)
def test_length_is_counted_in_words(words, name):
    assert [group.mode for group in by_length(report(row(" ".join(["word"] * words), "a1"))).groups] == [name]


def test_lengths_stand_in_their_order_whatever_their_size():
    long, short = " ".join(["word"] * 15), "word"
    found = by_length(report(row(long, "a1"), row(f"{long} x", "a1"), row(short, "a2")))
    assert groups(found) == [("1 to 10 words", 1, 0.0), ("11 to 20 words", 2, 1.0)]


def test_language_is_the_files_or_else_the_detected_one():
    found = by_lang(
        report(
            row("Who pays the mooring fees of a vessel?", "a1", lang="es"),
            row("¿Quién paga las tarifas de atraque del buque?", "a1"),
            row("12", "a2"),
        )
    )
    assert groups(found) == [("es", 2, 1.0), ("unknown", 1, 0.0)]


def test_a_question_is_seen_where_one_of_its_articles_was_trained_on():
    found = by_seen(report(row("one", "a1", "b1"), row("two", "a2"), row("three", "a1")), {"b1", "c1"})
    assert groups(found) == [("seen in training", 1, 1.0), ("unseen", 2, 0.5)]


def test_trained_articles_come_from_pairs_and_questions_but_never_from_what_is_kept_to_measure_with(tmp_path):
    pairs, questions = tmp_path / "pairs.jsonl", tmp_path / "questions.jsonl.gz"
    pairs.write_text(
        '{"question": "one", "article": "a1", "negatives": ["n1"]}\n\n{"question": "two", "article": "a2"}\n',
        encoding="utf-8",
    )
    lines = [
        {"id": "q1", "question": "three", "relevant": ["a3", "a4"], "split": "train"},
        {"id": "q2", "question": "four", "relevant": ["a5"], "split": "dev"},
        {"id": "q3", "question": "five", "relevant": ["a6"]},
    ]
    questions.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    assert trained_articles([pairs, questions]) == {"a1", "a2", "a3", "a4", "a6"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "line 1: not JSON"),
        ('{"question": "one"}', "line 1: id is missing"),
        ('{"id": "q", "question": "one", "relevant": ["a"], "split": "dev"}', "names no article"),
    ],
)
def test_training_files_that_say_nothing_are_refused(tmp_path, content, message):
    path = tmp_path / "pairs.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(QuestionsError, match=message):
        trained_articles([path])


def test_parts_of_few_questions_have_no_interval():
    whole = report(
        *(row(f"question {number}", "a1") for number in range(10)), *(row(f"q{n} " * 12, "a2") for n in "12")
    )
    found = by_length(whole)
    lines = breakdown_table(found).splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert cells[0] == ["length", "questions", "accuracy@1", "accuracy@10", "ndcg@10", "mrr@10"]
    assert cells[2][:3] == ["1 to 10 words", "10", "1.0000 [1.0000, 1.0000]"]
    assert cells[3] == ["11 to 20 words", "2", *["0.0000"] * 4]
    large, small = found.to_json()
    assert (large["group"], large["n"], small["n"]) == ("1 to 10 words", 10, 2)
    assert large["metrics"]["ndcg@10"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert small["metrics"]["ndcg@10"] == {"value": 0.0}


def test_a_law_whose_name_would_break_the_table_does_not():
    found = by_law(report(row("one", "a1")), {"a1": "Act | Part 1"}.__getitem__)
    assert breakdown_table(found).splitlines()[2].startswith("| Act / Part 1 | 1 ")
