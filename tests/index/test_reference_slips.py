"""Slips in the abbreviation of a law and in the word for an article; points counted with "no."."""

import pytest

from index.aliases import LawNames
from index.articles import Law
from index.references import LawLink, find_references

LAWS = {
    "32016R0679": Law(id="32016R0679", title="General Data Protection Regulation (GDPR)", lang="en"),
    "BOE-A-2018-16673": Law(
        id="BOE-A-2018-16673",
        title="Ley Orgánica 3/2018, de 5 de diciembre, de Protección de Datos Personales y garantía de los derechos"
        " digitales",
        lang="es",
    ),
    "91/2015/QH13": Law(id="91/2015/QH13", title="Bộ luật Dân sự 2015", lang="vi"),
    "PDPA2012": Law(id="PDPA2012", title="Personal Data Protection Act 2012 (Singapore)", lang="en"),
}
NAMES = LawNames(LAWS)


def only(text):
    (reference,) = find_references(text, names=NAMES)
    return reference


@pytest.mark.parametrize(
    ("text", "law", "number"),
    [
        ("artical 15 of GDRP", "32016R0679", "15"),
        ("artcle 15 of GDPR", "32016R0679", "15"),
        ("Article 6 GPDR", "32016R0679", "6"),
        ("GPDR Article 6", "32016R0679", "6"),
        ("article 6 of the gpdr", "32016R0679", "6"),
        ("Article 6 of the GDPRR", "32016R0679", "6"),
        ("artículo 5 LOPGDD", "BOE-A-2018-16673", "5"),
        ("artículo 5 de la LOPDGD", "BOE-A-2018-16673", "5"),
        ("Điều 174 BLSD", "91/2015/QH13", "174"),
    ],
)
def test_an_abbreviation_with_a_slip_is_the_only_law_it_is_near(text, law, number):
    reference = only(text)
    assert (reference.link, reference.laws, reference.number) == (LawLink.NAMED, (law,), number)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("artículo 5 LGPD", "LGPD"),  # Brazil's, not the RGPD
        ("section 3 PDPO", "PDPO"),  # Hong Kong's, not the PDPA
        ("section 3 of the PIPA", "PIPA"),
        ("Article 6 TFEU", "TFEU"),
        ("Điều 5 BLHH", "BLHH"),  # of navigation, not the BLDS
    ],
)
def test_the_abbreviation_of_a_law_elsewhere_is_no_slip(text, name):
    reference = only(text)
    assert (reference.laws, reference.law_name) == ((), name)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Art. 4 no. 1 GDPR", ("1",)),
        ("Art. 4 No. 1 GDPR", ("1",)),
        ("Art. 4 No 1 GDPR", ("1",)),
        ("Art. 4 Nr. 1 GDPR", ("1",)),
        ("Article 4 number 1 of the GDPR", ("1",)),
        ("Article 4, number 7 GDPR", ("7",)),
        ("artículo 4 n.º 7 GDPR", ("7",)),
        ("artículo 4 N° 7 GDPR", ("7",)),
        ("Article 4(7) GDPR", ("7",)),
        ("Article 4 no 7 people", ()),
        ("Article 4, No 45/2001", ()),
        ("artículo 4, N° 20.393", ()),
        ("¿El artículo 4 no 3?", ()),
    ],
)
def test_a_number_with_its_sign_behind_an_article_is_its_point(text, path):
    assert only(text).path == path
