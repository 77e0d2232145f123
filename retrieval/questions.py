"""Labelled questions: JSON Lines in, validated questions out."""

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import UserFacingError
from retrieval.json_lines import numbered_lines


class QuestionsError(UserFacingError):
    """A file of labelled questions that cannot be used."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the articles that answer it.

    Attributes:
        id: unique in its file.
        text: the question, Unicode NFC.
        relevant: distinct `Article.id`s that answer it, in the order of the file; empty where nothing in the law does.
        answer: what a person answered; empty where unknown.
        lang: ISO 639-1 code of the question.
        split: "train", "dev", ...; empty where the file has no splits.
        variants: other wordings of the same question.
        kind: the source's own type of question; empty where it has none.
        choices: (label, text) of a multiple-choice question, in order.
        must_abstain: the right answer is that the law at hand does not say.
        may_abstain: not answering is acceptable.
    """

    id: str
    text: str
    relevant: tuple[str, ...]
    answer: str = ""
    lang: str = ""
    split: str = ""
    variants: tuple[str, ...] = ()
    kind: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    must_abstain: bool = False
    may_abstain: bool = False


def read_questions(path: Path, *, split: str | None = None) -> tuple[Question, ...]:
    """Reads labelled questions.

    One JSON object a line: `id`, `question` and `relevant` (a list of article ids) are required; `answer`, `lang`,
    `split`, `variants`, `qa_type` or `type`, `choices`, `must_abstain` and `may_abstain` are read where present, any
    other key is left alone. Blank lines are skipped.

    Args:
        path: UTF-8 JSON Lines, plain or ending in `.gz` or `.xz`.
        split: only questions of this split; None for all.

    Returns:
        At least one question, in the order of the file.

    Raises:
        QuestionsError: naming file and line; also where no question is left, or none has the split.
    """
    questions: list[Question] = []
    lines: dict[str, int] = {}
    for number, line in numbered_lines(path, error=QuestionsError, what="labelled questions"):
        where = f"{path}, line {number}"
        question = question_of(line, where)
        if question.id in lines:
            raise QuestionsError(
                f"{where}: id {question.id!r} is also on line {lines[question.id]}; give every question its own id."
            )
        lines[question.id] = number
        questions.append(question)
    if not questions:
        raise QuestionsError(f"{path} holds no questions; give a file of JSON Lines with id, question and relevant.")
    if split is None:
        return tuple(questions)
    chosen = tuple(question for question in questions if question.split == split)
    if not chosen:
        known = ", ".join(sorted({question.split or "(none)" for question in questions}))
        raise QuestionsError(f"{path} has no question of split {split!r}; its splits are: {known}.")
    return chosen


def question_of(line: str, where: str) -> Question:
    """One line as a question; `where` names file and line.

    Raises:
        QuestionsError: naming the place and what is wrong there.
    """
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise QuestionsError(
            f"{where}: not JSON ({error.msg} at column {error.colno}); write one object a line."
        ) from error
    except RecursionError as error:
        raise QuestionsError(f"{where}: not a question (nested too deeply); write one flat object a line.") from error
    if not isinstance(fields, dict):
        raise QuestionsError(f"{where}: a {type(fields).__name__}, not an object with id, question and relevant.")
    kind = "qa_type" if "qa_type" in fields else "type"
    return Question(
        id=_text(fields, "id", where, required=True),
        text=_text(fields, "question", where, required=True),
        relevant=tuple(dict.fromkeys(_texts(fields, "relevant", where, required=True))),
        answer=_text(fields, "answer", where),
        lang=_text(fields, "lang", where),
        split=_text(fields, "split", where),
        variants=_texts(fields, "variants", where),
        kind=_text(fields, kind, where),
        choices=_choices(fields, where),
        must_abstain=_flag(fields, "must_abstain", where),
        may_abstain=_flag(fields, "may_abstain", where),
    )


def _text(fields: dict[str, Any], key: str, where: str, *, required: bool = False) -> str:
    """A text field in NFC without surrounding space; empty where absent or null and not required."""
    value = fields.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise QuestionsError(f"{where}: {key} is {_shown(fields, key)}; it has to be a text.")
    text = unicodedata.normalize("NFC", value).strip()
    if required and not text:
        raise QuestionsError(f"{where}: {key} is empty; every question needs one.")
    return text


def _texts(fields: dict[str, Any], key: str, where: str, *, required: bool = False) -> tuple[str, ...]:
    """A list of texts in NFC; empty where absent and not required."""
    value = fields.get(key, None if required else [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise QuestionsError(f"{where}: {key} is {_shown(fields, key)}; it has to be a list of texts, none empty.")
    return tuple(unicodedata.normalize("NFC", one).strip() for one in value)


def _choices(fields: dict[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    """The choices of a multiple-choice question; empty where it has none."""
    value = fields.get("choices") or {}
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise QuestionsError(f"{where}: choices is {_shown(fields, 'choices')}; it has to map labels to texts.")
    return tuple((label, unicodedata.normalize("NFC", text).strip()) for label, text in value.items())


def _flag(fields: dict[str, Any], key: str, where: str) -> bool:
    """A boolean; False where absent."""
    value = fields.get(key, False)
    if not isinstance(value, bool):
        raise QuestionsError(f"{where}: {key} is {_shown(fields, key)}; it has to be true or false.")
    return value


def _shown(fields: dict[str, Any], key: str) -> str:
    """A field's value for an error message: missing, or its JSON cut to a readable length."""
    if key not in fields:
        return "missing"
    written = json.dumps(fields[key], ensure_ascii=False)
    return written if len(written) <= 60 else f"{written[:57]}..."
