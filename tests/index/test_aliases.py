"""The names by which laws are called: derived, from the file, extended, mistyped, and those of other laws."""

import pytest

from index.aliases import LawNames
from index.articles import Law
from index.errors import CorpusError
from index.reference_tokens import tokenize


def law(law_id, title, lang, **more):
    return Law(id=law_id, title=title, lang=lang, **more)


LAWS = {
    one.id: one
    for one in (
        law("32016R0679", "General Data Protection Regulation (GDPR)", "en", aliases=("GDPR",)),
        law("32024R1689", "Artificial Intelligence Act (AI_ACT)", "en"),
        law("BOE-A-1978-31229", "Constitución Española", "es"),
        law("BOE-A-2000-323", "Ley 1/2000, de 7 de enero, de Enjuiciamiento Civil", "es"),
        law("BOE-A-1882-6036", "Real Decreto de 14 de septiembre de 1882 por el que se aprueba la Ley de Enjuiciamiento"
            " Criminal", "es"),
        law("BOE-A-2003-23186", "Ley 58/2003, de 17 de diciembre, General Tributaria", "es"),
        law("BOE-A-2015-11430", "Real Decreto Legislativo 2/2015, de 23 de octubre, por el que se aprueba el texto"
            " refundido de la Ley del Estatuto de los Trabajadores", "es"),
        law("91/2015/QH13", "Bộ luật Dân sự 2015", "vi"),
        law("92/2015/QH13", "Bộ luật Tố tụng dân sự 2015", "vi"),
        law("52/2014/QH13", "Luật Hôn nhân và gia đình 2014", "vi"),
        law("HP-2013", "Hiến pháp nước Cộng hòa xã hội chủ nghĩa Việt Nam 2013", "vi"),
        law("47/2010/QH12", "Luật Các tổ chức tín dụng 2010", "vi"),
        law("45/2013/QH13", "Luật Đất đai 2013", "vi"),
        law("31/2024/QH15", "Luật Đất đai 2024", "vi"),
    )
}  # fmt: skip
NAMES = LawNames(LAWS)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("GDPR", ("32016R0679",)),
        ("gdpr", ("32016R0679",)),
        ("the GDPR", ("32016R0679",)),
        ("RGPD", ("32016R0679",)),
        ("Regulation (EU) 2016/679", ("32016R0679",)),
        ("Reglamento (UE) 2016/679", ("32016R0679",)),
        ("32016R0679", ("32016R0679",)),
        ("AI Act", ("32024R1689",)),
        ("Regulation (EU) 2024/1689", ("32024R1689",)),
        ("CE", ("BOE-A-1978-31229",)),
        ("C.E.", ("BOE-A-1978-31229",)),
        ("LEC", ("BOE-A-2000-323",)),
        ("Ley 1/2000", ("BOE-A-2000-323",)),
        ("LECrim", ("BOE-A-1882-6036",)),
        ("Ley de Enjuiciamiento Criminal", ("BOE-A-1882-6036",)),
        ("ley general tributaria", ("BOE-A-2003-23186",)),
        ("Estatuto de los Trabajadores", ("BOE-A-2015-11430",)),
        ("Real Decreto Legislativo 2/2015", ("BOE-A-2015-11430",)),
        ("BLDS 2015", ("91/2015/QH13",)),
        ("BLDS", ("91/2015/QH13",)),
        ("bo luat dan su", ("91/2015/QH13",)),
        ("BLTTDS", ("92/2015/QH13",)),
        ("Luật HNGĐ", ("52/2014/QH13",)),
        ("luật hôn nhân gia đình", ("52/2014/QH13",)),
        ("Hiến pháp 2013", ("HP-2013",)),
        ("Luật Tổ chức tín dụng", ("47/2010/QH12",)),
        ("91/2015/QH13", ("91/2015/QH13",)),
        ("Luật Đất đai 2024", ("31/2024/QH15",)),
        ("Luật Đất đai năm 2013", ("45/2013/QH13",)),
        ("Luật Đất đai", ("45/2013/QH13", "31/2024/QH15")),
        ("Estatuto de los Trabajdores", ("BOE-A-2015-11430",)),
        ("General Data Protecton Regulaton", ("32016R0679",)),
        ("Luật Hôn nhân và gai đình", ("52/2014/QH13",)),
        ("Luật Thủ đô", ()),
        ("Luật Đất đai 1993", ()),
        ("Bộ luật Dân sự Trung Quốc", ()),
    ],
)
def test_a_name_resolves_to_the_laws_that_bear_it(name, ids):
    assert NAMES.resolve(name) == ids


@pytest.mark.parametrize("text", ["ce que dit la loi", "et alia", "the lec hall", "C, e", "Lec-", "2016"])
def test_short_abbreviations_are_not_read_into_words(text):
    assert [mention for mention in NAMES.mentions(tokenize(text)) if not mention.weak] == []


@pytest.mark.parametrize(
    ("mistyped", "why"),
    [
        ("Luật Đát dai 2014", "a number is never amended"),
        ("Ley 1/2001", "a number is never amended"),
        ("Ley de Enjuiciamiento Cxxxl", "three edits are too many"),
    ],
)
def test_slips_are_forgiven_within_bounds_only(mistyped, why):
    assert NAMES.resolve(mistyped) == (), why


def test_a_file_extends_the_names(tmp_path):
    own = tmp_path / "names.toml"
    own.write_text('[[law]]\nid = "91/2015/QH13"\nnames = ["the house code"]\nabbreviations = ["HC"]\n', "utf-8")
    names = LawNames(LAWS, aliases=own)
    assert names.resolve("the house code") == ("91/2015/QH13",)
    assert names.resolve("HC") == ("91/2015/QH13",)
    assert names.resolve("BLDS") == ("91/2015/QH13",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[law]]\nnames = ['x']\n", "exactly one of id, celex or title"),
        ("[[law]]\nid = 'a'\nname = 'x'\n", "'name' is not known"),
        ("[[law]]\nid = 'a'\nnames = 'x'\n", "'names' must be a list"),
        ("[[law]]\ntitle = '('\n", "no regular expression"),
        ("[[law]\n", "not TOML"),
        ("[laws]\n", "'laws' is not known"),
    ],
)
def test_a_bad_file_is_refused_with_place_and_reason(tmp_path, text, message):
    bad = tmp_path / "names.toml"
    bad.write_text(text, "utf-8")
    with pytest.raises(CorpusError, match=message) as refused:
        LawNames(LAWS, aliases=bad)
    assert str(bad) in str(refused.value)


def test_a_missing_file_is_an_error_of_its_own(tmp_path):
    with pytest.raises(CorpusError, match="cannot be read"):
        LawNames(LAWS, aliases=tmp_path / "none.toml")
