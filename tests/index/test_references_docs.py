"""The examples in docs/references.md do what the page says."""

import re
from pathlib import Path

import pytest

from index.aliases import LawNames
from index.articles import Law
from index.references import LawLink, find_references

PAGE = (Path(__file__).parents[2] / "docs" / "references.md").read_text("utf-8")
LAWS = {
    law_id: Law(id=law_id, title=title, lang=lang, jurisdiction=place)
    for law_id, title, lang, place in [
        ("32016R0679", "General Data Protection Regulation (GDPR)", "en", "EU"),
        ("BOE-A-1978-31229", "Constitución Española", "es", "ES"),
        ("BOE-A-1995-25444", "Ley Orgánica 10/1995, de 23 de noviembre, del Código Penal", "es", "ES"),
        ("91/2015/QH13", "Bộ luật Dân sự 2015", "vi", "VN"),
        ("45/2013/QH13", "Luật Đất đai 2013", "vi", "VN"),
        ("43/2019/QH14", "Luật Giáo dục 2019", "vi", "VN"),
    ]
}
NAMES = LawNames(LAWS)


def table_rows(*head):
    """The rows of every table of the page with this head."""
    title = "| " + " | ".join(head) + " |\n"
    tables = [part.split("\n\n")[0].splitlines()[1:] for part in PAGE.split(title)[1:]]
    return [tuple(cell.strip() for cell in re.split(r"\|", row)[1:-1]) for rows in tables for row in rows]


def written(reference):
    through = f"..{reference.through}" if reference.through else ""
    return " ".join([reference.number + through, *reference.path])


@pytest.mark.parametrize(("text", "article", "inside"), table_rows("text", "article", "inside it"))
def test_one_reference(text, article, inside):
    (reference,) = find_references(text, names=NAMES)
    assert (reference.number, " ".join(reference.path)) == (article, inside)


@pytest.mark.parametrize(("text", "references"), table_rows("text", "references"))
def test_lists_and_numbers_alone(text, references):
    assert "; ".join(written(r) for r in find_references(text, names=NAMES) if r.number) == references


@pytest.mark.parametrize(("text", "law"), table_rows("text", "law"))
def test_laws(text, law):
    (reference,) = find_references(text, names=NAMES)
    assert ("not here" if reference.link is LawLink.UNKNOWN else reference.laws[0]) == law


def test_the_page_has_examples():
    assert len(table_rows("text", "article", "inside it")) == 22
    assert len(table_rows("text", "references")) == 12
    assert len(table_rows("text", "law")) == 13
