"""The articles that a text names, read without the corpus: laws only by the names that lexcite ships."""

import functools

from index.aliases import LawNames
from index.references import Reference, References, Relative, read_references


def mentions(text: str) -> References:
    """The references of a text; a law that is named stands in `Reference.law_name`, never in `laws`."""
    return read_references(text, names=_names())


def numbered(text: str) -> tuple[Reference, ...]:
    """Those that name an article by its number."""
    return tuple(one for one in mentions(text).references if one.relative is Relative.NUMBERED)


@functools.cache
def _names() -> LawNames:
    return LawNames({})
