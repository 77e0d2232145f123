"""References in texts: which article, which provision of it, which law."""

import time
import unicodedata

import pytest

from index.aliases import LawNames
from index.articles import Article, ArticleKind, Law
from index.references import HERE, LawLink, Relative, find_references, format_reference

LAWS = {
    law.id: law
    for law in (
        Law(id="32016R0679", title="General Data Protection Regulation (GDPR)", lang="en", jurisdiction="EU"),
        Law(id="PDPA2012", title="Personal Data Protection Act 2012 (Singapore)", lang="en", jurisdiction="SG"),
        Law(id="BOE-A-1978-31229", title="Constitución Española", lang="es", jurisdiction="ES"),
        Law(id="BOE-A-1995-25444", title="Ley Orgánica 10/1995, de 23 de noviembre, del Código Penal", lang="es"),
        Law(
            id="BOE-A-2018-16673",
            title="Ley Orgánica 3/2018, de 5 de diciembre, de Protección de Datos Personales y garantía de los derechos"
            " digitales",
            lang="es",
        ),
        Law(id="91/2015/QH13", title="Bộ luật Dân sự 2015", lang="vi", jurisdiction="VN"),
        Law(id="45/2013/QH13", title="Luật Đất đai 2013", lang="vi", jurisdiction="VN"),
        Law(id="43/2019/QH14", title="Luật Giáo dục 2019", lang="vi", jurisdiction="VN"),
    )
}
NAMES = LawNames(LAWS)
GDPR, CE, CP, BLDS, LAND = "32016R0679", "BOE-A-1978-31229", "BOE-A-1995-25444", "91/2015/QH13", "45/2013/QH13"


def found(text):
    """(number, path) of each reference by number, a range as "12..14"."""
    return [
        (r.number + (f"..{r.through}" if r.through else ""), r.path)
        for r in find_references(text, names=NAMES)
        if r.relative is Relative.NUMBERED
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # English
        ("Article 33", [("33", ())]),
        ("Art 6(1)(f)", [("6", ("1", "f"))]),
        ("Art. 6 (1) (f)", [("6", ("1", "f"))]),
        ("point (f) of Article 6(1)", [("6", ("1", "f"))]),
        ("point (b) of paragraph 1 of Article 6", [("6", ("1", "b"))]),
        ("Article 6, paragraph 1, point (f)", [("6", ("1", "f"))]),
        ("Article 3, point (49)(c)", [("3", ("49", "c"))]),
        ("section 26C(3)(a)", [("26C", ("3", "a"))]),
        ("s.48J(4A)", [("48J", ("4A",))]),
        ("s 51(3)(ba)", [("51", ("3", "ba"))]),
        ("subsection (2) of section 10", [("10", ("2",))]),
        ("article one hundred seventy-four", [("174", ())]),
        ("article one hundred and seventy-four", [("174", ())]),
        ("Article XIV", [("14", ())]),
        ("Article no. 33", [("33", ())]),
        ("artcle 5 and aritcle 6", [("5", ()), ("6", ())]),
        # Spanish
        ("artículo 18.4", [("18", ("4",))]),
        ("art. 6.1 f)", [("6", ("1", "f"))]),
        ("art. 6.1.f)", [("6", ("1", "f"))]),
        ("artículo 20.1.a)", [("20", ("1", "a"))]),
        ("letra a) del apartado 1 del artículo 20", [("20", ("1", "a"))]),
        ("artículo 9, apartado 2, letra b)", [("9", ("2", "b"))]),
        ("artículo 149.1.18.ª", [("149", ("1", "18"))]),
        ("artículo 1.902", [("1902", ())]),
        ("artículo 18 bis", [("18 bis", ())]),
        ("artículo 129 bis.2", [("129 bis", ("2",))]),
        ("artículo 61 ter a", [("61 ter a", ())]),
        ("artículo 61 bis a efectos fiscales", [("61 bis", ())]),
        ("artículo 4.º", [("4", ())]),
        ("artículo primero", [("1", ())]),
        ("artículo ciento setenta y cuatro", [("174", ())]),
        ("artículo trigésimo segundo", [("32", ())]),
        ("Artículo veintitrés", [("23", ())]),
        # Vietnamese
        ("Điều 174", [("174", ())]),
        ("khoản 2 Điều 174", [("174", ("2",))]),
        ("điểm b khoản 2 Điều 174", [("174", ("2", "b"))]),
        ("điểm đ, khoản 2, Điều 174", [("174", ("2", "đ"))]),
        ("Điều 174 khoản 2 điểm b", [("174", ("2", "b"))]),
        ("Điều 174.2", [("174", ("2",))]),
        ("Điều 33a", [("33A", ())]),
        ("dieu 174 khoan 2", [("174", ("2",))]),
        ("Điều một trăm bảy mươi tư", [("174", ())]),
        ("Điều một trăm linh năm", [("105", ())]),
        ("Điều hai mươi mốt", [("21", ())]),
        ("Điều １７４", [("174", ())]),
        # German, French, Chinese
        ("§ 823 Abs. 1", [("823", ("1",))]),
        ("Art. 6 Abs. 1 Buchst. f", [("6", ("1", "f"))]),
        ("Article 6, paragraphe 1, point f)", [("6", ("1", "f"))]),
        ("第三十三条第一款第（二）项", [("33", ("1", "2"))]),
    ],
)
def test_one_reference_in_every_form(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Articles 12 to 14 and 20", [("12..14", ()), ("20", ())]),
        ("Articles 14-16", [("14..16", ())]),
        ("Article 6(1)(a) and (b)", [("6", ("1", "a")), ("6", ("1", "b"))]),
        ("Article 6(1)(a) to (c)", [("6", ("1", "a")), ("6", ("1", "b")), ("6", ("1", "c"))]),
        ("points (a) and (b) of Article 6(1)", [("6", ("1", "a")), ("6", ("1", "b"))]),
        ("artículos 14 y 15", [("14", ()), ("15", ())]),
        ("artículos 14 a 29", [("14..29", ())]),
        ("artículos 62.6 y 65.6", [("62", ("6",)), ("65", ("6",))]),
        ("artículo 18.1 y 2", [("18", ("1",)), ("18", ("2",))]),
        ("letras a) y b) del artículo 9", [("9", ("a",)), ("9", ("b",))]),
        ("các điều 14, 15 và 16", [("14", ()), ("15", ()), ("16", ())]),
        ("từ Điều 5 đến Điều 10", [("5..10", ())]),
        ("khoản 1 và khoản 2 Điều 5", [("5", ("1",)), ("5", ("2",))]),
        ("khoản 1, 2 và 3 Điều 5", [("5", ("1",)), ("5", ("2",)), ("5", ("3",))]),
        ("điểm a và điểm b khoản 1 Điều 5", [("5", ("1", "a")), ("5", ("1", "b"))]),
        ("điểm c đến điểm e khoản 1 Điều 5", [("5", ("1", p)) for p in "cdđe"]),
        ("khoản 1 và điểm a khoản 2 Điều 5", [("5", ("1",)), ("5", ("2", "a"))]),
        ("khoản 1 Điều 5, khoản 2 Điều 6", [("5", ("1",)), ("6", ("2",))]),
        ("§§ 5 bis 10", [("5..10", ())]),
    ],
)
def test_lists_and_ranges(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I am 33 years old and paid 174 euros",
        "the article I read about the GDPR",
        "any article of clothing, 5 of them",
        "Điều hai bên thỏa thuận là gì?",
        "Những điều sau đây đúng hay sai?",
        "Điều kiện 5 năm kinh nghiệm",
        "khoản 20 triệu đồng và 5 điểm",
        "Ley 39/2015 y Luật số 45/2013/QH13",
        "the company's 26 employees in 3 sections",
        "art 5 minutes a day",
        "¿Qué derecho tiene este artículo?",
    ],
)
def test_a_number_alone_is_no_reference(text):
    assert found(text) == []


def test_offsets_are_those_of_the_words_that_name_it():
    text = "Theo điểm b khoản 2 Điều 174 BLDS 2015, ..."
    (reference,) = find_references(text, names=NAMES)
    assert text[reference.start : reference.end] == "điểm b khoản 2 Điều 174"
    assert reference.law_name == "BLDS 2015"


def test_decomposed_vietnamese_reads_as_composed_does():
    text = unicodedata.normalize("NFD", "điểm đ khoản 2 Điều 174 Bộ luật Dân sự")
    (reference,) = find_references(text, names=NAMES)
    assert (reference.number, reference.path, reference.laws) == ("174", ("2", "đ"), (BLDS,))
    assert text[reference.start : reference.end] == unicodedata.normalize("NFD", "điểm đ khoản 2 Điều 174")


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("disposición adicional primera", ArticleKind.ADDITIONAL, "1"),
        ("Disposición final vigésima segunda", ArticleKind.FINAL, "22"),
        ("disposición transitoria 3.ª", ArticleKind.TRANSITIONAL, "3"),
        ("disposición derogatoria única", ArticleKind.REPEALING, "1"),
        ("DA 3ª", ArticleKind.ADDITIONAL, "3"),
        ("D.T. 4ª", ArticleKind.TRANSITIONAL, "4"),
        ("disp. adic. 2.ª", ArticleKind.ADDITIONAL, "2"),
        ("Annex III", ArticleKind.ANNEX, "3"),
        ("Phụ lục II", ArticleKind.ANNEX, "2"),
        ("Schedule 2", ArticleKind.SCHEDULE, "2"),
    ],
)
def test_units_that_are_no_articles_keep_their_kind(text, kind, number):
    (reference,) = find_references(text, names=NAMES)
    assert (reference.kind, reference.number) == (kind, number)


@pytest.mark.parametrize(
    ("text", "laws"),
    [
        ("Article 33 GDPR", (GDPR,)),
        ("GDPR, Article 33", (GDPR,)),
        ("Article 33 of the (EU) GDPR", (GDPR,)),
        ("Article 33 of the new GDPR", (GDPR,)),
        ("Article 33 (GDPR)", (GDPR,)),
        ("Article 33 (notification of a breach) of the GDPR", (GDPR,)),
        ("Article 33 of Regulation (EU) 2016/679", (GDPR,)),
        ("artículo 33 del RGPD", (GDPR,)),
        ("art. 18.4 CE", (CE,)),
        ("art. 18.4 C.E.", (CE,)),
        ("artículo 18 de la Constitución de 1978", (CE,)),
        ("artículo 138 del Código Penal", (CP,)),
        ("artículo 138 de la LO 10/1995", (CP,)),
        ("articulo 138 del codigo penal", (CP,)),
        ("artículo 138 del Codgio Penal", (CP,)),
        ("artículo 10 LOPDGDD", ("BOE-A-2018-16673",)),
        ("artículo 10 de la Ley Orgánica de Protección de Datos", ("BOE-A-2018-16673",)),
        ("Điều 174 BLDS 2015", (BLDS,)),
        ("Điều 174 BLDS2015", (BLDS,)),
        ("Điều 174 của Bộ luật Dân sự năm 2015", (BLDS,)),
        ("Điều 174 Bộ luật số 91/2015/QH13", (BLDS,)),
        ("Điều 5 Luật Đất đai (sửa đổi)", (LAND,)),
        ("Điều 5 của Luật Đất đai số 45/2013/QH13", (LAND,)),
        ("dieu 5 luat dat dai", (LAND,)),
        ("Luật Đất đai 2013, Điều 5", (LAND,)),
        ("s.26C PDPA", ("PDPA2012",)),
        ("section 26C of the Singapore PDPA", ("PDPA2012",)),
    ],
)
def test_law_beside_a_reference(text, laws):
    assert [r.laws for r in find_references(text, names=NAMES)] == [laws]


@pytest.mark.parametrize(
    "text",
    [
        "Article 33 of the UK GDPR",
        "section 26C of the Malaysian PDPA",
        "Article 16 TFEU",
        "§ 823 BGB",
        "Article 5 of the Clean Air Act",
        "Article 26(2) of Directive 95/46/EC",
        "artículo 5 de la Ley 4/2015",
        "artículo 12 del Código Penal Militar",
        "artículo 138 del Código Penal de 1973",
        "artículo 3 de la Ley de Aguas",
        "Điều 5 Luật Giáo dục đại học",
        "Điều 5 Luật Đất đai năm 2024",
        "Điều 5 Luật Đất đai số 13/2003/QH11",
        "Điều 5 Luật Thủ đô",
        "Điều 5 Nghị định 15/2020/NĐ-CP",
    ],
)
def test_a_law_that_is_not_here_is_not_taken_for_one_that_is(text):
    assert [(r.link, r.laws) for r in find_references(text, names=NAMES)] == [(LawLink.UNKNOWN, ())]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Điều 45 của Luật này", LawLink.THIS),
        ("Article 5 of this Regulation", LawLink.THIS),
        ("el artículo 5 de la presente ley", LawLink.THIS),
        ("article 34 of the same law", LawLink.SAME),
        ("el artículo 5 de la misma ley", LawLink.SAME),
        ("Điều 5 luật đó", LawLink.SAME),
        ("Article 5", LawLink.UNNAMED),
    ],
)
def test_this_law_and_the_same_law(text, link):
    assert [r.link for r in find_references(text, names=NAMES)] == [link]


def test_each_reference_goes_with_its_own_law():
    text = "Article 6 GDPR and Article 5 of the PDPA; Điều 5 và Điều 6 BLDS"
    assert [(r.number, r.laws) for r in find_references(text, names=NAMES)] == [
        ("6", (GDPR,)),
        ("5", ("PDPA2012",)),
        ("5", (BLDS,)),
        ("6", (BLDS,)),
    ]


@pytest.mark.parametrize(
    ("text", "relative", "path"),
    [
        ("khoản 2 Điều này", Relative.THIS, ("2",)),
        ("point (b) of paragraph 1", Relative.IMPLIED, ("1", "b")),
        ("paragraph 1 of this Article", Relative.THIS, ("1",)),
        ("el artículo anterior", Relative.PREVIOUS, ()),
        ("el apartado 2 del artículo anterior", Relative.PREVIOUS, ("2",)),
        ("el artículo siguiente", Relative.NEXT, ()),
        ("điểm a khoản này", Relative.IMPLIED, (HERE, "a")),
        ("la letra f) del apartado 1 de este artículo", Relative.THIS, ("1", "f")),
    ],
)
def test_references_from_where_the_text_stands(text, relative, path):
    assert [(r.relative, r.path) for r in find_references(text, names=NAMES)] == [(relative, path)]


def test_a_counted_paragraph_is_no_clause_number():
    (reference,) = find_references("párrafo segundo del artículo 9", names=NAMES)
    assert (reference.path, reference.paragraph) == ((), 2)


@pytest.mark.parametrize(
    ("label", "path", "lang"),
    [
        ("Article 6", ("1", "f"), "en"),
        ("Article 4", ("2", "b", "iii"), "en"),
        ("PDPA s.26C", ("3", "a"), "en"),
        ("Artículo 20", ("1", "a"), "es"),
        ("Artículo 129 bis", ("2",), "es"),
        ("Artículo 9", ("a",), "es"),
        ("Artículo primero", ("2",), "es"),
        ("Disposición adicional primera", ("2", "c"), "es"),
        ("Điều 33", ("1", "đ"), "vi"),
        ("Điều 33", ("1", "đ", "2"), "vi"),
        ("Article 6", ("1", "f"), "fr"),
        ("Artikel 6", ("1", "f"), "de"),
        ("§ 823", ("1", "2"), "de"),
        ("第三十三条", ("12", "2"), "zh"),
    ],
)
def test_what_is_written_is_read_back(label, path, lang):
    article = Article(id="x#1", law_id="x", label=label, number="")
    (alone,) = find_references(label, names=NAMES)
    (reference,) = find_references(format_reference(article, path, lang), names=NAMES)
    assert (reference.kind, reference.number, reference.path) == (alone.kind, alone.number, path)


@pytest.mark.parametrize(
    "unit",
    ["Điều ", "(", "a ", "Article 5, ", "khoản 1, ", "luật ", "Ley de ", "1.", "artículo 5 y ", "GDPR ", "d. ", "a",
     "Article 5 of the Act of the Act ", "Artículo 5 de la Lye de Enjuiciamineto ", "Article 5 of A ", "第", "第一",
     "Clean Air Act, Article 5, ", "Ley de Aguas y ", "Clean Air Act ", "TFEU, ", "Luật Đất đai Điều 5, ",
     "TFEU Article 5 "],
)  # fmt: skip
def test_time_grows_with_the_length_and_no_faster(unit):
    def seconds(length):
        text = (unit * length)[:length]
        start = time.thread_time()
        find_references(text, names=NAMES)
        return time.thread_time() - start

    seconds(1000)
    assert seconds(32_000) < 64 * max(seconds(2_000), 0.002)


def test_a_numbered_act_behind_a_comma_is_the_law_meant():
    (reference,) = find_references("artículo 5, Ley 99/1999, de Cometas", names=NAMES)
    assert (reference.link, reference.law_name) == (LawLink.UNKNOWN, "Ley 99/1999")
    (reference,) = find_references("Según el artículo 5, ley que se aprobó", names=NAMES)
    assert reference.link is LawLink.UNNAMED
