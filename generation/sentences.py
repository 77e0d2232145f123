"""From the pieces of text that a model writes to single claims with their markers, however untidy the model is."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

UNREADABLE = 0  # a marker that names no number: no provision is ever shown under it

# Words before a full stop that does not end a sentence.
_ABBREVIATIONS = """
art arts artt no nos núm num nº n para paras p pp s ss sec sch ch cf e.g i.e eg ie etc vs mr mrs ms dr sr sra d dña ud
uds ej p.ej apdo ap cap tít fig inc ltd co st tp ts ths pgs gs q đ k
"""
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
_BRACKETED = r"\s*[\[【][^\[\]【】\n]{1,80}[\]】]"
_MARKER = re.compile(r"\s*[\[【]([^\[\]【】\n]{1,80})[\]】]")
_NUMBERS = re.compile(r"\^?\d{1,4}(?:\s*(?:[,;&]|y|and|và)\s*\d{1,4})*")
_RANGE = re.compile(r"(\d{1,4})\s*[-–]\s*(\d{1,4})")
_BULLET = re.compile(r"\s*(?:[-*•·–—>]+|#+|\(?\d{1,2}[.)])\s+")
# "... hours. [1] ", "... hours [1]. ", and, in scripts that put no blank there, "...。"
_BOUNDARY = re.compile(
    rf"(?:[.!?…。！？]+[\"”»’)]*(?:{_BRACKETED})*|(?:{_BRACKETED})+\s*[.!?…。！？]+)(?:\s+|(?<=[。！？\]】]))"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence on its way to the gate.

    Attributes:
        text: without markers, bullets and mark-up.
        markers: the numbers it cites, each once, in the order written; `UNREADABLE` stands for what is no number.
        mentions: what stood in brackets and was no number ("Article 33(1)"), as written.
    """

    text: str
    markers: tuple[int, ...]
    mentions: tuple[str, ...] = ()


class SentenceReader:
    """Collects pieces of text and hands out each claim as soon as it is complete.

    A claim ends at a line end, which is what the prompt asks for, or, for models that write on, where a sentence ends
    and another begins. Markers belong to the sentence that they follow; on a line that starts with a marker, to the
    sentence that they precede.
    """

    def __init__(self) -> None:
        self._line = ""

    def feed(self, piece: str) -> Iterator[Claim]:
        """Takes a piece; yields the claims that are complete with it."""
        self._line += piece
        *lines, self._line = re.split(r"\r\n|[\n\r\u2028\u2029\u0085]", self._line)
        for line in lines:
            yield from _claims(line)
        if not _starts_with_marker(self._line):
            *sentences, last = split_sentences(self._line)
            # The next sentence has begun with a word, so no further marker can belong to the ones before it.
            if sentences and re.match(r"\s*\w", last):
                for sentence in sentences:
                    yield from _claims(sentence)
                self._line = last

    def finish(self) -> Iterator[Claim]:
        """Yields what is left when the model has ended."""
        line, self._line = self._line, ""
        yield from _claims(line)


def split_sentences(line: str) -> list[str]:
    """The sentences of one line, each with the markers behind it; joined, they are the line. Never empty."""
    parts: list[str] = []
    start = 0
    for boundary in _BOUNDARY.finditer(line):
        end = boundary.end()
        if _begins_sentence(line[end:]) and not _ends_in_abbreviation(line[start:end]):
            parts.append(line[start:end])
            start = end
    return [*parts, line[start:]]


def _begins_sentence(rest: str) -> bool:
    first = rest.lstrip("\"“«‘'¿¡*-• ")[:1]
    return first.isalnum() and not first.islower()


def _ends_in_abbreviation(sentence: str) -> bool:
    if _MARKER.search(sentence):
        return False  # a sentence with its citation is complete
    last = sentence.rstrip().removesuffix(".").rsplit(None, 1)[-1:] or [""]
    word = last[0].lstrip('("“«').casefold()
    return sentence.rstrip().endswith(".") and (word in ABBREVIATIONS or (len(word) == 1 and word.isalpha()))


def _starts_with_marker(line: str) -> bool:
    return _MARKER.match(_without_bullet(line)) is not None


def _without_bullet(line: str) -> str:
    found = _BULLET.match(line)
    return line[found.end() :] if found else line


def _claims(line: str) -> Iterator[Claim]:
    line = _without_bullet(clean(line))
    if _MARKER.match(line):
        for part in re.split(r"(?=(?<![\]】\s])\s*[\[【])", line):
            yield from _claim(part)
        return
    for sentence in split_sentences(line):
        yield from _claim(sentence)


def _claim(sentence: str) -> Iterator[Claim]:
    markers: list[int] = []
    mentions: list[str] = []
    for content in _MARKER.findall(sentence):
        numbers = _numbers(content)
        markers += numbers
        if not numbers:
            mentions.append(content.strip())
    text = re.sub(r"\s+([.,;:!?])", r"\1", _MARKER.sub("", sentence)).strip()
    if any(c.isalnum() for c in text):
        yield Claim(text, tuple(dict.fromkeys(markers)), tuple(mentions))


def _numbers(content: str) -> list[int]:
    """The numbers between two brackets; none where it is not a list of numbers."""
    content = unicodedata.normalize("NFKC", content).strip()
    spread = _RANGE.fullmatch(content)
    if spread and int(spread[1]) < int(spread[2]) < int(spread[1]) + 20:
        return list(range(int(spread[1]), int(spread[2]) + 1))
    return [int(n) for n in re.findall(r"\d+", content)] if _NUMBERS.fullmatch(content) else []


def clean(text: str, *, emphasis: bool = False) -> str:
    """NFC without control and invisible characters, and without Markdown's emphasis unless that is kept."""
    text = unicodedata.normalize("NFC", text)
    if not text.replace("\n", "").isprintable():  # looking at each character takes twenty times as long
        text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return text if emphasis else re.sub(r"\*\*|__|`", "", text)
