"""The laws that a question names without an article: "What does the GDPR say about consent?"."""

from dataclasses import dataclass

from index.aliases import LawNames
from index.law_links import LawFinder
from index.reference_tokens import Tokens, tokenize

_INITIALS = 3  # letters; a shorter abbreviation of a law that is not here may be anything


@dataclass(frozen=True, slots=True)
class NamedLaws:
    """What a question names.

    Attributes:
        laws: ids of the laws of the corpus, in the order of the question; where a name may mean several, all.
        unknown: the name of a law that the corpus does not hold, as the question writes it; empty where there is none,
            or a law of the corpus is named too.
        rest: the question without the names of `laws`.
    """

    laws: tuple[str, ...]
    unknown: str
    rest: str


def named_laws(question: str, names: LawNames) -> NamedLaws:
    """The laws that a question names."""
    tokens = tokenize(question)
    mentions = [one for one in names.mentions(tokens) if not one.weak and _is_name(tokens, one.first, one.last)]
    laws = tuple(dict.fromkeys(law for mention in mentions for law in mention.laws))
    if laws:
        rest, behind = [], 0
        for mention in mentions:
            rest.append(question[behind : tokens.starts[mention.first]])
            behind = tokens.ends[mention.last - 1]
        return NamedLaws(laws, "", " ".join("".join([*rest, question[behind:]]).split()))
    span = next(((one.first, one.last) for one in mentions), None) or _unknown(tokens, names)
    unknown = "" if span is None else question[tokens.starts[span[0]] : tokens.ends[span[1] - 1]]
    return NamedLaws((), unknown, question)


def _is_name(tokens: Tokens, first: int, last: int) -> bool:
    """Whether it is written as a name: "la Constitución", never "la constitución de una sociedad"."""
    return last - first > 1 or not tokens.raw(first).islower()


def _unknown(tokens: Tokens, names: LawNames) -> tuple[int, int] | None:
    """A law that is known by name and is not in the corpus, else one that the question speaks from."""
    for name in names.elsewhere:
        size = len(name.words)
        for at in range(len(tokens) - size + 1):
            if tuple(tokens.keys[at : at + size]) != name.words:
                continue
            if size > 1 or (len(name.letters) >= _INITIALS and tokens.raw(at) == name.letters):
                return at, at + size
    found = LawFinder(tokens, names).unknown_name()
    return None if found is None else (found.first, found.last)
