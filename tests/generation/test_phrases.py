import pytest

from generation.answer import Outcome
from generation.phrases import languages, phrases


def test_lexcite_speaks_vietnamese_spanish_and_english():
    assert set(languages()) == {"en", "es", "vi"}


@pytest.mark.parametrize("lang", ["en", "es", "vi"])
def test_every_outcome_but_an_answer_has_a_message(lang):
    assert set(phrases(lang).messages) == set(Outcome) - {Outcome.ANSWERED}
    assert all(phrases(lang).messages.values())


def test_a_language_that_it_does_not_speak_is_answered_in_english():
    assert phrases("zh").notice == "This is what the text of the law says. It is not legal advice."
