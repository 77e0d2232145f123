"""A law's abbreviation and a number, with no word for an article: "GDPR 33", "CE 18.4"; read in questions only.

A number counts many things ("GDPR 7 principles"), so it is an article's only where the sentence stops behind it or goes
on with what a law does ("says").
"""

from collections.abc import Callable, Iterator

from index.aliases import LawMention
from index.provision_labels import Label
from index.reference_labels import article_labels
from index.reference_tokens import Tokens, word_set

# What a law does, behind its number, and the marks that end there.
GOES_ON = word_set(
    "say says state states provide provides mean means dice establece regula dispone quy noi ghi sagt dit"
)
STOPS = frozenset(".?!,;:)")
_OPENING = frozenset('(¿¡"“«[')


def bare_labels(t: Tokens, mention: LawMention, *, goes_on: Callable[[int], bool]) -> Iterator[Label]:
    """The articles that a number directly behind an abbreviation of a law names; nothing where it may be no number.

    `goes_on` tells of a token whether a further reference with its own law follows there: "GDPR 33 and PDPA 26".
    """
    at = mention.last
    abbreviation = t.text[t.starts[mention.first] : t.ends[at - 1]]
    if mention.weak or not mention.laws or sum(map(str.isupper, abbreviation)) < 2 or " " in abbreviation:
        return
    if t.is_glued(mention.first) and t.key(mention.first - 1) not in _OPENING:  # "95/46/CE"
        return
    if not t.is_number(at) or t.is_glued(at) or t.has_break(at) or 1800 <= int(t.key(at)) <= 2100:
        return
    labels = article_labels(t, at, loose=False, plural=False)
    if not labels or any("0" in label.path or label.number == "0" or label.letter for label in labels):  # "GDPR 2.0"
        return
    following = labels[-1].last
    if (
        t.key(following) in GOES_ON
        or not t.key(following)
        or (t.key(following) in STOPS and not t.is_number(following + 1))
        or goes_on(following)
    ):
        yield from labels
