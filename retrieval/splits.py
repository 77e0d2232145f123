"""Which labelled questions are trained on and which are kept to measure with, and a cut that shares no article."""

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from retrieval.pairs import HELD_OUT
from retrieval.questions import Question, QuestionsError

SEED = 20_261_122


def split_by_article(
    questions: Sequence[Question], *, share: float, seed: int = SEED
) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """Sets questions aside whose articles the others never name.

    Questions that share an article, directly or through others, form one group, and a group is never divided: a model
    chosen on the second part has seen none of its articles answer a question. Groups are drawn in a seeded order; one
    that would overshoot the share is passed over, so that a large group does not swallow the second part.

    Args:
        questions: in any order; one that names no article is a group of its own.
        share: of the questions that is set aside, above 0 and below 1.
        seed: the same questions, share and seed give the same parts.

    Returns:
        The questions to train on and those to choose with, both in the given order.

    Raises:
        QuestionsError: the questions cannot be divided: all of them share articles, or one part would be empty.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share}; it must lie between 0 and 1")
    groups = _groups(questions)
    random.Random(seed).shuffle(groups)  # noqa: S311 - a reproducible draw, nothing secret
    wanted = share * len(questions)
    aside: set[int] = set()
    for group in groups:
        if len(aside) + len(group) <= max(wanted, 1):
            aside.update(group)
    if not aside or len(aside) == len(questions):
        raise QuestionsError(
            f"{len(questions)} questions in {len(groups)} group(s) that share no article cannot be divided {share:.0%}"
            " to the rest; give more questions, or another share."
        )
    first = tuple(one for place, one in enumerate(questions) if place not in aside)
    second = tuple(one for place, one in enumerate(questions) if place in aside)
    return first, second


def kept_to_measure(questions: Sequence[Question]) -> tuple[Question, ...]:
    """Those whose split is held out ("dev", "test", "choose" ...); all of them where none names such a split."""
    return tuple(one for one in questions if one.split in HELD_OUT) or tuple(questions)


def write_questions(questions: Iterable[Question], path: Path, *, split: str) -> None:
    """Writes labelled questions under another split, as `read_questions` reads them.

    Raises:
        QuestionsError: the file cannot be written.
    """
    lines = []
    for one in questions:
        fields: dict[str, Any] = {
            "id": one.id,
            "question": one.text,
            "relevant": one.relevant,
            "lang": one.lang,
            "split": split,
        }
        given: dict[str, Any] = {"answer": one.answer, "type": one.kind, "variants": one.variants}
        given |= {"choices": dict(one.choices), "must_abstain": one.must_abstain, "may_abstain": one.may_abstain}
        fields |= {key: value for key, value in given.items() if value}
        lines.append(json.dumps(fields, ensure_ascii=False) + "\n")
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise QuestionsError(f"{path} cannot be written ({error.strerror}); choose another place.") from error


def _groups(questions: Sequence[Question]) -> list[list[int]]:
    """Places of the questions that share articles with each other, in the order of their first."""
    group_of = list(range(len(questions)))

    def root(place: int) -> int:
        while group_of[place] != place:
            group_of[place] = group_of[group_of[place]]
            place = group_of[place]
        return place

    first_with: dict[str, int] = {}
    for place, question in enumerate(questions):
        for article_id in question.relevant:
            group_of[root(place)] = root(first_with.setdefault(article_id, place))
    groups: dict[int, list[int]] = {}
    for place in range(len(questions)):
        groups.setdefault(root(place), []).append(place)
    return list(groups.values())
