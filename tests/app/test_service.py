from types import SimpleNamespace

import pytest

from app.service import RETRY_SECONDS, Engine, Service
from index.errors import ReleaseError


class Shelf:
    """Publishes names; an engine of it only knows whether it was closed."""

    def __init__(self) -> None:
        self.name = "r1"
        self.closed: list[str] = []
        self.damaged = False
        self.opened = 0
        self.error: Exception | None = None

    def published(self) -> str:
        return self.name

    def open(self) -> Engine:
        self.opened += 1
        if self.error is not None:
            raise self.error
        if self.damaged:
            raise ReleaseError(f"{self.name} is damaged")
        name = self.name
        release = SimpleNamespace(id=name, close=lambda: self.closed.append(name))
        return Engine(release, None, None, None)


def test_a_reader_keeps_its_release_until_it_has_answered():
    shelf = Shelf()
    service = Service(shelf)
    with service.engine() as first, service.engine():
        shelf.name = "r2"
        assert service.refresh() is True
        with service.engine() as second:
            assert (first.release.id, second.release.id) == ("r1", "r2")
        assert shelf.closed == []
    assert shelf.closed == ["r1"]
    service.close()
    assert shelf.closed == ["r1", "r2"]


def test_a_replaced_release_that_nobody_reads_is_closed_at_once():
    shelf = Shelf()
    service = Service(shelf)
    shelf.name = "r2"
    assert service.refresh() is True
    assert shelf.closed == ["r1"]


class OnGpu:
    def __init__(self) -> None:
        self.fallback = ""


def test_an_engine_says_what_lost_its_gpu():
    vectors, embedder = OnGpu(), OnGpu()
    engine = Engine(None, None, None, None, (vectors, embedder))
    assert engine.fallbacks == ()
    embedder.fallback = "embedding on the CPU, the GPU failed: CUDA error"
    assert engine.fallbacks == ("embedding on the CPU, the GPU failed: CUDA error",)


def test_nothing_new_is_no_refresh():
    assert Service(Shelf()).refresh() is False


def test_a_damaged_new_release_is_refused_and_the_old_one_answers_on():
    shelf, now = Shelf(), [0.0]
    service = Service(shelf, clock=lambda: now[0])
    shelf.name, shelf.damaged = "r2", True
    assert service.refresh() is False
    assert service.trouble == "r2 is damaged"
    with service.engine() as engine:
        assert engine.release.id == "r1"
    shelf.damaged = False
    now[0] = RETRY_SECONDS
    assert service.refresh() is True
    assert service.trouble == ""


def test_a_refused_release_is_not_read_again_at_every_look_but_another_is_at_once():
    shelf, now = Shelf(), [0.0]
    service = Service(shelf, clock=lambda: now[0])
    shelf.name, shelf.damaged = "r2", True
    for _ in range(5):
        assert service.refresh() is False
    assert (shelf.opened, service.trouble) == (2, "r2 is damaged")
    shelf.name, shelf.damaged = "r3", False
    assert service.refresh() is True
    assert service.trouble == ""


def test_a_release_that_fails_in_an_unforeseen_way_is_refused_too():
    shelf = Shelf()
    service = Service(shelf)
    shelf.name, shelf.error = "r2", OSError(24, "Too many open files")
    assert service.refresh() is False
    assert service.trouble == "the published release cannot be opened: OSError: [Errno 24] Too many open files"
    with service.engine() as engine:
        assert engine.release.id == "r1"


def test_no_index_is_said_when_the_service_starts():
    shelf = Shelf()
    shelf.damaged = True
    with pytest.raises(ReleaseError):
        Service(shelf)
