from datetime import date
from pathlib import Path

import pytest

from index.articles import ArticleKind, Status
from index.errors import CorpusError
from index.importers.registry import read_corpus

META = """<meta><identification source="#x">
<FRBRWork><FRBRthis value="/akn/es/act/2020/1/main"/><FRBRuri value="/akn/es/act/2020/1"/>
<FRBRalias value="LP" name="short"/><FRBRdate date="2020-01-02" name="enacted"/><FRBRcountry value="es"/></FRBRWork>
<FRBRExpression><FRBRuri value="/akn/es/act/2020/1/spa@2023-05-06"/><FRBRdate date="2023-05-06" name="x"/>
<FRBRlanguage language="spa"/></FRBRExpression></identification>
<publication date="2020-01-03" name="BOE" showAs="BOE"/></meta>
<preface><longTitle><p><docTitle>Ley 1/2020, de <b>perros</b> (LOPE)</docTitle></p></longTitle></preface>"""

BODY = """<body><title eId="t1"><num>TÍTULO I.</num><heading>Perros</heading>
<article eId="a1"><num>Artículo 1.</num><heading>Correa</heading>
<paragraph><num>1.</num><content><p>El perro<authorialNote><p>nota</p></authorialNote> se lleva <i>con</i> correa.</p>
</content></paragraph>
<paragraph><num>2.</num><list><intro><p>Salvo:</p></intro>
<point><num>a)</num><content><p>guías;</p></content></point>
<point><num>b)</num><content><p>cachorros.</p></content></point>
<wrapUp><p>En todo caso.</p></wrapUp></list></paragraph></article>
<chapter><num>CAPÍTULO I</num><heading>Tasas</heading><article eId="a2"><num>2</num><content><table>
<tr><td><p>a</p></td><td><p>b</p></td></tr></table></content></article></chapter>
<article eId="a3"><num>Artículo 3.</num><content><p>(Derogado)</p></content></article></title></body>"""


def write(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "ley"
    path.write_text(content, encoding="utf-8")
    return path


def akn(body: str = BODY, meta: str = META) -> str:
    namespace = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0"
    act = f'<act name="ley">{meta}{body}</act>'
    return f'<?xml version="1.0" encoding="UTF-8"?><akomaNtoso xmlns="{namespace}">{act}</akomaNtoso>'


def test_identification_becomes_the_law(tmp_path):
    (law,) = read_corpus([write(tmp_path, akn())]).laws
    assert (law.id, law.title, law.lang, law.jurisdiction, law.kind) == (
        *("/akn/es/act/2020/1", "Ley 1/2020, de perros (LOPE)", "es", "ES", "ley"),
    )
    assert law.aliases == ("LOPE", "Ley 1/2020, de perros", "LP")
    assert (law.adopted, law.published) == (date(2020, 1, 2), date(2020, 1, 3))


def test_numbered_levels_stand_on_lines_of_their_own(tmp_path):
    corpus = read_corpus([write(tmp_path, akn())])
    assert [(article.label, article.number, article.path) for article in corpus.articles] == [
        ("Artículo 1", "1", ("TÍTULO I. Perros",)),
        ("Article 2", "2", ("TÍTULO I. Perros", "CAPÍTULO I. Tasas")),
        ("Artículo 3", "3", ("TÍTULO I. Perros",)),
    ]
    assert [version.text for version in corpus.versions] == [
        "1. El perro se lleva con correa.\n2. Salvo:\na) guías;\nb) cachorros.\nEn todo caso.",
        "a | b",
        "(Derogado)",
    ]
    assert corpus.versions[0].heading == "Correa"
    assert [version.status for version in corpus.versions] == [Status.IN_FORCE, Status.IN_FORCE, Status.REPEALED]
    assert {version.valid_from for version in corpus.versions} == {date(2023, 5, 6)}


def test_preamble_sections_and_attachments_are_units(tmp_path):
    body = """<preamble><p>Whereas dogs.</p></preamble><body><part><num>Part 1</num>
<section><num>7A</num><heading>Leads</heading><subsection><num>(1)</num><content><p>A dog.</p></content></subsection>
</section></part></body><attachments><attachment><heading>Annex I. Forms</heading><doc name="annex"><mainBody>
<paragraph><content><p>The form.</p></content></paragraph></mainBody></doc></attachment></attachments>"""
    corpus = read_corpus([write(tmp_path, akn(body))])
    assert [(article.label, article.kind, article.path) for article in corpus.articles] == [
        ("Preamble", ArticleKind.PREAMBLE, ()),
        ("Section 7A", ArticleKind.ARTICLE, ("Part 1",)),
        ("Annex I", ArticleKind.ANNEX, ()),
    ]
    assert [(version.heading, version.text) for version in corpus.versions] == [
        ("", "Whereas dogs."),
        ("Leads", "(1) A dog."),
        ("Forms", "The form."),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('<!DOCTYPE x [<!ENTITY a "b">]>' + akn().partition("?>")[2], "declares a document type"),
        (akn().replace("</body>", ""), "line 17: not well-formed XML"),
        (akn(body=""), "holds no <act> with a <body>"),
        (akn(body="<body><p>x</p></body>"), "holds no <article>, <section> or <rule>"),
        (akn(meta=META.replace("FRBRWork", "Other")), "the act has no identifier"),
        (akn(meta=META.replace('date="2020-01-03"', 'date="3.1.2020"')), "'3.1.2020' is no date"),
        (akn(body=f"<body>{'<part>' * 5000}{'</part>' * 5000}<article/></body>"), "nested too deeply"),
    ],
)
def test_what_is_no_sound_act_is_refused(tmp_path, content, message):
    with pytest.raises(CorpusError) as caught:
        read_corpus([write(tmp_path, content)])
    assert message in str(caught.value)
