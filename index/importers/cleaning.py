"""Texts, dates and law names as every importer stores them."""

import re
import unicodedata
from datetime import date
from urllib.parse import urlsplit

from index.errors import CorpusError

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile("[\t\u00a0\u2000-\u200a\u202f\u205f\u3000]")  # typographic blanks; a quote has plain ones
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")  # hyphenation, direction, nothing
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_STRAY_HEADING_END = re.compile(r"[\s`´]+$")
_SHORT_NAME = re.compile(r"\(([^()\s]{2,20})\)")
_COUNTRY_CODES = {"uk": "GB", "eu": "EU"}  # where the domain's code is not the ISO 3166-1 one
_BORROWED = frozenset({"ai", "co", "fm", "gg", "io", "ly", "me", "sh", "tv"})  # country codes that anyone rents


def clean_text(text: str, *, place: str) -> str:
    """Unicode NFC, line feeds and plain blanks only, nothing invisible, no blanks at either end.

    Args:
        text: as the source gives it.
        place: file and line, for the message.

    Raises:
        CorpusError: the text holds a NUL, another control character or half a surrogate pair.
    """
    text = _INVISIBLE.sub("", _BLANKS.sub(" ", _LINE_ENDS.sub("\n", text)))
    if found := _FORBIDDEN.search(text):
        raise CorpusError(
            f"{place}: the text holds the character U+{ord(found[0]):04X} (number {found.start() + 1}), "
            "which no law contains; repair the source"
        )
    return unicodedata.normalize("NFC", text).strip()


def clean_heading(heading: str, *, place: str) -> str:
    """As `clean_text`, on one line, without a stray backtick at the end (the AI Act's "Subject matter`")."""
    return _STRAY_HEADING_END.sub("", " ".join(clean_text(heading, place=place).split()))


def parse_date(value: str, *, place: str) -> date:
    """An ISO 8601 calendar date.

    Raises:
        CorpusError: anything else.
    """
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise CorpusError(f"{place}: {value!r} is no date; write it as 2018-05-25") from error


def short_names(title: str) -> tuple[str, ...]:
    """The names in brackets by which people call a law, and the title without them.

    "General Data Protection Regulation (GDPR)" gives "GDPR" and "General Data Protection Regulation". A bracket
    counts when it is one word with at least two capitals, so that "(Singapore)" does not.
    """
    names = [name for name in _SHORT_NAME.findall(title) if sum(letter.isupper() for letter in name) >= 2]
    if not names:
        return ()
    spaced = [name.replace("_", " ") for name in names if "_" in name]
    without = title
    for name in names:
        without = without.replace(f"({name})", " ")
    return tuple(dict.fromkeys([*names, *spaced, " ".join(without.split())]))


def jurisdiction_of(address: str) -> str | None:
    """The jurisdiction that an address's country-code domain names: boe.es is ES, europa.eu is EU, gov.uk is GB.

    Returns:
        None for what is no web address, for generic domains, and for country codes that anyone rents.
    """
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return None
    code = host.rpartition(".")[2]
    if len(code) != 2 or not code.isascii() or not code.isalpha() or code in _BORROWED:
        return None
    if code == "eu" and not host.endswith("europa.eu"):
        return None  # anyone may hold a .eu name; the Union publishes under europa.eu
    return _COUNTRY_CODES.get(code, code.upper())
