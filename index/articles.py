"""The law as data: laws, articles, their versions through time, provisions and passages."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class ArticleKind(StrEnum):
    """What kind of unit of a law an article is; the same number may occur once in each kind."""

    ARTICLE = "article"
    PREAMBLE = "preamble"
    ADDITIONAL = "additional_provision"
    TRANSITIONAL = "transitional_provision"
    REPEALING = "repealing_provision"
    FINAL = "final_provision"
    ANNEX = "annex"
    SCHEDULE = "schedule"


class Status(StrEnum):
    """Whether a version is law; UNKNOWN is a value, never a guess."""

    IN_FORCE = "in_force"
    REPEALED = "repealed"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    UNKNOWN = "unknown"


class ProvisionKind(StrEnum):
    """The level of a unit inside an article."""

    PARAGRAPH = "paragraph"  # a paragraph that carries no number of its own
    CLAUSE = "clause"  # khoản, apartado, numbered paragraph, subsection
    POINT = "point"  # điểm, letra, point, and whatever lies deeper


@dataclass(frozen=True, slots=True)
class Law:
    """One act, code or constitution.

    Attributes:
        id: stable across rebuilds, unique in a release; the publisher's own where there is one.
        title: as the source gives it.
        aliases: other names by which people call the law (abbreviations, short titles).
        jurisdiction: ISO 3166-1 alpha-2 in upper case, or "EU"; None where the source does not say.
        lang: ISO 639-1 code of the text.
        kind: the rank the source gives ("ley", "Regulation"); empty where unknown.
        source: address or name of the publisher's copy; empty where unknown.
        adopted, published, in_force, applies_from, repealed: five distinct dates, each None where unknown.
        complete_from: the day from which every text of the law is here, as in a series of its versions; None where
            that is unknown, as of a consolidated text, whose articles say only since when they have read as they do.
    """

    id: str
    title: str
    lang: str
    aliases: tuple[str, ...] = ()
    jurisdiction: str | None = None
    kind: str = ""
    source: str = ""
    adopted: date | None = None
    published: date | None = None
    in_force: date | None = None
    applies_from: date | None = None
    repealed: date | None = None
    complete_from: date | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """What stays the same through time.

    (law_id, number) is not a key: the same number can occur twice in a law.

    Attributes:
        id: stable across rebuilds, unique in a release.
        law_id: the `Law.id` it belongs to.
        label: how the source names it, as shown to people: "Artículo 18 bis", "Điều 5", "Article 33".
        number: the label's number alone, for look-up: "18 bis", "5", "33", "26C(3)"; empty where it has none.
        kind: what kind of unit it is.
        path: the headings above it, outermost first: ("TÍTULO I. De los derechos", "CAPÍTULO II").
    """

    id: str
    law_id: str
    label: str
    number: str
    kind: ArticleKind = ArticleKind.ARTICLE
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """The text of an article during one interval of validity: the unit that is cited.

    Attributes:
        id: `version_id(article_id, valid_from)`.
        article_id: the `Article.id` whose text this is.
        heading: the article's title; empty where it has none. Not repeated in `text`.
        text: Unicode NFC, lines end in a line feed; every offset in this project counts its code points.
        lang: ISO 639-1 code.
        valid_from: first day on which this text was law; None where unknown.
        valid_to: first day on which it no longer was; None where open or unknown.
        status: as the text and its versions tell it.
        source: address (or name) of the publisher's copy of this text; empty where unknown.
    """

    id: str
    article_id: str
    heading: str
    text: str
    lang: str
    valid_from: date | None = None
    valid_to: date | None = None
    status: Status = Status.UNKNOWN
    source: str = ""


def version_id(article_id: str, valid_from: date | None) -> str:
    """The id of an article's version: the article's own, and the day from which it is valid where that is known."""
    return article_id if valid_from is None else f"{article_id}@{valid_from.isoformat()}"


@dataclass(frozen=True, slots=True)
class Provision:
    """A clause or point inside an article, as offsets: no text is stored twice.

    Attributes:
        version_id: the `ArticleVersion.id` whose text the offsets count.
        kind: its level.
        path: the labels from the outermost clause to this one, bare: ("1",), ("1", "f"), ("2", "b", "iii");
            empty for a paragraph that carries no number.
        start: offset of its first character, its own label included.
        end: offset after its last character; a clause spans its points.
    """

    version_id: str
    kind: ProvisionKind
    path: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CrossReference:
    """A place in an article's text that refers to an article or provision of the corpus, its own included.

    Attributes:
        version_id: the `ArticleVersion.id` whose text refers.
        start, end: offsets of the referring words in that text.
        article_id: what is referred to.
        path: the clause and points of it, bare; empty for the whole article. As the text names them: whether they exist
            in a version of that article is not said.
    """

    version_id: str
    start: int
    end: int
    article_id: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is embedded: `text[start:end]` of a version."""

    version_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd in a law's source that an importer met, for the report of a build.

    Attributes:
        law_id: the `Law.id`.
        detail: what is odd, and where, for people.
    """

    law_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Laws and their articles as an importer read them, in the order of the source.

    Attributes:
        laws: unique ids.
        articles: unique ids; each `law_id` is in `laws`.
        versions: unique ids; each `article_id` is in `articles`; at least one per article.
        remarks: what the importers met. No part of the law: two corpora are equal without them, no release keeps them.
    """

    laws: tuple[Law, ...]
    articles: tuple[Article, ...]
    versions: tuple[ArticleVersion, ...]
    remarks: tuple[Remark, ...] = field(default=(), compare=False)
