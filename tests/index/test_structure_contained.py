"""A text that holds further articles: where they begin, and that no clause of theirs becomes one of the first."""

import pytest

from index.articles import ProvisionKind
from index.structure import parse_provisions
from index.structure_contained import contained_units
from tests.structure_tiling import tiling_faults

TWO = """1. Tổ chức nuôi ong có quyền:
a) bán mật;
b) giữ đàn.
Điều 64. Cấp mã số đàn ong
1. Mã số được cấp một lần.
2. Mã số không được bán."""


@pytest.mark.parametrize(
    ("text", "lang", "labels"),
    [
        (TWO, "vi", ["Điều 64"]),
        ("La miel es de todos.\n\nANEXO\n\n1. Colmenas.", "es", ["ANEXO"]),
        ("Uno.\nArtículo diez\nDos.\nArtículo once.\nTres.", "es", ["Artículo diez", "Artículo once"]),
        ("Una.\nDisposición adicional cuarta. Abejas\nDos.", "es", ["Disposición adicional cuarta"]),
        ("A dog barks.\n\nArticle 8: Cats\n1. A cat purrs.", "en", ["Article 8"]),
        # references, quotations and broken lines open nothing
        ("1. Bãi bỏ\nĐiều 45 của Luật Rừng.\n2. Hết.", "vi", []),
        ("1. Áp dụng\nĐiều 45\ncủa Luật Rừng.", "vi", []),
        ("1. Sửa như sau:\n“Điều 45. Ong\n1. Ong bay.”\n2. Hết.", "vi", []),
        ("Se aplica lo dicho en el\nArtículo 5\nde la Ley.", "es", []),
        ("Article 8. Cats\n1. A cat purrs.", "en", []),  # its own heading, on the first line
        ("Véase.\nArtículo 9. Las abejas; las avispas;", "es", []),
        ("", "es", []),
    ],
)  # fmt: skip
def test_the_headings_of_further_units_are_found(text, lang, labels):
    found = contained_units(text, lang=lang)
    assert [unit.label for unit in found] == labels
    assert all(text.startswith(unit.label, unit.start) for unit in found)


def test_below_the_heading_of_another_article_nothing_is_a_clause_and_the_text_still_tiles():
    provisions = parse_provisions(TWO, lang="vi", version_id="v")
    assert tiling_faults(TWO, provisions) == []
    below = TWO.index("Điều 64")
    assert ["/".join(p.path) for p in provisions if p.start < below] == ["1", "1/a", "1/b"]
    assert max(p.end for p in provisions if p.path) <= below
    assert {(p.kind, p.path) for p in provisions if p.start >= below} == {(ProvisionKind.PARAGRAPH, ())}


# The rows of the corpora that hold other units, each looked at.
HOLDING = {
    "es_boe": 23,
    "vi_law": 2,
    "en_core": 0,
    "en_pdpa": 0,
}


@pytest.mark.real_law
@pytest.mark.parametrize("name", list(HOLDING))
def test_the_rows_of_real_law_that_hold_other_units(law_data, name):
    from index.importers.registry import read_corpus  # noqa: PLC0415 - real law only

    corpus = read_corpus([law_data / "corpora" / f"{name}.articles.jsonl.gz"])
    holding = {v.article_id: contained_units(v.text, lang=v.lang) for v in corpus.versions}
    found = {article: [unit.label for unit in units] for article, units in holding.items() if units}
    assert len(found) == HOLDING[name]
    if name == "vi_law":
        assert found == {"31/2018/QH14#d63": ["Điều 64"], "HP-2013#d114": ["Điều 115", "Điều 116"]}
