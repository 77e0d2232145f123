from index.articles import Article, ArticleVersion, Corpus, Law, Status
from index.changes import changes
from index.release import Release
from tests import small_law


def corpus(*texts: tuple[str, str, Status]) -> Corpus:
    law = Law(id="act", title="An Act", lang="en")
    articles = tuple(
        Article(id=f"act#{number}", law_id="act", label=f"Article {number}", number=number) for number, *_ in texts
    )
    versions = tuple(
        ArticleVersion(id=f"act#{number}", article_id=f"act#{number}", heading="", text=text, lang="en", status=status)
        for number, text, status in texts
    )
    return Corpus((law,), articles, versions)


def test_added_changed_repealed_and_removed_articles_are_told_apart(tmp_path):
    first = small_law.publish_corpus(
        tmp_path,
        corpus(
            ("1", "Same.", Status.IN_FORCE),
            ("2", "Ten days.", Status.IN_FORCE),
            ("3", "Dogs pay.", Status.IN_FORCE),
            ("4", "Cats pay.", Status.IN_FORCE),
        ),
    )
    second = small_law.publish_corpus(
        tmp_path,
        corpus(
            ("1", "Same.", Status.IN_FORCE),
            ("2", "Nine days.", Status.IN_FORCE),
            ("3", "(Repealed)", Status.REPEALED),
            ("5", "Fish are free.", Status.IN_FORCE),
        ),
    )
    with (
        Release.open(tmp_path / "index", release_id=first) as earlier,
        Release.open(tmp_path / "index", release_id=second) as later,
    ):
        found = changes(earlier, later)
        assert changes(later, later) == ()
    assert [(one.what, one.article.number) for one in found] == [
        ("changed", "2"),
        ("repealed", "3"),
        ("added", "5"),
        ("removed", "4"),
    ]
    assert (found[0].before.text, found[0].after.text) == ("Ten days.", "Nine days.")
    assert found[2].before is None
    assert found[3].after is None
    assert {one.law for one in found} == {"An Act"}
