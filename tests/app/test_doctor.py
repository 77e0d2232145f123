import asyncio

import pytest

from app.doctor import first_words, slow_numbers
from app.settings import Settings
from generation.llm import LLMError
from generation.vllm import VLLM
from index import cpu
from tests.fake_openai import fake_openai, refuses, says


def words_of(fake):
    async def scenario():
        llm = VLLM(fake.url)
        try:
            return await first_words(llm)
        finally:
            await llm.close()

    return asyncio.run(scenario())


def test_a_model_that_talks_on_is_not_reported_as_broken():
    with fake_openai(says("Yes", ", of course I", reason="length")) as fake:
        assert words_of(fake) == "Yes"


def test_a_model_that_fails_is():
    with fake_openai(refuses(500)) as fake, pytest.raises(LLMError, match="status 500"):
        words_of(fake)


@pytest.mark.parametrize(
    ("precision", "in_hardware", "told"),
    [("bfloat16", False, "bfloat16 is slower"), ("bfloat16", True, ""), ("float32", False, "")],
)
def test_numbers_that_slow_the_embedder_down_are_told(monkeypatch, precision, in_hardware, told):
    monkeypatch.setattr(cpu, "multiplies_bfloat16", lambda: in_hardware)
    said = slow_numbers(Settings(precision=precision, device="cpu"))
    assert told in said
    assert bool(told) == bool(said)
