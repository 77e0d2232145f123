from dataclasses import replace
from math import exp

import numpy as np
import pytest

from generation.confidence import (
    Confidence,
    ConfidenceError,
    confidence_path,
    parse,
    read_confidence,
    render,
    write_confidence,
)
from generation.confidence_fitting import fit
from generation.confidence_samples import Sample
from generation.signals import NAMES, Signals
from index.known_models import MULTILINGUAL_E5_SMALL, MULTILINGUAL_E5_SMALL_LAW
from retrieval.questions import QuestionsError

MIDDLE = Signals(*([0.5] * len(NAMES)))


def confidence(**changes) -> Confidence:
    whole = Confidence(
        fingerprint="abc",
        fitted="by hand",
        weights=dict.fromkeys(NAMES, 0.0) | {"words": 2.0},
        means=dict.fromkeys(NAMES, 0.5),
        spreads=dict.fromkeys(NAMES, 0.25),
        intercept=-1.0,
        least={"en": 0.4},
        least_otherwise=0.6,
    )
    return replace(whole, **changes)


def test_confidence_is_the_logistic_of_the_weighed_signals():
    assert confidence().of(MIDDLE) == pytest.approx(1 / (1 + exp(1)))
    assert confidence().of(replace(MIDDLE, words=0.75)) == pytest.approx(1 / (1 + exp(-1)))
    assert confidence(intercept=-2000.0).of(MIDDLE) == 0.0  # no overflow
    assert confidence(intercept=2000.0).of(MIDDLE) == 1.0


def test_each_language_has_its_least_and_others_a_common_one():
    assert confidence().least_in("en") == 0.4
    assert confidence().least_in("fr") == 0.6


def test_what_is_written_is_read_back(tmp_path):
    assert write_confidence(tmp_path, confidence()) == confidence_path(tmp_path, "abc")
    assert read_confidence(tmp_path, "abc") == confidence()
    assert [one.name for one in (tmp_path / "calibration").iterdir()] == ["abc.confidence.json"]


def test_an_embedder_that_nobody_measured_has_no_confidence(tmp_path):
    assert read_confidence(tmp_path, "unknown") is None


@pytest.mark.parametrize("fingerprint", [MULTILINGUAL_E5_SMALL, MULTILINGUAL_E5_SMALL_LAW])
def test_the_embedders_of_lexcite_have_one_that_grows_with_its_evidence(tmp_path, fingerprint):
    read = read_confidence(tmp_path, fingerprint)
    assert read.fingerprint == fingerprint
    weak = Signals(0.2, 0.2, 0.3, 0.0, 0.0, 0.0, 0.0, 0.80, 0.01, 0.2, 0.1, 2.0, 1.0, 0.0, 2.5)
    strong = Signals(0.9, 0.9, 0.9, 0.7, 0.7, 1.0, 1.0, 0.92, 0.03, 2.0, 0.5, 6.0, 4.0, 0.5, 2.5)
    assert read.of(weak) < read.least_in("vi") < read.of(strong)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"format": 1', '"format": 2'),
        ('"spread": 0.25', '"spread": 0'),
        ('"weight": 2.0', '"weight": NaN'),
        ('"en": 0.4', '"en": 4'),
        ('"words":', '"verbs":'),
        ("{", "["),
    ],
)
def test_a_broken_file_is_an_error_that_names_it(tmp_path, old, new):
    path = write_confidence(tmp_path, confidence())
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ConfidenceError, match=r"abc\.confidence\.json is no confidence"):
        read_confidence(tmp_path, "abc")


def test_a_file_of_another_embedder_is_refused(tmp_path):
    write_confidence(tmp_path, confidence())
    confidence_path(tmp_path, "abc").rename(confidence_path(tmp_path, "other"))
    with pytest.raises(ConfidenceError, match="of the embedder abc"):
        read_confidence(tmp_path, "other")


def samples(number=400, *, noise=0.2):
    """Half answerable; the answer is right where `words` is high."""
    random = np.random.default_rng(3)
    made = []
    for place in range(number):
        answerable = place % 2 == 0
        words = min(max((0.7 if answerable else 0.3) + noise * random.normal(), 0.0), 1.0)
        values = random.random(len(NAMES))
        values[NAMES.index("words")] = words
        made.append(
            Sample(
                id=str(place),
                split="train",
                kind="asked" if answerable else "without_article",
                group=str(place // 4),
                lang="en",
                measured=Signals(*map(float, values)),
                right=answerable and words > 0.5,
                answerable=answerable,
            )
        )
    return made


def test_a_fit_finds_the_signal_that_tells():
    found = fit(samples(), fingerprint="abc", fitted="made up")
    weights = found.confidence.weights
    assert max(weights, key=weights.get) == "words"
    assert all(abs(weights[name]) < 0.3 * weights["words"] for name in NAMES if name != "words")
    assert parse(render(found.confidence)).least_in("en") == pytest.approx(found.confidence.least["en"], abs=1e-4)


def test_the_share_that_is_to_be_answered_is_answered_on_held_out_questions():
    found = fit(samples(), fingerprint="abc", fitted="made up", answered=0.9)
    silent = {kind: (number, none) for kind, number, none in found.silent}
    assert silent["answerable"] == (200, 20)
    number, none = silent["without_article"]
    assert number == 200
    assert none > 120  # Two normal curves .4 apart of spread .2: a tenth of one is .85 of the other, at best
    assert found.error < 0.1


def test_a_language_with_few_questions_gets_the_common_threshold():
    some = [replace(one, lang="fr") if place < 20 else one for place, one in enumerate(samples())]
    assert set(fit(some, fingerprint="abc", fitted="made up").confidence.least) == {"en"}


def test_too_few_questions_are_refused():
    with pytest.raises(QuestionsError, match="too few"):
        fit(samples(90), fingerprint="abc", fitted="made up")
