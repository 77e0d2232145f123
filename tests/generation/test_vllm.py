import asyncio
import json
import socket
import time
from itertools import count

import pytest

from generation.llm import LLMError, Message
from generation.prompt import grammar
from generation.vllm import VLLM
from tests.fake_openai import DONE, Cut, Reply, event, fake_openai, refuses, says

PROMPT = (Message("system", "Rules."), Message("user", "Question?"))


@pytest.fixture(scope="module")
def server():
    """One server for all stories: to start one takes a fifth of a second."""
    with fake_openai(says("yes")) as running:
        yield running


async def read(llm, *, citable=None):
    """The text that came, and the error that ended it or None."""
    text = ""
    try:
        async for piece in llm.stream(PROMPT, max_tokens=50, citable=citable):
            assert piece
            text += piece
    except LLMError as error:
        return text, error
    return text, None


async def collect(llm, *, citable=None):
    """The same, and closes the client."""
    try:
        return await read(llm, citable=citable)
    finally:
        await llm.close()


def ask(fake, *, citable=None, **settings):
    return asyncio.run(collect(VLLM(fake.url, **settings), citable=citable))


def test_the_answer_arrives_piece_by_piece_and_the_model_is_asked_for(server):
    async def story(fake):
        llm = VLLM(fake.url)
        pieces = [piece async for piece in llm.stream(PROMPT, max_tokens=50)]
        await llm.close()
        return pieces, llm.name

    fake = server.will(says("Ca", "sas é ", "ăn [1]"))
    assert asyncio.run(story(fake)) == (["Ca", "sas é ", "ăn [1]"], "tiny")


def test_r14_the_upstream_body_is_the_allow_list_and_nothing_else(server):
    fake = server.will(says("yes"))
    ask(fake, model="mine", citable=2, key="secret")
    assert fake.bodies == [
        {
            "model": "mine",
            "messages": [{"role": "system", "content": "Rules."}, {"role": "user", "content": "Question?"}],
            "max_tokens": 50,
            "temperature": 0.0,
            "stream": True,
            "structured_outputs": {"grammar": grammar(2)},
        }
    ]
    assert fake.keys == ["Bearer secret"]


def test_without_numbers_to_cite_the_decoding_is_free(server):
    fake = server.will(says("yes"))
    ask(fake)
    assert sorted(fake.bodies[0]) == ["max_tokens", "messages", "model", "stream", "temperature"]


def test_a_server_without_structured_outputs_is_asked_plainly_and_once_only(server):
    async def story(fake):
        llm = VLLM(fake.url, model="tiny")
        texts = ["".join([p async for p in llm.stream(PROMPT, max_tokens=50, citable=3)]) for _ in range(2)]
        await llm.close()
        return texts

    fake = server.will(says("yes"), rejects_structured_outputs=True)
    assert asyncio.run(story(fake)) == ["yes", "yes"]
    assert ["structured_outputs" in body for body in fake.bodies] == [True, False, False]


def test_a_question_too_long_for_the_model_does_not_turn_the_constraint_off(server):
    async def story(fake):
        llm = VLLM(fake.url, model="tiny")
        with pytest.raises(LLMError, match="status 400"):
            [p async for p in llm.stream(PROMPT, max_tokens=50, citable=3)]
        text = "".join([p async for p in llm.stream(PROMPT, max_tokens=50, citable=3)])
        await llm.close()
        return text

    fake = server.will(refuses(400), refuses(400), says("yes"))
    assert asyncio.run(story(fake)) == "yes"
    assert ["structured_outputs" in body for body in fake.bodies] == [True, False, True]


def test_answers_share_one_connection(server):
    async def story(fake):
        llm = VLLM(fake.url, model="tiny")
        for _ in range(5):
            [p async for p in llm.stream(PROMPT, max_tokens=50)]
        await llm.close()

    fake = server.will(says("yes"))
    asyncio.run(story(fake))
    assert len(fake.connections) == 1


def test_r07_a_closed_port_is_told_at_once_with_address_and_fix():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        began = time.monotonic()
        text, error = asyncio.run(collect(VLLM(url, model="tiny")))
    assert time.monotonic() - began < 1
    assert (text, str(error)) == (
        "",
        f"{url} (tiny): cannot be reached; start the server, or correct the address",
    )


class Nameless(asyncio.SelectorEventLoop):
    """An event loop whose resolver knows no name, or does not answer."""

    answers = True

    async def getaddrinfo(self, *_, **__):
        if not self.answers:
            await asyncio.sleep(20)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


class Mute(Nameless):
    answers = False


@pytest.mark.parametrize("loop", [Nameless, Mute])
def test_r07_an_unknown_host_is_told_within_a_second(loop):
    began = time.monotonic()
    with asyncio.Runner(loop_factory=loop) as runner:
        text, error = runner.run(collect(VLLM("http://model.example/v1", model="tiny")))
    assert time.monotonic() - began < 1
    told = "http://model.example/v1 (tiny): cannot be reached; start the server, or correct the address"
    assert (text, str(error)) == ("", told)


@pytest.mark.parametrize("url", ["http://[bad/v1", "http://host:99999/v1", "http://" + "x" * 300 + "/v1"])
def test_r07_an_address_that_is_none_is_an_error_in_one_line(url):
    text, error = asyncio.run(collect(VLLM(url, model="tiny")))
    assert text == ""
    assert isinstance(error, LLMError)
    assert "\n" not in str(error)


def test_a_password_in_the_address_is_never_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{taken.getsockname()[1]}/v1"
        _, error = asyncio.run(collect(VLLM(f"http://user:hunter2@{at}", model="tiny")))
    assert str(error).startswith(f"http://{at} (tiny): ")


def breaker_story(fake, *, replies, gaps, **settings):
    """Asks as many questions as there are gaps, so many seconds apart; what each came to."""

    async def story():
        now = [0.0]
        llm = VLLM(fake.url, model="tiny", clock=lambda: now[0], **settings)
        fake.will(*replies)
        ends = []
        for gap in gaps:
            now[0] += gap
            text, error = await read(llm)
            ends.append(text or str(error).partition(": ")[2].partition(";")[0])
        await llm.close()
        return ends

    return asyncio.run(story())


def test_r07_a_server_that_fails_three_times_is_left_alone_then_probed_then_asked_again(server):
    replies = [refuses(500)] * 4 + [says("yes")]
    ends = breaker_story(server, replies=replies, gaps=[0, 0, 0, 0, 1.9, 0.1, 3.9, 0.1, 0])
    failed, left = "status 500", "not asked again so soon after a failure (status 500)"
    assert ends == [failed, failed, failed, left, left, failed, left, "yes", "yes"]
    assert len(server.bodies) == 6


def test_r07_a_question_that_the_server_refuses_opens_no_breaker(server):
    assert breaker_story(server, replies=[refuses(400)], gaps=[0] * 5) == ["status 400"] * 5


def test_r07_a_server_that_hangs_keeps_three_readers_waiting_and_no_more(server):
    began = time.monotonic()
    ends = breaker_story(server, replies=[Reply([20.0])], gaps=[0] * 8, first_token_seconds=0.2)
    assert ends[:3] == ["no answer in time"] * 3
    assert ends[3:] == ["not asked again so soon after a failure (no answer in time)"] * 5
    assert time.monotonic() - began < 2
    assert len(server.bodies) == 3


def test_r07_where_nobody_is_there_the_next_reader_is_told_without_trying():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"

        async def story():
            llm = VLLM(url, model="tiny", clock=lambda: 0.0)
            return [str((await read(llm))[1]) for _ in range(2)]

        first, second = asyncio.run(story())
    assert "cannot be reached; start the server" in first
    assert "not asked again so soon after a failure (cannot be reached); start the server" in second


def test_a_client_that_was_closed_opens_again_in_another_event_loop(server):
    fake = server.will(says("yes"))
    llm = VLLM(fake.url, model="tiny")
    assert [asyncio.run(collect(llm)) for _ in range(3)] == [("yes", None)] * 3


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "give the key"), (404, "the model's name"), (429, "try again later"), (500, "look at the server's log")],
)
def test_r07_a_refusal_names_the_status_and_what_to_do(server, status, advice):
    fake = server.will(refuses(status))
    text, error = ask(fake, model="tiny")
    assert text == ""
    assert f"status {status}" in str(error)
    assert advice in str(error)
    assert "\n" not in str(error)
    assert len(fake.bodies) == 1


def test_r07_a_server_without_a_model_says_so(server):
    fake = server.will(says("yes"), models=())
    assert "the server offers no model; start it with one" in str(ask(fake)[1])


@pytest.mark.parametrize(
    ("script", "settings", "text"),
    [
        ([5.0, event("late")], {"first_token_seconds": 0.2}, ""),
        ([event("soon"), 5.0, event("late")], {"between_tokens_seconds": 0.2}, "soon"),
        ([part for _ in range(100) for part in (event("x"), 0.05)], {"total_seconds": 0.4}, None),
    ],
    ids=["before the first token", "between tokens", "in all"],
)
def test_r08_a_server_that_hangs_is_left_in_time_and_asked_only_once(server, script, settings, text):
    fake = server.will(Reply(script))
    began = time.monotonic()
    got, error = ask(fake, model="tiny", **settings)
    assert time.monotonic() - began < 2
    assert "no answer in time" in str(error)
    assert text is None or got == text
    assert len(fake.bodies) == 1


WHOLE = b"".join([event("Thời hạn "), event("là 48 giờ [1]"), event(reason="stop"), DONE])
TOLD = WHOLE.index(b"\n", WHOLE.index(b'"finish_reason": "stop"')) + 1  # from here on the server has said "stop"


def forgetful():
    """A clock by which every question comes long after the one before: the breaker never refuses one."""
    return count(step=1000).__next__


def test_r09_a_stream_cut_at_any_byte_keeps_its_text_and_is_an_error_until_the_end_was_told(server):
    async def story(fake):
        llm = VLLM(fake.url, model="tiny", clock=forgetful())
        for at in range(len(WHOLE)):
            fake.will(Reply([WHOLE[:at], Cut]))
            text, error = await read(llm)
            assert isinstance(error, LLMError) == (at < TOLD), at
            assert "Thời hạn là 48 giờ [1]".startswith(text), at
            assert error or text == "Thời hạn là 48 giờ [1]", at
            assert len(fake.bodies) == 1, at
        await llm.close()

    asyncio.run(story(server))


def test_r09_an_answer_told_to_be_complete_is_so_though_the_stream_never_ends(server):
    fake = server.will(Reply([event("yes"), event(reason="stop"), 20.0]))
    began = time.monotonic()
    assert ask(fake, model="tiny") == ("yes", None)
    assert time.monotonic() - began < 3


def test_r09_a_server_that_heeds_no_limit_is_stopped(server, wait_until):
    fake = server.will(Reply([part for _ in range(200) for part in (event("x" * 100), 0.01)]))
    text, error = ask(fake, model="tiny")
    assert len(text) <= 16 * 50
    assert "more text than 50 tokens hold" in str(error)
    wait_until(lambda: fake.left)


def test_r09_letters_split_between_packets_are_put_together(server):
    fake = server.will(Reply([bytes([byte]) for byte in WHOLE]))
    assert ask(fake, model="tiny") == ("Thời hạn là 48 giờ [1]", None)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"<html>not found</html>",
        b"data: {not json}\n\n",
        b"data: 5\n\n",
        b'data: {"choices": 5}\n\n',
        b'data: {"choices": [{"delta": null}]}\n\n',
        b'data: {"choices": [{"delta": {"content": 5}}]}\n\n',
        b'data: {"error": {"message": "out of memory"}}\n\n',
        b"data: \xff\xfe\n\n",
        b"",
        DONE,
    ],
)
def test_r09_rubbish_is_an_error_and_never_an_empty_answer(server, rubbish):
    fake = server.will(Reply([rubbish]))
    text, error = ask(fake, model="tiny")
    assert text == ""
    assert str(error).startswith(f"{fake.url} (tiny): ")


def test_r09_a_line_that_never_ends_is_left(server):
    fake = server.will(Reply([b"data: " + b"x" * 600_000, b"x" * 600_000, 5.0]))
    assert "no stream of a chat completion" in str(ask(fake, model="tiny")[1])


def test_r09_an_answer_cut_at_the_limit_says_so(server):
    fake = server.will(says("The hold", reason="length"))
    text, error = ask(fake, model="tiny")
    assert text == "The hold"
    assert "cut short at 50 tokens" in str(error)


@pytest.mark.parametrize("moment", ["before the first token", "in the middle"])
def test_r10_leaving_closes_the_server_side_within_half_a_second(server, moment, wait_until):
    async def story(fake):
        llm = VLLM(fake.url, model="tiny")
        pieces = llm.stream(PROMPT, max_tokens=50)
        if moment == "in the middle":
            assert await anext(pieces) == "soon"
            left = time.monotonic()
            await pieces.aclose()
        else:
            waiting = asyncio.ensure_future(anext(pieces))
            await asyncio.sleep(0.3)
            left = time.monotonic()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        return llm, left

    script = [event("soon"), 20.0] if moment == "in the middle" else [20.0]
    fake = server.will(Reply(script))
    _, left = asyncio.run(story(fake))
    wait_until(lambda: fake.left)
    assert fake.left[0] - left < 0.5


def test_what_is_sent_is_json_that_keeps_vietnamese_and_spanish(server):
    fake = server.will(says("yes"))
    asyncio.run(collect_of(fake, "¿Cuánto? Bao lâu?"))
    assert json.dumps(fake.bodies[0]["messages"], ensure_ascii=False).count("¿Cuánto? Bao lâu?") == 1


async def collect_of(fake, question):
    llm = VLLM(fake.url, model="tiny")
    [p async for p in llm.stream((Message("user", question),), max_tokens=5)]
    await llm.close()
