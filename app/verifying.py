"""`lexcite verify RECEIPT`: an answer's receipt checked against a release, and what changed in the law since."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from app.history import Change, change_json, change_line, changes
from app.settings import Settings
from app.shapes import CheckedJson, CitedJson, SinceJson, VerificationJson
from app.terminal import show, show_json
from generation.answer import SentenceState
from generation.evidence import cite
from generation.receipt_reading import LONGEST, ReceiptError, Record, read_receipt
from generation.receipts import verification_digest
from generation.replay import Checked, Finding, Replay, Since, Traced, replay
from index.release import Release
from retrieval.law_on_a_day import current_day

STDIN = "-"
_WIDTH = 15  # of the column that says what became of a sentence

# What each finding on a place means, for a person.
_WORDS = {
    Finding.ALTERED: "not what the law says: the receipt was altered",
    Finding.REMOVED: "the law no longer has this article",
    Finding.REPEALED: "no longer law",
    Finding.NOT_CHECKABLE: "cannot be checked against this release",
}


def verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Checks a receipt; 0 where it is whole and every sentence holds, 1 where not."""
    name = "the receipt on stdin" if arguments.receipt == STDIN else arguments.receipt
    record = read_receipt(_content(arguments.receipt, name), name=name)
    with Release.open(settings.index, release_id=arguments.release) as release:
        made = replay(record, release, today=current_day())
    if arguments.json:
        show_json(verification_json(made, name))
    else:
        show("\n".join(_lines(made, name)))
    return 0 if made.holds else 1


def _content(receipt: str, name: str) -> str:
    """The text of the file.

    Raises:
        ReceiptError: it cannot be read, or is no text.
    """
    try:
        if receipt == STDIN:
            return sys.stdin.buffer.read(4 * LONGEST + 1).decode("utf-8")
        with Path(receipt).open("rb") as file:
            return file.read(4 * LONGEST + 1).decode("utf-8")
    except OSError as error:
        raise ReceiptError(f"{name}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReceiptError(f"{name}: not UTF-8 at byte {error.start}: a receipt is JSON in UTF-8") from error


def verification_json(made: Replay, name: str) -> VerificationJson:
    """What was found, for a machine; documented in docs/receipts.md."""
    record = made.record
    return {
        "receipt": name,
        "holds": made.holds,
        "intact": record.intact,
        "release": made.release,
        "same_release": made.release == record.receipt.release,
        "same_gate": record.receipt.gate == verification_digest(),
        "sentences": [_checked_json(one) for one in made.sentences],
        "failed_then": [
            {"text": sentence.text, "state": sentence.state.value, "now": None if now is None else now.value}
            for sentence, now in made.failed_then
        ],
        "since": [_since_json(one) for one in made.since],
    }


def _checked_json(checked: Checked) -> CheckedJson:
    return {
        "text": checked.sentence.text,
        "holds": checked.holds,
        "finding": checked.finding.value,
        "state": checked.state.value,
        "citations": [_cited_json(place) for place in checked.places],
    }


def _cited_json(place: Traced) -> CitedJson:
    citation = place.exhibit.citation
    return {
        "number": citation.number,
        "article_id": citation.article_id,
        "version_id": citation.version_id,
        "provision": citation.provision,
        "law": citation.law,
        "finding": place.finding.value,
        "now": _reference(place),
        "changes": [change_json(change) for change in _changes(place)],
    }


def _since_json(since: Since) -> SinceJson:
    citation = since.exhibit.citation
    return {
        "article_id": citation.article_id,
        "article": citation.article,
        "law": citation.law,
        "what": since.what.value,
        "day": since.day.isoformat() if since.day else None,
        "changes": [change_json(change) for change in changes(since.before, since.after)] if since.before else [],
    }


def _lines(made: Replay, name: str) -> Iterator[str]:
    record = made.record
    receipt = record.receipt
    yield f"{name}: {record.question}"
    yield f"written {receipt.created} by lexcite {receipt.lexcite} from release {receipt.release}"
    same = "the same" if made.release == receipt.release else "another"
    yield f"checked against release {made.release} ({same}), {_day(record)}"
    if receipt.gate != verification_digest():
        yield "the rules of the check are not those of that day"
    if not record.intact:
        yield "! the receipt was altered after it was written: its SHA-256 does not fit"
    yield ""
    for checked in made.sentences:
        yield from _sentence_lines(checked)
    if not made.sentences:
        yield f"the receipt has no sentences to check: the outcome was {record.outcome.value.replace('_', ' ')}"
    passing = [sentence for sentence, now in made.failed_then if now is SentenceState.SUPPORTED]
    yield from (f"{'would pass now':{_WIDTH}} {sentence.text}" for sentence in passing)
    if made.since:
        yield "\nchanged in the law since:"
        for since in made.since:
            yield from _since_lines(since)
    if made.sentences:
        count = sum(one.holds for one in made.sentences)
        yield f"\n{count} of {len(made.sentences)} sentences hold"


def _day(record: Record) -> str:
    return "by the law of today" if record.as_of is None else f"by the law of {record.as_of}"


def _sentence_lines(checked: Checked) -> Iterator[str]:
    markers = "".join(f"[{number}]" for number in checked.sentence.citations)
    yield f"{checked.finding.value.replace('_', ' '):{_WIDTH}} {checked.sentence.text} {markers}".rstrip()
    if checked.finding in {Finding.CHECK_FAILED, Finding.NOT_CHECKABLE} and all(
        place.finding is Finding.HOLDS for place in checked.places
    ):
        yield f"{'':{_WIDTH}} the law reads as quoted; the check of the sentence: {checked.state.value}"
    for place in checked.places:
        if place.finding is not Finding.HOLDS:
            citation = place.exhibit.citation
            yield f"{'':{_WIDTH}} [{citation.number}] {citation.provision}, {citation.law}: {_told(place)}"
            yield from (f"{'':{_WIDTH}}     {change_line(change)}" for change in _changes(place))


def _told(place: Traced) -> str:
    if place.finding is Finding.MOVED:
        return f"the same words now stand in {_reference(place)}"
    if place.finding is Finding.CHANGED:
        since = place.now.version.valid_from if place.now else None
        return f"reads otherwise{f' since {since}' if since else ''}"
    if place.finding is Finding.REPEALED and place.now is not None and place.now.version.valid_to is not None:
        return f"no longer law since {place.now.version.valid_to}"
    return _WORDS[place.finding]


def _since_lines(since: Since) -> Iterator[str]:
    citation = since.exhibit.citation
    what = {
        Finding.REMOVED: "no longer in the law",
        Finding.REPEALED: "repealed",
        Finding.CHANGED: "has a new text",
    }[since.what]
    yield f"  {citation.article}, {citation.law}: {what}{f' since {since.day}' if since.day else ''}"
    if since.before:
        yield from (f"    {change_line(change)}" for change in changes(since.before, since.after))


def _reference(place: Traced) -> str | None:
    """Where the words stand now: provision and law."""
    if place.extract is None:
        return None
    read = cite(place.extract, place.exhibit.citation.number)
    return f"{read.provision}, {read.law}"


def _changes(place: Traced) -> tuple[Change, ...]:
    if place.finding is not Finding.CHANGED or not place.instead:
        return ()
    opening = place.exhibit.introduction
    quoted = place.exhibit.citation.quote
    return changes(f"{opening[2]} {quoted}" if opening else quoted, place.instead)
