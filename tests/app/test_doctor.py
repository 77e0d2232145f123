import asyncio

import pytest

from app.doctor import first_words
from generation.llm import LLMError
from generation.vllm import VLLM
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
