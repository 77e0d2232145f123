"""An answer to a question that names its article: looked up, not searched for, and without a model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from generation.answer import Outcome
from generation.evidence import Extract, Sources, extracts
from generation.phrases import Phrases
from generation.timing import Calendar
from index.articles import Law, Passage
from index.reference_format import in_full
from index.validity import Standing
from retrieval.lookup import LookUp, LookUpResult, NoSuchArticle, NoSuchProvision, Place, UnknownLaw, WhichLaw
from retrieval.search import Hit

MOST_ARTICLES = 5  # of a range that are quoted; the others are listed
MOST_LISTED = 100
MOST_REASONS = 3  # told of what is missing, beside what is quoted
MOST_LAWS = 8  # offered where the question does not say which law


@dataclass(frozen=True, slots=True)
class Named:
    """What the references of a question come to.

    Attributes:
        outcome: the first reason why nothing can be answered; None where something can.
        message: that reason in words; or, where more was named than is quoted, why; empty otherwise.
        hits: the articles named, in the order of the question.
        quotes: the provisions named, whole.
        pure: nothing else was asked.
    """

    outcome: Outcome | None
    message: str
    hits: tuple[Hit, ...]
    quotes: tuple[Extract, ...]
    pure: bool

    @property
    def suffices(self) -> bool:
        """Whether there is nothing to search for."""
        return self.pure or self.outcome is not None


def read_named(
    found: LookUp,
    question: str,
    *,
    sources: Sources,
    own: Phrases,
    standing: Callable[[Place], Standing] = lambda _: Standing.UNKNOWN,
) -> Named | None:
    """Turns what was looked up into hits and quotes, or into the reason why there are none.

    `standing` says what a place is on the day asked for.

    None where more is asked than the article's text and the question does not say of which law: then the search finds
    what is meant. Where the text is all that is asked, what there is of it is quoted, and the message says what is not.
    """
    places, missing = found.places, list[str]()
    for result in found.results:
        if isinstance(result, WhichLaw) and not found.pure:
            return None
        refusal = _refusal(result, question, own)
        if refusal is not None and found.pure and places:
            missing.append(refusal[1])
        elif refusal is not None:
            return Named(*refusal, hits=_hits(_places(result), standing), quotes=(), pure=found.pure)
    hits = _hits(places, standing)
    quotes: list[Extract] = []
    for place in places[:MOST_ARTICLES]:
        hit = next(hit for hit in hits if hit.version.id == place.version.id)
        quotes += _quotes(place, hit, sources)
    told = list(dict.fromkeys(missing))[:MOST_REASONS]
    if found.pure and len(places) > MOST_ARTICLES:
        told.append(own.lookup["first_of"].format(shown=MOST_ARTICLES, all=len(places)))
    return Named(None, " ".join(told), hits, tuple(dict.fromkeys(quotes)), found.pure)


def in_time(named: Named, calendar: Calendar, own: Phrases) -> Named:
    """What of it is law on the day asked for, and why the rest is not; the reason alone where nothing is.

    Of several texts under one number, those that are no law on the day need no excuse beside one that is.
    """
    if named.outcome is not None:
        return named
    spoken = {_number(hit) for hit in named.hits if hit.is_law}
    silent = [hit for hit in named.hits if not hit.is_law and _number(hit) not in spoken]
    reasons = [reason for hit in silent if (reason := calendar.refusal((hit,), own, named=True)) is not None]
    if reasons and not spoken:
        outcome, message = reasons[0]
        return replace(named, outcome=outcome, message=message, quotes=())
    told = (named.message, *(message for _, message in reasons[:MOST_REASONS]))
    return replace(
        named, message=" ".join(filter(None, told)), quotes=tuple(one for one in named.quotes if one.hit.is_law)
    )


def named_first(named: Named, found: Sequence[Hit], *, k: int) -> tuple[Hit, ...]:
    """The articles that a question names, then what the search found, ranked anew; at most `k`."""
    articles = {hit.article.id for hit in named.hits}
    every = [*named.hits, *(hit for hit in found if hit.article.id not in articles)]
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(every[:k], start=1))


def _refusal(result: LookUpResult, question: str, own: Phrases) -> tuple[Outcome, str] | None:
    named = result.reference
    asked = in_full(
        question[named.start : named.end],
        word=named.word,
        number=named.number,
        path=named.path,
        through=named.through,
    )
    match result:
        case NoSuchArticle(law=law, valid=valid):
            if named.through:  # of a range that the law does not have, the last article is missing
                asked = in_full("", word=named.word, number=named.through, path=())
            phrase = own.lookup["no_such_article" if valid else "no_such_kind"]
            return Outcome.ARTICLE_DOES_NOT_EXIST, phrase.format(asked=asked, law=law.title, valid=valid)
        case NoSuchProvision(places=places, valid=valid):
            phrase = own.lookup["no_such_provision" if valid else "no_provisions"]
            place = places[0]
            said = phrase.format(asked=asked, article=place.article.label, law=place.law.title, valid=", ".join(valid))
            return Outcome.ARTICLE_DOES_NOT_EXIST, said
        case WhichLaw(candidates=candidates) if candidates:
            return Outcome.NEEDS_FACTS, own.lookup["which_law"].format(asked=asked, laws=_titles(candidates))
        case WhichLaw():
            return Outcome.ARTICLE_DOES_NOT_EXIST, own.lookup["nowhere"].format(asked=asked)
        case UnknownLaw(name=name):
            return Outcome.OUT_OF_CORPUS, own.lookup["unknown_law"].format(name=name)
        case _:
            return None


def _number(hit: Hit) -> tuple[str, str, str]:
    return hit.law.id, hit.article.kind, hit.article.number


def _titles(laws: Sequence[Law]) -> str:
    more = " …" if len(laws) > MOST_LAWS else ""
    return "; ".join(law.title for law in laws[:MOST_LAWS]) + more


def _places(result: LookUpResult) -> tuple[Place, ...]:
    return result.places if isinstance(result, NoSuchProvision) else ()


def _hits(places: Sequence[Place], standing: Callable[[Place], Standing]) -> tuple[Hit, ...]:
    """One hit an article; its passage is what was named of it first."""
    first: dict[str, Place] = {}
    for place in places:
        first.setdefault(place.version.id, place)
    return tuple(
        _hit(place, rank, standing(place)) for rank, place in enumerate(list(first.values())[:MOST_LISTED], start=1)
    )


def _hit(place: Place, rank: int, standing: Standing) -> Hit:
    start, end = (
        (0, len(place.version.text)) if place.provision is None else (place.provision.start, place.provision.end)
    )
    passage = Passage(place.version.id, start, end)
    return Hit(rank, 1.0, place.law, place.article, place.version, passage, standing=standing)


def _quotes(place: Place, hit: Hit, sources: Sources) -> tuple[Extract, ...]:
    """The stretches of the place: a whole clause in one piece; for a point, what introduces it goes with it."""
    provisions = sources.provisions(place.version.id)
    whole = extracts(hit, provisions, limit=len(place.version.text))
    if place.provision is None:
        return whole
    span = range(place.provision.start, place.provision.end)
    inside = tuple(one for one in whole if one.start in span and one.end - 1 in span)
    return inside or tuple(one for one in extracts(hit, provisions, limit=0) if one.start in span)
