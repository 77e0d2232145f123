"""The answers to be scored, from disk: JSON Lines of anyone's answers, or of lexcite's own."""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generation.cited_provisions import CitationFields, Written
from generation.receipt_reading import ReceiptError, read_receipt
from index.errors import UserFacingError
from retrieval.json_lines import numbered_lines
from retrieval.questions import Question

_FIELDS = ("law", "article", "clause", "point", "article_id", "path")


class AnswersError(UserFacingError):
    """A file of answers that cannot be scored."""


@dataclass(frozen=True, slots=True)
class SubmittedAnswer:
    """One line of the file.

    Attributes:
        where: file and line, for messages.
        id: unique in the file.
        question: what was asked; empty where unknown.
        text: free text in which the citations stand; empty where there is none, or where `citations` are all.
        citations: those given one by one.
        gold: what should be cited; empty where nothing should.
    """

    where: str
    id: str
    question: str
    text: str
    citations: tuple[Written, ...]
    gold: tuple[Written, ...]


def read_answers(path: Path, *, questions: Sequence[Question] = ()) -> tuple[SubmittedAnswer, ...]:
    """Reads answers; the format is documented in docs/scoring.md.

    Args:
        path: UTF-8 JSON Lines, plain or ending in `.gz` or `.xz`.
        questions: what should be cited, for lines without `gold`: by the answer's id, else by its question.

    Returns:
        At least one answer, in the order of the file.

    Raises:
        AnswersError: naming file, line and reason.
    """
    reader = _Reader(questions)
    answers: list[SubmittedAnswer] = []
    lines: dict[str, str] = {}
    for number, line in numbered_lines(path, error=AnswersError, what="answers"):
        where = f"{path}, line {number}"
        answer = reader.answer(line, where, f"line {number}")
        if answer.id in lines:
            raise AnswersError(
                f"{where}: id {answer.id!r} is also on {lines[answer.id]}; give every answer its own id."
            )
        lines[answer.id] = f"line {number}"
        answers.append(answer)
    if not answers:
        raise AnswersError(f"{path} holds no answers; give JSON Lines with id, answer or citations, and gold.")
    return tuple(answers)


class _Reader:
    """Turns lines into answers."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._by_id = {question.id: question for question in questions}
        self._by_text = {_folded(text): one for one in questions for text in (one.text, *one.variants)}
        self._has_questions = bool(questions)

    def answer(self, line: str, where: str, name: str) -> SubmittedAnswer:
        fields = _object(line, where)
        receipt = _receipt(fields, where)
        if receipt is not None:
            question, text, citations = receipt
            question = _text(fields, "question", where) or question
        else:
            question, text = _text(fields, "question", where), _text(fields, "answer", where)
            citations = tuple(_written_list(fields.get("citations", []), "citations", where))
            if "answer" not in fields and "citations" not in fields:
                raise AnswersError(f'{where}: neither "answer" nor "citations"; give the text, the citations, or both.')
        own = _text(fields, "id", where)
        if not own and receipt is None:
            raise AnswersError(f'{where}: no "id"; give every answer its own.')
        return SubmittedAnswer(where, own or name, question, text, citations, self._gold(fields, own, question, where))

    def _gold(self, fields: Mapping[str, object], own: str, question: str, where: str) -> tuple[Written, ...]:
        if "gold" in fields:
            return tuple(_written_list(fields["gold"], "gold", where))
        known = self._by_id.get(own) or self._by_text.get(_folded(question))
        if known is not None:
            return tuple(CitationFields(article_id=article) for article in known.relevant)
        where_else = " and no such question among those of --gold" if self._has_questions else ""
        raise AnswersError(
            f'{where}: no "gold"{where_else}; list what should be cited, [] where nothing should, or name a file of '
            "labelled questions with --gold."
        )


def _receipt(fields: Mapping[str, object], where: str) -> tuple[str, str, tuple[Written, ...]] | None:
    """Question, no text, and what the sentences shown cite, of a line that is or holds an answer or receipt of lexcite.

    Its text is not read: it quotes the law, which refers to what the answer does not cite.
    """
    nested = fields.get("answer")
    found = next(
        (one for one in (nested, fields) if isinstance(one, dict) and ("receipt" in one or "sha256" in one)), None
    )
    if found is None:
        return None
    try:
        record = read_receipt(json.dumps(found, ensure_ascii=False), name=where)
    except ReceiptError as error:
        raise AnswersError(str(error)) from error
    shown = {number for sentence in record.sentences for number in sentence.citations}
    cited = (
        CitationFields(article_id=exhibit.citation.article_id, path=exhibit.path)
        for exhibit in record.receipt.exhibits
        if exhibit.citation.number in shown
    )
    return record.question, "", tuple(dict.fromkeys(cited))


def _object(line: str, where: str) -> Mapping[str, object]:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise AnswersError(
            f"{where}: not JSON ({error.msg} at column {error.colno}); write one object a line."
        ) from error
    except RecursionError as error:
        raise AnswersError(f"{where}: nested too deeply; write one flat object a line.") from error
    if not isinstance(fields, dict):
        raise AnswersError(f"{where}: a {type(fields).__name__}, not an object with id, answer and gold.")
    return fields


def _text(fields: Mapping[str, object], name: str, where: str) -> str:
    """A text, or a number where it stands for one; empty where it is missing or null."""
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip()
    if name == "id" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise AnswersError(f'{where}: "{name}" is a {type(value).__name__}; give a text.')


def _written_list(value: object, name: str, where: str) -> Iterator[Written]:
    if not isinstance(value, list):
        raise AnswersError(f'{where}: "{name}" is a {type(value).__name__}; give a list, [] for none.')
    for place, one in enumerate(value, start=1):
        at = f'{where}: "{name}" {place}'
        if isinstance(one, str) and one.strip():
            yield unicodedata.normalize("NFC", one).strip()
        elif isinstance(one, dict):
            yield _fields(one, at)
        else:
            raise AnswersError(f"{at} is {json.dumps(one)[:60]}; give words, an article's id, or an object.")


def _fields(one: Mapping[str, object], at: str) -> CitationFields:
    unknown = sorted(set(one) - set(_FIELDS))
    if unknown:
        raise AnswersError(f'{at} has "{unknown[0]}"; an object may have {", ".join(_FIELDS)}.')
    if bool(one.get("article")) == bool(one.get("article_id")):
        raise AnswersError(f'{at} needs either "article" or "article_id".')
    if "path" in one and ("clause" in one or "point" in one):
        raise AnswersError(f'{at} has "path" beside "clause" or "point"; give one of the two.')
    inside = one.get("path")
    if inside is None:
        inside = [one[level] for level in ("clause", "point") if one.get(level) is not None]
    if not isinstance(inside, list):
        raise AnswersError(f'{at}: "path" is a {type(inside).__name__}; give a list of labels: ["1", "f"].')
    return CitationFields(
        law=_label(one.get("law"), "law", at),
        article=_label(one.get("article"), "article", at),
        path=tuple(label for part in inside if (label := _label(part, "label", at))),
        article_id=_label(one.get("article_id"), "article_id", at),
    )


def _label(value: object, name: str, at: str) -> str:
    """A text or whole number; empty for null."""
    if value is None:
        return ""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return unicodedata.normalize("NFC", str(value)).strip()
    raise AnswersError(f"{at}: its {name} is a {type(value).__name__}; give a text or a whole number.")


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
