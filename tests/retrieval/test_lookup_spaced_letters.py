"""A letter after a number and a space is part of the number exactly where the law has such an article."""

from dataclasses import replace

import pytest

from index.articles import Article, ArticleVersion, Law
from index.structure import article_label
from retrieval.lookup import Found, Lookup, NoSuchArticle

AGUAS = Law(id="AGUAS", title="Ley 17/2001, de 3 de mayo, de Aguas de la Isla", lang="es")
BOSQUES = Law(id="BOSQUES", title="Ley 18/2001, de 4 de mayo, de Bosques de la Isla", lang="es")
GATES = Law(id="GATES", title="Gate Keeping Act", lang="en")
AGUAS_LABELS = [
    "Artículo 24", "Artículo 24 A", "Artículo 24 B", "Artículo 39", "Artículo 39 A", "Artículo 39 bis", "Artículo 50 A",
]  # fmt: skip
BOSQUES_LABELS = ["Artículo 24", "Artículo 39", "Artículo 60"]
GATES_LABELS = ["Section 6", "Section 26", "Section 26C", "Section 26D"]
SHELF = {"AGUAS": (AGUAS, AGUAS_LABELS), "BOSQUES": (BOSQUES, BOSQUES_LABELS), "GATES": (GATES, GATES_LABELS)}


def shelf(*ids):
    laws = {law_id: SHELF[law_id][0] for law_id in ids or SHELF}
    articles = {
        law_id: [Article(f"{law_id}#{label}", law_id, label, article_label(label)[1], article_label(label)[0])
                 for label in SHELF[law_id][1]]
        for law_id in laws
    }  # fmt: skip
    return Lookup(
        laws=laws,
        articles=articles.__getitem__,
        versions=lambda a: (ArticleVersion(a, a, "", "El guarda cierra la puerta.", "es"),),
        provisions=lambda _: (),
    )


ALL = shelf()


def labels(answer):
    return [place.article.label for place in answer.places]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("¿Qué dice el artículo 39 A de la Ley de Aguas de la Isla?", ["Artículo 39 A"]),
        ("¿Qué dice el artículo 39A de la Ley de Aguas de la Isla?", ["Artículo 39 A"]),
        ("¿Qué dice el artículo 39 de la Ley de Aguas de la Isla?", ["Artículo 39"]),
        ("¿Qué dice el artículo 39 bis de la Ley de Aguas de la Isla?", ["Artículo 39 bis"]),
        ("art. 24 A de la Ley de Aguas de la Isla", ["Artículo 24 A"]),
        ("art. 24 A Ley 17/2001", ["Artículo 24 A"]),
        ("Ley de Aguas de la Isla, Artículo 50 A", ["Artículo 50 A"]),
        ("Según la Ley de Aguas de la Isla, ¿qué regula su artículo 39 A?", ["Artículo 39 A"]),
        ("artículos 24 A y 24 B de la Ley de Aguas de la Isla", ["Artículo 24 A", "Artículo 24 B"]),
        ("ARTÍCULO 24 B DE LA LEY DE AGUAS DE LA ISLA", ["Artículo 24 B"]),
        ("What does section 26 C of the Gate Keeping Act say?", ["Section 26C"]),
        ("What does section 26C Gate Keeping Act say?", ["Section 26C"]),
    ],
)
def test_the_lettered_article_is_found_and_may_be_quoted(question, expected):
    answer = ALL.look_up(question)
    assert labels(answer) == expected
    assert answer.pure


def test_a_letter_that_no_article_bears_is_a_word_and_nothing_is_quoted_for_certain():
    answer = ALL.look_up("¿Qué dice el artículo 24 A de la Ley de Bosques de la Isla?")
    assert labels(answer) == ["Artículo 24"]
    assert not answer.pure


def test_prose_after_the_number_leaves_the_number_alone():
    assert labels(ALL.look_up("Under Section 6 A controller may rest, says the Gate Keeping Act")) == ["Section 6"]


@pytest.mark.parametrize(
    "question",
    [
        "En la Ley de Aguas de la Isla, el artículo 39 A los efectos de la puerta",
        "¿Qué dice el artículo 39 A sobre la puerta en la Ley de Aguas de la Isla?",
    ],
)
def test_where_the_letter_may_be_a_word_both_articles_come_and_none_is_quoted(question):
    answer = ALL.look_up(question)
    assert labels(answer) == ["Artículo 39 A", "Artículo 39"]
    assert not answer.pure


def test_a_consonant_before_prose_is_no_word():
    assert labels(ALL.look_up("En la Ley de Aguas de la Isla, ¿el artículo 24 B dice algo?")) == ["Artículo 24 B"]


def test_without_a_law_the_only_one_that_has_the_lettered_article_is_meant():
    result = ALL.look_up("¿Qué dice el artículo 39 A?").results[0]
    assert isinstance(result, Found)
    assert [(place.law.id, place.article.label) for place in result.places] == [("AGUAS", "Artículo 39 A")]


def test_with_one_law_alone_the_lettered_article_is_found_unnamed():
    assert labels(shelf("AGUAS").look_up("¿Qué dice el artículo 39 A?")) == ["Artículo 39 A"]


def test_where_neither_exists_the_lettered_number_is_what_is_missing():
    result = ALL.look_up("artículo 99 A de la Ley de Aguas de la Isla").results[0]
    assert isinstance(result, NoSuchArticle)
    assert result.reference.number == "99 A"


def test_a_lettered_article_that_is_not_in_force_is_not_replaced_by_the_plain_one():
    def speaking(article):
        version = ArticleVersion(article.id, article.id, "", "El guarda.", "es")
        return None if article.number == "39 A" else replace(version)

    answer = ALL.look_up("artículo 39 A de la Ley de Aguas de la Isla", speaking=speaking)
    assert isinstance(answer.results[0], NoSuchArticle)
    assert answer.places == ()


@pytest.mark.parametrize("label", AGUAS_LABELS)
@pytest.mark.parametrize(
    "phrasing",
    [
        "¿Qué dice el {lower} de la Ley de Aguas de la Isla?", "{label} Ley 17/2001",
        "Ley de Aguas de la Isla, {lower}",
        "Según la Ley de Aguas de la Isla, ¿qué regula su {lower}?", "{label} (Ley de Aguas de la Isla)",
    ],
)  # fmt: skip
def test_every_generated_look_up_of_a_law_with_lettered_articles(label, phrasing):
    question = phrasing.format(label=label, lower=f"artículo{label[8:]}")
    assert labels(ALL.look_up(question)) == [label]
