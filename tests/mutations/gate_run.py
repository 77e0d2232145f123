"""Runs the gate over the suite: the only module here that imports the code under test."""

import inspect
import json
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from generation.answer import Sentence, SentenceState
from generation.evidence import Extract, extracts
from generation.sentences import Claim
from generation.verification import Gate
from index.articles import Passage
from index.importers.jsonl import ArticleLines
from index.structure import parse_provisions
from retrieval.search import Hit
from tests.mutations.own_law import OWN_ROWS
from tests.mutations.sources import CORPORA, Place, Statement, corpus_file
from tests.mutations.suite import Case

_TAKES_QUESTION = "question" in inspect.signature(Gate).parameters
_KEPT = 400  # gates


@dataclass(frozen=True)
class Judged:
    """A case with the gate's verdict on the false sentence, and on the true one it was made of."""

    case: Case
    state: SentenceState
    original: SentenceState | None

    @property
    def caught(self) -> bool:
        return self.state is not SentenceState.SUPPORTED


class GateRun:
    """The gate as an answer's writer meets it: articles shown as numbered stretches, sentences citing some of them."""

    def __init__(self, corpora: tuple[str, ...] = CORPORA) -> None:
        self._hits: dict[str, Hit] = {}
        with tempfile.TemporaryDirectory() as folder:
            own = Path(folder) / "own.articles.jsonl"
            own.write_text("\n".join(json.dumps(row) for row in OWN_ROWS), encoding="utf-8")
            for path in (own, *(corpus_file(name) for name in corpora)):
                self._read(path)
        self._cut: dict[str, tuple[Extract, ...]] = {}
        self._gates: OrderedDict[tuple, tuple[Gate, dict[int, Extract]]] = OrderedDict()

    def _read(self, path: Path) -> None:
        corpus = ArticleLines().read(path)
        laws = {law.id: law for law in corpus.laws}
        articles = {article.id: article for article in corpus.articles}
        for version in corpus.versions:
            article = articles[version.article_id]
            passage = Passage(version.id, 0, len(version.text))
            self._hits[article.id] = Hit(
                rank=1, score=1.0, law=laws[article.law_id], article=article, version=version, passage=passage,
                dense=None, lexical=1.0,
            )  # fmt: skip

    def extracts(self, article: str) -> tuple[Extract, ...]:
        if article not in self._cut:
            hit = self._hits[article]
            version = hit.version
            provisions = parse_provisions(version.text, lang=version.lang, version_id=version.id)
            self._cut[article] = extracts(hit, provisions)
        return self._cut[article]

    def check(
        self, text: str, cited: tuple[Place, ...], shown: tuple[str, ...], *, lang: str, question: str
    ) -> Sentence:
        gate, numbered = self._gate(shown, lang, question)
        return gate.check(Claim(text, _markers(numbered, cited)))

    def shown(self, articles: tuple[str, ...], cited: tuple[Place, ...]) -> tuple[dict[int, Extract], tuple[int, ...]]:
        """The stretches of the articles by number, and the numbers of those that are cited."""
        numbered = dict(enumerate((e for article in articles for e in self.extracts(article)), start=1))
        return numbered, _markers(numbered, cited)

    def _gate(self, shown: tuple[str, ...], lang: str, question: str) -> tuple[Gate, dict[int, Extract]]:
        key = (shown, lang, question)
        if key not in self._gates:
            numbered, _ = self.shown(shown, ())
            more = {"question": question} if _TAKES_QUESTION and question else {}
            self._gates[key] = (Gate(numbered, lang=lang, **more), numbered)
            if len(self._gates) > _KEPT:
                self._gates.popitem(last=False)
        return self._gates[key]

    def judge(self, case: Case) -> Judged:
        def state(text: str, cited: tuple[Place, ...]) -> SentenceState:
            return self.check(text, cited, case.shown, lang=case.lang, question=case.question).state

        return Judged(
            case,
            state(case.mutated, case.cited),
            state(case.original, case.original_cited) if case.original else None,
        )

    def accepts(self, statement: Statement) -> SentenceState:
        """The verdict on a sentence that a person wrote and that is true."""
        shown = tuple(dict.fromkeys(place.article for place in statement.cited))
        cited = statement.cited
        return self.check(statement.text, cited, shown, lang=statement.lang, question=statement.question).state


def _markers(numbered: dict[int, Extract], cited: tuple[Place, ...]) -> tuple[int, ...]:
    return tuple(n for n, extract in numbered.items() if any(_covers(place, extract) for place in cited))


def _covers(place: Place, extract: Extract) -> bool:
    if place.article != extract.hit.article.id:
        return False
    return place.start is None or (place.start < extract.end and extract.start < place.end)
