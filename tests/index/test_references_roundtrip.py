"""What is written as a citation of a real provision is read back as that provision."""

import os
import random
from pathlib import Path

import pytest

from index.aliases import LawNames
from index.importers.jsonl import ArticleLines
from index.references import find_references, format_reference
from index.structure import parse_provisions

DATA = Path(os.environ.get("LEXCITE_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.real_law
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no law at {DATA}: set LEXCITE_DATA to the folder of corpora")
@pytest.mark.parametrize("corpus", ["en_core", "en_pdpa", "vi_core", "es_core"])
def test_every_citation_of_a_seeded_sample_is_read_back(corpus):
    read = ArticleLines().read(DATA / "corpora" / f"{corpus}.articles.jsonl.gz")
    articles = {article.id: article for article in read.articles}
    names = LawNames({})
    checked, wrong = 0, []
    for version in random.Random(5).sample(read.versions, 200):
        article = articles[version.article_id]
        (whole,) = find_references(format_reference(article, (), version.lang), names=names)
        for provision in parse_provisions(version.text, lang=version.lang, version_id=version.id):
            written = format_reference(article, provision.path, version.lang)
            found = find_references(written, names=names)
            checked += 1
            if [(r.kind, r.number, r.path) for r in found] != [(whole.kind, whole.number, whole.path + provision.path)]:
                wrong.append(written)
    assert wrong == []
    assert checked > 300
