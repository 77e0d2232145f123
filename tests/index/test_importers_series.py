import itertools
import json
import os
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from index.articles import ArticleVersion, Status
from index.errors import CorpusError
from index.importers.registry import read_corpus

FRONT = """---
titulo: "LEY DE PERROS"
identificador: "BCN-1"
pais: "cl"
rango: "ley"
fecha_publicacion: "2000-01-01"
ultima_actualizacion: "2020-01-01"
estado: "{status}"
fuente: "https://www.bcn.cl/1"
---
# Ley 1

"""


def line(day: str, *articles: tuple[str, str], status: str = "vigente") -> str:
    body = "\n\n".join(f"## Artículo {number}\n\n\n{text}" for number, text in articles)
    return json.dumps({"law_id": "BCN-1", "version_date": day, "markdown": FRONT.format(status=status) + body})


def read(tmp_path: Path, *lines: str) -> dict[str, list[ArticleVersion]]:
    path = tmp_path / "versions"
    path.write_text("\n".join(lines), encoding="utf-8")
    found: dict[str, list[ArticleVersion]] = defaultdict(list)
    for version in read_corpus([path]).versions:
        found[version.article_id.removeprefix("BCN-1#")].append(version)
    return found


def intervals(versions: list[ArticleVersion]) -> list[tuple[str, str | None, str | None, Status]]:
    return [
        (
            version.text,
            version.valid_from and version.valid_from.isoformat(),
            version.valid_to and version.valid_to.isoformat(),
            version.status,
        )
        for version in versions
    ]


def test_a_change_ends_one_version_and_starts_the_next(tmp_path):
    found = read(
        tmp_path,
        line("2010-02-03", ("1", "La multa es 10."), ("2", "Ladran.")),
        line("2000-01-01", ("1", "La multa es 5."), ("2", "Ladran.")),
    )
    assert intervals(found["a1"]) == [
        ("La multa es 5.", "2000-01-01", "2010-02-03", Status.IN_FORCE),
        ("La multa es 10.", "2010-02-03", None, Status.IN_FORCE),
    ]
    assert [version.id for version in found["a1"]] == ["BCN-1#a1@2000-01-01", "BCN-1#a1@2010-02-03"]
    assert intervals(found["a2"]) == [("Ladran.", "2000-01-01", None, Status.IN_FORCE)]


@pytest.mark.parametrize(
    "text",
    [
        "La multa\nes 5.",
        "LA MULTA ES 5",
        "La múlta, es 5.-",
        "ARTICULO 1°- La multa es 5.",
        '"Artículo 1º.- La multa es 5.',
        "La multa es 5.\n\nNOTA:\n\nVéase la ley 2.",
    ],
)
def test_form_alone_is_no_change(tmp_path, text):
    found = read(tmp_path, line("2000-01-01", ("1", "La multa es 5.")), line("2001-01-01", ("1", text)))
    assert [(version.valid_from, version.valid_to) for version in found["a1"]] == [(date(2000, 1, 1), None)]


def test_the_echo_of_another_articles_label_is_text(tmp_path):
    found = read(tmp_path, line("2000-01-01", ("1", "Artículo 2.- Se sustituye.")))
    assert found["a1"][0].text == "Artículo 2.- Se sustituye."


def test_an_article_that_a_version_no_longer_has_ended_on_its_day_and_may_return(tmp_path):
    found = read(
        tmp_path,
        line("2000-01-01", ("1", "Uno."), ("2", "Dos.")),
        line("2005-01-01", ("1", "Uno.")),
        line("2010-01-01", ("1", "Uno."), ("2", "Dos.")),
    )
    assert intervals(found["a2"]) == [
        ("Dos.", "2000-01-01", "2005-01-01", Status.IN_FORCE),
        ("Dos.", "2010-01-01", None, Status.IN_FORCE),
    ]


def test_an_article_of_which_only_a_marker_or_a_note_is_left_is_repealed_from_that_day(tmp_path):
    found = read(
        tmp_path,
        line("2000-01-01", ("1", "Uno."), ("2", "Dos.")),
        line("2005-01-01", ("1", "*[Derogado]*"), ("2", "*[Derogado]*\n\n\nARTICULO 2°\n\nNOTA:\n\nPasó al Código.")),
    )
    assert intervals(found["a1"])[1] == ("[Derogado]", "2005-01-01", None, Status.REPEALED)
    assert intervals(found["a2"])[1] == ("NOTA:\n\nPasó al Código.", "2005-01-01", None, Status.REPEALED)


def test_a_marker_above_a_text_that_stands_does_not_repeal_it(tmp_path):
    found = read(
        tmp_path,
        line("2000-01-01", ("1", "*[Derogado]*\n\n\nUno."), status="derogado"),
        line("2005-01-01", ("1", "*[Derogado]*\n\n\nDos."), status="derogado"),
    )
    assert intervals(found["a1"]) == [
        ("Uno.", "2000-01-01", "2005-01-01", Status.IN_FORCE),
        ("Dos.", "2005-01-01", None, Status.UNKNOWN),  # repealed since a day that nobody names
    ]


def test_the_placeholder_date_means_unknown(tmp_path):
    found = read(tmp_path, line("2000-01-01", ("1", "Dos.")), line("1970-01-02", ("1", "Uno.")))
    assert intervals(found["a1"]) == [
        ("Uno.", None, "2000-01-01", Status.IN_FORCE),
        ("Dos.", "2000-01-01", None, Status.IN_FORCE),
    ]
    assert found["a1"][0].id == "BCN-1#a1"


def test_articles_stand_in_the_order_of_the_law_whenever_they_came_in(tmp_path):
    found = read(
        tmp_path,
        line("2000-01-01", ("1", "Uno."), ("2", "Dos."), ("3", "Tres.")),
        line("2005-01-01", ("1", "Uno."), ("1 bis", "Más."), ("3", "Tres."), ("4", "Cuatro.")),
    )
    assert list(found) == ["pr", "a1", "a1bis", "a2", "a3", "a4"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            (line("2000-01-01", ("1", "Uno.")), line("2000-01-01", ("1", "Dos."))),
            "two versions of BCN-1 from 2000-01-01",
        ),
        (
            (line("2000-01-01", ("1", "Uno.")), '{"version_date": "2000-01-02", "markdown": 1}'),
            "line 2: needs the texts",
        ),
        ((line("2000-13-01", ("1", "Uno.")),), "line 1, 'version_date': '2000-13-01' is no date"),
        ((line("2000-01-01", ("1", "Uno.")), "{"), "line 2: not JSON (a key in double quotes is missing"),
        ((line("2000-01-01", ("1", "Uno.")), '{"version_date":' + "[" * 200_000), "line 2: JSON nested too deeply"),
    ],
)
def test_a_series_that_cannot_be_understood_is_refused(tmp_path, lines, message):
    path = tmp_path / "versions"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        read_corpus([path])
    assert message in str(caught.value)


@pytest.mark.real_law
def test_versions_of_four_chilean_laws_tile_time():
    data = Path(os.environ.get("LEXCITE_DATA", "../shared/data")) / "history" / "cl"
    if not data.is_dir():
        pytest.skip(f"{data} is not there; set LEXCITE_DATA to the folder of real law")
    corpus = read_corpus([data])
    assert {law.id: law.jurisdiction for law in corpus.laws} == dict.fromkeys(
        ("BCN-1008668", "BCN-29597", "BCN-5605", "BCN-61438"), "CL"
    )
    told: dict[str, list[ArticleVersion]] = defaultdict(list)
    for version in corpus.versions:
        told[version.article_id].append(version)
    for versions in told.values():
        for before, after in itertools.pairwise(versions):
            assert before.valid_to is not None
            assert after.valid_from is not None
            assert before.valid_from is not None
            assert before.valid_from < before.valid_to <= after.valid_from
    # The bankruptcy law says that it is repealed in every version; its texts of 1982 were law until 2005.
    assert intervals(told["BCN-29597#a1"])[0][1:] == ("1982-10-28", "2005-11-24", Status.IN_FORCE)
    assert told["BCN-29597#a1"][1].status is Status.REPEALED
    # The fine of article 45 of the consumer law went from 750 to 2,250 tax units with the version of 2020-06-09.
    fines = told["BCN-61438#a45"]
    assert [(version.valid_from, "2.250" in version.text) for version in fines][-1] == (date(2020, 6, 9), True)
    assert "750" in fines[-2].text
    assert "2.250" not in fines[-2].text
