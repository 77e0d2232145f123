import asyncio
import gzip
import json
import os
from pathlib import Path

import pytest

from generation.answer import Outcome, Turn
from generation.assistant import Assistant
from generation.phrases import languages
from generation.small_talk import small_talk
from tests.fakes import HashEmbedder, ScriptedLLM
from tests.generation_samples import FEES, FixedRetriever, Shelf, hit

QUESTIONS = Path(os.environ.get("LEXCITE_DATA", Path(__file__).parents[3] / "shared" / "data")) / "questions"


def outcome(text, lang="en", turns=()):
    aside = small_talk(text, turns, lang=lang)
    return None if aside is None else aside.outcome


@pytest.mark.parametrize(
    ("text", "lang", "begins"),
    [
        ("hi", "en", "Hello."),
        ("Heyyy!", "en", "Hello."),
        ("Good morning, lexcite", "en", "Hello."),
        ("Hi there, how are you?", "en", "Hello."),
        ("thnaks a lot", "en", "You are welcome."),
        ("ok thanks", "en", "You are welcome."),
        ("Thank you very much, bye", "en", "You are welcome."),
        ("goodbye", "en", "Goodbye."),
        ("Hello, who are you?", "en", "I am lexcite"),
        ("Are you a lawyer?", "en", "I am lexcite"),
        ("Hola", "es", "Hola."),
        ("buenos dias", "es", "Hola."),
        ("grasias", "es", "De nada."),
        ("Muchas gracias por tu ayuda", "es", "De nada."),
        ("adiós", "es", "Adiós."),
        ("que puedes hacer", "es", "Soy lexcite"),
        ("Xin chào", "vi", "Xin chào."),
        ("chao ban", "vi", "Xin chào."),
        ("cam on ban nhieu", "vi", "Không có gì."),
        ("Cám ơn ạ", "vi", "Không có gì."),
        ("tạm biệt", "vi", "Tạm biệt."),
        ("ban la ai vay", "vi", "Tôi là lexcite"),
    ],
)
def test_small_talk_is_answered_as_such_with_slips_and_without_marks(text, lang, begins):
    aside = small_talk(text, (), lang=lang)
    assert (aside.outcome, aside.lang) == (Outcome.SMALL_TALK, lang)
    assert aside.message.startswith(begins)


def test_a_message_in_another_language_than_was_told_is_answered_in_its_own():
    assert small_talk("muchas gracias", (), lang="en").lang == "es"
    assert small_talk("cảm ơn", (), lang="en").message.startswith("Không có gì.")


@pytest.mark.parametrize(
    "text",
    [
        "Should I sue?",
        "Hi, should I sue my landlord?",
        "What should I do?",
        "Give me legal advice please.",
        "Write me a complaint against my employer about unpaid wages.",
        "write my contract",
        "Can you draft a lease for me?",
        "Who will win?",
        "Will I win my case?",
        "translate this into Spanish",
        "Write a poem about the sea",
        "Can you write Python code that sorts a list?",
        "¿Debo demandar a mi casero?",
        "que debo hacer",
        "Redáctame un contrato de alquiler, por favor",
        "traduce esto al inglés",
        "¿Quién va a ganar el juicio?",
        "Escribe un poema sobre el mar",
        "Tôi có nên kiện chủ nhà không?",
        "toi co nen kien chu nha khong",
        "Tôi nên làm gì?",
        "Viết giúp tôi đơn khởi kiện",
        "Dịch đoạn này sang tiếng Anh",
        "Ai sẽ thắng kiện?",
    ],
)
def test_advice_documents_translations_and_predictions_are_refused_as_out_of_scope(text):
    assert outcome(text) is Outcome.OUT_OF_SCOPE


@pytest.mark.parametrize(
    "text",
    [
        "Should I pay the deposit back within 30 days?",
        "Hi, how long must I keep the records?",
        "Thanks. And for minors?",
        "Should I sign a non-compete clause?",
        "Should I appeal within ten days?",
        "Should I get paid for overtime?",
        "Do I have a case if my employer fires me while I am pregnant?",
        "What should I do if my personal data was stolen?",
        "Can you write a will without a notary?",
        "Write a contract: what must it contain?",
        "Translate Article 5 GDPR",
        "Who wins the tender when the offers are equal?",
        "What is a farewell payment?",
        "Hola, ¿cuánto dura el contrato de prueba?",
        "¿Debo denunciar un delito?",
        "¿Qué debo hacer si pierdo el documento de identidad?",
        "¿Quién redacta el contrato de trabajo?",
        "¿Debo ir a juicio si soy testigo?",
        "gracia",
        "Chào bạn, tuổi kết hôn là bao nhiêu?",
        "Dịch vụ viễn thông là gì?",
        "Dịch bệnh được công bố khi nào?",
        "Tôi phải làm gì khi bị tai nạn giao thông?",
        "Luật sư là ai?",
        "Có nên ký hợp đồng lao động bằng miệng không?",
        "Làm đơn ly hôn cần giấy tờ gì?",
    ],
)
def test_a_question_that_holds_a_matter_of_the_law_is_never_swallowed(text):
    assert {outcome(text, lang) for lang in languages()} == {None}


def test_how_does_it_work_asks_about_lexcite_only_where_nothing_was_said():
    assert outcome("How does it work?") is Outcome.SMALL_TALK
    assert outcome("How does it work?", turns=(Turn("What is a permit?", "What is a permit?", "A paper."),)) is None


def test_a_long_message_is_no_small_talk():
    assert outcome("hello " * 200) is None


def assistant(llm=None):
    hits = (hit(FEES, number="9"),)
    retriever = FixedRetriever(hits)
    return Assistant(retriever=retriever, sources=Shelf(hits), embedder=HashEmbedder(), llm=llm), retriever


def test_small_talk_asks_neither_the_index_nor_the_model():
    llm = ScriptedLLM("never asked")
    helper, retriever = assistant(llm)
    turns = (Turn("What does a permit cost?", "What does a permit cost?", "EUR 20."),)
    answer = asyncio.run(helper.ask("gracias", turns=turns))
    assert (answer.outcome, answer.lang, answer.understood_as) == (Outcome.SMALL_TALK, "es", "gracias")
    assert answer.message == "De nada. Pregunte de nuevo cuando quiera saber qué dice la ley."
    assert answer.notice.startswith("Esto es lo que dice el texto de la ley")
    assert (retriever.asked, llm.prompts, answer.sentences) == ([], [], ())


def test_advice_that_the_law_does_not_give_is_dropped_though_the_model_gives_it():
    helper, _ = assistant(ScriptedLLM("You should sue your landlord for the permit [1].\nA permit costs EUR 20 [1].\n"))
    answer = asyncio.run(helper.ask("What does a permit cost?"))
    assert [sentence.text for sentence in answer.sentences] == ["A permit costs EUR 20."]
    assert [one.text for one in answer.receipt.dropped] == ["You should sue your landlord for the permit."]


@pytest.mark.real_law
@pytest.mark.skipif(not QUESTIONS.is_dir(), reason=f"no labelled questions at {QUESTIONS}: set LEXCITE_DATA")
def test_no_labelled_question_is_taken_for_small_talk_or_out_of_scope():
    asked = []
    for file in sorted(QUESTIONS.glob("*.questions.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            read = [json.loads(line) for line in lines]
        asked += [(text, one["lang"]) for one in read for text in (one["question"], *one.get("variants", ()))]
    assert len(asked) > 1_500
    assert [text for text, lang in asked if outcome(text, lang) is not None] == []
