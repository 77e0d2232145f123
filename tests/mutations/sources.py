"""Correct sentences with the law that each rests on: what people wrote, sentences of the law itself, our own.

Rows are read from the corpora as they are; nothing here knows how lexcite reads them.
"""

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.lookup_generator import DATA
from tests.mutations.own_law import OWN_ROWS, OWN_SENTENCES
from tests.mutations.words import nfc

CORPORA = ("vi_core", "es_core", "en_core", "en_pdpa")
QUESTIONS = {"vi_alqac": "vi_core", "es_justicio": "es_core", "en_pdpa": "en_pdpa"}


@dataclass(frozen=True)
class Place:
    """A stretch of an article's text; the whole of it where start and end are None."""

    article: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Statement:
    """A correct sentence.

    `wrote` says who: human (of a question set), law (a sentence of the statute, lightly edited), own (this suite).
    `form` is what a human sentence was: statement, answer, choice, free.
    """

    text: str
    lang: str
    dataset: str
    split: str
    wrote: str
    form: str
    cited: tuple[Place, ...]
    question: str = ""


def read_lines(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(nfc(line)) for line in lines]


def read_rows() -> dict[str, dict]:
    """Every row of the corpora by id, and the laws of our own."""
    rows = {row["id"]: row | {"corpus": c} for c in CORPORA for row in read_lines(corpus_file(c))}
    return rows | own_rows()


def own_rows() -> dict[str, dict]:
    return {row["id"]: row | {"corpus": "own"} for row in OWN_ROWS}


def corpus_file(name: str) -> Path:
    return DATA / "corpora" / f"{name}.articles.jsonl.gz"


def split_of(article: str) -> str:
    """Train or dev for what comes from no question set: by a hash of the article's id, three to one."""
    return "dev" if hashlib.sha256(article.encode()).digest()[0] % 4 == 0 else "train"


# --- what people wrote ---------------------------------------------------------------------------------------------

_TRUE_OR_FALSE = re.compile(r"[\s,.:?]*(?:là\s+)?(?:đúng hay sai|đúng hoặc sai)[\s?.:]*$", re.IGNORECASE)
_ALL_OF = re.compile(r"^(?:cả|tất cả|a và|b và|a, b|\(?a\)?\s*(?:và|,)|các phương án|không có|đáp án)", re.IGNORECASE)
_ASKS_WHAT_IS_NOT = re.compile(r"\bkhông\b|ngoại trừ|\bsai\b", re.IGNORECASE)


def human_statements(name: str) -> Iterator[Statement]:
    """The true statements and the answers of a question set, each with its gold articles as the law cited.

    Left out: what people marked as false, what must not be answered, choices such as "all of A, B, C", and the answers
    to "which of these is not ...", which say what the law does not.
    """
    for row in read_lines(DATA / "questions" / f"{name}.questions.jsonl.gz"):
        answer, question = str(row["answer"]).strip(), row["question"].strip()
        form = {"Đúng/Sai": "statement", "Trắc nghiệm": "choice", "Tự luận": "free"}.get(row.get("type"), "answer")
        if row.get("must_abstain") or (form == "statement" and not answer.startswith("Đúng")):
            continue
        if form == "statement":
            text, question = _TRUE_OR_FALSE.sub("", question), ""
        elif form == "choice":
            text = re.sub(r"^[A-D]\s*[.:)]\s*", "", answer).strip()
            if _ALL_OF.match(text) or _ASKS_WHAT_IS_NOT.search(question):
                continue
        else:
            text = answer
        cited = tuple(Place(article) for article in row["relevant"])
        yield Statement(" ".join(text.split()), row["lang"], name, row["split"], "human", form, cited, question)


def human_falsehoods(name: str = "vi_alqac") -> Iterator[Statement]:
    """Statements that the annotators of a question set marked as false."""
    for row in read_lines(DATA / "questions" / f"{name}.questions.jsonl.gz"):
        if row.get("type") == "Đúng/Sai" and str(row["answer"]).strip().startswith("Sai"):
            text = " ".join(_TRUE_OR_FALSE.sub("", row["question"].strip()).split())
            cited = tuple(Place(article) for article in row["relevant"])
            yield Statement(text, row["lang"], name, row["split"], "human", "statement", cited)


# --- sentences of the law ------------------------------------------------------------------------------------------

_LABEL = re.compile(r"^\s*(?:\d+\.º?|\d+º|\(\w{1,4}\)|\d+\)|[a-zđñ]\))\s*")
_CLAUSE = re.compile(r"^\s*(?:(\d+)\.|\((\d+)\))\s+\S")
_SENTENCE = re.compile(r"[^\s.;][^.;\n]*(?:\.(?=\S)[^.;\n]*)*\.(?=\s|$)")
_VERB = {
    "en": re.compile(r"\b(?:shall|must|may|is|are|has|have|does|applies)\b"),
    "es": re.compile(r"\b(?:podrá|podrán|deberá|deberán|es|son|será|serán|tiene|tienen|se|puede|debe|\w+ará|\w+erá)\b"),
    "vi": re.compile(r"\b(?:phải|được|có quyền|có trách nhiệm|có nghĩa vụ|là|không|có thể|bị|bao gồm)\b"),
}
_UNFIT = re.compile(r"[\"“”«»‘’\[\]]|\bfollowing:|:\s*$|\.\.\.|…|\bart\.|\bDOUE|\bBOE\b")


def law_sentences(row: dict) -> tuple[tuple[str, Place, str | None], ...]:
    """The whole sentences of a row with their places and, where its numbering is plain, the clause they stand in."""
    return _law_sentences(row["id"], row["text"], row["lang"])


@cache
def _law_sentences(article: str, text: str, lang: str) -> tuple[tuple[str, Place, str | None], ...]:
    found, at, clause = [], 0, None
    numbers = [m[1] or m[2] for line in text.split("\n") if (m := _CLAUSE.match(line))]
    plain = numbers == [str(n) for n in range(1, len(numbers) + 1)] and len(numbers) > 1
    for line in text.split("\n"):
        label, opens = _LABEL.match(line), _CLAUSE.match(line)
        if opens and plain:
            clause = opens[1] or opens[2]
        is_point = label is not None and opens is None
        for sentence in () if is_point else _SENTENCE.finditer(line, label.end() if label else 0):
            words = sentence[0]
            start = at + sentence.start()
            whole = 45 <= len(words) <= 330 and words[0].isupper() and not _UNFIT.search(words)
            if whole and _VERB[lang].search(words):
                found.append((words, Place(article, start, start + len(words)), clause))
        at += len(line) + 1
    return tuple(found)


_OPENERS = {
    "en": ("The law provides that {s}", "By law, {s}", "{S}"),
    "es": ("La ley dispone que {s}", "Según la ley, {s}", "{S}"),
    "vi": ("Pháp luật quy định {s}", "Theo quy định của luật, {s}", "{S}"),
}
_LOWERABLE = re.compile(
    r"^(?:The|A|An|Any|Where|In|If|No|Each|Every|It|This|Such|For|When|El|La|Los|Las|Un|Una|Si|En|Se|No|Cuando|Toda|"
    r"Todo|Todos|Para|Dicho|Dicha|Este|Esta|Estos|Quien|Người|Trường hợp|Việc|Trong|Các|Khi|Cá nhân|Bên|Thời hạn|"
    r"Nếu|Mọi|Công dân|Hành vi)\b"
)


def into_sentence(words: str) -> str | None:
    """With a small first letter where that is sure to be right."""
    return words[0].lower() + words[1:] if _LOWERABLE.match(words) else None


def law_statements(rows: dict[str, dict], chance: random.Random, dev: frozenset[str]) -> Iterator[Statement]:
    """Sentences of the law with another opening, in an order that the seed gives; endless enough for every class."""
    ids = sorted(rows)
    chance.shuffle(ids)
    for article in ids:
        row = rows[article]
        split = "dev" if article in dev else split_of(article)
        for words, place, _ in law_sentences(row):
            small = into_sentence(words)
            opener = chance.choice(_OPENERS[row["lang"]]) if small else "{S}"
            text = opener.format(s=small, S=words)
            yield Statement(text, row["lang"], row["corpus"], split, "law", "statement", (place,))


def own_statements() -> Iterator[Statement]:
    for article, lang, text in OWN_SENTENCES:
        yield Statement(text, lang, "own", split_of(article + text), "own", "statement", (Place(article),))


def law_text(statement: Statement, rows: dict[str, dict]) -> str:
    """Everything that the articles cited say, headings, numbers and the law's name too: the oracle's widest view."""
    parts = []
    for article in dict.fromkeys(place.article for place in statement.cited):
        row = rows[article]
        parts += [row["law_title"], row["article"], row["heading"], row["text"]]
    return nfc("\n".join(parts))
