"""Every case of `laws/cases.toml`: divisions and articles as expected, no visible character lost or told twice."""

import tomllib
from pathlib import Path

import pytest

from index.structure import split_law

CASES = [
    pytest.param(case, id=f"{case['lang']}: {case['name']}")
    for case in tomllib.loads((Path(__file__).parent / "laws" / "cases.toml").read_text(encoding="utf-8"))["case"]
]


def matches(expected: str, actual: str) -> bool:
    beginning, gap, end = expected.partition(" … ")
    return actual.startswith(beginning) and actual.endswith(end) if gap else actual == expected


def shown(text, outline):
    """Divisions and articles as the cases write them, in the order of the text."""
    units = [(d.start, f"division {d.level} | {d.label} | {d.heading}".strip()) for d in outline.divisions]
    for a in outline.articles:
        path = " > ".join(a.path)
        units.append((a.start, f"{a.kind.value} | {a.label} | {a.heading} | {path} | {text[a.body : a.end]}"))
    return [" ".join(line.split(" ")).replace("|  |", "| |").replace("|  |", "| |") for _, line in sorted(units)]


@pytest.mark.parametrize("case", CASES)
def test_case(case):
    text = case["text"]
    outline = split_law(text, lang=case["lang"])
    found = shown(text, outline)
    assert len(found) == len(case["expect"]), "\n".join(found)
    for expected, actual in zip(case["expect"], found, strict=True):
        assert matches(expected.strip(), actual.strip()), f"expected {expected!r}, found {actual!r}"
    assert list(outline.warnings) == case.get("warnings", list(outline.warnings))
    if case["expect"]:
        spans = sorted(
            [(a.start, a.end) for a in outline.articles]
            + [(d.start, d.end) for d in outline.divisions]
            + list(outline.contents)
        )
        gaps = [
            text[end:start] for (_, end), (start, _) in zip([(0, 0), *spans], [*spans, (len(text),) * 2], strict=True)
        ]
        assert [gap for gap in gaps if gap.strip()] == []
    assert [matches(case["contents"], text[start:end]) for start, end in outline.contents] == [True] * (
        "contents" in case
    )
