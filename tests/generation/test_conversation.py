import asyncio

import pytest

from generation.answer import Turn
from generation.assistant import Assistant
from generation.conversation import LONGEST, QuestionError, carry, language_of, normalise, remembered, understand
from tests.fakes import HashEmbedder
from tests.generation_samples import FEES, FixedRetriever, Shelf, hit

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


GDPR = "General Data Protection Regulation (GDPR)"
CHILD = Turn("When may a child consent?", "When may a child consent?", "At 16.", (GDPR,), ("Article 8",))
NINO = Turn("¿Cuándo consiente un menor?", "¿Cuándo consiente un menor?", "", ("Código Civil",), ("Artículo 8",))
HON_NHAN = "Luật Hôn nhân và gia đình 2014"
KET_HON = Turn("Tuổi kết hôn là bao nhiêu?", "Tuổi kết hôn là bao nhiêu?", "", (HON_NHAN,), ("Điều 8",))


@pytest.mark.parametrize(
    ("lang", "before", "question", "understood"),
    [
        ("en", "What does Article 33 GDPR say?", "and Article 34?", "What does Article 34 GDPR say?"),
        ("en", "What must a notice under Article 33 GDPR hold?", "And under Article 34(2)?",
         "What must a notice under Article 34(2) GDPR hold?"),
        ("en", "What does Article 33 GDPR say?", "and paragraph 2?", "What does paragraph 2 of Article 33 GDPR say?"),
        ("en", "What does Article 33 GDPR say?", "and Article 6 of the AI Act?", "and Article 6 of the AI Act?"),
        ("en", "What does Article 33 GDPR say?", "and in 2016?", "What does Article 33 GDPR say? and in 2016?"),
        ("es", "¿Qué dice el artículo 18 de la Constitución Española?", "¿y el artículo 20?",
         "¿Qué dice el artículo 20 de la Constitución Española?"),
        ("es", "¿Qué dice el artículo 18 de la Constitución Española?", "¿y el apartado 4?",
         "¿Qué dice el apartado 4 del artículo 18 de la Constitución Española?"),
        ("vi", "Điều 174 Bộ luật Hình sự quy định gì?", "còn Điều 175 thì sao?",
         "Điều 175 Bộ luật Hình sự quy định gì?"),
        ("vi", "Điều 174 Bộ luật Hình sự quy định gì?", "Còn khoản 2 thì sao?",
         "khoản 2 Điều 174 Bộ luật Hình sự quy định gì?"),
    ],
)  # fmt: skip
def test_another_article_takes_the_place_of_the_one_before(lang, before, question, understood):
    assert carry(question, (Turn(before, before, ""),), lang=lang) == understood


@pytest.mark.parametrize(
    ("lang", "turn", "question", "understood"),
    [
        ("en", CHILD, "and Article 34?", f"and Article 34 {GDPR}?"),
        ("en", CHILD, "What does Article 34 say?", f"What does Article 34 {GDPR} say?"),
        ("en", CHILD, "and paragraph 2?", f"paragraph 2 of Article 8 {GDPR}"),
        ("es", NINO, "¿y el artículo 9?", "¿y el artículo 9 Código Civil?"),
        ("vi", KET_HON, "còn Điều 9 thì sao?", f"còn Điều 9 {HON_NHAN} thì sao?"),
    ],
)
def test_an_article_without_its_law_is_of_the_law_that_the_answer_before_cited(lang, turn, question, understood):
    assert carry(question, (turn,), lang=lang) == understood


@pytest.mark.parametrize(
    ("lang", "turn", "question", "understood"),
    [
        ("en", CHILD, "and for fines?", f"and for fines ({GDPR})?"),
        ("en", CHILD, "What about compensation?", f"What about compensation ({GDPR})?"),
        ("es", NINO, "¿y las multas?", "¿y las multas (Código Civil)?"),
        ("vi", KET_HON, "Còn mức phạt thì sao?", f"Còn mức phạt thì sao ({HON_NHAN})?"),
        ("en", CHILD, "and for adults?", "When may a child consent? and for adults?"),
        ("es", NINO, "y para extranjeros?", "¿Cuándo consiente un menor? y para extranjeros?"),
        ("vi", KET_HON, "thế còn người nước ngoài thì sao?",
         "Tuổi kết hôn là bao nhiêu? thế còn người nước ngoài thì sao?"),
    ],
)  # fmt: skip
def test_a_matter_of_its_own_takes_only_the_law_and_a_condition_takes_the_matter(lang, turn, question, understood):
    assert carry(question, (turn,), lang=lang) == understood


def test_a_law_is_not_carried_where_the_answer_cited_several():
    turn = Turn(CHILD.question, CHILD.understood_as, "", (GDPR, "Artificial Intelligence Act"), ())
    assert carry("and Article 34?", (turn,), lang="en") == "and Article 34?"
    assert carry("and for fines?", (turn,), lang="en") == "When may a child consent? and for fines?"


def test_an_article_of_a_named_law_or_a_question_of_another_matter_is_left_as_it_is():
    for question in ("What does Article 5 of the AI Act say?", "In the Clean Air Act, what does Article 5 say?"):
        assert carry(question, (CHILD,), lang="en") == question
    assert carry("Who must report an accident at sea?", (CHILD,), lang="en") == "Who must report an accident at sea?"


def test_small_talk_is_nothing_that_a_follow_up_continues():
    turns = (Turn(FIRST["en"], FIRST["en"], ""), Turn("thanks!", "thanks!", ""))
    understood = asyncio.run(understand("And for minors?", turns, lang="en"))
    assert understood == f"{FIRST['en']} And for minors?"


def test_an_answer_is_remembered_with_the_laws_and_articles_that_it_cited():
    hits = (hit(FEES, number="9"),)
    helper = Assistant(retriever=FixedRetriever(hits), sources=Shelf(hits), embedder=HashEmbedder())
    answer = asyncio.run(helper.ask("What does a permit cost?"))
    asked = "What does a permit cost?"
    assert remembered(answer) == Turn(asked, asked, answer.sentences[0].text, ("Lakes Act",), ("Article 9",))
