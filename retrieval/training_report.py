"""What a training did, for its model card and for machines: data, values, log and figures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from retrieval.dev_set import MAIN_METRIC, DevSet, Judged
from retrieval.evaluation import Interval, intervals
from retrieval.metrics import CARD_METRICS
from retrieval.pairs import PairSet
from retrieval.recipe import Recipe

_SAMPLE = 160  # characters of a text in the card


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of the texts of one column, cut at the recipe's window."""

    least: int
    mean: float
    most: int
    cut: int  # texts that were longer than the window


@dataclass(frozen=True, slots=True)
class Data:
    """What was trained on, and what it was watched with.

    Attributes:
        pairs, articles: their number; distinct articles.
        sources: pairs by source and language, in the order of the names.
        without_heading: pairs whose passage leaves the heading out.
        lengths: by column: "question", "article", and "hard negative" where there are some.
        samples: (question, beginning of the passage), shortened.
        dev: (language, questions, competing articles, passages).
        unseen: questions of the dev sets of whose articles none was trained on.
    """

    pairs: int
    articles: int
    sources: tuple[tuple[str, str, int], ...]
    without_heading: int
    lengths: tuple[tuple[str, Lengths], ...]
    samples: tuple[tuple[str, str], ...]
    dev: tuple[tuple[str, int, int, int], ...]
    unseen: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of one dev set at one dimension.

    Attributes:
        lang: language of the dev set.
        dimension: components of the vectors.
        metric: its name.
        base, tuned: its mean with its 95 % interval, before and after.
        gain: the paired difference, tuned - base, with its interval.
    """

    lang: str
    dimension: int
    metric: str
    base: Interval
    tuned: Interval
    gain: Interval


@dataclass(frozen=True, slots=True)
class Strength:
    """A share of the update and how the model did with it.

    Attributes:
        share: 0 is the base, 1 the trained weights.
        value: the main figure on the dev questions.
        langs: of each language.
    """

    share: float
    value: float
    langs: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """A finished training.

    Attributes:
        kind: "full" or "lora".
        base_name, base_fingerprint, fingerprint: what was trained, and what came of it.
        architecture: the model's modules, a line each.
        recipe: as it was followed; `changes` says where it had to differ from the one asked for.
        data: see `Data`.
        steps, best_step: steps taken; the step whose weights were kept.
        watched_base, watched_best: the figure by which checkpoints were compared, before training and at best.
        strengths: shares of the update that were tried; empty where none but the whole was.
        log: the lines of the training log.
        figures: by language, dimension and metric.
        left_out: pairs that found no place in a batch of the first epoch.
        environment: name and version of what ran, and the machine.
        seconds: of training, over all resumptions of this process only.
        licences: notes on the licences of base and data.
        command: how it was started; empty where unknown.
    """

    kind: str
    base_name: str
    base_fingerprint: str
    fingerprint: str
    architecture: tuple[str, ...]
    recipe: Recipe
    changes: tuple[str, ...]
    data: Data
    steps: int
    best_step: int
    watched_base: float
    watched_best: float
    log: tuple[Mapping[str, Any], ...]
    figures: tuple[Figure, ...]
    left_out: int
    environment: tuple[tuple[str, str], ...]
    seconds: float
    strengths: tuple[Strength, ...] = ()
    licences: tuple[str, ...] = ()
    command: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a machine reads it."""
        return {key: value for key, value in asdict(self).items() if key != "log"}


def describe_data(
    pairs: PairSet,
    sets: Sequence[DevSet],
    lengths: Mapping[str, tuple[Sequence[int], int]],
) -> Data:
    """Counts the data.

    Args:
        pairs: what is trained on.
        sets: what it is watched with.
        lengths: by column, the tokens of each text, and the window at which they are cut.
    """
    counted: dict[tuple[str, str], int] = {}
    for pair in pairs.pairs:
        counted[pair.source, pair.lang] = counted.get((pair.source, pair.lang), 0) + 1
    trained = {pair.article_id for pair in pairs.pairs}
    first_of_source = {pair.source: pair for pair in reversed(pairs.pairs)}
    return Data(
        pairs=len(pairs.pairs),
        articles=len(trained),
        sources=tuple((source, lang, number) for (source, lang), number in sorted(counted.items())),
        without_heading=sum(pair.without_heading for pair in pairs.pairs),
        lengths=tuple((name, _lengths(tokens, window)) for name, (tokens, window) in lengths.items()),
        samples=tuple(
            (_short(pair.question), _short(pairs.positive(pair))) for _, pair in sorted(first_of_source.items())[:6]
        ),
        dev=tuple((one.lang, len(one.questions), len(one.articles), len(one.passages)) for one in sets),
        unseen=sum(trained.isdisjoint(question.relevant) for one in sets for question in one.questions),
    )


def figures(base: Sequence[Judged], tuned: Sequence[Judged]) -> tuple[Figure, ...]:
    """Base and tuned beside each other; both judged with the same sets and dimensions."""
    found = []
    for first, second in zip(base, tuned, strict=True):
        if (first.lang, first.dimension) != (second.lang, second.dimension):
            raise ValueError("base and tuned model were judged with other sets or dimensions")
        columns = zip(
            CARD_METRICS,
            intervals(first.values),
            intervals(second.values),
            intervals(second.values - first.values),
            strict=True,
        )
        found += [
            Figure(first.lang, first.dimension, metric.name, before, after, gain)
            for metric, before, after, gain in columns
        ]
    return tuple(found)


def best_of(tried: Sequence[Strength]) -> Strength:
    """The strength that is kept."""
    return min(tried, key=lambda one: (-one.value, one.share))


def kept_share(found: Sequence[Figure], lang: str, dimension: int) -> float:
    """What the tuned model keeps of its main metric at a dimension, against its largest one."""
    own = {one.dimension: one.tuned.value for one in found if one.lang == lang and one.metric == MAIN_METRIC}
    whole = own[max(own)]
    return own[dimension] / whole if whole else 0.0


def _lengths(tokens: Sequence[int], window: int) -> Lengths:
    read = np.minimum(np.asarray(tokens, dtype=np.int64), window)
    cut = int((np.asarray(tokens) > window).sum())
    return Lengths(int(read.min()), float(read.mean()), int(read.max()), cut)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SAMPLE else f"{plain[: _SAMPLE - 1].rstrip()}…"
