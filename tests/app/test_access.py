import pytest

from app.access import Keys, new_key, read_keys, require_keys_off_loopback
from app.settings import SettingsError


def test_a_made_key_is_known_by_its_holder_and_stored_only_hashed(tmp_path):
    file = tmp_path / "keys"
    key = new_key("helpdesk", file)
    other = new_key("intranet", file)
    assert key not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    keys = read_keys(file)
    assert keys.holder(key) == "helpdesk"
    assert keys.holder(other) == "intranet"


@pytest.mark.parametrize(
    "name", ["", " ", "two words", "a:b", "#helpdesk", "a\nb", "a\rb", "a\u2028b", "a\x85b", "\udcff", "name\n"]
)
def test_a_name_that_the_key_file_could_not_give_back_is_refused_and_nothing_written(tmp_path, name):
    with pytest.raises(SettingsError, match="a key's name is one word"):
        new_key(name, tmp_path / "keys")
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("name", ["helpdesk", "Trần", "ana-maría.v_2@example.org"])
def test_every_name_that_is_taken_is_read_back(tmp_path, name):
    key = new_key(name, tmp_path / "keys")
    assert read_keys(tmp_path / "keys").holder(key) == name


def test_a_key_file_that_cannot_be_written_is_said(tmp_path):
    for place in (tmp_path, tmp_path / "none" / "keys"):
        with pytest.raises(SettingsError, match="cannot be written"):
            new_key("helpdesk", place)


@pytest.mark.parametrize("wrong", ["", "x", "é", "\udcff"])
def test_a_wrong_key_has_no_holder(tmp_path, wrong):
    new_key("helpdesk", tmp_path / "keys")
    assert read_keys(tmp_path / "keys").holder(wrong) is None


def test_a_broken_line_of_the_key_file_is_named(tmp_path):
    file = tmp_path / "keys"
    file.write_text("# holders\nhelpdesk:1234\n")
    with pytest.raises(SettingsError, match=r"keys, line 2: not `name:sha256`"):
        read_keys(file)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_needs_no_keys(host):
    require_keys_off_loopback(host, Keys())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])  # noqa: S104
def test_any_other_address_needs_keys(host):
    with pytest.raises(SettingsError, match="refusing to listen"):
        require_keys_off_loopback(host, Keys())
    require_keys_off_loopback(host, Keys((("helpdesk", "0" * 64),)))
