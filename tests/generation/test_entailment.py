import pytest

from generation.answer import SentenceState
from generation.evidence import extracts
from generation.law_names import names_another_law
from generation.sentences import Claim
from generation.verification import Gate
from tests.generation_samples import FEES, FISHING, Shelf, hit


class Says:
    """A judge that finds a fixed probability, and remembers what it was asked."""

    def __init__(self, probability):
        self.probability = probability
        self.asked = []

    def entails(self, premise, hypothesis):
        self.asked.append((premise, hypothesis))
        return self.probability


def check(text, marker, *, lang="en", question="", judge=None, law=FISHING):
    found = hit(law)
    shown = dict(enumerate(extracts(found, Shelf((found,)).provisions(found.version.id)), start=1))
    return Gate(shown, lang=lang, question=question, judge=judge).check(Claim(text, (marker,))).state


def test_a_short_answer_is_read_with_its_question():
    question = "Within how many hours shall the holder report an accident to the lake office?"
    assert check("Yes, 48 hours.", 2, question=question) is SentenceState.SUPPORTED
    assert check("Yes, 72 hours.", 2, question=question) is SentenceState.UNSUPPORTED


def test_a_number_of_the_question_is_no_law():
    question = "Shall the holder report an accident to the lake office within 72 hours?"
    assert check("Yes, within 72 hours.", 2, question=question) is SentenceState.UNSUPPORTED


@pytest.mark.parametrize(("probability", "state"), [(0.9, SentenceState.SUPPORTED), (0.1, SentenceState.UNSUPPORTED)])
def test_a_judge_decides_across_languages(probability, state):
    judge = Says(probability)
    assert check("El titular avisará en 48 horas.", 2, lang="es", judge=judge) is state
    ((premise, hypothesis),) = judge.asked
    assert "within 48 hours" in premise
    assert hypothesis == "El titular avisará en 48 horas."


def test_no_judge_overrules_a_number():
    assert check("El titular avisará en 72 horas.", 2, lang="es", judge=Says(1.0)) is SentenceState.UNSUPPORTED


def test_a_judge_is_not_asked_about_the_text_of_the_law():
    judge = Says(0.0)
    assert check("A permit costs EUR 20.", 1, law=FEES, judge=judge) is SentenceState.SUPPORTED
    assert judge.asked == []


@pytest.mark.parametrize(
    ("text", "lang", "state"),
    [
        ("Under the Lakes Act the holder shall report every accident.", "en", SentenceState.SUPPORTED),
        ("Under the Rivers Act the holder shall report every accident.", "en", SentenceState.WRONG_PROVISION),
    ],
)
def test_a_law_that_is_named_is_the_one_that_is_cited(text, lang, state):
    assert check(text, 2, lang=lang) is state


def test_a_sentence_that_cites_nothing_names_no_other_law():
    assert not names_another_law("Under the Rivers Act boats are free.", (), lang="en")
