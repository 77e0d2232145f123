"""The citation of a provision, as lawyers of each language write it."""

import pytest

from index.articles import Article
from index.references import format_reference


def article(label: str) -> Article:
    return Article(id="law#a", law_id="law", label=label, number="")


@pytest.mark.parametrize(
    ("lang", "label", "path", "written"),
    [
        ("en", "Article 33", (), "Article 33"),
        ("en", "Article 33", ("1",), "Article 33(1)"),
        ("en", "Article 6", ("1", "f"), "Article 6(1)(f)"),
        ("en", "Article 4", ("2", "b", "iii"), "Article 4(2)(b)(iii)"),
        ("en", "PDPA s.26C(3)", (), "PDPA s.26C(3)"),
        ("en", "PDPA s.26C(3)", ("a",), "PDPA s.26C(3)(a)"),
        ("en", "PDPA s.12(0)", (), "PDPA s.12"),
        ("en", "PDPA s.12(0)", ("a",), "PDPA s.12(a)"),
        ("es", "Artículo 18", ("4",), "Artículo 18.4"),
        ("es", "Artículo 20", ("1", "a"), "Artículo 20.1.a)"),
        ("es", "Artículo 9", ("a",), "Artículo 9.a)"),
        ("es", "Artículo 129 bis", ("2",), "Artículo 129 bis.2"),
        ("es", "Artículo 4º", ("2",), "Artículo 4º.2"),
        ("es", "Disposición adicional primera", ("2", "c"), "Disposición adicional primera, apartado 2, letra c)"),
        ("es", "Artículo primero", ("2",), "Artículo primero, apartado 2"),
        ("vi", "Điều 33", (), "Điều 33"),
        ("vi", "Điều 33", ("1",), "Khoản 1 Điều 33"),
        ("vi", "Điều 33", ("1", "b"), "Điểm b khoản 1 Điều 33"),
        ("vi", "Điều 33", ("1", "đ", "2"), "Tiết 2 điểm đ khoản 1 Điều 33"),
        ("vi", "Điều 5", ("a",), "Điểm a Điều 5"),
        ("fr", "Article 6", ("1", "f"), "Article 6, paragraphe 1, point f)"),
        ("de", "Artikel 6", ("1", "f"), "Artikel 6 Abs. 1 Buchst. f"),
        ("de", "§ 823", ("1", "2"), "§ 823 Abs. 1 Nr. 2"),
        ("zh", "第三十三条", ("1",), "第三十三条第一款"),
        ("zh", "第三十三条", ("12", "2"), "第三十三条第十二款第（二）项"),
        ("xx", "Article 5", ("1",), "Article 5(1)"),
    ],
)
def test_citation_has_the_form_of_its_language(lang, label, path, written):
    assert format_reference(article(label), path, lang) == written
