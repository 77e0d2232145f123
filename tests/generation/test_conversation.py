import pytest

from generation.answer import Turn
from generation.conversation import LONGEST, QuestionError, carry, language_of, normalise

FIRST = {
    "en": "How long does the holder of a permit have to report an accident?",
    "es": "¿Cuánto tiempo tiene el titular del permiso para avisar de un accidente?",
    "vi": "Người có giấy phép phải báo tai nạn trong thời hạn bao lâu?",
}


def after(lang, question):
    first = Turn(FIRST[lang], FIRST[lang], "48 hours.")
    return carry(question, (first,), lang=lang)


@pytest.mark.parametrize(
    ("lang", "question"),
    [
        ("en", "And for minors?"),
        ("en", "what about minors"),
        ("en", "For children under 16?"),
        ("en", "Does that apply to minors?"),
        ("en", "Minors too?"),
        ("en", "Why?"),
        ("es", "¿Y para los menores?"),
        ("es", "y si es menor de edad"),
        ("es", "¿Qué pasa con los menores?"),
        ("es", "¿Cuándo termina ese plazo?"),
        ("es", "¿Por qué?"),
        ("vi", "Còn người chưa thành niên thì sao?"),
        ("vi", "Thế còn trẻ em?"),
        ("vi", "Đối với trẻ em?"),
        ("vi", "Thời hạn đó tính từ khi nào?"),
        ("vi", "Vì sao?"),
    ],
)
def test_a_follow_up_is_searched_for_with_the_question_that_it_continues(lang, question):
    assert after(lang, question) == f"{FIRST[lang]} {question}"


@pytest.mark.parametrize(
    ("lang", "question"),
    [
        ("en", "Who can vote in the election of the mayor?"),
        ("en", "What is a permit?"),
        ("en", "Is it legal to strike?"),
        ("en", "Is there a right to strike?"),
        ("en", "Under what conditions may a dwelling be entered?"),
        ("en", "If a company goes bankrupt, who pays the wages?"),
        ("en", "data breach notification"),
        ("es", "¿Quién puede votar?"),
        ("es", "¿Qué es un dato personal?"),
        ("es", "¿En qué casos se puede entrar en un domicilio?"),
        ("vi", "Thế chấp tài sản là gì?"),
        ("vi", "Tuổi kết hôn là bao nhiêu?"),
        ("vi", "Con có được thừa kế không?"),
        ("vi", "Người lao động được nghỉ mấy ngày?"),
    ],
)
def test_a_question_of_its_own_takes_nothing_from_the_conversation(lang, question):
    assert after(lang, question) == question


def test_nothing_is_carried_where_nothing_was_said():
    assert carry("And for minors?", (), lang="en") == "And for minors?"


def test_a_second_follow_up_replaces_the_first():
    first = Turn(FIRST["en"], FIRST["en"], "48 hours.")
    second = Turn("And for minors?", f"{FIRST['en']} And for minors?", "They pay nothing.")
    assert carry("and for tourists?", (first, second), lang="en") == f"{FIRST['en']} and for tourists?"


def test_a_follow_up_without_words_of_its_own_continues_the_follow_up_before_it():
    first = Turn(FIRST["en"], FIRST["en"], "48 hours.")
    second = Turn("And for minors?", f"{FIRST['en']} And for minors?", "They pay nothing.")
    assert carry("Why?", (first, second), lang="en") == f"{FIRST['en']} And for minors? Why?"


def test_the_language_of_a_question_that_does_not_tell_is_that_of_the_conversation():
    spanish = Turn(FIRST["es"], FIRST["es"], "")
    assert language_of("GDPR?", (spanish,)) == "es"
    assert language_of("GDPR?") == "en"
    assert language_of("GDPR?", otherwise="es") == "es"
    assert language_of(FIRST["vi"], (spanish,)) == "vi"


def test_a_question_is_read_in_one_form():
    assert normalise("  Cua\u0301nto\u200b \n tiempo\x00 \ud800? ") == "Cuánto tiempo ?"


@pytest.mark.parametrize("empty", ["", "   \n", "???", "\u200b\x00"])
def test_an_empty_question_is_refused(empty):
    with pytest.raises(QuestionError, match=r"the question is empty: write"):
        normalise(empty)


def test_a_question_that_is_too_long_is_refused_with_the_limit():
    assert len(normalise("a" * LONGEST)) == LONGEST
    with pytest.raises(QuestionError, match=r"100,000 characters and at most 4,000"):
        normalise("a" * 100_000)
