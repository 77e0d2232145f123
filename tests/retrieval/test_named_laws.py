import pytest

from index.aliases import LawNames
from index.articles import Law
from retrieval.named_laws import NamedLaws, named_laws

LAKES = Law(id="lakes", title="Lakes Act", lang="en", aliases=("LKA",))
CONSTITUTION = Law(id="BOE-A-1978-31229", title="Constitución Española", lang="es", jurisdiction="ES")
NAMES = LawNames({law.id: law for law in (LAKES, CONSTITUTION)})


@pytest.mark.parametrize(
    ("question", "laws", "rest"),
    [
        ("What does the LKA say about nets?", ("lakes",), "What does the say about nets?"),
        ("Which nets does the Lakes Act forbid?", ("lakes",), "Which nets does the forbid?"),
        ("¿Qué dice la Constitución sobre la familia?", ("BOE-A-1978-31229",), "¿Qué dice la sobre la familia?"),
    ],
)
def test_a_law_of_the_corpus_is_recognised_without_an_article(question, laws, rest):
    assert named_laws(question, NAMES) == NamedLaws(laws, "", rest)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What does the GDPR say about consent?", "GDPR"),
        ("What is a vehicle in the Clean Air Act?", "Clean Air Act"),
    ],
)
def test_a_law_that_is_not_in_the_corpus_is_told_as_it_is_written(question, name):
    assert named_laws(question, NAMES) == NamedLaws((), name, question)


def test_a_law_that_is_not_here_does_not_count_beside_one_that_is():
    assert named_laws("Does the GDPR go before the Lakes Act?", NAMES).unknown == ""


@pytest.mark.parametrize(
    "question",
    [
        "¿Qué exige la constitución de una sociedad?",  # the founding of a company
        "What does the gdpr-like rule say?",
        "How long is the season?",
    ],
)
def test_words_that_only_look_like_a_name_name_no_law(question):
    assert named_laws(question, NAMES) == NamedLaws((), "", question)
