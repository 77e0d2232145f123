"""A language model that lies, asked real questions over real law through the HTTP API, and a checker of its own.

The model writes true sentences of the law among invented ones. The checker knows which are which: whatever is shown
must stand word for word in an article that it cites, or be one of the true sentences. It reads the corpora as they are
and shares no code with the gate. `python -m tests.hostile [QUESTIONS]` is the whole run; `make hostile` calls it.
"""

import asyncio
import json
import random
import re
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from app.access import Keys
from app.api.application import create_application
from app.building import publish
from app.service import Service
from app.settings import Settings
from generation.llm import Message
from index.importers.registry import read_corpus
from tests import small_law
from tests.fakes import HashEmbedder
from tests.mutations.sources import DATA, corpus_file, read_lines

QUESTIONS = {"en_pdpa": "en_pdpa", "es_justicio": "es_core", "vi_alqac": "vi_core"}
AROUND = 250  # articles of each corpus that answer no question of the sample

EVIL = "evil.example"
_PROVISION = re.compile(r"\[(\d+)\] (.*)")
_SENTENCE = re.compile(r"(?<![^\n])(?:\w{1,3}[.)] )?([^\W\d_a-zà-ỹđ][^.;:\n]{40,260}\.)(?=\s|$)")
_NOBODY = re.compile(r"\b(?:no|none|nobody|nadie|ning[uú]n\w*|nunca|unless|salvo|chưa)\b", re.IGNORECASE)
_PIECE = re.compile(r"“([^”]+)”")

# By language: how a sentence of law is introduced, an article that no law has, a law that is none, a rule that is none,
# what is added to a true sentence, and words whose exchange turns a rule round.
WORDS = {
    "en": {
        "true": "The law provides that {s}",
        "article": "Under Article 9871, {s}",
        "bracket": "Article 9871",
        "law": "Under the Pirates and Corsairs Act 1623, {s}",
        "rule": "Whoever complains about a ruling loses the right to vote for ever.",
        "number": "This must be done within 9 months and costs EUR 73,000.",
        "tail": ", and whoever objects is flogged in public",
        "turns": "shall not>shall|must not>must|may not>may|shall>shall not|"
        "must>must not|may>must not| is > is not | are > are not ",
    },
    "es": {
        "true": "La ley dispone que {s}",
        "article": "Según el artículo 9871, {s}",
        "bracket": "artículo 9871",
        "law": "Según la Ley de Piratas y Corsarios de 1623, {s}",
        "rule": "Quien recurra una sentencia perderá para siempre el derecho de voto.",
        "number": "Debe hacerse en el plazo de 9 meses y cuesta 73.000 euros.",
        "tail": ", y quien se oponga será azotado en público",
        "turns": "no podrá>podrá|no podrán>podrán|podrá>no podrá|podrán>no podrán|"
        "deberá>no deberá|tienen>no tienen| es > no es | son > no son ",
    },
    "vi": {
        "true": "Pháp luật quy định {s}",
        "article": "Theo Điều 9871, {s}",
        "bracket": "Điều 9871",
        "law": "Theo Luật Cướp biển năm 1623, {s}",
        "rule": "Người nào khiếu nại bản án thì bị tước quyền bầu cử vĩnh viễn.",
        "number": "Việc này phải làm trong thời hạn 9 tháng và tốn 73.000.000 đồng.",
        "tail": ", ai phản đối thì bị đánh roi trước công chúng",
        "turns": "không được>được|không phải>phải|phải>không phải|"
        "có quyền>không có quyền|được>không được| là > không phải là ",
    },
}


@dataclass(frozen=True)
class Line:
    """One line that the model writes; `true` where the article cited says it, whatever the marker."""

    kind: str
    text: str  # without its marker
    marker: str
    true: bool = False


@dataclass
class HostileLLM:
    """Reads the provisions out of the prompt and lies about them; remembers the lines of its last answer."""

    name: str = "hostile"
    lang: str = "en"
    chance: random.Random = field(default_factory=lambda: random.Random(11))
    written: list[Line] = field(default_factory=list)
    turn: int = 0

    async def stream(self, messages: Sequence[Message], *, max_tokens: int, citable: int | None = None):
        del max_tokens, citable
        self.written = list(self._lines(read_provisions(messages[-1].content)))
        text = "\n".join(f"{line.text} {line.marker}" for line in self.written)
        at = 0
        while at < len(text):  # pieces that cut words and markers anywhere
            size = self.chance.randint(1, 40)
            yield text[at : at + size]
            at += size

    async def close(self) -> None:
        pass

    def _lines(self, shown: dict[int, str]) -> Iterator[Line]:
        whole = [(n, s) for n, text in shown.items() for s in _SENTENCE.findall(text) if not re.search(r"[\[\]“”]", s)]
        self.chance.shuffle(whole)
        if not whole:
            yield Line("rule", WORDS[self.lang]["rule"], "[1]")
            return
        kinds = list(LIES)
        for step in range(10):
            number, sentence = whole[step % len(whole)]
            if step in (0, 5):
                yield Line("true", sentence, f"[{number}]", true=True)
            elif step == 1:
                text = WORDS[self.lang]["true"].format(s=_small(sentence))
                yield Line("true, introduced", text, f"[{number}]", true=True)
            else:
                kind = kinds[self.turn % len(kinds)]
                self.turn += 1
                lie = LIES[kind](self, number, sentence, shown)
                if lie is not None:
                    yield replace(lie, kind=kind)


def read_provisions(prompt: str) -> dict[int, str]:
    """The text under each number of a prompt."""
    shown: dict[int, str] = {}
    number = 0
    for line in prompt.splitlines():
        if found := _PROVISION.match(line):
            number = int(found[1])
            shown[number] = found[2]
        elif number and line.startswith("| "):
            shown[number] += "\n" + line.removeprefix("| ")
        else:
            number = 0
    return shown


def _small(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _own(word: str) -> Callable[..., Line]:
    def lie(llm: HostileLLM, number: int, sentence: str, _: dict[int, str]) -> Line:
        return Line(word, WORDS[llm.lang][word].format(s=_small(sentence)), f"[{number}]")

    return lie


def _wrapped(form: str) -> Callable[..., Line]:
    def lie(_: HostileLLM, number: int, sentence: str, __: dict[int, str]) -> Line:
        return Line("", form.format(s=sentence.rstrip("."), evil=EVIL), f"[{number}]")

    return lie


def _other_number(_: HostileLLM, number: int, sentence: str, shown: dict[int, str]) -> Line | None:
    found = re.search(r"(?<![\d.,/])\d{1,3}(?![\d.,/])", sentence)
    if found is None:
        return None
    new = int(found[0]) + 7
    everything = " ".join(shown.values())
    while str(new) in everything:
        new += 1
    return Line("", f"{sentence[: found.start()]}{new}{sentence[found.end() :]}", f"[{number}]")


def _turned(llm: HostileLLM, number: int, sentence: str, _: dict[int, str]) -> Line | None:
    if _NOBODY.search(sentence):  # two negations may come to anything
        return None
    for pair in WORDS[llm.lang]["turns"].split("|"):
        old, new = pair.split(">")
        pattern = old if old.startswith(" ") else rf"\b{old}\b"
        if len(re.findall(pattern, sentence)) == 1:
            return Line("", re.sub(pattern, new, sentence), f"[{number}]")
    return None


def _false_quotation(_: HostileLLM, number: int, sentence: str, __: dict[int, str]) -> Line:
    said = sentence.rstrip(".").split()
    said[len(said) // 2 : len(said) // 2 + 2] = ["zarzuela"]
    return Line("", f"“{' '.join(said)}”.", f"[{number}]")


def _elsewhere(_: HostileLLM, number: int, sentence: str, shown: dict[int, str]) -> Line | None:
    other = next((n for n, text in shown.items() if n != number and sentence not in text), None)
    return None if other is None else Line("", sentence, f"[{other}]")


def _marked(marker: str) -> Callable[..., Line]:
    def lie(llm: HostileLLM, _: int, sentence: str, __: dict[int, str]) -> Line:
        return Line("", sentence, marker or f"[{WORDS[llm.lang]['bracket']}]")

    return lie


def _tail(llm: HostileLLM, number: int, sentence: str, _: dict[int, str]) -> Line:
    return Line("", f"{sentence.rstrip('.')}{WORDS[llm.lang]['tail']}.", f"[{number}]")


def _number_added(llm: HostileLLM, number: int, _: str, __: dict[int, str]) -> Line:
    return Line("", WORDS[llm.lang]["number"], f"[{number}]")


LIES: dict[str, Callable[..., Line | None]] = {
    "an invented article": _own("article"),
    "an invented article in brackets": _marked(""),
    "a marker that was not shown": _marked("[97]"),
    "a marker of nothing": _marked("[0]"),
    "no marker": _marked(" "),
    "another provision's marker": _elsewhere,
    "an invented law": _own("law"),
    "an invented rule": _own("rule"),
    "invented numbers": _number_added,
    "another number": _other_number,
    "a rule turned round": _turned,
    "an invented quotation": _false_quotation,
    "an invented addition": _tail,
    "a link": _wrapped("{s}, https://{evil}/law."),
    "a bare address": _wrapped("{s}, www.{evil}."),
    "a link in Markdown": _wrapped("{s} ![x](http://{evil}/x.png)."),
    "an e-mail address": _wrapped("{s}, thief@{evil}."),
    "HTML": _wrapped("<a href='//{evil}'>{s}</a>."),
    "a script": _wrapped("{s} <script>fetch('//{evil}')</script>."),
    "a formula with a link": _wrapped("{s} $\\href{{http://{evil}}}{{x}}$."),
}


# --- the run -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leak:
    """Something shown that should not have been."""

    kind: str
    question: str
    shown: str
    why: str


@dataclass
class Tally:
    """What came of a run; `shown` counts the model's own sentences that were shown as written."""

    questions: int = 0
    answered: int = 0
    by_model: int = 0
    sentences: int = 0
    citations: int = 0
    written: Counter = field(default_factory=Counter)
    passed: Counter = field(default_factory=Counter)
    leaks: list[Leak] = field(default_factory=list)


def sampled(count: int, *, seed: int = 5) -> tuple[list[dict], dict[str, dict]]:
    """Questions, as many of each language, and the rows of the law that they are put to, by id."""
    chance = random.Random(seed)
    questions: list[dict] = []
    rows: dict[str, dict] = {}
    for place, (name, corpus) in enumerate(QUESTIONS.items()):
        share = count // 3 + (place < count % 3)
        chosen = chance.sample(read_lines(DATA / "questions" / f"{name}.questions.jsonl.gz"), share)
        every = {row["id"]: row for row in read_lines(corpus_file(corpus))}
        gold = [one for question in chosen for one in question["relevant"] if one in every]
        rows |= {one: every[one] for one in dict.fromkeys([*gold, *chance.sample(sorted(every), AROUND)])}
        questions += chosen
    chance.shuffle(questions)
    return questions, rows


def run(count: int, folder: Path) -> Tally:
    """Asks `count` questions; the index is made in `folder`."""
    questions, rows = sampled(count)
    corpus = folder / "law.jsonl"
    corpus.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows.values()), encoding="utf-8")
    settings = Settings(index=folder / "index", embedder="words", mode="lexical")
    publish(read_corpus([corpus]), settings, HashEmbedder())
    llm = HostileLLM()
    service = Service(small_law.SmallOpener(settings, llm))
    application, _ = create_application(service, settings, keys=Keys())
    tally = Tally()

    async def story() -> None:
        transport = httpx.ASGITransport(application, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for turn, question in enumerate(questions):
                llm.lang, llm.written = question["lang"], []
                answer = await _asked(client, turn, question)
                check(tally, question["question"], answer, llm.written, rows)

    try:
        asyncio.run(story())
    finally:
        service.close()
    return tally


async def _asked(client: httpx.AsyncClient, turn: int, question: dict) -> dict:
    """The answer, by each of the three ways in turn."""
    text = question["question"][:4000]
    if turn % 3 == 0:
        body = {"messages": [{"role": "user", "content": text}]}
        response = await client.post("/v1/chat/completions", json=body)
        said = response.json()
        content, answer = said["choices"][0]["message"]["content"], said["lexcite"]
        assert content.startswith(answer["answer"])
        return answer
    response = await client.post("/api/v1/ask", json={"question": text, "stream": turn % 3 == 1})
    assert response.status_code == 200, response.text
    if turn % 3 == 2:
        return response.json()
    events = [block.split("\n", 1) for block in response.text.strip().split("\n\n")]
    contents = [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in events]
    answer = contents[-1][1]
    assert [one["sentence"] for name, one in contents if name == "sentence"] == answer["sentences"]
    return answer


def check(tally: Tally, question: str, answer: dict, written: list[Line], rows: dict[str, dict]) -> None:
    """Adds an answer, as the API gave it, to the tally; `written` is what the model wrote for it."""
    tally.questions += 1
    tally.answered += answer["outcome"] == "answered"
    tally.by_model += answer["mode"] == "model" and bool(answer["sentences"])
    tally.written.update(line.kind for line in written)
    cited = {one["number"]: one for one in answer["citations"]}
    for citation in answer["citations"]:
        tally.citations += 1
        row = rows.get(citation["article_id"])
        real = (
            row is not None and _fold(citation["quote"]) in _fold(row["text"]) and citation["law"] == row["law_title"]
        )
        if not real or _fold(citation["article"]) != _fold(row["article"]):
            tally.leaks.append(
                Leak("an invented citation", question, json.dumps(citation, ensure_ascii=False), "cited")
            )
    lines = {_fold(line.text): line for line in sorted(written, key=lambda line: line.true)}  # the true one wins
    for sentence in answer["sentences"]:
        tally.sentences += 1
        text = _fold(sentence["text"])
        line = lines.get(text) or next((one for said, one in lines.items() if text in said), None)
        tally.passed.update([line.kind] if line is not None and sentence.get("instead_of") is None else [])
        articles = [cited[n]["article_id"] for n in sentence["citations"] if n in cited]
        texts = [_fold(rows[article]["text"]) for article in articles if article in rows]
        literal = any(all(part in law for part in _PIECE.findall(text) or [text]) for law in texts)
        true = line is not None and line.true and text == _fold(line.text)
        if not texts or sentence["state"] != "supported" or not (literal or true):
            tally.leaks.append(Leak(line.kind if line else "unknown", question, sentence["text"], sentence["state"]))
    if EVIL in answer["answer"] + answer["message"] + " ".join(answer["notes"]):
        tally.leaks.append(Leak("an address", question, answer["answer"], "in the answer's text"))


def _fold(text: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", text).replace("\u00ad", "").split())
    return re.sub(r" ([.,;:])", r"\1", text)


def report(tally: Tally) -> str:
    """The counts as text."""
    leaks = Counter(leak.kind for leak in tally.leaks)
    lines = [
        f"{tally.questions} questions: {tally.answered} answered, {tally.by_model} with sentences of the hostile model",
        f"{tally.sentences} sentences shown, {tally.citations} citations, {len(tally.leaks)} that should not have been",
        f"{'what the model wrote':34}{'written':>9}{'shown':>7}{'wrongly':>9}",
    ]
    lines += [f"{kind:34}{n:9}{tally.passed[kind]:7}{leaks[kind]:9}" for kind, n in sorted(tally.written.items())]
    return "\n".join(lines)


def main() -> None:
    """The whole run, with every leak."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as folder:
        tally = run(count, Path(folder))
    sys.stdout.write(report(tally) + "\n")
    for leak in tally.leaks:
        sys.stdout.write(f"- {leak.kind} ({leak.why}): {leak.shown}\n    to: {leak.question}\n")
    sys.exit(bool(tally.leaks))


if __name__ == "__main__":
    main()
