"""What an article's text says of itself: whether it is repealed, and whether two texts differ in form alone."""

import re
import unicodedata
from dataclasses import dataclass

from index.structure_articles import article_label

_REPEALED = re.compile(
    r"[*\[( ]*(?:(?:artículo|inciso|apartado|điều này|khoản này|điểm này) )?(?:(?:queda|đã|được|bị) )*"
    r"(?:derogad[oa]s?|suprimid[oa]s?|eliminad[oa]s?|anulad[oa]s?|sin contenido|bãi bỏ|repealed|deleted|abrogée?s?"
    r"|weggefallen)(?: (?:por|by|par|durch|theo) [^.\n]{1,80}(?:\.\d[^.\n]{0,60})?)?[*\]) .]*",
    re.IGNORECASE,
)
_BESIDE_REPEALED = re.compile(  # what may stand below it: other articles' labels, the headings that follow
    r"(?:art[íi]culos?|arts?\.)\s[\d\s.,ayº]+|(?:libro|t[íi]tulo|cap[íi]tulo|secci[óo]n|subsecci[óo]n)\b[^.;]{0,150}\.?.{0,150}"
    r"|(?=[^\W\d_]{3})(?-i:[^a-zà-ÿ;:]{4,150})",
    re.IGNORECASE,
)
_CLAUSE_LABEL = re.compile(r"^(?:\d{1,3}|[a-z])[.)º]+\s*")
_MARKER = re.compile(r"^\s*[*(\[]*(?:derogad|suprimid)[oa]s?[*)\]. ]*(?:\n+|$)", re.IGNORECASE)
_ECHO = re.compile(
    r"^[\"“«]?\s*(?P<label>art[íi]culo\s+(?:\d+|[a-záéíóú]+)\s*[°ºª]?"
    r"(?:\s*(?:bis|ter|qu[áa]ter|quinquies|sexies|septies|octies|nonies)\b)?"
    r"(?:\s+\d+\b)?(?:\s+[a-zñ]\b)?(?:\s+transitorio)?)\s*[.°º]*\s*[-–—.]*\s*",
    re.IGNORECASE,
)
_LETTER = re.compile(r"(?P<letter>[A-ZÑ])\s*[.)]?\s*[-–—]\s*")  # of "Artículo 39 A", left at the start of its text
_LABELLED = re.compile(r"\s*(?:\d{1,3}|[a-zñ]{1,2}|[IVXL]+)\s*(?:[.)](?!\d)|[°º])\s*-?\s*(?:\S|$)")
_NOTE = re.compile(r"(?:^|\n\n)NOTAS?:?\s*\d*\s*\n.*", re.DOTALL)

# The heading of the next division, which some sources leave at the end of the article before: "3.- De las sanciones".
_NEXT_DIVISION = re.compile(
    r"(?<=[.\"”»)])\s*\n\s*\n(?:[a-z\d]{1,2}\s*[.)]\s*-?\s*(?:Del?|Disposiciones|Normas)\b[^.;:]{0,120}"
    r"|(?=[^\W\d_]{3})[^a-z.;:]{4,120})\Z"
)
_ORDINAL_SIGNS = re.compile("[°ºª]")
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[^\w]+(?=\d)")
_NO_WORD = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a source states as an article's text.

    Attributes:
        text: without the label that repeats the article's own; of a repealed article the sign or note that is left.
        repealed: only a sign of repeal, or a note about it, is left.
        marked: a sign of repeal stands above a text that stands.
    """

    text: str
    repealed: bool
    marked: bool = False


def is_repealed_text(text: str) -> bool:
    """Whether a text says nothing but that it is repealed, as a whole or clause by clause.

    Below the sign may stand what sources leave there: "(Derogado)", "Artículos 38 a 40.", "LIBRO IV".
    """
    lines = [_CLAUSE_LABEL.sub("", line.strip()) for line in text.split("\n") if line.strip()]
    return (
        bool(lines)
        and _REPEALED.fullmatch(lines[0]) is not None
        and all(_REPEALED.fullmatch(line) or _BESIDE_REPEALED.fullmatch(line) for line in lines)
    )


def stated(text: str, number: str) -> Stated:
    """The text of the article `number` as it counts: "ARTICULO 1°- Las aguas" -> "Las aguas".

    A sign of repeal above a text that stands repeals nothing (a source may put it above every article of a law). A
    sign of repeal above nothing, above a label alone or above a note ("moved to Book IV of the Commercial Code") does.
    """
    bare = _MARKER.sub("", text)
    marked = bare != text
    echo = _ECHO.match(bare)
    if echo is not None and article_label(echo["label"])[1] == number:
        bare = bare[echo.end() :]
        echo = None
    letter = _LETTER.match(bare)
    if letter is not None and number.endswith(f" {letter['letter']}"):
        bare = bare[letter.end() :]
    bare = unwrapped(bare)
    law = _NOTE.sub("", bare).strip()
    only_label = marked and echo is not None and not law[echo.end() :].strip()
    if law and not only_label and not is_repealed_text(law):
        return Stated(law, repealed=False, marked=marked)
    if only_label and echo is not None:
        bare = bare[echo.end() :]
    return Stated(bare.strip() or text.strip(), repealed=True)


def unwrapped(text: str) -> str:
    """The text without the line breaks of a typewriter: a line that ends no sentence goes on in the next.

    A line that opens with a label of its own ("2.- Proveedores", "b) ...") stands apart whatever is before it.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        goes_on = bool(lines and lines[-1].strip() and line.strip()) and not _LABELLED.match(line)
        if goes_on and (not lines[-1].rstrip().endswith((".", ";", ":")) or line.lstrip()[0].islower()):
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


def same_wording(first: str, second: str, *, lang: str) -> bool:
    """Whether two texts differ in form alone, so that they are one version of the law.

    Form is: white space and line breaks, words cut at a line's end, capitals, punctuation, quotation marks and dashes,
    ordinal signs, separators of thousands, the heading of the next division where a source leaves it at the end, and
    in Spanish the acute accent ("sólo", "solo"). Everything else is law:
    every word and number, the comma in 1,5, and in any other language each diacritic.
    """
    return first == second or comparable(first, lang=lang) == comparable(second, lang=lang)


def comparable(text: str, *, lang: str) -> str:
    """What makes a text the law that it is: equal for texts that differ in form alone."""
    folded = unicodedata.normalize("NFKC", _ORDINAL_SIGNS.sub("", _NEXT_DIVISION.sub("", text.strip()))).casefold()
    if lang == "es":
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", folded).replace("\u0301", ""))
    folded = _THOUSANDS.sub("", folded)
    folded = _BETWEEN_DIGITS.sub(lambda found: (found[0].strip() or " ")[0], folded)
    return _NO_WORD.sub("", folded)
