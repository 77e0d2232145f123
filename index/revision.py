"""What `--add` and `--remove` make of a release: its corpus with laws and articles added, replaced or removed."""

from collections.abc import Collection
from dataclasses import replace

from index.articles import Corpus
from index.errors import CorpusError
from index.release import Release
from index.timeline import complete_from


def add_to(release: Release, added: Corpus) -> Corpus:
    """The release's corpus with another added.

    A law or an article whose id the release has takes the added one's place, all its versions included; new articles
    stand after the last article of their law, new laws at the end.
    """
    old = release.corpus()
    replaced = {article.id for article in added.articles}
    kept_laws = {article.law_id for article in old.articles if article.id not in replaced}
    laws = {law.id: law for law in old.laws}
    for law in added.laws:
        mixed = law.id in laws and law.id in kept_laws
        laws[law.id] = replace(law, complete_from=complete_from(laws[law.id], law)) if mixed else law
    law_positions = {law_id: position for position, law_id in enumerate(laws)}
    # Sorting is stable: within a law articles keep their order, within an article its versions do.
    articles = sorted(
        {article.id: article for article in (*old.articles, *added.articles)}.values(),
        key=lambda article: law_positions.get(article.law_id, len(laws)),
    )
    positions = {article.id: position for position, article in enumerate(articles)}
    kept = [version for version in old.versions if version.article_id not in replaced]
    versions = sorted((*kept, *added.versions), key=lambda version: positions.get(version.article_id, len(articles)))
    return Corpus(tuple(laws.values()), tuple(articles), tuple(versions))


def without(corpus: Corpus, ids: Collection[str]) -> Corpus:
    """The corpus without the laws and articles of these ids; a law goes with all its articles.

    Raises:
        CorpusError: an id is neither a law's nor an article's.
    """
    law_ids = {law.id for law in corpus.laws}
    unknown = sorted(set(ids) - law_ids - {article.id for article in corpus.articles})
    if unknown:
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        raise CorpusError(f"cannot remove {unknown[0]}{more}: the index has neither a law nor an article of that id")
    laws = tuple(law for law in corpus.laws if law.id not in ids)
    articles = tuple(a for a in corpus.articles if a.id not in ids and a.law_id not in ids)
    kept = {article.id for article in articles}
    return Corpus(laws, articles, tuple(version for version in corpus.versions if version.article_id in kept))
