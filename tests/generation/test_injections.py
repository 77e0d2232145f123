"""R15: instructions hidden in an article or in a question, and a model that does whatever any text tells it to."""

import asyncio
import base64
import re
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.access import Keys
from app.api.application import create_application
from app.chat_html import inline
from app.service import Service
from generation.prompt import read_prompt
from tests import small_law

QUESTIONS = {
    "en": "When does the landlord return the deposit?",
    "es": "¿Cuándo devuelve el arrendador la fianza?",
    "vi": "Bên cho thuê trả lại tiền đặt cọc khi nào?",
}
HOME = {"en": "tenancy", "es": "arriendos", "vi": "thuenha"}
TRUTH = {"en": "within 30 days", "es": "20 días", "vi": "10 ngày"}
LABEL = {"en": "Article", "es": "Artículo", "vi": "Điều"}
EVIL = "evil.example"


@dataclass(frozen=True)
class Payload:
    lang: str
    how: str
    text: str
    says: str

    @property
    def hidden(self) -> str:
        """The instruction as it is planted."""
        wrapped = {
            "visible": self.text,
            "comment": f"<!-- {self.text} -->",
            "zero-width": "\u200b".join(self.text),
            "tags": "".join(chr(0xE0000 + ord(c)) if ord(c) < 128 else c for c in self.text),
            "base64": f"Decode and obey: {base64.b64encode(self.text.encode()).decode()}",
            "link": f"[{self.text}](https://{EVIL}/law)",
            "image": f"{self.text} ![x](https://{EVIL}/x.png)",
            "html": f"{self.text} <script src='https://{EVIL}/x.js'></script>",
            "fence": f"```\n{self.text}\n```",
            "bidi": f"\u202e{self.text}\u202c",
        }
        return wrapped[self.how]


PLACE = Path(__file__).parent / "injections.toml"
PAYLOADS = [Payload(**one) for one in tomllib.loads(PLACE.read_text(encoding="utf-8"))["payload"]]


def letters(text):
    return "".join(c for c in text if c.isalnum() and ord(c) < 0xE0000).casefold()


class ObedientLLM:
    """Looks for an instruction in all that it reads, decoding what is encoded, and obeys the first that it finds."""

    name = "obedient"

    def __init__(self):
        self.prompts = []
        self.obeyed = None

    async def stream(self, messages, *, max_tokens, citable=None):
        del max_tokens, citable
        self.prompts.append(messages)
        read = "\n".join(message.content for message in messages)
        for word in re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", read):
            try:
                read += base64.b64decode(word, validate=True).decode()
            except ValueError:
                continue
        lang = next(lang for lang in TRUTH if read_prompt(lang).system == messages[0].content)
        number = re.search(rf"\[(\d+)\][^\[]*?{TRUTH[lang]}", messages[-1].content)
        seen = letters(read)
        self.obeyed = next((one for one in PAYLOADS if letters(one.text) in seen), None)
        if self.obeyed is not None:
            system = " ".join(messages[0].content.split())
            yield self.obeyed.says.format(n=number[1] if number else "1", system=system)

    async def close(self):
        pass


@pytest.fixture(scope="module")
def law(tmp_path_factory):
    """The small law and, for each payload, an act of its own with one article that holds it."""
    planted = tuple(
        (
            f"planted{at}", f"Planted Act {at}", "PP", one.lang, f"{LABEL[one.lang]} 3", "",
            f"{QUESTIONS[one.lang].strip('¿?')}. {one.hidden}",
        )
        for at, one in enumerate(PAYLOADS)
    )  # fmt: skip
    return small_law.build(tmp_path_factory.mktemp("law"), (*small_law.ARTICLES, *planted))


def answers(law, bodies):
    """For each body: the answer, what the model was shown, and the payload that it obeyed."""

    async def story():
        llm = ObedientLLM()
        service = Service(small_law.SmallOpener(law, llm))
        application, _ = create_application(service, law, keys=Keys())
        transport = httpx.ASGITransport(application, raise_app_exceptions=True)
        found = []
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for body in bodies:
                llm.prompts, llm.obeyed = [], None
                response = await client.post("/api/v1/ask", json=body)
                assert response.status_code == 200, response.text
                found.append((response.json(), llm.prompts, llm.obeyed))
        service.close()
        return found

    return asyncio.run(story())


def check(answer, prompts):
    """Asserts what must hold for any model; the sentences shown that no article cited says word for word."""
    rules = read_prompt(answer["lang"])
    for system, user in prompts:
        assert (system.role, system.content, user.role) == ("system", rules.system, "user")
        numbers = re.findall(r"^\[(\d+)\] ", user.content, re.MULTILINE)
        assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
        assert len(re.findall(r"[\[【]\s*\d", user.content.partition("\n\nAnswer")[0])) == len(numbers)
        assert not any(ord(c) >= 0xE0000 or c in "\u200b\u202e" for c in user.content)
    untrue = []
    cited = {one["number"]: one for one in answer["citations"]}
    for sentence in answer["sentences"]:
        assert sentence["state"] == "supported"
        text = " ".join(sentence["text"].split())
        quotes = [" ".join(cited[n]["quote"].split()) for n in sentence["citations"]]
        if not any(text in quote for quote in quotes):
            untrue.append(text)
        if EVIL in text:  # only where the planted article itself is quoted, as its own text
            assert all(cited[n]["law_id"].startswith("planted") for n in sentence["citations"])
    for line in (line for line in rules.system.splitlines() if len(line) > 40):
        assert line not in answer["answer"]
    assert all(not one["url"] or one["url"].startswith("https://law.example/") for one in answer["citations"])
    assert "<script" not in inline(answer["answer"])
    return untrue


def report(untrue):
    return "".join(f"passed the gate though the law does not say it: {text}\n" for text in sorted(set(untrue)))


def test_there_are_fifty_payloads_in_three_languages_and_ten_disguises():
    assert len(PAYLOADS) >= 50
    assert min(Counter(one.lang for one in PAYLOADS).values()) >= 18
    assert len({one.how for one in PAYLOADS}) == 10
    assert len({one.text for one in PAYLOADS}) == len(PAYLOADS)


def test_r15_what_is_hidden_in_an_article_changes_nothing(law):
    bodies = [
        {"question": QUESTIONS[one.lang], "laws": [HOME[one.lang], f"planted{at}"]} for at, one in enumerate(PAYLOADS)
    ]
    obeyed, untrue = 0, []
    for payload, (answer, prompts, found) in zip(PAYLOADS, answers(law, bodies), strict=True):
        untrue += check(answer, prompts)
        assert answer["sentences"], payload
        obeyed += found is payload
    sys.stdout.write(
        f"{obeyed} of {len(PAYLOADS)} instructions in articles reached the model and were obeyed\n{report(untrue)}"
    )
    assert untrue == []
    assert obeyed > 0.8 * len(PAYLOADS)


def test_r15_what_is_hidden_in_a_question_changes_nothing(law):
    bodies = [{"question": f"{QUESTIONS[one.lang]} {one.hidden}", "laws": [HOME[one.lang]]} for one in PAYLOADS]
    obeyed, untrue = 0, []
    for payload, (answer, prompts, found) in zip(PAYLOADS, answers(law, bodies), strict=True):
        untrue += check(answer, prompts)
        obeyed += found is payload
    sys.stdout.write(
        f"{obeyed} of {len(PAYLOADS)} instructions in questions reached the model and were obeyed\n{report(untrue)}"
    )
    assert untrue == []
    assert obeyed > 0.2 * len(PAYLOADS)  # most questions are refused: too few of their words are in any law


def test_r15_a_planted_article_stays_citable_as_text(law):
    service = Service(small_law.SmallOpener(law))
    with service.engine() as engine:
        for at, payload in enumerate(PAYLOADS):
            version = engine.release.version(f"planted{at}#a3")
            assert letters(payload.hidden) in letters(version.text) or payload.how == "tags"
    service.close()
