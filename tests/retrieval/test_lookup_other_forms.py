"""References without a word for an article, recitals, schedules counted in words, "sección", ranges beyond a law."""

import pytest

from index.aliases import LawNames
from index.articles import Article, ArticleVersion, Law
from index.reference_format import in_full
from index.references import find_references
from index.structure import article_label
from retrieval.lookup import Found, Lookup, NoSuchArticle, WhichLaw

SHELF = {
    "32016R0679": ("General Data Protection Regulation (GDPR)", "en", [f"Article {n}" for n in range(1, 100)]),
    "BOE-A-1978-31229": ("Constitución Española", "es", [f"Artículo {n}" for n in range(1, 170)]),
    "91/2015/QH13": ("Bộ luật Dân sự 2015", "vi", [f"Điều {n}" for n in range(1, 690)]),
    "PDPA2012": ("Personal Data Protection Act 2012 (Singapore)", "en",
                 ["Section 26", "Section 26C", "First Schedule", "Second Schedule"]),
}  # fmt: skip


LAWS = {law: Law(id=law, title=title, lang=lang) for law, (title, lang, _) in SHELF.items()}


def shelf(*ids):
    laws = {law: LAWS[law] for law in ids or SHELF}
    articles = {
        law: [Article(f"{law}#{label}", law, label, article_label(label)[1], article_label(label)[0])
              for label in SHELF[law][2]]
        for law in laws
    }  # fmt: skip
    return Lookup(
        laws=laws,
        articles=articles.__getitem__,
        versions=lambda a: (ArticleVersion(a, a, "", "The keeper locks the gate.", "en"),),
        provisions=lambda _: (),
    )


ALL = shelf()


def labels(question, lookup=ALL):
    answer = lookup.look_up(question)
    return None if answer is None else [place.article.label for place in answer.places]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("GDPR 33", ["Article 33"]),
        ("What does GDPR 33 say?", ["Article 33"]),
        ("GDPR 33 and 34", ["Article 33", "Article 34"]),
        ("GDPR 12-14", ["Article 12", "Article 13", "Article 14"]),
        ("CE 18", ["Artículo 18"]),
        ("¿Qué dice la CE 18?", ["Artículo 18"]),
        ("BLDS 174 quy định gì?", ["Điều 174"]),
        ("BLDS 174", ["Điều 174"]),
    ],
)
def test_an_abbreviation_and_a_number_are_an_article(question, expected):
    assert labels(question) == expected
    assert ALL.look_up(question).pure


@pytest.mark.parametrize(
    "question",
    [
        "GDPR 7 principles", "What are the GDPR 72 hours?", "GDPR 2016/679", "GDPR 2018", "GDPR 2.0", "PDPA 2012",
        "BLDS 2015", "Directiva 95/46/CE 5", "CE 28013", "Under GDPR 20 million euros are the limit", "gdpr 33%",
        "el ce 5", "GDPR: 33 questions", "the GDPR, 33",
    ],
)  # fmt: skip
def test_a_number_behind_an_abbreviation_that_counts_something_is_none(question):
    assert ALL.look_up(question) is None


def test_texts_of_law_are_not_read_so():
    assert find_references("See GDPR 33.", names=LawNames(LAWS)) == ()


def missing(question):
    (result,) = ALL.look_up(question).results
    assert isinstance(result, NoSuchArticle)
    return result.law.id, result.valid


@pytest.mark.parametrize(
    "question",
    ["recital 26 GDPR", "What does Recital 26 of the GDPR say?", "considerando 26 del RGPD", "GDPR recital 26"],
)
def test_a_recital_is_no_article(question):
    assert missing(question) == ("32016R0679", "")
    assert labels(question) == []


def test_a_recital_of_no_named_law_is_nowhere():
    (result,) = ALL.look_up("What does recital 26 say?").results
    assert isinstance(result, WhichLaw)
    assert result.candidates == ()


def test_what_spanish_weighs_is_no_recital():
    assert ALL.look_up("considerando 3 opciones, ¿qué dice la ley?") is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("the Second Schedule of the PDPA", ["Second Schedule"]),
        ("What does the second schedule of the PDPA say?", ["Second Schedule"]),
        ("What does the 2nd Schedule of the PDPA say?", ["Second Schedule"]),
        ("Schedule 2 of the PDPA", ["Second Schedule"]),
        ("section 26 and the First Schedule of the PDPA", ["Section 26", "First Schedule"]),
        ("the First or Second Schedules of the PDPA", ["First Schedule", "Second Schedule"]),
        ("the First, the Second and Tenth Schedules of the PDPA", ["First Schedule", "Second Schedule"]),
        ("What is the second schedule for payments?", None),
        ("the first or second hearing", None),
    ],
)
def test_schedules_counted_in_words(question, expected):
    assert labels(question) == expected


def test_a_schedule_that_the_law_has_not():
    assert missing("the Third Schedule of the PDPA") == ("PDPA2012", "1-2")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("¿Qué dice la sección 26 C de la PDPA?", ["Section 26C"]),
        ("sección 26C PDPA", ["Section 26C"]),
        ("la sección 26 de la PDPA", ["Section 26"]),
        ("la sección 2 de la Constitución", None),
        ("la sección 2.ª del capítulo III de la PDPA", None),
        ("la sección 26 del capítulo III de la PDPA", None),
        ("la sección 26 del contrato", None),
    ],
)
def test_a_spanish_section_is_an_article_of_a_law_that_is_divided_into_sections(question, expected):
    assert labels(question) == expected


def test_of_a_corpus_of_sections_alone_the_section_needs_no_law():
    assert labels("¿Qué dice la sección 26 C?", shelf("PDPA2012")) == ["Section 26C"]


@pytest.mark.parametrize(
    "question",
    ["Articles 1 to 99999999 GDPR", "Article 99999999 GDPR", "Articles 95 to 120 of the GDPR", "GDPR 90-200"],
)
def test_what_lies_beyond_the_law_is_said_with_what_the_law_has(question):
    assert missing(question) == ("32016R0679", "1-99")


def test_a_range_that_ends_with_the_law_is_found():
    assert isinstance(ALL.look_up("Articles 97 to 99 GDPR").results[0], Found)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Articles 33 and 100 GDPR", ["Article 33", "Article 100"]),
        ("artículos 18 y 200 CE", ["artículo 18", "artículo 200"]),
        ("Article 6(1)(a) and (b) GDPR", ["Article 6(1)(a)", "Article 6(1)(b)"]),
        ("GDPR 33 and 100", ["GDPR 33", "Article 100"]),
        ("Điều 5, 6 và 700 BLDS", ["Điều 5", "Điều 6", "Điều 700"]),
    ],
)
def test_a_member_of_a_list_is_named_with_the_word_of_the_list(question, names):
    asked = [result.reference for result in ALL.look_up(question).results]
    assert [in_full(question[r.start : r.end], word=r.word, number=r.number, path=r.path) for r in asked] == names
