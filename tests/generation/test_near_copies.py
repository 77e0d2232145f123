"""A law copied with one word turned round is no copy."""

import pytest

from generation.near_copies import turns_round

PERMIT = "The holder of a permit shall report every accident to the lake office, and may fish from the shore."
TITULAR = "El titular avisará del accidente a la oficina y podrá pescar desde la orilla, salvo que no tenga permiso."
CHU = "Người có giấy phép phải báo tai nạn cho văn phòng hồ và được câu cá từ bờ hồ."


@pytest.mark.parametrize(
    ("lang", "law", "sentence"),
    [
        ("en", PERMIT, PERMIT.replace("shall report", "shall not report")),
        ("en", PERMIT, PERMIT.replace("shall report", "may report")),
        ("en", PERMIT, PERMIT.replace("may fish", "must fish")),
        ("en", "No person shall fish in the lake at night.", "Any person shall fish in the lake at night."),
        ("es", TITULAR, TITULAR.replace("podrá", "no podrá")),
        ("es", TITULAR, TITULAR.replace("podrá", "deberá")),
        ("es", "No todos los barcos podrán pasar.", "Todos los barcos podrán pasar."),
        ("vi", CHU, CHU.replace("được câu", "không được câu")),
        ("vi", CHU, CHU.replace("phải báo", "được báo")),
    ],
)
def test_a_copy_that_denies_demands_or_allows_otherwise_is_turned_round(lang, law, sentence):
    assert turns_round(sentence, law, lang=lang)


@pytest.mark.parametrize(
    ("lang", "law", "sentence"),
    [
        ("en", PERMIT, PERMIT),
        ("en", PERMIT, "The holder of a permit must report every accident to the lake office."),
        ("en", PERMIT, "The holder may fish from the shore."),
        ("es", TITULAR, "El titular podrá pescar desde la orilla."),
        ("vi", CHU, "Người có giấy phép được câu cá từ bờ hồ."),
        ("fr", "Le titulaire peut pêcher dans le lac la nuit.", "Le titulaire ne peut pas pêcher dans le lac la nuit."),
    ],
)
def test_a_true_copy_or_a_part_of_one_is_not_turned_round(lang, law, sentence):
    assert not turns_round(sentence, law, lang=lang)


def test_an_answer_need_not_repeat_the_denial_of_its_question():
    law = "The holder shall not sell a permit to any other person."
    sentence = "The holder shall sell a permit to any other person."
    assert turns_round(sentence, law, lang="en")
    assert not turns_round(sentence, law, lang="en", denied=True)


def test_a_right_said_with_another_word_is_not_turned_round():
    law = "The holder of a permit has the right to fish from the shore of the lake."
    assert not turns_round("The holder of a permit fish from the shore of the lake.", law, lang="en")


@pytest.mark.parametrize(("number", "turned"), [("(9)", True), ("(1)", False), ("(01)", False)])
def test_a_copy_with_another_number_is_none(number, turned):
    law = "Subsections (1) and (2) apply to every holder of a permit who fishes at night."
    assert turns_round(law.replace("(1)", number), law, lang="en") is turned
