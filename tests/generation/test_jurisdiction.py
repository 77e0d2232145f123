import pytest

from generation.jurisdiction import asked_of, elsewhere, foreign, jurisdictions_of
from index.articles import Law
from tests.generation_samples import FISHING, hit


@pytest.mark.parametrize(
    ("question", "lang", "codes"),
    [
        ("How much notice does German employment law require?", "en", ("DE",)),
        ("What is the notice period in France?", "en", ("FR",)),
        ("In the United States, who may fish?", "en", ("US",)),
        ("Can the UK courts award damages?", "en", ("GB",)),
        ("What does the law of Japan say about fishing?", "en", ("JP",)),
        ("¿Qué dice el Código Civil francés sobre la pesca?", "es", ("FR",)),
        ("¿Cuál es la edad de jubilación en Alemania?", "es", ("DE",)),
        ("¿Qué prevé la constitución de los Estados Unidos?", "es", ("US",)),
        ("Theo pháp luật Nhật Bản, ai được câu cá?", "vi", ("JP",)),
        ("Ai được câu cá ở nước Pháp?", "vi", ("FR",)),
    ],
)
def test_the_law_that_a_question_asks_for_is_read(question, lang, codes):
    assert asked_of(question, lang=lang) == codes


@pytest.mark.parametrize(
    ("question", "lang"),
    [
        ("May citizens who live in France vote here?", "en"),
        ("Must a German tourist hold a permit?", "en"),
        ("Tell us when the report is due.", "en"),
        ("¿Pueden votar los residentes en Francia en estas elecciones?", "es"),
        ("Pháp luật quy định thế nào về ly hôn?", "vi"),  # "pháp" is no France without its capital
        ("Anh có phải nộp thuế không?", "vi"),  # "you", not England
    ],
)
def test_a_state_that_is_merely_mentioned_asks_for_nothing(question, lang):
    assert asked_of(question, lang=lang) == ()


def test_law_of_another_state_is_foreign_and_ones_own_is_not():
    question = "What is the deadline in German law?"
    assert foreign(question, (hit(FISHING),), lang="en", here=frozenset({"ES"})) == ("DE",)
    assert foreign(question, (hit(FISHING),), lang="en", here=frozenset({"ES", "DE"})) == ()


def test_law_of_the_union_is_law_in_its_members():
    assert foreign("What is the deadline in German law?", (), lang="en", here=frozenset({"EU"})) == ()
    assert foreign("What is the deadline in Swiss law?", (), lang="en", here=frozenset({"EU"})) == ("CH",)
    assert foreign("What is the deadline in EU law?", (), lang="en", here=frozenset({"ES"})) == ()


def test_nothing_is_foreign_where_it_is_unknown_whose_law_there_is():
    assert foreign("What is the deadline in German law?", (hit(FISHING),), lang="en", here=None) == ()


def test_an_article_that_speaks_of_the_state_may_answer():
    speaks = hit("1. Holders of a German permit may fish here.")
    assert foreign("Does a permit under German law count?", (speaks,), lang="en", here=frozenset({"ES"})) == ()


def test_jurisdictions_are_known_only_where_every_law_tells_its_own():
    named, silent = Law(id="a", title="A", lang="en", jurisdiction="GB"), Law(id="b", title="B", lang="en")
    assert jurisdictions_of([named]) == {"GB"}
    assert jurisdictions_of([named, silent]) is None
    assert jurisdictions_of([Law(id="c", title="C", lang="vi")]) == {"VN"}  # no other state writes its laws so


def test_the_reader_is_told_whose_law_was_asked_for_and_whose_there_is():
    assert elsewhere(["DE"], ["SG", "EU"], lang="en") == (
        "You ask for the law of: Germany. The laws that may answer here are those of: European Union, Singapore."
    )
    assert "Alemania" in elsewhere(["DE"], ["ES"], lang="es")
    assert "XX" in elsewhere(["DE"], ["XX"], lang="vi")
