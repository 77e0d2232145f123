"""Acts known by their sort and number, and what a Chilean title is called."""

import os
from pathlib import Path

import pytest

from index.aliases import LawNames
from index.articles import Law
from index.importers.registry import read_corpus
from index.references import LawLink, find_references

LAWS = {
    law.id: law
    for law in (
        Law(id="GATES", title="ESTABLECE NORMAS SOBRE CUIDADO DE LAS PUERTAS DE LOS VECINOS", lang="es", kind="ley",
            aliases=("Ley 20777",)),
        Law(id="WELLS", title="FIJA TEXTO DEL CODIGO DE POZOS", lang="es", kind="decreto con fuerza de ley",
            aliases=("Decreto con fuerza de ley 1133",)),
        Law(id="ONE", title="DFL 1", lang="es"),
        Law(id="TITLE", title="Ley 20.778, que cuida los muros", lang="es"),
        Law(id="SPAIN", title="Ley 39/2015, de 1 de octubre, de Cercas", lang="es"),
        Law(id="SHORT", title="Ley 41/2016 de tejados", lang="es"),
        Law(id="YEAR", title="NORMAS SOBRE BIENES", lang="es", aliases=("Decreto ley 1939",)),
    )
}  # fmt: skip
NAMES = LawNames(LAWS)


@pytest.mark.parametrize(
    ("name", "law"),
    [
        *((f"Ley {number}", "GATES") for number in ("20777", "20.777", "N° 20.777", "Nº20.777", "N.º 20.777",
                                                   "núm. 20.777", "número 20777", "No. 20.777", "nro 20777")),
        ("LEY NÚM. 20.777", "GATES"),
        ("ley cuidado de las puertas", None),
        ("Ley de Cuidado de las Puertas de los Vecinos", "GATES"),
        ("Ley sobre Cuidado de las Puertas de los Vecinos", None),
        ("LCPV", "GATES"),
        ("DFL 1133", "WELLS"),
        ("DFL N° 1.133", "WELLS"),
        ("D.F.L. N° 1.133", "WELLS"),
        ("Decreto con Fuerza de Ley Nº 1.133", "WELLS"),
        ("Código de Pozos", "WELLS"),
        ("DFL 1", "ONE"),
        ("D.F.L. Nº 1", "ONE"),
        ("DFL 1.134", None),
        ("DFL 1/2005", None),
        ("Ley 20.778", "TITLE"),
        ("Ley 20778", "TITLE"),
        ("Ley 39/2015", "SPAIN"),
        ("Ley 39", None),
        ("Ley 41/2016", "SHORT"),
        ("Ley 41/2017", None),
        ("Ley 41", None),
        ("DL 1.939", "YEAR"),
        ("Decreto Ley 1939", "YEAR"),
        ("Decreto Ley", None),
        ("Ley 20", None),
        ("Ley 777", None),
    ],
)  # fmt: skip
def test_the_law_that_a_name_means(name, law):
    assert NAMES.resolve(name) == ((law,) if law else ())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("artículo 3 de la Ley N° 20.394, sobre gatos", "Ley N° 20.394"),
        ("artículo 3 de la ley 20.394.", "ley 20.394"),
        ("artículo 3 de la Ley 3/2018", "Ley 3/2018"),
        ("artículo 5 del D.F.L. N° 1.134", "D.F.L. N° 1.134"),
        ("artículo 5 DFL 1134", "DFL 1134"),
        ("Ley 20.394, artículo 5", "Ley 20.394"),
        ("D.L. 3.500, artículo 5", "D.L. 3.500"),
        ("DL N° 3.500 art. 5", "DL N° 3.500"),
        ("Ley 3/2018 artículo 5", "Ley 3/2018"),
        ("artículo 5 del DFL 1.133 de 1999", "DFL 1.133"),
    ],
)
def test_a_numbered_act_that_is_not_here_is_named_whole_and_no_other_is_taken_for_it(text, name):
    laws = {"GATES": LAWS["GATES"]}
    (reference,) = find_references(text, names=LawNames(laws))
    assert (reference.link, reference.law_name) == (LawLink.UNKNOWN, name)


FOLDER = Path(os.environ.get("LEXCITE_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.real_law
@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no law at {FOLDER}: set LEXCITE_DATA to the folder of law")
@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("Ley 20.393", "BCN-1008668"), ("Ley 20393", "BCN-1008668"), ("Ley N° 18.175", "BCN-29597"),
        ("Ley de Quiebras", "BCN-29597"), ("DFL 1122", "BCN-5605"), ("D.F.L. N° 1.122 de 1981", "BCN-5605"),
        ("Código de Aguas", "BCN-5605"), ("Ley 19.496", "BCN-61438"), ("LPDC", "BCN-61438"),
        ("Ley 49/1960", "BOE-A-1960-10906"), ("Ley Orgánica 3/2018", "BOE-A-2018-16673"),
    ],
)  # fmt: skip
def test_real_laws_by_the_number_of_their_front_matter(real_names, name, law):
    assert real_names.resolve(name) == (law,)


@pytest.fixture(scope="module")
def real_names():
    corpus = read_corpus([FOLDER / "history" / "cl", FOLDER / "raw" / "es"])
    return LawNames({law.id: law for law in corpus.laws})
