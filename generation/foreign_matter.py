"""What no sentence of an answer may bring along: addresses, mark-up and formulas that the law cited does not hold.

A model that obeys a planted text, or wants to be believed, adds a link. A page or a chat program would make it live.
"""

import re

_FOREIGN = re.compile(
    r"""
    (?:\b[a-z][a-z0-9+.-]*:)?//+[^\s]+        # https://..., //host
    | \b(?:javascript|data|vbscript|file|blob|mailto|tel|sms|about):\S+
    | \bwww\.\S+
    | [^\s@<>()]+@[^\s@<>()]+                   # an e-mail address or a handle
    | \b[a-z0-9-]{3,}(?:\.[a-z0-9-]+)*\.[a-z]{2,24}\b(?!\.\w\.)  # evil.example
    | \b\d{1,3}(?:\.\d{1,3}){3}\b               # an address of numbers
    | </?[a-z!?][^>]*>?                         # a tag, closed or not
    | &(?:\#\w+|[a-z]+);                        # an entity
    | \]\s?[(\[] | !\[                          # a link or a picture in Markdown
    | \\[a-z]+ | \${2}                          # TeX
    """,
    re.IGNORECASE | re.VERBOSE,
)


def foreign_matter(text: str) -> tuple[str, ...]:
    """The addresses, tags, entities and formulas in a text, as written."""
    return tuple(found.group().rstrip(".,;:!?)’”»\"'") for found in _FOREIGN.finditer(text))
