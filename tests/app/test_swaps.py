"""Releases published under a running application: each answer rests on one of them, and no request fails."""

import asyncio
import re
import threading

import httpx

from app.access import Keys
from app.api.application import create_application
from app.service import Service
from app.wiring import ReleaseOpener
from index.release import Release, list_releases
from tests import small_law
from tests.fakes import HashEmbedder

CLIENTS = 32
SWAPS = 20
QUESTION = "When does the landlord return the deposit, and what interest does it bear?"


def edition(days: int) -> list[tuple[str, ...]]:
    """The small law with a number of its own in both clauses that answer; the other articles stay."""
    text = (
        f"1. The landlord returns the deposit within {days} days after the tenancy ends.\n"
        f"2. After that day the deposit bears interest of {days} % a year."
    )
    deposit, *others = small_law.ARTICLES
    return [(*deposit[:-1], text), *others]


def numbers(texts) -> set[int]:
    """The numbers of days and per cent in quotes or articles."""
    return {int(number) for text in texts for number in re.findall(r"(\d+) (?:days after|%)", text)}


class Clients:
    """Ask without a pause, half of them for a stream, and keep what they were told."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.answers: list[dict] = []
        self.inside = 0
        self.ended = False

    async def ask(self, streams: bool) -> None:
        while not self.ended:
            self.inside += 1
            try:
                response = await self.client.post("/api/v1/ask", json={"question": QUESTION, "k": 2, "stream": streams})
                assert response.status_code == 200, response.text
            except BaseException:
                self.ended = True  # for all: a cancelled wait_for of Python 3.11 may return instead of ending
                raise
            self.inside -= 1
            body = response.text
            if streams:
                body = body.strip().rsplit("event: finished\ndata: ", 1)[-1]
            self.answers.append(httpx.Response(200, content=body).json())

    async def until_answered_from(self, release: str) -> None:
        seen = 0
        while not any(answer["receipt"]["release"] == release for answer in self.answers[seen:]):
            seen = len(self.answers)
            await asyncio.sleep(0.005)


def test_r05_each_of_32_clients_answers_rests_on_one_of_20_releases_swapped_in_and_none_fails(tmp_path):
    settings = small_law.build(tmp_path, edition(100))
    service = Service(ReleaseOpener(settings, None, HashEmbedder()))
    days = {service._current.engine.release.id: 100}
    busy = []

    async def scenario():
        application, _ = create_application(service, settings, keys=Keys())
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as client:
            clients = Clients(client)
            async with asyncio.TaskGroup() as asking:  # a request that fails ends the test
                for number in range(CLIENTS):
                    asking.create_task(clients.ask(bool(number % 2)))
                await clients.until_answered_from(next(iter(days)))
                for swap in range(1, SWAPS + 1):
                    await asyncio.to_thread(small_law.build, tmp_path, edition(100 + swap))
                    busy.append(clients.inside)
                    assert await asyncio.to_thread(service.refresh) is True
                    published = (settings.index / "CURRENT").read_text().strip()
                    days[published] = 100 + swap
                    await clients.until_answered_from(published)
                clients.ended = True
        return clients

    clients = asyncio.run(scenario())
    service.close()

    assert len(days) == SWAPS + 1
    assert min(busy) == CLIENTS  # nobody was idle when a release was taken away
    assert {answer["receipt"]["release"] for answer in clients.answers} == set(days)
    for answer in clients.answers:
        own = {days[answer["receipt"]["release"]]}
        assert answer["outcome"] == "answered"
        assert numbers(citation["quote"] for citation in answer["citations"]) == own
        assert numbers(sentence["text"] for sentence in answer["sentences"]) == own
    assert len(list_releases(settings.index)) == 3  # the others were pruned from under their readers


def test_r05_a_reader_reads_its_release_to_the_end_after_it_was_pruned(tmp_path):
    settings = small_law.build(tmp_path, edition(1))
    service = Service(ReleaseOpener(settings, None, HashEmbedder()))
    with service.engine() as engine:
        for days in range(2, 5):  # keeps the newest three
            small_law.build(tmp_path, edition(days))
        assert not engine.release.path.exists()
        assert service.refresh() is True
        answer = asyncio.run(engine.assistant.ask(QUESTION))
        assert numbers(citation.quote for citation in answer.citations) == {1}
        assert numbers([engine.release.version("tenancy#a7").text]) == {1}
    service.close()


def test_r05_opening_while_releases_are_published_and_pruned_always_gives_a_whole_one(tmp_path):
    settings = small_law.build(tmp_path, edition(1))
    ended = threading.Event()
    seen: list[set[int]] = []

    def read() -> None:
        while not ended.is_set():
            with Release.open(settings.index, verify="all") as release:
                seen.append(numbers([release.version("tenancy#a7").text]))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for days in range(2, 8):
        small_law.build(tmp_path, edition(days))
    ended.set()
    for reader in readers:
        reader.join()
        assert {frozenset(one) for one in seen} <= {frozenset({days}) for days in range(1, 8)}
    assert len({frozenset(one) for one in seen}) > 1
