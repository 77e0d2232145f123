import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.languages import detect_language, fold

# Questions of our own, none of them from the labelled sets.
QUESTIONS = [
    ("vi", "Thời hạn kháng cáo là bao lâu?"),
    ("vi", "Bao nhiêu tuổi thì được kết hôn?"),
    ("vi", "Mức phạt khi không đội mũ bảo hiểm"),
    ("vi", "Tôi bị sa thải thì phải làm gì?"),
    ("vi", "GDPR có áp dụng cho công ty nhỏ không?"),
    ("vi", "nghỉ thai sản mấy tháng"),
    ("vi", "Ai có quyền khởi kiện vụ án hành chính?"),
    ("es", "¿Cuánto tiempo tengo para recurrir?"),
    ("es", "¿Pueden echarme del piso sin avisar?"),
    ("es", "plazo para reclamar una deuda"),
    ("es", "¿Qué pena tiene el hurto?"),
    ("es", "vacaciones pagadas mínimas"),
    ("es", "¿Puede mi jefe leer mis correos?"),
    ("en", "How long does a controller have to notify a data breach?"),
    ("en", "Can my landlord keep the deposit?"),
    ("en", "penalty for late filing"),
    ("en", "What is personal data?"),
    ("en", "Is consent needed for cookies?"),
    ("en", "And for minors?"),
    ("fr", "Quel est le délai pour faire appel ?"),
    ("fr", "Mon propriétaire peut-il garder la caution ?"),
    ("fr", "Combien de jours de congés payés ?"),
    ("fr", "Qui est responsable du traitement des données ?"),
    ("fr", "À partir de quel âge peut-on se marier ?"),
    ("de", "Wie lange kann ich Widerspruch einlegen?"),
    ("de", "Darf der Vermieter die Kaution behalten?"),
    ("de", "Kündigungsfrist in der Probezeit"),
    ("de", "Welche Strafe droht bei Diebstahl?"),
    ("de", "Ab wann ist man volljährig?"),
    ("pt", "Qual é o prazo para recorrer?"),
    ("pt", "O senhorio pode ficar com a caução?"),
    ("pt", "Quantos dias de férias tem um trabalhador?"),
    ("pt", "Quem é responsável pelo tratamento dos dados?"),
    ("it", "Qual è il termine per fare ricorso?"),
    ("it", "Il proprietario può tenere la cauzione?"),
    ("it", "Quanti giorni di ferie spettano al lavoratore?"),
    ("zh", "上诉期限是多久?"),
    ("zh", "GDPR 適用於小公司嗎?"),
    ("ja", "控訴の期限はいつまでですか"),
    ("ko", "항소 기간은 얼마입니까?"),
]


@pytest.mark.parametrize(("lang", "question"), QUESTIONS)
def test_a_short_question_is_recognised_with_and_without_its_diacritics(lang, question):
    assert detect_language(question) == lang
    assert detect_language(fold(question)) == lang
    assert detect_language(question.upper()) == lang


@pytest.mark.parametrize("text", ["", "   ", "33", "GDPR", "6(1)(f)", "?!", "Ελλάδα"])
def test_text_that_gives_no_language_away_has_none(text):
    assert detect_language(text) is None


def test_an_abbreviation_in_capitals_is_no_word_of_a_language():
    assert detect_language("art. 18.4 CE") is None  # "ce" is French
    assert detect_language("¿QUÉ DICE LA LEY?") == "es"  # who types all in capitals still writes words


def test_only_the_languages_asked_about_are_considered():
    assert detect_language("¿Cuál es el plazo?", among={"es", "vi"}) == "es"
    assert detect_language("Qual é o prazo para recorrer?", among={"es", "vi"}) == "es"  # the nearest of those
    assert detect_language("上诉期限是多久?", among={"es", "vi"}) is None
    assert detect_language("How long?", among=set()) is None
    assert detect_language("How long?", among={"xx"}) is None


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Điều 174", "dieu 174"),
        ("Thời hạn kháng cáo", "thoi han khang cao"),
        ("Tho\u031b\u0300i ha\u0323n", "thoi han"),  # decomposed letters
        ("ARTÍCULO 18 ¿Qué?", "articulo 18 ¿que?"),
        ("Straße, Œuvre, Łódź", "strasse, oeuvre, lodz"),
        ("第１８条", "第18条"),  # full-width digits
        ("が한กำ", "が한กํา"),  # marks that are letters stay; NFKC takes Thai sara am apart
        ("", ""),
    ],
)
def test_folding_leaves_bare_lower_case_letters(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.real_law
@pytest.mark.parametrize(("questions", "lang"), [("vi_alqac", "vi"), ("es_justicio", "es"), ("en_pdpa", "en")])
@pytest.mark.parametrize("written", [str, fold], ids=["marked", "unmarked"])
def test_labelled_questions_are_recognised(questions, lang, written):
    data = Path(os.environ.get("LEXCITE_DATA", Path(__file__).parents[2] / "../shared/data"))
    path = data / "questions" / f"{questions}.questions.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is absent; LEXCITE_DATA names the folder of the real law")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["question"] for line in lines]
    wrong = [text for text in texts if detect_language(written(text)) != lang]
    assert len(wrong) <= len(texts) // 200, wrong
