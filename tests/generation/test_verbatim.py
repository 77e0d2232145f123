from generation.verbatim import EMBEDDED, EMBEDDED_CHARACTERS, QUOTES, choose, quote, rank_extracts
from tests.fakes import HashEmbedder
from tests.generation_samples import CAU, FEES, FISHING, PESCA, Shelf, hit


def quoted(question, *hits, lang="en", embedder=None):
    ranked = rank_extracts(question, hits, Shelf(hits), embedder or HashEmbedder(), lang=lang)
    return [(extract.hit.article.number, extract.path, claim.text) for claim, extract in quote(choose(ranked))]


def test_the_clause_that_answers_is_quoted_and_not_its_whole_article():
    assert quoted("How long does the holder have to report an accident?", hit(FISHING))[0] == (
        "7",
        ("2",),
        "The holder shall report every accident to the lake office within 48 hours. The report is free of charge.",
    )


def test_it_works_in_spanish_and_vietnamese():
    assert quoted("¿En qué plazo se avisa de un accidente?", hit(PESCA, lang="es"), lang="es")[0][1] == ("1",)
    assert quoted("Việc báo có miễn phí không?", hit(CAU, lang="vi"), lang="vi")[0][1] == ("2",)


def test_the_articles_of_the_search_come_in_its_order():
    hits = (hit(FEES, number="9"), hit(FISHING, number="7", rank=2))
    assert quoted("What does a permit cost?", *hits)[0][0] == "9"


def test_clauses_far_below_the_best_are_left_out():
    texts = quoted("How many boats may the holder of a permit fish from?", hit(FISHING), hit(FEES, number="9", rank=2))
    assert [(number, path) for number, path, _ in texts] == [("7", ("1",))]


def test_where_the_articles_are_named_each_is_quoted_by_its_best_clause_even_beyond_the_limit():
    texts = [f"1. The office keeps register {letter}.\n2. Nothing else." for letter in "abcd"]
    hits = tuple(hit(text, number=str(n), rank=n) for n, text in enumerate(texts, start=1))
    ranked = rank_extracts("Which register does the office keep?", hits, Shelf(hits), HashEmbedder(), lang="en")
    chosen = choose(ranked, each=True)
    assert [(extract.hit.article.number, extract.path) for extract in chosen] == [
        ("1", ("1",)),
        ("2", ("1",)),
        ("3", ("1",)),
        ("4", ("1",)),
    ]
    assert choose((), each=True) == choose(()) == ()


def test_in_a_follow_up_the_new_words_count_more():
    hits = (hit(FEES, number="9"),)
    question = "What does a permit cost? And for minors?"
    ranked = [
        rank_extracts(question, hits, Shelf(hits), HashEmbedder(), lang="en", newest=newest)[0].extract.path
        for newest in ("", "And for minors?")
    ]
    assert ranked == [("1",), ("2",)]


def test_never_more_than_the_limit_and_equal_clauses_in_their_own_order():
    text = "\n".join(f"{n}. The office keeps register {letter}." for n, letter in enumerate("abcdef", start=1))
    assert [path for _, path, _ in quoted("Which register does the office keep?", hit(text))] == [
        ("1",),
        ("2",),
        ("3",),
    ][:QUOTES]


def test_a_point_of_a_long_clause_stands_behind_the_words_that_introduce_it():
    filler = "and every other matter of which the office has to be told for the good of the lake " * 12
    text = f"1. The report shall name:\n(a) the anchor {filler};\n(b) the rudder {filler}.\n2. Nothing else."
    assert [(path, text[:25]) for _, path, text in quoted("Must the rudder be named?", hit(text))] == [
        (("1",), "The report shall name:"),
        (("1", "b"), "the rudder and every othe"),
    ]


def test_the_sentences_are_numbered_from_one_and_are_the_text_of_the_law():
    found = hit(FISHING)
    pairs = quote(choose(rank_extracts("accident", (found,), Shelf((found,)), HashEmbedder(), lang="en")))
    assert [claim.markers for claim, _ in pairs] == [(n,) for n in range(1, len(pairs) + 1)]
    assert all(claim.text == FISHING[extract.start : extract.end] for claim, extract in pairs)


def test_what_is_embedded_while_the_reader_waits_is_bounded():
    text = "\n".join(f"{n}. {'The lake office keeps a long register of boats. ' * 20}" for n in range(1, 40))
    embedder = HashEmbedder()
    quoted("Which register does the office keep?", hit(text), embedder=embedder)
    assert len(embedder.embedded) == EMBEDDED
    assert max(map(len, embedder.embedded)) == EMBEDDED_CHARACTERS


def test_one_clause_alone_is_not_embedded():
    embedder = HashEmbedder()
    assert quoted("What is public?", hit("The lake is public."), embedder=embedder) == [
        ("7", (), "The lake is public.")
    ]
    assert embedder.embedded == []
