import gzip
import json
import unicodedata

import pytest

from index.articles import Article, ArticleVersion, Corpus, Law
from retrieval.pair_statistics import Lengths, statistics
from retrieval.pairs import Pair, PairsError, pair_line, read_pairs, write_pairs
from retrieval.questions import QuestionsError
from retrieval.training_texts import nearest
from tests.law_sample import LONG, corpus


def write(path, *rows):
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def line(question="When are fees due?", article="harbour#2", **more):
    return {"question": question, "article": article, **more}


OTHER = line("Which light?", "harbour#3")


def test_a_pair_comes_back_as_it_was_written(tmp_path):
    pairs = (
        Pair("¿Quién informa?", "puerto#1", "es", "by hand", ("puerto#2", "harbour#1")),
        Pair("Lights", "harbour#3", "en", "headings:x", without_heading=True),
    )
    write_pairs(pairs, tmp_path / "pairs.jsonl")
    assert read_pairs([tmp_path / "pairs.jsonl"], corpus()).pairs == pairs
    assert [path.name for path in tmp_path.iterdir()] == ["pairs.jsonl"]


def test_what_a_line_does_not_say_comes_from_its_article_and_its_file(tmp_path):
    path = write(tmp_path / "mine.pairs.jsonl", line("Ai nộp phí?", "cang#1"), OTHER)
    first, _ = read_pairs([path], corpus()).pairs
    assert (first.lang, first.source, first.negatives, first.without_heading) == ("vi", "mine", (), False)


def test_compressed_pairs_in_decomposed_letters_are_read_composed(tmp_path):
    path = tmp_path / "p.jsonl.gz"
    decomposed = unicodedata.normalize("NFD", "Ai nộp phí?")
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps(line(decomposed, "cang#1")) + "\n" + json.dumps(OTHER) + "\n")
    assert read_pairs([path], corpus()).pairs[0].question == unicodedata.normalize("NFC", decomposed)


def test_the_passage_is_what_the_index_embeds_and_may_leave_the_heading_out(tmp_path):
    path = write(tmp_path / "p.jsonl", line(), line("Fees", without_heading=True), OTHER)
    read = read_pairs([path], corpus())
    text = "Mooring fees are due on the day of arrival. Fishing boats pay half."
    assert read.positive(read.pairs[0]) == f"Harbour Act\nArticle 2. Fees\n{text}"
    assert read.positive(read.pairs[1]) == f"Harbour Act\nArticle 2\n{text}"


def test_a_first_line_that_repeats_the_heading_is_left_out_with_it(tmp_path):
    law = Law("x", "X Act", "en")
    articles = (Article("x#1", "x", "Article 1", "1"), Article("x#2", "x", "Article 2", "2"))
    texts = ("LIGHT SIGNALS.\nA ship shows one.", "Light signals are lit at dusk.")
    versions = tuple(
        ArticleVersion(article.id, article.id, "Light signals", text, "en")
        for article, text in zip(articles, texts, strict=True)
    )
    path = write(tmp_path / "p.jsonl", *(line("Light signals", one.id, without_heading=True) for one in articles))
    read = read_pairs([path], Corpus((law,), articles, versions))
    assert read.positive(read.pairs[0]) == "X Act\nArticle 1\nA ship shows one."
    assert read.positive(read.pairs[1]) == "X Act\nArticle 2\nLight signals are lit at dusk."


@pytest.mark.parametrize(
    ("question", "clause"), [("Who boards at the buoy?", 0), ("How many tugs?", 1), ("Which flag with fever?", 2)]
)
def test_of_a_long_article_the_passage_nearest_to_the_question_is_trained_on(tmp_path, question, clause):
    path = write(tmp_path / "p.jsonl", line(question, "harbour#4"), line(negatives=["harbour#4"]))
    read = read_pairs([path], corpus(), max_chars=120)
    assert read.positive(read.pairs[0]) == f"Harbour Act\nArticle 4. Entry\n{LONG.splitlines()[clause]}"
    assert len(read.negative_texts(read.pairs[1])) == 1


def test_where_nothing_tells_passages_apart_the_first_is_taken():
    assert nearest("Harbour Act", ["Harbour Act\none", "Harbour Act\ntwo"], lang="en") == "Harbour Act\none"


def test_a_labelled_question_becomes_a_pair_for_each_article_and_wording(tmp_path):
    labelled = {"id": "1", "question": "Due when?", "variants": ["When?"], "relevant": ["harbour#1", "harbour#2"]}
    silent = {"id": "2", "question": "Weather?", "relevant": []}
    abstain = {"id": "3", "question": "Moon?", "relevant": ["harbour#1"], "must_abstain": True}
    read = read_pairs([write(tmp_path / "asked.questions.jsonl", labelled, silent, abstain)], corpus())
    assert [(pair.question, pair.article_id, pair.lang, pair.source) for pair in read.pairs] == [
        ("Due when?", "harbour#1", "en", "asked"),
        ("When?", "harbour#1", "en", "asked"),
        ("Due when?", "harbour#2", "en", "asked"),
        ("When?", "harbour#2", "en", "asked"),
    ]


def test_equal_pairs_of_two_files_are_read_once(tmp_path):
    paths = [write(tmp_path / name, line(), OTHER) for name in ("a.jsonl", "b.jsonl")]
    assert [pair.source for pair in read_pairs(paths, corpus()).pairs] == ["a", "a"]


@pytest.mark.parametrize("split", ["dev", "test", "choose"])
@pytest.mark.parametrize("row", [line(), {"id": "1", "question": "Due when?", "relevant": ["harbour#2"]}])
def test_a_line_kept_to_measure_with_is_never_read_for_training(tmp_path, split, row):
    path = write(tmp_path / "p.jsonl", OTHER, row | {"split": split})
    with pytest.raises(PairsError, match=f"p.jsonl, line 2: its split is '{split}'"):
        read_pairs([path], corpus())


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "holds no training pairs"),
        (["[1]\n"], "line 1: a list, not an object"),
        (["{oops\n"], "line 1: not JSON"),
        ([OTHER, line("  ")], "line 2: question is missing or no text"),
        ([{"question": "Who?"}], "line 1: article is missing"),
        ([OTHER, line(article="harbour#99")], "line 2: not in the corpus: harbour#99; give the corpus"),
        ([line(negatives=["no#1", "no#2"]), OTHER], "line 1: not in the corpus: no#1, no#2;"),
        ([line(article=f"no#{n}") for n in range(8)], "no#0, no#1, no#2, no#3, no#4 and 3 more"),
        ([line(negatives=["harbour#2"])], "harbour#2 is named as the answer and as a negative"),
        ([line(negatives="harbour#1")], "negatives has to be a list"),
        ([line(without_heading="yes")], "without_heading is 'yes'"),
        ([line(), line("How much?")], "all 2 pairs belong to the article harbour#2"),
    ],
)
def test_pairs_that_cannot_be_used_are_refused_with_place_and_reason(tmp_path, rows, message):
    path = write(tmp_path / "p.jsonl", *rows)
    with pytest.raises(PairsError) as told:
        read_pairs([path], corpus())
    assert message in str(told.value)
    assert "\n" not in str(told.value)


def test_a_labelled_question_that_cannot_be_read_is_refused_as_such(tmp_path):
    with pytest.raises(QuestionsError, match="line 1: id is missing"):
        read_pairs([write(tmp_path / "p.jsonl", {"question": "?", "relevant": []})], corpus())


def test_an_article_with_nothing_to_train_on_is_refused(tmp_path):
    law = Law("x", "X Act", "en")
    articles = (Article("x#1", "x", "Article 1", "1"), Article("x#2", "x", "Article 2", "2"))
    versions = (ArticleVersion("x#1", "x#1", "Fees", "", "en"), ArticleVersion("x#2", "x#2", "", "Text.", "en"))
    rows = (line("Fees", "x#1", without_heading=True), line("Text?", "x#2"))
    with pytest.raises(PairsError, match="the article x#1 has no text to train on"):
        read_pairs([write(tmp_path / "p.jsonl", *rows)], Corpus((law,), articles, versions))


def test_a_folder_that_is_not_there_is_told_when_pairs_are_written(tmp_path):
    with pytest.raises(PairsError, match="cannot be written"):
        write_pairs([], tmp_path / "none" / "p.jsonl")


def test_a_line_says_only_what_is_not_understood_anyway():
    assert json.loads(pair_line(Pair("Q?", "a#1", "", "s"))) == {"question": "Q?", "article": "a#1", "source": "s"}


def test_statistics_count_each_source_in_each_language(tmp_path):
    rows = (
        line("One two three", source="a", negatives=["harbour#1", "harbour#3"]),
        line("One", source="a"),
        line("One two three four", "harbour#3", source="a", without_heading=True),
        line("Ai?", "cang#1", source="a"),
    )
    english, vietnamese = statistics(read_pairs([write(tmp_path / "p.jsonl", *rows)], corpus()))
    assert (english.lang, english.pairs, english.articles, english.without_heading, english.negatives) == (
        "en", 3, 2, 1, 2,
    )  # fmt: skip
    assert english.question_words == Lengths(1, 3, 4, 4)
    assert (vietnamese.lang, vietnamese.pairs) == ("vi", 1)
