"""The receipt of an answer as JSON, sealed so that an alteration is seen; `receipt_reading.py` reads it again.

The seal is the SHA-256 of everything else in the file, in one canonical form. It tells an altered receipt from a whole
one; it is no signature: whoever alters a receipt on purpose can seal it anew. What such a receipt says is then still
compared with the law itself, by `replay.py`.
"""

import functools
import hashlib
import json
from collections.abc import Mapping
from importlib import metadata, resources

from typing_extensions import TypedDict

from generation.answer import Answer, Exhibit, Sentence

FORMAT = 1


class FailedSentenceJson(TypedDict):
    """A sentence that the gate kept from the reader, the numbers of what it cited, and the gate's verdict."""

    text: str
    citations: list[int]
    state: str


class SentenceJson(FailedSentenceJson):
    """A sentence, the numbers of its citations and the gate's verdict; `instead_of` failed and was replaced by it."""

    instead_of: FailedSentenceJson | None


class IntroductionJson(TypedDict):
    """The words that open the clause of which the cited place is a point."""

    start: int
    end: int
    quote: str


class ExhibitJson(TypedDict):
    """A place in the law that a sentence was checked against; `text_sha256` is of the version's whole text."""

    number: int
    law_id: str
    law: str
    article_id: str
    version_id: str
    article: str
    provision: str
    path: list[str]
    lang: str
    quote: str
    start: int
    end: int
    introduction: IntroductionJson | None
    text_sha256: str
    url: str


class ReceiptJson(TypedDict):
    """What an answer said and rests on, enough to check it again; documented in docs/receipts.md."""

    format: int
    lexcite: str
    created: str
    question: str
    understood_as: str
    lang: str
    as_of: str | None
    outcome: str
    mode: str
    sentences: list[SentenceJson]
    dropped: list[FailedSentenceJson]
    citations: list[ExhibitJson]
    release: str
    corpus_sha256: str
    embedder: str
    model: str
    prompt: str
    gate: str
    asked: str
    judge: str
    seconds: dict[str, float]
    sha256: str


def receipt_json(answer: Answer) -> ReceiptJson:
    """The answer's receipt, sealed."""
    receipt = answer.receipt
    made: ReceiptJson = {
        "format": FORMAT,
        "lexcite": receipt.lexcite,
        "created": receipt.created,
        "question": answer.question,
        "understood_as": answer.understood_as,
        "lang": answer.lang,
        "as_of": answer.as_of.isoformat() if answer.as_of else None,
        "outcome": answer.outcome.value,
        "mode": answer.mode.value,
        "sentences": [sentence_json(sentence) for sentence in answer.sentences],
        "dropped": [_failed_json(sentence) for sentence in receipt.dropped],
        "citations": [_exhibit_json(exhibit) for exhibit in receipt.exhibits],
        "release": receipt.release,
        "corpus_sha256": receipt.corpus_sha256,
        "embedder": receipt.embedder,
        "model": receipt.model,
        "prompt": receipt.prompt,
        "gate": receipt.gate,
        "asked": receipt.asked,
        "judge": receipt.judge,
        "seconds": {stage: round(seconds, 4) for stage, seconds in receipt.seconds},
        "sha256": "",
    }
    return {**made, "sha256": seal(made)}


def sentence_json(sentence: Sentence) -> SentenceJson:
    """A sentence with its citation numbers, the gate's verdict, and what it stands in place of."""
    failed = sentence.instead_of
    return {**_failed_json(sentence), "instead_of": None if failed is None else _failed_json(failed)}


def _failed_json(sentence: Sentence) -> FailedSentenceJson:
    return {"text": sentence.text, "citations": list(sentence.citations), "state": sentence.state.value}


def _exhibit_json(exhibit: Exhibit) -> ExhibitJson:
    citation, opening = exhibit.citation, exhibit.introduction
    return {
        "number": citation.number,
        "law_id": citation.law_id,
        "law": citation.law,
        "article_id": citation.article_id,
        "version_id": citation.version_id,
        "article": citation.article,
        "provision": citation.provision,
        "path": list(exhibit.path),
        "lang": exhibit.lang,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "introduction": None if opening is None else {"start": opening[0], "end": opening[1], "quote": opening[2]},
        "text_sha256": exhibit.text_sha256,
        "url": citation.url,
    }


def seal(receipt: Mapping[str, object]) -> str:
    """SHA-256, in hexadecimal, of a receipt without its own `sha256`, in canonical form.

    That form is RFC 8785 as far as receipts need it: keys sorted, no white space, UTF-8, whole numbers without a
    fraction. Other numbers have at most four decimals, which every language writes alike.
    """
    bare = {name: _whole(value) for name, value in receipt.items() if name != "sha256"}
    text = json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _whole(value: object) -> object:
    match value:
        case dict():
            return {name: _whole(one) for name, one in value.items()}
        case list():
            return [_whole(one) for one in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


@functools.cache
def verification_digest() -> str:
    """SHA-256, first 16 hex digits, of the code and the word lists on this floor: alike, the same rules judged."""
    files = (one for one in resources.files("generation").iterdir() if one.name.endswith((".py", ".toml")))
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda one: one.name):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


@functools.cache
def lexcite_version() -> str:
    """The version that is installed."""
    return metadata.version("lexcite")
