from dataclasses import replace

from generation.needs_facts import question_back
from tests.generation_samples import FEES, FISHING, Shelf, hit

NOTICE = (
    "1. Where the permit was held for less than one year, the holder gives notice of 2 weeks.\n"
    "2. Where the permit was held for longer, the holder gives notice of 6 weeks."
)
PLAZO = (
    "1. Cuando el permiso sea temporal, el preaviso es de 15 días.\n"
    "2. Cuando el permiso sea indefinido, el preaviso es de 30 días."
)


def back(question, *hits, lang="en"):
    return question_back(question, hits, Shelf(hits), lang=lang)


def matters(*headings, texts=("Permits are given.",) * 3):
    return tuple(
        replace(hit(text, number=str(rank), rank=rank, heading=heading), score=1.0)
        for rank, (heading, text) in enumerate(zip(headings, texts, strict=True), start=1)
    )


def test_one_word_that_fits_several_articles_is_asked_back_with_their_headings():
    assert back("Permits?", *matters("Who may hold one", "Fees", "Return")) == (
        "Which of these do you mean: Who may hold one; Fees; Return?"
    )


def test_one_word_is_answered_where_one_heading_names_it():
    assert back("Permits?", *matters("Permits", "Fees", "Return")) == ""


def test_one_word_is_answered_where_one_article_stands_out():
    first, *others = matters("Who may hold one", "Fees", "Return")
    assert back("Permits?", replace(first, score=4.0), *others) == ""


def test_a_question_with_matter_of_its_own_is_not_asked_back():
    assert back("Who may hold permits for boats?", *matters("Who may hold one", "Fees", "Return")) == ""


def test_conditions_that_the_question_leaves_open_are_asked_for_in_the_laws_words():
    assert back("How long is the notice of the holder?", hit(NOTICE)) == (
        "The answer differs from case to case. Which is yours: “Where the permit was held for less than one year”; "
        "“Where the permit was held for longer”?"
    )
    assert back("¿Cuánto dura el preaviso del permiso?", hit(PLAZO, lang="es"), lang="es") == (
        "La respuesta depende del caso. ¿Cuál es el suyo: “Cuando el permiso sea temporal”; "
        "“Cuando el permiso sea indefinido”?"
    )


def test_a_question_that_settles_the_condition_is_answered():
    assert back("How long is the notice of a holder of less than one year?", hit(NOTICE)) == ""
    assert back("¿Cuánto dura el preaviso si el permiso es temporal?", hit(PLAZO, lang="es"), lang="es") == ""


def test_clauses_on_different_matters_or_without_conditions_are_quoted_and_not_asked_about():
    assert back("How long does the holder have to report an accident?", hit(FISHING)) == ""
    assert back("How much does a permit cost?", hit(FEES)) == ""
    assert back("How many persons may fish from the pier?", hit(NOTICE)) == ""


def test_only_questions_for_a_number_depend_on_such_conditions():
    assert back("Who gives notice as the holder?", hit(NOTICE)) == ""


def test_nothing_is_asked_back_in_a_language_that_lexcite_does_not_speak():
    assert back("Permits?", *matters("Who may hold one", "Fees", "Return"), lang="fr") == ""
