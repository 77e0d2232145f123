"""Which publishers' law may be indexed: a list of hosts and names, and the refusal of everything else."""

import re
import unicodedata
from collections.abc import Collection

from index.articles import Corpus
from index.errors import CorpusError

# Stricter than a URL parser: browsers and parsers disagree on who is meant by "https://boe.es\@evil.example", so an
# address with a user name, a backslash or a blank belongs to nobody.
_ADDRESS = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.?(?::[0-9]+)?(?:[/?#][^\s\\]*)?", re.IGNORECASE)


def require_sources(corpus: Corpus, allowed: Collection[str]) -> None:
    """Refuses a corpus with an article from a publisher that is not listed.

    An article's source is that of each of its versions, and its law's where a version names none. A web address
    belongs to a listed host and to the hosts below it ("boe.es" covers "www.boe.es"); any other source must be a listed
    name, however it is capitalised. A source is what the corpus says of itself: the list keeps law of unlisted
    origin out, but cannot tell a file that lies about its origin.

    Args:
        corpus: the whole content of the next release.
        allowed: hosts and names; empty allows every source.

    Raises:
        CorpusError: names the first article that is refused, its source, and how many there are.
    """
    listed = frozenset(name for entry in allowed if (name := _plain(entry)))
    if not listed:
        return
    laws = {law.id: law for law in corpus.laws}
    law_of = {article.id: laws[article.law_id] for article in corpus.articles if article.law_id in laws}
    verdicts: dict[str, bool] = {}
    refused: dict[str, str] = {}
    for version in corpus.versions:
        law = law_of.get(version.article_id)
        source = version.source or (law.source if law is not None else "")
        if source not in verdicts:
            verdicts[source] = _is_listed(source, listed)
        if not verdicts[source]:
            refused.setdefault(version.article_id, source)
    if refused:
        article_id, source = next(iter(refused.items()))
        more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
        raise CorpusError(
            f"article {article_id}{more}: its source {source[:200]!r} is not among those allowed"
            f" ({', '.join(sorted(listed))}): leave it out, or allow its publisher with --allow-source"
        )


def _is_listed(source: str, listed: Collection[str]) -> bool:
    plain = _plain(source)
    address = _ADDRESS.fullmatch(plain)
    if address is None:
        return plain in listed and "://" not in plain
    labels = address[1].split(".")
    return any(".".join(labels[start:]) in listed for start in range(len(labels)))


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
