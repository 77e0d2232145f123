from datetime import date, timedelta

import pytest

from index.articles import ArticleVersion, Status, version_id
from index.validity import History, Standing, changed_on, speaking

TODAY = date(2026, 11, 22)


def version(since: str | None, until: str | None = None, status: Status = Status.IN_FORCE) -> ArticleVersion:
    first = date.fromisoformat(since) if since else None
    last = date.fromisoformat(until) if until else None
    return ArticleVersion(version_id("a", first), "a", "", f"since {since}", "es", first, last, status)


SERIES = (version("2000-01-01", "2010-06-01"), version("2010-06-01", "2020-01-01"), version("2020-01-01"))
COMPLETE = History(complete_from=date(1990, 1, 1))


def on(versions, day, history=COMPLETE):
    found = speaking(versions, date.fromisoformat(day) if day else None, today=TODAY, history=history)
    return found.version.text.removeprefix("since "), found.standing


@pytest.mark.parametrize(
    ("day", "since"),
    [
        ("2000-01-01", "2000-01-01"),
        ("2010-05-31", "2000-01-01"),
        ("2010-06-01", "2010-06-01"),
        ("2019-12-31", "2010-06-01"),
        ("2020-01-01", "2020-01-01"),
        (None, "2020-01-01"),
        ("2030-01-01", "2020-01-01"),
    ],
)
def test_the_version_whose_interval_holds_the_day_speaks(day, since):
    assert on(SERIES, day) == (since, Standing.IN_FORCE)


def test_before_the_first_version_of_an_article_that_came_later_it_was_not_there():
    assert on(SERIES, "1999-12-31") == ("2000-01-01", Standing.NOT_YET_IN_FORCE)


def test_before_the_first_text_of_the_law_history_is_missing():
    assert on(SERIES, "1989-12-31") == ("2000-01-01", Standing.HISTORY_MISSING)
    assert on(SERIES, "1990-01-01")[1] is Standing.NOT_YET_IN_FORCE


def test_a_consolidated_text_speaks_from_its_last_amendment_on():
    text = (version("2024-02-17"),)
    history = History()
    assert on(text, "2024-02-17", history) == ("2024-02-17", Standing.IN_FORCE)
    assert on(text, "2024-02-16", history)[1] is Standing.HISTORY_MISSING
    assert on(text, None, history)[1] is Standing.IN_FORCE


def test_a_text_without_dates_speaks_for_today_alone():
    text = (version(None, status=Status.UNKNOWN),)
    assert on(text, None, History())[1] is Standing.UNKNOWN
    assert on(text, TODAY.isoformat(), History())[1] is Standing.UNKNOWN
    assert on(text, (TODAY - timedelta(days=1)).isoformat(), History())[1] is Standing.HISTORY_MISSING


def test_a_text_that_ended_on_a_known_day_speaks_for_the_days_before():
    texts = (version(None, "2000-01-01"), version("2000-01-01"))
    assert on(texts, "1999-12-31", History()) == ("None", Standing.UNKNOWN)


def test_a_repealed_text_is_repealed_from_its_day():
    texts = (version("2000-01-01", "2010-01-01"), version("2010-01-01", status=Status.REPEALED))
    assert on(texts, "2009-12-31")[1] is Standing.IN_FORCE
    assert on(texts, "2010-01-01") == ("2010-01-01", Standing.REPEALED)
    assert on(texts, None)[1] is Standing.REPEALED


def test_an_article_that_its_law_no_longer_has_is_repealed_by_its_end():
    texts = (version("2000-01-01", "2010-01-01"),)
    assert on(texts, "2010-01-01") == ("2000-01-01", Standing.REPEALED)
    assert on(texts, None)[1] is Standing.REPEALED


def test_in_a_gap_the_text_before_is_shown_as_ended():
    texts = (version("2000-01-01", "2005-01-01"), version("2010-01-01"))
    assert on(texts, "2007-01-01") == ("2000-01-01", Standing.REPEALED)
    assert on(texts, "2010-01-01") == ("2010-01-01", Standing.IN_FORCE)


def test_a_text_of_the_future_is_not_yet_in_force():
    text = (version("2030-01-01"),)
    assert on(text, None, History())[1] is Standing.NOT_YET_IN_FORCE
    assert on(text, "2030-01-01", History())[1] is Standing.IN_FORCE
    assert on((version(None, status=Status.NOT_YET_IN_FORCE),), None)[1] is Standing.NOT_YET_IN_FORCE


def test_an_article_of_a_law_whose_history_is_not_complete_was_perhaps_there_before():
    later = (version("2015-01-01"),)  # beside SERIES in one law: a consolidated text, or an article brought in then
    assert on(later, "2012-01-01", COMPLETE)[1] is Standing.NOT_YET_IN_FORCE
    assert on(later, "2012-01-01", History())[1] is Standing.HISTORY_MISSING
    assert on(SERIES, "1999-12-31", History())[1] is Standing.HISTORY_MISSING


def test_a_text_changed_on_the_day_it_ended_up_to_today():
    assert changed_on(SERIES[0], today=TODAY) == date(2010, 6, 1)
    assert changed_on(SERIES[2], today=TODAY) is None
    assert changed_on(version("2000-01-01", "2030-01-01"), today=TODAY) is None
