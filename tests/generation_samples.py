"""Small law of our own writing as hits and provisions, and a retriever that returns what it was given."""

from dataclasses import dataclass, field

from index.articles import Article, ArticleVersion, Law, Passage, Provision, Status
from index.structure import parse_provisions
from retrieval.search import NO_FILTERS, Filters, Hit

LAKES = Law(id="lakes", title="Lakes Act", lang="en", aliases=("LA",))
LAGOS = Law(id="lagos", title="Ley de Lagos", lang="es")
HO = Law(id="ho", title="Luật Hồ", lang="vi")
LAWS = {law.lang: law for law in (LAKES, LAGOS, HO)}
LABELS = {"en": "Article", "es": "Artículo", "vi": "Điều"}

FISHING = (
    "1. The holder of a permit may fish from 5 boats at most.\n"
    "2. The holder shall report every accident to the lake office within 48 hours. The report is free of charge.\n"
    "3. The report shall name:\n(a) the place of the accident;\n(b) the number of persons hurt."
)
FEES = "1. A permit costs EUR 20.\n2. Minors pay no fee."
PESCA = "1. El titular avisará del accidente a la oficina del lago en el plazo de 48 horas.\n2. El aviso es gratuito."
CAU = "1. Người có giấy phép phải báo tai nạn cho văn phòng hồ trong thời hạn 48 giờ.\n2. Việc báo là miễn phí."


def hit(
    text: str,
    *,
    number: str = "7",
    lang: str = "en",
    rank: int = 1,
    heading: str = "",
    dense: float | None = None,
    status: Status = Status.IN_FORCE,
) -> Hit:
    """One article of the law of that language, found at `rank`, its whole text the passage."""
    law = LAWS[lang]
    article = Article(id=f"{law.id}#{number}", law_id=law.id, label=f"{LABELS[lang]} {number}", number=number)
    version = ArticleVersion(id=article.id, article_id=article.id, heading=heading, text=text, lang=lang, status=status)
    return Hit(
        rank=rank,
        score=1.0 / rank,
        law=law,
        article=article,
        version=version,
        passage=Passage(version.id, 0, len(text)),
        dense=dense,
        lexical=1.0,
    )


@dataclass
class Shelf:
    """The provisions of some hits, as a release would give them."""

    hits: tuple[Hit, ...]
    id: str = "release-1"
    corpus_sha256: str = "0" * 64

    def provisions(self, version_id: str) -> tuple[Provision, ...]:
        version = next(h.version for h in self.hits if h.version.id == version_id)
        return parse_provisions(version.text, lang=version.lang, version_id=version_id)


@dataclass
class FixedRetriever:
    """Finds the same hits for every question, and remembers what it was asked."""

    hits: tuple[Hit, ...]
    asked: list[str] = field(default_factory=list)

    def search(self, question: str, *, k: int, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        self.asked.append(question)
        return tuple(h for h in self.hits if not filters.laws or h.law.id in filters.laws)[:k]
