"""What a file of answers may hold, and what is said of a line that cannot be read."""

import json

import pytest

from generation.answers_file import AnswersError, read_answers
from generation.cited_provisions import CitationFields
from retrieval.questions import Question


@pytest.fixture
def write(tmp_path):
    def written(*lines):
        path = tmp_path / "answers.jsonl"
        text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_text_list_and_gold_are_read_in_every_form(write):
    path = write(
        {
            "id": 7,
            "question": " Who? ",
            "answer": "Article 1.",
            "gold": ["a#1", {"article_id": "a#1", "path": ["1", 2]}],
        },
        {
            "id": "b",
            "citations": [
                "Art. 1",
                {"law": "A", "article": 5, "clause": 2, "point": "a"},
                {"article": "5", "point": "b"},
            ],
            "gold": [],
            "model": "any other key",
        },
    )
    first, second = read_answers(path)
    assert (first.id, first.question, first.text, first.citations) == ("7", "Who?", "Article 1.", ())
    assert first.gold == ("a#1", CitationFields(article_id="a#1", path=("1", "2")))
    assert second.citations == (
        "Art. 1",
        CitationFields(law="A", article="5", path=("2", "a")),
        CitationFields(article="5", path=("b",)),
    )
    assert second.gold == ()
    assert second.where == f"{path}, line 2"


def test_gold_is_found_by_id_or_question_and_the_line_s_own_comes_first(write):
    questions = (
        Question("q1", "Who pays?", ("a#1", "a#2"), variants=("Who has to pay?",)),
        Question("q2", "Who rests?", ()),
    )
    path = write(
        {"id": "q1", "answer": ""},
        {"id": "x", "question": "who has  to pay?", "answer": ""},
        {"id": "q2", "answer": ""},
        {"id": "y", "question": "Who pays?", "answer": "", "gold": ["a#9"]},
    )
    both = (CitationFields(article_id="a#1"), CitationFields(article_id="a#2"))
    assert [one.gold for one in read_answers(path, questions=questions)] == [both, both, (), ("a#9",)]


GOOD = {"id": "1", "answer": "x", "gold": []}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON (Expecting property name enclosed in double quotes at column 2)"),
        ("[" * 100_000, "nested too deeply"),
        ("[1]", "a list, not an object"),
        ({"answer": "x", "gold": []}, 'no "id"'),
        ({"id": "1", "gold": []}, 'neither "answer" nor "citations"'),
        ({"id": "1", "answer": "x"}, 'no "gold"; list what should be cited'),
        (GOOD | {"answer": ["x"]}, '"answer" is a list; give a text'),
        (GOOD | {"id": True}, '"id" is a bool'),
        (GOOD | {"citations": "Art. 1"}, '"citations" is a str; give a list'),
        (GOOD | {"gold": "Art. 1"}, '"gold" is a str; give a list'),
        (GOOD | {"gold": ["Art. 1", 5]}, '"gold" 2 is 5; give words'),
        (GOOD | {"gold": [" "]}, '"gold" 1 is " "; give words'),
        (GOOD | {"gold": [{"article": "5", "clasue": "1"}]}, '"gold" 1 has "clasue"'),
        (GOOD | {"gold": [{"law": "A"}]}, '"gold" 1 needs either "article" or "article_id"'),
        (GOOD | {"gold": [{"article": "5", "article_id": "a#5"}]}, 'needs either "article" or "article_id"'),
        (GOOD | {"gold": [{"article": "5", "clause": "1", "path": ["1"]}]}, 'has "path" beside'),
        (GOOD | {"gold": [{"article": "5", "path": "1"}]}, '"path" is a str; give a list of labels'),
        (GOOD | {"gold": [{"article": "5", "clause": 1.5}]}, "its label is a float"),
        (GOOD | {"receipt": {"format": 1}}, "not a receipt of format 1: dropped: missing"),
        (GOOD | {"receipt": {"format": 99}}, "a receipt of format 99"),
    ],
)
def test_a_line_that_cannot_be_read_names_file_line_and_reason(write, line, reason):
    path = write(GOOD | {"id": "first"}, line)
    with pytest.raises(AnswersError) as caught:
        read_answers(path)
    assert str(caught.value).startswith(f"{path}, line 2")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_id_stands_once(write):
    with pytest.raises(AnswersError, match=r"line 3: id '1' is also on line 1"):
        read_answers(write(GOOD, "", GOOD))


def test_a_file_without_answers_or_that_is_not_there(write, tmp_path):
    with pytest.raises(AnswersError, match="holds no answers"):
        read_answers(write(""))
    with pytest.raises(AnswersError, match="cannot be read"):
        read_answers(tmp_path / "missing.jsonl")
