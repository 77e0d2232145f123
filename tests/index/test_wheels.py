import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import UserFacingError
from index.wheels import PinnedFile, PinnedFileError, cached_path, fetch

LAW = b"Article 1\nDogs are kept on a lead.\n"
PINNED = PinnedFile(
    package="lexcite-test-law",
    version="1.2.3",
    member="testlaw/data/law.txt",
    sha256=hashlib.sha256(LAW).hexdigest(),
    licence="CC0-1.0",
)


def write_wheel(folder: Path, *, content: bytes = LAW, member: str = PINNED.member, tag: str = "py3-none-any") -> Path:
    """A wheel that pip accepts, made by hand from the binary distribution format."""
    folder.mkdir(exist_ok=True)
    info = "lexcite_test_law-1.2.3.dist-info"
    wheel = folder / f"lexcite_test_law-1.2.3-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: lexcite-test-law\nVersion: 1.2.3\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def from_folder(folder: Path) -> tuple[str, ...]:
    return ("--no-index", "--find-links", str(folder))


NO_NETWORK = ("--no-index",)


def test_the_member_is_taken_out_of_the_wheel_and_nothing_else_stays(tmp_path):
    write_wheel(tmp_path / "wheels")
    path = fetch(PINNED, tmp_path / "cache", pip_options=from_folder(tmp_path / "wheels"))
    assert path == tmp_path / "cache" / "lexcite-test-law-1.2.3" / "law.txt"
    assert path.read_bytes() == LAW
    assert [entry.name for entry in path.parent.iterdir()] == ["law.txt"]


def test_a_wheel_of_any_platform_tag_is_found(tmp_path):
    write_wheel(tmp_path / "wheels", tag="py3-none-manylinux_2_17_x86_64")
    path = fetch(PINNED, tmp_path / "cache", pip_options=from_folder(tmp_path / "wheels"))
    assert path.read_bytes() == LAW


def test_a_cached_file_needs_no_package_index(tmp_path):
    path = cached_path(PINNED, tmp_path)
    path.parent.mkdir()
    path.write_bytes(LAW)
    assert fetch(PINNED, tmp_path, pip_options=NO_NETWORK) == path


def test_a_damaged_cached_file_is_replaced(tmp_path):
    write_wheel(tmp_path / "wheels")
    path = cached_path(PINNED, tmp_path / "cache")
    path.parent.mkdir(parents=True)
    path.write_bytes(LAW[:-1])
    assert fetch(PINNED, tmp_path / "cache", pip_options=from_folder(tmp_path / "wheels")).read_bytes() == LAW


def test_other_bytes_than_the_pinned_ones_are_refused_and_never_reach_the_cache(tmp_path):
    write_wheel(tmp_path / "wheels", content=LAW.replace(b"Dogs", b"Cats"))
    with pytest.raises(PinnedFileError, match=rf"pinned is {PINNED.sha256}; .*do not use it"):
        fetch(PINNED, tmp_path / "cache", pip_options=from_folder(tmp_path / "wheels"))
    assert not cached_path(PINNED, tmp_path / "cache").exists()


def test_a_wheel_without_the_member_is_refused(tmp_path):
    write_wheel(tmp_path / "wheels", member="testlaw/other.txt")
    with pytest.raises(PinnedFileError, match="does not hold it"):
        fetch(PINNED, tmp_path / "cache", pip_options=from_folder(tmp_path / "wheels"))


def test_no_package_index_is_one_line_that_says_what_to_do(tmp_path):
    with pytest.raises(UserFacingError, match="check the network and the package index") as caught:
        fetch(PINNED, tmp_path, pip_options=NO_NETWORK)
    assert str(caught.value).startswith("lexcite-test-law==1.2.3: pip could not download it (")
    assert "\n" not in str(caught.value)


def test_a_failed_download_leaves_an_earlier_file_in_place(tmp_path):
    path = cached_path(PINNED, tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"damaged")
    with pytest.raises(PinnedFileError):
        fetch(PINNED, tmp_path, pip_options=NO_NETWORK)
    assert [entry.name for entry in path.parent.iterdir()] == ["law.txt"]


def test_a_cache_that_cannot_be_written_is_one_line_that_says_what_to_do(tmp_path):
    blocked = tmp_path / "cache"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(PinnedFileError, match="free some disk space or choose another cache folder"):
        fetch(PINNED, blocked, pip_options=NO_NETWORK)


def test_two_releases_of_one_package_do_not_share_a_file(tmp_path):
    assert cached_path(PINNED, tmp_path) != cached_path(replace(PINNED, version="1.2.4"), tmp_path)
