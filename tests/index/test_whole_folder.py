import pytest

from index.whole_folder import whole_folder


def test_what_stood_there_is_replaced_only_when_all_is_written(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "old").write_text("old")
    with whole_folder(folder) as partial:
        (partial / "new").write_text("new")
        assert (folder / "old").read_text() == "old"
    assert [path.name for path in folder.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_failure_leaves_what_stood_there_and_nothing_else(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "old").write_text("old")
    with pytest.raises(FileNotFoundError), whole_folder(folder) as partial:
        (partial / "new" / "below").write_text("there is no folder new")
    assert [path.name for path in folder.iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_what_a_killed_maker_left_is_not_mixed_in(tmp_path):
    for left in (".model.partial", ".model.outdated"):
        (tmp_path / left).mkdir()
        (tmp_path / left / "half").write_text("half")
    with whole_folder(tmp_path / "model") as partial:
        assert list(partial.iterdir()) == []
        (partial / "new").write_text("new")
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
