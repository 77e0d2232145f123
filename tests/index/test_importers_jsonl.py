import gzip
import json
import lzma
import os
import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from index.articles import Article, ArticleKind, Status
from index.errors import CorpusError
from index.importers.registry import read_corpus

ROW = {
    "id": "dogs#1",
    "law_id": "dogs",
    "law_title": "Dogs Act",
    "article": "Article 1",
    "heading": "Leads",
    "text": "1. A dog is kept on a lead.",
    "lang": "en",
    "source": "https://law.example/dogs",
}


def row(**changes) -> dict[str, object]:
    return {**ROW, **changes}


def without(key: str) -> dict[str, object]:
    return {name: value for name, value in ROW.items() if name != key}


def write(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in rows), encoding="utf-8")
    return path


def refused(path: Path, message: str, **options) -> None:
    with pytest.raises(CorpusError) as caught:
        read_corpus([path], **options)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_line_becomes_a_law_an_article_and_a_version(tmp_path):
    corpus = read_corpus([write(tmp_path / "law", ROW)])
    assert [(law.id, law.title, law.lang, law.source) for law in corpus.laws] == [
        ("dogs", "Dogs Act", "en", "https://law.example/dogs")
    ]
    assert corpus.articles == (
        Article(id="dogs#1", law_id="dogs", label="Article 1", number="1", kind=ArticleKind.ARTICLE, path=()),
    )
    (version,) = corpus.versions
    assert (version.id, version.article_id, version.heading, version.text) == (
        "dogs#1",
        "dogs#1",
        "Leads",
        "1. A dog is kept on a lead.",
    )
    assert (version.valid_from, version.valid_to, version.status) == (None, None, Status.UNKNOWN)


def test_what_is_known_about_dates_path_and_law_is_kept(tmp_path):
    line = row(
        path="PART I > CHAPTER 2. Leads",
        status="in_force",
        valid_from="2020-01-02",
        valid_to="2023-05-06",
        jurisdiction="EU",
        law_kind="Regulation",
        law_source="https://law.example/all",
        aliases=["DA"],
        law_adopted="2019-01-01",
        law_published="2019-02-01",
        law_in_force="2019-03-01",
        law_applies_from="2020-01-02",
        law_repealed="2023-05-06",
    )
    corpus = read_corpus([write(tmp_path / "law", line)])
    (law,), (article,), (version,) = corpus.laws, corpus.articles, corpus.versions
    assert (law.jurisdiction, law.kind, law.source, law.aliases) == (
        "EU",
        "Regulation",
        "https://law.example/all",
        ("DA",),
    )
    assert (law.adopted, law.published, law.in_force, law.applies_from, law.repealed) == (
        date(2019, 1, 1),
        date(2019, 2, 1),
        date(2019, 3, 1),
        date(2020, 1, 2),
        date(2023, 5, 6),
    )
    assert article.path == ("PART I", "CHAPTER 2. Leads")
    assert (version.id, version.valid_from, version.valid_to, version.status) == (
        "dogs#1@2020-01-02",
        date(2020, 1, 2),
        date(2023, 5, 6),
        Status.IN_FORCE,
    )


def test_a_consolidated_text_without_history_is_valid_from_its_last_amendment(tmp_path):
    corpus = read_corpus([write(tmp_path / "law", row(last_updated="2024-02-17"))])
    assert corpus.versions[0].valid_from == date(2024, 2, 17)


def test_keys_that_nobody_asked_for_are_no_error(tmp_path):
    assert len(read_corpus([write(tmp_path / "law", row(references=[{"a": 1}], part="1"))]).articles) == 1


@pytest.mark.parametrize(
    ("title", "aliases"),
    [
        ("General Data Protection Regulation (GDPR)", ("GDPR", "General Data Protection Regulation")),
        ("Artificial Intelligence Act (AI_ACT)", ("AI_ACT", "AI ACT", "Artificial Intelligence Act")),
        ("Personal Data Protection Act 2012 (Singapore)", ()),
        ("Bộ luật Hình sự (văn bản hợp nhất 01/VBHN-VPQH)", ()),
    ],
)
def test_a_short_name_in_brackets_is_an_alias(tmp_path, title, aliases):
    assert read_corpus([write(tmp_path / "law", row(law_title=title))]).laws[0].aliases == aliases


@pytest.mark.parametrize(
    ("source", "jurisdiction"),
    [
        ("https://www.boe.es/eli/es/c/1978/12/27/(1)", "ES"),
        ("https://sso.agc.gov.sg/Act/PDPA2012", "SG"),
        ("https://eur-lex.europa.eu/eli/reg/2016/679/oj", "EU"),
        ("https://www.legislation.gov.uk/ukpga/2018/12", "GB"),
        ("https://lovely-law.eu/gdpr", None),
        ("https://law.example/dogs", None),
        ("https://law.io/dogs", None),
        ("ALQAC-2024", None),
        ("", None),
        ("https://[broken", None),
    ],
)
def test_the_country_code_of_the_address_is_the_jurisdiction_where_nothing_else_says_it(tmp_path, source, jurisdiction):
    path = write(tmp_path / "law", row(source=source))
    assert read_corpus([path]).laws[0].jurisdiction == jurisdiction
    assert read_corpus([path], jurisdiction="VN").laws[0].jurisdiction == "VN"


def test_the_jurisdiction_that_the_file_states_is_never_overruled(tmp_path):
    path = write(tmp_path / "law", row(jurisdiction="CL"))
    assert read_corpus([path], jurisdiction="VN").laws[0].jurisdiction == "CL"


def test_text_is_nfc_with_line_feeds_whatever_the_file_holds(tmp_path):
    decomposed = unicodedata.normalize("NFD", "Điều khoản")
    path = tmp_path / "law"
    lines = json.dumps(row(text=f" a\r\nb\rc\u2028{decomposed}\n"), ensure_ascii=False)
    path.write_bytes(b"\xef\xbb\xbf" + lines.encode() + b"\r\n\r\n")
    assert read_corpus([path]).versions[0].text == "a\nb\nc\nĐiều khoản"


def test_blanks_are_plain_and_what_nobody_sees_is_gone(tmp_path):
    path = write(tmp_path / "law", row(text="1.\tArt.\u00a05, 50\u202f% es\u00adtra\u200bgos\u202e\u2069"))
    assert read_corpus([path]).versions[0].text == "1. Art. 5, 50 % estragos"


def test_only_the_evident_defect_of_a_heading_is_repaired(tmp_path):
    rows = [row(id=str(number), heading=text) for number, text in enumerate(["Subject matter` ", "Fees:", "«A»  b"])]
    assert [version.heading for version in read_corpus([write(tmp_path / "law", *rows)]).versions] == [
        "Subject matter",
        "Fees:",
        "«A» b",
    ]


@pytest.mark.parametrize("opener", [gzip.open, lzma.open])
def test_compression_is_seen_through_whatever_the_name(tmp_path, opener):
    path = tmp_path / "law.txt"
    with opener(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps(ROW))
    assert read_corpus([path]).articles[0].id == "dogs#1"


@pytest.mark.parametrize("packed", [gzip.compress, lzma.compress])
def test_a_damaged_compressed_file_is_refused(tmp_path, packed):
    whole = packed(json.dumps(row(text=os.urandom(50_000).hex())).encode())
    path = tmp_path / "law.gz"
    path.write_bytes(whole[: len(whole) // 2])
    refused(path, "the compressed file is damaged")


def test_a_small_file_that_unpacks_without_end_is_refused(tmp_path):
    path = tmp_path / "law.xz"
    with lzma.open(path, "wb", preset=0) as file:
        file.write(json.dumps(ROW).encode())
        for _ in range(65):
            file.write(b" " * ((1 << 20) - 1) + b"\n")
    assert path.stat().st_size < 1 << 20
    refused(path, "unpacks to more than 64 MiB")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            '{"id": "dogs#7", "law_id"',
            "line 7: not JSON (a colon is missing after a key, at character 26); every line must be one whole object",
        ),
        ('{"id": "dogs', "line 7: not JSON (a text has no closing quotation mark, at character 8)"),
        ('{"id": "dogs#7",}', "line 7: not JSON (a "),
        ('{"id": "dogs#7"} {', "line 7: not JSON (more stands behind the end of the object, at character 18)"),
        ('["id"]', "line 7: a JSON list where an object was expected"),
        ("[" * 200_000, "line 7: JSON nested too deeply"),
        (json.dumps(without("law_title")), "line 7: the key 'law_title' is missing; an article needs id, law_id"),
        (json.dumps(row(text=["a"])), "line 7: 'text' is list \"['a']\" where text was expected"),
        (json.dumps(row(heading=None)), "line 7: 'heading' is NoneType"),
        (json.dumps(row(text="  \n")), "line 7: 'text' is empty; leave the article out or give it its text"),
        (json.dumps(row(id="")), "line 7: 'id' is empty"),
        (json.dumps(row(text="a\x00b")), "line 7, 'text': the text holds the character U+0000 (number 2)"),
        (json.dumps(row(text="ab\ud800")), "line 7, 'text': the text holds the character U+D800 (number 3)"),
        (json.dumps(row(lang="English")), "line 7: 'lang' is 'English'; write an ISO 639-1 code"),
        (json.dumps(row(status="valid")), "line 7: 'status' is 'valid'; write one of in_force, repealed"),
        (json.dumps(row(valid_from="25/05/2018")), "line 7, 'valid_from': '25/05/2018' is no date"),
        (json.dumps(row(valid_from="2018-02-30")), "line 7, 'valid_from': '2018-02-30' is no date"),
        (
            json.dumps(row(valid_from="2018-02-03", valid_to="2018-02-03")),
            "line 7: 'valid_to' is 2018-02-03, not after",
        ),
        (json.dumps(row(jurisdiction="spain")), "line 7: 'jurisdiction' is 'spain'; write two capitals"),
        (json.dumps(row(aliases="GDPR")), "line 7: 'aliases' must be a list of texts"),
        (json.dumps(row(id="dogs#3")), "line 7: the id 'dogs#3' is already on line 3; give every article its own id"),
        (
            json.dumps(row(id="x", law_title="Cats Act")),
            "line 7: the law 'dogs' has the title 'Cats Act', but 'Dogs Act' on line 1; one law has one title",
        ),
        (
            json.dumps(row(id="dogs#3", law_id="cats", valid_from="2020-01-01")),
            "line 7: the id 'dogs#3' names 'Article 1' of 'cats', but 'Article 1' of 'dogs' on line 3",
        ),
    ],
)
def test_a_broken_line_is_named_with_what_to_do(tmp_path, broken, message):
    path = tmp_path / "law.jsonl"
    good = [json.dumps(row(id=f"dogs#{number}")) for number in range(1, 7)]
    path.write_text("\n".join([*good, broken, json.dumps(row(id="dogs#8"))]), encoding="utf-8")
    refused(path, message)


def test_a_latin_1_file_is_named_with_the_line_and_the_command_that_converts_it(tmp_path):
    path = tmp_path / "ley.jsonl"
    lines = [json.dumps(row(id=str(number), heading="á"[: number // 2]), ensure_ascii=False) for number in (1, 2, 3)]
    path.write_bytes("\n".join(lines).encode("latin-1"))
    refused(
        path, "line 2: byte 0xE1 is not UTF-8, the file looks like Latin-1; convert it: iconv -f ISO-8859-1 -t UTF-8"
    )


def test_a_utf_16_file_says_so(tmp_path):
    path = tmp_path / "law.jsonl"
    path.write_bytes(json.dumps(ROW).encode("utf-16"))
    with pytest.raises(CorpusError, match="UTF-16, not UTF-8; convert it: iconv -f UTF-16"):
        read_corpus([path])


def test_several_lines_may_tell_the_versions_of_one_article(tmp_path):
    old = row(text="Old.", valid_from="2018-01-01", valid_to="2020-01-01")
    new = row(text="New.", valid_from="2020-01-01")
    corpus = read_corpus([write(tmp_path / "law", old, new)])
    assert [article.id for article in corpus.articles] == ["dogs#1"]
    assert [(version.id, version.text) for version in corpus.versions] == [
        ("dogs#1@2018-01-01", "Old."),
        ("dogs#1@2020-01-01", "New."),
    ]


def test_what_one_line_says_of_a_law_holds_for_its_other_lines(tmp_path):
    lines = [row(), row(id="dogs#2", jurisdiction="GB", aliases=["DA"]), row(id="dogs#3", law_kind="Act")]
    (law,) = read_corpus([write(tmp_path / "law", *lines)]).laws
    assert (law.jurisdiction, law.aliases, law.kind) == ("GB", ("DA",), "Act")


@pytest.mark.real_law
@pytest.mark.parametrize(
    ("name", "articles", "laws", "jurisdictions"),
    [
        ("es_core", 3823, 12, {"ES"}),
        ("vi_core", 2249, 17, {None}),
        ("en_core", 212, 2, {"EU"}),
        ("en_pdpa", 315, 1, {"SG"}),
    ],
)
def test_a_real_corpus_is_read_whole(name, articles, laws, jurisdictions):
    folder = Path(os.environ.get("LEXCITE_DATA", "../shared/data"))
    path = folder / "corpora" / f"{name}.articles.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is not there; set LEXCITE_DATA to the folder of real law")
    corpus = read_corpus([path])
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    assert (len(corpus.articles), len(corpus.versions), len(corpus.laws)) == (articles, articles, laws)
    assert [article.id for article in corpus.articles] == [line["id"] for line in rows]
    headings = [version.heading.split() for version in corpus.versions]
    for version, line, own, following in zip(corpus.versions, rows, headings, [*headings[1:], []], strict=True):
        words = unicodedata.normalize("NFC", re.sub("[\u00ad\u200b]", "", line["text"])).split()
        told = version.text.split()
        # In one corpus the article's heading stands above its text, and the next one's may stand below.
        before = own if name == "en_pdpa" else []
        assert words in ([*before, *told], [*before, *told, *following])
    assert {law.jurisdiction for law in corpus.laws} == jurisdictions
