"""Series of references, counted points, slips and unnamed laws over the real law of Spain, Viet Nam and the Union."""

import pytest

from retrieval.lookup import Found, UnknownLaw, WhichLaw
from tests.lookup_generator import DATA
from tests.lookup_release import lookup_over

pytestmark = [
    pytest.mark.real_law,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no law at {DATA}: set LEXCITE_DATA to the folder of corpora"),
]


@pytest.fixture(scope="module")
def lookup():
    return lookup_over(("es_boe", "vi_law", "en_core"), DATA)


def places(answer):
    return [(p.law.id, p.article.label, p.provision.path if p.provision else ()) for p in answer.places]


CE, CC, CP = "BOE-A-1978-31229", "BOE-A-1889-4763", "BOE-A-1995-25444"
GDPR = "32016R0679"
BLDS, BLLD = "91/2015/QH13", "45/2019/QH14"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("artículos 14 CE y 1902 CC", [(CE, "Artículo 14", ()), (CC, "Artículo 1902", ())]),
        (
            "¿Qué dicen el artículo 9 de la Constitución y el 14 del Código Civil?",
            [(CE, "Artículo 9", ()), (CC, "Artículo 14", ())],
        ),
        (
            "Código Civil artículo 6 apartado 4 y Código Penal 138",
            [(CC, "Artículo 6", ("4",)), (CP, "Artículo 138", ())],
        ),
        ("Điều 174 BLDS và 100 BLLĐ", [(BLDS, "Điều 174", ()), (BLLD, "Điều 100", ())]),
        ("Art. 4 no. 1 GDPR", [(GDPR, "Article 4", ("1",))]),
        ("Article 4 number 7 of the GDPR", [(GDPR, "Article 4", ("7",))]),
        ("artical 15 of GDRP", [(GDPR, "Article 15", ())]),
        ("Article 6 GPDR", [(GDPR, "Article 6", ())]),
        ("¿Qué dice el artículo 1902?", [(CC, "Artículo 1902", ())]),
    ],
)
def test_what_is_named_is_found_in_its_own_law_and_nothing_else(lookup, question, expected):
    answer = lookup.look_up(question)
    assert all(isinstance(result, Found) for result in answer.results)
    assert places(answer) == expected
    assert answer.pure


def test_an_article_that_several_laws_have_is_asked_back(lookup):
    (result,) = lookup.look_up("¿Qué dice el artículo 14?").results
    assert isinstance(result, WhichLaw)
    assert {CE, CC, CP} <= {law.id for law in result.candidates}


def test_the_law_that_is_not_here_is_told_beside_the_one_that_is(lookup):
    first, second = lookup.look_up("Articles 6 GDPR and 5 TFEU").results
    assert [place.article.label for place in first.places] == ["Article 6"]
    assert isinstance(second, UnknownLaw)
    assert second.name == "TFEU"
