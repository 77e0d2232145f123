"""What a confidence is fitted on: the signals of labelled questions, and whether the quotes chosen answered them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from generation import verbatim
from generation.answer_evaluation import Case, citation_of
from generation.conversation import language_of, normalise
from generation.signals import Signals, signals
from generation.unheard import unheard_share
from index.embedding import Embedder
from index.release import Release
from retrieval.dates import without_times
from retrieval.scoped_lookup import ScopedLookup
from retrieval.search import NO_FILTERS, Filters, Hit


class Finder(Protocol):
    """Finds articles, and tells how rare the words of a question are in the law that may answer; `ArticleSearch`."""

    def search(self, question: str, *, k: int, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        """As `Retriever.search`."""
        ...

    def rarity(self, question: str, *, filters: Filters = NO_FILTERS) -> Mapping[str, float]:
        """As `ArticleSearch.rarity`."""
        ...

    def absent(self, question: str, *, filters: Filters = NO_FILTERS) -> frozenset[str]:
        """As `ArticleSearch.absent`."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """One case, measured.

    Attributes:
        id, split, kind: of the case.
        group: what must not be on both sides of a fold: the article that answers the question as it was labelled.
        lang: ISO 639-1 code, as the assistant understands the question.
        measured: its signals.
        right: whether the verbatim answer cites what answers the question.
        answerable: whether the law that may be found answers it.
        unheard: the share of its words that no law holds; where they are most of it, nothing is answered.
    """

    id: str
    split: str
    kind: str
    group: str
    lang: str
    measured: Signals
    right: bool
    answerable: bool
    unheard: float = 0.0


def collect(
    put: Iterable[Case],
    release: Release,
    *,
    finder: Finder,
    embedder: Embedder,
    lookup: ScopedLookup | None = None,
    k: int = 10,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[Sample, ...]:
    """Measures cases.

    Left out are those whose labels leave open whether they can be answered, those that name an article (looked up, not
    judged), and those whose signals cannot be measured, because no law is in the language of the question.

    Args:
        put: labelled questions, each in the ways it is put.
        release: the law.
        finder: searches it.
        embedder: of the release.
        lookup: of the release; None where no question names an article.
        k: articles to search for.
        on_progress: called with 1 after each case.
    """
    samples = []
    for case in put:
        sample = _sample(case, release, finder=finder, embedder=embedder, lookup=lookup, k=k)
        if sample is not None:
            samples.append(sample)
        if on_progress is not None:
            on_progress(1)
    return tuple(samples)


def _sample(
    case: Case, release: Release, *, finder: Finder, embedder: Embedder, lookup: ScopedLookup | None, k: int
) -> Sample | None:
    if case.answerable is None:
        return None
    asked = normalise(case.question.text)
    lang, question = language_of(asked), without_times(asked)
    if lookup is not None and lookup(replace(case.filters, without=frozenset())).look_up(question) is not None:
        return None
    hits = finder.search(question, k=k, filters=case.filters)
    measured = signals(hits, finder.rarity(question, filters=case.filters), release)
    if measured is None:
        return None
    evidence = tuple(hit for hit in hits if hit.is_law)
    chosen = verbatim.choose(verbatim.rank_extracts(asked, evidence, release, embedder, lang=lang))
    cited = {citation_of(release, extract.hit.article.id) for extract in chosen}
    return Sample(
        id=case.question.id,
        split=case.question.split,
        kind=case.kind.value,
        group=case.question.relevant[0] if case.question.relevant else case.question.id,
        lang=lang,
        measured=measured,
        right=not cited.isdisjoint(case.relevant),
        answerable=case.answerable,
        unheard=unheard_share(question, finder.absent(question, filters=case.filters), lang=lang),
    )
