"""The names of acts that go by sort and number ("Ley 20.393", "DFL N° 1.122"), and of those whose title orders them.

Chilean titles say what the act does ("Fija texto del Código de Aguas"), and its number stands in the front matter.
"""

import re
from collections.abc import Iterator

from index.articles import Law

# Sort -> initials. A title or alias begins with sort and number: "Ley 20.393", "LEY NÚM. 20.393", "Ley 39/2015".
_SORTS = {
    "decreto con fuerza de ley": ("DFL",),
    "real decreto legislativo": ("RDLeg", "RDLg"),
    "real decreto-ley": ("RDL",),
    "real decreto": ("RD",),
    "ley orgánica constitucional": ("LOC",),
    "ley orgánica": ("LO",),
    "decreto legislativo": (),
    "decreto-ley": ("DL",),
    "decreto ley": ("DL",),
    "decreto supremo": ("DS",),
    "decreto": (),
    "resolución": (),
    "ley": (),
}
ACT_INITIALS = frozenset(short.lower() for shorts in _SORTS.values() for short in shorts)
_PLAIN = str.maketrans("áéíóú", "aeiou")
_BY_PLAIN = {
    **{sort.translate(_PLAIN): sort for sort in _SORTS},
    **{short.lower(): sort for sort, shorts in _SORTS.items() for short in shorts},
}
_NUMBERED = re.compile(
    rf"(?P<sort>{'|'.join(_BY_PLAIN)})(?: n(?:[º°o]|\.[º°]|ro|um|umero)?\.?)? ?"
    r"(?P<number>\d{1,3}(?:\.\d{3})+|\d+)(?P<year>/\d{4})?(?![\d/-])"
)
_SIGNS = ("", "N ", "No ", "Nro ", "Núm ", "Número ")
_FIXES_TEXT = re.compile(
    r"(?:fija|aprueba)\b.{0,60}?\btexto\b.{0,60}?\b(?:del|de la) (?P<name>(?:c[oó]digo|ley|estatuto) [^;,\d]+)$",
    re.IGNORECASE,
)
_ESTABLISHES = re.compile(
    r"establece (?:normas (?:sobre|de|para)(?: la| el| los| las)?|la|el|los|las) (?P<about>.+)", re.IGNORECASE
)


def numbered_name(sort: str, number: str) -> str | None:
    """The name of an act by its sort and number as front matter gives them; None where they make none.

    "decreto con fuerza de ley" and "1122" give "Decreto con fuerza de ley 1122".
    """
    name = f"{sort.replace('_', ' ').strip().capitalize()} {number.strip()}"
    return name if is_numbered(name) else None


def is_numbered(name: str) -> bool:
    """Whether a name is no more than the sort of an act and its number."""
    return _NUMBERED.fullmatch(_plain(name)) is not None


def numbered_names(title: str) -> Iterator[str]:
    """The ways to write the sort and number with which a title or an alias begins."""
    match = _NUMBERED.match(_plain(title))
    if match is None:
        return
    sort = _BY_PLAIN[match["sort"]]
    whole = match["number"].replace(".", "")
    numbers = [whole + (match["year"] or "")]
    if len(whole) > 3 and not match["year"]:
        numbers.append(f"{int(whole):,}".replace(",", "."))
    for lead in (sort, *_SORTS[sort], *(".".join(short) for short in _SORTS[sort] if short.isupper())):
        for sign in _SIGNS:
            yield from (f"{lead} {sign}{number}" for number in numbers)


def ordered_name(law: Law) -> str | None:
    """What a title fixes the text of ("Código de Aguas"), or None."""
    match = _FIXES_TEXT.match(law.title)
    return match["name"].strip(" .") if match else None


def established(law: Law) -> str | None:
    """What the title of a law says that it establishes ("protección de los derechos ..."), or None."""
    match = _ESTABLISHES.match(law.title) if law.kind == "ley" else None
    return match["about"].strip(" .") if match else None


def _plain(name: str) -> str:
    return " ".join(name.lower().translate(_PLAIN).split())
