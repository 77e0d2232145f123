from collections import Counter

import pytest

from index.articles import Article, ArticleVersion, Corpus, Law, Status
from index.importers.registry import read_corpus
from retrieval.headings import heading_pairs

TEXT = "Whoever moors a vessel in the harbour pays the fee on the day of arrival."


def law_of(*rows, laws=("Harbour Act", "Market Act")) -> Corpus:
    """Rows of (law, number, heading, path, text, status)."""
    articles, versions = [], []
    for law, number, heading, *rest in rows:
        path, text, status = [*rest, *((), TEXT, Status.UNKNOWN)[len(rest) :]]
        one = f"{law}#{number}"
        articles.append(Article(one, law, f"Article {number}", str(number), path=path))
        versions.append(ArticleVersion(one, one, heading, text, "en", status=status))
    return Corpus(tuple(Law(title, title, "en") for title in laws), tuple(articles), tuple(versions))


def questions(corpus: Corpus) -> dict[str, str]:
    return {pair.article_id: pair.question for pair in heading_pairs(corpus, source="s").pairs}


def test_a_heading_of_its_own_asks_for_its_article_without_that_heading():
    (pair,) = heading_pairs(law_of(("Harbour Act", 1, "Mooring fees.")), source="headings:x").pairs
    assert (pair.question, pair.article_id, pair.lang, pair.source) == (
        "Mooring fees",
        "Harbour Act#1",
        "en",
        "headings:x",
    )
    assert pair.without_heading


def test_a_heading_that_several_laws_have_names_its_law_however_it_is_written():
    corpus = law_of(("Harbour Act", 1, "Entry into force"), ("Market Act", 1, "ENTRY INTO FORCE."))
    assert questions(corpus) == {
        "Harbour Act#1": "Entry into force, Harbour Act",
        "Market Act#1": "ENTRY INTO FORCE, Market Act",
    }


def test_a_heading_that_returns_within_a_law_names_its_chapter():
    corpus = law_of(
        ("Harbour Act", 1, "Appeals", ("TITLE I", "Boats")),
        ("Harbour Act", 9, "Appeals", ("TITLE I", "Cranes")),
    )
    assert questions(corpus) == {
        "Harbour Act#1": "Appeals (Boats), Harbour Act",
        "Harbour Act#9": "Appeals (Cranes), Harbour Act",
    }


def test_articles_that_nothing_tells_apart_give_no_pair():
    assert questions(law_of(("Harbour Act", 1, "Appeals"), ("Harbour Act", 2, "Appeals"))) == {}


def test_what_teaches_nothing_is_left_out_and_counted():
    made = heading_pairs(
        law_of(
            ("Harbour Act", 1, ""),
            ("Harbour Act", 2, ")"),
            ("Harbour Act", 3, "Lights", (), TEXT, Status.REPEALED),
            ("Harbour Act", 4, "Ropes", (), "(Repealed)"),
            ("Harbour Act", 5, "word " * 61),
            ("Harbour Act", 6, "Fees"),
        ),
        source="s",
    )
    assert [pair.article_id for pair in made.pairs] == ["Harbour Act#6"]
    assert dict(made.counts) == {
        "articles with a heading": 4,
        "repealed": 1,
        "text under 40 characters": 1,
        "heading over 60 words": 1,
        "heading, law and chapter name several articles": 0,
        "question: heading": 1,
        "question: heading and law": 0,
        "question: heading, chapter and law": 0,
    }


@pytest.mark.real_law
@pytest.mark.parametrize(("name", "least"), [("vi_law", 4_000), ("en_core", 205)])
def test_real_statutes_give_one_pair_for_nearly_every_heading(law_data, name, least):
    pairs = heading_pairs(read_corpus([law_data / "corpora" / f"{name}.articles.jsonl.gz"]), source=name).pairs
    assert len(pairs) >= least
    assert max(Counter(pair.question.casefold() for pair in pairs).values()) == 1
