"""References between articles as a release stores them: both directions, offsets, versions, and rebuilds."""

from datetime import date

import pytest

from index.articles import Article, ArticleVersion, Corpus, CrossReference, Law, version_id
from index.release import Release
from tests.index.release_kit import build

TOWN = Law("town", "Town Act 1990", "en", aliases=("Town Act",))
PORT = Law("port", "Port Act 2001", "en", aliases=("Port Act",))
NEWER = date(2020, 1, 1)


def article(law, number):
    return Article(f"{law.id}#{number}", law.id, f"Article {number}", str(number))


def version(of, text, *, valid_from=None, valid_to=None):
    return ArticleVersion(version_id(of.id, valid_from), of.id, "", text, "en", valid_from, valid_to)


ONE, TWO, THREE = (article(TOWN, number) for number in (1, 2, 3))
QUAY = article(PORT, 1)
TEXT_ONE = "The mayor keeps the seal."
TEXT_TWO = (
    "1. The seal is kept under Article 1.\n2. Paragraph 1 applies to copies, and so does Article 1 of the Port Act."
)
OLD_THREE = "Fees follow Article 2(1)."
NEW_THREE = "Fees follow Article 1."
TEXT_QUAY = "Ships pay as Articles 1 to 3 of the Town Act say."
CORPUS = Corpus(
    (TOWN, PORT),
    (ONE, TWO, THREE, QUAY),
    (
        version(ONE, TEXT_ONE),
        version(TWO, TEXT_TWO),
        version(THREE, OLD_THREE, valid_to=NEWER),
        version(THREE, NEW_THREE, valid_from=NEWER),
        version(QUAY, TEXT_QUAY),
    ),
)


def place(version_id, text, words, article_id, *path):
    """The reference that the first occurrence of `words` makes."""
    start = text.index(words)
    return CrossReference(version_id, start, start + len(words), article_id, path)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    index_dir = tmp_path_factory.mktemp("index")
    build(CORPUS, index_dir)
    with Release.open(index_dir, verify="all") as opened:
        yield opened


def test_a_version_tells_what_it_refers_to_its_own_article_included(release):
    assert release.references_from(TWO.id) == (
        place(TWO.id, TEXT_TWO, "Article 1", ONE.id),
        place(TWO.id, TEXT_TWO, "Paragraph 1", TWO.id, "1"),
        CrossReference(TWO.id, TEXT_TWO.rindex("Article 1"), TEXT_TWO.rindex("Article 1") + 9, QUAY.id, ()),
    )
    assert release.references_from(ONE.id) == ()


def test_each_version_refers_for_itself(release):
    assert release.references_from(THREE.id) == (place(THREE.id, OLD_THREE, "Article 2(1)", TWO.id, "1"),)
    newer = version_id(THREE.id, NEWER)
    assert release.references_from(newer) == (place(newer, NEW_THREE, "Article 1", ONE.id),)


def test_an_article_tells_what_refers_to_it_from_other_articles_only(release):
    quay = "Articles 1 to 3"
    assert release.references_to(TWO.id) == (
        place(THREE.id, OLD_THREE, "Article 2(1)", TWO.id, "1"),
        place(QUAY.id, TEXT_QUAY, quay, TWO.id),
    )
    assert release.references_to(ONE.id) == (
        place(TWO.id, TEXT_TWO, "Article 1", ONE.id),
        place(version_id(THREE.id, NEWER), NEW_THREE, "Article 1", ONE.id),
        place(QUAY.id, TEXT_QUAY, quay, ONE.id),
    )


def test_unknown_ids_have_no_references(release):
    assert release.references_from("town#99") == ()
    assert release.references_to("town#99") == ()


def test_a_reference_appears_when_what_it_names_enters_the_corpus(tmp_path):
    without_port = Corpus((TOWN,), CORPUS.articles[:3], CORPUS.versions[:4])
    build(without_port, tmp_path)
    with Release.open(tmp_path) as opened:
        assert [one.article_id for one in opened.references_from(TWO.id)] == [ONE.id, TWO.id]
    report = build(CORPUS, tmp_path)
    assert (report.embedded, report.reused) == (1, 4)
    with Release.open(tmp_path) as opened:
        assert [one.article_id for one in opened.references_from(TWO.id)] == [ONE.id, TWO.id, QUAY.id]


def test_a_corpus_read_back_has_the_same_references(release, tmp_path):
    build(release.corpus(), tmp_path)
    with Release.open(tmp_path) as again:
        assert again.manifest.corpus_sha256 == release.manifest.corpus_sha256
        for one in CORPUS.versions:
            assert again.references_from(one.id) == release.references_from(one.id)
