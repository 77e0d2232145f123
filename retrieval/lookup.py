"""An exact reference in a question -> the provision, or what the law has instead, or "which law?". No model."""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter

from index.aliases import LawNames
from index.article_numbers import NamedArticle, NumberedArticles, comparable
from index.articles import Article, ArticleVersion, Law, Provision, ProvisionKind
from index.reference_words import SECTION_WORDS, SPANISH_SECTIONS
from index.references import LawLink, Reference, References, Relative, read_references
from retrieval.named_laws import NamedLaws, named_laws
from retrieval.pure_lookup import is_pure

# The language of the word for an article says in which language the law is that goes unnamed.
_LANGUAGES = {
    "dieu": ("vi",), "articulo": ("es",), "articulos": ("es",), "article": ("en", "fr"), "articles": ("en", "fr"),
    "artikel": ("de",), "§": ("de",), "条": ("zh",), "section": ("en",), "s": ("en",), "sections": ("en",),
}  # fmt: skip

_SENTENCE_ENDS = re.compile(r"[.?!]\s|\n")


@dataclass(frozen=True, slots=True)
class Place:
    """What a reference points at.

    Attributes:
        version: the text that speaks.
        provision: the clause or point; None for the whole article.
    """

    law: Law
    article: Article
    version: ArticleVersion
    provision: Provision | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The article or provision exists; several places where a range was asked for or the law repeats a number."""

    reference: Reference
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class NoSuchArticle:
    """The law has no such article.

    Attributes:
        valid: the numbers that the law has of this kind: "1-246"; empty where it has none of this kind.
    """

    reference: Reference
    law: Law
    valid: str


@dataclass(frozen=True, slots=True)
class NoSuchProvision:
    """The article exists, but not the clause or point.

    Attributes:
        places: the articles, whole.
        valid: the labels that the article has where the asked one is missing: ("1", "2", "3"); empty for none.
    """

    reference: Reference
    places: tuple[Place, ...]
    valid: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhichLaw:
    """The question does not say which law, or by a name that several bear.

    Attributes:
        candidates: the laws that have such an article, in the order of the corpus; empty where none has.
    """

    reference: Reference
    candidates: tuple[Law, ...]


@dataclass(frozen=True, slots=True)
class UnknownLaw:
    """The question names a law that is not in the corpus, or another year's or country's.

    Attributes:
        name: as the question writes it.
    """

    reference: Reference
    name: str


LookUpResult = Found | NoSuchArticle | NoSuchProvision | WhichLaw | UnknownLaw


@dataclass(frozen=True, slots=True)
class LookUp:
    """What the references of a question come to.

    Attributes:
        results: one for each reference, in the order of the question; never empty.
        pure: the question asks for the text of what it names and nothing else ("What does Article 5 GDPR say?").
    """

    results: tuple[LookUpResult, ...]
    pure: bool

    @property
    def places(self) -> tuple[Place, ...]:
        """All that was found, each place once."""
        found = (result.places for result in self.results if isinstance(result, Found))
        return tuple(dict.fromkeys(place for places in found for place in places))


class Lookup:
    """The articles of a release by law and number; built once, then asked from any thread."""

    def __init__(
        self,
        *,
        laws: Mapping[str, Law],
        articles: Callable[[str], Sequence[Article]],
        versions: Callable[[str], Sequence[ArticleVersion]],
        provisions: Callable[[str], Sequence[Provision]],
        names: LawNames | None = None,
    ) -> None:
        """Reads the labels of all articles.

        Args:
            laws: by id.
            articles: a law's, by its id, in the order of the text.
            versions: an article's, by its id, oldest first, at least one.
            provisions: a version's, by its id.
            names: of the laws; None derives them.
        """
        self._laws = laws
        self._names = names if names is not None else LawNames(laws)
        self._versions = versions
        self._provisions = provisions
        self._numbers = NumberedArticles(laws, articles)

    def look_up(
        self,
        question: str,
        *,
        previous_law: str | None = None,
        allowed: Callable[[Law], bool] = lambda _: True,
        speaking: Callable[[Article], ArticleVersion | None] | None = None,
    ) -> LookUp | None:
        """The references of a question, resolved; None where it names no article by its number.

        Args:
            question: any text; read in one pass.
            previous_law: the id of the law that the turn before was about: meant by "the same law", "luật này", or
                where no law is named.
            allowed: laws that may be meant where the question names none (the asker's jurisdiction).
            speaking: the version of an article that speaks, as of a date say; None takes the last. An article for
                which it gives None does not exist for this question.
        """
        read = read_references(question, names=self._names)
        named = _named_laws(read)
        numbered = [
            reference
            for reference in read.references
            if reference.relative is Relative.NUMBERED
            and not _is_division(question, reference)
            and (reference.word not in SPANISH_SECTIONS or self._has_sections(reference, named, previous_law))
        ]
        if not numbered:
            return None
        asked = _Question(
            text=question,
            read=read,
            named=named,
            previous_law=previous_law if previous_law in self._laws else None,
            allowed=allowed,
            speaking=speaking if speaking is not None else self._last_version,
        )
        results = tuple(self._resolve(reference, asked) for reference in numbered)
        pure = is_pure(question, read) and not any(result.reference.letter for result in results)
        return LookUp(results, pure=pure)

    def named_laws(self, question: str) -> NamedLaws:
        """The laws that a question names, with or without an article."""
        return named_laws(question, self._names)

    def _has_sections(self, reference: Reference, named: "_NamedLaws", previous_law: str | None) -> bool:
        """Whether a "sección" is an article: of the law named, or of every law where none is."""
        meant = reference.laws or _named_before(reference, named) or ((previous_law,) if previous_law else ())
        return bool(self._numbers.sectioned) and self._numbers.sectioned >= set(meant or self._laws)

    def _last_version(self, article: Article) -> ArticleVersion:
        return self._versions(article.id)[-1]

    def _resolve(self, reference: Reference, asked: "_Question") -> LookUpResult:
        """Resolves a reference, but one that the question repeats only once: as long as it speaks of the same law."""
        key = (replace(reference, start=0, end=0), *asked.context(reference))
        if key not in asked.resolved:
            resolve = self._resolve_lettered if reference.letter else self._resolve_once
            asked.resolved[key] = resolve(reference, asked)
        return asked.resolved[key]

    def _resolve_lettered(self, reference: Reference, asked: "_Question") -> LookUpResult:
        """With the letter as part of the number where a law meant has such an article; else as a word.

        The letter stays in the result's reference where it was not taken, or may not belong: nothing is to be quoted
        as if that were certain.
        """
        with_letter = reference.with_letter()
        lettered = self._resolve_once(with_letter, asked)
        plain = self._resolve_once(reference.without_letter(), asked)
        if reference.doubtful:
            if isinstance(lettered, Found) and isinstance(plain, Found):
                return Found(reference, tuple(dict.fromkeys((*lettered.places, *plain.places))))
            return lettered if isinstance(lettered, Found) else replace(plain, reference=reference)
        if isinstance(lettered, WhichLaw):
            exists = bool(lettered.candidates)
        else:  # an article that was not yet in force is missing under its own number
            exists = not isinstance(lettered, NoSuchArticle) or bool(
                self._numbers.at(lettered.law.id, reference.kind, (with_letter.number, *reference.path))
            )
        if exists or isinstance(plain, NoSuchArticle):
            return lettered
        return plain if reference.counted else replace(plain, reference=reference)

    def _resolve_once(self, reference: Reference, asked: "_Question") -> LookUpResult:
        if reference.link is LawLink.UNKNOWN:
            return UnknownLaw(reference, reference.law_name)
        named_before, unknown = asked.context(reference)
        spoken_from = asked.read.unknown_law
        if reference.link is not LawLink.NAMED and not named_before and unknown and spoken_from is not None:
            return UnknownLaw(reference, asked.text[slice(*spoken_from)])
        laws, sure = self._laws_meant(reference, asked)
        having = self._having(laws, reference)
        only = len(having) == 1  # of the laws that may be meant, one goes so far: "el artículo 1902"
        if not having and not sure:
            laws = tuple(law.id for law in self._laws.values() if asked.allowed(law))
            having = self._having(laws, reference)
        if only or (len(having) == 1 and len(laws) == 1):
            law, named = next(iter(having.items()))
            return self._places(self._laws[law], named, reference, asked)
        if not having and len(laws) == 1:
            return NoSuchArticle(reference, self._laws[laws[0]], self._numbers.valid(laws[0], reference.kind))
        return WhichLaw(reference, tuple(self._laws[law] for law in having))

    def _laws_meant(self, reference: Reference, asked: "_Question") -> tuple[tuple[str, ...], bool]:
        """The laws that a reference may mean, and whether the question, or the turn before, named them."""
        if reference.link is LawLink.NAMED:
            return reference.laws, True
        named, _ = asked.context(reference)
        if named:
            return named, True
        if asked.previous_law is not None:
            return (asked.previous_law,), True
        laws = [law for law in self._laws.values() if asked.allowed(law)]
        if reference.word in SECTION_WORDS and any(law.id in self._numbers.sectioned for law in laws):
            laws = [law for law in laws if law.id in self._numbers.sectioned]
        elif reference.word not in SECTION_WORDS:
            spoken = [law for law in laws if law.lang in _LANGUAGES.get(reference.word, ())]
            laws = [law for law in spoken or laws if law.id not in self._numbers.sectioned] or laws
        return tuple(law.id for law in laws), False

    def _having(self, laws: Sequence[str], reference: Reference) -> dict[str, list[NamedArticle]]:
        return {law: named for law in laws if (named := self._numbers.named(law, reference))}

    def _places(self, law: Law, named: list[NamedArticle], reference: Reference, asked: "_Question") -> LookUpResult:
        places: list[Place] = []
        whole: list[Place] = []
        valid: tuple[str, ...] = ()
        for article, path in ((one.article, one.path) for one in named):
            version = asked.speaking(article)
            if version is None:
                continue
            whole.append(Place(law, article, version))
            if not path and not reference.paragraph:
                places.append(whole[-1])
                continue
            provisions = self._provisions(version.id)
            found = _provision(provisions, path, reference.paragraph)
            if found is not None:
                places.append(Place(law, article, version, found))
            else:
                valid = valid or _labels_beside(provisions, path)
        if places:
            return Found(reference, tuple(places))
        if whole:
            return NoSuchProvision(reference, tuple(whole), valid)
        return NoSuchArticle(reference, law, self._numbers.valid(law.id, reference.kind))


@dataclass(frozen=True, slots=True)
class _Question:
    """What one question brings to all its references."""

    text: str
    read: References
    named: "_NamedLaws"
    previous_law: str | None
    allowed: Callable[[Law], bool]
    speaking: Callable[[Article], ArticleVersion | None]
    resolved: dict[tuple[Reference, tuple[str, ...], bool], LookUpResult] = field(default_factory=dict)

    def context(self, reference: Reference) -> tuple[tuple[str, ...], bool]:
        """What its place brings to a reference that names no law: the laws named, and whether an unknown one was.

        What a sentence before spoke of yields to the law of the turn before.
        """
        unknown = self.read.unknown_law
        spoken = unknown is not None and unknown[1] <= reference.start
        if unknown is not None and spoken and self.previous_law is not None:
            spoken = _SENTENCE_ENDS.search(self.text, unknown[1], reference.start) is None
        return _named_before(reference, self.named), spoken


def _is_division(question: str, reference: Reference) -> bool:
    """Whether the text says "Section 2 of Chapter III", which is a part of a law and no article."""
    following = question[reference.end : reference.end + 20].lstrip(" ,").lower()
    return reference.word in SECTION_WORDS and following.startswith(
        ("of chapter", "of this chapter", "of title", "chapter", "del cap", "del tít", "de este cap", "cap")
    )


_NamedLaws = tuple[tuple[int, tuple[str, ...]], ...]


def _named_laws(read: References) -> _NamedLaws:
    """From which place on a question speaks of which laws, in order; the only ones it names, from its beginning."""
    named = tuple((end, laws) for _, end, laws in read.law_spans if laws)
    return named if len({laws for _, laws in named}) > 1 else tuple((0, laws) for _, laws in named[:1])


def _named_before(reference: Reference, named: _NamedLaws) -> tuple[str, ...]:
    """The laws named elsewhere in the question: the only ones, or the last before the reference."""
    before = bisect_right(named, reference.start, key=itemgetter(0))
    return named[before - 1][1] if before else ()


def _provision(provisions: Sequence[Provision], path: tuple[str, ...], paragraph: int) -> Provision | None:
    """The provision of a path, as written or else in any case; or the n-th unnumbered paragraph of the article."""
    exact = next((provision for provision in provisions if path and provision.path == path), None)
    if exact is None and path:
        wanted = tuple(map(comparable, path))
        exact = next((provision for provision in provisions if tuple(map(comparable, provision.path)) == wanted), None)
    if not paragraph or path:  # a paragraph inside a clause has no offsets of its own: the clause holds it
        return exact
    unnumbered = [provision for provision in provisions if provision.kind is ProvisionKind.PARAGRAPH]
    if paragraph <= len(unnumbered):
        return unnumbered[paragraph - 1]
    return next((p for p in provisions if p.path == (str(paragraph),) and p.kind is ProvisionKind.CLAUSE), None)


def _labels_beside(provisions: Sequence[Provision], path: tuple[str, ...]) -> tuple[str, ...]:
    """The labels that exist at the first level where the path fails."""
    known = {provision.path for provision in provisions}
    depth = 0
    while depth < len(path) and path[: depth + 1] in known:
        depth += 1
    labels = (p.path[depth] for p in provisions if len(p.path) > depth and p.path[:depth] == path[:depth])
    return tuple(dict.fromkeys(labels))
