"""How near a sentence is to the law that it cites in an embedder's space, and how far off is too far."""

from collections.abc import Mapping
from types import MappingProxyType

from generation.cases import Case
from index.embedding import Embedder
from index.known_models import MULTILINGUAL_E5_SMALL, MULTILINGUAL_E5_SMALL_LAW

# The least nearness, by the embedder's fingerprint and the language: what all but about one in a hundred true sentences
# reach, of 400 that people wrote (docs/gate.md; `python -m tests.mutations.nearness` measures another embedder).
LEAST: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        MULTILINGUAL_E5_SMALL: MappingProxyType({"en": 0.838, "es": 0.865, "vi": 0.883}),
        MULTILINGUAL_E5_SMALL_LAW: MappingProxyType({"en": 0.704, "es": 0.761, "vi": 0.726}),
    }
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
