"""Citations as people write them, in a text, in a few words, as fields or as an id, looked up in the law."""

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from generation.citation_scoring import Address, Cited, Reading
from generation.sentences import clean
from index.aliases import LawNames
from index.article_numbers import article_number, comparable, leading_value
from index.articles import Article, ArticleKind, ArticleVersion
from index.law_in_memory import LawSource
from index.reference_format import in_full
from index.references import Reference, format_reference, read_references
from retrieval.lookup import Found, Lookup, LookUpResult, NoSuchArticle, NoSuchProvision, Place, UnknownLaw, WhichLaw

# A quotation so long is the law's own words: what they refer to is not what the answer cites.
_QUOTATION_WORDS = 12
_QUOTED = re.compile(r"“[^“”]+”|«[^«»]+»|„[^„“”]+[“”]|\"[^\"\n]+\"")


@dataclass(frozen=True, slots=True)
class CitationFields:
    """A citation given field by field.

    Attributes:
        law: id, title or alias; empty where it is left to the context.
        article: number or label; empty where `article_id` is given.
        path: labels of the clause and the points; empty for the whole article.
        article_id: an `Article.id`; empty where it is named.
    """

    law: str = ""
    article: str = ""
    path: tuple[str, ...] = ()
    article_id: str = ""

    @property
    def written(self) -> str:
        """In one line, for people."""
        inside = "".join(f"({label})" for label in self.path)
        return f"{self.article_id or self.article}{inside}{f' {self.law}' if self.law else ''}"


Written = str | CitationFields


class CitationReader:
    """Reads citations of one body of law; built once, then asked for any number of answers."""

    def __init__(self, law: LawSource, *, aliases: Path | None = None) -> None:
        """Reads the names of the laws and the numbers of all articles.

        Args:
            law: what exists.
            aliases: a file of further names, see `index/aliases.py`.

        Raises:
            CorpusError: the file of names is not as it should be.
        """
        self._law = law
        self._values: dict[tuple[str, ArticleKind], frozenset[int]] = {}  # whole numbers of a law's articles of a kind
        self._names = LawNames(law.laws, aliases=aliases)
        self._lookup = Lookup(
            laws=law.laws,
            articles=law.articles,
            versions=law.versions,
            provisions=law.provisions,
            names=self._names,
        )

    def law_named(self, *texts: str) -> str | None:
        """The id of the only law that the first text with any names; None where it names several, or none does."""
        for text in texts:
            named = dict.fromkeys(laws for _, _, laws in read_references(text, names=self._names).law_spans if laws)
            if named:
                laws = next(iter(named))
                return laws[0] if len(named) == len(laws) == 1 else None
        return None

    def in_text(self, text: str, *, law: str | None = None) -> tuple[Cited, ...]:
        """Every provision that a text cites by its article's number, each once; `law` is meant where it names none."""
        readable = _QUOTED.sub(_blank_if_long, clean(text))
        return self._in(readable, law)

    def read(self, written: Written, *, law: str | None = None) -> tuple[Cited, ...]:
        """What one citation names: one provision as a rule, several for a list or range, never none."""
        if isinstance(written, CitationFields):
            return self._with_id(written) if written.article_id else self._with_fields(written, law)
        if self._law.find_article(written) is not None:
            return self._with_id(CitationFields(article_id=written))
        return self._in(clean(written), law) or (
            Cited(written, Reading.UNREADABLE, detail="it names no article by its number"),
        )

    def _in(self, text: str, law: str | None) -> tuple[Cited, ...]:
        found = self._lookup.look_up(text, previous_law=law)
        return distinct([one for result in found.results for one in self._cited(result, text)] if found else ())

    def _with_id(self, fields: CitationFields) -> tuple[Cited, ...]:
        article = self._law.find_article(fields.article_id)
        if article is None:
            return (Cited(fields.written, Reading.NO_SUCH_ARTICLE, detail="no article has this id"),)
        address = _address(article, fields.path)
        version = self._law.versions(article.id)[-1]
        if not self._has(version, fields.path):
            detail = f"{article.label} has no {'.'.join(fields.path)}"
            return (Cited(fields.written, Reading.NO_SUCH_PROVISION, (address,), detail=detail),)
        law = self._law.laws[article.law_id]
        name = f"{format_reference(article, fields.path, law.lang)}, {law.title}"
        return (Cited(fields.written, Reading.FOUND, (address,), provision=name),)

    def _has(self, version: ArticleVersion, path: Sequence[str]) -> bool:
        wanted = tuple(map(comparable, path))
        return not wanted or any(
            wanted == tuple(map(comparable, provision.path)) for provision in self._law.provisions(version.id)
        )

    def _with_fields(self, fields: CitationFields, law: str | None) -> tuple[Cited, ...]:
        if fields.law:
            named = self._names.resolve(fields.law)
            if not named:
                return (Cited(fields.written, Reading.LAW_NOT_HERE, detail=f"{fields.law} is not in the corpus"),)
            if len(named) > 1:
                return (Cited(fields.written, Reading.AMBIGUOUS, detail=f"it may be of: {self._titles(named)}"),)
            law = named[0]
        # "art." is of no language, so that it decides for no law
        label = f"art. {fields.article}" if fields.article[:1].isdecimal() else fields.article
        inside = "".join(f"({part})" for part in fields.path)
        found = self._lookup.look_up(clean(f"{label}{inside}"), previous_law=law)
        if found is None or any(not _ends_in(_inside(result.reference), fields.path) for result in found.results):
            return (Cited(fields.written, Reading.UNREADABLE, detail="its fields name no article by its number"),)
        read = (one for result in found.results for one in self._cited(result, f"{label}{inside}"))
        return distinct(replace(one, written=fields.written) for one in read)

    def _titles(self, laws: Sequence[str]) -> str:
        return ", ".join(self._law.laws[law].title for law in laws)

    def _cited(self, result: LookUpResult, text: str) -> tuple[Cited, ...]:
        reference = result.reference
        own = in_full(
            text[reference.start : reference.end],
            word=reference.word,
            number=reference.number,
            path=reference.path,
            through=reference.through,
        )
        written = " ".join(f"{own} {reference.law_name}".split())
        match result:
            case Found():
                return _found(result, written)
            case NoSuchArticle(law=law, valid=valid):
                parts = tuple(map(comparable, (reference.number, *reference.path)))
                would_be = Address(law.id, reference.kind, (), parts)
                reading = self._missing(law.id, reference)
                lacks = "the corpus lacks it: " if reading is Reading.NOT_IN_CORPUS else ""
                detail = f"{lacks}{law.title} has {valid or 'none of this kind'}"
                return (Cited(written, reading, (would_be,), detail=detail),)
            case NoSuchProvision(places=places, valid=valid):
                addresses = tuple(_named(place.article, _inside(reference)) for place in places)
                label = places[0].article.label
                detail = f"{label} has {', '.join(valid)} there" if valid else f"{label} has nothing numbered there"
                return (Cited(written, Reading.NO_SUCH_PROVISION, tuple(dict.fromkeys(addresses)), detail=detail),)
            case WhichLaw(candidates=()):
                return (Cited(written, Reading.NO_SUCH_ARTICLE, detail="no law that may be meant has such an article"),)
            case WhichLaw(candidates=candidates):
                titles = self._titles([law.id for law in candidates])
                return (Cited(written, Reading.AMBIGUOUS, detail=f"it may be of: {titles}"),)
            case UnknownLaw(name=name):
                return (Cited(written, Reading.LAW_NOT_HERE, detail=f"{name} is not in the corpus"),)

    def _missing(self, law: str, reference: Reference) -> Reading:
        """Whether an article that was not found cannot exist, or may be what the corpus lacks of its law."""
        if (law, reference.kind) not in self._values:
            own = [article for article in self._law.articles(law) if article.kind is reference.kind]
            self._values[law, reference.kind] = frozenset(article_number(article).value for article in own) - {0}
        values = self._values[law, reference.kind]
        value = leading_value(comparable(reference.number))
        may_exist = not values or (0 < value < max(values) and value not in values)
        return Reading.NOT_IN_CORPUS if may_exist else Reading.NO_SUCH_ARTICLE


def distinct(cited: Iterable[Cited]) -> tuple[Cited, ...]:
    """Each provision once, where it stands first."""
    kept: dict[Hashable, Cited] = {}
    for one in cited:
        kept.setdefault(one.key(), one)
    return tuple(kept.values())


def _found(found: Found, written: str) -> tuple[Cited, ...]:
    """One citation, of all articles that bear its number; of a range, one for each article."""
    if found.reference.through:
        return distinct(
            Cited(written, Reading.FOUND, (_address(place.article, ()).cut(1),), provision=_name(place, ()))
            for place in found.places
        )
    inside = _inside(found.reference)
    addresses: dict[Address, str] = {}
    for place in found.places:
        counted = bool(found.reference.paragraph) and place.provision is not None
        own = place.provision.path if counted and place.provision and place.provision.path else inside
        addresses.setdefault(_named(place.article, own), _name(place, own))
    names = dict.fromkeys(filter(None, addresses.values()))
    return (Cited(written, Reading.FOUND, tuple(addresses), provision="; ".join(names) or written),)


def _ends_in(inside: Sequence[str], path: Sequence[str]) -> bool:
    return not path or tuple(map(comparable, inside))[-len(path) :] == tuple(map(comparable, path))


def _inside(reference: Reference) -> tuple[str, ...]:
    """The labels that a reference names inside the article; an unnumbered paragraph counted is one: "¶2"."""
    path = reference.without_letter().path if reference.letter else reference.path
    return (f"¶{reference.paragraph}",) if reference.paragraph and not path else path


def _address(article: Article, path: Sequence[str]) -> Address:
    """Of a place inside an article, which may be a subsection itself."""
    number = article_number(article).parts or (article.id,)
    return Address(article.law_id, article.kind, article.path, (*number, *map(comparable, path)))


def _named(article: Article, inside: Sequence[str]) -> Address:
    """Of what a reference names by the article's first number and all labels behind it."""
    labels = () if tuple(inside) == ("0",) else inside  # some sources write "12(0)" for a section without subsections
    return Address(
        article.law_id, article.kind, article.path, (_address(article, ()).parts[0], *map(comparable, labels))
    )


def _name(place: Place, inside: Sequence[str]) -> str:
    """As lawyers write it, with the law; empty where the article is less than what is named."""
    own = len(_address(place.article, ()).parts) - 1
    if own > len(inside):
        return ""
    path = () if "¶" in "".join(inside) else tuple(inside[own:])
    return f"{format_reference(place.article, path, place.law.lang)}, {place.law.title}"


def _blank_if_long(quoted: "re.Match[str]") -> str:
    return " " * len(quoted[0]) if len(quoted[0].split()) >= _QUOTATION_WORDS else quoted[0]
