"""The words in which commands tell when a text is law."""

from datetime import date, timedelta

from index.articles import ArticleVersion, Status
from index.validity import Speaking, Standing


def interval(version: ArticleVersion) -> str:
    """When a text is law, in words: "from 1997-03-07 to 2020-06-08" (both days included)."""
    since = "from an unknown day" if version.valid_from is None else f"from {version.valid_from}"
    return since if version.valid_to is None else f"{since} to {version.valid_to - timedelta(days=1)}"


def standing_line(now: Speaking[ArticleVersion], day: date | None) -> str:
    """What a text is on a day, for a person; empty where it is today's law and nothing more is known."""
    version = now.version
    on = "today" if day is None else f"on {day}"
    match now.standing:
        case Standing.REPEALED:
            return f"repealed: no law {on} ({interval(version)})"
        case Standing.NOT_YET_IN_FORCE:
            return f"not yet law {on} ({interval(version)})"
        case Standing.HISTORY_MISSING:
            return f"the text {on} is not in this index ({interval(version)})"
        case Standing.UNKNOWN if day is not None and version.status is Status.UNKNOWN:
            return f"perhaps law {on}: its source does not tell ({interval(version)})"
        case _ if day is not None:
            return f"as in force {on} ({interval(version)})"
        case _:
            return ""
