"""A look-up over corpora read in memory: what a release gives, without building one."""

from pathlib import Path

from index.importers.jsonl import ArticleLines
from index.structure import parse_provisions
from retrieval.lookup import Lookup


def lookup_over(corpora: tuple[str, ...], data: Path) -> Lookup:
    laws, articles, versions, texts = {}, {}, {}, {}
    for name in corpora:
        corpus = ArticleLines().read(data / "corpora" / f"{name}.articles.jsonl.gz")
        laws |= {law.id: law for law in corpus.laws}
        for article in corpus.articles:
            articles.setdefault(article.law_id, {})[article.id] = article
        for version in corpus.versions:
            versions.setdefault(version.article_id, []).append(version)
            texts[version.id] = version

    def provisions(version_id):
        version = texts[version_id]
        return parse_provisions(version.text, lang=version.lang, version_id=version_id)

    return Lookup(
        laws=laws,
        articles=lambda law: tuple(articles[law].values()),
        versions=versions.__getitem__,
        provisions=provisions,
    )
