from generation.evidence import cite, extracts
from index.articles import Provision, ProvisionKind
from tests.generation_samples import FISHING, Shelf, hit


def cut(text, *, limit=1500, lang="en"):
    found = hit(text, lang=lang)
    return extracts(found, Shelf((found,)).provisions(found.version.id), limit=limit)


def test_each_clause_is_one_stretch_without_its_number():
    assert [(e.path, e.text) for e in cut(FISHING)] == [
        (("1",), "The holder of a permit may fish from 5 boats at most."),
        (
            ("2",),
            "The holder shall report every accident to the lake office within 48 hours. The report is free of charge.",
        ),
        (
            ("3",),
            "The report shall name:\n(a) the place of the accident;\n(b) the number of persons hurt.",
        ),
    ]


def test_offsets_give_back_the_text():
    for extract in cut(FISHING, limit=10):
        assert FISHING[extract.start : extract.end] == extract.text


def test_a_clause_over_the_limit_is_cut_at_its_points_and_each_carries_the_introduction():
    points = [e for e in cut(FISHING, limit=60) if e.path[0] == "3"]
    assert [(e.path, e.text) for e in points] == [
        (("3", "a"), "the place of the accident;"),
        (("3", "b"), "the number of persons hurt."),
    ]
    assert {e.introduction.text for e in points} == {"The report shall name:"}
    assert {e.introduction.path for e in points} == {("3",)}


def test_the_paragraph_that_opens_an_articles_list_introduces_its_points_and_never_stands_alone():
    text = "The office may in no case:\n(a) sell the lake;\n(b) close the shore.\nAppeals go to the court."
    assert [(e.path, e.text, e.introduction and e.introduction.text) for e in cut(text)] == [
        (("a",), "sell the lake;", "The office may in no case:"),
        (("b",), "close the shore.", "The office may in no case:"),
        ((), "Appeals go to the court.", None),
    ]


def test_each_of_two_lists_in_an_article_has_its_own_introduction():
    text = "A boat means —\n(a) a rowing boat;\n(b) a raft;\nA permit means —\n(a) a paper;\n(b) a badge."
    assert [(e.text, e.introduction and e.introduction.text) for e in cut(text)] == [
        ("a rowing boat;", "A boat means —"),
        ("a raft;", "A boat means —"),
        ("a paper;", "A permit means —"),
        ("a badge.", "A permit means —"),
    ]


def test_words_that_go_on_behind_a_list_stand_behind_what_opened_it():
    text = "The fee payable —\n(a) for a boat; and\n(b) for a raft,\nmust not exceed 5 crowns."
    last = cut(text)[-1]
    assert (last.path, last.text) == ((), "must not exceed 5 crowns.")
    assert last.introduction.text == "The fee payable —"


def test_a_paragraph_that_ends_in_a_colon_before_no_list_is_kept():
    assert [e.text for e in cut("The lake is public.\nIts colours are:")] == ["The lake is public.", "Its colours are:"]


def test_no_word_is_lost_whatever_the_limit():
    text = "Before the clauses.\n1. One:\n(a) first;\n(b) second.\nAfter the points.\n2. Two."
    for limit in (1, 20, 1500):
        stretches = cut(text, limit=limit)
        said = " ".join([e.text for e in stretches] + [e.introduction.text for e in stretches if e.introduction])
        for word in ("Before", "One", "first", "second", "After", "Two"):
            assert word in said, (limit, word)


def test_an_article_without_clauses_is_cut_at_its_paragraphs():
    assert [(e.path, e.text) for e in cut("The lake is public.\nIts shore is public.")] == [
        ((), "The lake is public."),
        ((), "Its shore is public."),
    ]


def test_text_outside_every_provision_is_kept_with_the_article_itself():
    text = "Purpose of this article\n1. Boats need a permit."
    found = hit(text)
    clause = Provision(found.version.id, ProvisionKind.CLAUSE, ("1",), text.index("1."), len(text))
    assert [(e.path, e.text) for e in extracts(found, (clause,))] == [
        ((), "Purpose of this article"),
        (("1",), "Boats need a permit."),
    ]


def test_citation_names_clause_and_point_and_quotes_by_offsets():
    extract = cut(FISHING, limit=60)[-1]
    citation = cite(extract, 4)
    assert citation.number == 4
    assert citation.provision == "Article 7(3)(b)"
    assert citation.article == "Article 7"
    assert citation.law == "Lakes Act"
    assert citation.quote == FISHING[citation.start : citation.end] == "the number of persons hurt."


def test_citation_is_written_as_the_language_of_the_law_writes_it():
    spanish = cut("1. Uno.\n2. El aviso es gratuito.", lang="es")[1]
    vietnamese = cut("1. Một.\n2. Việc báo là miễn phí.", lang="vi")[1]
    assert cite(spanish, 1).provision == "Artículo 7.2"
    assert cite(vietnamese, 1).provision == "Khoản 2 Điều 7"
