"""What an answer is: sentences, the citations they rest on, its outcome, its receipt, and the events of a stream."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from retrieval.search import Hit


class Outcome(StrEnum):
    """Whether the question was answered, or why not."""

    ANSWERED = "answered"
    EVIDENCE_INSUFFICIENT = "evidence_insufficient"
    OUT_OF_CORPUS = "out_of_corpus"
    WRONG_JURISDICTION = "wrong_jurisdiction"
    ARTICLE_DOES_NOT_EXIST = "article_does_not_exist"
    HISTORY_MISSING = "history_missing"
    REPEALED = "repealed"  # what was asked for was no longer law on that day
    NOT_YET_IN_FORCE = "not_yet_in_force"
    NEEDS_FACTS = "needs_facts"
    SMALL_TALK = "small_talk"  # a greeting, thanks, a question about lexcite itself
    OUT_OF_SCOPE = "out_of_scope"  # a request for what lexcite does not do: advice, a draft, a prediction
    MODEL_UNAVAILABLE = "model_unavailable"  # only where the caller insisted on the model


class Mode(StrEnum):
    """Who wrote the sentences."""

    VERBATIM = "verbatim"
    MODEL = "model"


class SentenceState(StrEnum):
    """The gate's verdict on one sentence; everything but SUPPORTED has failed, NOT_CHECKED too."""

    SUPPORTED = "supported"
    QUOTE_MISMATCH = "quote_mismatch"
    WRONG_PROVISION = "wrong_provision"
    NOT_FOUND = "not_found"
    NOT_IN_EVIDENCE = "not_in_evidence"
    REPEALED = "repealed"
    UNSUPPORTED = "unsupported"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Citation:
    """The place in the law that a sentence rests on.

    Attributes:
        number: the marker, 1 for the first provision shown to the writer of the answer.
        law_id, law: the `Law.id` and title.
        article_id, version_id: the unit cited.
        article: its label as the source gives it ("Article 33").
        provision: the whole reference in the language of the law ("Article 33(1)"); equals `article` where the
            citation is of the whole article.
        quote: `version.text[start:end]`, character for character.
        start, end: offsets into the version's text.
        url: the publisher's copy; empty where unknown.
    """

    number: int
    law_id: str
    law: str
    article_id: str
    version_id: str
    article: str
    provision: str
    quote: str
    start: int
    end: int
    url: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as shown.

    Attributes:
        text: without citation markers.
        citations: `Citation.number`s, in the order in which they stand behind the sentence; never empty when shown
            in an answer that was given.
        state: the gate's verdict.
        instead_of: the writer's sentence that failed, in whose place this quotation stands; None where it stands for
            itself.
    """

    text: str
    citations: tuple[int, ...]
    state: SentenceState
    instead_of: "Sentence | None" = None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A provision that a sentence was checked against: all that is needed to check it again.

    Attributes:
        citation: where it stands, under the number by which the receipt's sentences cite it.
        path: labels of the clause or point, as in `Provision.path`; empty for the article itself.
        lang: ISO 639-1 code of the law's text.
        text_sha256: of the version's whole text in UTF-8, in hexadecimal.
        introduction: the words that open the clause of which this is a point, as `Citation.start`, `Citation.end` and
            `Citation.quote` are; None where it stands alone.
    """

    citation: Citation
    path: tuple[str, ...]
    lang: str
    text_sha256: str
    introduction: tuple[int, int, str] | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an answer rests on, enough to check it again; `receipts.py` writes it down.

    Attributes:
        release: id of the index release that answered.
        embedder: fingerprint of the embedder.
        model: name of the language model; empty for a verbatim answer.
        prompt: SHA-256 of the prompt template, first 16 hex digits; empty for a verbatim answer.
        created: UTC, ISO 8601.
        seconds: wall-clock seconds by stage, in the order in which the stages ran; last, where a sentence was shown,
            `first_sentence`: from the question to the first sentence that had passed the gate.
        dropped: sentences that the gate kept from the reader, with its verdict; they cite by the numbers of `exhibits`,
            0 standing for a marker under which nothing was shown.
        exhibits: every provision that a sentence cites, shown or not, by rising number; the numbers of the answer's
            own citations are theirs here too.
        corpus_sha256: of the law in the release.
        gate: which rules judged: `verification_digest()`.
        asked: the question as the gate was told it; empty where it read the sentences alone.
        judge: name of the model that judged entailment; empty where the words shared did.
        lexcite: its version.
    """

    release: str
    embedder: str
    model: str
    prompt: str
    created: str
    seconds: tuple[tuple[str, float], ...]
    dropped: tuple[Sentence, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    corpus_sha256: str = ""
    gate: str = ""
    asked: str = ""
    judge: str = ""
    lexcite: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or a reasoned refusal.

    Attributes:
        question: as asked, in NFC, on one line, without invisible characters.
        understood_as: the question that was searched for; differs from `question` for a follow-up.
        outcome: whether it was answered, or why not.
        mode: who wrote it.
        degraded: what was missing ("model: connection refused"); empty when all was well.
        message: what to tell the reader where the outcome is not ANSWERED, or where more was asked for than is quoted;
            empty otherwise.
        sentences: in order; empty where nothing was answered.
        citations: those that `sentences` refer to, by rising number.
        hits: what the search found, shown or not.
        notice: that this is the text of the law and no advice, in the question's language.
        lang: ISO 639-1 code of the question.
        as_of: the day whose law answered, where the caller or the question named one; None for today's.
        confidence: how probable it is that the law found answers the question, in [0, 1], measured before anything was
            written; None where it was not measured.
        notes: what to know of the time of the law cited, in the question's language: "As in force on 5 May 2016.",
            and whether a text has changed since.
    """

    question: str
    understood_as: str
    outcome: Outcome
    mode: Mode
    degraded: tuple[str, ...]
    message: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    receipt: Receipt
    notice: str
    lang: str
    as_of: date | None = None
    notes: tuple[str, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Stream event: the search is done."""

    understood_as: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class SentenceReady:
    """Stream event: one sentence passed the gate, with the citations it brings that were not sent before."""

    sentence: Sentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """Stream event, the last one: the whole answer."""

    answer: Answer


Event = Retrieved | SentenceReady | Finished


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation, oldest first in a sequence of turns.

    Attributes:
        question: as the person asked it.
        understood_as: as it was searched for.
        answer: the sentences shown, joined by spaces; empty where nothing was answered.
        laws: titles of the laws that the answer cited, each once.
        articles: labels of the articles that it cited ("Article 33"), each once.
        receipt: the answer's receipt as JSON; empty where nobody kept it.
    """

    question: str
    understood_as: str
    answer: str
    laws: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    receipt: str = ""
