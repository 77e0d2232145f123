from index.articles import Article, ArticleKind, ArticleVersion, Corpus, Law, Remark, Status
from index.importers.report import Finding, Suspicion, inspect


def corpus(*articles: tuple[str, str, Status], kind: ArticleKind = ArticleKind.ARTICLE) -> Corpus:
    """Articles of one law, each as its number, text and status."""
    ids = [f"dogs#{place}" for place in range(len(articles))]
    return Corpus(
        laws=(Law("dogs", "Dogs Act", "en"),),
        articles=tuple(
            Article(key, "dogs", f"Article {number}", number, kind)
            for key, (number, _, _) in zip(ids, articles, strict=True)
        ),
        versions=tuple(
            ArticleVersion(key, key, "", text, "en", status=status)
            for key, (_, text, status) in zip(ids, articles, strict=True)
        ),
    )


def test_counts_are_of_laws_articles_versions_repealed_and_empty():
    report = inspect(
        corpus(("1", "A dog.", Status.IN_FORCE), ("2", "(Repealed)", Status.REPEALED), ("3", " ", Status.UNKNOWN))
    )
    assert (report.laws, report.articles, report.versions, report.repealed) == (1, 3, 3, 1)
    assert report.empty == ("dogs#2",)
    assert report.findings == ()
    assert next(report.lines()) == "3 articles of 1 laws read (3 versions), 1 repealed, 1 empty, 0 suspicious"


def test_a_gap_in_the_numbers_is_named_with_its_neighbours_and_inserted_articles_are_none():
    numbers = ("1", "2", "2 bis", "3", "7", "8A")
    report = inspect(corpus(*((number, "A dog.", Status.IN_FORCE) for number in numbers)))
    assert report.findings == (Finding(Suspicion.GAP, "dogs", "after Article 3 comes Article 7"),)


def test_a_number_that_occurs_twice_is_named():
    report = inspect(corpus(("1", "A dog.", Status.IN_FORCE), ("1", "A cat.", Status.IN_FORCE)))
    assert report.findings == (Finding(Suspicion.DUPLICATE, "dogs", "article 1 occurs 2 times"),)


def test_a_sudden_length_is_named_but_not_in_an_annex():
    articles = [(str(number), "A dog.", Status.IN_FORCE) for number in (1, 2)]
    articles.append(("3", "x" * 20_001, Status.IN_FORCE))
    (finding,) = inspect(corpus(*articles)).findings
    assert finding == Finding(
        Suspicion.LONG, "dogs", "Article 3: 20001 characters, where half of the law's articles have at most 6"
    )
    assert inspect(corpus(*articles, kind=ArticleKind.ANNEX)).findings == ()


def test_a_text_that_holds_further_articles_is_named_with_them():
    text = "A dog is kept on a lead.\nArticle 2. Fines\n1. The fine is 5 crowns."
    report = inspect(corpus(("1", text, Status.IN_FORCE), ("3", "A dog.", Status.IN_FORCE)))
    assert Finding(Suspicion.SEVERAL, "dogs", "Article 1 (dogs#0) holds Article 2") in report.findings
    assert "several articles in one: dogs, Article 1 (dogs#0) holds Article 2" in list(report.lines())


def test_what_an_importer_remarks_is_in_the_report():
    law = corpus(("1", "A dog.", Status.IN_FORCE))
    remarked = Corpus(law.laws, law.articles, law.versions, (Remark("dogs", "line 3: 'Article 9' is text"),))
    assert inspect(remarked).findings == (Finding(Suspicion.SOURCE, "dogs", "line 3: 'Article 9' is text"),)
    assert remarked == law  # a remark is no part of the law


def test_a_long_report_says_how_much_it_leaves_out():
    report = inspect(corpus(*((str(number), "A dog.", Status.IN_FORCE) for number in (1, 1, 2, 2, 3, 3))))
    assert list(report.lines(most=2))[1:] == [
        "duplicate number: dogs, article 1 occurs 2 times",
        "duplicate number: dogs, article 2 occurs 2 times",
        "... and 1 more",
    ]
