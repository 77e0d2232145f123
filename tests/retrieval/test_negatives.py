import pytest

from index.articles import Article, ArticleVersion, Corpus, Law, Status
from retrieval.negatives import mine_negatives
from retrieval.pairs import Pair

ABOUT = "A vessel that moors in the harbour pays a mooring fee of ten crowns to the harbour office on its arrival."
ROWS = (  # law, number, chapter, heading, text
    ("harbour", 1, "Fees", "Mooring", ABOUT),
    ("harbour", 2, "Fees", "Cranes", "Whoever uses a crane pays for each hour that the crane is used on the quay."),
    ("harbour", 3, "Fees", "Water", "Fresh water is sold by the ton to whoever asks for it before noon, at cost."),
    ("harbour", 4, "Order", "Lights", "A vessel at anchor shows a white light from dusk to dawn, and two in fog."),
    ("harbour", 5, "Order", "Arrival", "The master of a vessel reports its arrival to the harbour office in writing."),
    ("old", 1, "Fees", "Mooring dues", ABOUT.replace("ten", "five")),  # the same rule in a superseded law
    ("river", 1, "Fees", "Mooring", "On the river a boat is made fast at the owner's risk and at no charge at all."),
)
QUESTION = "What mooring fee does a vessel pay to the harbour office on arrival?"
ASKED = Pair(QUESTION, "harbour#1", "en", "s")


def corpus(rows=ROWS, **statuses) -> Corpus:
    laws = tuple(Law(law, f"{law.title()} Act", "en") for law in dict.fromkeys(row[0] for row in rows))
    articles = tuple(Article(f"{law}#{n}", law, f"Article {n}", str(n), path=(path,)) for law, n, path, *_ in rows)
    versions = tuple(
        ArticleVersion(one.id, one.id, row[3], row[4], "en", status=statuses.get(one.id, Status.UNKNOWN))
        for one, row in zip(articles, rows, strict=True)
    )
    return Corpus(laws, articles, versions)


def mined(*pairs, law=None, **options):
    return mine_negatives(pairs or (ASKED,), law or corpus(), **{"count": 3, **options})


def test_negatives_are_the_similar_articles_that_do_not_answer_hardest_first():
    (pair,) = mined(from_chapter=0).pairs
    assert pair.negatives[0] == "harbour#5"  # harbour office, arrival, vessel
    assert len(pair.negatives) == 3
    assert "harbour#1" not in pair.negatives


def test_the_answer_in_a_superseded_law_is_no_negative():
    result = mined(count=6)
    assert "old#1" not in result.pairs[0].negatives
    assert dict(result.counts)["left out: nearly the same text"] == 1


def test_an_article_of_the_same_heading_is_no_negative():
    result = mined(count=6)
    assert "river#1" not in result.pairs[0].negatives
    assert dict(result.counts)["left out: has the same heading"] == 1


def test_what_answers_the_same_question_or_nearly_the_same_is_no_negative():
    other = Pair("What mooring fee does a vessel pay to the harbour office upon arrival?", "harbour#5", "en", "s")
    assert "harbour#5" not in mined(count=6, known=[other]).pairs[0].negatives
    first, second = mined(ASKED, other, count=6).pairs
    assert "harbour#5" not in first.negatives
    assert "harbour#1" not in second.negatives


def test_an_article_far_above_the_answer_by_bm25_is_no_negative():
    pair = Pair("Which light does a vessel at anchor show from dusk to dawn in fog?", "harbour#1", "en", "s")
    result = mined(pair, count=6)
    assert "harbour#4" not in result.pairs[0].negatives
    assert dict(result.counts)["left out: far above the positive by BM25"] >= 1


def test_a_repealed_article_is_no_negative():
    assert "harbour#5" not in mined(law=corpus(**{"harbour#5": Status.REPEALED}), count=6).pairs[0].negatives


def test_neighbours_of_the_chapter_are_taken_though_nothing_in_them_matches():
    rows = [*ROWS, ("harbour", 6, "Fees", "Zinc", "Zinc plates: buy none, keep none, sell none; thus says everyone.")]
    pair = Pair("mooring", "harbour#1", "en", "s")
    (found,) = mined(pair, law=corpus(rows), count=3, from_chapter=3).pairs
    assert set(found.negatives) == {"harbour#2", "harbour#3", "harbour#6"}


def test_what_the_teacher_finds_as_good_as_the_answer_is_no_negative():
    asked = []

    def teacher(questions_and_passages):
        asked.extend(questions_and_passages)
        return [
            {"Mooring": 0.8, "Arrival": 0.77, "Cranes": 0.75}.get(passage.splitlines()[1].split(". ")[1], 0.1)
            for _, passage in questions_and_passages
        ]

    (pair,) = mined(count=6, teacher=teacher).pairs
    assert "harbour#5" not in pair.negatives  # .77 is above 95 % of .80
    assert "harbour#2" in pair.negatives  # .75 is below
    assert (QUESTION, f"Harbour Act\nArticle 1. Mooring\n{ABOUT}") in asked
    assert len(asked) == len(set(asked))


def test_a_pair_with_too_few_candidates_has_fewer_negatives_and_is_counted():
    result = mined(law=corpus(ROWS[:2]), count=3)
    assert result.pairs[0].negatives == ("harbour#2",)
    assert dict(result.counts)["pairs with fewer than asked"] == 1


def test_progress_is_told_pair_by_pair():
    told = []
    mined(ASKED, ASKED, on_pair=told.append)
    assert told == [1, 2]


def test_no_negatives_at_all_are_refused():
    with pytest.raises(ValueError, match="count is 0"):
        mined(count=0)
