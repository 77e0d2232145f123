"""Citations in words, in text, as fields and as ids come to the provisions they name."""

import time

import pytest

from generation.citation_scoring import Reading
from generation.cited_provisions import CitationFields, CitationReader
from index.articles import Article, ArticleKind, ArticleVersion, Corpus, Law
from index.law_in_memory import LawInMemory

TEXTS = {
    "en": "1. The keeper shall:\n(a) lock the gate;\n(b) keep the key.\n2. The keeper may rest.",
    "es": "1. El guarda:\na) cierra la puerta;\nb) guarda la llave.\n2. El guarda puede descansar.",
    "vi": "1. Người giữ cổng có trách nhiệm:\na) Khóa cổng;\nb) Giữ chìa khóa.\n2. Người giữ cổng được nghỉ.",
}
LAWS = (
    (Law("gdpr", "General Data Protection Regulation (GDPR)", "en", jurisdiction="EU"), ("Article 1", "Article 33")),
    (Law("ce", "Constitución Española", "es", jurisdiction="ES"), ("Artículo 1", "Artículo 18", "Artículo 20")),
    (Law("91/2015/QH13", "Bộ luật Dân sự 2015", "vi", jurisdiction="VN"), ("Điều 1", "Điều 2", "Điều 174")),
    (Law("pdpa", "Personal Data Protection Act 2012", "en", jurisdiction="SG"), ("s.26C(1)", "s.26C(3)", "s.27(0)")),
)


def corpus():
    laws, articles, versions = [], [], []
    for law, labels in LAWS:
        laws.append(law)
        for label in labels:
            number = label.removeprefix("s.").split()[-1]
            articles.append(Article(f"{law.id}#{number}", law.id, label, number))
            text = "A keeper:\n(a) locks;\n(b) waits." if law.id == "pdpa" else TEXTS[law.lang]
            versions.append(ArticleVersion(articles[-1].id, articles[-1].id, "", text, law.lang))
    for part in ("I", "II"):
        articles.append(Article(f"ce#u{part}", "ce", "Artículo 40", "40", ArticleKind.ARTICLE, (f"TÍTULO {part}",)))
        versions.append(ArticleVersion(articles[-1].id, articles[-1].id, "", f"Texto {part}.", "es"))
    return Corpus(tuple(laws), tuple(articles), tuple(versions))


READER = CitationReader(LawInMemory(corpus()))


def places(cited):
    return [(one.reading.value, [(a.law_id, *a.parts) for a in one.addresses]) for one in cited]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Article 33(1) GDPR", ("gdpr", "33", "1")),
        ("point (b) of paragraph 1 of Article 33 GDPR", ("gdpr", "33", "1", "b")),
        ("Điều 174 khoản 2 BLDS", ("91/2015/QH13", "174", "2")),
        ("art. 18.2 CE", ("ce", "18", "2")),
        ("artículo 20.1.a) de la Constitución", ("ce", "20", "1", "a")),
        ("section 26C(3)(a) of the PDPA", ("pdpa", "26c", "3", "a")),
        ("PDPA s.26C", ("pdpa", "26c")),
        ("s.27(0) PDPA", ("pdpa", "27")),
        ("gdpr#33", ("gdpr", "33")),
        ("pdpa#26C(3)", ("pdpa", "26c", "3")),
        (CitationFields(law="GDPR", article="33", path=("1", "b")), ("gdpr", "33", "1", "b")),
        (CitationFields(law="BLDS", article="Điều 174", path=("2",)), ("91/2015/QH13", "174", "2")),
        (CitationFields(law="pdpa", article="26C(3)", path=("a",)), ("pdpa", "26c", "3", "a")),
        (CitationFields(law="PDPA", article="26C", path=("3", "a")), ("pdpa", "26c", "3", "a")),
        (CitationFields(article_id="ce#18", path=("1", "a")), ("ce", "18", "1", "a")),
        (CitationFields(article_id="pdpa#26C(3)", path=("a",)), ("pdpa", "26c", "3", "a")),
    ],
)
def test_one_provision_however_it_is_written(written, expected):
    assert places(READER.read(written)) == [("found", [expected])]


@pytest.mark.parametrize(
    ("written", "reading"),
    [
        ("Article 99 GDPR", Reading.NO_SUCH_ARTICLE),
        ("Article 33(7) GDPR", Reading.NO_SUCH_PROVISION),
        ("Article 33(1)(z) GDPR", Reading.NO_SUCH_PROVISION),
        ("section 26C(9) of the PDPA", Reading.NO_SUCH_ARTICLE),
        ("Article 12 GDPR", Reading.NOT_IN_CORPUS),
        ("Annex III GDPR", Reading.NOT_IN_CORPUS),
        ("Article 16 TFEU", Reading.LAW_NOT_HERE),
        ("art. 1", Reading.AMBIGUOUS),
        ("Article 500", Reading.NO_SUCH_ARTICLE),
        ("the GDPR", Reading.UNREADABLE),
        ("see above", Reading.UNREADABLE),
        (CitationFields(law="TFEU", article="16"), Reading.LAW_NOT_HERE),
        (CitationFields(law="GDPR", article="99"), Reading.NO_SUCH_ARTICLE),
        (CitationFields(law="GDPR", article="33", path=("7",)), Reading.NO_SUCH_PROVISION),
        (CitationFields(law="GDPR", article="last"), Reading.UNREADABLE),
        (CitationFields(article="1"), Reading.AMBIGUOUS),
        (CitationFields(article_id="gdpr#99"), Reading.NO_SUCH_ARTICLE),
        (CitationFields(article_id="gdpr#33", path=("7",)), Reading.NO_SUCH_PROVISION),
    ],
)
def test_what_is_not_found_says_why(written, reading):
    (one,) = READER.read(written)
    assert one.reading is reading
    assert one.detail


def test_the_detail_names_what_the_law_has_and_the_laws_that_may_be_meant():
    assert READER.read("Article 33(7) GDPR")[0].detail == "Article 33 has 1, 2 there"
    assert READER.read("Article 99 GDPR")[0].detail == "General Data Protection Regulation (GDPR) has 1, 33"
    titles = "General Data Protection Regulation (GDPR), Constitución Española, Bộ luật Dân sự 2015"
    assert READER.read("art. 1")[0].detail == f"it may be of: {titles}"


def test_the_only_law_that_words_and_corpus_leave_is_meant():
    assert places(READER.read("Điều 1")) == [("found", [("91/2015/QH13", "1")])]
    assert places(READER.read("section 26C(1)")) == [("found", [("pdpa", "26c", "1")])]


def test_lists_and_ranges_are_several_citations():
    assert places(READER.read("Articles 1 and 33(2) GDPR")) == [
        ("found", [("gdpr", "1")]),
        ("found", [("gdpr", "33", "2")]),
    ]
    assert places(READER.read("Điều 1 đến Điều 2 BLDS")) == [
        ("found", [("91/2015/QH13", "1")]),
        ("found", [("91/2015/QH13", "2")]),
    ]


def test_a_number_that_the_law_repeats_names_all_its_articles_and_an_id_one_of_them():
    (both,) = READER.read("artículo 40 CE")
    assert [address.headings for address in both.addresses] == [("TÍTULO I",), ("TÍTULO II",)]
    (one,) = READER.read("ce#uII")
    assert one.meets(both)
    assert not one.meets(READER.read("ce#uI")[0])


def test_a_text_cites_each_provision_once_and_only_by_numbers_of_articles():
    text = "**Article 33(1)** GDPR applies. Under Article 33 (1) of the GDPR paragraph 2 follows; this Article, too."
    assert places(READER.in_text(text)) == [("found", [("gdpr", "33", "1")])]


def test_the_law_named_last_before_it_is_meant_then_the_context():
    text = "The GDPR says so in Article 1. The Spanish Constitution, CE, says it in Article 1."
    assert places(READER.in_text(text)) == [("found", [("gdpr", "1")]), ("found", [("ce", "1")])]
    assert places(READER.in_text("Article 1 says so.", law="ce")) == [("found", [("ce", "1")])]


def test_what_a_long_quotation_refers_to_is_not_cited():
    quoted = "the keeper who loses a key as laid down in Article 33 of the GDPR shall pay"
    assert READER.in_text(f"It says “{quoted}”.") == ()
    assert READER.in_text(f'It says "{quoted}" (Article 1 GDPR).')[0].addresses[0].parts == ("1",)
    assert len(READER.in_text("It is “Article 33 of the GDPR” that says so.")) == 1


def test_the_context_names_a_law_only_where_it_names_one():
    assert READER.law_named("Does the GDPR allow it?") == "gdpr"
    assert READER.law_named("", "Theo BLDS thì sao?") == "91/2015/QH13"
    assert READER.law_named("GDPR or CE?", "the GDPR") is None
    assert READER.law_named("Who pays?") is None


@pytest.mark.parametrize(
    "written",
    [
        "section 5, Clean Air Act 1956",
        "section 5 Clean Air Act 1956",
        "Article 1 (Clean Air Act 1956)",
        "Article 1, Directive 95/46/EC",
        "Article 1(1), TFEU",
        "artículo 1, Ley 99/1999, de Cometas",
        "artículo 1 (Ley 99/1999)",
        "Điều 1, Luật Hàng không 1999",
    ],
)
def test_a_law_that_is_not_here_is_never_replaced_by_the_one_in_the_context(written):
    assert [one.reading for one in READER.read(written, law="gdpr")] == [Reading.LAW_NOT_HERE]


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("As section 5, Clean Air Act 1956, says.", Reading.LAW_NOT_HERE),
        ("It may (Article 1, Directive 95/46/EC).", Reading.LAW_NOT_HERE),
        ("So says Article 1 (TFEU).", Reading.LAW_NOT_HERE),
        ("Under Article 1, NGOs may act.", Reading.FOUND),
        ("Under Article 1, Member States may act.", Reading.FOUND),
        ("Article 1 (The keeper) applies.", Reading.FOUND),
        ("Article 1, as the Act says, applies.", Reading.FOUND),
        ("Article 1. The Directive differs.", Reading.FOUND),
    ],
)
def test_in_a_sentence_only_the_name_of_a_law_is_one(text, reading):
    assert [one.reading for one in READER.in_text(text, law="gdpr")] == [reading]


def test_a_long_text_is_read_in_linear_time():
    """Ten times the text within thirty times the time, whatever the machine."""

    def seconds(times):
        text = "Article 33(1), Clean Air Act 1956. The GDPR and Article 1 CE. " * times
        began = time.process_time()
        assert len(READER.in_text(text)) == 2
        return time.process_time() - began

    assert seconds(500) < 30 * max(seconds(50), 0.01)
