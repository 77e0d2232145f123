"""References as Chinese laws write them: 第三十三条第一款第（二）项."""

import re
from collections.abc import Iterator

from index.reference_targets import Target
from index.structure_numerals import han_value

_NUMERAL = "[〇零一二三四五六七八九十百千两0-9０-９]{1,8}"
_REFERENCE = re.compile(
    rf"第({_NUMERAL})条(?:之({_NUMERAL}))?(?:第({_NUMERAL})款)?(?:第?[（(]?({_NUMERAL})[)）]?项)?(?:第({_NUMERAL})目)?"
)


def chinese_targets(text: str) -> Iterator[tuple[int, int, Target]]:
    """Each reference with its offsets; the targets' token positions mean nothing."""
    if "条" not in text:
        return
    for match in _REFERENCE.finditer(text):
        article, branch, *inner = (_value(numeral) for numeral in match.groups())
        number = f"{article}-{branch}" if branch else article
        yield (
            match.start(),
            match.end(),
            Target(0, 0, number=number, word="条", path=tuple(part for part in inner if part)),
        )


def _value(numeral: str | None) -> str:
    if not numeral:
        return ""
    return str(int(numeral)) if numeral.isdecimal() else str(han_value(numeral) or "")
