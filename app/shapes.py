"""The JSON that leaves lexcite, as typed dictionaries: the API's schema and the command line's `--json` are these.

`typing_extensions.TypedDict`, because pydantic cannot read the standard one before Python 3.12.
"""

from typing_extensions import TypedDict

from generation.receipts import ReceiptJson, SentenceJson


class CitationJson(TypedDict):
    """A place in the law, quoted; `start` and `end` count code points of the version's text."""

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


class PassageJson(TypedDict):
    """The part of an article that matched."""

    start: int
    end: int
    text: str


class HitJson(TypedDict):
    """An article that a search found."""

    rank: int
    score: float
    article_id: str
    version_id: str
    law_id: str
    law: str
    jurisdiction: str | None
    article: str
    heading: str
    lang: str
    passage: PassageJson
    dense: float | None
    lexical: float | None
    reranked: float | None
    referenced_by: str | None
    valid_from: str | None
    valid_to: str | None
    standing: str
    url: str


class AnswerJson(TypedDict):
    """An answer, or a reasoned refusal."""

    question: str
    understood_as: str
    answer: str
    outcome: str
    mode: str
    degraded: list[str]
    message: str
    lang: str
    sentences: list[SentenceJson]
    citations: list[CitationJson]
    hits: list[HitJson]
    notice: str
    as_of: str | None
    notes: list[str]
    confidence: float | None
    receipt: ReceiptJson


class SearchJson(TypedDict):
    """What a search found, best first."""

    question: str
    hits: list[HitJson]


class ProvisionJson(TypedDict):
    """A clause or point; `start` and `end` count code points of the article's text."""

    reference: str
    kind: str
    path: list[str]
    start: int
    end: int


class ArticleJson(TypedDict):
    """An article in one of its versions."""

    id: str
    version_id: str
    law_id: str
    law: str
    jurisdiction: str | None
    article: str
    kind: str
    path: list[str]
    heading: str
    text: str
    lang: str
    status: str
    valid_from: str | None
    valid_to: str | None
    standing: str
    provisions: list[ProvisionJson]
    url: str


class ChangeJson(TypedDict):
    """One place where a text differs from the one before, with the words around it."""

    before: str
    removed: str
    added: str
    after: str


class VersionJson(TypedDict):
    """One text of an article; `valid_to` is the first day on which it no longer was law."""

    version_id: str
    valid_from: str | None
    valid_to: str | None
    status: str
    text: str
    changes: list[ChangeJson]


class HistoryJson(TypedDict):
    """An article through time, its versions oldest first; `standing` is today's."""

    id: str
    law_id: str
    law: str
    article: str
    standing: str
    versions: list[VersionJson]


class ReferenceJson(TypedDict):
    """What an article refers to, itself perhaps; `start` and `end` count code points of the article's own text."""

    article_id: str
    law_id: str
    law: str
    article: str
    provision: str
    start: int
    end: int


class ReferringJson(ReferenceJson):
    """A place in another article that refers to this one; `start` and `end` count code points of its version's text."""

    version_id: str


class LinkedArticleJson(ArticleJson):
    """An article with what it refers to and what refers to it."""

    references: list[ReferenceJson]
    referenced_by: list[ReferringJson]


class CitedJson(TypedDict):
    """What became of one place that a receipt cites; `now` is the reference of its words today, null where none."""

    number: int
    article_id: str
    version_id: str
    provision: str
    law: str
    finding: str
    now: str | None
    changes: list[ChangeJson]


class CheckedJson(TypedDict):
    """A sentence of a receipt, checked again: `holds` is the verdict, `finding` the reason."""

    text: str
    holds: bool
    finding: str
    state: str
    citations: list[CitedJson]


class RecheckedJson(TypedDict):
    """A sentence that the gate kept from the reader; `now` is the gate's verdict today, null where it cannot judge."""

    text: str
    state: str
    now: str | None


class SinceJson(TypedDict):
    """An article cited whose text is no longer the one that was cited."""

    article_id: str
    article: str
    law: str
    what: str
    day: str | None
    changes: list[ChangeJson]


class VerificationJson(TypedDict):
    """A receipt compared with a release; documented in docs/receipts.md."""

    receipt: str
    holds: bool
    intact: bool
    same_release: bool
    same_gate: bool
    release: str
    sentences: list[CheckedJson]
    failed_then: list[RecheckedJson]
    since: list[SinceJson]


class ErrorJson(TypedDict):
    """What went wrong, in words for a person."""

    error: str


class HealthJson(TypedDict):
    """Whether the server lives or is ready, and what it answers from."""

    status: str
    release: str
    detail: str
