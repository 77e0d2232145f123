"""Every case of `provisions/*.toml`: the parser gives exactly the expected tree, tiles the text and reports breaks."""

import sys
import tomllib
from pathlib import Path

import pytest

from index.structure import check_provisions, parse_provisions
from tests.structure_tiling import tiling_faults

FOLDER = Path(__file__).parent / "provisions"
CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")
    for path in sorted(FOLDER.glob("*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]


def matches(expected: str, actual: str) -> bool:
    """Whether a text is the expected one; " … " in the expectation stands for anything in between."""
    beginning, gap, end = expected.partition(" … ")
    if not gap:
        return actual == expected
    return actual.startswith(beginning) and actual.endswith(end) and len(actual) >= len(beginning) + len(end)


@pytest.mark.parametrize(("lang", "case"), CASES)
def test_case(lang, case):
    text = case["text"]
    provisions = parse_provisions(text, lang=lang, version_id="v")
    shown = [
        f"{p.kind.value} {'/'.join(p.path) or '¶'} = {' '.join(text[p.start : p.end].split(' '))}" for p in provisions
    ]
    heads = [line.partition(" = ")[0] for line in case["expect"]]
    assert [line.partition(" = ")[0] for line in shown] == heads, "\n".join(shown)
    for expected, actual in zip(case["expect"], shown, strict=True):
        assert matches(expected.partition(" = ")[2], actual.partition(" = ")[2]), f"{expected!r} is not {actual!r}"
    assert tiling_faults(text, provisions) == []
    assert list(check_provisions(text, provisions, lang=lang)) == case.get("breaks", [])


def test_the_suite_covers_six_languages_with_at_least_120_cases():
    by_language = {lang: sum(case.values[0] == lang for case in CASES) for lang in {c.values[0] for c in CASES}}
    sys.stdout.write(f"conformance: {len(CASES)} articles: {dict(sorted(by_language.items()))}\n")
    assert set(by_language) == {"vi", "es", "en", "fr", "de", "zh"}
    assert len(CASES) >= 120
    assert len({case.id for case in CASES}) == len(CASES)
