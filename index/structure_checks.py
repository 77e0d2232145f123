"""What is irregular in the labels of an article: gaps, repetitions, lists that begin in their middle."""

from index.articles import Provision
from index.structure_labels import Reading, read_label


def check_provisions(text: str, provisions: tuple[Provision, ...], *, lang: str) -> tuple[str, ...]:
    """The breaks in the labels of an article, one line each; () where every list goes on by one and no path repeats.

    Repealed units leave gaps, and some articles hold several lists lettered from "a": a break is a fact about the
    law, which the reader of a build report may want to look at; it is no error.

    Args:
        text: the text that was parsed.
        provisions: what `parse_provisions` returned for it.
        lang: as it was given to `parse_provisions`.
    """
    breaks: list[str] = []
    latest: dict[int, tuple[Provision, tuple[Reading, ...], bool]] = {}  # by depth; whether it begins its list
    seen: set[tuple[int, str]] = set()  # where the parent begins, and the label
    for provision in provisions:
        depth = len(provision.path)
        for deeper in [known for known in latest if known > depth]:
            del latest[deeper]
        if not depth:
            continue
        name = " ".join(provision.path)
        readings = _readings(text, provision, lang)
        elder, elder_readings, elder_begins = latest.get(depth, (None, (), False))
        if elder is not None and _goes_on(readings, elder_readings):
            begins = False
            if elder_begins and _first(elder_readings) and not _goes_on(readings, _first(elder_readings)):
                breaks.append(f"{' '.join(elder.path)}: the list begins here")  # "(i)" was no numeral: "(j)" follows
        elif elder is not None and any(_alike(readings, elder_readings)):
            begins = False
            breaks.append(f"{name}: after {elder.path[-1]}")
        else:
            begins = True
            if not _first(readings):
                breaks.append(f"{name}: the list begins here")
        parent = latest[depth - 1][0].start if depth - 1 in latest else -1
        if begins and (parent, provision.path[-1]) in seen:
            breaks.append(f"{name}: again")
        seen.add((parent, provision.path[-1]))
        latest[depth] = (provision, readings, begins)
    return tuple(breaks)


def _readings(text: str, provision: Provision, lang: str) -> tuple[Reading, ...]:
    start = provision.start
    while text[start] in "*_":
        start += 1
    label = read_label(text, start, provision.end, lang=lang)
    return tuple(reading for reading in label.readings if reading.label == provision.path[-1]) if label else ()


def _first(readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
    return tuple(reading for reading in readings if reading.is_first)


def _alike(readings: tuple[Reading, ...], before: tuple[Reading, ...]) -> list[tuple[Reading, Reading]]:
    return [(now, then) for now in readings for then in before if now.family == then.family]


def _goes_on(readings: tuple[Reading, ...], before: tuple[Reading, ...]) -> bool:
    return any(now.follows(then) for now, then in _alike(readings, before))
