"""Where a reranker is on: only where train shows a gain beyond chance and dev does not object."""

import json

import pytest

from retrieval.evaluation import Interval
from retrieval.fusion import CalibrationError
from retrieval.questions import Question, QuestionsError
from retrieval.reranking import Reranked
from retrieval.reranking_gate import (
    Compared,
    Kept,
    Measured,
    measure,
    read_reranking,
    reranking_path,
    write_reranking,
)
from retrieval.tuning import FEWEST_QUESTIONS
from tests.fakes import WordReranker
from tests.law_sample import open_search

EMBEDDER, RERANKER = "e" * 16, "f" * 16


def compared(value, low, high=0.3, questions=FEWEST_QUESTIONS):
    return Compared(questions, 0.5, 0.5 + value, Interval(value, low, high))


@pytest.mark.parametrize(
    ("train", "dev", "objection"),
    [
        (compared(0.1, 0.01), compared(0.0, -0.2, questions=3), ""),
        (compared(0.1, 0.0), compared(0.2, 0.1), "no gain beyond chance"),
        (compared(-0.1, -0.2), compared(0.2, 0.1), "no gain beyond chance"),
        (compared(0.1, 0.01), compared(-0.001, -0.2), "worse on dev"),
        (compared(0.1, 0.01), None, "no dev question in this language"),
        (compared(0.1, 0.01, questions=FEWEST_QUESTIONS - 1), compared(0.2, 0.1), "fewer than 50 questions"),
    ],
)
def test_it_is_on_only_where_train_shows_a_gain_and_dev_no_loss(train, dev, objection):
    measured = Measured("es", 0.5, train, dev)
    assert measured.objection == objection
    assert measured.to_json()["on"] == (objection == "")


def test_searches_are_compared_question_by_question_and_language_by_language(tmp_path):
    search = open_search(tmp_path)
    questions = [
        Question(id="1", text="Who pays the mooring fees for fishing boats?", relevant=("harbour#2",), lang="en"),
        Question(id="2", text="Who reports to the harbour office?", relevant=("harbour#3",), lang="en"),
        Question(id="3", text="What shows a light?", relevant=(), lang="en"),
        Question(id="4", text="¿Cuándo se pagan las tarifas de atraque?", relevant=("puerto#2",), lang="es"),
    ]
    reranked = Reranked(search, search._release, Only("white light"), langs=None)
    done = []
    english, spanish = measure(search, reranked, questions, questions[:1], on_progress=done.append)
    assert (english.lang, english.train.questions, english.dev.questions) == ("en", 2, 1)
    assert (spanish.lang, spanish.train.questions, spanish.dev) == ("es", 1, None)
    assert english.dev.before == 1.0
    assert english.train.after == pytest.approx((english.dev.after + 1.0) / 2)
    assert english.train.gain.value == pytest.approx(english.train.after - english.train.before)
    assert english.share == search.share("en")
    assert len(done) == 5


class Only(WordReranker):
    """Lifts the passages that hold some words."""

    def __init__(self, words):
        super().__init__()
        self.words = words

    def scores(self, question, passages):
        return super().scores(question, passages) * 0 + [self.words in passage for passage in passages]


def test_without_a_question_to_judge_nothing_is_measured(tmp_path):
    search = open_search(tmp_path)
    with pytest.raises(QuestionsError, match="No question can measure the reranker"):
        measure(search, search, [Question(id="1", text="Fees?", relevant=(), lang="en")], [])


def test_what_was_measured_is_read_as_it_was_written_and_other_languages_are_kept(tmp_path):
    on = Measured("es", 0.45, compared(0.1, 0.01), compared(0.1, 0.0))
    off = Measured("vi", 0.5, compared(0.1, -0.01), None)
    assert read_reranking(tmp_path, EMBEDDER, RERANKER) == {}
    write_reranking(tmp_path, EMBEDDER, RERANKER, [on])
    write_reranking(tmp_path, EMBEDDER, RERANKER, [off])
    kept = read_reranking(tmp_path, EMBEDDER, RERANKER)
    assert kept == {"es": Kept(0.45, ""), "vi": Kept(0.5, "no gain beyond chance")}
    told = json.loads(reranking_path(tmp_path, EMBEDDER, RERANKER).read_text())["langs"]["es"]
    assert told["train"] == {"questions": 50, "before": 0.5, "after": 0.6, "gain": [0.1, 0.01, 0.3]}
    assert read_reranking(tmp_path, EMBEDDER, "0" * 16) == read_reranking(tmp_path, "0" * 16, RERANKER) == {}


def test_a_gain_over_another_search_does_not_count():
    assert Kept(0.45, "").objection_to(0.45) == ""
    assert Kept(0.45, "").objection_to(0.5) == "measured with the dense share 0.45, which is 0.50 now: calibrate again"
    assert Kept(0.45, "worse on dev").objection_to(0.5) == "worse on dev"


@pytest.mark.parametrize(
    "content", ["", "[]", '{"format": 2, "langs": {}}', '{"format": 1, "langs": {"es": {"on": 1, "share": 0.5}}}']
)
def test_a_file_that_is_something_else_is_told_and_not_written_over(tmp_path, content):
    path = reranking_path(tmp_path, EMBEDDER, RERANKER)
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(CalibrationError, match="does not tell of a reranker"):
        read_reranking(tmp_path, EMBEDDER, RERANKER)
    with pytest.raises(CalibrationError, match="does not tell of a reranker"):
        write_reranking(tmp_path, EMBEDDER, RERANKER, [])
    assert path.read_text() == content
