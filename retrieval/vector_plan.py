"""Which way of keeping the vectors fits a budget of memory and loses least: what was measured, the rule, the table."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import UserFacingError
from retrieval.tables import aligned

ENOUGH = 0.99  # recall@10 below which a recommendation comes with a warning
# Memory decides between equals and not time, which differs by less between ways than from run to run.
RULE = (
    "exact search where it fits; else, of what fits, the highest recall@10 to three decimals, and among equals the "
    "least memory"
)
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
_BINARY_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30}


class PlanError(UserFacingError):
    """A budget that cannot be read, or that nothing fits."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of keeping the vectors, measured.

    Attributes:
        coding: "float32", "float16", "int8" or "bits", as in the setting `vectors`.
        dimension: components that are kept in memory.
        exact: whether it is the search that misses nothing.
        memory: bytes that its first stage keeps in memory, for as many passages as are planned for.
        recall: share of the ten best of the exact search that it finds, in [0, 1].
        milliseconds: CPU time of one search for ten hits, the median, at the passages that are there.
        times_exact: how much faster than exact search, the median of pairs; 1 for itself.
        ndcg: nDCG@10 of the articles found with it, on labelled questions; None without any.
    """

    coding: str
    dimension: int
    exact: bool
    memory: int
    recall: float
    milliseconds: float
    times_exact: float
    ndcg: float | None = None

    @property
    def settings(self) -> dict[str, str | int]:
        """The settings that choose it."""
        return {"vectors": self.coding, "dimension": 0 if self.exact else self.dimension}

    def to_json(self) -> dict[str, Any]:
        """As a machine reads it."""
        return {
            "vectors": self.coding,
            "dimension": self.dimension,
            "exact": self.exact,
            "memory_bytes": self.memory,
            "recall@10": self.recall,
            "milliseconds": self.milliseconds,
            "times_exact": self.times_exact,
            **({} if self.ndcg is None else {"ndcg@10": self.ndcg}),
        }


def bytes_of(text: str) -> int:
    """A budget as people write one: "200MB", "1.5 GB", "512 MiB", "64000000".

    Raises:
        PlanError: it is none, or not above 0.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?)(i?)b?\s*", text.lower())
    unit = None
    if found is not None:
        unit = (_BINARY_UNITS if found[3] else _UNITS).get(found[2])
    if found is None or unit is None or (amount := int(float(found[1]) * unit)) < 1:
        raise PlanError(f"--budget {text}: not an amount of memory; write it as 200MB, 1.5GB or 512MiB")
    return amount


def size_text(size: int) -> str:
    """Bytes for a person: `14.7 MB`, with powers of ten."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} B"


def recall_at(exact: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """Share of the k best that was found, judged by score: of rows that tie for the last place any is right.

    Args:
        exact: (m, k) scores of the exact search, falling.
        found: (m, k) scores of the other, falling, by the same arithmetic.
    """
    return float((found >= exact[:, -1:]).mean())


def recommended(ways: Sequence[Way], budget: int) -> Way:
    """The way that `RULE` chooses.

    Raises:
        PlanError: nothing fits the budget; with the least that would.
    """
    fitting = [way for way in ways if way.memory <= budget]
    if not fitting:
        least = min(ways, key=lambda way: way.memory)
        raise PlanError(
            f"nothing fits {size_text(budget)}: the least is {size_text(least.memory)}, by {least.coding} of "
            f"{least.dimension} dimensions; raise --budget, or name smaller --dimensions"
        )
    return min(fitting, key=lambda way: (not way.exact, -round(way.recall, 3), way.memory))


def plan_table(ways: Sequence[Way], budget: int) -> str:
    """One line a way; what does not fit the budget is marked."""
    with_ndcg = any(way.ndcg is not None for way in ways)
    head = ["vectors", "dimension", "recall@10", *(["nDCG@10"] if with_ndcg else []), "memory", "ms", "speed", ""]
    rows = [
        [
            way.coding,
            str(way.dimension),
            f"{way.recall:.4f}",
            *([f"{way.ndcg:.4f}"] if way.ndcg is not None else []),
            size_text(way.memory),
            f"{way.milliseconds:.2f}",
            f"{way.times_exact:.1f}x",
            " ".join(filter(None, ("exact" if way.exact else "", "too large" if way.memory > budget else ""))),
        ]
        for way in ways
    ]
    return aligned([head, *rows])


def scaled(memory: int, *, passages: int, planned: int) -> int:
    """The memory of codes for `planned` passages, from that for the `passages` that are there, at least one."""
    return math.ceil(memory * planned / passages)
