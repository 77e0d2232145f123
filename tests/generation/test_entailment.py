import numpy as np
import pytest

from generation.answer import SentenceState
from generation.evidence import extracts
from generation.law_names import names_another_law
from generation.nearness import LEAST
from generation.sentences import Claim
from generation.verification import Gate
from index.known_models import MULTILINGUAL_E5_SMALL_LAW
from tests.generation_samples import FEES, FISHING, Shelf, hit


class Says:
    """A judge that finds a fixed probability, and remembers what it was asked."""

    name = "says"

    def __init__(self, probability):
        self.probability = probability
        self.asked = []

    def entails(self, premise, hypothesis):
        self.asked.append((premise, hypothesis))
        return self.probability


def check(text, marker, *, lang="en", question="", judge=None, law=FISHING):
    found = hit(law)
    shown = dict(enumerate(extracts(found, Shelf((found,)).provisions(found.version.id)), start=1))
    return Gate(shown, lang=lang, question=question, judge=judge).check(Claim(text, (marker,))).state


def test_a_short_answer_is_read_with_its_question():
    question = "Within how many hours shall the holder report an accident to the lake office?"
    assert check("Yes, 48 hours.", 2, question=question) is SentenceState.SUPPORTED
    assert check("Yes, 72 hours.", 2, question=question) is SentenceState.UNSUPPORTED


def test_a_number_of_the_question_is_no_law():
    question = "Shall the holder report an accident to the lake office within 72 hours?"
    assert check("Yes, within 72 hours.", 2, question=question) is SentenceState.UNSUPPORTED


@pytest.mark.parametrize(("probability", "state"), [(0.9, SentenceState.SUPPORTED), (0.1, SentenceState.UNSUPPORTED)])
def test_a_judge_decides_across_languages(probability, state):
    judge = Says(probability)
    assert check("El titular avisará en 48 horas.", 2, lang="es", judge=judge) is state
    ((premise, hypothesis),) = judge.asked
    assert "within 48 hours" in premise
    assert hypothesis == "El titular avisará en 48 horas."


def test_no_judge_overrules_a_number():
    assert check("El titular avisará en 72 horas.", 2, lang="es", judge=Says(1.0)) is SentenceState.UNSUPPORTED


def test_a_judge_is_not_asked_about_the_text_of_the_law():
    judge = Says(0.0)
    assert check("A permit costs EUR 20.", 1, law=FEES, judge=judge) is SentenceState.SUPPORTED
    assert judge.asked == []


@pytest.mark.parametrize(
    ("text", "lang", "state"),
    [
        ("Under the Lakes Act the holder shall report every accident.", "en", SentenceState.SUPPORTED),
        ("Under the Rivers Act the holder shall report every accident.", "en", SentenceState.WRONG_PROVISION),
    ],
)
def test_a_law_that_is_named_is_the_one_that_is_cited(text, lang, state):
    assert check(text, 2, lang=lang) is state


def test_a_sentence_that_cites_nothing_names_no_other_law():
    assert not names_another_law("Under the Rivers Act boats are free.", (), lang="en")


class Near:
    """An embedder of one fingerprint that finds every two texts as near as it is told."""

    dimension = 2

    def __init__(self, near, fingerprint):
        self.near = near
        self.fingerprint = fingerprint
        self.batches = []

    def embed_passages(self, texts, *, on_progress=None):
        self.batches.append(tuple(texts))
        law = [self.near, (1 - self.near**2) ** 0.5]
        return np.array([[1.0, 0.0], *[law] * (len(texts) - 1)], dtype=np.float32)

    def embed_queries(self, texts):
        return self.embed_passages(texts)


MEASURED = MULTILINGUAL_E5_SMALL_LAW
# Half of its words are the law's.
LOOSE = "The holder who crashes somewhere must tell the lake office quickly."


def near(text, embedder, marker=2):
    found = hit(FISHING)
    shown = dict(enumerate(extracts(found, Shelf((found,)).provisions(found.version.id)), start=1))
    gate = Gate(shown, lang="en", embedder=embedder)
    return gate.check(Claim(text, (marker,))).state, gate.judged_by


@pytest.mark.parametrize(("far", "state"), [(0.05, SentenceState.SUPPORTED), (-0.05, SentenceState.UNSUPPORTED)])
def test_a_sentence_in_words_of_its_own_must_be_near_the_law(far, state):
    embedder = Near(LEAST[MEASURED]["en"] + far, MEASURED)
    assert near(LOOSE, embedder) == (state, f"nearness {MEASURED}")
    ((said, law),) = embedder.batches
    assert said == LOOSE
    assert "within 48 hours" in law


def test_an_embedder_that_nobody_measured_has_no_say():
    embedder = Near(-1.0, "0" * 16)
    assert near(LOOSE, embedder) == (SentenceState.SUPPORTED, "")
    assert embedder.batches == []


def test_a_sentence_in_the_words_of_the_law_is_not_embedded():
    embedder = Near(-1.0, MEASURED)
    text = "The holder must report every accident to the lake office within 48 hours."
    assert near(text, embedder)[0] is SentenceState.SUPPORTED
    assert near("“The holder shall report every accident to the lake office within 48 hours”", embedder)[0] is (
        SentenceState.SUPPORTED
    )
    assert embedder.batches == []


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("The holder keeps boats.", SentenceState.UNSUPPORTED),  # "keeps" is no word of the law
        ("The holder may fish.", SentenceState.SUPPORTED),
        ("Arr, boats are treasure and the holder must bury them.", SentenceState.UNSUPPORTED),
    ],
)
def test_in_a_short_sentence_each_word_weighs(text, state):
    assert check(text, 1) is state
