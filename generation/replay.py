"""A receipt checked again: each place it cites looked up in a release, each sentence put to the gate once more."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum

from generation.answer import Exhibit, Sentence, SentenceState
from generation.entailment import Judge
from generation.evidence import Extract, cite, extracts
from generation.receipt_reading import Record
from generation.sentences import Claim
from generation.verification import Gate
from index.articles import Article, ArticleVersion, Passage
from index.release import Release
from index.validity import Speaking, Standing
from retrieval.law_on_a_day import LawOnADay
from retrieval.search import Hit

_TELLING = 25  # least characters of a quotation for which another article of the law that holds it is named


class Finding(StrEnum):
    """What became of what a receipt says, the gravest first."""

    ALTERED = "altered"  # the receipt says what neither the law cited nor the law of today does
    REMOVED = "removed"  # the law is there, the article no longer is
    REPEALED = "repealed"  # the article is no longer law
    CHANGED = "changed"  # the article reads otherwise where it was quoted
    MOVED = "moved"  # the same words, under another reference or at another address
    CHECK_FAILED = "check_failed"  # the law reads as quoted, and the gate of this lexcite does not pass the sentence
    NOT_CHECKABLE = "not_checkable"  # the release cannot tell, or nothing here can judge the sentence
    HOLDS = "holds"


_GRAVITY = {finding: rank for rank, finding in enumerate(Finding)}


@dataclass(frozen=True, slots=True)
class Traced:
    """A place that a receipt cites, looked up in a release.

    Attributes:
        exhibit: the place as the receipt gives it.
        finding: what became of it.
        extract: where its words stand now; None where they do not.
        cited: the version that was cited, where the release has it, word for word.
        now: the version that answers today for the receipt's day; None where there is none.
        instead: what reads there now, where that is another text.
    """

    exhibit: Exhibit
    finding: Finding
    extract: Extract | None = None
    cited: ArticleVersion | None = None
    now: Speaking[ArticleVersion] | None = None
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence of a receipt, checked again.

    Attributes:
        sentence: as it was shown.
        finding: HOLDS where every place it cites reads as quoted and the gate passes it.
        state: the gate's verdict now; NOT_CHECKED where a place it cites is not as it was.
        places: what it cites, in its order.
    """

    sentence: Sentence
    finding: Finding
    state: SentenceState
    places: tuple[Traced, ...]

    @property
    def holds(self) -> bool:
        """Whether it may be relied on as when it was written."""
        return self.finding is Finding.HOLDS


@dataclass(frozen=True, slots=True)
class Since:
    """An article cited that does not read today as it did when it was cited.

    Attributes:
        exhibit: the first place of it that was cited.
        what: REMOVED, REPEALED or CHANGED.
        day: since when; None where unknown.
        before, after: its whole text then and now, where both are known; empty otherwise.
    """

    exhibit: Exhibit
    what: Finding
    day: date | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A receipt compared with a release.

    Attributes:
        record: the receipt.
        release: id of the release.
        sentences: those that were shown, in order.
        failed_then: those that the gate kept from the reader, each with its verdict now; None where a place that it
            cites is not as it was.
        since: what changed since in the articles that the shown sentences cite, each article once.
    """

    record: Record
    release: str
    sentences: tuple[Checked, ...]
    failed_then: tuple[tuple[Sentence, SentenceState | None], ...]
    since: tuple[Since, ...]

    @property
    def holds(self) -> bool:
        """Whether the receipt is whole and every sentence holds."""
        return self.record.intact and all(sentence.holds for sentence in self.sentences)


def replay(record: Record, release: Release, *, today: date) -> Replay:
    """Checks a receipt against a release.

    A receipt of a given day is held against the text of that day; one without, against the text of `today`.
    """
    law = _Law(record, release, LawOnADay(release), today)
    traced = {exhibit.citation.number: law.trace(exhibit) for exhibit in record.receipt.exhibits}
    checked = tuple(_check(sentence, traced, record) for sentence in record.sentences)
    replaced = (sentence.instead_of for sentence in record.sentences if sentence.instead_of is not None)
    failed = tuple((one, _verdict(one, traced, record)) for one in (*replaced, *record.receipt.dropped))
    first: dict[str, Traced] = {}
    for place in (place for one in checked for place in one.places):
        first.setdefault(place.exhibit.citation.article_id, place)
    since = tuple(one for place in first.values() if (one := law.since(place)) is not None)
    return Replay(record, release.id, checked, failed, since)


def _check(sentence: Sentence, traced: dict[int, Traced], record: Record) -> Checked:
    places = tuple(traced[number] for number in sentence.citations if number in traced)
    gravest = min((place.finding for place in places), key=lambda f: _GRAVITY[f], default=Finding.HOLDS)
    state = _verdict(sentence, traced, record)
    if gravest is not Finding.HOLDS or state is None:
        return Checked(sentence, gravest, SentenceState.NOT_CHECKED, places)
    if state is SentenceState.SUPPORTED:
        return Checked(sentence, Finding.HOLDS, state, places)
    if not record.intact:
        return Checked(sentence, Finding.ALTERED, state, places)
    # Who was judged by a model that is not at hand here has not failed the words' test in its stead; a rule's he has.
    by_a_model = bool(record.receipt.judge) and _verdict(sentence, traced, record, _Agrees()) is SentenceState.SUPPORTED
    unjudged = bool(places) and (state is SentenceState.NOT_CHECKED or by_a_model)
    return Checked(sentence, Finding.NOT_CHECKABLE if unjudged else Finding.CHECK_FAILED, state, places)


class _Agrees:
    """A judge that finds everything entailed: with it, what the gate still stops fails by a rule."""

    name = "agrees"

    def entails(self, premise: str, hypothesis: str) -> float:
        return 1.0


def _verdict(
    sentence: Sentence, traced: dict[int, Traced], record: Record, judge: Judge | None = None
) -> SentenceState | None:
    """The gate's verdict on a sentence as it was written; None where a place that it cites is not as it was."""
    places = [traced[number] for number in sentence.citations if number in traced]
    if any(place.finding is not Finding.HOLDS for place in places):
        return None
    shown = {place.exhibit.citation.number: place.extract for place in places if place.extract is not None}
    gate = Gate(shown, lang=record.lang, question=record.receipt.asked, judge=judge)
    return gate.check(Claim(sentence.text, sentence.citations)).state


@dataclass(frozen=True, slots=True)
class _Law:
    """The law of a release, as a receipt's places are looked up in it."""

    record: Record
    release: Release
    days: LawOnADay
    today: date

    def trace(self, exhibit: Exhibit) -> Traced:
        """What became of a place."""
        citation = exhibit.citation
        if citation.law_id not in self.release.laws:
            return Traced(exhibit, Finding.NOT_CHECKABLE)
        article = self.release.find_article(citation.article_id)
        if article is None or article.law_id != citation.law_id:
            elsewhere = self._elsewhere(exhibit)
            finding = Finding.REMOVED if elsewhere is None else Finding.MOVED
            return self._doubted(Traced(exhibit, finding, elsewhere))
        return self._traced_in(article, exhibit)

    def _traced_in(self, article: Article, exhibit: Exhibit) -> Traced:
        citation, cited = exhibit.citation, self._as_cited(exhibit)
        if cited is not None and not _quoted_right(exhibit, cited.text):
            return Traced(exhibit, Finding.ALTERED, cited=cited)
        now = self.days.speaking(article, self.record.as_of, today=self.today)
        if not now.is_law:
            repealed = now.standing is Standing.REPEALED
            return Traced(exhibit, Finding.REPEALED if repealed else Finding.NOT_CHECKABLE, cited=cited, now=now)
        same = cited is not None and cited.id == now.version.id
        extract = self._at(exhibit, article, now) if same else self._where(exhibit, article, now)
        if extract is None:
            instead = self._nearest(exhibit, article, now)
            return self._doubted(Traced(exhibit, Finding.CHANGED, cited=cited, now=now, instead=instead))
        read = cite(extract, citation.number)
        moved = (read.provision, read.law) != (citation.provision, citation.law)
        misnamed = not self._names_right(exhibit, extract, now.version if cited is None else cited)
        written_here = self.record.receipt.release == self.release.id
        if same and ((moved and not self.record.intact) or (misnamed and written_here)):
            return Traced(exhibit, Finding.ALTERED, extract, cited=cited, now=now)
        finding = Finding.MOVED if moved or misnamed else Finding.HOLDS
        return self._doubted(Traced(exhibit, finding, extract, cited=cited, now=now))

    def _names_right(self, exhibit: Exhibit, extract: Extract, version: ArticleVersion) -> bool:
        """Whether label, path, language and address are as in the release; `version` is the one cited, if there.

        The address is what a reader of the receipt follows, so that none may be planted.
        """
        citation = exhibit.citation
        label, url = extract.hit.article.label, version.source or extract.hit.law.source
        named = (citation.article, exhibit.path, exhibit.lang, citation.url)
        return named == (label, extract.path, version.lang, url)

    def since(self, place: Traced) -> Since | None:
        """What changed in the article of a place that was cited; None where nothing did, or nobody can tell."""
        exhibit = place.exhibit
        article = self.release.find_article(exhibit.citation.article_id)
        if article is None:
            gone = place.finding in {Finding.REMOVED, Finding.MOVED}
            return Since(exhibit, Finding.REMOVED, None, "", "") if gone else None
        now, before = self.days.speaking(article, None, today=self.today), place.cited
        if now.standing is Standing.REPEALED:
            return Since(exhibit, Finding.REPEALED, now.version.valid_to, "", "")
        if place.finding is Finding.ALTERED or _sha256(now.version.text) == exhibit.text_sha256:
            return None
        texts = ("", "") if before is None else (before.text, now.version.text)
        return Since(exhibit, Finding.CHANGED, now.version.valid_from, *texts)

    def _doubted(self, traced: Traced) -> Traced:
        """Of an altered receipt, only what the very text that was cited confirms is blamed on the law."""
        if self.record.intact or traced.finding is Finding.HOLDS or traced.cited is not None:
            return traced
        return Traced(traced.exhibit, Finding.ALTERED, now=traced.now)

    def _as_cited(self, exhibit: Exhibit) -> ArticleVersion | None:
        """The version that was cited, where the release has it with the very same text."""
        version = self.release.find_version(exhibit.citation.version_id)
        if version is None or version.article_id != exhibit.citation.article_id:
            return None
        return version if _sha256(version.text) == exhibit.text_sha256 else None

    def _hit(self, article: Article, now: Speaking[ArticleVersion]) -> Hit:
        version = now.version
        whole = Passage(version.id, 0, len(version.text))
        return Hit(1, 0.0, self.release.laws[article.law_id], article, version, whole, standing=now.standing)

    def _at(self, exhibit: Exhibit, article: Article, now: Speaking[ArticleVersion]) -> Extract:
        """The place itself, in the text that was cited."""
        hit, citation, opening = self._hit(article, now), exhibit.citation, exhibit.introduction
        before = None if opening is None else self._stretch(hit, opening[0], opening[1], None)
        return self._stretch(hit, citation.start, citation.end, before)

    def _stretch(self, hit: Hit, start: int, end: int, introduction: Extract | None) -> Extract:
        around = [p for p in self.release.provisions(hit.version.id) if p.start <= start and end <= p.end]
        path = min(around, key=lambda p: p.end - p.start).path if around else ()
        return Extract(hit, path, start, end, introduction)

    def _where(self, exhibit: Exhibit, article: Article, now: Speaking[ArticleVersion]) -> Extract | None:
        """The stretch of another text that reads, from its first word to its last, as the place did."""
        opening = None if exhibit.introduction is None else exhibit.introduction[2]
        alike = [
            one
            for one in self._stretches(article, now)
            if one.text == exhibit.citation.quote and (one.introduction.text if one.introduction else None) == opening
        ]
        return min(alike, key=lambda one: abs(one.start - exhibit.citation.start), default=None)

    def _stretches(self, article: Article, now: Speaking[ArticleVersion]) -> Iterator[Extract]:
        for one in extracts(self._hit(article, now), self.release.provisions(now.version.id)):
            if one.introduction is not None:
                yield one.introduction
            yield one

    def _nearest(self, exhibit: Exhibit, article: Article, now: Speaking[ArticleVersion]) -> str:
        """What reads there now: the stretch under the same labels, else the one most like what was quoted."""
        all_of_it = tuple(self._stretches(article, now))
        under = [one for one in all_of_it if exhibit.path and one.path == exhibit.path]
        best = _most_like(exhibit.citation.quote, under or all_of_it)
        if best is None:
            return ""
        told = exhibit.introduction is not None and best.introduction is not None
        return f"{best.introduction.text} {best.text}" if told and best.introduction else best.text

    def _elsewhere(self, exhibit: Exhibit) -> Extract | None:
        """The same words in another article of the law."""
        if len(exhibit.citation.quote) < _TELLING:
            return None
        for article in self.release.articles(exhibit.citation.law_id):
            now = self.days.speaking(article, self.record.as_of, today=self.today)
            if now.is_law and exhibit.citation.quote in now.version.text:
                found = self._where(exhibit, article, now)
                if found is not None:
                    return found
        return None


def _quoted_right(exhibit: Exhibit, text: str) -> bool:
    citation, opening = exhibit.citation, exhibit.introduction
    places: Sequence[tuple[int, int, str]] = [(citation.start, citation.end, citation.quote)]
    if opening is not None:
        places = [*places, opening]
    return all(quote and text[start:end] == quote for start, end, quote in places)


def _most_like(quote: str, stretches: Iterable[Extract]) -> Extract | None:
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(quote.split())

    def likeness(one: Extract) -> float:
        matcher.set_seq1(one.text.split())
        return matcher.ratio()

    return max(stretches, key=likeness, default=None)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
