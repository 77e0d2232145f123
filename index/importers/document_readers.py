"""The adapter to LlamaIndex's file readers and node parser: a document file to its text, a text to pieces."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bs4 import BeautifulSoup
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import Document
from llama_index.readers.file import DocxReader, HTMLTagReader, PDFReader

from index.errors import CorpusError

_PIECE = 512  # tokens
_NO_TEXT = ("script", "style", "noscript", "template", "nav", "header", "footer")
_BLOCKS = (
    *("address", "article", "aside", "blockquote", "br", "div", "dd", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul"),
)


def pdf_text(path: Path) -> str:
    """The text of all pages.

    Raises:
        CorpusError: a damaged or encrypted file.
    """
    return _loaded(lambda: PDFReader(return_full_document=True).load_data(path), path)


def docx_text(path: Path) -> str:
    """The text of a Word document, headers, footers and footnotes included.

    Raises:
        CorpusError: a damaged file.
    """
    return _loaded(lambda: DocxReader().load_data(path), path)


def html_text(html: str, path: Path) -> str:
    """The text of a page's body, one line a block, without scripts and navigation.

    Args:
        html: the page.
        path: where it is from, for messages.
    """
    soup = BeautifulSoup(html, "html.parser")
    for element in soup(_NO_TEXT):
        element.decompose()
    for element in soup(_BLOCKS):  # the reader joins the words of neighbouring blocks
        element.insert_before("\n")
        element.append("\n")
    body = soup.body or soup
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "page.html"
        copy.write_text(f"<html><body><div>{body.decode_contents()}</div></body></html>", encoding="utf-8")
        return _loaded(lambda: HTMLTagReader(tag="body").load_data(copy), path)


def pieces_of(text: str) -> list[str]:
    """A text without articles, cut at sentence ends."""
    return SentenceSplitter(chunk_size=_PIECE, chunk_overlap=0).split_text(text)


def _loaded(load: Callable[[], Sequence[Document]], path: Path) -> str:
    """Runs a reader; whatever it cannot read is the document's fault."""
    try:
        return "\n".join(document.text for document in load())
    except Exception as error:
        raise CorpusError(f"{path}: cannot be read ({type(error).__name__}: {str(error)[:120]})") from error
