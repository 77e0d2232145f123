"""What the articles found refer to, brought along behind them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from index.articles import Article, CrossReference, Passage
from index.release import Release
from retrieval.law_on_a_day import LawOnADay, current_day
from retrieval.reranking import Found, find
from retrieval.search import NO_FILTERS, Filters, Hit, Retriever


class WithReferenced:
    """A retriever that lets the articles found bring along what they refer to; safe from several threads.

    What was found stays as it is, and in its place. An article brought along says so in `Hit.referenced_by`; its score
    is that of the last hit found, which says nothing of it.
    """

    def __init__(
        self, retriever: Retriever, release: Release, *, most: int, today: Callable[[], date] = current_day
    ) -> None:
        """Puts together what was opened.

        Args:
            retriever: finds.
            release: what it searches.
            most: articles brought along at most.
            today: the reader's day.

        Raises:
            ValueError: `most` is less than 1.
        """
        if most < 1:
            raise ValueError(f"most is {most}; it must be at least 1")
        self._retriever = retriever
        self._release = release
        self._most = most
        self._today = today
        self._days = LawOnADay(release)

    def search(self, question: str, *, k: int, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        """The at most `k` hits of the retriever, and behind them at most `most` articles that their texts refer to.

        The references of a better hit come first, and of one hit those in the passage that matched, then the others,
        both in the order of the text. Only law is brought that passes the filters and may answer for their day.

        Raises:
            ValueError: k < 1.
        """
        return self.find(question, k=k, filters=filters).hits

    def find(self, question: str, *, k: int, filters: Filters = NO_FILTERS) -> Found:
        """As `search`, with what the search alone finds, to which what is brought along does not belong."""
        found = find(self._retriever, question, k=k, filters=filters)
        return replace(found, hits=(*found.hits, *self._brought(found.hits, filters)))

    def _brought(self, hits: tuple[Hit, ...], filters: Filters) -> Iterator[Hit]:
        seen = {hit.article.id for hit in hits}
        room = self._most
        for hit in hits:
            for reference in self._references(hit):
                if reference.article_id in seen:
                    continue
                seen.add(reference.article_id)
                brought = self._hit(self._release.article(reference.article_id), reference, filters)
                if brought is not None:
                    rank = len(hits) + 1 + self._most - room
                    yield replace(brought, rank=rank, score=hits[-1].score, referenced_by=hit.article.id)
                    room -= 1
                    if not room:
                        return

    def _references(self, hit: Hit) -> list[CrossReference]:
        """A hit's references, those in the passage that matched first."""
        matched = range(hit.passage.start, hit.passage.end)
        return sorted(self._release.references_from(hit.version.id), key=lambda one: one.start not in matched)

    def _hit(self, article: Article, reference: CrossReference, filters: Filters) -> Hit | None:
        """An article referred to, at the place that is referred to; None where it may not answer."""
        law = self._release.laws[article.law_id]
        if not filters.passes(law):
            return None
        spoken = self._days.speaking(article, filters.as_of, today=self._today())
        if not spoken.is_law:
            return None
        passages = [self._release.passage(row) for row in self._release.passages_of(spoken.version.id)]
        if not passages:  # neither text nor heading
            return None
        passage = _at(reference.path, passages, self._release)
        return Hit(0, 0.0, law, article, spoken.version, passage, standing=spoken.standing)


def _at(path: tuple[str, ...], passages: list[Passage], release: Release) -> Passage:
    """The passage in which a provision begins; the first where the text has no such provision."""
    provisions = release.provisions(passages[0].version_id) if path else ()
    start = next((provision.start for provision in provisions if provision.path == path), passages[0].start)
    return next((passage for passage in passages if passage.start <= start < passage.end), passages[0])
