import json
from pathlib import Path

import pytest

from index.errors import CorpusError
from index.importers.registry import read_corpus


def write(path: Path, *numbers: int, law: str = "dogs", title: str = "Dogs Act", **more: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "\n".join(
            json.dumps(
                {
                    "id": f"{law}#{number}",
                    "law_id": law,
                    "law_title": title,
                    "article": f"Article {number}",
                    "heading": "",
                    "text": "A dog is kept on a lead.",
                    "lang": "en",
                    "source": "",
                    **more,
                }
            )
            for number in numbers
        ),
        encoding="utf-8",
    )
    return path


def test_files_are_merged_in_the_order_given_and_folders_in_sorted_order(tmp_path):
    last = write(tmp_path / "z.jsonl", 1, law="cats", title="Cats Act")
    write(tmp_path / "folder" / "b.jsonl", 3)
    write(tmp_path / "folder" / "a.jsonl", 2, 1)
    write(tmp_path / "folder" / ".hidden", 4)
    corpus = read_corpus([last, tmp_path / "folder"])
    assert [law.id for law in corpus.laws] == ["cats", "dogs"]
    assert [article.id for article in corpus.articles] == ["cats#1", "dogs#2", "dogs#1", "dogs#3"]
    assert [version.article_id for version in corpus.versions] == ["cats#1", "dogs#2", "dogs#1", "dogs#3"]


def test_a_law_in_two_files_is_one_law_with_what_both_know(tmp_path):
    first = write(tmp_path / "a", 1, aliases=["DA"])
    second = write(tmp_path / "b", 2, aliases=["Dog Law"], law_kind="Act")
    (law,) = read_corpus([first, second]).laws
    assert (law.aliases, law.kind) == (("DA", "Dog Law"), "Act")


def test_one_law_id_with_two_titles_names_both_files(tmp_path):
    first, second = write(tmp_path / "a", 1), write(tmp_path / "b", 2, title="Cats Act")
    with pytest.raises(CorpusError) as caught:
        read_corpus([first, second])
    assert str(caught.value) == (
        f"{second}: the law 'dogs' has the title 'Cats Act', but 'Dogs Act' in {first}; give it one or another law id"
    )


def test_one_article_id_in_two_files_names_both_files(tmp_path):
    first, second = write(tmp_path / "a", 1, 2), write(tmp_path / "b", 2)
    with pytest.raises(CorpusError) as caught:
        read_corpus([first, second])
    assert str(caught.value) == (
        f"{second}: the article id 'dogs#2' is already in {first}; leave one of the two files out or rename the ids"
    )


def test_a_file_named_twice_is_read_once(tmp_path):
    path = write(tmp_path / "folder" / "a", 1)
    assert len(read_corpus([path, tmp_path / "folder", path]).articles) == 1


def test_content_that_no_importer_knows_is_refused_with_what_was_tried(tmp_path):
    path = tmp_path / "law.jsonl"
    path.write_bytes(b"\x00\x01\x02\x03")
    with pytest.raises(CorpusError, match=r"law\.jsonl: not a law source .*tried: .*article JSON Lines"):
        read_corpus([path])


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path, content):
    path = tmp_path / "law.jsonl"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=r"law\.jsonl: the file is empty"):
        read_corpus([path])


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"nowhere\.jsonl: there is no such file"):
        read_corpus([tmp_path / "nowhere.jsonl"])


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="the folder holds no file"):
        read_corpus([tmp_path])


def test_no_files_at_all_are_refused():
    with pytest.raises(CorpusError, match="no article in it; name at least one law source"):
        read_corpus([])
