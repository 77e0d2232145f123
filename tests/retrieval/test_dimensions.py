"""Vectors cut to their first components: by hand, against the evaluator of sentence-transformers, embedded once."""

import hashlib

import numpy as np
import pytest

from index.release import Release
from retrieval.dimensions import (
    CutQuestions,
    DimensionsError,
    QuestionsOnce,
    cut,
    dimensions_of,
    embedded_again,
    kept,
    ladder,
)
from retrieval.evaluation import Row, evaluate, report_of
from retrieval.questions import Question
from retrieval.search import ArticleSearch
from tests.fakes import BruteForceIndex, HashEmbedder
from tests.law_sample import HARBOUR, corpus, open_search

WHOLE = 32


class NoiseEmbedder:
    """Every text gets a random direction of its own, the same every time; remembers the questions."""

    dimension = WHOLE
    fingerprint = "0123456789abcdef"

    def __init__(self):
        self.asked = []

    def embed_passages(self, texts, *, on_progress=None):
        if on_progress is not None:
            on_progress(len(texts))
        return np.stack([self.vector(text) for text in texts])

    def embed_queries(self, texts):
        self.asked += texts
        return np.stack([self.vector(text) for text in texts])

    def vector(self, text):
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
        direction = np.random.default_rng(seed).normal(size=WHOLE)
        return (direction / np.linalg.norm(direction)).astype(np.float32)


def test_the_ladder_is_the_whole_vector_and_the_cards_dimensions_below():
    assert ladder(1024) == (1024, 768, 512, 256, 128, 64)
    assert ladder(384) == (384, 256, 128, 64)
    assert ladder(48) == (48,)


def test_dimensions_are_read_falling_and_distinct():
    assert dimensions_of("64, 256,64", 384) == (256, 64)
    assert dimensions_of("", 384) == (384, 256, 128, 64)


@pytest.mark.parametrize("text", ["0", "385", "64,", "many", "-1", "12.5"])
def test_dimensions_that_the_embedder_does_not_have_are_refused(text):
    with pytest.raises(DimensionsError, match="this embedder has 1 to 384"):
        dimensions_of(text, 384)


def test_a_cut_vector_is_the_beginning_at_length_one():
    vectors = np.array([[0.6, 0.0, 0.8], [0.36, 0.48, 0.8], [0.0, 0.0, 1.0]], dtype=np.float32)
    short = cut(vectors, 2)
    assert short.dtype == np.float32
    np.testing.assert_allclose(short, [[1.0, 0.0], [0.6, 0.8], [0.0, 0.0]], atol=1e-7)


def test_a_whole_vector_stays_as_it_is():
    vectors = np.array([[0.6, 0.8000001]], dtype=np.float32)
    assert cut(vectors, 2) is vectors


def test_a_question_is_embedded_once_for_all_dimensions():
    embedder = NoiseEmbedder()
    questions = QuestionsOnce(embedder)
    for dimension in (32, 16, 8):
        found = CutQuestions(questions, dimension=dimension, fingerprint="f").embed_queries(["one", "two"])
        assert found.shape == (2, dimension)
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    assert embedder.asked == ["one", "two"]


def test_the_questions_side_embeds_no_passages():
    with pytest.raises(ValueError, match="beforehand"):
        CutQuestions(QuestionsOnce(HashEmbedder()), dimension=8, fingerprint="f").embed_passages(["text"])


def test_passages_embedded_again_by_the_same_embedder_are_the_releases_own(tmp_path):
    embedder = HashEmbedder()
    open_search(tmp_path, embedder=embedder)
    done = []
    with Release.open(tmp_path) as release:
        again = embedded_again(release, embedder, on_progress=done.append)
        np.testing.assert_array_equal(again, np.load(release.file("vectors.faiss")))
        assert sum(done) == release.passage_count


@pytest.mark.parametrize("dimension", [32, 16, 5])
def test_agrees_with_the_evaluator_of_sentence_transformers(tmp_path, dimension):
    torch = pytest.importorskip("torch")
    from sentence_transformers.sentence_transformer.evaluation import (  # noqa: PLC0415 - slow, only where it runs
        InformationRetrievalEvaluator,
    )
    from sentence_transformers.util import cos_sim  # noqa: PLC0415

    articles = tuple((HARBOUR, str(number), "", f"Rule number {number} of the harbour.") for number in range(1, 151))
    embedder = NoiseEmbedder()
    open_search(tmp_path, corpus(articles=articles, long=False), embedder=embedder)
    random = np.random.default_rng(5)
    questions = [
        Question(
            id=f"q{number}",
            text=f"question {number}",
            relevant=tuple(
                f"harbour#{one}" for one in random.choice(150, size=random.choice([1, 3]), replace=False) + 1
            ),
        )
        for number in range(40)
    ]
    with Release.open(tmp_path) as release:
        matrix = np.load(release.file("vectors.faiss"))
        names = [release.article(release.passage(row).version_id).id for row in range(release.passage_count)]
        search = ArticleSearch(
            release,
            vectors=BruteForceIndex(cut(matrix, dimension)),
            lexical=open_search(tmp_path, corpus(articles=articles, long=False), embedder=embedder)._lexical,
            embedder=CutQuestions(QuestionsOnce(embedder), dimension=dimension, fingerprint=embedder.fingerprint),
            mode="dense",
        )
        report = evaluate(search, questions, mode="dense", articles=set(names))

    class Model:
        """Both sides' whole vectors, cut as the evaluator asks for."""

        def encode_query(self, texts, *, truncate_dim, **_):
            return torch.from_numpy(np.stack([embedder.vector(text) for text in texts])[:, :truncate_dim])

        def encode_document(self, texts, *, truncate_dim, **_):
            return torch.from_numpy(np.stack([matrix[names.index(text)] for text in texts])[:, :truncate_dim])

    evaluator = InformationRetrievalEvaluator(
        queries={question.id: question.text for question in questions},
        corpus={name: name for name in names},
        relevant_docs={question.id: set(question.relevant) for question in questions},
        score_functions={"cosine": cos_sim},
        truncate_dim=dimension,
        show_progress_bar=False,
    )
    theirs = evaluator.compute_all_metrics(Model())["cosine"]
    ours = {name: found.value for name, found in report.metrics}
    assert 0 < ours["map@100"] < 0.2  # noise finds little; a mistake of order would still show
    assert ours == pytest.approx(
        {name: theirs[name.split("@")[0] + "@k"][int(name.split("@")[1])] for name in ours}, abs=1e-6
    )


def report(mode, values, metric="ndcg@10"):
    asked = [Question(id=f"q{place}", text=f"question {place}", relevant=("a",)) for place in range(len(values))]
    return report_of(
        mode, [metric], [Row(one, ("a",), (value,), 0.0) for one, value in zip(asked, values, strict=True)]
    )


def test_what_a_shorter_vector_keeps_is_the_ratio_of_the_means():
    found = kept(report("384", [1.0, 0.5, 0.5]), report("64", [0.5, 0.5, 0.5]))
    assert found.value == pytest.approx(1.5 / 2)
    # Resamples are drawn in pairs: of the first question alone it is 1/2, of the others alone 1.
    assert (found.low, found.high) == pytest.approx((0.5, 1.0))


def test_half_of_everything_is_kept_without_doubt():
    found = kept(report("384", [1.0, 0.5, 0.25]), report("64", [0.5, 0.25, 0.125]))
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))


def test_nothing_can_be_kept_of_nothing():
    with pytest.raises(ValueError, match="scores 0"):
        kept(report("384", [0.0, 0.0]), report("64", [0.0, 1.0]))


def test_what_is_kept_needs_the_same_questions():
    with pytest.raises(ValueError, match="other questions"):
        kept(report("384", [1.0, 1.0]), report("64", [1.0]))
