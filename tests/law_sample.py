"""Laws of our own writing in three languages, and real searches over them with bags of words for vectors."""

from datetime import date
from pathlib import Path

import numpy as np

from index.articles import Article, ArticleVersion, Corpus, Law, version_id
from index.build import build_release
from index.lexical import LexicalIndex
from index.release import Release
from retrieval.search import ArticleSearch
from tests.fakes import BruteForceIndex, HashEmbedder

HARBOUR = Law("harbour", "Harbour Act", "en", jurisdiction="XX")
PUERTO = Law("puerto", "Ley de Puertos", "es", jurisdiction="YY")
CANG = Law("cang", "Luật Cảng", "vi", jurisdiction="ZZ")
MARKET = Law("market", "Market Act", "en")  # of a jurisdiction that the source does not say

ARTICLES = (
    (HARBOUR, "1", "Masters", "The master of a vessel reports to the harbour office before the vessel moors."),
    (HARBOUR, "2", "Fees", "Mooring fees are due on the day of arrival. Fishing boats pay half."),
    (HARBOUR, "3", "Lights", "Every vessel at anchor shows a white light from dusk to dawn."),
    (MARKET, "1", "Stalls", "A stall is let for one season. The fees for a stall are due each month."),
    (MARKET, "2", "Fish", "Fish is sold in the eastern hall, on ice, before noon."),
    (PUERTO, "1", "Capitanes", "El capitán del buque informa a la oficina del puerto antes de atracar."),
    (PUERTO, "2", "Tarifas", "Las tarifas de atraque se pagan el día de llegada."),
    (CANG, "1", "Phí", "Phí neo đậu được nộp trong ngày tàu đến cảng."),
)
# One article that needs several passages, each about something else.
LONG = (
    "1. Pilots. A pilot boards at the outer buoy and stays until the vessel is moored at its berth.\n"
    "2. Tugs. A vessel longer than ninety metres takes two tugs, and three when the wind blows hard.\n"
    "3. Quarantine. A vessel with fever on board flies the yellow flag and waits for the physician."
)
MAX_CHARS = 120


def corpus(*, articles=ARTICLES, long=True) -> Corpus:
    laws = tuple(dict.fromkeys(law for law, *_ in articles))
    units, versions = [], []
    rows = [*articles, (HARBOUR, "4", "Entry", LONG)] if long else articles
    for law, number, heading, text in rows:
        article_id = f"{law.id}#{number}"
        label = (
            f"Article {number.removesuffix('b')}"  # a law that gives a number twice: "7" and "7b" are both Article 7
        )
        units.append(Article(article_id, law.id, label, number))
        versions.append(ArticleVersion(article_id, article_id, heading, text, law.lang, source=f"https://x/{number}"))
    return Corpus(laws, tuple(units), tuple(versions))


def linked() -> Corpus:
    """The same, where the fees of the harbour refer to two other articles."""
    rows = [
        (law, number, heading, f"{text} Article 3 and Article 1 apply." if (law, number) == (HARBOUR, "2") else text)
        for law, number, heading, text in ARTICLES
    ]
    return corpus(articles=rows)


def with_two_versions() -> Corpus:
    """One article whose text changed once; both texts are in the index."""
    article = Article("harbour#1", "harbour", "Article 1", "1")
    days = (date(2001, 1, 1), date(2011, 1, 1))
    texts = ("The fee is ten crowns.", "The fee is twenty crowns.")
    versions = tuple(
        ArticleVersion(version_id(article.id, day), article.id, "Fees", text, "en", valid_from=day)
        for day, text in zip(days, texts, strict=True)
    )
    return Corpus((HARBOUR,), (article,), versions)


def open_search(folder: Path, law: Corpus | None = None, *, max_chars: int = MAX_CHARS, **options) -> ArticleSearch:
    """Builds a release of `law` and opens a search over it; `options` are those of `ArticleSearch`."""

    def write_vectors(matrix, path):
        with path.open("wb") as file:
            np.save(file, matrix)

    embedder = options.pop("embedder", None) or HashEmbedder()
    build_release(
        law or corpus(),
        index_dir=folder,
        embedder=embedder,
        embedder_name="words",
        write_vectors=write_vectors,
        read_vectors=lambda path, rows: np.load(path)[rows],
        write_lexical=LexicalIndex.write,
        max_chars=max_chars,
    )
    release = Release.open(folder)
    vectors = BruteForceIndex(np.load(release.file("vectors.faiss")))
    lexical = LexicalIndex.open(release.folder("lexical"))
    return ArticleSearch(release, vectors=vectors, lexical=lexical, embedder=embedder, **options)


def ids(hits) -> list[str]:
    return [hit.article.id for hit in hits]
