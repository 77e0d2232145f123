"""Ranking metrics as pure functions of a ranked list of ids and the set of relevant ones.

The conventions are those of sentence-transformers' `InformationRetrievalEvaluator`, so that figures stand beside those
of published model cards, and they are stated here because evaluation libraries differ:

- A list shorter than k counts as followed by irrelevant ids: precision always divides by k.
- Recall divides by all relevant ids, so with more of them than k it cannot reach 1.
- Average precision at k divides by min(k, relevant ids): a perfect ranking scores 1 at every k. trec_eval's `map_cut`
  divides by all relevant ids; the two are equal while there are at most k, else ours is theirs times relevant / k.
- The discount of rank r is 1 / log2(r + 1) (Järvelin and Kekäläinen 2002, with trec_eval's linear gain); the ideal
  ranking holds all relevant ids, found or not, cut at k.
- Ranking is the retriever's work: there are no scores here, hence no ties.

Every function asks for at least one relevant id and k >= 1, else raises ValueError: without a relevant id no ranking is
better than another, and a silent 0 or 1 would be an opinion. Ids in a ranked list are distinct.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass


def _relevance(ranked: Sequence[str], relevant: Collection[str], k: int) -> list[bool]:
    """Whether each of the first k ids is relevant."""
    if k < 1:
        raise ValueError(f"k is {k}; a cut-off is at least 1")
    if not relevant:
        raise ValueError("no relevant id: ranking metrics are undefined")
    return [found in relevant for found in ranked[:k]]


def accuracy(ranked: Sequence[str], relevant: Collection[str], *, k: int) -> float:
    """1 where a relevant id is among the first k, else 0; also called hit rate and success."""
    return float(any(_relevance(ranked, relevant, k)))


def precision(ranked: Sequence[str], relevant: Collection[str], *, k: int) -> float:
    """Share of the first k ranks that hold a relevant id."""
    return sum(_relevance(ranked, relevant, k)) / k


def recall(ranked: Sequence[str], relevant: Collection[str], *, k: int) -> float:
    """Share of the relevant ids that are among the first k."""
    return sum(_relevance(ranked, relevant, k)) / len(relevant)


def mrr(ranked: Sequence[str], relevant: Collection[str], *, k: int) -> float:
    """1 / rank of the first relevant id, 0 where none is among the first k."""
    found = _relevance(ranked, relevant, k)
    return 1 / (found.index(True) + 1) if True in found else 0.0


def average_precision(ranked: Sequence[str], relevant: Collection[str], *, k: int) -> float:
    """Sum of the precision at each relevant id among the first k, divided by min(k, relevant ids)."""
    total, correct = 0.0, 0
    for rank, found in enumerate(_relevance(ranked, relevant, k), start=1):
        if found:
            correct += 1
            total += correct / rank
    return total / min(k, len(relevant))


def ndcg(ranked: Sequence[str], relevant: Collection[str], *, k: int) -> float:
    """Discounted cumulative gain of the first k over that of the ideal ranking; a relevant id gains 1."""
    found = _relevance(ranked, relevant, k)
    ideal = [1.0] * min(k, len(relevant))
    return discounted_gain([float(one) for one in found]) / discounted_gain(ideal)


def graded_ndcg(ranked: Sequence[str], grades: Mapping[str, float], *, k: int) -> float:
    """As `ndcg`, where an id gains its grade; ids without a grade gain 0.

    Args:
        ranked: distinct ids, best first.
        grades: at least one above 0, none below.
        k: at least 1.
    """
    if min(grades.values(), default=0) < 0:
        raise ValueError("a grade is negative: gains are 0 or more")
    _relevance(ranked, [one for one, grade in grades.items() if grade > 0], k)
    ideal = sorted(grades.values(), reverse=True)[:k]
    return discounted_gain([grades.get(found, 0.0) for found in ranked[:k]]) / discounted_gain(ideal)


def discounted_gain(gains: Sequence[float]) -> float:
    """Sum of gain / log2(rank + 1), ranks from 1."""
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric at a cut-off, under the name by which tables call it."""

    name: str
    measure: Callable[..., float]
    k: int

    def __call__(self, ranked: Sequence[str], relevant: Collection[str]) -> float:
        """The metric of one ranking, in [0, 1]."""
        return self.measure(ranked, relevant, k=self.k)


# The table of the reference model cards, in their order.
CARD_METRICS: tuple[Metric, ...] = (
    *(Metric(f"accuracy@{k}", accuracy, k) for k in (1, 3, 5, 10)),
    *(Metric(f"precision@{k}", precision, k) for k in (1, 3, 5, 10)),
    *(Metric(f"recall@{k}", recall, k) for k in (1, 3, 5, 10)),
    Metric("ndcg@10", ndcg, 10),
    Metric("mrr@10", mrr, 10),
    Metric("map@100", average_precision, 100),
)
