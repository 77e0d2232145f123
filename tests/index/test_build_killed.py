"""Builders killed at random moments: whoever reads the index never sees half a release.

KILLED_BUILDS sets how many are killed (25 in the suite); `-rP` shows how many builds it took.
"""

import os
import random
import shutil
import signal
import sys
import time

from index.errors import ReleaseError
from index.publishing import Disk, release_ids
from index.release import Release
from tests.index.release_kit import build, small_corpus, visible

KILLS = int(os.environ.get("KILLED_BUILDS", "25"))
# More than one chunk of passages, so that checkpoints are written and taken up.
CORPORA = [
    small_corpus(620, text_of=lambda _, text, mark=mark: f"{text}\n3. Edition {mark}.")
    for mark in ("one", "two", "three")
]


def killed_build(corpus, index_dir, seconds, disk=None):
    """Builds in a child process and kills it after some seconds; whether it was killed before it ended."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            build(corpus, index_dir, disk=disk, keep=2)
            status = 0
        finally:
            os._exit(status)  # whatever happened: no test runs on in the child
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, -signal.SIGKILL}
    return status != 0


def flaw(index_dir):
    """What is wrong with the index as a reader sees it; empty where every release in it is whole."""
    for name in (None, *release_ids(index_dir)):
        try:
            with Release.open(index_dir, release_id=name, verify="all") as release:
                if release.corpus() not in CORPORA:
                    return f"{name}: holds a mixture"
        except ReleaseError as error:
            return str(error)
    return ""


def kill_many(index_dir, *, kills, disk=None, until_flaw=False):
    """Kills builders of other editions at random moments until so many have died; builds begun, and the flaws seen."""
    started = time.monotonic()
    build(CORPORA[0], index_dir, disk=disk)
    usual = time.monotonic() - started
    chance = random.Random(11)
    begun, died, flaws = 0, 0, []
    while died < kills and not (until_flaw and flaws):
        begun += 1
        assert begun <= 5 * kills
        died += killed_build(CORPORA[begun % 3], index_dir, chance.uniform(0, 1.2 * usual), disk)
        found = flaw(index_dir)
        if found:
            flaws.append(found)
    return begun, flaws


def test_r01_readers_see_whole_releases_only_however_often_builders_are_killed(tmp_path):
    begun, flaws = kill_many(tmp_path, kills=KILLS)
    sys.stdout.write(f"{begun} builds begun, {KILLS} of them killed, {len(flaws)} flaws seen\n")
    assert flaws == []
    report = build(small_corpus(622), tmp_path, keep=1)
    assert visible(tmp_path) == ["CURRENT", f"releases/{report.release_id}"]


class DyingDisk(Disk):
    """Kills its process before operation number `last`, counted from 0."""

    def __init__(self, last):
        self.left = last

    def _step(self):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1

    def make_folder(self, path):
        self._step()
        super().make_folder(path)

    def write(self, path, content):
        self._step()
        super().write(path, content)

    def sync(self, path):
        self._step()
        super().sync(path)

    def rename(self, source, target):
        self._step()
        super().rename(source, target)

    def remove(self, path):
        self._step()
        super().remove(path)


def test_r01_a_builder_killed_before_any_disk_operation_leaves_whole_releases_that_can_be_built_upon(tmp_path):
    for last in range(100):
        index_dir = tmp_path / f"{last}"
        old, new = small_corpus(6), small_corpus(8)
        build(old, index_dir)
        child = os.fork()
        if child == 0:
            try:
                build(new, index_dir, disk=DyingDisk(last))
            finally:
                os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with Release.open(index_dir, verify="all") as release:
            assert release.corpus() in (old, new)
        report = build(new, index_dir, keep=1)
        assert visible(index_dir) == ["CURRENT", f"releases/{report.release_id}"]
        if status == 0:
            break
    assert 20 < last < 99


class SlowCopies(Disk):
    """Publishes without renaming: copies file by file into place."""

    def rename(self, source, target):
        if source.is_dir():
            target.mkdir()
            for entry in sorted(source.iterdir()):
                time.sleep(0.05)
                copy = shutil.copytree if entry.is_dir() else shutil.copyfile
                copy(entry, target / entry.name)
            shutil.rmtree(source)
        else:
            target.write_bytes(b"")
            time.sleep(0.05)
            shutil.copyfile(source, target)
            source.unlink()


def test_r01_without_the_rename_the_same_kills_are_noticed(tmp_path):
    _, flaws = kill_many(tmp_path, kills=40, disk=SlowCopies(), until_flaw=True)
    assert flaws
