"""Classes and figures of citations, worked by hand."""

import pytest

from generation.citation_report import score_json, table
from generation.citation_scoring import (
    Address,
    CitationClass,
    Cited,
    Counts,
    JudgedAnswer,
    Level,
    Reading,
    classify,
    counts,
    score,
)
from index.articles import ArticleKind


def at(*parts, law="a", kind=ArticleKind.ARTICLE, headings=()):
    return Address(law, kind, headings, parts)


def cited(*addresses, reading=Reading.FOUND, written="x"):
    return Cited(written, reading, addresses)


def answer(cited_, gold, name="1"):
    return JudgedAnswer(name, "", tuple(cited_), tuple(gold))


@pytest.mark.parametrize(
    ("gold", "own", "expected"),
    [
        (at("5", "1"), at("5", "1"), "exact"),
        (at("5", "1", "a"), at("5"), "parent"),
        (at("5", "1", "a"), at("5", "1"), "parent"),
        (at("5"), at("5", "1"), "child"),
        (at("5", "1"), at("5", "1", "a", "i"), "child"),
        (at("5", "1"), at("5", "2"), "sibling"),
        (at("5", "1", "a"), at("5", "2", "a"), "sibling"),
        (at("5", "1"), at("6", "1"), "wrong_article"),
        (at("5", "1"), at("5", "1", kind=ArticleKind.ANNEX), "wrong_article"),
        (at("5", headings=("I",)), at("5", headings=("II",)), "wrong_article"),
        (at("5", "1"), at("5", "1", law="b"), "wrong_law"),
    ],
)
def test_the_class_follows_from_the_two_places(gold, own, expected):
    assert classify(cited(own), [cited(gold)]) == expected


def test_of_several_gold_provisions_the_mildest_class_counts():
    gold = [cited(at("9", law="b")), cited(at("5", "1")), cited(at("7"))]
    assert classify(cited(at("5", "2")), gold) is CitationClass.SIBLING
    assert classify(cited(at("8", law="b")), gold) is CitationClass.WRONG_ARTICLE


def test_of_several_articles_of_one_number_the_mildest_class_counts():
    both = cited(at("5", headings=("I",)), at("5", headings=("II",)))
    assert classify(both, [cited(at("5", headings=("II",)))]) is CitationClass.EXACT


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (Reading.NO_SUCH_ARTICLE, "nonexistent"),
        (Reading.NO_SUCH_PROVISION, "nonexistent"),
        (Reading.AMBIGUOUS, "ambiguous"),
        (Reading.UNREADABLE, "unreadable"),
        (Reading.LAW_NOT_HERE, "wrong_law"),
    ],
)
def test_what_was_not_found_has_the_class_of_its_reason(reading, expected):
    assert classify(cited(reading=reading), [cited(at("5"))]) == expected


def test_what_the_corpus_lacks_is_no_invention_but_another_article_or_law():
    lacking = cited(at("5"), reading=Reading.NOT_IN_CORPUS)
    assert classify(lacking, [cited(at("6"))]) is CitationClass.WRONG_ARTICLE
    assert classify(lacking, [cited(at("6", law="b"))]) is CitationClass.WRONG_LAW


def test_where_nothing_should_be_cited_a_real_citation_is_uncalled_for():
    assert classify(cited(at("5")), []) is CitationClass.UNCALLED_FOR
    assert classify(cited(reading=Reading.LAW_NOT_HERE), []) is CitationClass.UNCALLED_FOR
    assert classify(cited(reading=Reading.NO_SUCH_ARTICLE), []) is CitationClass.NONEXISTENT


def test_levels_cut_both_sides_and_count_each_provision_once():
    one = answer([cited(at("5", "1", "a")), cited(at("5", "2")), cited(at("6"))], [cited(at("5", "1", "b"))])
    assert counts(one, Level.CITATION) == Counts(0, 3, 0, 1)
    assert counts(one, Level.ARTICLE) == Counts(1, 2, 1, 1)
    assert counts(one, Level.CLAUSE) == Counts(1, 3, 1, 1)
    assert counts(one, Level.POINT) == Counts(0, 3, 0, 1)


def test_a_level_says_nothing_of_answers_whose_gold_does_not_go_so_deep():
    whole = answer([cited(at("5", "1"))], [cited(at("5"))])
    assert counts(whole, Level.CLAUSE) is None
    assert counts(answer([], [cited(at("5", "1"))]), Level.POINT) is None
    assert counts(answer([cited(at("5"))], []), Level.ARTICLE) == Counts(0, 1, 0, 0)


def test_an_invented_clause_is_right_at_the_level_of_articles_alone():
    invented = cited(at("5", "9"), reading=Reading.NO_SUCH_PROVISION)
    one = answer([invented], [cited(at("5", "1"))])
    assert counts(one, Level.ARTICLE) == Counts(1, 1, 1, 1)
    assert counts(one, Level.CLAUSE) == Counts(0, 1, 0, 1)


def test_unreadable_citations_lower_precision_each():
    unread = [cited(reading=Reading.UNREADABLE, written=text) for text in ("the law", "The  law", "a rule")]
    assert counts(answer([cited(at("5")), *unread], [cited(at("5"))]), Level.CITATION) == Counts(1, 3, 1, 1)


def test_micro_is_over_provisions_and_macro_over_answers_with_gold():
    """P = 2/5, R = 2/3 over all; per answer (1/3, 1/2, 2/5), (1, 1, 1); the third has no gold and cites one."""
    made = score(
        [
            answer([cited(at("1")), cited(at("2")), cited(at("3"))], [cited(at("1")), cited(at("9"))], "1"),
            answer([cited(at("4"))], [cited(at("4"))], "2"),
            answer([cited(at("4"))], [], "3"),
        ]
    )
    level = made.levels[0]
    assert (level.level, level.answers, level.with_gold) == (Level.CITATION, 3, 2)
    assert [one.value for one in (level.micro.precision, level.micro.recall, level.micro.f1)] == pytest.approx(
        [0.4, 2 / 3, 0.5]
    )
    assert [one.value for one in (level.macro.precision, level.macro.recall, level.macro.f1)] == pytest.approx(
        [2 / 3, 0.75, 0.7]
    )
    assert (made.answers, made.silent, made.without_gold, made.citations) == (3, 0, 1, 5)
    assert {one.value: n for one, n in made.classes if n} == {"exact": 2, "wrong_article": 2, "uncalled_for": 1}
    assert [one.level for one in made.levels] == [Level.CITATION, Level.ARTICLE]


def test_the_interval_of_the_micro_mean_has_the_width_that_theory_gives():
    """Of 400 answers with one citation each, a quarter right: 1.96 sqrt(.25 * .75 / 400) = .0424 on either side."""
    rows = [answer([cited(at(str(n)))], [cited(at(str(n) if n % 4 == 0 else "x"))], str(n)) for n in range(400)]
    found = score(rows).levels[0].micro.precision
    assert (found.value, found.low, found.high) == pytest.approx((0.25, 0.2076, 0.2924), abs=0.005)


def test_answers_without_any_citation_or_gold_have_zeroes_and_no_macro():
    made = score([answer([], [])])
    level = made.levels[0]
    assert (level.micro.precision.value, level.micro.f1.high, level.macro) == (0.0, 0.0, None)
    assert score_json(made)["levels"]["citation"]["macro"] is None
    assert "| exact         | 0         | -     |" in table(made)
