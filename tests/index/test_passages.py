"""Where articles are cut, and what the embedder reads."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import Article, ArticleVersion, Law, Passage, Provision, ProvisionKind
from index.passages import cut_passages, embedded_text
from index.structure import parse_provisions


def version(text, *, lang="en", heading=""):
    return ArticleVersion("law#1", "law#1", heading, text, lang)


def pieces(text, *, max_chars, provisions=(), lang="en"):
    passages = cut_passages(version(text, lang=lang), provisions, max_chars=max_chars)
    return [text[passage.start : passage.end] for passage in passages]


def test_a_short_article_is_one_passage():
    assert cut_passages(version("Short."), (), max_chars=8) == (Passage("law#1", 0, 6),)


def test_an_article_without_text_is_found_by_its_heading():
    assert cut_passages(version("", heading="Repealed"), (), max_chars=100) == (Passage("law#1", 0, 0),)


def test_an_article_with_neither_text_nor_heading_has_no_passage():
    assert cut_passages(version(""), (), max_chars=100) == ()


def test_a_long_article_is_cut_before_a_clause():
    first, second = "1. Aaaa bbbb. Cccc dddd eeee.\n", "2. Ffff gggg. Hhhh iiii."
    clauses = [
        Provision("law#1", ProvisionKind.CLAUSE, ("1",), 0, len(first) - 1),
        Provision("law#1", ProvisionKind.CLAUSE, ("2",), len(first), len(first + second)),
    ]
    assert pieces(first + second, max_chars=40, provisions=clauses) == [first, second]


def test_a_clause_is_a_better_end_than_a_line_nearer_to_the_middle():
    text = "1. Intro words:\na) one\nb) two\nc) three\n2. Another clause of it."
    start = text.index("2.")
    clauses = [
        Provision("law#1", ProvisionKind.CLAUSE, ("1",), 0, start - 1),
        Provision("law#1", ProvisionKind.CLAUSE, ("2",), start, len(text)),
    ]
    assert pieces(text, max_chars=50, provisions=clauses)[1] == "2. Another clause of it."
    assert pieces(text, max_chars=50)[1] == "c) three\n2. Another clause of it."


def test_without_structure_the_cut_is_at_a_line_end_then_a_sentence_end_then_a_space():
    assert pieces("One two three.\nFour five six.", max_chars=20) == ["One two three.\n", "Four five six."]
    assert pieces("One two three. Four five six.", max_chars=20) == ["One two three. ", "Four five six."]
    assert pieces("One two three four five six", max_chars=20) == ["One two three ", "four five six"]


def test_an_abbreviation_does_not_end_a_sentence():
    assert pieces("As art. 5 and art. 6 of it say. And so it is done.", max_chars=32) == [
        "As art. 5 and art. 6 of it say. ",
        "And so it is done.",
    ]


def test_chinese_is_cut_at_punctuation_and_counts_double():
    assert pieces("第一句话在这里。第二句话在那里。", max_chars=20, lang="zh") == [
        "第一句话在这里。",
        "第二句话在那里。",
    ]
    assert pieces("一" * 40, max_chars=20, lang="zh") == ["一" * 10] * 4


def test_a_word_longer_than_a_passage_is_cut_but_keeps_its_marks():
    text = "x" * 9 + "e\u0301" + "y" * 9
    assert pieces(text, max_chars=12) == ["x" * 9, "e\u0301" + "y" * 9]


def test_a_limit_too_small_to_cut_by_is_a_defect():
    with pytest.raises(ValueError, match="at least 8, not 7"):
        cut_passages(version("x"), (), max_chars=7)


WORDS = st.lists(st.sampled_from(["ley", "artículo", "Điều", "1.", "a)", "fin.", "\n", "条。", "x" * 30]), max_size=300)


@given(words=WORDS, max_chars=st.integers(8, 200), lang=st.sampled_from(["en", "es", "vi", "zh"]))
def test_passages_tile_the_text_and_none_is_too_long_or_a_scrap(words, max_chars, lang):
    text = " ".join(words).strip()
    provisions = parse_provisions(text, lang=lang, version_id="law#1")
    found = pieces(text, max_chars=max_chars, provisions=provisions, lang=lang)
    limit = max(max_chars // 2, 8) if lang == "zh" else max_chars
    assert "".join(found) == text
    assert all(len(piece) <= limit for piece in found)
    assert len(found) < 2 or min(map(len, found)) >= limit // 4


@given(words=st.lists(st.text(alphabet="abcdé.,", min_size=1, max_size=12), min_size=1, max_size=200))
def test_no_word_is_cut_where_words_are_shorter_than_the_window(words):
    text = " ".join(words)
    for piece in pieces(text, max_chars=60)[:-1]:
        assert re.search(r"\s$", piece)


LAW = Law("law", "Act on Mills", "en")
ARTICLE = Article("law#1", "law", "Article 1", "1")


def test_the_embedder_reads_law_label_and_heading_before_the_passage():
    with_heading = version("1. Mills turn.\n2. They stop.", heading="Turning")
    assert embedded_text(LAW, ARTICLE, with_heading, Passage("law#1", 15, 28)) == (
        "Act on Mills\nArticle 1. Turning\n2. They stop."
    )
    assert embedded_text(LAW, ARTICLE, version("Mills."), Passage("law#1", 0, 6)) == "Act on Mills\nArticle 1\nMills."


def test_an_article_without_text_is_embedded_by_its_heading():
    assert embedded_text(LAW, ARTICLE, version("", heading="Old"), Passage("law#1", 0, 0)) == (
        "Act on Mills\nArticle 1. Old"
    )


@pytest.mark.real_law
@pytest.mark.parametrize("name", ["es_core", "vi_core", "en_core", "en_pdpa"])
def test_passages_of_real_law_are_balanced_and_end_between_words(law_data, name):
    from index.importers.registry import read_corpus  # noqa: PLC0415 - only here

    forced = total = 0
    for article in read_corpus([law_data / "corpora" / f"{name}.articles.jsonl.gz"]).versions:
        provisions = parse_provisions(article.text, lang=article.lang, version_id=article.id)
        found = cut_passages(article, provisions, max_chars=1200)
        texts = [article.text[passage.start : passage.end] for passage in found]
        assert "".join(texts) == article.text
        assert all(len(text) <= 1200 for text in texts)
        assert len(texts) < 2 or min(map(len, texts)) >= 300
        forced += sum(not re.search(r"\s$", text) for text in texts[:-1])
        total += len(texts)
    assert total > 0
    assert forced == 0
