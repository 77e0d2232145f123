"""An article is found by its number however its letter is spaced."""

import pytest

from app.commands import LookUpError, find_articles
from index.articles import Article, Law

LABELS = {"39": "Artículo 39", "39 A": "Artículo 39 A", "26C": "Section 26C", "9 bis": "Artículo 9 bis"}


class Shelf:
    """One law, as `find_articles` asks a release for it."""

    laws = {"ISLA": Law("ISLA", "Ley de la Isla", "es")}  # noqa: RUF012 - never written

    def articles(self, law):
        return tuple(Article(f"{law}#{number}", law, label, number) for number, label in LABELS.items())


@pytest.mark.parametrize(
    ("asked", "number"),
    [("39", "39"), ("39A", "39 A"), ("39 A", "39 A"), ("39 a", "39 A"), ("Artículo 39 A", "39 A"), ("26C", "26C"),
     ("26 C", "26C"), ("9bis", "9 bis"), ("9 bis", "9 bis"), ("ISLA#39 A", "39 A")],
)  # fmt: skip
def test_a_number_is_found_with_and_without_the_space(asked, number):
    assert [one.number for one in find_articles(Shelf(), "ISLA", asked)] == [number]


def test_a_letter_that_the_law_has_not_is_not_dropped():
    with pytest.raises(LookUpError, match="has no article 39 B"):
        find_articles(Shelf(), "ISLA", "39 B")


def test_a_clause_is_not_called_an_article_that_does_not_exist():
    with pytest.raises(LookUpError, match=r"39\(2\) is a part of article 39 of Ley de la Isla.*: give 39,"):
        find_articles(Shelf(), "ISLA", "39(2)")
    with pytest.raises(LookUpError, match=r"has no article 40\(2\)"):
        find_articles(Shelf(), "ISLA", "40(2)")
