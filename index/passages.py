"""Articles to passages: where a long text is cut, and what the embedder reads."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from index.articles import Article, ArticleVersion, Law, Passage, Provision, ProvisionKind

# Ideographs and kana: scripts that write words without spaces and carry about twice as much in a character
# (0.6 tokens each in the XLM-R vocabulary, against 0.25 to 0.3 for Latin letters).
_IDEOGRAPH = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_DENSE_LANGS = frozenset({"ja", "zh"})

# A cut falls where a match ends: the white space stays with the piece before it.
_LINE = re.compile(r"\n\s*")
# Not after "art. 5", "núm. 3", "D. Juan" or "etc. and": a digit or small letter follows, or a lone letter came before.
_CLOSING = r"[)\]»”’\"']*"
_SENTENCE = re.compile(
    rf"[!?…;:]{_CLOSING}\s+|(?<=[\w)\]»”’\"'%][\w)\]»”’\"'%])\.{_CLOSING}\s+(?![\da-zß-öø-ÿ])|[。！？；][」』”’）]*\s*"
)
_SPACE = re.compile(rf"\s+|[、，：](?!\s)|(?<=[{_IDEOGRAPH}])(?=[{_IDEOGRAPH}])")
_COMBINING = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")


def cut_passages(version: ArticleVersion, provisions: Sequence[Provision], *, max_chars: int) -> tuple[Passage, ...]:
    """Cuts a version's text into the passages that are embedded.

    The passages tile the text: every character lies in exactly one. A text of at most `max_chars` stays whole. A
    longer one is cut before a clause or unnumbered paragraph if one starts in the window that keeps the pieces
    balanced, else at a line's end, else at a sentence's, else between words, and inside a word only where a run of
    letters is longer than that window. No piece is shorter than a quarter of `max_chars`.

    An article without text but with a heading has one passage, (0, 0), so that its heading finds it; one with
    neither has none, and only an exact reference finds it.

    Args:
        version: whose text is cut.
        provisions: its clauses and points, in any order.
        max_chars: length of a passage at most, at least 8; halved for Chinese and Japanese.
    """
    if max_chars < 8:
        raise ValueError(f"max_chars must be at least 8, not {max_chars}")
    text = version.text
    if not text and not version.heading:
        return ()
    if version.lang in _DENSE_LANGS:
        max_chars = max(max_chars // 2, 8)
    if len(text) <= max_chars:
        return (Passage(version.id, 0, len(text)),)
    clauses = sorted({p.start for p in provisions if p.kind is not ProvisionKind.POINT and len(p.path) <= 1})
    points = sorted({p.start for p in provisions} | {match.end() for match in _LINE.finditer(text)})
    passages = []
    start = 0
    while len(text) - start > max_chars:
        end = _next_cut(text, start, max_chars, clauses, points)
        passages.append(Passage(version.id, start, end))
        start = end
    passages.append(Passage(version.id, start, len(text)))
    return tuple(passages)


def embedded_text(law: Law, article: Article, version: ArticleVersion, passage: Passage) -> str:
    """What the embedder and the lexical index read for a passage: its law's title, its label and heading, its text.

    A passage in the middle of an article says nothing of what it is about without them. A citation never carries them.
    """
    label = f"{article.label}. {version.heading}" if article.label and version.heading else article.label
    lines = (law.title, label or version.heading, version.text[passage.start : passage.end].strip())
    return "\n".join(line for line in lines if line)


def _next_cut(text: str, start: int, max_chars: int, clauses: Sequence[int], lines: Sequence[int]) -> int:
    """The best place to end the piece that begins at `start`, when more than `max_chars` are left."""
    left = len(text) - start
    target = left / -(-left // max_chars)  # the equal share of the pieces that are needed, above max_chars / 2
    low = start + int(target / 2)
    high = min(start + max_chars, len(text) - int(target / 2))  # so that what is left is no scrap either
    goal = start + target
    for places in (clauses, lines):
        inside = places[bisect_left(places, low) : bisect_right(places, high)]
        if inside:
            return _nearest(inside, goal)
    for pattern in (_SENTENCE, _SPACE):
        # One word of context on each side lets a match that straddles the window's border be seen.
        matches = pattern.finditer(text, max(start, low - 8), min(len(text), high + 8))
        inside = [match.end() for match in matches if low <= match.end() <= high]
        if inside:
            return _nearest(inside, goal)
    cut = int(goal)
    while cut > low and _COMBINING.match(text, cut):
        cut -= 1  # a mark stays with the letter that carries it
    return cut


def _nearest(places: Iterable[int], goal: float) -> int:
    return min(places, key=lambda place: abs(place - goal))
