"""What stands behind an article's number: a letter, a number after "bis", a bracket that closes; and ranges of such."""

import pytest

from index.aliases import LawNames
from index.article_numbers import NumberedArticles
from index.articles import Article
from index.references import find_references
from index.structure import article_label

NAMES = LawNames({})


def read(text):
    (reference,) = find_references(text, names=NAMES)
    return reference


@pytest.mark.parametrize(
    ("text", "number", "letter", "path"),
    [
        ("artículo 12 A", "12", "A", ()),
        ("(artículo 12 A)", "12", "A", ()),
        ("(véase el artículo 12 A), que", "12", "A", ()),
        ("(art. 12 A) de la puerta", "12", "A", ()),
        ("artículo 12 A)", "12", "", ("A",)),
        ("b) en su artículo 12 A)", "12", "", ("A",)),
        ("(artículo 12 A))", "12", "", ("A",)),
        ("(la puerta) del artículo 12 A)", "12", "", ("A",)),
        ("(artículo 12 a)", "12", "", ("a",)),
        ("(section 26C)", "26C", "", ()),
        ("(other than one mentioned in section 26E) has", "26E", "", ()),
        ("artículo 20a)", "20", "", ("a",)),
        ("artículo 129 bis 1", "129 bis", "1", ()),
        ("artículo 129 bis 12 A", "129 bis", "12 A", ()),
        ("(artículo 129 bis 12 A)", "129 bis", "12 A", ()),
        ("artículo 129 bis 12A", "129 bis", "12A", ()),
        ("artículo 129 bis.1", "129 bis", "", ("1",)),
        ("artículo 129 bis 3 días", "129 bis", "", ()),
    ],
)
def test_what_stands_behind_the_number(text, number, letter, path):
    reference = read(text)
    assert (reference.number, reference.letter, reference.path) == (number, letter, path)


def test_a_number_behind_bis_is_a_clause_where_it_is_no_part_of_the_number():
    reference = read("artículo 25 quáter 1")
    assert reference.with_letter().number == "25 quater 1"
    assert (reference.without_letter().number, reference.without_letter().path) == ("25 quater", ("1",))


LABELS = [
    "Artículo 39", "Artículo 39 A", "Artículo 39 B", "Artículo 39 C", "Artículo 39 bis", "Artículo 39 bis 1",
    "Artículo 39 bis 2", "Artículo 39 bis 2 A", "Artículo 39 ter", "Artículo 40", "Artículo 54 N", "Artículo 54 Ñ",
    "Artículo 54 O", "Artículo 41",
]  # fmt: skip
NUMBERS = NumberedArticles(
    ["L"], lambda _: [Article(label, "L", label, article_label(label)[1], article_label(label)[0]) for label in LABELS]
)


def named(text):
    return [named.article.label.removeprefix("Artículo ") for named in NUMBERS.named("L", read(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("artículo 39 bis", ["39 bis"]),
        ("artículo 39 bis 1", ["39 bis 1"]),
        ("artículo 39 bis 2 A", ["39 bis 2 A"]),
        ("artículo 54 Ñ", ["54 Ñ"]),
        ("artículos 39 A a 39 C", ["39 A", "39 B", "39 C"]),
        ("artículos 39 A al 39 C", ["39 A", "39 B", "39 C"]),
        ("ARTÍCULOS 39 A A 39 C", ["39 A", "39 B", "39 C"]),
        ("artículos 39A a 39C", ["39 A", "39 B", "39 C"]),
        ("artículos 39 B hasta el artículo 39 bis 1", ["39 B", "39 C", "39 bis", "39 bis 1"]),
        ("artículos 39 bis 1 a 39 ter", ["39 bis 1", "39 bis 2", "39 bis 2 A", "39 ter"]),
        ("artículos 54 N a 54 O", ["54 N", "54 Ñ", "54 O"]),
        ("artículos 39 ter a 40", ["39 ter", "40"]),
        ("ARTÍCULOS 40 A 41", ["40", "41"]),
        ("artículos 40 a 99", []),
        ("artículos 1 a 99999999", []),
    ],
)
def test_the_articles_named(text, expected):
    assert named(text) == expected
