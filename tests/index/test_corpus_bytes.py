"""R24: line ends, byte order marks and broken bytes of a corpus: the same release, or a refusal with nothing built."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import CorpusError
from index.importers.registry import read_corpus
from index.release import Release
from tests.fakes import HashEmbedder
from tests.index.release_kit import build, visible

bounded = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def row(number, **changes):
    fields = {
        "id": f"perros#{number}",
        "law_id": "perros",
        "law_title": "Ley de Perros",
        "article": f"Artículo {number}",
        "heading": "Correa",
        "text": f"1. El perro número {number} va atado.\n2. Salvo el día del niño:\na) en casa;\nb) en la montaña.",
        "lang": "es",
        "source": "https://law.example/perros",
    }
    return {**fields, **changes}


GOOD = "\n".join(json.dumps(row(number), ensure_ascii=False) for number in range(1, 5)).encode() + b"\n"


def release_files(content, folder):
    """The hashes of a release built from a file of this content; the file's own name plays no part."""
    folder.mkdir()
    (folder / "law.jsonl").write_bytes(content)
    build(read_corpus([folder / "law.jsonl"]), folder / "index")
    with Release.open(folder / "index", verify="all") as release:
        return release.manifest.files


@pytest.fixture(scope="module")
def law_file(tmp_path_factory):
    return tmp_path_factory.mktemp("law") / "law.jsonl"


def read(path):
    """The corpus and no refusal, or none and the words."""
    try:
        return read_corpus([path]), ""
    except CorpusError as error:
        return None, str(error)


@pytest.mark.parametrize(
    "rewritten",
    [
        GOOD.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace(b"\n", b"\n\n \n"),
        GOOD.removesuffix(b"\n"),
        GOOD.replace(b"\\n", b"\\r\\n"),
        GOOD.replace(b"\\n", b"\\u2028"),
        GOOD.replace("ñ".encode(), "n\u0303".encode()).replace("í".encode(), "i\u0301".encode()),
        GOOD.replace(b"\xc3\xba", rb"\u00fa"),
    ],
    ids=["crlf", "bom", "blank lines", "no last line end", "crlf in texts", "line separators", "nfd", "escapes"],
)
def test_r24_the_same_law_written_otherwise_is_the_same_release(tmp_path, rewritten):
    assert rewritten != GOOD
    assert release_files(rewritten, tmp_path / "other") == release_files(GOOD, tmp_path / "plain")


@bounded
@given(
    place=st.integers(0, len(GOOD) - 1),
    removed=st.integers(0, 3),
    put=st.sampled_from([b"", b"\x00", b"\xff", b"\xed\xa0\x80", b"\n", b"\r", b'"', b"{", b"}", b"\\ud800", b"\xf1"]),
)
def test_r24_a_damaged_file_is_read_or_refused_with_its_line_and_nothing_else(law_file, place, removed, put):
    law_file.write_bytes(GOOD[:place] + put + GOOD[place + removed :])
    corpus, refusal = read(law_file)
    if refusal:
        assert str(law_file) in refusal
        assert "\n" not in refusal
        named = re.search(r", line (\d+)", refusal)
        broken = GOOD[:place].count(b"\n") + 1
        # A line that was cut in two, joined to the next or set against it may be found wrong one line later.
        assert named is None or broken <= int(named[1]) <= broken + 1 or "on line" in refusal
    for version in corpus.versions if corpus else ():
        version.text.encode()
        assert "\x00" not in version.text
        assert "\r" not in version.text


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (GOOD.decode().encode("latin-1"), "line 1: byte 0xED is not UTF-8"),
        (GOOD + GOOD.splitlines()[0], "line 5: the id 'perros#1' is already on line 1"),
        (GOOD + json.dumps(row(9, text="")).encode(), "line 5: 'text' is empty"),
        (GOOD + b'{"id": "perros#9"', "line 5: not JSON"),
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
    ],
    ids=["latin-1", "duplicate id", "empty text", "broken line", "empty", "bom alone"],
)
def test_r24_what_is_refused_leaves_the_index_as_it_was(tmp_path, broken, said):
    (tmp_path / "good.jsonl").write_bytes(GOOD)
    old = build(read_corpus([tmp_path / "good.jsonl"]), tmp_path / "index").release_id
    (tmp_path / "law.jsonl").write_bytes(broken)
    embedder = HashEmbedder()
    with pytest.raises(CorpusError, match=re.escape(said)):
        build(read_corpus([tmp_path / "law.jsonl"]), tmp_path / "index", embedder=embedder)
    assert embedder.embedded == []
    assert visible(tmp_path / "index") == ["CURRENT", f"releases/{old}"]
