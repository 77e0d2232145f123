from dataclasses import replace
from math import exp

import pytest

from generation.abstention import (
    UNCALIBRATED,
    AcrossLanguages,
    Grounds,
    Judgement,
    Sufficiency,
    Thresholds,
    judge,
    outweighs_refusal,
    reason_to_abstain,
    sufficiency,
)
from generation.answer import Outcome
from generation.confidence import Confidence
from generation.signals import NAMES
from index.articles import Law
from retrieval.named_laws import NamedLaws
from retrieval.search import NO_FILTERS, Filters
from tests.generation_samples import FISHING, LAKES, PESCA, Shelf, hit

OTHER_LANGUAGE = "The law found is written in another language than the question."
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


CERTAIN = Confidence(
    fingerprint="any",
    fitted="by hand",
    weights=dict.fromkeys(NAMES, 0.0) | {"words": 10.0},
    means=dict.fromkeys(NAMES, 0.5),
    spreads=dict.fromkeys(NAMES, 1.0),
    intercept=0.0,
    least={"en": 0.5},
    least_otherwise=0.5,
)
FITTED = Thresholds(coverage=0.34, nearness=0.8, confidence=CERTAIN)
SINGAPORE = Law(id="sg", title="Fishing Act", lang="en", jurisdiction="SG")


def judged(question, *hits, rarity, thresholds=FITTED, laws=(LAKES,), filters=NO_FILTERS):
    grounds = Grounds(Shelf(hits), lambda _, filters: rarity, laws)
    return judge(question, hits, lang="en", thresholds=thresholds, filters=filters, grounds=grounds)


def test_a_confidence_below_the_least_is_not_enough():
    found = hit(FISHING, dense=0.9)
    question = "Must the holder of a permit report a whale?"
    seldom = judged(question, found, rarity={"permit": 1.0, "whale": 3.0})
    assert (seldom.outcome, seldom.confidence) == (Outcome.EVIDENCE_INSUFFICIENT, pytest.approx(1 / (1 + exp(2.5))))
    common = judged(question, found, rarity={"permit": 3.0, "whale": 1.0})
    assert (common.outcome, common.confidence) == (None, pytest.approx(1 / (1 + exp(-2.5))))


def test_without_its_least_confidence_is_told_and_refuses_nothing():
    question = "Must the holder of a permit report a whale?"
    rarity = {"permit": 1.0, "whale": 3.0}
    told = judged(question, hit(FISHING, dense=0.9), rarity=rarity, thresholds=FITTED.without_least())
    assert (told.outcome, told.confidence) == (None, pytest.approx(1 / (1 + exp(2.5))))
    assert LIMITS.without_least() == LIMITS


def test_a_question_that_shares_no_word_is_refused_at_any_confidence():
    sure = replace(FITTED, confidence=replace(CERTAIN, intercept=100.0))
    refused = judged("How do I bake bread?", hit(FISHING, dense=0.7), rarity={"bake": 1.0}, thresholds=sure)
    assert refused.outcome is Outcome.EVIDENCE_INSUFFICIENT


def test_where_no_confidence_can_be_measured_the_coarse_rule_decides():
    assert judged("How long do I have to report an accident?", hit(FISHING), rarity={"report": 1.0}) == Judgement(None)
    assert judged("Who won the football cup?", hit(FISHING), rarity={}).outcome is Outcome.EVIDENCE_INSUFFICIENT
    abroad = judged("How long do I have to report it?", hit(PESCA, lang="es", dense=0.85), rarity={})
    assert abroad == Judgement(None, note=OTHER_LANGUAGE)


def test_the_law_of_another_state_is_told_whatever_is_near():
    question = "How long do I have to report an accident under German law?"
    refused = judged(question, hit(FISHING, dense=0.95), rarity={"report": 1.0}, laws=(SINGAPORE,))
    assert refused == Judgement(
        Outcome.WRONG_JURISDICTION,
        "You ask for the law of: Germany. The laws that may answer here are those of: Singapore.",
    )


def test_a_law_that_the_asker_may_not_see_is_not_here():
    german = Law(id="de", title="Fischereigesetz", lang="de", jurisdiction="DE")
    question = "How long do I have to report an accident under German law?"
    seen = judged(question, hit(FISHING), rarity={"report": 1.0}, laws=(SINGAPORE, german))
    assert seen.outcome is None
    only = Filters(jurisdictions=frozenset({"SG"}))
    kept = judged(question, hit(FISHING), rarity={"report": 1.0}, laws=(SINGAPORE, german), filters=only)
    assert kept.outcome is Outcome.WRONG_JURISDICTION


def test_the_one_question_to_ask_is_the_message():
    hits = tuple(
        hit("Permits are given.", number=str(rank), rank=rank, heading=heading)
        for rank, heading in enumerate(("Holders", "Fees", "Return"), start=1)
    )
    assert judged("Permits?", *hits, rarity={"permit": 1.0}) == Judgement(
        Outcome.NEEDS_FACTS, "Which of these do you mean: Holders; Fees; Return?"
    )


def test_nothing_found_is_out_of_corpus_with_grounds_too():
    assert judged("How long?", rarity={}) == Judgement(Outcome.OUT_OF_CORPUS)


@pytest.mark.parametrize(("confidence", "quoted"), [(None, False), (0.49, False), (0.5, True)])
def test_a_model_s_refusal_is_outweighed_only_where_the_law_found_is_likely_to_answer(confidence, quoted):
    assert outweighs_refusal(confidence) is quoted


ACROSS = replace(LIMITS, across=AcrossLanguages(nearness=0.825, lead=0.012))


@pytest.mark.parametrize(
    ("cosines", "outcome"),
    [
        ((0.85, 0.82), None),
        ((0.82, 0.85), None),  # the nearest need not rank first
        ((0.85, 0.84), Outcome.EVIDENCE_INSUFFICIENT),  # no nearer than the others
        ((0.82, 0.70), Outcome.EVIDENCE_INSUFFICIENT),
    ],
)
def test_law_in_another_language_answers_only_where_one_article_is_near_and_nearer_than_the_rest(cosines, outcome):
    hits = [hit(PESCA, lang="es", number=str(at), dense=cosine) for at, cosine in enumerate(cosines)]
    found = judged("How long do I have to report it?", *hits, rarity={}, thresholds=ACROSS)
    assert found == Judgement(outcome, note=OTHER_LANGUAGE)


def judged_unheard(question, absent):
    found = (hit(FISHING, dense=0.9),)
    sure = replace(FITTED, confidence=replace(CERTAIN, intercept=100.0))
    grounds = Grounds(Shelf(found), lambda _, filters: {"permit": 1.0}, (LAKES,), lambda _, filters: absent)
    return judge(question, found, lang="en", thresholds=sure, grounds=grounds)


def test_a_question_half_of_whose_words_no_law_holds_is_refused_at_any_confidence():
    refused = judged_unheard("May the holder of a permit keep a dog and a ferret?", {"dog", "ferret", "keep"})
    assert (refused.outcome, refused.confidence) == (Outcome.EVIDENCE_INSUFFICIENT, pytest.approx(1.0))
    assert judged_unheard("May the holder of a permit report a dog?", {"dog"}).outcome is None


def named(question, unknown):
    return judge(question, (hit(FISHING, dense=0.9),), lang="en", thresholds=LIMITS, naming=unknown)


def test_a_law_that_is_named_and_not_here_is_told_by_its_name():
    question = "What does the GDPR say about accidents?"
    refused = named(question, NamedLaws((), "GDPR", question))
    assert refused == Judgement(Outcome.OUT_OF_CORPUS, "This index has no law called “GDPR”.")


def test_a_law_that_is_not_here_but_that_an_article_found_speaks_of_is_no_reason_to_refuse():
    question = "Where does the lake office take the report of an accident?"
    assert named(question, NamedLaws((), "Lake Office", question)).outcome is None
