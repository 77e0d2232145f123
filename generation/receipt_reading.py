"""Receipts read from files that anyone may have written: whole and of a known format, or refused in one line."""

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NoReturn, TypeVar

from generation.answer import Citation, Exhibit, Mode, Outcome, Receipt, Sentence, SentenceState
from generation.receipts import FORMAT, lexcite_version, seal
from index.errors import UserFacingError

LONGEST = 16 * 1024 * 1024  # characters of a file; a receipt of ours has some thousands

_V = TypeVar("_V", bound=StrEnum)


class ReceiptError(UserFacingError):
    """A file that is no receipt, or one of a format that this lexcite does not read."""


@dataclass(frozen=True, slots=True)
class Record:
    """A receipt as it was read from a file.

    Attributes:
        question, understood_as, lang, as_of, outcome, mode, sentences: as those of the `Answer`.
        receipt: as `Answer.receipt`.
        intact: whether the seal fits and the outcome goes with the sentences: nothing was altered since the receipt was
            written, or it was sealed anew.
    """

    question: str
    understood_as: str
    lang: str
    as_of: date | None
    outcome: Outcome
    mode: Mode
    sentences: tuple[Sentence, ...]
    receipt: Receipt
    intact: bool


def read_receipt(text: str, *, name: str) -> Record:
    """Reads a receipt, or the one in an answer as the API and `ask --json` give it.

    Args:
        text: the content of the file.
        name: what to call it in an error.

    Raises:
        ReceiptError: it is not JSON, not a receipt, or of a format that is not read here.
    """
    if len(text) > LONGEST:
        raise ReceiptError(f"{name}: {len(text):,} characters, and no receipt has more than {LONGEST:,}")
    try:
        found = json.loads(text, object_pairs_hook=_no_name_twice, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ReceiptError(
            f"{name}, {place}: not JSON ({error.msg}): give the receipt as `lexcite ask --json`, the API or the chat "
            "page gave it"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ReceiptError(f"{name}: not a receipt: {error}") from error
    if isinstance(found, dict) and isinstance(found.get("receipt"), dict):
        found = found["receipt"]  # a whole answer
    if not isinstance(found, dict) or "format" not in found:
        raise ReceiptError(f'{name}: not a receipt: it has no "format"; see docs/receipts.md for what one holds')
    if found["format"] != FORMAT:
        raise ReceiptError(
            f"{name}: a receipt of format {found['format']!r}, but this lexcite ({lexcite_version()}) reads {FORMAT}: "
            "verify it with the lexcite that made it, or a newer one"
        )
    return _Reader(name).record(found)


def _no_name_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return made


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number in JSON")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Takes a parsed receipt apart; `at` in its methods is the path of a field, for errors."""

    name: str

    def record(self, found: dict[str, object]) -> Record:
        dropped = tuple(self._sentence(one, f"dropped[{i}]") for i, one in self._list(found, "dropped", ""))
        sentences = tuple(self._sentence(one, f"sentences[{i}]") for i, one in self._list(found, "sentences", ""))
        outcome = self._one_of(Outcome, found, "outcome", "")
        return Record(
            question=self._text(found, "question", ""),
            understood_as=self._text(found, "understood_as", ""),
            lang=self._text(found, "lang", ""),
            as_of=self._day(found),
            outcome=outcome,
            mode=self._one_of(Mode, found, "mode", ""),
            sentences=sentences,
            receipt=Receipt(
                release=self._text(found, "release", ""),
                embedder=self._text(found, "embedder", ""),
                model=self._text(found, "model", ""),
                prompt=self._text(found, "prompt", ""),
                created=self._text(found, "created", ""),
                seconds=self._seconds(found),
                dropped=dropped,
                exhibits=self._exhibits(found),
                corpus_sha256=self._text(found, "corpus_sha256", ""),
                gate=self._text(found, "gate", ""),
                asked=self._text(found, "asked", ""),
                judge=self._text(found, "judge", ""),
                lexcite=self._text(found, "lexcite", ""),
            ),
            intact=self._text(found, "sha256", "") == seal(found)
            and (outcome is Outcome.ANSWERED) == bool(sentences),  # lexcite writes no other
        )

    def _sentence(self, found: object, at: str) -> Sentence:
        failed = found.get("instead_of") if isinstance(found, dict) else None
        return Sentence(
            text=self._text(found, "text", at),
            citations=tuple(self._int(one, f"{at}.citations[{i}]") for i, one in self._list(found, "citations", at)),
            state=self._one_of(SentenceState, found, "state", at),
            instead_of=None if failed is None else self._sentence(failed, f"{at}.instead_of"),
        )

    def _exhibits(self, found: object) -> tuple[Exhibit, ...]:
        made = tuple(self._exhibit(one, f"citations[{i}]") for i, one in self._list(found, "citations", ""))
        if len({exhibit.citation.number for exhibit in made}) != len(made):
            self._refuse("citations", "two have one number")
        return made

    def _exhibit(self, found: object, at: str) -> Exhibit:
        opening = self._field(found, "introduction", at)
        return Exhibit(
            citation=Citation(
                number=self._int(self._field(found, "number", at), f"{at}.number"),
                law_id=self._text(found, "law_id", at),
                law=self._text(found, "law", at),
                article_id=self._text(found, "article_id", at),
                version_id=self._text(found, "version_id", at),
                article=self._text(found, "article", at),
                provision=self._text(found, "provision", at),
                quote=self._text(found, "quote", at),
                start=self._int(self._field(found, "start", at), f"{at}.start"),
                end=self._int(self._field(found, "end", at), f"{at}.end"),
                url=self._text(found, "url", at),
            ),
            path=tuple(self._string(one, f"{at}.path[{i}]") for i, one in self._list(found, "path", at)),
            lang=self._text(found, "lang", at),
            text_sha256=self._text(found, "text_sha256", at),
            introduction=None if opening is None else self._introduction(opening, f"{at}.introduction"),
        )

    def _introduction(self, found: object, at: str) -> tuple[int, int, str]:
        start, end = (self._int(self._field(found, name, at), f"{at}.{name}") for name in ("start", "end"))
        return start, end, self._text(found, "quote", at)

    def _seconds(self, found: object) -> tuple[tuple[str, float], ...]:
        seconds = self._field(found, "seconds", "")
        if not isinstance(seconds, dict) or not all(isinstance(one, int | float) for one in seconds.values()):
            self._refuse("seconds", "not numbers by name")
        return tuple((stage, float(one)) for stage, one in seconds.items())

    def _day(self, found: object) -> date | None:
        day = self._field(found, "as_of", "")
        try:
            return None if day is None else date.fromisoformat(self._string(day, "as_of"))
        except ValueError:
            self._refuse("as_of", f"{day!r} is no date")

    def _one_of(self, values: type[_V], found: object, field: str, at: str) -> _V:
        value = self._text(found, field, at)
        if value not in set(values):
            self._refuse(f"{at}.{field}".lstrip("."), f"{value!r} is none of {', '.join(values)}")
        return values(value)

    def _text(self, found: object, field: str, at: str) -> str:
        return self._string(self._field(found, field, at), f"{at}.{field}".lstrip("."))

    def _string(self, value: object, at: str) -> str:
        if not isinstance(value, str):
            self._refuse(at, "not a text")
        return value

    def _int(self, value: object, at: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self._refuse(at, "not a whole number")
        return value

    def _list(self, found: object, field: str, at: str) -> list[tuple[int, object]]:
        value = self._field(found, field, at)
        if not isinstance(value, list):
            self._refuse(f"{at}.{field}".lstrip("."), "not a list")
        return list(enumerate(value))

    def _field(self, found: object, field: str, at: str) -> object:
        if not isinstance(found, dict):
            self._refuse(at, "not an object")
        if field not in found:
            self._refuse(f"{at}.{field}".lstrip("."), "missing")
        return found[field]

    def _refuse(self, at: str, why: str) -> NoReturn:
        raise ReceiptError(f"{self.name}: not a receipt of format {FORMAT}: {at}: {why}")
