"""Our retriever inside LlamaIndex: its nodes, and a whole query engine over them."""

import asyncio

import pytest

pytest.importorskip("llama_index.core")

from llama_index.core import get_response_synthesizer
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import MetadataMode, QueryBundle

from retrieval.llama import LexciteRetriever
from retrieval.search import Filters
from tests.law_sample import ARTICLES, open_search

QUESTION = "Which light does a vessel at anchor show?"


@pytest.fixture
def search(tmp_path):
    return open_search(tmp_path)


def test_nodes_are_the_hits_in_order_with_the_texts_of_the_law(search):
    hits = search.search(QUESTION, k=3)
    nodes = LexciteRetriever(search, k=3).retrieve(QUESTION)
    assert [node.node_id for node in nodes] == [hit.version.id for hit in hits]
    assert [node.score for node in nodes] == [hit.score for hit in hits]
    assert [node.text for node in nodes] == [hit.version.text for hit in hits]


def test_a_node_says_which_article_it_is_and_where_it_matched(search):
    (node,) = LexciteRetriever(search, k=1).retrieve(QUESTION)
    text = ARTICLES[2][3]
    assert node.metadata == {
        "law": "Harbour Act",
        "article": "Article 3",
        "heading": "Lights",
        "law_id": "harbour",
        "article_id": "harbour#3",
        "version_id": "harbour#3",
        "source": "https://x/3",
        "lang": "en",
        "rank": 1,
        "passage_start": 0,
        "passage_end": len(text),
    }
    shown = node.node.get_content(MetadataMode.LLM)
    assert shown == f"law: Harbour Act\narticle: Article 3\nheading: Lights\n\n{text}"


def test_filters_hold_inside_llama_index(search):
    retriever = LexciteRetriever(search, k=5, filters=Filters(laws=frozenset({"market"})))
    assert {node.metadata["law_id"] for node in retriever.retrieve(QUESTION)} == {"market"}


def test_the_asynchronous_way_finds_the_same(search):
    retriever = LexciteRetriever(search, k=4)
    found = asyncio.run(retriever.aretrieve(QueryBundle(QUESTION)))
    assert [node.node_id for node in found] == [node.node_id for node in retriever.retrieve(QUESTION)]


def test_a_query_engine_shows_the_articles_to_its_model_and_returns_them(search):
    synthesizer = get_response_synthesizer(llm=MockLLM())  # writes back the prompt it was given
    engine = RetrieverQueryEngine(retriever=LexciteRetriever(search, k=2), response_synthesizer=synthesizer)
    response = engine.query(QUESTION)
    assert "law: Harbour Act\narticle: Article 3\nheading: Lights" in str(response)
    assert ARTICLES[2][3] in str(response)
    assert [node.metadata["rank"] for node in response.source_nodes] == [1, 2]


def test_a_question_without_words_gives_no_nodes(search):
    assert LexciteRetriever(search).retrieve("?") == []
