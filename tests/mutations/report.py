"""Figures of a run: recall by class and language, false alarms by data set and split, and what was missed."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from generation.answer import SentenceState
from tests.mutations.gate_run import Judged
from tests.mutations.sources import Statement
from tests.mutations.suite import CLASSES

AIM = dict.fromkeys(("article", "quote", "amount", "date", "deadline", "percentage", "number"), 0.98) | {
    "negation": 0.90, "modality": 0.90,
}  # fmt: skip


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    z, p = 1.96, hits / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


def recall(judged: Iterable[Judged], kind: str) -> float:
    own = [j for j in judged if j.case.kind == kind]
    return sum(j.caught for j in own) / len(own) if own else math.nan


def recall_table(judged: list[Judged]) -> str:
    """By class: caught of all, with the interval, by language and writer; `passed` is how many originals passed."""
    lines = [
        f"{'class':<11}{'caught':>13} {'recall':>7}  {'95 %':<13}{'aim':>5}  {'passed':>7}  by language and writer"
    ]
    for kind in CLASSES:
        own = [j for j in judged if j.case.kind == kind]
        if not own:
            continue
        caught = sum(j.caught for j in own)
        low, high = wilson(caught, len(own))
        groups = defaultdict(list)
        for j in own:
            groups[j.case.lang, j.case.wrote].append(j.caught)
        parts = "  ".join(f"{lang}/{who} {sum(c)}/{len(c)}" for (lang, who), c in sorted(groups.items()))
        originals = [j.original is SentenceState.SUPPORTED for j in own if j.original is not None]
        passed = f"{sum(originals) / len(originals):.2f}" if originals else "-"
        aim = f"{AIM[kind]:.2f}" if kind in AIM else "-"
        lines.append(
            f"{kind:<11}{f'{caught}/{len(own)}':>13} {caught / len(own):>7.3f}  [{low:.3f} {high:.3f}] {aim:>4}  "
            f"{passed:>7}  {parts}"
        )
    caught = sum(j.caught for j in judged)
    lines.append(f"{'all':<11}{f'{caught}/{len(judged)}':>13} {caught / max(1, len(judged)):>7.3f}")
    return "\n".join(lines)


def alarm_table(alarms: list[tuple[Statement, SentenceState]]) -> str:
    """False alarms on true sentences that people wrote, by data set, form and split, with the verdicts."""
    groups = defaultdict(list)
    for statement, state in alarms:
        for form in (statement.form, "all"):
            groups[statement.dataset, form, statement.split].append(state)
        groups["every set", "all", statement.split].append(state)
    lines = [f"{'data set':<13}{'form':<11}{'split':<7}{'false alarms':>13} {'share':>6}  95 %           verdicts"]
    for (dataset, form, split), states in sorted(groups.items()):
        failed = [s for s in states if s is not SentenceState.SUPPORTED]
        low, high = wilson(len(failed), len(states))
        verdicts = ", ".join(f"{state.value} {n}" for state, n in Counter(failed).most_common())
        share = len(failed) / len(states)
        lines.append(
            f"{dataset:<13}{form:<11}{split:<7}{f'{len(failed)}/{len(states)}':>13} {share:>6.3f}  "
            f"[{low:.3f} {high:.3f}]  {verdicts}"
        )
    return "\n".join(lines)


def miss_summary(judged: list[Judged]) -> str:
    """How the false sentences were made that passed, most frequent first."""
    ways = Counter((j.case.kind, j.case.how, j.case.lang, j.case.wrote) for j in judged)
    missed = Counter((j.case.kind, j.case.how, j.case.lang, j.case.wrote) for j in judged if not j.caught)
    lines = [f"  {' / '.join(way)}: {n} of {ways[way]}" for way, n in missed.most_common(40)]
    return "\n".join(["missed most often (class / way / language / writer):", *lines])
