import asyncio
from dataclasses import replace

import pytest

from generation.answer import Outcome, Turn
from index.errors import CorpusError
from retrieval.search import Filters
from tests import small_law
from tests.fakes import ScriptedLLM


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    return small_law.small_engine(small_law.build(tmp_path_factory.mktemp("law"))).assistant


def ask(assistant, question, **options):
    return asyncio.run(assistant.ask(question, **options))


def quotes(answer):
    return [(citation.provision, citation.quote) for citation in answer.citations]


def test_a_named_clause_is_quoted_whole_and_nothing_else(assistant):
    answer = ask(assistant, "What does Article 7(2) of the Tenancy Act 2001 say?")
    assert answer.outcome is Outcome.ANSWERED
    assert quotes(answer) == [("Article 7(2)", "After that day the deposit bears interest of 5 % a year.")]
    assert [hit.article.id for hit in answer.hits] == ["tenancy#a7"]


def test_a_named_point_stands_behind_what_introduces_it(assistant):
    answer = ask(assistant, "Tenancy Act 2001, Article 8(2)(b)")
    assert quotes(answer) == [
        ("Article 8(2)", "The landlord must give reasons:"),
        ("Article 8(2)(b)", "rent unpaid for 3 months."),
    ]


def test_a_named_article_is_quoted_clause_by_clause(assistant):
    answer = ask(assistant, "¿Qué dice el artículo 7 de la Ley de Arriendos?")
    assert [provision for provision, _ in quotes(answer)] == ["Artículo 7.1", "Artículo 7.2"]


@pytest.mark.parametrize(
    ("question", "outcome", "said"),
    [
        (
            "What does Article 99 of the Tenancy Act 2001 say?",
            Outcome.ARTICLE_DOES_NOT_EXIST,
            "There is no Article 99 in Tenancy Act 2001: it has 7-8.",
        ),
        (
            "What do Articles 7 to 99999999 of the Tenancy Act 2001 say?",
            Outcome.ARTICLE_DOES_NOT_EXIST,
            "There is no Article 99999999 in Tenancy Act 2001: it has 7-8.",
        ),
        (
            "What do Articles 88 and 99 of the Tenancy Act 2001 say?",
            Outcome.ARTICLE_DOES_NOT_EXIST,
            "There is no Article 88 in Tenancy Act 2001: it has 7-8.",
        ),
        (
            "What does recital 26 of the Tenancy Act 2001 say?",
            Outcome.ARTICLE_DOES_NOT_EXIST,
            "This index has no recital 26 of Tenancy Act 2001.",
        ),
        (
            "What does Article 7(9) of the Tenancy Act 2001 say?",
            Outcome.ARTICLE_DOES_NOT_EXIST,
            "There is no Article 7(9) in Tenancy Act 2001: Article 7 has 1, 2.",
        ),
        (
            "What does Article 5 of the Clean Air Act say?",
            Outcome.OUT_OF_CORPUS,
            "This index has no law called “Clean Air Act”.",
        ),
    ],
)
def test_what_does_not_exist_is_said_with_what_there_is(assistant, question, outcome, said):
    answer = ask(assistant, question)
    assert (answer.outcome, answer.message, answer.sentences) == (outcome, said, ())


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "What do Articles 7(2) and 99 of the Tenancy Act 2001 say?",
            "There is no Article 99 in Tenancy Act 2001: it has 7-8.",
        ),
        (
            "Article 88, Article 7 paragraph 2 and Article 99 of the Tenancy Act 2001",
            "There is no Article 88 in Tenancy Act 2001: it has 7-8. "
            "There is no Article 99 in Tenancy Act 2001: it has 7-8.",
        ),
        (
            "What do Article 7(2) of the Tenancy Act 2001 and Article 5 of the Clean Air Act say?",
            "This index has no law called “Clean Air Act”.",
        ),
    ],
)
def test_of_several_that_are_asked_for_what_there_is_is_quoted_and_what_is_not_is_said(assistant, question, said):
    answer = ask(assistant, question)
    assert (answer.outcome, answer.message) == (Outcome.ANSWERED, said)
    assert quotes(answer) == [("Article 7(2)", "After that day the deposit bears interest of 5 % a year.")]


def test_a_question_about_an_article_that_does_not_exist_is_not_answered_from_another(assistant):
    answer = ask(assistant, "Which deposit of Article 7 does Article 99 of the Tenancy Act 2001 forbid to ask for?")
    assert (answer.outcome, answer.sentences) == (Outcome.ARTICLE_DOES_NOT_EXIST, ())


def test_without_a_law_the_question_is_which_one(tmp_path):
    twice = [
        *small_law.ARTICLES,
        ("labour", "Labour Code", "XX", "en", "Article 7", "Wages", "Wages are paid monthly."),
    ]
    assistant = small_law.small_engine(small_law.build(tmp_path, twice)).assistant
    answer = ask(assistant, "What does Article 7 say?")
    assert answer.outcome is Outcome.NEEDS_FACTS
    assert answer.message == "Which law do you mean? Article 7 is in: Tenancy Act 2001; Labour Code."
    assert answer.sentences == ()


def test_a_law_that_may_not_answer_does_not_exist_even_by_name(assistant):
    foreign = Filters(jurisdictions=frozenset({"YY"}))
    answer = ask(assistant, "What does Article 7 of the Tenancy Act 2001 say?", filters=foreign)
    assert "tenancy" not in {citation.law_id for citation in answer.citations}
    assert "tenancy" not in {hit.law.id for hit in answer.hits}


def test_a_question_about_a_named_article_searches_with_that_article_first(assistant):
    answer = ask(assistant, "Under Article 8 of the Tenancy Act 2001, when is the deposit returned by the landlord?")
    assert answer.hits[0].article.id == "tenancy#a8"
    assert "tenancy#a7" in [hit.article.id for hit in answer.hits]
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))


REGISTERS = (
    ("boats", "Boats Act", "XX", "en", "Article 3", "Names", "1. A boat has a name.\n2. The name is painted on it."),
    ("boats", "Boats Act", "XX", "en", "Article 4", "Ports", "1. A boat has a port.\n2. The port is near a lake."),
    (
        "boats",
        "Boats Act",
        "XX",
        "en",
        "Article 5",
        "Article 3 and Article 4 of the Boats Act compared with the weather",
        "1. Where Articles 3 and 4 Boats Act are compared, Article 3 Boats Act goes before Article 4 Boats Act.",
    ),
)


@pytest.mark.parametrize(
    ("question", "cited"),
    [
        ("Compare articles 3 and 4 Boats Act", {"boats#a3", "boats#a4"}),
        ("weather in Article 3 Boats Act", {"boats#a3"}),
        ("Compare Article 3(2) with Article 4(1) Boats Act", {"boats#a3", "boats#a4"}),
    ],
)
def test_the_articles_that_a_question_names_are_quoted_and_none_that_only_mentions_them(tmp_path, question, cited):
    answer = ask(small_law.small_engine(small_law.build(tmp_path, REGISTERS)).assistant, question)
    assert "boats#a5" in {hit.article.id for hit in answer.hits}  # found, and full of the question's words
    assert {citation.article_id for citation in answer.citations} == cited


def test_of_an_article_named_with_its_clause_that_clause_is_quoted(tmp_path):
    engine = small_law.small_engine(small_law.build(tmp_path, REGISTERS))
    answer = ask(engine.assistant, "Compare Article 3(2) with Article 4(1) Boats Act")
    assert [provision for provision, _ in quotes(answer)] == ["Article 3(2)", "Article 4(1)"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("When does the landlord return the deposit?", "No law in this index passes the filters that were set"),
        ("What does Article 7 of the Tenancy Act 2001 say?", "No law in this index passes the filters that were set"),
        ("¿Cuándo devuelve la fianza el arrendador?", "Ninguna ley de este índice cumple los filtros elegidos"),
        ("Khi nào bên cho thuê trả lại tiền đặt cọc?", "Không văn bản luật nào trong chỉ mục này phù hợp"),
    ],
)
@pytest.mark.parametrize("filters", [Filters(langs=frozenset({"fr"})), Filters(jurisdictions=frozenset({"CL"}))])
def test_where_no_law_passes_the_filters_that_is_said_and_not_that_the_law_is_silent(
    assistant, question, said, filters
):
    answer = ask(assistant, question, filters=filters)
    assert (answer.outcome, answer.hits, answer.sentences) == (Outcome.OUT_OF_CORPUS, (), ())
    assert answer.message.startswith(said)


def test_a_follow_up_that_names_only_a_number_means_the_law_before(assistant):
    before = "What does Article 7 of the Tenancy Act 2001 say?"
    answer = ask(assistant, "And Article 8?", turns=[Turn(before, before, "A deposit ...")])
    assert answer.outcome is Outcome.ANSWERED
    assert {citation.article_id for citation in answer.citations} == {"tenancy#a8"}


def test_no_model_is_asked_for_what_can_be_looked_up(tmp_path):
    llm = ScriptedLLM("Something else [1].")
    engine = small_law.small_engine(small_law.build(tmp_path), llm)
    answer = ask(engine.assistant, "What does Article 7(1) of the Tenancy Act 2001 say?")
    assert llm.prompts == []
    assert quotes(answer)[0][0] == "Article 7(1)"


def test_a_file_of_further_names_is_understood_and_a_broken_one_is_refused_at_once(tmp_path):
    names = tmp_path / "names.toml"
    names.write_text('[[law]]\nid = "tenancy"\nabbreviations = ["RENTA"]\n')
    settings = replace(small_law.build(tmp_path), aliases=str(names))
    answer = ask(small_law.small_engine(settings).assistant, "What does Article 7(2) RENTA say?")
    assert {citation.law_id for citation in answer.citations} == {"tenancy"}
    names.write_text("[[law]\n")
    with pytest.raises(CorpusError, match=r"names\.toml"):
        small_law.small_engine(settings)
