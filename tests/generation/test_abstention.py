from generation.abstention import UNCALIBRATED, Sufficiency, Thresholds, reason_to_abstain, sufficiency
from generation.answer import Outcome
from tests.generation_samples import FISHING, PESCA, hit

LIMITS = Thresholds(coverage=0.34, nearness=0.8)


def reason(question, *hits, lang="en", thresholds=LIMITS):
    return reason_to_abstain(question, hits, lang=lang, thresholds=thresholds)


def test_nothing_found_is_out_of_corpus():
    assert reason("How long do I have to report an accident?") is Outcome.OUT_OF_CORPUS


def test_an_article_that_holds_the_words_of_the_question_is_enough():
    assert reason("How long do I have to report an accident?", hit(FISHING, dense=0.1)) is None


def test_an_article_that_is_near_in_meaning_is_enough_in_any_language():
    assert reason("In what time is a mishap notified to the lake authority?", hit(FISHING, dense=0.85)) is None
    assert reason("How long do I have to report an accident?", hit(PESCA, lang="es", dense=0.85)) is None


def test_a_question_that_shares_no_word_with_law_in_its_own_language_is_not_answered_however_near():
    assert reason("How do I bake bread?", hit(FISHING, dense=0.95)) is Outcome.EVIDENCE_INSUFFICIENT


def test_neither_words_nor_meaning_is_not_enough():
    assert reason("Who won the football cup?", hit(FISHING, dense=0.7)) is Outcome.EVIDENCE_INSUFFICIENT
    assert reason("Who won the football cup?", hit(FISHING)) is Outcome.EVIDENCE_INSUFFICIENT
    assert reason("Who won the football cup?", hit(PESCA, lang="es", dense=0.7)) is Outcome.EVIDENCE_INSUFFICIENT


def test_an_embedder_that_was_not_measured_leaves_it_to_the_words():
    unrelated = "Who won the football cup?"
    assert reason(unrelated, hit(FISHING, dense=0.99), thresholds=UNCALIBRATED) is Outcome.EVIDENCE_INSUFFICIENT
    assert reason("What about an accident?", hit(FISHING, dense=0.01), thresholds=UNCALIBRATED) is None
    assert reason(unrelated, hit(PESCA, lang="es", dense=0.01), thresholds=UNCALIBRATED) is None
    assert reason(unrelated, hit(PESCA, lang="es"), thresholds=UNCALIBRATED) is Outcome.EVIDENCE_INSUFFICIENT


def test_the_measure_is_the_share_of_terms_that_the_best_article_holds():
    # terms: holder, permit, fly; the article holds the first two
    assert sufficiency("May the holder of a permit fly?", (hit(FISHING, dense=0.5),), lang="en") == Sufficiency(
        coverage=2 / 3, nearness=0.5
    )
    assert sufficiency("May the holder of a permit fly?", (hit(PESCA, lang="es"),), lang="en") == Sufficiency(
        None, None
    )
