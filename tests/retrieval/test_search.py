"""Search over a real small release: what is found, in which order, by which arm, and what may not be found."""

import threading

import numpy as np
import pytest

from index.errors import ReleaseError
from index.lexical import LexicalIndex
from index.release import Release
from retrieval.fusion import Calibration
from retrieval.search import ArticleSearch, Filters
from tests.fakes import BruteForceIndex, HashEmbedder
from tests.law_sample import HARBOUR, LONG, corpus, ids, open_search, with_two_versions

DENSE_ALONE = Calibration(shares={}, otherwise=1.0)
LEXICAL_ALONE = Calibration(shares={}, otherwise=0.0)


class CountingEmbedder(HashEmbedder):
    """Counts the questions it embeds."""

    asked = 0

    def embed_queries(self, texts):
        self.asked += 1
        return super().embed_queries(texts)


@pytest.fixture
def search(tmp_path):
    return open_search(tmp_path)


@pytest.mark.parametrize("mode", ["dense", "lexical", "fused", None])
def test_every_mode_finds_the_article_that_answers(tmp_path, mode):
    found = open_search(tmp_path, mode=mode).search("Which light does a vessel at anchor show?", k=3)
    assert found[0].article.id == "harbour#3"
    assert [hit.rank for hit in found] == [1, 2, 3]
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_a_hit_carries_its_law_article_version_and_best_passage(search):
    (hit,) = search.search("When does a vessel take two tugs?", k=1)
    assert (hit.law.id, hit.article.label, hit.version.heading) == ("harbour", "Article 4", "Entry")
    assert LONG[hit.passage.start : hit.passage.end].startswith("2. Tugs.")


def test_an_article_of_several_passages_is_found_once(search):
    found = ids(search.search("pilot tugs quarantine vessel", k=20))
    assert found.count("harbour#4") == 1
    assert len(found) == len(set(found))


def test_an_article_with_several_versions_is_found_once_at_its_better_one(tmp_path):
    search = open_search(tmp_path, with_two_versions())
    (hit,) = search.search("Is the fee twenty crowns?", k=5)
    assert hit.version.id == "harbour#1@2011-01-01"


def test_dense_scores_are_the_cosines_of_every_hit_also_of_those_that_words_found(tmp_path):
    search = open_search(tmp_path)
    question = "fees for mooring"
    matrix = HashEmbedder().embed_queries([question])[0]
    release = Release.open(tmp_path)
    vectors = np.load(release.file("vectors.faiss"))
    rows = {(p.version_id, p.start): row for row in range(release.passage_count) for p in [release.passage(row)]}
    for hit in search.search(question, k=20):
        row = rows[hit.passage.version_id, hit.passage.start]
        assert hit.dense == pytest.approx(float(vectors[row] @ matrix), abs=1e-6)


def test_lexical_scores_are_those_of_the_lexical_index_and_0_where_no_word_is_shared(tmp_path):
    search = open_search(tmp_path)
    question = "Which light does a vessel at anchor show?"
    lexical = LexicalIndex.open(Release.open(tmp_path).folder("lexical"))
    scores, _ = lexical.search(question, 100, lang="en")
    found = search.search(question, k=20)
    assert found[0].lexical == pytest.approx(float(scores[0]), abs=1e-6)
    assert {hit.lexical for hit in found if hit.law.lang != "en"} == {0.0}


@pytest.mark.parametrize(("mode", "asked"), [("dense", 1), ("lexical", 0), ("fused", 1)])
def test_an_arm_that_was_not_asked_says_nothing(tmp_path, mode, asked):
    embedder = CountingEmbedder()
    search = open_search(tmp_path, mode=mode, embedder=embedder)
    before = embedder.asked
    (hit, *_) = search.search("mooring fees", k=2)
    assert (hit.dense is not None, hit.lexical is not None) == (mode != "lexical", mode != "dense")
    assert embedder.asked - before == asked


@pytest.mark.parametrize(("calibration", "mode"), [(DENSE_ALONE, "dense"), (LEXICAL_ALONE, "lexical")])
def test_a_share_of_one_arm_alone_is_that_arm(tmp_path, calibration, mode):
    alone = open_search(tmp_path, mode=mode)
    fused = open_search(tmp_path, calibration=calibration)
    for question in ("mooring fees", "Where is fish sold?", "Who boards at the outer buoy?"):
        assert fused.search(question, k=5) == alone.search(question, k=5)


def test_fused_order_is_the_weighted_mean_of_standard_scores(tmp_path):
    share = 0.3
    search = open_search(tmp_path, corpus(long=False), calibration=Calibration(shares={"en": share}, otherwise=0.9))
    question = "fees for fishing boats"
    release = Release.open(tmp_path)
    vectors = np.load(release.file("vectors.faiss"))
    cosines = vectors @ HashEmbedder().embed_queries([question])[0]
    english = [
        row for row in range(len(vectors)) if "Act" in release.laws[tuple(release.laws)[release.passage_law[row]]].title
    ]
    words = np.zeros(len(vectors))
    scores, rows = LexicalIndex.open(release.folder("lexical")).search(question, 100, lang="en")
    words[rows] = scores
    standard = (cosines - cosines.mean()) / cosines.std()
    shared = (words - words[english].mean()) / words[english].std()  # rivals are the passages in its language
    expected = share * standard + (1 - share) * shared
    found = search.search(question, k=8)
    by_version = {release.passage(row).version_id: expected[row] for row in range(len(vectors))}
    assert [hit.score for hit in found] == pytest.approx([by_version[hit.version.id] for hit in found], abs=1e-6)
    assert ids(found)[0] == "harbour#2"


@pytest.mark.parametrize("mode", ["dense", "lexical", "fused"])
@pytest.mark.parametrize(
    ("filters", "laws"),
    [
        (Filters(laws=frozenset({"market"})), {"market"}),
        (Filters(langs=frozenset({"es"})), {"puerto"}),
        (Filters(langs=frozenset({"en"}), jurisdictions=frozenset({"XX", "YY"})), {"harbour"}),
        (Filters(laws=frozenset({"market", "puerto"}), langs=frozenset({"en", "es"})), {"market", "puerto"}),
    ],
)
def test_only_law_that_passes_the_filters_is_found(tmp_path, mode, filters, laws):
    search = open_search(tmp_path, mode=mode)
    found = search.search("mooring fees of a vessel, tarifas de atraque, stall", k=20, filters=filters)
    assert {hit.law.id for hit in found} <= laws
    if mode != "lexical":
        assert {hit.law.id for hit in found} == laws  # the dense arm ranks all that may be found


def test_law_of_an_unknown_jurisdiction_never_passes_a_jurisdiction(search):
    found = search.search("stall fees", k=20, filters=Filters(jurisdictions=frozenset({"XX", "YY", "ZZ"})))
    assert {hit.law.id for hit in found} == {"harbour", "puerto", "cang"}


def test_filters_that_nothing_passes_find_nothing(search):
    assert search.search("mooring fees", k=5, filters=Filters(laws=frozenset({"no such law"}))) == ()


@pytest.mark.parametrize("question", ["", "   ", "?!", "\n"])
def test_a_question_without_a_letter_or_digit_finds_nothing(search, question):
    assert search.search(question, k=5) == ()


def test_a_question_of_100_000_characters_is_answered(search):
    assert len(search.search("vessel light " * 8_000, k=3)) == 3


def test_words_of_another_language_do_not_count_where_the_questions_own_has_law(search):
    found = search.search("¿Cuándo se pagan las tarifas de atraque?", k=10)
    assert found[0].article.id == "puerto#2"
    assert {hit.lexical for hit in found if hit.law.id != "puerto"} == {0.0}


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_question_in_a_language_without_law_is_left_to_the_dense_arm_whatever_the_share(tmp_path, share):
    search = open_search(tmp_path, calibration=Calibration(shares={"es": share}, otherwise=share))
    english = Filters(langs=frozenset({"en"}))
    found = search.search("¿Qué luz muestra un buque en harbour office?", k=3, filters=english)
    assert [hit.lexical for hit in found] == [None, None, None]
    assert found[0].article.id == "harbour#1"


def test_the_lexical_mode_finds_shared_names_in_another_language(tmp_path):
    search = open_search(tmp_path, mode="lexical")
    found = search.search("¿Qué dice sobre el harbour office?", k=3, filters=Filters(langs=frozenset({"en"})))
    assert found[0].article.id == "harbour#1"


def test_words_that_no_law_holds_leave_the_dense_arm(tmp_path):
    search = open_search(tmp_path, calibration=LEXICAL_ALONE)
    found = search.search("Is zymurgy taught?", k=3)
    assert len(found) == 3
    assert {hit.lexical for hit in found} == {None}


def test_language_is_told_among_those_of_the_law_where_the_question_is_too_short(search):
    assert search.language("¿Cuándo se pagan las tarifas?") == "es"
    assert search.language("33") is None
    assert search.language("33", filters=Filters(laws=frozenset({"cang"}))) == "vi"


def test_fewer_hits_are_the_beginning_of_more(search):
    for question in ("mooring fees", "vessel", "Where is fish sold?"):
        assert ids(search.search(question, k=3)) == ids(search.search(question, k=9))[:3]


def test_equal_articles_stand_in_the_order_of_the_law(tmp_path):
    twins = [(HARBOUR, number, "Twins", "Twin berths are numbered alike.") for number in ("7", "7b")]
    others = [(HARBOUR, str(number), "", f"Berth {number} is for ferries.") for number in range(8, 12)]
    for mode in ("dense", "lexical", "fused"):
        search = open_search(tmp_path / mode, corpus(articles=[*twins, *others], long=False), mode=mode)
        first, second, *_ = search.search("twin berths", k=5)
        assert ids([first, second]) == ["harbour#7", "harbour#7b"]
        assert first.score == second.score


def test_more_passages_are_asked_for_when_one_article_takes_all_places(tmp_path):
    endless = "\n".join(
        f"{mile}. The dredger clears the fairway at mile {mile}, at spring tide." for mile in range(700)
    )
    articles = [
        (HARBOUR, "1", "Dredging", endless),
        (HARBOUR, "2", "Charts", "The chart of the fairway is kept by the office."),
    ]
    search = open_search(tmp_path, corpus(articles=articles, long=False))
    found = search.search("When does the dredger clear the fairway at spring tide?", k=2)
    assert ids(found) == ["harbour#1", "harbour#2"]


def test_searches_from_many_threads_agree_with_one(search):
    questions = ["mooring fees", "Where is fish sold?", "white light", "yellow flag", "twin tugs"] * 4
    alone = [search.search(question, k=5) for question in questions]
    together = [()] * len(questions)

    def ask(place):
        together[place] = search.search(questions[place], k=5)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_another_embedder_and_indexes_of_other_law_are_refused(tmp_path):
    open_search(tmp_path)
    release = Release.open(tmp_path)
    lexical = LexicalIndex.open(release.folder("lexical"))
    vectors = BruteForceIndex(np.load(release.file("vectors.faiss")))
    with pytest.raises(ReleaseError, match="made by the embedder words"):
        ArticleSearch(release, vectors=vectors, lexical=lexical, embedder=HashEmbedder(64))
    with pytest.raises(ReleaseError, match="do not fit together"):
        ArticleSearch(release, vectors=BruteForceIndex(vectors.matrix[1:]), lexical=lexical, embedder=HashEmbedder())


def test_an_unknown_mode_is_a_defect(tmp_path):
    with pytest.raises(ValueError, match="sparse"):
        open_search(tmp_path, mode="sparse")


def test_asking_for_no_article_is_a_defect(search):
    with pytest.raises(ValueError, match="at least 1"):
        search.search("mooring fees", k=0)
