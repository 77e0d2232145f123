"""A question that names an article gets that article, what the law has instead, or "which law?"."""

from datetime import date

import pytest

from index.articles import Article, ArticleKind, ArticleVersion, Law
from index.structure import article_label, parse_provisions
from retrieval.lookup import Found, Lookup, NoSuchArticle, NoSuchProvision, UnknownLaw, WhichLaw

TEXT = {
    "en": "1. The keeper shall:\n(a) lock the gate;\n(b) keep the key.\n2. The keeper may rest.",
    "es": "1. El guarda:\na) cierra la puerta;\nb) guarda la llave.\n2. El guarda puede descansar.",
    "vi": "1. Người giữ cổng có trách nhiệm:\na) Khóa cổng;\nb) Giữ chìa khóa.\n2. Người giữ cổng được nghỉ.",
}


def law(law_id, title, lang, labels, **more):
    return Law(id=law_id, title=title, lang=lang, **more), labels


SHELF = [
    law("32016R0679", "General Data Protection Regulation (GDPR)", "en", [f"Article {n}" for n in range(1, 100)],
        jurisdiction="EU"),
    law("32024R1689", "Artificial Intelligence Act (AI_ACT)", "en", [f"Article {n}" for n in range(1, 114)],
        jurisdiction="EU"),
    law("PDPA2012", "Personal Data Protection Act 2012 (Singapore)", "en",
        ["PDPA s.12(0)", "PDPA s.26C(2)", "PDPA s.26C(3)", "PDPA s.48(1)", "PDPA s.48O(1)"], jurisdiction="SG"),
    law("BOE-A-1889-4763", "Real Decreto de 24 de julio de 1889 por el que se publica el Código Civil", "es",
        [f"Artículo {n}" for n in (*range(1, 40), 823, 1823, 1902)] + ["Artículo 9 bis", "Disposición final primera"],
        jurisdiction="ES"),
    law("BOE-A-1882-6036", "Real Decreto de 14 de septiembre de 1882 por el que se aprueba la Ley de Enjuiciamiento"
        " Criminal", "es", ["Artículo 1", "Artículo 1", "Artículo 2"], jurisdiction="ES"),
    law("91/2015/QH13", "Bộ luật Dân sự 2015", "vi", [f"Điều {n}" for n in range(1, 247)], jurisdiction="VN"),
    law("45/2013/QH13", "Luật Đất đai 2013", "vi", [f"Điều {n}" for n in range(1, 213)], jurisdiction="VN"),
]  # fmt: skip


def shelf_lookup(*ids):
    """The look-up over some of the laws; all of them where none is named."""
    laws, articles, versions = {}, {}, {}
    for one, labels in SHELF:
        if ids and one.id not in ids:
            continue
        laws[one.id] = one
        articles[one.id] = []
        for place, label in enumerate(labels):
            kind, number = article_label(label)
            article = Article(f"{one.id}#{place}", one.id, label, number, kind)
            articles[one.id].append(article)
            versions[article.id] = (ArticleVersion(article.id, article.id, "", TEXT[one.lang], one.lang),)
    by_id = {version.id: version for several in versions.values() for version in several}
    return Lookup(
        laws=laws,
        articles=articles.__getitem__,
        versions=versions.__getitem__,
        provisions=lambda v: parse_provisions(by_id[v].text, lang=by_id[v].lang, version_id=v),
    )


ALL = shelf_lookup()


def places(answer):
    return [(p.article.label, p.provision.path if p.provision else ()) for p in answer.places]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What does Article 33 GDPR say?", [("Article 33", ())]),
        ("What does Article 6(1)(b) of the GDPR say?", [("Article 6", ("1", "b"))]),
        ("Show me point (a) of Article 6(1) GDPR", [("Article 6", ("1", "a"))]),
        ("Articles 12 to 14 GDPR", [("Article 12", ()), ("Article 13", ()), ("Article 14", ())]),
        ("In the GDPR, what does Article 33 say?", [("Article 33", ())]),
        ("What does Article 823 of the Código Civil say?", [("Artículo 823", ())]),
        ("artículo 1.902 CC", [("Artículo 1902", ())]),
        ("artículo 9 bis del Código Civil", [("Artículo 9 bis", ())]),
        ("artículo 9.1.b) del Código Civil", [("Artículo 9", ("1", "b"))]),
        ("artículos 8 a 10 CC", [("Artículo 8", ()), ("Artículo 9", ()), ("Artículo 10", ()), ("Artículo 9 bis", ())]),
        ("disposición final 1.ª del Código Civil", [("Disposición final primera", ())]),
        ("Điều 174 BLDS 2015 quy định gì?", [("Điều 174", ())]),
        ("điểm b khoản 1 Điều 174 Bộ luật Dân sự", [("Điều 174", ("1", "b"))]),
        ("dieu mot tram bay muoi tu bo luat dan su", [("Điều 174", ())]),
        ("section 26C(3)(a) PDPA", None),
        ("section 26C of the PDPA", [("PDPA s.26C(2)", ()), ("PDPA s.26C(3)", ())]),
        ("s.12 PDPA", [("PDPA s.12(0)", ())]),
        ("section 48(1) PDPA", [("PDPA s.48(1)", ())]),
        ("What does section 26C(3) say?", [("PDPA s.26C(3)", ())]),
    ],
)
def test_the_exact_provision(question, expected):
    answer = ALL.look_up(question)
    if expected is None:  # the row of a subsection numbers its clauses in its own text
        assert isinstance(answer.results[0], NoSuchProvision)
    else:
        assert places(answer) == expected


def test_a_number_that_the_law_repeats_gives_every_article_that_bears_it():
    assert [p.article.id for p in ALL.look_up("artículo 1 LECrim").places] == ["BOE-A-1882-6036#0", "BOE-A-1882-6036#1"]


@pytest.mark.parametrize(
    ("question", "law_id", "valid"),
    [
        ("What does Article 999 GDPR say?", "32016R0679", "1-99"),
        ("Điều 999 BLDS 2015", "91/2015/QH13", "1-246"),
        ("artículo 1824 CC", "BOE-A-1889-4763", "1-39, 823, 1823, 1902"),
        ("Annex III of the AI Act", "32024R1689", ""),
        ("section 99 PDPA", "PDPA2012", "12, 26, 48"),
    ],
)
def test_a_missing_article_names_what_the_law_has(question, law_id, valid):
    (result,) = ALL.look_up(question).results
    assert isinstance(result, NoSuchArticle)
    assert (result.law.id, result.valid) == (law_id, valid)


@pytest.mark.parametrize(
    ("question", "valid"),
    [("Article 6(9) GDPR", ("1", "2")), ("Article 6(1)(z) GDPR", ("a", "b")), ("khoản 7 Điều 5 BLDS", ("1", "2"))],
)
def test_a_missing_clause_names_those_that_exist(question, valid):
    (result,) = ALL.look_up(question).results
    assert isinstance(result, NoSuchProvision)
    assert result.valid == valid
    assert len(result.places) == 1


def test_without_a_law_the_only_one_of_its_language_that_has_such_an_article_is_meant():
    (result,) = ALL.look_up("What does Article 105 say?").results
    assert isinstance(result, Found)
    assert [place.law.id for place in result.places] == ["32024R1689"]


def test_without_a_law_the_question_goes_back_with_the_laws_that_have_such_an_article():
    (result,) = ALL.look_up("What does Article 9 say?").results
    assert isinstance(result, WhichLaw)
    assert [candidate.id for candidate in result.candidates] == ["32016R0679", "32024R1689"]
    (result,) = ALL.look_up("Điều 174 quy định gì?").results
    assert [candidate.id for candidate in result.candidates] == ["91/2015/QH13", "45/2013/QH13"]


def test_candidates_of_another_language_stand_in_where_none_has_it():
    (result,) = ALL.look_up("What does Article 200 say?").results
    assert [candidate.id for candidate in result.candidates] == ["91/2015/QH13", "45/2013/QH13"]


def test_the_only_law_there_is_needs_no_name():
    assert places(shelf_lookup("91/2015/QH13").look_up("Điều 174 quy định gì?")) == [("Điều 174", ())]


def test_the_askers_jurisdiction_bounds_the_unnamed_law():
    (result,) = ALL.look_up("Article 33", allowed=lambda one: one.jurisdiction == "VN").results
    assert [candidate.id for candidate in result.candidates] == ["91/2015/QH13", "45/2013/QH13"]


@pytest.mark.parametrize(
    "question",
    ["And Article 34 of the same law?", "What about Article 34?", "Và Điều 34 của luật này?", "¿Y el artículo 34?"],
)
def test_the_turn_before_says_which_law(question):
    (place,) = ALL.look_up(question, previous_law="45/2013/QH13").places
    assert (place.law.id, place.article.label) == ("45/2013/QH13", "Điều 34")


def test_a_name_in_the_question_outweighs_the_turn_before():
    (place,) = ALL.look_up("Article 34 GDPR?", previous_law="45/2013/QH13").places
    assert place.law.id == "32016R0679"


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What does Article 33 of the UK GDPR say?", "UK GDPR"),
        ("Article 16 TFEU", "TFEU"),
        ("In the Clean Air Act, what does Article 5 say?", "Clean Air Act"),
        ("Điều 5 Luật Đất đai 2024", "Luật Đất đai 2024"),
    ],
)
def test_a_law_that_is_not_here_is_said_to_be_missing(question, name):
    (result,) = ALL.look_up(question).results
    assert isinstance(result, UnknownLaw)
    assert result.name == name


@pytest.mark.parametrize(
    "question",
    [
        "I am 33 and was fined 174 euros. What can I do?",
        "Điều nào sau đây đúng về tên gọi của pháp nhân?",
        "Vay 20 triệu đồng với khoản lãi 5 triệu có hợp pháp không?",
        "¿Qué plazo tengo para recurrir una multa de 200 euros?",
        "What does the GDPR say about consent?",
        "¿Cuántos artículos tiene la Ley 39/2015?",
        "What do paragraph 1 and point (b) mean in a contract?",
        "What does Section 2 of Chapter III of the AI Act cover?",
        "",
    ],
)
def test_a_question_that_names_no_article_is_none(question):
    assert ALL.look_up(question) is None


@pytest.mark.parametrize(
    ("question", "pure"),
    [
        ("What does Article 33 GDPR say?", True),
        ("Article 6(1)(b) GDPR", True),
        ("Show me the text of Article 5 of the GDPR, please", True),
        ("Điều 33 BLDS 2015 quy định gì?", True),
        ("Cho tôi xem nội dung khoản 1 Điều 33 Bộ luật Dân sự", True),
        ("¿Qué dice el artículo 9 del Código Civil?", True),
        ("Does Article 6 GDPR allow marketing?", False),
        ("What does Article 6 GDPR say about consent?", False),
        ("Tôi bị phạt theo Điều 174 BLDS, kháng cáo thế nào?", False),
        ("¿Qué multa prevé el artículo 9 del Código Civil para menores?", False),
    ],
)
def test_pure_look_ups_are_told_from_questions_about_an_article(question, pure):
    assert ALL.look_up(question).pure is pure


def test_several_references_are_answered_one_by_one():
    answer = ALL.look_up("Compare Article 5 GDPR, Article 999 GDPR and Điều 5 BLDS")
    assert [type(result) for result in answer.results] == [Found, NoSuchArticle, Found]
    assert [place.law.id for place in answer.places] == ["32016R0679", "91/2015/QH13"]


def test_the_version_that_speaks_is_the_callers_choice():
    article = Article("l#1", "l", "Article 1", "1", ArticleKind.ARTICLE)
    old = ArticleVersion("l#1@2000-01-01", "l#1", "", "Old.", "en", date(2000, 1, 1), date(2010, 1, 1))
    new = ArticleVersion("l#1@2010-01-01", "l#1", "", "New.", "en", date(2010, 1, 1))
    lookup = Lookup(
        laws={"l": Law(id="l", title="Gate Act", lang="en")},
        articles=lambda _: (article,),
        versions=lambda _: (old, new),
        provisions=lambda _: (),
    )
    question = "Article 1 of the Gate Act"
    assert lookup.look_up(question).places[0].version is new
    assert lookup.look_up(question, speaking=lambda _: old).places[0].version is old
    (result,) = lookup.look_up(question, speaking=lambda _: None).results
    assert isinstance(result, NoSuchArticle)


def test_the_same_number_means_the_law_that_was_named_last_before_it():
    answer = ALL.look_up("The GDPR is strict; see Article 5. The BLDS is older; see Article 5.")
    assert [place.law.id for place in answer.places] == ["32016R0679", "91/2015/QH13"]
