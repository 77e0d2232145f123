"""The day in a request: an ISO 8601 date and nothing else, for a bare number would be read as seconds since 1970."""

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator


def _day(value: object) -> object:
    """The date that a text says; what is no text passes only where it is a date already, or null."""
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type]  # what is no text raises TypeError
    except (TypeError, ValueError) as error:
        raise ValueError(f"{value!r} is no date; write it as 2016-05-03") from error


Day = Annotated[date, BeforeValidator(_day)]
