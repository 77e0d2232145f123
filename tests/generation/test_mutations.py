"""The gate against generated falsehoods: a seeded sample here, the whole suite by `make mutations`."""

import random
import sys
from collections import Counter

import pytest

from generation.answer import SentenceState
from tests.mutations.figures import figure_swaps
from tests.mutations.gate_run import GateRun
from tests.mutations.report import alarm_table, miss_summary, recall, recall_table
from tests.mutations.sources import DATA, human_statements, law_text
from tests.mutations.suite import CLASSES, build, build_own, sample
from tests.mutations.wording import wording_swaps
from tests.mutations.words import dates, mentions, spell, values

needs_law = pytest.mark.skipif(
    not (DATA / "corpora").is_dir(), reason=f"no law at {DATA}: set LEXCITE_DATA to the folder of corpora"
)


@pytest.fixture(scope="module")
def suite():
    """The real suite, made from fewer sentences of the law than `make mutations` tries."""
    return build(law_tried=2000)


@pytest.fixture(scope="module")
def real(suite):
    """A sample of it, judged: the verdicts on false sentences, and on true ones that people wrote."""
    suite = sample(suite, each=20, human_each=60)
    run = GateRun()
    return [run.judge(case) for case in suite.cases], [(s, run.accepts(s)) for s in suite.human]


# What is asserted of the sample: the aims of the project, which the gate meets over the whole suite; a little below
# them where the sample is small. docs/gate.md tells the aims and what was measured.
FLOORS = {
    "article": 0.98,
    "quote": 0.98,
    "amount": 0.98,
    "date": 0.98,
    "deadline": 0.98,
    "percentage": 0.98,
    "number": 0.96,  # aim .98, measured .986 over the whole suite
    "negation": 0.88,  # aim .90, measured .919 over the whole suite
    "modality": 0.90,
}
LANGUAGES = ("en", "es", "vi")
MOST_FALSE_ALARMS = 0.08  # aim .05, measured .047 over the whole suite; the sample has more of the small sets


@pytest.mark.real_law
@needs_law
def test_the_gate_catches_what_is_false_and_lets_pass_what_people_rightly_wrote(real):
    judged, alarms = real
    sys.stdout.write(f"{recall_table(judged)}\n\n{alarm_table(alarms)}\n\n{miss_summary(judged)}\n")
    measured = {kind: recall(judged, kind) for kind in FLOORS}
    assert {k: round(measured[k], 3) for k, floor in FLOORS.items() if measured[k] < floor} == {}
    raised = sum(state is not SentenceState.SUPPORTED for _, state in alarms)
    assert raised / len(alarms) <= MOST_FALSE_ALARMS


@pytest.mark.real_law
@needs_law
def test_the_suite_holds_every_class_and_every_language_and_no_case_twice(suite):
    cases = suite.cases
    assert {case.kind for case in cases} == set(CLASSES)
    per_language = Counter((c.kind, c.lang) for c in cases)
    every = ("article", "law", "marker", "quote", "deadline", "number", "negation", "modality", "party")
    assert {(k, la): per_language[k, la] for k in every for la in LANGUAGES if per_language[k, la] < 5} == {}
    assert len({(c.mutated, c.cited) for c in cases}) == len(cases) >= 3000


@pytest.mark.real_law
@needs_law
def test_what_people_wrote_on_questions_that_must_not_be_answered_counts_for_nothing():
    counts = {name: len(list(human_statements(name))) for name in ("vi_alqac", "es_justicio", "en_pdpa")}
    assert counts["es_justicio"] == 515
    assert counts["en_pdpa"] == 448 - 23


@pytest.mark.real_law
@needs_law
def test_a_new_figure_stands_nowhere_in_the_articles_cited(suite):
    figures = [c for c in suite.cases if c.how == "value"]
    assert len(figures) > 200
    for case in figures:
        law = " ".join(suite.rows[place.article]["text"] for place in case.cited)
        before = Counter(m.plain for m in mentions(case.original, case.lang))
        new = Counter(m.plain for m in mentions(case.mutated, case.lang)) - before
        assert not set(new) & values(law, case.lang), case


def test_false_sentences_over_a_law_of_our_own_are_caught():
    suite = build_own()
    run = GateRun(corpora=())
    judged = [run.judge(case) for case in suite.cases]
    sys.stdout.write(recall_table(judged) + "\n")
    for kind in ("amount", "date", "deadline", "percentage", "quote", "article"):
        assert recall(judged, kind) >= 0.95, kind


# --- the oracle itself ---------------------------------------------------------------------------------------------


def kinds(sentence, law, lang, seed=1):
    chance = random.Random(seed)
    return [*figure_swaps(sentence, law, lang, chance), *wording_swaps(sentence, law, lang, chance)]


@pytest.mark.parametrize(
    ("text", "lang", "found"),
    [
        ("within 72 hours", "en", ("deadline", "hour", 72)),
        ("within three months", "en", ("deadline", "month", 3)),
        ("a fine of EUR 20 000 000", "en", ("amount", "money", 20_000_000)),
        ("up to $1 million", "en", ("amount", "money", 1_000_000)),
        ("multa de 1.000,50 euros", "es", ("amount", "money", 1000.5)),
        ("en el plazo de treinta y un días", "es", ("deadline", "day", 31)),
        ("el cincuenta por ciento", "es", ("percentage", "%", 50)),
        ("phạt 10 triệu đồng", "vi", ("amount", "money", 10_000_000)),
        ("trong thời hạn 03 ngày", "vi", ("deadline", "day", 3)),
        ("từ đủ 18 tuổi", "vi", ("number", "tuổi", 18)),
        ("sáu mươi ngày", "vi", ("deadline", "day", 60)),
    ],
)
def test_numbers_are_read_with_what_they_count(text, lang, found):
    (mention,) = mentions(text, lang)
    assert (mention.kind, mention.unit, mention.value) == found


@pytest.mark.parametrize(
    ("text", "lang"),
    [("as Article 5 requires", "en"), ("según el artículo 33", "es"), ("theo khoản 2 Điều 33", "vi")],
)
def test_numbers_that_name_places_count_nothing(text, lang):
    assert mentions(text, lang) == ()


@pytest.mark.parametrize(
    ("value", "like", "lang", "written"),
    [
        (45, "thirty", "en", "forty-five"),
        (45, "treinta", "es", "cuarenta y cinco"),
        (45, "Ba mươi", "vi", "Bốn mươi lăm"),
        (5, "03", "vi", "05"),
        (2_000_000, "1.000.000", "es", "2.000.000"),
        (2_000_000, "1 000 000", "en", "2 000 000"),
    ],
)
def test_numbers_are_written_the_way_the_old_one_was(value, like, lang, written):
    assert spell(value, like, lang) == written


def test_dates_are_read_in_three_languages():
    texts = {"en": "on 25 May 2018", "es": "el 25 de mayo de 2018", "vi": "từ ngày 25 tháng 5 năm 2018"}
    for lang, text in texts.items():
        assert [date for _, date in dates(text, lang)] == [(25, 5, 2018)]


def test_a_number_that_the_law_does_not_hold_is_not_swapped():
    found = kinds("The fee is due in 9 days.", "The fee is due in 8 days.", "en")
    assert [swap for swap in found if swap.kind == "deadline"] == []


def test_no_swap_says_what_the_law_says_elsewhere():
    law = "A master may sail. A pilot must sail by day."
    assert all("must sail by" not in swap.mutated for swap in kinds("A master may sail by day.", law, "en"))


@pytest.mark.parametrize(
    ("sentence", "lang"),
    [
        ("The master is not only liable for boats.", "en"),
        ("El naviero responde no sólo del buque.", "es"),
        ("Tàu bay của hàng không dân dụng và không gian mạng.", "vi"),
    ],
)
def test_words_that_only_look_like_a_negation_stay(sentence, lang):
    assert [s.mutated for s in kinds(sentence, sentence, lang) if s.how == "removed"] == []


def test_the_law_of_a_statement_is_every_article_that_it_cites():
    suite = build_own()
    case = next(c for c in suite.cases if c.wrote == "own")
    assert suite.rows[case.cited[0].article]["text"] in law_text(case, suite.rows)
