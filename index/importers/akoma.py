"""Akoma Ntoso 3.0 (OASIS LegalDocML): articles or sections with their numbered levels on lines of their own."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from index.articles import ArticleVersion, Corpus, Law, Status, version_id
from index.errors import CorpusError
from index.importers.cleaning import clean_heading, clean_text, parse_date, short_names
from index.importers.opening import bytes_of, decoded
from index.importers.outline import Unit, articles_of, status_of

_NAMESPACE = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0"
_UNITS = ("article", "section", "rule")  # the first of these that the body holds is its basic unit
_DIVISIONS = frozenset(
    {"book", "tome", "part", "title", "subtitle", "chapter", "subchapter", "division", "subdivision"}
)
_LINES = frozenset({"p", "block", "heading", "subheading", "listIntroduction", "listWrapUp", "tr", "caption"})
_EDITORIAL = frozenset({"authorialNote", "noteRef", "remark", "meta", "placeholder", "eol"})
_LANGS = {
    "eng": "en",
    "spa": "es",
    "vie": "vi",
    "fra": "fr",
    "fre": "fr",
    "deu": "de",
    "ger": "de",
    "zho": "zh",
    "ita": "it",
    "por": "pt",
    "cat": "ca",
    "eus": "eu",
    "glg": "gl",
    "pol": "pl",
    "nld": "nl",
    "ell": "el",
}


class AkomaNtoso:
    """Reads one act."""

    name = "Akoma Ntoso 3.0 XML"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether the file is XML with the namespace of Akoma Ntoso."""
        del path
        return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and _NAMESPACE.encode() in head

    def read(self, path: Path) -> Corpus:
        """The act as its expression is dated.

        Raises:
            CorpusError: XML that is broken, declares entities, or holds no act with articles.
        """
        text = decoded(bytes_of(path), path=path)
        if "<!DOCTYPE" in text or "<!ENTITY" in text:  # the way in of entity bombs and of files read from elsewhere
            raise CorpusError(f"{path}: declares a document type, which Akoma Ntoso does not need; remove it")
        try:
            root = ET.fromstring(text.encode())  # noqa: S314 - no document type, so there are no entities to expand
        except ET.ParseError as error:
            raise CorpusError(f"{path}, line {error.position[0]}: not well-formed XML ({error})") from error
        try:
            return _corpus(root, path)
        except RecursionError as error:
            raise CorpusError(f"{path}: XML nested too deeply for a law") from error


def _corpus(root: ET.Element, path: Path) -> Corpus:
    act = next((element for element in root if _name(element) in {"act", "bill", "doc"}), None)
    body = None if act is None else next((element for element in act if _name(element) in {"body", "mainBody"}), None)
    if act is None or body is None:
        raise CorpusError(f"{path}: holds no <act> with a <body>")
    law = _law(act, path)
    expressed = _find(act, "FRBRExpression", "FRBRdate")
    since = _date(expressed, path) if expressed is not None else None
    articles, versions = [], []
    for article, unit in articles_of(law.id, _units(act, body, path)):
        articles.append(article)
        versions.append(
            ArticleVersion(
                id=version_id(article.id, since),
                article_id=article.id,
                heading=unit.heading,
                text=unit.text,
                lang=law.lang,
                valid_from=since,
                status=Status.REPEALED if not unit.text else status_of(unit.text, source_says_repealed=False),
                source=law.source,
            )
        )
    if not articles:
        raise CorpusError(f"{path}: the <body> holds no <article>, <section> or <rule>")
    return Corpus((law,), tuple(articles), tuple(versions))


def _law(act: ET.Element, path: Path) -> Law:
    work = _attribute(act, "value", "FRBRWork", "FRBRuri") or _attribute(act, "value", "FRBRWork", "FRBRthis")
    if not work:
        raise CorpusError(f"{path}: no <FRBRuri> in <FRBRWork>: the act has no identifier")
    language = _attribute(act, "language", "FRBRExpression", "FRBRlanguage").lower()
    if not language:
        raise CorpusError(f"{path}: no <FRBRlanguage> in <FRBRExpression>")
    title_element = next(
        (found for name in ("docTitle", "shortTitle") if (found := _first(act, name)) is not None), None
    )
    alias = _attribute(act, "value", "FRBRWork", "FRBRalias")
    title = clean_heading(_flat(title_element) if title_element is not None else alias or work, place=str(path))
    country = _attribute(act, "value", "FRBRWork", "FRBRcountry").upper()
    adopted, published = _find(act, "FRBRWork", "FRBRdate"), _first(act, "publication")
    return Law(
        id=work,
        title=title,
        lang=_LANGS.get(language, language),
        aliases=tuple(name for name in dict.fromkeys([*short_names(title), alias]) if name and name != title),
        jurisdiction="EU" if country in {"EU", "EUR"} else country if re.fullmatch("[A-Z]{2}", country) else None,
        kind=act.get("name", ""),
        source=work if work.startswith("http") else "",
        adopted=_date(adopted, path) if adopted is not None else None,
        published=_date(published, path) if published is not None else None,
    )


def _units(act: ET.Element, body: ET.Element, path: Path) -> Iterator[Unit]:
    """The preamble, the basic units of the body, and what is attached."""
    preamble = next((element for element in act if _name(element) == "preamble"), None)
    if preamble is not None and (text := _text(preamble, path)):
        yield Unit("Preamble", "", text, ())
    unit = next((name for name in _UNITS if _first(body, name) is not None), None)
    if unit is not None:
        yield from _below(body, unit, (), path)
    for attachment in act.iter(f"{{{_NAMESPACE}}}attachment"):
        heading = _child_text(attachment, "heading", path) or _child_text(attachment, "subheading", path)
        label, _, rest = heading.partition(". ")
        yield Unit(label or "Annex", rest, _text(attachment, path, without=("heading", "subheading")), ())


def _below(parent: ET.Element, unit: str, above: tuple[str, ...], path: Path) -> Iterator[Unit]:
    for element in parent:
        name = _name(element)
        number, heading = _child_text(element, "num", path), _child_text(element, "heading", path)
        if name == unit or (name == "hcontainer" and _first(element, unit) is None):
            label = (
                number.rstrip(".") if re.search(r"[^\W\d]{3}", number) else f"{name.capitalize()} {number.strip('. ')}"
            )
            yield Unit(label.strip(), heading, _text(element, path, without=("num", "heading")), above)
        elif name in _DIVISIONS or _first(element, unit) is not None:
            title = ". ".join(part for part in (number.rstrip(". "), heading.rstrip(".")) if part)
            yield from _below(element, unit, (*above, title) if title else above, path)
        elif name not in {"num", "heading", "subheading"} and (text := _text(element, path)):
            yield Unit(above[-1] if above else "Text", "", text, above)  # words outside any unit are not lost


def _text(element: ET.Element, path: Path, *, without: tuple[str, ...] = ()) -> str:
    lines = [line for child in element if _name(child) not in without for line in _rendered(child)]
    return clean_text("\n".join(lines), place=str(path))


def _rendered(element: ET.Element) -> list[str]:
    """Lines of an element; a numbered level's number stands before its first line."""
    name = _name(element)
    if name in _EDITORIAL:
        return []
    if name == "tr":
        return [" | ".join(_flat(cell) for cell in element)]
    if name in _LINES or name == "num" or not len(element):
        return [line] if (line := _flat(element)) else []
    number = next((_flat(child) for child in element if _name(child) == "num"), "")
    lines = [line for child in element if _name(child) != "num" for line in _rendered(child)]
    if not number:
        return lines
    return [f"{number} {lines[0]}", *lines[1:]] if lines else [number]


def _flat(element: ET.Element) -> str:
    """The words of an element on one line, without editorial notes."""
    words = [element.text or ""]
    for child in element:
        if _name(child) not in _EDITORIAL:
            words.append(_flat(child))
        elif _name(child) == "eol":
            words.append(" ")
        words.append(child.tail or "")
    return re.sub(r"\s+", " ", "".join(words)).strip() if _name(element) in _LINES | {"num"} else "".join(words)


def _child_text(element: ET.Element, name: str, path: Path) -> str:
    child = next((child for child in element if _name(child) == name), None)
    return "" if child is None else clean_heading(_flat(child), place=str(path))


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _first(element: ET.Element, name: str) -> ET.Element | None:
    return next(element.iter(f"{{{_NAMESPACE}}}{name}"), None)


def _find(act: ET.Element, outer: str, inner: str) -> ET.Element | None:
    parent = _first(act, outer)
    return None if parent is None else _first(parent, inner)


def _attribute(act: ET.Element, attribute: str, outer: str, inner: str) -> str:
    found = _find(act, outer, inner)
    return "" if found is None else (found.get(attribute) or "").strip()


def _date(element: ET.Element, path: Path) -> date | None:
    value = (element.get("date") or "")[:10]
    return parse_date(value, place=f"{path}, <{_name(element)}>") if value else None
