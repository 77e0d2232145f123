"""A release built aside comes into an index with its model, whole or not at all; and models go with their releases."""

import errno
import json
import os
import shutil
from dataclasses import replace

import pytest

from index.candidate import Candidate, publish_candidate
from index.errors import EmbedderError, ReleaseError
from index.installed import InstalledModel, installed
from index.publishing import Disk, builder_lock, current_id, release_ids
from index.release import Release, prune, rollback
from tests.fakes import HashEmbedder
from tests.index.release_kit import build, small_corpus

NEW = HashEmbedder(64)


class FailingDisk(Disk):
    """Every operation from number `first` on fails, counted from 0."""

    def __init__(self, first: int) -> None:
        self.left = first

    def step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def make_folder(self, path):
        self.step()
        super().make_folder(path)

    def write(self, path, content):
        self.step()
        super().write(path, content)

    def sync(self, path):
        self.step()
        super().sync(path)

    def rename(self, source, target):
        self.step()
        super().rename(source, target)

    def remove(self, path):
        self.step()
        super().remove(path)


@pytest.fixture
def index_dir(tmp_path):
    build(small_corpus(4), tmp_path / "index")
    return tmp_path / "index"


def candidate(index_dir, *, embedder=NEW) -> Candidate:
    """The same law by another embedder, and a model of its own beside it."""
    job = index_dir / "pipeline" / "job"
    model = job / "model" / "vn"
    model.mkdir(parents=True)
    (model / "model.safetensors").write_text("weights", encoding="utf-8")
    report = build(small_corpus(4), job / "index", embedder=embedder, younger_than=release_ids(index_dir))
    return Candidate(job / "index", report.release_id, InstalledModel(model, "base", "f" * 16))


def test_a_candidate_is_published_with_its_model_and_sorts_behind_what_is_there(index_dir):
    before = current_id(index_dir)
    made = candidate(index_dir)
    assert made.release_id > before
    publish_candidate(made, index_dir, instead_of=before)
    assert current_id(index_dir) == made.release_id
    with Release.open(index_dir, verify="all") as release:
        assert release.manifest.embedder_fingerprint == NEW.fingerprint
    model = installed(index_dir, NEW.fingerprint)
    assert (model.base, model.stands_for, model.is_adapter) == ("base", "f" * 16, False)
    assert (model.folder / "model.safetensors").read_text(encoding="utf-8") == "weights"
    rollback(index_dir, before)
    publish_candidate(Candidate(index_dir, made.release_id, None), index_dir, instead_of=before)
    assert current_id(index_dir) == made.release_id


def test_wherever_the_disk_fails_what_was_published_is_so_still_and_a_second_try_succeeds(tmp_path):
    published, template = 0, tmp_path / "template"
    build(small_corpus(4), template)
    aside = candidate(template)
    for first in range(200):
        place = tmp_path / str(first)
        shutil.copytree(template, place)
        before, job = current_id(place), place / "pipeline" / "job"
        model = replace(aside.model, folder=job / "model" / "vn")
        made = replace(aside, index_dir=job / "index", model=model)
        try:
            publish_candidate(made, place, instead_of=before, disk=FailingDisk(first))
            published += 1
        except ReleaseError:
            assert current_id(place) == before
            Release.open(place, verify="all").close()
            publish_candidate(made, place, instead_of=before)
        assert current_id(place) == made.release_id
        assert installed(place, NEW.fingerprint) is not None
        if published == 2:
            return
    pytest.fail("the disk never stopped failing")


def test_a_candidate_measured_against_what_is_no_longer_published_is_refused(index_dir):
    before = current_id(index_dir)
    made = candidate(index_dir)
    now = build(small_corpus(5), index_dir).release_id
    with pytest.raises(ReleaseError, match=f"{now} was published while the candidate was measured against {before}"):
        publish_candidate(made, index_dir, instead_of=before)
    assert current_id(index_dir) == now
    assert installed(index_dir, NEW.fingerprint) is None


def test_nobody_publishes_while_another_builds(index_dir):
    made = candidate(index_dir)
    with (
        builder_lock(index_dir, disk=Disk()),
        pytest.raises(ReleaseError, match="is writing to this index"),
    ):
        publish_candidate(made, index_dir, instead_of=current_id(index_dir))


def test_a_model_stays_while_a_release_needs_it_and_goes_with_the_last(index_dir):
    before = current_id(index_dir)
    publish_candidate(candidate(index_dir), index_dir, instead_of=before)
    rollback(index_dir, before)
    assert prune(index_dir, 2) == ()
    assert installed(index_dir, NEW.fingerprint) is not None
    for count in (5, 6):
        build(small_corpus(count), index_dir, keep=1)
    assert installed(index_dir, NEW.fingerprint) is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"folder": "../x", "base": "", "stands_for": ""}', '{"folder": 1}']
)
def test_a_damaged_note_is_named_with_the_way_out(index_dir, content):
    publish_candidate(candidate(index_dir), index_dir, instead_of=current_id(index_dir))
    note = index_dir / "models" / NEW.fingerprint / "installed.json"
    assert json.loads(note.read_bytes())["folder"] == "vn"
    note.write_text(content, encoding="utf-8")
    with pytest.raises(EmbedderError, match="rollback` goes back") as caught:
        installed(index_dir, NEW.fingerprint)
    assert str(note) in str(caught.value)
