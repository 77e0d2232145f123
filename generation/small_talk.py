"""What is no question about the law: greetings, thanks, questions about lexcite, requests for what it does not do.

A message is taken for one only where nothing else is in it: a question about the law is never swallowed by the
greeting before it, nor by the way in which it is put.
"""

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from generation.answer import Outcome, Turn
from generation.mentions import mentions
from index.languages import fold

LONGEST = 600  # characters; who writes more has more to say than a greeting
_SORTS = (
    "about",
    "unasked",
    "thanks",
    "farewell",
    "greeting",
    "noted",
)  # where several are in one message, the first counts
_REPLIES = {"unasked": "about", "help": "about"}  # those that share another's
_FORGIVING = 5  # letters; shorter words are other words after one slip
_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"[.?!;:…\n]+")


@dataclass(frozen=True, slots=True)
class Aside:
    """What is said to a message that is no question about the law.

    Attributes:
        outcome: SMALL_TALK or OUT_OF_SCOPE.
        message: in the language of the message.
        lang: that language, ISO 639-1; a bare "gracias" tells it better than the question's own detection.
    """

    outcome: Outcome
    message: str
    lang: str


def small_talk(question: str, turns: Sequence[Turn] = (), *, lang: str) -> Aside | None:
    """What to say where the message is no question about the law; None where the law is to be searched.

    Args:
        question: normalised.
        turns: the conversation so far.
        lang: ISO 639-1 code of the question; its phrases are tried first, then those of the other languages.
    """
    if len(question) > LONGEST:
        return None
    tables = _tables()
    for code in sorted(tables, key=lambda one: one != lang):
        table = tables[code]
        sort = table.sort_of(question)
        if sort == "unasked" and turns:
            return None  # "how does it work?" is about what was said
        if sort is not None:
            return Aside(Outcome.SMALL_TALK, table.replies[_REPLIES.get(sort, sort)], code)
        if table.asks_for_more(question):
            return Aside(Outcome.OUT_OF_SCOPE, table.replies["out_of_scope"], code)
    return None


@dataclass(frozen=True, slots=True)
class _Table:
    """The phrases of one language, folded; by sort, longest first."""

    replies: Mapping[str, str]
    phrases: tuple[tuple[str, tuple[str, ...]], ...]
    fillers: frozenset[str]
    out_of_scope: tuple[re.Pattern[str], ...]

    def sort_of(self, text: str) -> str | None:
        """Which sort of small talk the whole text is."""
        spoken = _WORD.findall(fold(text))
        found: set[str] = set()
        at = 0
        while at < len(spoken):
            taken = next(
                ((sort, len(one)) for sort, one in self.phrases if _same(spoken[at : at + len(one)], one)), None
            )
            if taken is not None:
                found.add(taken[0])
                at += taken[1]
            elif spoken[at] in self.fillers:
                at += 1
            else:
                return None
        return next((sort for sort in _SORTS if sort in found), None)

    def asks_for_more(self, text: str) -> bool:
        """Whether every sentence is a request for what lexcite does not do, or small talk beside one."""
        sentences = [part for part in _SENTENCE_END.split(text) if _WORD.search(part)]
        requests = [part for part in sentences if self.sort_of(part) is None]
        return bool(requests) and all(map(self._is_request, requests)) and not mentions(text).references

    def _is_request(self, sentence: str) -> bool:
        spoken = " ".join(_WORD.findall(fold(sentence)))
        return any(pattern.match(spoken) for pattern in self.out_of_scope)


def _same(spoken: Sequence[str], phrase: Sequence[str]) -> bool:
    return len(spoken) == len(phrase) and all(map(_is_word, spoken, phrase))


def _is_word(typed: str, meant: str) -> bool:
    """Whether a word was meant: typed so, drawn out ("hiiii"), or with one slip inside a longer word ("thnaks")."""
    if typed[0] != meant[0]:
        return False
    if typed == meant or re.sub(r"(\w)\1+$", r"\1", typed) == meant:
        return True
    if len(meant) < _FORGIVING or typed[-1] != meant[-1] or abs(len(typed) - len(meant)) > 1:
        return False
    longer, shorter = (typed, meant) if len(typed) > len(meant) else (meant, typed)
    same = next((at for at, (a, b) in enumerate(zip(longer, shorter, strict=False)) if a != b), len(shorter))
    if len(longer) > len(shorter):
        return longer[same + 1 :] == shorter[same:]
    swapped = longer[same + 1 : same + 2] + longer[same : same + 1] + longer[same + 2 :]
    return longer[same + 1 :] == shorter[same + 1 :] or swapped == shorter[same:]


@functools.cache
def _tables() -> Mapping[str, _Table]:
    read = tomllib.loads(resources.files("generation").joinpath("small_talk.toml").read_text(encoding="utf-8"))
    return {lang: _table(table) for lang, table in read.items()}


def _table(read: Mapping[str, list[str] | str | dict[str, str]]) -> _Table:
    phrases = [(sort, tuple(_WORD.findall(fold(phrase)))) for sort in _SORTS for phrase in read[sort]]
    polite = "|".join(dict.fromkeys(_folded_words(read["polite"])))
    idle = "|".join(dict.fromkeys(_folded_words(read["idle"])))
    places = {"polite": rf"(?:(?:{polite}) )*", "end": rf"(?: (?:{idle}))*$"}
    replies = read["replies"]
    assert isinstance(replies, dict)  # noqa: S101 - the shape of our own file, for the type checker
    return _Table(
        replies=replies,
        phrases=tuple(sorted(phrases, key=lambda one: -len(one[1]))),
        fillers=frozenset(_folded_words(read["fillers"])),
        out_of_scope=tuple(
            re.compile(re.sub(r"\{(polite|end)\}", lambda place: places[place[1]], fold(pattern)))
            for pattern in read["out_of_scope"]
        ),
    )


def _folded_words(text: object) -> list[str]:
    return _WORD.findall(fold(str(text)))
