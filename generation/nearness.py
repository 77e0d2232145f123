"""How near a sentence is to the law that it cites in an embedder's space, and how far off is too far."""

from collections.abc import Mapping
from types import MappingProxyType

from generation.cases import Case
from index.embedding import Embedder

# The least nearness, by the embedder's fingerprint and the language: what all but about one in a hundred true sentences
# reach, of 400 that people wrote (docs/gate.md). The one fingerprint is that of the packaged multilingual-e5-small.
LEAST: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {"eaa846b99eb205e5": MappingProxyType({"en": 0.838, "es": 0.865, "vi": 0.883})}
)


def least_near(embedder: Embedder | None, lang: str) -> float | None:
    """How near a sentence must be, in [-1, 1]; None where nobody measured the embedder in that language."""
    return None if embedder is None else LEAST.get(embedder.fingerprint, {}).get(lang)


def nearness(case: Case, embedder: Embedder) -> float:
    """The inner product, in [-1, 1], of a sentence with the nearest of the provisions that it cites.

    The sentence is read behind its question, a provision behind what introduces it; all go in one batch.
    """
    said = f"{case.question} {case.claim.text}".strip()
    law = [" ".join(reversed(evidence.texts)) for evidence in case.cited]
    vectors = embedder.embed_passages([said, *law])
    return float((vectors[1:] @ vectors[0]).max())
