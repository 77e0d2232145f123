"""What the day means for an answer: the day asked for, what it says of its age, and why an old text cannot be had."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from generation.answer import Citation, Outcome
from generation.phrases import Phrases
from index.articles import Article, ArticleVersion, Status
from index.validity import Standing
from retrieval.dates import asked_times
from retrieval.law_on_a_day import LawOnADay, current_day
from retrieval.lookup import Place
from retrieval.search import Hit

_OUTCOMES = {
    Standing.REPEALED: Outcome.REPEALED,
    Standing.NOT_YET_IN_FORCE: Outcome.NOT_YET_IN_FORCE,
    Standing.HISTORY_MISSING: Outcome.HISTORY_MISSING,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """The day whose law answers.

    Attributes:
        as_of: None for today.
        since: the first day of the period that was asked for ("in 2016"); equals `as_of` for one day.
        today: the reader's.
    """

    as_of: date | None
    since: date | None
    today: date


def moment_of(question: str, understood_as: str, chosen: date | None, *, today: date | None = None) -> Moment:
    """The day that was chosen, else the one that the question names, else for a follow-up that of the conversation."""
    now = current_day() if today is None else today
    if chosen is not None:
        return Moment(chosen, chosen, now)
    for text in (question, understood_as):
        times = asked_times(text)
        if len({(time.first, time.last) for time in times}) == 1:
            return Moment(times[0].day(now), times[0].first, now)
        if times:  # a comparison of several days is a question about the law of today
            break
    return Moment(None, None, now)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The law of a release at the moment of one question; without `days`, as for fakes, nothing is known of time."""

    moment: Moment
    days: LawOnADay | None = None

    @property
    def speaking(self) -> Callable[[Article], ArticleVersion] | None:
        """The version of an article that answers, as a function; None where nothing is known of time."""
        days, moment = self.days, self.moment
        if days is None:
            return None
        return lambda article: days.speaking(article, moment.as_of, today=moment.today).version

    def standing(self, place: Place) -> Standing:
        """What a place that was looked up is on the day."""
        if self.days is None:
            return Standing.UNKNOWN
        return self.days.standing(place.version, place.law.id, self.moment.as_of, today=self.moment.today)

    def refusal(self, hits: Sequence[Hit], own: Phrases, *, named: bool) -> tuple[Outcome, str] | None:
        """Why nothing can be answered for the day.

        The best article's text of that day is missing; or nothing found is law on it; or the article that the
        question names is not.
        """
        if not hits or hits[0].is_law:
            return None
        best = hits[0]
        if best.standing is not Standing.HISTORY_MISSING and not named and any(hit.is_law for hit in hits):
            return None
        day, since = self.moment.as_of or self.moment.today, best.version.valid_from
        phrase = best.standing.value
        if since is None and best.standing is not Standing.REPEALED:
            phrase += "_undated"
        said = own.time[phrase].format(
            article=best.article.label,
            law=best.law.title,
            day=say_day(day, own),
            since="" if since is None else say_day(since, own),
        )
        return _OUTCOMES[best.standing], said

    def notes(self, citations: Sequence[Citation], hits: Sequence[Hit], own: Phrases) -> tuple[str, ...]:
        """What the reader must know of the age of what is cited; the day first, then each article once."""
        day = self.moment.as_of
        cited = {citation.version_id for citation in citations}
        said = []
        if cited and day is not None:
            ahead = day > self.moment.today  # what will be law by then, nobody knows
            said.append(own.time["as_of_ahead" if ahead else "as_of"].format(day=say_day(day, own)))
        for hit in hits:
            if hit.version.id in cited:
                said += self._changes(hit, own)
        return tuple(dict.fromkeys(said))

    def _changes(self, hit: Hit, own: Phrases) -> list[str]:
        version, moment = hit.version, self.moment
        told = []
        if version.valid_to is not None:
            ended = version.valid_to <= moment.today
            told.append((self._after(hit) if ended else "will_change", version.valid_to))
        if moment.since is not None and version.valid_from is not None and moment.since < version.valid_from:
            told.append(("changed_within", version.valid_from))
        said = [
            own.time[name].format(article=hit.article.label, law=hit.law.title, day=say_day(day, own))
            for name, day in told
        ]
        if doubt := self._doubt(hit):
            said.append(own.time[doubt].format(article=hit.article.label, law=hit.law.title))
        return said

    def _doubt(self, hit: Hit) -> str:
        """The phrase for a text of a series of which the source leaves open whether it was law; empty for others."""
        if self.days is None or hit.version.status is not Status.UNKNOWN or hit.law.complete_from is None:
            return ""
        if self.days.has_rival(hit.article, hit.version):
            return "two_texts"
        return "doubtful" if self.moment.as_of is None else ""

    def _after(self, hit: Hit) -> str:
        """What became of a text that ended: another one, or nothing."""
        if self.days is None:
            return "changed"
        now = self.days.speaking(hit.article, None, today=self.moment.today)
        return "repealed_since" if now.standing is Standing.REPEALED else "changed"


def say_day(day: date, own: Phrases) -> str:
    """A day in words: "5 May 2016", "5 de mayo de 2016", "ngày 5/5/2016"."""
    months = own.time["months"].split()
    return own.time["date"].format(day=day.day, month=months[day.month - 1], year=day.year)
