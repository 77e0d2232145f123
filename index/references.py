"""References to articles in a text: which article, which provision of it, which law; and how a citation is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from index.aliases import LawNames
from index.articles import ArticleKind
from index.chinese_references import chinese_targets
from index.law_links import LawFinder, LawLink, LinkedLaw
from index.reference_bare import bare_labels
from index.reference_format import format_reference
from index.reference_grammar import may_begin, read_group
from index.reference_series import further_reference, past_letter
from index.reference_targets import HERE, Relative, Target
from index.reference_tokens import Tokens, tokenize

__all__ = [
    "HERE",
    "LawLink",
    "Reference",
    "References",
    "Relative",
    "find_references",
    "format_reference",
    "read_references",
]


@dataclass(frozen=True, slots=True)
class Reference:
    """One article, range of articles or provision that a text names.

    Attributes:
        start, end: offsets of the words that name it, its law not included.
        kind: article, additional provision, annex ...
        number: normalised: "6", "18 bis", "26C", "3" for "Annex III"; empty where `relative` is not NUMBERED.
        through: the last number of a range; empty for one article.
        path: the clause and points named, bare, as in `Provision.path`; empty for the whole article. `HERE` stands for
            the clause in which the text itself stands, (HERE, HERE) for the point.
        paragraph: the unnumbered paragraph counted ("párrafo segundo" is 2) within `path`; 0 where none is.
        relative: whether the article is named by its number or from where the text stands.
        word: the word for the article, folded: "article", "dieu", "articulo", "section"; empty where none stands there.
        letter: a capital that stands after the number and a space ("39 A"), or a number behind "bis" ("129 bis 1",
            "129 bis 12 A"); part of the number exactly where the law meant has such an article, which
            `NumberedArticles.named` tells; otherwise the capital is a word of the sentence, the number a clause.
        doubtful: even then it may be a word: "el artículo 39 A los efectos".
        link: how the law is named.
        law_name: the law as written; empty where unnamed.
        laws: ids of the laws it may be, in the order of the corpus; empty unless `link` is NAMED.
    """

    start: int
    end: int
    kind: ArticleKind
    number: str
    through: str = ""
    path: tuple[str, ...] = ()
    paragraph: int = 0
    relative: Relative = Relative.NUMBERED
    word: str = ""
    letter: str = ""
    doubtful: bool = False
    link: LawLink = LawLink.UNNAMED
    law_name: str = ""
    laws: tuple[str, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether a number, and no word, is what is left of `letter` where it is no part of the article's number."""
        return self.letter[:1].isdecimal()

    def with_letter(self) -> "Reference":
        """Read so that the letter is part of the number."""
        return replace(self, number=f"{self.number} {self.letter}", letter="", doubtful=False)

    def without_letter(self) -> "Reference":
        """Read so that the letter is a word of the sentence, or the number behind "bis" a clause."""
        path = (self.letter.split()[0], *self.path) if self.counted else self.path
        return replace(self, letter="", path=path, doubtful=False)


@dataclass(frozen=True, slots=True)
class References:
    """What one reading of a text finds.

    Attributes:
        references: in the order of the text.
        law_spans: offsets of the names of laws of the corpus, wherever they stand, with the laws they may be.
        named_spans: offsets of everything that names a law beside a reference.
        unknown_law: offsets of the first law that the text speaks from ("In the Clean Air Act, ...") and the corpus
            does not hold; None where there is none, or every reference names its law.
    """

    references: tuple[Reference, ...]
    law_spans: tuple[tuple[int, int, tuple[str, ...]], ...]
    named_spans: tuple[tuple[int, int], ...]
    unknown_law: tuple[int, int] | None = None


def find_references(text: str, *, names: LawNames) -> tuple[Reference, ...]:
    """All references to articles and provisions in a text, in order; linear in its length.

    "Articles 12 to 14", "khoản 1 và khoản 2 Điều 5", "arts. 14.1 y 15 bis CE", "point (b) of paragraph 1".
    """
    return _read(text, names, asked=False)[0]


def read_references(text: str, *, names: LawNames) -> References:
    """The references of a text together with the names of laws in it."""
    found, named, finder, tokens = _read(text, names, asked=True)
    bare = tuple(_bare(tokens, finder, named))
    found = tuple(sorted((*found, *bare), key=lambda reference: (reference.start, reference.end)))
    spans = tuple((tokens.starts[m.first], tokens.ends[m.last - 1], m.laws) for m in finder.mentions if not m.weak)
    unnamed = any(reference.link is LawLink.UNNAMED for reference in found)
    unknown = finder.unknown_name() if unnamed else None
    unknown_law = (tokens.starts[unknown.first], tokens.ends[unknown.last - 1]) if unknown is not None else None
    return References(found, spans, named, unknown_law)


def _read(
    text: str, names: LawNames, *, asked: bool
) -> tuple[tuple[Reference, ...], tuple[tuple[int, int], ...], LawFinder, Tokens]:
    """The references, the spans of what names a law beside one, and what they were read with.

    In what is `asked`, and in no text of law, numbers without a word follow: "artículos 14 CE y 1902 CC".
    """
    tokens = tokenize(text)
    finder = LawFinder(tokens, names)
    found: list[Reference] = []
    named: list[tuple[int, int]] = []
    inside_names = {at for mention in finder.mentions for at in range(mention.first, mention.last)}
    behind = 0
    starters = set(filter(may_begin, set(tokens.keys)))
    for at in [at for at, key in enumerate(tokens.keys) if key in starters]:
        if at < behind or at in inside_names:
            continue
        group = read_group(tokens, at)
        if group is None:
            continue
        targets, end = group
        targets, law = past_letter(tokens, targets, end, finder.beside(at, end), following=partial(finder.beside, at))
        behind = end
        own = finder.touching(at) if asked and len(targets) > 1 and law.first >= end else None
        if own is not None and law.link in (LawLink.NAMED, LawLink.UNKNOWN) and not set(own.laws) & set(law.laws):
            named.append((tokens.starts[own.first], tokens.ends[own.last - 1]))  # "GDPR article 6 and 26 PDPA"
            found += [_reference(tokens, target, own) for target in targets[:-1]]
            targets = targets[-1:]
        while True:
            if law.last > law.first:
                named.append((tokens.starts[law.first], tokens.ends[law.last - 1]))
            found += [_reference(tokens, target, law) for target in targets]
            past = max(behind, law.last)
            word = targets[0].word
            further = further_reference(tokens, finder, past, word=word) if asked and law.last > law.first else None
            if further is None:
                break
            targets, law, behind = further
    for first, last, target in chinese_targets(text):
        found.append(_placed(first, last, target))
    found.sort(key=lambda reference: (reference.start, reference.end))
    return tuple(found), tuple(named), finder, tokens


def _bare(tokens: Tokens, finder: LawFinder, named: Sequence[tuple[int, int]]) -> Iterator[Reference]:
    """The references of the kind "GDPR 33", of names that stand beside no other reference."""
    series = partial(further_reference, tokens, finder, word="article")
    taken = {at for start, end in named for at in range(start, end)}  # offsets: one look a mention, however many names
    for mention in finder.mentions:
        if tokens.starts[mention.first] in taken:
            continue
        law = LinkedLaw(LawLink.NAMED, mention.first, mention.last, mention.laws)
        first = mention.first
        behind = 0
        for label in bare_labels(tokens, mention, goes_on=lambda at: series(at) is not None):
            target = Target(
                first, label.last, number=label.number, through=label.through, path=label.path, word="article"
            )
            yield _reference(tokens, target, law)
            first = behind = label.last  # the name is said with the first only
            while not tokens.is_number(first) and first + 1 < len(tokens):
                first += 1
        while behind and (further := series(behind)) is not None:
            targets, law, end = further
            taken.update(range(tokens.starts[law.first], tokens.ends[law.last - 1]))
            yield from (_reference(tokens, target, law) for target in targets)
            behind = max(end, law.last)


def _reference(tokens: Tokens, target: Target, law: LinkedLaw) -> Reference:
    start, end = tokens.starts[target.first], tokens.ends[target.last - 1]
    name = tokens.text[tokens.starts[law.first] : tokens.ends[law.last - 1]] if law.last > law.first else ""
    return _placed(start, end, target, link=law.link, law_name=name, laws=law.laws)


def _placed(
    start: int,
    end: int,
    target: Target,
    *,
    link: LawLink = LawLink.UNNAMED,
    law_name: str = "",
    laws: tuple[str, ...] = (),
) -> Reference:
    return Reference(
        start=start,
        end=end,
        kind=target.kind,
        number=target.number,
        through=target.through,
        path=target.path,
        paragraph=target.paragraph,
        relative=target.relative,
        word=target.word,
        letter=target.letter,
        doubtful=target.doubtful,
        link=link,
        law_name=law_name,
        laws=laws,
    )
