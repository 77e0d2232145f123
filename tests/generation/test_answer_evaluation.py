import asyncio
import json
from dataclasses import replace

import pytest

from app.cli import main
from generation.answer_evaluation import AnswerRow, Kind, ask_all, cases
from generation.answer_report import report, table
from generation.answer_rows import RowFile, Setup
from index.errors import UserFacingError
from index.release import Release
from retrieval.questions import Question, QuestionsError
from tests.small_law import build, small_engine

DEPOSIT = Question(
    id="q1", text="When does the landlord return the deposit?", relevant=("tenancy#a7",), lang="en", split="dev"
)
NOTHING = replace(DEPOSIT, id="q2", text="May the tenant keep goats?", must_abstain=True, may_abstain=True)
OPEN = replace(DEPOSIT, id="q3", may_abstain=True)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return build(tmp_path_factory.mktemp("law"))


def rows_of(settings, *questions, **options):
    engine = small_engine(settings)

    async def every():
        put = list(cases(questions, engine.release, **options))
        return [row async for row in ask_all(engine.assistant, put, engine.release)]

    with engine.release:
        return asyncio.run(every())


def row(number, *, confidence=0.5, answerable=True, cited=("a",), relevant=("a",), kind="asked", outcome="answered"):
    return AnswerRow(
        id=f"q{number}",
        split="dev",
        kind=kind,
        question="?",
        relevant=relevant,
        answerable=answerable,
        outcome=outcome,
        mode="verbatim",
        confidence=confidence,
        least=0.3,
        degraded=(),
        cited=cited,
        found=(),
        states={"supported": 2},
        seconds=0.5,
    )


def test_a_question_is_put_as_it_stands_and_with_its_law_taken_away(settings):
    with Release.open(settings.index) as release:
        put = list(cases([DEPOSIT], release, withhold=(Kind.WITHOUT_ARTICLE, Kind.WITHOUT_LAW)))
    asked, without_article, without_law = put
    assert (asked.answerable, asked.relevant) == (True, ("tenancy Article 7",))
    assert without_article.filters.without == {"tenancy#a7"}
    assert without_law.filters.laws == {"labour", "arriendos", "thuenha"}
    assert [(one.answerable, one.relevant) for one in (without_article, without_law)] == [(False, ())] * 2


def test_what_must_or_may_be_met_with_silence_is_put_only_as_it_stands(settings):
    with Release.open(settings.index) as release:
        put = list(cases([NOTHING, OPEN], release, withhold=(Kind.WITHOUT_ARTICLE, Kind.WITHOUT_LAW)))
    assert [(one.question.id, one.kind, one.answerable) for one in put] == [
        ("q2", Kind.ASKED, False),
        ("q3", Kind.ASKED, None),
    ]


def test_questions_of_another_corpus_are_refused_unless_they_are_meant_to_be_elsewhere(settings):
    with Release.open(settings.index) as release:
        stray = replace(DEPOSIT, relevant=("code#a1",))
        with pytest.raises(QuestionsError, match="question q1: code#a1 is not in this index"):
            list(cases([stray], release))
        (put,) = cases([stray], release, elsewhere=True)
    assert (put.kind, put.answerable, put.relevant) == (Kind.ELSEWHERE, False, ())


def test_an_article_that_was_taken_away_is_neither_found_nor_cited(settings):
    asked, without = rows_of(settings, DEPOSIT, withhold=[Kind.WITHOUT_ARTICLE])
    assert asked.cited == ("tenancy Article 7",)
    assert asked.hit
    assert "tenancy Article 7" in asked.found
    assert without.found
    assert "tenancy Article 7" not in (*without.cited, *without.found)
    assert not without.hit


def test_a_row_abstains_for_its_outcome_or_for_want_of_confidence():
    assert not row(1, confidence=0.5).abstains()
    assert row(1, confidence=0.2).abstains()
    assert row(1, confidence=0.5).abstains(0.6)
    assert not row(1, confidence=None).abstains(0.9)
    assert row(1, outcome="needs_facts", confidence=0.9).abstains()


def test_the_report_by_hand():
    measured = report(
        [
            row(1, confidence=0.9, cited=("a", "b")),
            row(2, confidence=0.6, cited=("b",)),
            row(3, confidence=0.2),
            row(1, confidence=0.2, answerable=False, relevant=(), kind="without_article"),
            row(4, confidence=0.7, answerable=False, kind="asked"),
            row(5, answerable=None),
        ]
    )
    values = {name: round(interval.value, 6) for name, interval in measured.metrics}
    # given: q1 (precision 1/2, recall 1), q2 (0, 0), q5 (1, 1); q3 is silent
    assert values["citation precision"] == 0.5
    assert values["citation recall"] == round(2 / 3, 6)
    assert values["citation F1, mean"] == round((2 / 3 + 0 + 1) / 3, 6)
    assert values["citation F1, of the means"] == round(2 * 0.5 * (2 / 3) / (0.5 + 2 / 3), 6)
    assert values["hit rate"] == round(2 / 3, 6)
    assert values["hit rate, silence as 0"] == 0.5
    assert values["coverage"] == 0.8  # q1, q2, q4, q5 of five
    assert (measured.silent.right, measured.silent.wrong) == (1, 1)
    assert (measured.silent.missed, measured.silent.spoke) == (1, 2)
    assert values["abstention F1"] == 0.5
    assert {(one.kind, one.number, one.silent) for one in measured.kinds} == {
        ("answerable", 3, 1),
        ("must_abstain", 1, 0),
        ("may_abstain", 1, 0),
        ("without_article", 1, 1),
    }
    assert measured.outcomes == (("answered", 4), ("evidence_insufficient", 2))
    assert measured.modes == (("verbatim", 4),)
    assert measured.states == (("supported", 8),)
    assert "| abstention F1 | 0.500 [" in table(measured)


def test_intervals_hold_the_value_and_shrink_with_the_number_of_questions():
    few = report([row(n, cited=("a",) if n % 2 else ("b",)) for n in range(20)])
    many = report([row(n, cited=("a",) if n % 2 else ("b",)) for n in range(500)])
    few_hit, many_hit = dict(few.metrics)["hit rate"], dict(many.metrics)["hit rate"]
    assert few_hit.value == many_hit.value == 0.5
    # a share of one half over n questions: 1.96 * sqrt(.25 / n)
    assert few_hit.high - few_hit.low == pytest.approx(2 * 1.96 * (0.25 / 20) ** 0.5, abs=0.06)
    assert many_hit.high - many_hit.low == pytest.approx(2 * 1.96 * (0.25 / 500) ** 0.5, abs=0.01)


def test_the_ways_in_which_one_question_is_put_are_resampled_together():
    pairs = [row(n, cited=("a",) if n % 2 else ("b",)) for n in range(50) for _ in range(4)]
    interval = dict(report(pairs).metrics)["hit rate"]
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * (0.25 / 50) ** 0.5, abs=0.05)


def test_without_confidence_there_is_no_curve():
    measured = report([row(1, confidence=None), row(2, confidence=None)], target_error=0.1)
    assert measured.curve is None
    assert measured.point is None
    assert "expected calibration error" not in dict(measured.metrics)


SETUP = Setup(release="r", embedder="e", questions="q", writer="verbatim", k=10)


def test_rows_are_read_back_as_they_were_written(tmp_path):
    file = RowFile(tmp_path / "rows.jsonl", SETUP)
    assert file.read() == ()
    file.begin()
    file.add(row(1))
    file.add(row(2, confidence=None))
    assert file.read() == (row(1), row(2, confidence=None))


def test_a_last_line_that_was_cut_off_is_dropped_for_good(tmp_path):
    path = tmp_path / "rows.jsonl"
    file = RowFile(path, SETUP)
    file.begin()
    file.add(row(1))
    whole = path.read_text()
    path.write_text(whole + '{"id": "q2", "spl')
    assert file.read() == (row(1),)
    assert path.read_text() == whole


def test_rows_of_another_set_up_are_not_mixed(tmp_path):
    path = tmp_path / "rows.jsonl"
    RowFile(path, SETUP).begin()
    with pytest.raises(UserFacingError, match="writer 'verbatim' there and 'model x' now"):
        RowFile(path, replace(SETUP, writer="model x")).read()
    path.write_text("something else\n")
    with pytest.raises(UserFacingError, match="line 1"):
        RowFile(path, SETUP).read()


def test_a_long_run_goes_on_where_it_stopped(settings):
    engine = small_engine(settings)

    async def every(done):
        put = list(cases([DEPOSIT, OPEN], engine.release))
        return [row.id async for row in ask_all(engine.assistant, put, engine.release, done=done)]

    with engine.release:
        assert asyncio.run(every({("q1", "asked")})) == ["q3"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--writer", "model"], "--writer model needs a language model"),
        (["--resume"], "name their file with --rows"),
        (["--target-error", "3"], "--target-error is 3; it must be between 0 and 1"),
    ],
)
def test_options_that_do_not_fit_are_told_before_anything_is_loaded(options, message, tmp_path, capsys):
    questions = tmp_path / "q.jsonl"
    questions.write_text(json.dumps({"id": "q1", "question": "?", "relevant": []}) + "\n")
    assert main(["evaluate", "--answers", str(questions), *options, "--index", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err
