import zipfile
from pathlib import Path

import pytest

from index.articles import Status
from index.errors import CorpusError
from index.importers.registry import read_corpus
from index.importers.report import inspect

VIETNAMESE = """LUẬT NUÔI CHÓ

Chương I
QUY ĐỊNH CHUNG

Điều 1. Phạm vi điều chỉnh
Việc nuôi chó được thực hiện theo
Điều 45 của Luật Thú y.
1. Chó phải có dây xích.
Điều 2. Đối tượng áp dụng
Người nuôi chó trong nước."""

DOCX_XML = """<?xml version="1.0" encoding="UTF-8"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>"""


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def docx(path: Path, *paragraphs: str, xml: str = DOCX_XML) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
        archive.writestr("word/document.xml", xml.replace("{}", body))
    return path


def pdf(path: Path, *lines: str) -> Path:
    """One page of Helvetica, by hand: the least that the format asks for."""
    text = " ".join(f"({line}) Tj T*" for line in lines)
    stream = f"BT /F1 12 Tf 14 TL 50 700 Td {text} ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    content, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    content += b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(content),
    )
    return write(path, content)


def shown(path: Path) -> list[tuple[str, str, str]]:
    corpus = read_corpus([path])
    return [
        (article.label, version.heading, version.text)
        for article, version in zip(corpus.articles, corpus.versions, strict=True)
    ]


def test_plain_text_is_cut_at_headings_and_not_at_references_that_start_a_line(tmp_path):
    path = write(tmp_path / "luat.txt", VIETNAMESE)
    assert shown(path) == [
        ("Preamble", "", "LUẬT NUÔI CHÓ"),
        (
            "Điều 1",
            "Phạm vi điều chỉnh",
            "Việc nuôi chó được thực hiện theo\nĐiều 45 của Luật Thú y.\n1. Chó phải có dây xích.",
        ),
        ("Điều 2", "Đối tượng áp dụng", "Người nuôi chó trong nước."),
    ]
    corpus = read_corpus([path])
    assert (corpus.laws[0].id, corpus.laws[0].title, corpus.laws[0].lang) == ("luat", "LUẬT NUÔI CHÓ", "vi")
    assert corpus.articles[1].path == ("Chương I. QUY ĐỊNH CHUNG",)
    assert {version.status for version in corpus.versions} == {Status.UNKNOWN}


def test_docx_is_read(tmp_path):
    path = docx(tmp_path / "ley.bin", "LEY DE PERROS", "Artículo 1. Correa", "Los perros se llevan con la correa.")
    assert ("Artículo 1", "Correa", "Los perros se llevan con la correa.") in shown(path)


def test_html_blocks_are_lines_and_scripts_are_nothing(tmp_path):
    path = write(
        tmp_path / "law",
        "<!DOCTYPE html><html><head><title>x</title></head><body><script>Article 9. evil()</script>"
        "<div><h2>Article 1</h2><p>Leads</p><p>1. The dog is <b>kept</b> on the lead.</p></div>"
        "<p>Article 2</p><p>The cat is not.</p></body></html>",
    )
    assert shown(path) == [
        ("Article 1", "Leads", "1. The dog is kept on the lead."),
        ("Article 2", "", "The cat is not."),
    ]


def test_pdf_is_read(tmp_path):
    path = pdf(
        tmp_path / "law", "Article 1", "Leads", "1. The dog is kept on the lead.", "Article 2", "The cat is not."
    )
    assert shown(path) == [
        ("Article 1", "Leads", "1. The dog is kept on the lead."),
        ("Article 2", "", "The cat is not."),
    ]


def test_a_document_without_articles_is_cut_into_parts_that_lose_nothing(tmp_path):
    text = "The dog is kept on the lead by the person who has it. " * 200
    parts = shown(write(tmp_path / "guide", text))
    assert [label for label, _, _ in parts] == [f"Part {number}" for number in range(1, len(parts) + 1)]
    assert len(parts) > 1
    assert " ".join(part for _, _, part in parts).split() == text.split()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.4\nrubbish", "cannot be read ("),
        (b"PK\x03\x04[Content_Types].xml word/ rubbish", "a damaged DOCX file"),
        (b"<html><body><script>x</script></body></html>", "no text in it; a scanned document"),
        (b"12 34 56\n", "its language cannot be told"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused(tmp_path, content, message):
    with pytest.raises(CorpusError) as caught:
        read_corpus([write(tmp_path / "law", content)])
    assert message in str(caught.value)


def test_a_docx_that_unpacks_without_end_is_refused(tmp_path):
    path = tmp_path / "bomb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", bytes(65 << 20))
    with pytest.raises(CorpusError, match="unpacks to more than 64 MiB"):
        read_corpus([path])


def test_a_docx_with_entities_is_refused(tmp_path):
    path = docx(tmp_path / "evil", "Artículo 1", xml='<!DOCTYPE x [<!ENTITY a "b">]>' + DOCX_XML.partition("?>")[2])
    with pytest.raises(CorpusError, match="declares a document type"):
        read_corpus([path])


def test_what_the_structure_leaves_open_is_in_the_report(tmp_path):
    path = tmp_path / "bees.txt"
    path.write_text(
        "Bees Act\n\nArticle 1. Hives\n\nA hive bears a number.\n\nArticle 4. Fines\n\nThe fine is 5 crowns.\n",
        encoding="utf-8",
    )
    told = [finding.detail for finding in inspect(read_corpus([path])).findings]
    assert "bees.txt, line 7: no number 2 to 3 before 'Article 4'" in told
