"""A small corpus of our own and builds of it, with writers that a person can read."""

import hashlib
import json
from pathlib import Path

import numpy as np

from index.articles import Article, ArticleVersion, Corpus, Law, version_id
from index.build import build_release
from index.release import Release
from tests.fakes import BruteForceIndex, HashEmbedder

SUBJECTS = ("bridges", "ferries", "orchards", "lanterns", "archives", "bakeries", "wells", "kites", "canals", "mills")
TOWN = Law("town", "Act on the Town", "en", aliases=("Town Act",), jurisdiction="EU", kind="Act")
PUEBLO = Law("pueblo", "Ley del Pueblo", "es", jurisdiction="ES", kind="ley", source="https://example.org/pueblo")


def small_corpus(count: int = 24, *, text_of=None) -> Corpus:
    """Two laws of `count` articles together; article i speaks of subject i. `text_of(i, text)` may change a text."""
    articles, versions = [], []
    for number in range(count):
        law = (TOWN, PUEBLO)[number % 2]
        subject = SUBJECTS[number % len(SUBJECTS)]
        text = f"1. Number {number} rules the {subject}.\n2. The keeper of the {subject} reports in {number} days."
        text = text_of(number, text) if text_of else text
        if text is None:
            continue
        label = ("Article", "Artículo")[number % 2]
        article_id = f"{law.id}#{number}"
        articles.append(Article(article_id, law.id, f"{label} {number}", str(number), path=("TITLE I",)))
        versions.append(ArticleVersion(version_id(article_id, None), article_id, f"On {subject}", text, law.lang))
    return Corpus((TOWN, PUEBLO), tuple(articles), tuple(versions))


def write_vectors(matrix, path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, matrix)


def read_vectors(path: Path, rows):
    return np.load(path)[rows]


def write_lexical(texts, langs, folder: Path) -> None:
    (folder / "texts.json").write_text(json.dumps([list(texts), list(langs)]), encoding="utf-8")


def build(corpus: Corpus, index_dir: Path, *, embedder=None, **options):
    """Builds with the readable writers; `options` are those of `build_release`."""
    parts = {"write_vectors": write_vectors, "read_vectors": read_vectors, "write_lexical": write_lexical}
    embedder = embedder or HashEmbedder()
    return build_release(corpus, index_dir=index_dir, embedder=embedder, embedder_name="hash", **(parts | options))


def found_articles(index_dir: Path, question: str, k: int = 3) -> tuple[str, ...]:
    """The article ids of the `k` passages nearest to a question, by brute force."""
    with Release.open(index_dir, verify="all") as release:
        vectors = BruteForceIndex(np.load(release.file("vectors.faiss")))
        rows = vectors.search(HashEmbedder().embed_queries([question]), k)[1][0]
        return tuple(release.version(release.passage(int(row)).version_id).article_id for row in rows)


def tree(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def visible(index_dir: Path) -> list[str]:
    """Names in the index and in its folder of releases, the lock left out."""
    inside = [f"releases/{path.name}" for path in (index_dir / "releases").glob("*")]
    return sorted([path.name for path in index_dir.iterdir() if path.name not in {"LOCK", "releases"}] + inside)
