"""Our retriever as a LlamaIndex retriever, so that any LlamaIndex application can search the law with lexcite."""

import asyncio

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from retrieval.search import NO_FILTERS, Filters, Hit, Retriever

# What the reader of a prompt needs to cite by; everything else is for programs.
_SHOWN = ("law", "article", "heading")


class LexciteRetriever(BaseRetriever):
    """Finds law articles for LlamaIndex query engines, chat engines and agents.

    A node is a whole article in one version: its text is the law's own, unchanged; what it is lies in the metadata.
    `law`, `article` and `heading` are shown to the language model. `law_id`, `article_id`, `version_id`, `source`,
    `lang`, `rank`, `passage_start` and `passage_end` (offsets into the text of what matched best) are not. The nodes
    are not checked against anything that is written from them: only lexcite's own answers pass its gate.
    """

    def __init__(self, retriever: Retriever, *, k: int = 10, filters: Filters = NO_FILTERS) -> None:
        """Wraps a retriever.

        Args:
            retriever: finds the articles.
            k: articles at most.
            filters: which law may answer.
        """
        super().__init__()
        self._retriever = retriever
        self._k = k
        self._filters = filters

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """The articles for a question, best first."""
        hits = self._retriever.search(query_bundle.query_str, k=self._k, filters=self._filters)
        return [_node(hit) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """As `_retrieve`, off the event loop: embedding a question takes milliseconds of CPU."""
        return await asyncio.to_thread(self._retrieve, query_bundle)


def _node(hit: Hit) -> NodeWithScore:
    """A hit as LlamaIndex knows it."""
    metadata = {
        "law": hit.law.title,
        "article": hit.article.label,
        "heading": hit.version.heading,
        "law_id": hit.law.id,
        "article_id": hit.article.id,
        "version_id": hit.version.id,
        "source": hit.version.source,
        "lang": hit.version.lang,
        "rank": hit.rank,
        "passage_start": hit.passage.start,
        "passage_end": hit.passage.end,
    }
    hidden = [key for key in metadata if key not in _SHOWN]
    node = TextNode(
        id_=hit.version.id,
        text=hit.version.text,
        metadata=metadata,
        excluded_llm_metadata_keys=hidden,
        excluded_embed_metadata_keys=hidden,
    )
    return NodeWithScore(node=node, score=hit.score)
