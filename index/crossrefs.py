"""References from one article to another: found in the text, resolved, with offsets."""

import re
from collections.abc import Sequence

from index.aliases import LawNames
from index.article_numbers import NamedArticle, NumberedArticles, article_number
from index.articles import Article, ArticleVersion, CrossReference, Provision, ProvisionKind
from index.reference_words import SECTION_WORDS
from index.references import HERE, LawLink, Reference, Relative, find_references

# As in "3. Sửa đổi, bổ sung khoản 3 Điều 29 như sau:", "Uno. Se modifica el artículo 5, que queda redactado ...".
_ITEM = r"[ \t]*(?:(?:\d+|[a-zđ]|[IVX]+|[A-Z][a-zéó]+)[.)]\s?)?"
_AMENDS = re.compile(
    _ITEM + r"(?:Sửa đổi|Bổ sung|Bãi bỏ|Thay thế|Thay cụm từ|Bỏ cụm từ"
    r"|Se (?:modifica|añade|adiciona|suprime|introduce|incorpora|incluye|sustituye|deroga|dota|da nueva redacción)n?\b"
    r"|Quedan? (?:modificad|derogad|redactad)[oa]s?\b|El (?:artículo|apartado) .{1,40} queda redactado)"
)
# A list of another law's articles: "b) De la Ley 30/1984, de 2 de agosto, ...: los artículos 3, 6 y 7."
_OF_ANOTHER_LAW = re.compile(
    _ITEM + r"(?:De|En|Del) (?:la |el )?(?:Ley|Real Decreto|Decreto|Código|Reglamento|Texto)\b"
)
_EDITORS_NOTE = re.compile(r"[ \t]*>")  # how the Spanish consolidated texts quote what is no law
_QUOTED_LINE = re.compile(r"(?m)^[ \t]*([“«‘\"])")
_CLOSING = {"“": re.compile("”"), "«": re.compile("»"), "‘": re.compile(r"’(?!\w)"), '"': re.compile('"')}
_LINE_ENDS = re.compile(r"[.;,]*[ \t]*(?:\n|$)")


def cross_references(
    article: Article,
    version: ArticleVersion,
    provisions: Sequence[Provision],
    *,
    names: LawNames,
    numbers: NumberedArticles,
) -> tuple[CrossReference, ...]:
    """The references in an article's text that can be resolved within the corpus, in the order of the text.

    A reference that names no law means the article's own; one to a law that the corpus does not hold, or whose name
    several laws bear, is left out, and so is one to an article that its law does not have. A range gives one
    entry an article.
    """
    resolved: list[CrossReference] = []
    before: Reference | None = None  # the last reference that named a law
    text = version.text
    quoted = _amending_quotations(text)
    for reference in find_references(text, names=names):
        if any(start <= reference.start < end for start, end in quoted):
            continue
        law = _law(article, reference, before, names)
        if reference.link in (LawLink.NAMED, LawLink.UNKNOWN):
            before = reference
        if law is None or (law == article.law_id and _speaks_of_another_law(text, reference)):
            continue
        resolved += [
            CrossReference(version.id, reference.start, reference.end, named.article.id, named.path)
            for named in _named(article, law, reference, provisions, numbers)
        ]
    return tuple(dict.fromkeys(resolved))


def _amending_quotations(text: str) -> list[tuple[int, int]]:
    """Stretches in quotation marks that begin a line and end one: the new text of another law, which speaks of that.

    A definition begins with a quotation too, but goes on after it.
    """
    spans: list[tuple[int, int]] = []
    for opening in _QUOTED_LINE.finditer(text):
        if spans and opening.start() < spans[-1][1]:
            continue
        closing = _CLOSING[opening[1]].search(text, opening.end())
        if closing is None:
            spans.append((opening.start(), len(text)))
        elif _LINE_ENDS.match(text, closing.end()):
            spans.append((opening.start(), closing.end()))
    return spans


def _speaks_of_another_law(text: str, reference: Reference) -> bool:
    """Whether the line of an unnamed reference orders a change, lists another law's articles or is an editor's note.

    No law amends itself.
    """
    line = text.rfind("\n", 0, reference.start) + 1
    if _EDITORS_NOTE.match(text, line):
        return True
    if reference.link is not LawLink.UNNAMED:
        return False
    return any(pattern.match(text, line, reference.start) is not None for pattern in (_AMENDS, _OF_ANOTHER_LAW))


def _law(article: Article, reference: Reference, before: Reference | None, names: LawNames) -> str | None:
    """The id of the law that a reference in an article means; None where it is not in the corpus or not certain."""
    if reference.link is LawLink.NAMED:
        return reference.laws[0] if len(reference.laws) == 1 else None
    if reference.link is LawLink.UNKNOWN:
        return None
    if reference.link is LawLink.SAME:
        if before is not None:
            return before.laws[0] if len(before.laws) == 1 else None
        words = reference.law_name.lower().split()  # "the Act", "la Ley" alone: its own, where it is one
        own = len(words) == 1 and words[0] in names.laws[article.law_id].title.lower().split()
        return article.law_id if own else None
    return article.law_id


def _named(
    article: Article, law: str, reference: Reference, provisions: Sequence[Provision], numbers: NumberedArticles
) -> list[NamedArticle]:
    if reference.word in SECTION_WORDS and law not in numbers.sectioned:
        return []  # a section of a chapter
    if reference.relative is Relative.NUMBERED:
        return numbers.named(law, reference)
    if law != article.law_id:
        return []
    if reference.relative in (Relative.PREVIOUS, Relative.NEXT):
        other = numbers.beside(article, -1 if reference.relative is Relative.PREVIOUS else 1)
        return [NamedArticle(other, reference.path)] if other is not None else []
    return _inside(article, reference, provisions, numbers)


def _inside(
    article: Article, reference: Reference, provisions: Sequence[Provision], numbers: NumberedArticles
) -> list[NamedArticle]:
    """A place in the article itself, or in its section where the source gives a section row by row."""
    path = _own_path(reference, provisions)
    own = article_number(article).parts
    if len(own) > 1 and reference.path:
        around = own[:1] if path[:1] and path[0][0].isdigit() else own
        return numbers.at(article.law_id, article.kind, (*around, *path))
    if reference.relative is Relative.IMPLIED and path not in {provision.path for provision in provisions if path}:
        return []  # "point 2 thereof", "the second subparagraph": a place in something else, or one without a label
    return [NamedArticle(article, path)]


def _own_path(reference: Reference, provisions: Sequence[Provision]) -> tuple[str, ...]:
    """The path inside its own article: `HERE`, and points without their clause, are where the text stands."""
    path = reference.path
    if not path:
        return ()
    holder = max(
        (p for p in provisions if p.start <= reference.start < p.end and p.kind is not ProvisionKind.PARAGRAPH),
        key=lambda provision: len(provision.path),
        default=None,
    )
    here = holder.path if holder is not None else ()
    if path[0] == HERE:
        depth = path.count(HERE)
        if here and not here[0][0].isdigit():  # points that hang on the article itself
            depth -= 1
        return (*here[:depth], *path[path.count(HERE) :])
    known = {provision.path for provision in provisions}
    if path[0][0].isdigit() or path in known:
        return path
    around = ((*here[:depth], *path) for depth in range(len(here), 0, -1))
    return next((whole for whole in around if whole in known), path)
