"""Failing disks, power cuts and two builders at once: what was published stays published, and whole."""

import errno
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.errors import ReleaseError
from index.faiss_index import FaissIndex
from index.lexical import LexicalIndex
from index.publishing import Disk, builder_lock, release_ids
from index.release import Release
from tests.index.release_kit import build, small_corpus, tree, visible

OLD, NEW = small_corpus(6), small_corpus(8)


class FailingDisk(Disk):
    """Fails at operation number `fail_at`, counted from 0, and after it too if `for_good`; a write fails half-way."""

    def __init__(self, fail_at=None, *, code=errno.ENOSPC, for_good=False):
        self.fail_at = fail_at
        self.code = code
        self.for_good = for_good
        self.operations = []

    def _step(self, name, path):
        number = len(self.operations)
        self.operations.append((name, path.name))
        if self.fail_at is not None and (number == self.fail_at or (self.for_good and number > self.fail_at)):
            raise OSError(self.code, os.strerror(self.code), str(path))

    def make_folder(self, path):
        self._step("make_folder", path)
        super().make_folder(path)

    def write(self, path, content):
        try:
            self._step("write", path)
        except OSError:
            path.write_bytes(content[: len(content) // 2])
            raise
        super().write(path, content)

    def sync(self, path):
        self._step("sync", path)
        super().sync(path)

    def rename(self, source, target):
        self._step("rename", source)
        super().rename(source, target)

    def remove(self, path):
        self._step("remove", path)
        super().remove(path)


def operations_of_a_build(folder):
    """The disk operations of publishing NEW over OLD."""
    build(OLD, folder)
    disk = FailingDisk()
    build(NEW, folder, disk=disk)
    return disk.operations


@pytest.mark.parametrize(("code", "for_good"), [(errno.EIO, False), (errno.ENOSPC, True)])
def test_r02_whichever_disk_operation_fails_the_old_release_stays_and_nothing_else(tmp_path, code, for_good):
    operations = operations_of_a_build(tmp_path / "whole")
    published_after = max(number for number, step in enumerate(operations) if step == ("sync", "whole")) + 1
    assert published_after > 15
    for number in range(len(operations)):
        index_dir = tmp_path / f"{number}"
        old = build(OLD, index_dir).release_id
        before = tree(index_dir / "releases")
        disk = FailingDisk(number, code=code, for_good=for_good)
        if number < published_after:
            with pytest.raises(ReleaseError, match=os.strerror(code)):
                build(NEW, index_dir, disk=disk)
            assert visible(index_dir) == ["CURRENT", f"releases/{old}"]
            assert tree(index_dir / "releases") == before
        else:  # the new release is out; what could not be cleared away is told
            report = build(NEW, index_dir, disk=disk)
            assert report.published
            assert "old files remain" in report.warnings[0]
        with Release.open(index_dir, verify="all") as release:
            assert release.corpus() == (OLD if number < published_after else NEW)
        assert build(NEW, index_dir).published is (number < published_after)
        with Release.open(index_dir, verify="all") as release:
            assert release.corpus() == NEW


def test_r02_whichever_disk_operation_of_the_first_build_fails_nothing_is_published(tmp_path):
    disk = FailingDisk()
    build(NEW, tmp_path / "whole", disk=disk)
    last = max(number for number, step in enumerate(disk.operations) if step == ("sync", "whole"))
    for number in range(last + 1):
        index_dir = tmp_path / f"{number}"
        with pytest.raises(ReleaseError, match="cannot be written"):
            build(NEW, index_dir, disk=FailingDisk(number))
        assert not index_dir.exists() or visible(index_dir) == []
        with pytest.raises(ReleaseError, match="make one with build-index"):
            Release.open(index_dir)


def test_r02_a_disk_that_fails_while_vectors_are_kept_leaves_whole_chunks_only(tmp_path):
    long = small_corpus(1100)
    disk = FailingDisk()
    build(long, tmp_path / "whole", disk=disk)
    chunk_steps = [number for number, (_, name) in enumerate(disk.operations) if name.endswith((".part", ".vectors"))]
    assert len(chunk_steps) == 3 * 3  # three chunks: an old part removed, a new one written, and renamed
    for number in range(chunk_steps[0] - 1, chunk_steps[-1] + 2):
        index_dir = tmp_path / f"{number}"
        with pytest.raises(ReleaseError, match="cannot be written"):
            build(long, index_dir, disk=FailingDisk(number, for_good=True))
        left = [path for path in index_dir.rglob("*") if path.is_file() and path.name != "LOCK"]
        assert all(path.name == f"{hashlib.sha256(path.read_bytes()).hexdigest()}.vectors" for path in left)
        assert left or visible(index_dir) == []
        assert build(long, index_dir).reused == min(512 * len(left), 1100)


def in_a_child(work):
    """Runs `work` in a forked process; its exit status, or minus the signal that killed it."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except ReleaseError as error:
            os._exit(3 if "cannot be written" in str(error) else 4)
        except BaseException:  # noqa: BLE001 - the exit status tells it, and no test may run on in the child
            os._exit(5)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("limit", [0, 1000, 9000, 25_000, 60_000])
def test_r02_a_file_that_the_system_cuts_short_is_told_whichever_library_wrote_it(tmp_path, limit):
    parts = {
        "write_vectors": FaissIndex.write,
        "read_vectors": lambda path, rows: FaissIndex.open(path, gpu=False).vectors(rows),
        "write_lexical": LexicalIndex.write,
    }
    old = build(OLD, tmp_path, **parts).release_id
    before = tree(tmp_path / "releases")
    big = small_corpus(60)

    def build_with_little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        build(big, tmp_path, **parts, force=True)

    assert in_a_child(build_with_little_room) == 3
    assert visible(tmp_path) == ["CURRENT", f"releases/{old}"]
    assert tree(tmp_path / "releases") == before


@pytest.mark.parametrize("part", ["write_vectors", "write_lexical"])
def test_r02_a_writer_that_runs_out_of_room_is_told_and_leaves_nothing(tmp_path, part):
    old = build(OLD, tmp_path).release_id

    def full(*arguments):
        path = arguments[-1]
        (path / "half" if path.is_dir() else path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ReleaseError, match=r"No space left.*what was published before is published still"):
        build(NEW, tmp_path, **{part: full})
    assert visible(tmp_path) == ["CURRENT", f"releases/{old}"]


# --- power cuts: a disk keeps what was synced, and of the rest whatever it likes ---


class File:
    def __init__(self):
        self.synced = None  # content that survives; None for anything at all


class Folder:
    def __init__(self):
        self.now = {}  # name -> File or Folder, as a running system sees it
        self.synced = {}  # as it was when the folder was last synced


class RecordingDisk(Disk):
    """Does everything, and keeps a model of what the device was told to keep."""

    def __init__(self, root, *, on_crash_point, honest=True):
        self.root = root
        self.honest = honest
        self.model = Folder()
        self.on_crash_point = on_crash_point
        self._see(self.model, root)
        self._keep_all(self.model, root)

    def _see(self, folder, path):
        """Takes up what libraries wrote without telling."""
        names = {entry.name for entry in path.iterdir()}
        for name in names - folder.now.keys():
            folder.now[name] = Folder() if (path / name).is_dir() else File()
        for name in folder.now.keys() - names:
            del folder.now[name]
        for name, node in folder.now.items():
            if isinstance(node, Folder):
                self._see(node, path / name)

    def _keep_all(self, folder, path):
        folder.synced = dict(folder.now)
        for name, node in folder.now.items():
            if isinstance(node, Folder):
                self._keep_all(node, path / name)
            else:
                node.synced = (path / name).read_bytes()

    def _node(self, path):
        node = self.model
        for name in path.relative_to(self.root).parts:
            node = node.now[name]
        return node

    def _done(self):
        self._see(self.model, self.root)
        self.on_crash_point(self.model)

    def make_folder(self, path):
        super().make_folder(path)
        self._done()

    def write(self, path, content):
        super().write(path, content)
        self._see(self.model, self.root)
        self._node(path).synced = content if self.honest else None
        self._done()

    def sync(self, path):
        self._see(self.model, self.root)
        if not self.honest or not path.is_relative_to(self.root):
            return
        node = self._node(path)
        if isinstance(node, Folder):
            node.synced = dict(node.now)
        else:
            node.synced = path.read_bytes()
        self._done()

    def rename(self, source, target):
        self._see(self.model, self.root)
        node = self._node(source)
        super().rename(source, target)
        del self._node(source.parent).now[source.name]
        self._node(target.parent).now[target.name] = node
        self._done()

    def remove(self, path):
        super().remove(path)
        self._done()


def after_power_cut(folder, path, choose):
    """Writes what a device may hold after a cut; `choose(a, b)` decides wherever it may hold either."""
    path.mkdir()
    for name in sorted(folder.now.keys() | folder.synced.keys()):
        node = choose(folder.synced.get(name), folder.now.get(name))
        if isinstance(node, Folder):
            after_power_cut(node, path / name, choose)
        elif node is not None:
            content = node.synced
            (path / name).write_bytes(choose(b"", bytes(64)) if content is None else content)


def states_after_power_cuts(tmp_path, *, honest):
    """Publishes NEW over OLD with a cut after every disk operation, and says what each cut left readable."""
    index_dir = tmp_path / "index"
    build(OLD, index_dir)
    chance = random.Random(7)
    choices = [lambda kept, _: kept, lambda _, now: now] + [lambda *both: chance.choice(both)] * 4
    found = []

    def cut(model):
        for choose in choices:
            copy = tmp_path / "copy"
            after_power_cut(model, copy, choose)
            for name in (None, *release_ids(copy)):  # the published one first
                try:
                    with Release.open(copy, release_id=name, verify="all") as release:
                        corpus = release.corpus()
                        found.append("old" if corpus == OLD else "new" if corpus == NEW else "another")
                except ReleaseError as error:
                    found.append(str(error))
            shutil.rmtree(copy)

    disk = RecordingDisk(index_dir, on_crash_point=cut, honest=honest)
    build(NEW, index_dir, disk=disk, keep=1)
    return found


def test_r01_a_power_cut_after_any_operation_leaves_the_old_release_or_the_new_one(tmp_path):
    found = states_after_power_cuts(tmp_path, honest=True)
    assert set(found) == {"old", "new"}
    assert found[-1] == "new"
    assert len(found) > 200


def test_r01_without_syncing_a_power_cut_is_noticed_by_the_same_simulation(tmp_path):
    found = states_after_power_cuts(tmp_path, honest=False)
    assert set(found) - {"old", "new"}


# --- two builders ---

_HOLDER = """
import sys, time
from pathlib import Path
from index.publishing import Disk, builder_lock, release_ids
with builder_lock(Path(sys.argv[1]), disk=Disk()):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of `tmp_path`."""
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_r06_the_second_builder_is_told_who_holds_the_lock_and_a_dead_one_frees_it(tmp_path, holder):
    with pytest.raises(ReleaseError, match=f"process {holder.pid} on .+ since .+ is writing to this index"):
        build(NEW, tmp_path)
    assert visible(tmp_path) == []
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert build(NEW, tmp_path).published


def test_r06_two_builders_in_one_process_exclude_each_other_too(tmp_path):
    with builder_lock(tmp_path, disk=Disk()), pytest.raises(ReleaseError, match=f"process {os.getpid()} "):
        build(NEW, tmp_path)
    assert build(NEW, tmp_path).published


def test_r06_readers_need_no_lock(tmp_path):
    build(OLD, tmp_path)
    with builder_lock(tmp_path, disk=Disk()), Release.open(tmp_path, verify="all") as release:
        assert release.corpus() == OLD


def test_ids_sort_by_age_even_within_one_second(tmp_path):
    started = time.monotonic()
    ids = [build(small_corpus(count), tmp_path, keep=9).release_id for count in (2, 4, 6)]
    assert time.monotonic() - started < 3
    assert ids == sorted(ids)
    assert len({name.partition("-")[0] for name in ids}) == 3
