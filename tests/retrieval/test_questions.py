"""Reading labelled questions: what is accepted, and how every mistake is named."""

import gzip
import json
import lzma
import unicodedata

import pytest

from retrieval.questions import Question, QuestionsError, read_questions

FIRST = {"id": "q1", "question": "Who may appeal?", "relevant": ["law#1"], "split": "train", "lang": "en"}
SECOND = {"id": "q2", "question": "Within which time?", "relevant": ["law#2", "law#3"], "split": "dev", "lang": "en"}


def write(folder, *lines, name="questions.jsonl"):
    path = folder / name
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines), "utf-8")
    return path


def test_every_field_is_read(tmp_path):
    path = write(
        tmp_path,
        {
            "id": "q1",
            "question": " Which one? ",
            "relevant": ["law#1", "law#2", "law#1"],
            "answer": "B",
            "lang": "en",
            "split": "dev",
            "variants": ["Which?"],
            "type": "choice",
            "choices": {"A": "the first", "B": "the second"},
            "must_abstain": True,
            "may_abstain": True,
            "somebody_elses": 1,
        },
    )
    assert read_questions(path) == (
        Question(
            id="q1",
            text="Which one?",
            relevant=("law#1", "law#2"),
            answer="B",
            lang="en",
            split="dev",
            variants=("Which?",),
            kind="choice",
            choices=(("A", "the first"), ("B", "the second")),
            must_abstain=True,
            may_abstain=True,
        ),
    )


def test_a_split_is_a_filter_and_the_order_is_the_files(tmp_path):
    path = write(tmp_path, FIRST, SECOND)
    assert [question.id for question in read_questions(path)] == ["q1", "q2"]
    assert [question.id for question in read_questions(path, split="dev")] == ["q2"]


def test_an_unknown_split_names_those_there_are(tmp_path):
    with pytest.raises(QuestionsError, match=r"no question of split 'test'; its splits are: dev, train\."):
        read_questions(write(tmp_path, FIRST, SECOND), split="test")


def test_a_question_without_relevant_articles_is_read(tmp_path):
    (question,) = read_questions(write(tmp_path, {"id": "q", "question": "Is there life on Mars?", "relevant": []}))
    assert question.relevant == ()


@pytest.mark.parametrize(("suffix", "opener"), [(".gz", gzip.open), (".xz", lzma.open)])
def test_compressed_files_read_as_plain_ones(tmp_path, suffix, opener):
    plain = write(tmp_path, FIRST, SECOND)
    packed = tmp_path / f"questions.jsonl{suffix}"
    with opener(packed, "wb") as file:
        file.write(plain.read_bytes())
    assert read_questions(packed) == read_questions(plain)


def test_text_and_ids_come_out_composed(tmp_path):
    decomposed = unicodedata.normalize("NFD", "Điều luật nào?")
    path = write(tmp_path, {"id": "q", "question": decomposed, "relevant": [unicodedata.normalize("NFD", "luật#1")]})
    (question,) = read_questions(path)
    assert (question.text, question.relevant) == ("Điều luật nào?", ("luật#1",))


def test_byte_order_mark_and_blank_lines_do_not_disturb(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text("\ufeff" + json.dumps(FIRST) + "\n\n  \n" + json.dumps(SECOND), "utf-8")
    assert len(read_questions(path)) == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not JSON"),
        ("[" * 100_000, "line 2: not a question"),
        ("[1]", "line 2: a list, not an object"),
        ({**SECOND, "id": None}, "line 2: id is null; it has to be a text"),
        ({**SECOND, "question": "  "}, "line 2: question is empty"),
        ({"id": "q2", "question": "Who?"}, "line 2: relevant is missing; it has to be a list of texts"),
        ({**SECOND, "relevant": "law#1"}, 'line 2: relevant is "law#1"; it has to be a list of texts'),
        ({**SECOND, "relevant": [7]}, r"line 2: relevant is \[7\]"),
        ({**SECOND, "relevant": [""]}, r'line 2: relevant is \[""\]'),
        ({**SECOND, "split": 3}, "line 2: split is 3"),
        ({**SECOND, "choices": ["A"]}, r'line 2: choices is \["A"\]; it has to map labels to texts'),
        ({**SECOND, "must_abstain": "yes"}, 'line 2: must_abstain is "yes"; it has to be true or false'),
        (FIRST, "line 2: id 'q1' is also on line 1"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path, line, message):
    with pytest.raises(QuestionsError, match=message) as caught:
        read_questions(write(tmp_path, FIRST, line))
    assert "questions.jsonl" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_latin_1_is_named_with_its_line(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_bytes(json.dumps(FIRST).encode() + b'\n{"id": "q2", "question": "\xbfqui\xe9n?"}\n')
    with pytest.raises(QuestionsError, match="line 2: not UTF-8"):
        read_questions(path)


def test_an_empty_a_missing_and_a_damaged_file_are_each_told_apart(tmp_path):
    with pytest.raises(QuestionsError, match="holds no questions"):
        read_questions(write(tmp_path))
    with pytest.raises(QuestionsError, match="cannot be read"):
        read_questions(tmp_path / "nowhere.jsonl")
    with pytest.raises(QuestionsError, match="cannot be read"):
        read_questions(tmp_path)
    with pytest.raises(QuestionsError, match="damaged or not compressed as its name says"):
        read_questions(write(tmp_path, FIRST, name="plain.jsonl.gz"))
    whole = gzip.compress(json.dumps(FIRST).encode() * 100)
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(QuestionsError, match="damaged or not compressed as its name says"):
        read_questions(tmp_path / "cut.jsonl.gz")
