"""Whether a candidate may take the place of what is published: the same dev questions put to both, compared in pairs.

Worse means beyond chance: the whole 95 % interval of the difference in nDCG@10 lies below 0. Each language counts the
same, however many questions it has; a language with fewer than `FEWEST` questions counts in the mean and is not judged
alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrieval.breakdown import FEWEST, by_lang
from retrieval.evaluation import SEED, Interval, Report, resampled_means
from retrieval.questions import Question, QuestionsError

METRIC = "ndcg@10"


@dataclass(frozen=True, slots=True)
class Gain:
    """What a candidate gains over what is published, in nDCG@10.

    Attributes:
        lang: ISO 639-1 code of the questions; empty for the mean of the languages.
        questions: how many.
        live, candidate: the means of both.
        gain: their paired difference with its 95 % interval.
    """

    lang: str
    questions: int
    live: float
    candidate: float
    gain: Interval

    @property
    def worse(self) -> bool:
        """Whether the candidate is worse beyond chance."""
        return self.gain.high < 0

    @property
    def text(self) -> str:
        """In a line."""
        where = self.lang or "mean of the languages"
        return f"{where}: {self.live:.4f} -> {self.candidate:.4f}, {self.gain.signed} over {self.questions} questions"

    def to_json(self) -> dict[str, Any]:
        """As a machine reads it."""
        gain = {"value": self.gain.value, "low": self.gain.low, "high": self.gain.high}
        return {"questions": self.questions, "live": self.live, "candidate": self.candidate, "gain": gain}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome.

    Attributes:
        admitted: whether the candidate may be published.
        reason: in one line.
        mean: over the languages.
        langs: each language, the one with most questions first.
    """

    admitted: bool
    reason: str
    mean: Gain
    langs: tuple[Gain, ...]

    def to_json(self) -> dict[str, Any]:
        """As a machine reads it."""
        return {"mean": self.mean.to_json(), "langs": {one.lang: one.to_json() for one in self.langs}}


def require_enough(questions: Sequence[Question]) -> None:
    """Refuses dev questions that cannot judge anything, before hours are spent on a candidate.

    Raises:
        QuestionsError: fewer than `FEWEST` of them name an article.
    """
    number = sum(bool(question.relevant) for question in questions)
    if number < FEWEST:
        raise QuestionsError(
            f"{number} dev questions name an article: too few to judge a candidate by; give at least {FEWEST}."
        )


def gains(live: Report, candidate: Report) -> tuple[Gain, ...]:
    """The mean over the languages, then each language, the one with most questions first.

    Raises:
        ValueError: the reports rest on other questions or metrics.
    """
    if [row.question for row in live.rows] != [row.question for row in candidate.rows]:
        raise ValueError(f"{live.mode} and {candidate.mode} were measured on other questions")
    found, samples = [], []
    for place, (before, after) in enumerate(zip(by_lang(live).groups, by_lang(candidate).groups, strict=True)):
        column = [name for name, _ in before.metrics].index(METRIC)
        values = np.array([row.values[column] for row in (*before.rows, *after.rows)]).reshape(2, -1, 1)
        means = resampled_means(values[1] - values[0], seed=SEED + place)[:, 0]  # languages are drawn independently
        found.append(_gain(before.mode, len(before.rows), values[0].mean(), values[1].mean(), means))
        samples.append(means)
    mean = _gain(
        "",
        len(live.rows),
        float(np.mean([one.live for one in found])),
        float(np.mean([one.candidate for one in found])),
        np.mean(samples, axis=0),
    )
    return (mean, *found)


def judge(live: Report, candidate: Report, *, require_gain: bool = False) -> Verdict:
    """Says whether the candidate may be published.

    It may where it is worse neither in the mean over the languages nor in any language of at least `FEWEST` questions.

    Args:
        live: of what is published.
        candidate: of what may take its place; the same questions in the same order.
        require_gain: it also has to be better beyond chance in the mean over the languages.
    """
    mean, *langs = gains(live, candidate)
    worse = [one for one in (mean, *langs) if one.worse and (not one.lang or one.questions >= FEWEST)]
    if worse:
        admitted, reason = False, f"worse, beyond chance, than what is published; nDCG@10, {worse[-1].text}"
    elif require_gain and mean.gain.low <= 0:
        admitted, reason = False, f"no gain beyond chance, and a gain was required; nDCG@10, {mean.text}"
    else:
        better = "better than" if mean.gain.low > 0 else "not worse, beyond chance, than"
        admitted, reason = True, f"{better} what was published; nDCG@10, {mean.text}"
    return Verdict(admitted, reason, mean, tuple(langs))


def _gain(lang: str, number: int, live: float, candidate: float, means: np.ndarray[Any, Any]) -> Gain:
    low, high = np.percentile(means, [2.5, 97.5])
    interval = Interval(value=float(candidate) - float(live), low=float(low), high=float(high))
    return Gain(lang, number, float(live), float(candidate), interval)
