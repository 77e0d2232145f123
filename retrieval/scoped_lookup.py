"""Look-up in the law that may answer: one `Lookup` for each set of filters, made when it is first asked for."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from index.aliases import LawNames
from index.release import Release
from retrieval.lookup import Lookup
from retrieval.search import Filters

ScopedLookup = Callable[[Filters], Lookup]

_CACHED = 16  # sets of filters; a look-up holds the numbers of all articles of its laws


def lookup_in(release: Release, *, aliases: Path | None = None) -> ScopedLookup:
    """The look-up of a release by filters. A law that does not pass them does not exist for it, not even by name.

    Args:
        release: the law.
        aliases: a file of further names, see `index/aliases.py`.

    Raises:
        CorpusError: the file of names is not as it should be.
    """
    LawNames({}, aliases=aliases)  # a broken file is told now and not with the first question

    @lru_cache(_CACHED)
    def scoped(filters: Filters) -> Lookup:
        laws = {law_id: law for law_id, law in release.laws.items() if filters.passes(law)}
        return Lookup(
            laws=laws,
            articles=release.articles,
            versions=release.versions,
            provisions=release.provisions,
            names=LawNames(laws, aliases=aliases),
        )

    return scoped
