"""What a release says of the law in it, and what it refuses to open."""

import hashlib
import io
import json
import os
import pickle
import random
import shutil
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from index.articles import ArticleVersion, Corpus, Passage, ProvisionKind, Status, version_id
from index.errors import ReleaseError
from index.manifest import MANIFEST, FileEntry, read_manifest, release_id
from index.release import OPEN_TO, UNKNOWN_FROM, Release, list_releases, prune, rollback
from tests.index.release_kit import TOWN, build, small_corpus, visible

MUTATIONS_PER_FILE = int(os.environ.get("MUTATIONS_PER_FILE", "80"))


@pytest.fixture(scope="module")
def index_dir(tmp_path_factory):
    """An index with one release; no test changes it."""
    folder = tmp_path_factory.mktemp("index")
    build(small_corpus(), folder)
    return folder


@pytest.fixture
def release(index_dir):
    with Release.open(index_dir) as opened:
        yield opened


def test_a_release_gives_back_the_corpus_it_was_built_from(release):
    assert release.corpus() == small_corpus()
    assert list(release.laws) == ["town", "pueblo"]
    assert release.laws["town"] == TOWN
    assert [article.id for article in release.articles("town")] == [f"town#{number}" for number in range(0, 24, 2)]
    assert release.article("pueblo#3").label == "Artículo 3"
    assert release.version("pueblo#3").text.startswith("1. Number 3 rules the lanterns.")


def test_unknown_ids_are_none_where_people_ask_and_a_key_error_where_programs_do(release):
    assert release.find_article("town#999") is None
    assert release.find_version("town#999") is None
    for ask in (release.article, release.articles, release.version, release.versions, release.provisions):
        with pytest.raises(KeyError, match="town#999"):
            ask("town#999")
    with pytest.raises(KeyError):
        release.passages_of("town#999")
    with pytest.raises(IndexError):
        release.passage(release.passage_count)
    with pytest.raises(IndexError):
        release.passage(-1)


def test_clauses_come_back_with_their_offsets(release):
    text = release.version("town#4").text
    clauses = [(p.kind, p.path, text[p.start : p.end].strip()) for p in release.provisions("town#4")]
    assert clauses == [
        (ProvisionKind.CLAUSE, ("1",), "1. Number 4 rules the archives."),
        (ProvisionKind.CLAUSE, ("2",), "2. The keeper of the archives reports in 4 days."),
    ]


def test_every_passage_names_its_version_and_law(tmp_path):
    corpus = small_corpus(4, text_of=lambda number, text: text if number else f"{text}\n" * 10)
    build(corpus, tmp_path, max_chars=200)
    with Release.open(tmp_path) as release:
        rows = release.passages_of("town#0")
        assert rows == range(len(rows))
        assert len(rows) == release.passage_count - 3 > 1
        assert (
            "".join(corpus.versions[0].text[p.start : p.end] for p in map(release.passage, rows))
            == corpus.versions[0].text
        )
        assert release.passage(release.passage_count - 1) == Passage("pueblo#3", 0, len(corpus.versions[3].text))
        assert release.passage_law.tolist() == [0] * len(rows) + [1, 0, 1]
        assert release.passage_version.tolist() == [0] * len(rows) + [1, 2, 3]
        assert release.passage_law.dtype == release.passage_version.dtype == np.int32


def test_versions_come_oldest_first_and_passages_carry_their_interval(tmp_path):
    old, new = date(2001, 2, 3), date(2010, 5, 6)
    plain = small_corpus(2)
    text = plain.versions[0]
    dated = (
        replace(text, id=version_id("town#0", new), valid_from=new, text="New.", status=Status.IN_FORCE),
        replace(text, id=version_id("town#0", old), valid_from=old, valid_to=new, text="Old.", status=Status.REPEALED),
        replace(text, text="Ancient.", valid_to=old),
    )
    build(Corpus(plain.laws, plain.articles, (*dated, plain.versions[1])), tmp_path)
    with Release.open(tmp_path) as release:
        assert release.versions("town#0") == (dated[2], dated[1], dated[0])
        assert release.passage_valid_from.tolist() == [new.toordinal(), old.toordinal(), UNKNOWN_FROM, UNKNOWN_FROM]
        assert release.passage_valid_to.tolist() == [OPEN_TO, new.toordinal(), old.toordinal(), OPEN_TO]


def test_text_with_every_kind_of_character_comes_back_unchanged(tmp_path):
    text = "Điều 1: «ñ» \0 \u200b \U0001f600 عربي 第 ' \" \\ ;--"
    corpus = small_corpus(1, text_of=lambda _, __: text)
    build(corpus, tmp_path)
    with Release.open(tmp_path) as release:
        assert release.version("town#0").text == text


def test_many_threads_read_the_same_release(release):
    expected = [version.text for version in small_corpus().versions]
    seen = []

    def read():
        seen.append([release.version(release.passage(row).version_id).text for row in range(24)])

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 8


def test_the_manifest_says_what_the_release_holds(release):
    manifest = release.manifest
    assert (manifest.laws, manifest.articles, manifest.versions, manifest.passages) == (2, 24, 24, 24)
    assert (manifest.embedder, manifest.dimension, manifest.format) == ("hash", 256, 2)
    assert sorted(manifest.files) == [
        "articles.sqlite",
        "lexical/texts.json",
        "passage_keys.npy",
        "passages.npy",
        "vectors.faiss",
    ]
    assert abs(manifest.created - datetime.now(UTC)) < timedelta(minutes=5)


def test_an_index_made_by_another_model_is_refused_by_name(release):
    release.require_embedder(release.manifest.embedder_fingerprint)
    with pytest.raises(ReleaseError, match=r"made by the embedder hash \([0-9a-f]{16}\), not by this one \(0{16}\)"):
        release.require_embedder("0" * 16)


def test_a_file_that_the_release_does_not_have_is_an_error(release):
    with pytest.raises(ReleaseError, match=r"extra\.bin: this release has no such file"):
        release.file("extra.bin")
    with pytest.raises(ReleaseError, match="images: this release has no such folder"):
        release.folder("images")
    assert release.folder("lexical") == release.path / "lexical"


def test_a_missing_or_empty_index_is_one_line(tmp_path):
    with pytest.raises(ReleaseError, match="nowhere: there is no index here: make one with build-index"):
        Release.open(tmp_path / "nowhere")
    with pytest.raises(ReleaseError, match="no index was published here: make one with build-index"):
        Release.open(tmp_path)
    assert list_releases(tmp_path / "nowhere") == ()


def test_current_pointing_to_nothing_says_which_release_is_there(tmp_path):
    report = build(small_corpus(2), tmp_path)
    (tmp_path / "CURRENT").write_text("20200101T000000Z-0123456789abcdef\n")
    fix = f"`lexcite releases rollback {report.release_id}`"
    with pytest.raises(ReleaseError, match=f"no release 20200101T000000Z-0123456789abcdef here; {fix}"):
        Release.open(tmp_path)


@pytest.mark.parametrize("name", ["", ".", "..", "20200101T000000Z-0123456789abcdef"])
def test_a_release_that_is_not_there_is_refused_with_those_that_are(tmp_path, name):
    report = build(small_corpus(2), tmp_path)
    for act in (lambda: Release.open(tmp_path, release_id=name), lambda: rollback(tmp_path, name)):
        with pytest.raises(ReleaseError) as caught:
            act()
        assert str(caught.value) == f"{tmp_path}: there is no release {name!r} here; it has {report.release_id}"


def copy_of(index_dir, folder):
    """A copy that a test may damage."""
    return shutil.copytree(index_dir, folder, dirs_exist_ok=True)


def resigned(index_dir, change):
    """Changes the published release and names it again as its publisher would: only the content is wrong."""
    name = (index_dir / "CURRENT").read_text().strip()
    folder = index_dir / "releases" / name
    manifest = change(folder, read_manifest(folder))
    content = manifest if isinstance(manifest, bytes) else manifest.to_bytes()
    (folder / MANIFEST).write_bytes(content)
    stamp = name.partition("-")[0]
    new_name = f"{stamp}-{hashlib.sha256(content).hexdigest()[:16]}"
    folder.rename(folder.with_name(new_name))
    (index_dir / "CURRENT").write_text(f"{new_name}\n")


def entry(content):
    return FileEntry(hashlib.sha256(content).hexdigest(), len(content))


def test_a_format_of_the_future_is_refused(index_dir, tmp_path):
    resigned(copy_of(index_dir, tmp_path), lambda _, manifest: replace(manifest, format=3))
    with pytest.raises(ReleaseError, match="format version 3, but this lexcite reads 2: rebuild the index"):
        Release.open(tmp_path)


def test_an_index_of_the_format_before_is_refused_and_built_anew(tmp_path):
    build(small_corpus(4), tmp_path)
    resigned(tmp_path, lambda _, manifest: replace(manifest, format=1))
    with pytest.raises(ReleaseError, match="format version 1, but this lexcite reads 2: rebuild the index"):
        Release.open(tmp_path)
    report = build(small_corpus(4), tmp_path)
    assert (report.published, report.embedded) == (True, 4)
    assert "format version 1, but this lexcite reads 2: rebuild the index" in report.warnings[0]
    Release.open(tmp_path, verify="all").close()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("passages", -1),
        ("passages", True),
        ("passages", "24"),
        ("embedder", ""),
        ("embedder_fingerprint", "xyz"),
        ("corpus_sha256", "0"),
        ("created", "yesterday"),
        ("files", []),
        ("files", {"../outside": {"sha256": "0" * 64, "size": 1}}),
        ("files", {"/etc/passwd": {"sha256": "0" * 64, "size": 1}}),
        ("files", {"a/./b": {"sha256": "0" * 64, "size": 1}}),
        ("files", {"manifest.json": {"sha256": "0" * 64, "size": 1}}),
        ("files", {"a": {"sha256": "0" * 64, "size": 1.0}}),
        ("files", {"a": {"sha256": "Z" * 64, "size": 1}}),
        ("files", {"a": {"sha256": "0" * 64}}),
        ("surprise", 1),
    ],
)
def test_a_manifest_with_a_field_of_another_kind_is_refused(index_dir, tmp_path, field, value):
    def change(_, manifest):
        return json.dumps(json.loads(manifest.to_bytes()) | {field: value}).encode()

    resigned(copy_of(index_dir, tmp_path), change)
    with pytest.raises(ReleaseError, match="not a manifest"):
        Release.open(tmp_path)


def test_a_manifest_is_read_as_it_was_written(release):
    assert read_manifest(release.path) == release.manifest
    assert release_id(release.manifest) == release.id


def test_r04_a_pickled_array_is_never_loaded(index_dir, tmp_path):
    canary = tmp_path / "canary"

    class Trap:
        def __reduce__(self):
            return (open, (str(canary), "w"))

    buffer = io.BytesIO()
    np.save(buffer, np.array([Trap()], dtype=object), allow_pickle=True)
    for content in (buffer.getvalue(), pickle.dumps(Trap())):
        folder = copy_of(index_dir, tmp_path / str(len(content)))

        def plant(path, manifest, content=content):
            (path / "passages.npy").write_bytes(content)
            return replace(manifest, files={**manifest.files, "passages.npy": entry(content)})

        resigned(folder, plant)
        with pytest.raises(ReleaseError):
            Release.open(folder)
        assert not canary.exists()
    pickle.loads(content).close()  # noqa: S301 - the trap does work where it is unpickled
    assert canary.exists()


def test_columns_of_another_shape_are_refused(index_dir, tmp_path):
    def shorten(path, manifest):
        buffer = io.BytesIO()
        np.save(buffer, np.zeros((6, 23), dtype=np.int32))
        (path / "passages.npy").write_bytes(buffer.getvalue())
        return replace(manifest, files={**manifest.files, "passages.npy": entry(buffer.getvalue())})

    resigned(copy_of(index_dir, tmp_path), shorten)
    with pytest.raises(ReleaseError, match="not the columns of 24 passages"):
        Release.open(tmp_path)


@pytest.mark.parametrize("wrong", ["extra", "missing", "link", "folder"])
def test_files_other_than_those_published_are_refused(index_dir, tmp_path, wrong):
    folder = copy_of(index_dir, tmp_path)
    path = next((folder / "releases").iterdir())
    vectors = path / "vectors.faiss"
    if wrong == "extra":
        (path / "lexical" / "more.json").write_text("{}")
    elif wrong == "missing":
        vectors.unlink()
    elif wrong == "link":
        vectors.rename(folder / "elsewhere")
        vectors.symlink_to(folder / "elsewhere")
    else:
        vectors.unlink()
        vectors.mkdir()
    with pytest.raises(ReleaseError, match="damaged"):
        Release.open(folder)


def mutations(content, seed):
    """Ways in which a disk or a copy goes wrong."""
    chance = random.Random(seed)
    size = len(content)
    half = size // 2
    yield content[:half] + bytes(size - half)
    yield bytes(half) + content[half:]
    yield b""
    yield content[:-1]
    yield content[1:]
    yield content + b"\n"
    yield content + content
    yield content[:half]
    yield content[: size - size % 512] + b"\xff" * (size % 512)
    for _ in range(MUTATIONS_PER_FILE):
        place = chance.randrange(size)
        yield content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]


def test_r03_no_mutation_of_any_file_is_ever_opened(index_dir, tmp_path):
    folder = copy_of(index_dir, tmp_path)
    release_path = next((folder / "releases").iterdir())
    files = [folder / "CURRENT", *(path for path in sorted(release_path.rglob("*")) if path.is_file())]
    assert len(files) == 7
    tried = 0
    for path in files:
        original = path.read_bytes()
        for damaged in mutations(original, seed=path.name):
            if damaged == original:
                continue
            path.write_bytes(damaged)
            tried += 1
            with pytest.raises(ReleaseError, match=r"damaged|there is no release"):
                Release.open(folder, verify="all")
            with pytest.raises(ReleaseError), Release.open(folder) as release:  # noqa: PT012 - one of them refuses
                release.file("vectors.faiss")
                release.folder("lexical")
                release.passage_keys()
        path.write_bytes(original)
    assert tried >= 500
    Release.open(folder, verify="all").close()


def test_a_damaged_release_names_the_one_to_go_back_to(tmp_path):
    first = build(small_corpus(4), tmp_path).release_id
    second = build(small_corpus(6), tmp_path).release_id
    vectors = tmp_path / "releases" / second / "vectors.faiss"
    vectors.write_bytes(vectors.read_bytes() + b"x")
    with pytest.raises(ReleaseError, match=f"damaged.*releases rollback {first}` goes back"):
        Release.open(tmp_path, verify="all")
    rollback(tmp_path, first)
    with Release.open(tmp_path, verify="all") as release:
        assert release.id == first
        assert release.manifest.articles == 4
    with pytest.raises(ReleaseError, match="damaged"):
        rollback(tmp_path, second)
    with Release.open(tmp_path) as release:
        assert release.id == first


def test_releases_are_listed_oldest_first_and_a_damaged_one_says_so(tmp_path):
    ids = [build(small_corpus(count), tmp_path).release_id for count in (2, 4, 6)]
    (tmp_path / "releases" / ids[0] / MANIFEST).write_text("{}")
    listed = list_releases(tmp_path)
    assert [summary.id for summary in listed] == ids == sorted(ids)
    assert [summary.current for summary in listed] == [False, False, True]
    assert "damaged" in listed[0].problem
    assert listed[0].manifest is None
    assert [summary.manifest.articles for summary in listed[1:]] == [4, 6]


def test_pruning_keeps_the_newest_and_the_published_one(tmp_path):
    ids = [build(small_corpus(count), tmp_path, keep=9).release_id for count in (2, 4, 6, 8)]
    rollback(tmp_path, ids[0])
    assert prune(tmp_path, 1) == (ids[1], ids[2])
    assert visible(tmp_path) == ["CURRENT", f"releases/{ids[0]}", f"releases/{ids[3]}"]
    with pytest.raises(ValueError, match="at least 1"):
        prune(tmp_path, 0)
    with pytest.raises(ReleaseError, match="there is no index here"):
        prune(tmp_path / "nowhere", 1)


def test_a_reader_keeps_its_release_while_it_is_pruned(tmp_path):
    build(small_corpus(4), tmp_path)
    with Release.open(tmp_path, verify="all") as release:
        build(small_corpus(6), tmp_path, keep=1)
        assert not release.path.exists()
        assert release.corpus() == small_corpus(4)


def test_opening_while_others_publish_and_prune_always_succeeds(tmp_path):
    build(small_corpus(2), tmp_path)
    stop = threading.Event()
    failures, opened = [], set()

    def read():
        while not stop.is_set():
            try:
                with Release.open(tmp_path, verify="all") as release:
                    opened.add(release.id)
                    assert len(release.corpus().articles) == release.manifest.articles
            except ReleaseError as error:
                failures.append(str(error))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for count in range(3, 23):
        build(small_corpus(count), tmp_path, keep=1)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(opened) > 2


def test_a_version_of_an_article_keeps_its_own_language(tmp_path):
    plain = small_corpus(1)
    translated = ArticleVersion("town#0", "town#0", "", "Texto.", "es")
    build(Corpus(plain.laws, plain.articles, (translated,)), tmp_path)
    with Release.open(tmp_path) as release:
        assert release.version("town#0").lang == "es"
        assert json.loads((release.folder("lexical") / "texts.json").read_text())[1] == ["es"]
