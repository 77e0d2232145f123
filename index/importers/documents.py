"""PDF, DOCX, HTML and plain text through LlamaIndex's readers; where no article is found, its node parser cuts."""

import re
import zipfile
import zlib
from pathlib import Path

from index.articles import ArticleKind, ArticleVersion, Corpus, Law, Remark
from index.errors import CorpusError
from index.importers.cleaning import clean_heading, clean_text, short_names
from index.importers.opening import bytes_of, compression, decoded
from index.importers.outline import Unit, articles_of, status_of
from index.languages import detect_language
from index.structure_law import split_law
from index.structure_outline import LawOutline

_ZIP = b"PK\x03\x04"
_INSTALL = "pip install llama-index-readers-file docx2txt"
_MOST_UNPACKED = 64 << 20  # bytes of a DOCX file
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")  # left over from a page layout


class Documents:
    """Reads one document as one law, named after its file."""

    name = "PDF, DOCX, HTML or plain text"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether the file is one of the four; plain text is UTF-8 without control characters."""
        return _kind(head) is not None and (_kind(head) == "text" or compression(path) is None)

    def read(self, path: Path) -> Corpus:
        """The document's articles, or pieces of it named "Part 1" and so on where it has none.

        Raises:
            CorpusError: a damaged or empty document, a missing library, or a language that cannot be told.
        """
        kind = _kind(bytes_of(path)[: 1 << 16])
        text = clean_text(_CONTROL.sub(" ", _text_of(kind, path)), place=str(path))
        if not text:
            raise CorpusError(f"{path}: no text in it; a scanned document must be recognised (OCR) first")
        lang = detect_language(text[:20_000])
        if lang is None:
            raise CorpusError(f"{path}: its language cannot be told; use article JSON Lines, which name it")
        law_id = re.sub(r"\s+", "-", path.name.removesuffix("".join(path.suffixes)) or path.stem)
        title = clean_heading(text.split("\n", 1)[0], place=str(path))[:200] or law_id
        law = Law(id=law_id, title=title, lang=lang, aliases=short_names(title), source=path.name)
        articles, versions = [], []
        outline = split_law(text, lang=lang)
        for article, unit in articles_of(law.id, _units(text, outline) or _pieces(text, path)):
            articles.append(article)
            versions.append(
                ArticleVersion(
                    id=article.id,
                    article_id=article.id,
                    heading=unit.heading,
                    text=unit.text,
                    lang=lang,
                    status=status_of(unit.text, source_says_repealed=True),  # a document does not say of what day it is
                    source=path.name,
                )
            )
        remarks = tuple(Remark(law.id, f"{path.name}, {warning}") for warning in outline.warnings)
        return Corpus((law,), tuple(articles), tuple(versions), remarks)


def _kind(head: bytes) -> str | None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"%PDF-"):
        return "pdf"
    if start.startswith(_ZIP):
        return "docx" if b"word/" in head or b"[Content_Types].xml" in head else None
    if re.match(rb"(?i)<(?:!doctype\s+html|html\b)", start):
        return "html"
    if start.startswith((b"{", b"[", b"<?xml")) or _CONTROL.search(head.decode("utf-8", errors="ignore")):
        return None
    try:
        head[: max(len(head) - 4, 1)].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end < len(head) - 8:
            return None
    return "text"


def _text_of(kind: str | None, path: Path) -> str:
    if kind == "text":
        return decoded(bytes_of(path), path=path).removeprefix("\ufeff")
    try:
        from index.importers import document_readers  # noqa: PLC0415 - LlamaIndex takes 1.7 CPU-s to import
    except ImportError as error:
        raise CorpusError(f"{path}: reading {kind} files needs more libraries; {_INSTALL}") from error
    if kind == "pdf":
        return document_readers.pdf_text(path)
    if kind == "docx":
        _check_docx(path)
        return document_readers.docx_text(path)
    return document_readers.html_text(decoded(bytes_of(path), path=path), path)


def _check_docx(path: Path) -> None:
    """Raises unless the archive is of a sane size and its XML has no entities."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNPACKED:
                raise CorpusError(f"{path}: unpacks to more than {_MOST_UNPACKED >> 20} MiB; this is no law source")
            parts = [archive.read(entry) for entry in archive.infolist() if entry.filename.endswith((".xml", ".rels"))]
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise CorpusError(f"{path}: a damaged DOCX file ({error}); save it again") from error
    if any(b"<!DOCTYPE" in part or b"<!ENTITY" in part for part in parts):
        raise CorpusError(f"{path}: its XML declares a document type, which no word processor writes")


def _units(text: str, outline: LawOutline) -> list[Unit]:
    """The articles and what stands before them; empty where the text has no article."""
    if all(article.kind is ArticleKind.PREAMBLE for article in outline.articles):
        return []
    return [
        Unit(article.label or "Preamble", article.heading, text[article.body : article.end].strip(), article.path)
        for article in outline.articles
    ]


def _pieces(text: str, path: Path) -> list[Unit]:
    """A document without articles, cut at sentence ends."""
    try:
        from index.importers import document_readers  # noqa: PLC0415 - as above
    except ImportError as error:
        raise CorpusError(f"{path}: a text without articles needs more libraries; {_INSTALL}") from error
    return [Unit(f"Part {number}", "", piece, ()) for number, piece in enumerate(document_readers.pieces_of(text), 1)]
