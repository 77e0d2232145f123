"""The settings `vectors`, `dimension` and `precision`, through the wiring."""

from dataclasses import replace

import pytest

from app.wiring import load_embedder, open_engine, open_vectors
from index.compressed_index import Coding, CompressedIndex
from index.errors import EmbedderError, UserFacingError
from index.faiss_index import FaissIndex
from index.release import Release
from retrieval.search import NO_FILTERS, Filters
from tests import small_law
from tests.fakes import HashEmbedder
from tests.tiny_model import save_tiny_model


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return small_law.build(tmp_path_factory.mktemp("law"))


def test_vectors_are_searched_exactly_unless_something_else_is_set(settings):
    with Release.open(settings.index) as release:
        assert isinstance(open_vectors(settings, release), FaissIndex)
        bits = open_vectors(replace(settings, vectors="bits"), release)
        short = open_vectors(replace(settings, dimension=64), release)
    assert isinstance(bits, CompressedIndex)
    assert (bits.coding, bits.coded) == (Coding.BITS, 256)
    assert isinstance(short, CompressedIndex)
    assert (short.coding, short.coded) == (Coding.FLOAT32, 64)


@pytest.mark.parametrize("filters", [NO_FILTERS, Filters(langs=frozenset({"en"}))])
@pytest.mark.parametrize("vectors", ["float16", "int8", "bits"])
def test_a_small_index_answers_the_same_however_its_vectors_are_kept(settings, vectors, filters):
    def found(changed):
        with Release.open(settings.index) as release:
            engine = open_engine(changed, release, HashEmbedder(), None)
            hits = engine.search("When is the deposit returned?", k=3, filters=filters)
            return [(hit.article.id, hit.score, hit.dense) for hit in hits]

    assert found(replace(settings, vectors=vectors, dimension=128)) == found(settings)


def test_more_dimensions_than_there_are_is_an_error_that_says_how_many(settings):
    with Release.open(settings.index) as release, pytest.raises(UserFacingError, match="of this index have 256"):
        open_vectors(replace(settings, dimension=1024), release)


@pytest.mark.parametrize("lazily", [False, True])
def test_half_precision_without_a_gpu_says_so(settings, tmp_path, lazily):
    folder = save_tiny_model(tmp_path / "model")
    half = replace(settings, embedder=str(folder), device="cpu", precision="float16")
    with pytest.raises(EmbedderError, match="precision float16 was asked for on cpu: it needs a CUDA device"):
        load_embedder(half, lazily=lazily).embed_queries(["deposit"])
