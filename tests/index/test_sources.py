"""R16: law from publishers that are not listed is refused before anything is built."""

from dataclasses import replace

import pytest

from index.articles import Corpus
from index.errors import CorpusError
from index.sources import require_sources
from tests.index.release_kit import PUEBLO, TOWN, small_corpus


def corpus_from(*sources: str, law_source: str = "") -> Corpus:
    """A corpus whose article i comes from source i."""
    whole = small_corpus(len(sources))
    versions = tuple(replace(one, source=source) for one, source in zip(whole.versions, sources, strict=True))
    laws = (replace(TOWN, source=law_source), replace(PUEBLO, source=law_source))
    return Corpus(laws, whole.articles, versions)


@pytest.mark.parametrize(
    "source",
    [
        "https://boe.es",
        "https://www.boe.es/buscar/act.php?id=BOE-A-1978-31229",
        "http://BOE.es:8080/a#b",
        "https://boe.es./a",
        "Gaceta Oficial",
        "  gaceta   OFICIAL ",
    ],
)
def test_r16_a_listed_host_the_hosts_below_it_and_a_listed_name_are_allowed(source):
    require_sources(corpus_from(source), ["boe.es", "Gaceta oficial"])


@pytest.mark.parametrize(
    "source",
    [
        "",
        "boe.es.evil.example",
        "https://boe.es.evil.example/act",
        "https://notboe.es/act",
        "https://evil.example/boe.es",
        "https://evil.example?boe.es",
        "https://boe.es@evil.example/",
        "https://evil.example\\@boe.es/",
        "https://boe.es\\.evil.example/",
        "https://boe.es /act",
        "javascript:boe.es",
        "ftp://boe.es/act",
        "https://bоe.es/act",  # with a Cyrillic o
        "Gaceta Oficial de Marte",
    ],
)
def test_r16_any_other_source_is_refused_by_the_id_of_its_article(source):
    with pytest.raises(CorpusError, match=r"^article town#0: its source .* is not among those allowed \(boe\.es, gac"):
        require_sources(corpus_from(source), ["boe.es", "Gaceta oficial"])


def test_r16_every_refused_article_is_counted_and_a_version_without_a_source_has_its_laws():
    allowed = ["law.example"]
    listed = "https://law.example/1"
    require_sources(corpus_from("", listed, law_source=listed), allowed)
    with pytest.raises(CorpusError, match=r"article pueblo#1 \(and 2 more\): its source 'x'"):
        require_sources(corpus_from(listed, "x", "x", "y", law_source=listed), allowed)


def test_r16_each_version_of_an_article_must_be_listed():
    corpus = corpus_from("https://law.example/1")
    later = replace(corpus.versions[0], id="town#0@2020-01-01", source="https://evil.example")
    with pytest.raises(CorpusError, match=r"article town#0: its source 'https://evil\.example'"):
        require_sources(replace(corpus, versions=(*corpus.versions, later)), ["law.example"])


@pytest.mark.parametrize("allowed", [(), ("",), (" ",)])
def test_r16_an_empty_list_allows_every_source(allowed):
    require_sources(corpus_from("", "anything"), allowed)
