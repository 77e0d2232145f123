import pytest

from generation.answer import SentenceState
from generation.evidence import extracts
from generation.sentences import Claim
from generation.verification import Gate
from tests.generation_samples import Shelf, hit

LAW = {
    "en": "1. The lessor must return the deposit to the lessee within one month.",
    "es": "1. El arrendador deberá devolver la fianza al arrendatario en el plazo de un mes.",
    "vi": "1. Người sử dụng lao động phải trả tiền lương cho người lao động đúng thời hạn.",
}


def state(text, lang, question=""):
    found = hit(LAW[lang], lang=lang)
    shown = dict(enumerate(extracts(found, Shelf((found,)).provisions(found.version.id)), start=1))
    return Gate(shown, lang=lang, question=question).check(Claim(text, (1,))).state


@pytest.mark.parametrize(
    ("lang", "true", "foreign"),
    [
        ("en", "The landlord must return the deposit.", "The employer must return the deposit within one month."),
        ("es", "El arrendador debe devolver la fianza.", "El comprador debe devolver la fianza en un mes."),
        ("vi", "Người sử dụng lao động phải trả tiền lương.", "Nguyên đơn phải trả tiền lương đúng thời hạn."),
    ],
)
def test_a_party_that_the_law_does_not_name_is_unsupported(lang, true, foreign):
    assert state(true, lang) is SentenceState.SUPPORTED
    assert state(foreign, lang) is SentenceState.UNSUPPORTED


def test_a_party_that_the_question_names_may_be_named():
    question = "Must a company that lets its house return the deposit?"
    assert (
        state("Yes. The company must return the deposit within one month.", "en", question) is SentenceState.SUPPORTED
    )


def test_parties_that_change_places_are_unsupported():
    text = "The lessee must return the deposit to the lessor within one month."
    assert state(text, "en") is SentenceState.UNSUPPORTED


def test_who_does_what_the_law_speaks_of_is_no_stranger():
    found = hit("1. A message must say who sends it.")
    shown = dict(enumerate(extracts(found, Shelf((found,)).provisions(found.version.id)), start=1))
    gate = Gate(shown, lang="en")
    assert gate.check(Claim("A message must say who the sender is.", (1,))).state is SentenceState.SUPPORTED
    assert gate.check(Claim("A message must say who the lessor is.", (1,))).state is SentenceState.UNSUPPORTED
