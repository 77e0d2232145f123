"""Metrics against hand-worked cases, sentence-transformers' evaluator and trec_eval."""

import math

import numpy as np
import pytest

from retrieval.metrics import (
    CARD_METRICS,
    accuracy,
    average_precision,
    discounted_gain,
    graded_ndcg,
    mrr,
    ndcg,
    precision,
    recall,
)

# Relevant at ranks 2 and 4 of five; a third relevant id is never found.
RANKED = ["x", "a", "y", "b", "z"]
RELEVANT = {"a", "b", "c"}


@pytest.mark.parametrize(
    ("metric", "k", "expected"),
    [
        (accuracy, 1, 0.0),
        (accuracy, 2, 1.0),
        (precision, 1, 0.0),
        (precision, 2, 1 / 2),
        (precision, 5, 2 / 5),
        (precision, 10, 2 / 10),  # a short list counts as followed by irrelevant ids
        (recall, 1, 0.0),
        (recall, 2, 1 / 3),
        (recall, 5, 2 / 3),
        (mrr, 1, 0.0),
        (mrr, 5, 1 / 2),
        (average_precision, 1, 0.0),
        (average_precision, 2, (1 / 2) / 2),  # divided by min(k, relevant) = 2
        (average_precision, 5, (1 / 2 + 2 / 4) / 3),
        (ndcg, 1, 0.0),
        (ndcg, 2, (1 / math.log2(3)) / (1 + 1 / math.log2(3))),
        (ndcg, 5, (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 1 / 2)),
    ],
)
def test_metric_equals_the_value_worked_by_hand(metric, k, expected):
    assert metric(RANKED, RELEVANT, k=k) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", [accuracy, precision, recall, mrr, average_precision, ndcg])
def test_nothing_relevant_found_scores_zero_and_an_empty_list_too(metric):
    assert metric(["x", "y"], {"a"}, k=2) == 0.0
    assert metric([], {"a"}, k=2) == 0.0


def test_a_perfect_ranking_scores_one_though_more_is_relevant_than_k():
    relevant = {"a", "b", "c", "d"}
    assert ndcg(["d", "c"], relevant, k=2) == 1.0
    assert average_precision(["d", "c"], relevant, k=2) == 1.0
    assert precision(["d", "c"], relevant, k=2) == 1.0
    assert recall(["d", "c"], relevant, k=2) == 0.5


@pytest.mark.parametrize("metric", [accuracy, precision, recall, mrr, average_precision, ndcg])
def test_no_relevant_id_and_a_cut_off_below_one_are_defects(metric):
    with pytest.raises(ValueError, match="undefined"):
        metric(["a"], set(), k=1)
    with pytest.raises(ValueError, match="at least 1"):
        metric(["a"], {"a"}, k=0)


def test_graded_gain_is_linear_and_the_ideal_orders_by_grade():
    grades = {"a": 3.0, "b": 1.0, "c": 2.0, "d": 0.0}
    expected = (1 + 3 / math.log2(3)) / (3 + 2 / math.log2(3))
    assert graded_ndcg(["b", "a", "d"], grades, k=2) == pytest.approx(expected, abs=1e-12)


def test_grades_of_one_give_the_binary_measure():
    assert graded_ndcg(RANKED, dict.fromkeys(RELEVANT, 1.0), k=5) == ndcg(RANKED, RELEVANT, k=5)


def test_graded_ndcg_refuses_negative_grades_and_a_question_without_gain():
    with pytest.raises(ValueError, match="negative"):
        graded_ndcg(["a"], {"a": 1.0, "b": -1.0}, k=1)
    with pytest.raises(ValueError, match="undefined"):
        graded_ndcg(["a"], {"a": 0.0}, k=1)


def test_gain_at_the_first_rank_is_not_discounted():
    assert discounted_gain([1.0]) == 1.0
    assert discounted_gain([0.0, 1.0]) == pytest.approx(1 / math.log2(3), abs=1e-12)


def test_the_card_table_has_the_reference_cards_metrics_in_their_order():
    assert [metric.name for metric in CARD_METRICS] == [
        *("accuracy@1", "accuracy@3", "accuracy@5", "accuracy@10"),
        *("precision@1", "precision@3", "precision@5", "precision@10"),
        *("recall@1", "recall@3", "recall@5", "recall@10"),
        *("ndcg@10", "mrr@10", "map@100"),
    ]


def random_questions(seed):
    """60 questions over 150 articles, 1 to 130 of them relevant; scores in steps of a quarter, so most are tied."""
    random = np.random.default_rng(seed)
    articles = [f"a{number:03d}" for number in range(150)]
    scores = np.round(random.normal(size=(60, 150)) * 4).astype(np.float32) / 4
    relevant = [
        {articles[i] for i in random.choice(150, size=random.choice([1, 1, 2, 5, 130]), replace=False)} for _ in scores
    ]
    return articles, scores, relevant


def means(articles, scores, relevant, *, ties):
    """Every card metric, averaged; `ties` orders equal scores by rising or falling id, as the library compared with."""
    sums = dict.fromkeys((metric.name for metric in CARD_METRICS), 0.0)
    for line, gold in zip(scores, relevant, strict=True):
        order = sorted(range(len(articles)), key=lambda i: (-line[i], i if ties == "rising" else -i))[:100]
        for metric in CARD_METRICS:
            sums[metric.name] += metric([articles[i] for i in order], gold) / len(relevant)
    return sums


@pytest.mark.parametrize("seed", [1, 2])
def test_agrees_with_the_evaluator_of_sentence_transformers(seed):
    torch = pytest.importorskip("torch")
    from sentence_transformers.sentence_transformer.evaluation import (  # noqa: PLC0415 -- 15 CPU-s, only where it runs
        InformationRetrievalEvaluator,
    )

    articles, scores, relevant = random_questions(seed)

    class QuestionModel:
        """Embeds question i as unit vector i, so that the inner product with column i of the scores is the score."""

        def encode_query(self, texts, **_):
            return torch.eye(len(scores))[[int(text) for text in texts]]

    evaluator = InformationRetrievalEvaluator(
        queries={str(i): str(i) for i in range(len(scores))},
        corpus={article: article for article in articles},
        relevant_docs={str(i): gold for i, gold in enumerate(relevant)},
        score_functions={"dot": lambda queries, passages: queries @ passages.T},
        show_progress_bar=False,
    )
    theirs = evaluator.compute_all_metrics(QuestionModel(), corpus_embeddings=torch.from_numpy(scores.T.copy()))["dot"]

    ours = means(articles, scores, relevant, ties="rising")
    assert ours == pytest.approx(
        {name: theirs[name.split("@")[0] + "@k"][int(name.split("@")[1])] for name in ours}, abs=1e-6
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_agrees_with_trec_eval_and_average_precision_differs_by_its_stated_denominator(seed):
    ir_measures = pytest.importorskip("ir_measures")
    from ir_measures import AP, RR, P, R, Success, nDCG  # noqa: PLC0415 -- only where the library is installed

    articles, scores, relevant = random_questions(seed)
    theirs_by_name = {
        **{f"accuracy@{k}": Success @ k for k in (1, 3, 5, 10)},
        **{f"precision@{k}": P @ k for k in (1, 3, 5, 10)},
        **{f"recall@{k}": R @ k for k in (1, 3, 5, 10)},
        "ndcg@10": nDCG @ 10,
        "mrr@10": RR,
        "map@100": AP @ 100,
    }
    run = [ir_measures.ScoredDoc(str(q), a, float(scores[q, i])) for q in range(60) for i, a in enumerate(articles)]
    gold = [ir_measures.Qrel(str(q), a, 1) for q in range(60) for a in relevant[q]]
    pytrec = ir_measures.pytrec_eval
    values = {}
    for metric in pytrec.iter_calc(list(theirs_by_name.values()), gold, run):
        values.setdefault(metric.measure, {})[int(metric.query_id)] = metric.value
    # trec_eval knows no cut-off for the reciprocal rank: beyond rank 10 ours is 0.
    values[RR] = {q: v if v >= 1 / 10 else 0.0 for q, v in values[RR].items()}
    # It divides average precision by all relevant ids, the evaluator of sentence-transformers by min(k, relevant).
    values[AP @ 100] = {q: v * len(relevant[q]) / min(100, len(relevant[q])) for q, v in values[AP @ 100].items()}

    ours = means(articles, scores, relevant, ties="falling")
    assert ours == pytest.approx({name: np.mean([*values[m].values()]) for name, m in theirs_by_name.items()}, abs=1e-6)


def test_graded_ndcg_agrees_with_trec_eval():
    pytrec_eval = pytest.importorskip("pytrec_eval")
    random = np.random.default_rng(3)
    grades = {f"a{i:03d}": int(grade) for i, grade in enumerate(random.integers(0, 4, size=40))}
    ranked = [f"a{i:03d}" for i in random.permutation(60)]
    run = {"q": {article: float(-rank) for rank, article in enumerate(ranked)}}
    theirs = pytrec_eval.RelevanceEvaluator({"q": grades}, {"ndcg_cut.10"}).evaluate(run)["q"]["ndcg_cut_10"]
    assert graded_ndcg(ranked, grades, k=10) == pytest.approx(theirs, abs=1e-6)
