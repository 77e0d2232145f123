"""A build embeds each text once, publishes only what changed, and says what it did."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from index.articles import Corpus
from index.build import build_release
from index.errors import CorpusError, EmbedderError, ReleaseError
from index.release import Release
from index.revision import add_to, without
from tests.fakes import HashEmbedder
from tests.index.release_kit import build, found_articles, read_vectors, small_corpus, tree, visible, write_vectors

QUESTIONS = ("keeper of the lanterns", "number 7 rules", "bridges", "reports in 12 days", "act on the town article 3")


def change(numbers):
    """`small_corpus` with the text of some articles changed."""
    return small_corpus(text_of=lambda number, text: f"{text}\n3. And amended." if number in numbers else text)


def test_a_build_reports_what_it_published(tmp_path):
    report = build(small_corpus(), tmp_path)
    assert report.published
    assert (report.laws, report.articles, report.versions, report.passages) == (2, 24, 24, 24)
    assert (report.embedded, report.reused, report.warnings) == (24, 0, ())
    assert [stage for stage, _ in report.stages] == ["reading", "verifying", "embedding", "writing", "publishing"]
    assert visible(tmp_path) == ["CURRENT", f"releases/{report.release_id}"]


def test_building_the_same_again_embeds_and_publishes_nothing(tmp_path):
    first = build(small_corpus(), tmp_path)
    before = tree(tmp_path / "releases")
    embedder = HashEmbedder()
    second = build(small_corpus(), tmp_path, embedder=embedder)
    assert (second.published, second.release_id) == (False, first.release_id)
    assert (second.embedded, second.reused, embedder.embedded) == (0, 24, [])
    assert tree(tmp_path / "releases") == before


def test_a_forced_build_publishes_again_but_embeds_nothing(tmp_path):
    first = build(small_corpus(), tmp_path)
    second = build(small_corpus(), tmp_path, force=True)
    assert second.published
    assert second.release_id > first.release_id
    assert second.embedded == 0


def test_p10_a_changed_article_is_embedded_alone_and_the_result_is_that_of_a_full_build(tmp_path):
    build(small_corpus(), tmp_path / "index")
    embedder = HashEmbedder()
    report = build(change({7}), tmp_path / "index", embedder=embedder)
    assert (report.embedded, report.reused) == (1, 23)
    assert [text.splitlines()[:2] for text in embedder.embedded] == [["Ley del Pueblo", "Artículo 7. On kites"]]
    build(change({7}), tmp_path / "full")
    with Release.open(tmp_path / "index") as grown, Release.open(tmp_path / "full") as full:
        names = ("passages.npy", "passage_keys.npy", "vectors.faiss", "lexical/texts.json")
        assert [grown.manifest.files[name] for name in names] == [full.manifest.files[name] for name in names]
        assert grown.corpus() == full.corpus() == change({7})
    for question in QUESTIONS:
        assert found_articles(tmp_path / "index", question) == found_articles(tmp_path / "full", question)


def test_p10_a_removed_article_is_gone_and_nothing_is_embedded(tmp_path):
    build(small_corpus(), tmp_path)
    assert "pueblo#3" in found_articles(tmp_path, "number 3 rules the lanterns")
    report = build(without(small_corpus(), {"pueblo#3"}), tmp_path)
    assert (report.embedded, report.articles) == (0, 23)
    assert "pueblo#3" not in found_articles(tmp_path, "number 3 rules the lanterns", k=23)
    with Release.open(tmp_path) as release:
        assert release.find_article("pueblo#3") is None


def test_a_change_of_a_law_title_embeds_all_its_articles_and_no_other(tmp_path):
    corpus = small_corpus()
    build(corpus, tmp_path)
    renamed = Corpus(
        (replace(corpus.laws[0], title="Act on the City"), corpus.laws[1]), corpus.articles, corpus.versions
    )
    assert build(renamed, tmp_path).embedded == 12


def test_equal_texts_are_embedded_once(tmp_path):
    corpus = small_corpus(4)
    twins = tuple(replace(article, label="Article", number="") for article in corpus.articles)
    same = tuple(replace(version, heading="", text="The same.") for version in corpus.versions)
    embedder = HashEmbedder()
    report = build(Corpus(corpus.laws, twins, same), tmp_path, embedder=embedder)
    assert (report.passages, report.embedded, report.reused) == (4, 2, 2)  # one a law
    assert len(embedder.embedded) == 2


def test_another_model_or_passage_length_builds_anew(tmp_path):
    build(small_corpus(), tmp_path)
    other = build(small_corpus(), tmp_path, embedder=HashEmbedder(64))
    assert (other.published, other.embedded) == (True, 24)
    shorter = build(small_corpus(), tmp_path, embedder=HashEmbedder(64), max_chars=50)
    assert (shorter.published, shorter.passages > 24) == (True, True)


def test_a_damaged_release_is_not_built_upon(tmp_path):
    first = build(small_corpus(), tmp_path).release_id
    vectors = tmp_path / "releases" / first / "vectors.faiss"
    vectors.write_bytes(vectors.read_bytes()[:-1] + b"\xff")
    report = build(small_corpus(), tmp_path)
    assert (report.published, report.embedded) == (True, 24)
    assert "vectors.faiss: damaged" in report.warnings[0]
    Release.open(tmp_path, verify="all").close()


def test_vectors_that_cannot_be_read_back_are_computed_anew(tmp_path):
    build(small_corpus(), tmp_path)

    def unreadable(path, rows):
        raise ReleaseError(f"{path}: of another kind, {len(rows)} wanted")

    report = build(change({1}), tmp_path, read_vectors=unreadable)
    assert report.embedded == 24
    assert "of another kind, 23 wanted" in report.warnings[0]


def test_only_the_last_releases_are_kept(tmp_path):
    ids = [build(small_corpus(count), tmp_path).release_id for count in (2, 3, 4, 5)]
    assert visible(tmp_path) == ["CURRENT", *(f"releases/{name}" for name in ids[1:])]


class Interrupted(HashEmbedder):
    """Stops at its third chunk: by an exception, or as if killed."""

    def __init__(self, *, kill):
        super().__init__()
        self.kill = kill
        self.calls = 0

    def embed_passages(self, texts, *, on_progress=None):
        self.calls += 1
        if self.calls == 3:
            if self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt
        return super().embed_passages(texts, on_progress=on_progress)


@pytest.mark.parametrize("kill", [False, True])
def test_r01_an_interrupted_build_goes_on_where_it_stopped(tmp_path, kill):
    corpus = small_corpus(1600)
    if kill:
        child = os.fork()
        if child == 0:
            build(corpus, tmp_path, embedder=Interrupted(kill=True))
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    else:
        with pytest.raises(KeyboardInterrupt):
            build(corpus, tmp_path, embedder=Interrupted(kill=False))
    with pytest.raises(ReleaseError, match="no index was published here"):
        Release.open(tmp_path)
    assert visible(tmp_path) == ["building"]
    embedder = HashEmbedder()
    report = build(corpus, tmp_path, embedder=embedder)
    assert (report.embedded, report.reused) == (1600 - 1024, 1024)
    assert len(embedder.embedded) == 1600 - 1024
    assert visible(tmp_path) == ["CURRENT", f"releases/{report.release_id}"]
    build(corpus, tmp_path / "full")
    with Release.open(tmp_path) as resumed, Release.open(tmp_path / "full") as full:
        assert resumed.manifest.files["vectors.faiss"] == full.manifest.files["vectors.faiss"]


def test_r01_a_checkpoint_that_was_damaged_is_not_used(tmp_path):
    corpus = small_corpus(1600)
    with pytest.raises(KeyboardInterrupt):
        build(corpus, tmp_path, embedder=Interrupted(kill=False))
    first, second = sorted(tmp_path.glob("building/*/*.vectors"))
    first.write_bytes(first.read_bytes()[:-4] + b"\0\0\0\1")
    second.write_bytes(second.read_bytes()[:-4])
    report = build(corpus, tmp_path)
    assert report.embedded == 1600


def test_a_checkpoint_of_another_model_is_not_used(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        build(small_corpus(1600), tmp_path, embedder=Interrupted(kill=False))
    assert build(small_corpus(1600), tmp_path, embedder=HashEmbedder(64)).embedded == 1600
    assert "building" not in visible(tmp_path)


class Broken(HashEmbedder):
    """Spoils one component of the vectors, or their type or shape."""

    def __init__(self, spoil):
        super().__init__()
        self.spoil = spoil

    def embed_passages(self, texts, *, on_progress=None):
        return self.spoil(super().embed_passages(texts, on_progress=on_progress))


def _with(value):
    def spoil(vectors):
        vectors[3] = value
        return vectors

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [_with(np.nan), _with(np.inf), _with(0.0), lambda v: v * 1.01, lambda v: v[1:], lambda v: v.astype(np.float64)],
    ids=["nan", "infinite", "zero", "long", "fewer", "double"],
)
def test_r24_vectors_that_are_no_unit_vectors_are_refused(tmp_path, spoil):
    old = build(small_corpus(6), tmp_path).release_id
    with pytest.raises(EmbedderError, match="the embedder gave"):
        build(small_corpus(), tmp_path, embedder=Broken(spoil))
    assert visible(tmp_path) == ["CURRENT", f"releases/{old}"]


@pytest.mark.parametrize("fingerprint", ["", "free", "0123456789ABCDEF", "0" * 64])
def test_r24_an_embedder_whose_releases_nobody_could_open_is_refused(tmp_path, fingerprint):
    embedder = HashEmbedder()
    embedder.fingerprint = fingerprint
    with pytest.raises(EmbedderError, match="must be 16 hex digits"):
        build(small_corpus(4), tmp_path / "index", embedder=embedder)
    assert not (tmp_path / "index").exists()


def test_r24_a_corpus_that_contradicts_itself_is_refused(tmp_path):
    whole = small_corpus(4)
    laws, articles, versions = whole.laws, whole.articles, whole.versions
    half_a_pair = replace(versions[0], text="\ud800")
    empty = tuple(replace(version, text="", heading="") for version in versions)
    wrong = {
        "the corpus is empty": Corpus((), (), ()),
        "law town: the corpus has this id twice": Corpus((*laws, laws[0]), articles, versions),
        "article town#0: the corpus has this id twice": Corpus(laws, (*articles, articles[0]), versions),
        "version town#0: the corpus has this id twice": Corpus(laws, articles, (*versions, versions[0])),
        "article pueblo#1: its law 'pueblo' is not in the corpus": Corpus(laws[:1], articles, versions),
        "version town#0: its article 'town#0' is not in the corpus": Corpus(laws, articles[1:], versions),
        "article town#0: the corpus has no version of it": Corpus(laws, articles, versions[1:]),
        "article town#0: .* not Unicode": Corpus(laws, articles, (half_a_pair, *versions[1:])),
        "a law of the corpus has an empty id": Corpus((replace(laws[0], id=""), laws[1]), articles, versions),
        "no article of this corpus has text or a heading": Corpus(laws, articles, empty),
    }
    for message, corpus in wrong.items():
        with pytest.raises(CorpusError, match=message):
            build(corpus, tmp_path)
    assert visible(tmp_path) == []


def test_articles_that_no_search_can_find_are_told(tmp_path):
    corpus = small_corpus(4)
    silent = replace(corpus.versions[2], text="", heading="")
    report = build(Corpus(corpus.laws, corpus.articles, (*corpus.versions[:2], silent, corpus.versions[3])), tmp_path)
    assert report.passages == 3
    assert report.warnings == (
        "1 article(s) have neither text nor heading, so only an exact reference finds them; the first is town#2",
    )
    with Release.open(tmp_path) as release:
        assert release.passages_of("town#2") == range(2, 2)
        assert release.passages_of("pueblo#3") == range(2, 3)


def test_an_article_without_text_is_searched_by_its_heading(tmp_path):
    corpus = small_corpus(4)
    bare = replace(corpus.versions[2], text="", heading="Zeppelins")
    build(Corpus(corpus.laws, corpus.articles, (*corpus.versions[:2], bare, corpus.versions[3])), tmp_path)
    assert found_articles(tmp_path, "zeppelins", k=1) == ("town#2",)


def test_progress_counts_articles_up_to_the_last(tmp_path):
    seen = []
    build(small_corpus(1600), tmp_path, on_progress=seen.append, max_chars=60)
    reading = [state for state in seen if state.stage == "reading"]
    embedding = [state for state in seen if state.stage == "embedding"]
    assert [state.articles_done for state in reading] == list(range(100, 1700, 100))
    done = [state.articles_done for state in embedding]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 1600)
    assert {state.articles_total for state in seen} == {1600}
    assert embedding[0].seconds_left is None
    assert embedding[-1].seconds_left == 0
    assert all(state.articles_per_second > 0 for state in embedding[2:])
    assert seen[-1].stage == "publishing"


def test_articles_at_hand_count_as_done_from_the_start(tmp_path):
    build(small_corpus(), tmp_path)
    seen = []
    build(change({1, 2}), tmp_path, on_progress=seen.append)
    assert next(state.articles_done for state in seen if state.stage == "embedding") == 22


def test_added_laws_and_articles_replace_and_extend(tmp_path):
    build(small_corpus(6), tmp_path)
    newer = small_corpus(8, text_of=lambda number, _: f"New {number}." if number in {2, 7} else None)
    laws = (newer.laws[0], replace(newer.laws[1], id="pueblo", title="Ley del Pueblo Nuevo"))
    with Release.open(tmp_path) as release:
        merged = add_to(release, Corpus(laws, newer.articles, newer.versions))
        assert release.corpus() == small_corpus(6)
    assert [law.title for law in merged.laws] == ["Act on the Town", "Ley del Pueblo Nuevo"]
    assert [article.id for article in merged.articles] == [
        *("town#0", "town#2", "town#4"),
        *("pueblo#1", "pueblo#3", "pueblo#5", "pueblo#7"),
    ]
    texts = {version.article_id: version.text for version in merged.versions}
    assert (texts["town#2"], texts["pueblo#7"]) == ("New 2.", "New 7.")
    assert texts["town#4"] == small_corpus(6).versions[4].text
    assert [version.article_id for version in merged.versions] == [article.id for article in merged.articles]
    assert build(merged, tmp_path).articles == 7


def test_an_article_that_is_added_again_loses_its_old_versions(tmp_path):
    build(small_corpus(2), tmp_path)
    dated = replace(small_corpus(1).versions[0], id="town#0@2020-01-01", text="Dated.")
    added = Corpus(small_corpus(1).laws, small_corpus(1).articles, (dated,))
    with Release.open(tmp_path) as release:
        merged = add_to(release, added)
    assert [version.id for version in merged.versions] == ["town#0@2020-01-01", "pueblo#1"]


def test_laws_and_articles_are_removed_by_id():
    corpus = small_corpus(6)
    assert {article.id for article in without(corpus, ["pueblo"]).articles} == {"town#0", "town#2", "town#4"}
    assert [law.id for law in without(corpus, ["pueblo"]).laws] == ["town"]
    fewer = without(corpus, ["town#2", "pueblo#5"])
    assert [version.article_id for version in fewer.versions] == ["town#0", "pueblo#1", "pueblo#3", "town#4"]
    with pytest.raises(CorpusError, match=r"cannot remove mars \(and 1 more\): the index has neither a law nor"):
        without(corpus, ["mars", "venus", "town"])


def test_the_index_folder_may_not_be_a_file(tmp_path):
    (tmp_path / "index").write_text("")
    with pytest.raises(ReleaseError, match="cannot be written"):
        build(small_corpus(2), tmp_path / "index")


def test_nothing_is_written_where_the_lexical_writer_has_a_defect(tmp_path):
    def defect(*_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        build_release(
            small_corpus(2),
            index_dir=tmp_path,
            embedder=HashEmbedder(),
            embedder_name="hash",
            write_vectors=write_vectors,
            read_vectors=read_vectors,
            write_lexical=defect,
        )
    assert visible(tmp_path) == []


@pytest.mark.real_law
@pytest.mark.parametrize("name", ["en_core", "vi_core"])
def test_real_law_comes_back_unchanged_and_is_embedded_once(tmp_path, law_data, name):
    from index.importers.registry import read_corpus  # noqa: PLC0415 - only here

    corpus = read_corpus([law_data / "corpora" / f"{name}.articles.jsonl.gz"])
    report = build(corpus, tmp_path)
    assert report.articles == len(corpus.articles)
    assert report.passages >= len([version for version in corpus.versions if version.text])
    with Release.open(tmp_path, verify="all") as release:
        assert release.corpus() == corpus
        for version in corpus.versions:
            passages = [release.passage(row) for row in release.passages_of(version.id)]
            assert "".join(version.text[passage.start : passage.end] for passage in passages) == version.text
    again = build(corpus, tmp_path)
    assert (again.published, again.embedded) == (False, 0)
