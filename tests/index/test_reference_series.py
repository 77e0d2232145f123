"""Two references and more, each with its own law, in one question: none is dropped, none gets the other's law."""

import time

import pytest

from index.aliases import LawNames
from index.articles import Law
from index.references import LawLink, find_references, read_references

CE, CC, CP = "BOE-A-1978-31229", "BOE-A-1889-4763", "BOE-A-1995-25444"
GDPR, PDPA = "32016R0679", "PDPA2012"
BLDS, BLLD = "91/2015/QH13", "45/2019/QH14"
TITLES = {
    CE: ("Constitución Española", "es"),
    CC: ("Real Decreto de 24 de julio de 1889 por el que se publica el Código Civil", "es"),
    CP: ("Ley Orgánica 10/1995, de 23 de noviembre, del Código Penal", "es"),
    GDPR: ("General Data Protection Regulation (GDPR)", "en"),
    PDPA: ("Personal Data Protection Act 2012 (Singapore)", "en"),
    BLDS: ("Bộ luật Dân sự 2015", "vi"),
    BLLD: ("Bộ luật Lao động 2019", "vi"),
}
NAMES = LawNames({law: Law(id=law, title=title, lang=lang) for law, (title, lang) in TITLES.items()})


def read(question):
    found = read_references(question, names=NAMES).references
    return [(one.number, *one.path, one.laws[0] if one.laws else one.law_name) for one in found]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("artículos 14 CE y 1902 CC", [("14", CE), ("1902", CC)]),
        ("artículos 14 (CE) y 1902 (CC)", [("14", CE), ("1902", CC)]),
        ("arts. 14 CE, 1902 CC y 138 CP", [("14", CE), ("1902", CC), ("138", CP)]),
        ("el artículo 9 de la Constitución y el 14 del Código Civil", [("9", CE), ("14", CC)]),
        ("el artículo 9 de la Constitución o el 14 apartado 2 del Código Civil", [("9", CE), ("14", "2", CC)]),
        ("Código Civil artículo 6 apartado 4 y Código Penal 138", [("6", "4", CC), ("138", CP)]),
        ("artículo 14 CE y CC 1902", [("14", CE), ("1902", CC)]),
        ("artículo 14.2 CE, 6.4 CC", [("14", "2", CE), ("6", "4", CC)]),
        ("CE 14 y Código Penal 138", [("14", CE), ("138", CP)]),
        ("Article 6 of the GDPR and 26 of the PDPA", [("6", GDPR), ("26", PDPA)]),
        ("What do Articles 6 GDPR and 26 PDPA say?", [("6", GDPR), ("26", PDPA)]),
        ("What do GDPR 33 and PDPA 26 say?", [("33", GDPR), ("26", PDPA)]),
        ("GDPR article 6 and 26 PDPA", [("6", GDPR), ("26", PDPA)]),
        ("Article 6 of the GDPR and 5 of the Clean Air Act", [("6", GDPR), ("5", "Clean Air Act")]),
        ("Articles 6 GDPR and 5 TFEU", [("6", GDPR), ("5", "TFEU")]),
        ("Articles 5 TFEU and 6 GDPR", [("5", "TFEU"), ("6", GDPR)]),
        ("Điều 174 BLDS và 100 BLLĐ", [("174", BLDS), ("100", BLLD)]),
        ("Điều 174 Bộ luật Dân sự và 100 Bộ luật Lao động", [("174", BLDS), ("100", BLLD)]),
        ("BLDS Điều 174 và BLLĐ 100 quy định gì?", [("174", BLDS), ("100", BLLD)]),
        ("Điều 174 BLDS và Điều 100 BLLĐ", [("174", BLDS), ("100", BLLD)]),
    ],
)
def test_every_reference_of_a_series_has_its_own_law(question, expected):
    assert read(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Article 6 GDPR and 72 hours", [("6", GDPR)]),
        ("Article 6 GDPR and 2 GDPR principles", [("6", GDPR)]),
        ("Article 6 GDPR and the 2018 PDPA", [("6", GDPR)]),
        ("Under Article 6 GDPR, 27 of the EU member states", [("6", GDPR)]),
        ("Article 6 of the GDPR and 3 of the employees", [("6", GDPR)]),
        ("Article 6 GDPR and PDPA 2012", [("6", GDPR)]),
        ("artículo 14 CE y el Código Penal de 1995", [("14", CE)]),
        ("el artículo 9 de la Constitución y el 14", [("9", CE)]),
        ("artículo 14 CE y 3 años", [("14", CE)]),
        ("Điều 174 BLDS và 2 người lao động", [("174", BLDS)]),
        ("Điều 5 và Điều 100 BLLĐ", [("5", BLLD), ("100", BLLD)]),
        ("artículos 14 y 1902 CC", [("14", CC), ("1902", CC)]),
    ],
)
def test_a_number_without_a_law_of_its_own_is_no_further_reference(question, expected):
    assert read(question) == expected


def test_texts_of_law_are_not_read_so():
    (reference,) = find_references("Article 6 of the GDPR and 26 of the PDPA apply.", names=NAMES)
    assert (reference.number, reference.link, reference.laws) == ("6", LawLink.NAMED, (GDPR,))


def test_a_long_series_is_read_in_time_that_grows_with_its_length():
    def seconds(times):
        text = "artículos 14 CE" + ", 15 CE, 16 y 17 CC, 18, artículo 19 CP" * times
        start = time.thread_time()
        found = read(text)
        taken = time.thread_time() - start
        assert len(found) == 1 + 5 * times
        return taken

    seconds(50)
    assert seconds(2000) < 25 * max(seconds(200), 0.005)  # ten times the text; quadratic would be a hundred times
