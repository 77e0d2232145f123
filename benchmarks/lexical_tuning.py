"""Why the lexical index is as it is: tokens, pairs, stop words, k1 and b, by nDCG@10 of articles on labelled questions.

Articles are cut at paragraphs into passages of about 1,500 characters, each with its law, number and heading; an
article is as good as its best passage. What is chosen is chosen on the train split; dev is shown beside it.

    PYTHONPATH=. OMP_NUM_THREADS=1 .venv/bin/python benchmarks/lexical_tuning.py
"""

import gzip
import itertools
import json
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
import Stemmer
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from index.languages import fold
from index.lexical import K1, B, tokens

DATA = Path(os.environ.get("LEXCITE_DATA", Path(__file__).resolve().parents[1] / "../shared/data"))
CORPORA = {"vi": ("vi_core", "vi_alqac"), "es": ("es_core", "es_justicio"), "en": ("en_pdpa", "en_pdpa")}
STEMMERS = {"es": "spanish", "en": "english"}
PASSAGE = 1500
SWEEP = [*itertools.product((0.6, 0.9, 1.2, 1.6), (0.3, 0.5, 0.75, 0.9))]

Tokenizer = Callable[[str], list[str]]


class Corpus:
    """One language's passages, their articles and the questions about them."""

    def __init__(self, lang: str) -> None:
        corpus, questions = CORPORA[lang]
        articles = lines(DATA / f"corpora/{corpus}.articles.jsonl.gz")
        labelled = lines(DATA / f"questions/{questions}.questions.jsonl.gz")
        self.lang = lang
        self.questions = [question for question in labelled if question["relevant"]]
        self.train = np.array([question["split"] == "train" for question in self.questions])
        self.place = {article["id"]: place for place, article in enumerate(articles)}
        self.passages: list[str] = []
        owners = []
        for place, article in enumerate(articles):
            for text in passages(article["text"]):
                self.passages.append(f"{article['law_title']}\n{article['article']} {article['heading']}\n{text}")
                owners.append(place)
        self.owners = np.array(owners)

    def show(
        self,
        name: str,
        tokenizer: Tokenizer,
        *,
        unmarked: bool = False,
        k1: float = K1,
        b: float = B,
        pair: float = 1.0,
    ) -> None:
        """Prints one line: nDCG@10 on train and dev; `pair` is what a pair counts in a question."""
        counted = [Counter(tokenizer(passage)) for passage in self.passages]
        columns = {token: column for column, token in enumerate(sorted(set().union(*counted)))}
        weights = bm25(counted, columns, k1, b)
        written = fold if unmarked else str
        asked = [Counter(tokenizer(written(question["question"]))) for question in self.questions]
        cells = [
            (row, columns[token], count * (pair if " " in token else 1.0))
            for row, bag in enumerate(asked)
            for token, count in bag.items()
            if token in columns
        ]
        rows, places, values = zip(*cells, strict=True)
        scores = (csr_matrix((values, (rows, places)), shape=(len(asked), len(columns))) @ weights.T).toarray()
        gains = np.array(
            [self.ndcg(line, question["relevant"]) for line, question in zip(scores, self.questions, strict=True)]
        )
        print(
            f"{self.lang}  {name:44} {'unmarked' if unmarked else 'as written':10} k1 {k1} b {b:<4} "
            f"train {gains[self.train].mean():.4f}  dev {gains[~self.train].mean():.4f}",
            flush=True,
        )

    def ndcg(self, scores: NDArray[np.float64], relevant: list[str]) -> float:
        """Of one question, at 10."""
        best = np.zeros(len(self.place))
        np.maximum.at(best, self.owners, scores)
        wanted = {self.place[article] for article in relevant}
        top = np.argsort(-best, kind="stable")[:10]
        gain = sum(1 / np.log2(rank + 2) for rank, article in enumerate(top) if article in wanted)
        return float(gain / sum(1 / np.log2(rank + 2) for rank in range(min(10, len(wanted)))))


def main() -> None:
    """Prints what was tried, one line each."""
    words = re.compile(r"\d+(?:[.,]\d+)*[^\W\d_]{0,3}(?![^\W_])|[^\W_]+")

    def marked(text: str) -> list[str]:
        return words.findall(normalize("NFKC", text).lower())

    def folded(text: str) -> list[str]:
        return words.findall(fold(text))

    for lang in CORPORA:
        corpus = Corpus(lang)
        tried: dict[str, tuple[Tokenizer, float]] = {
            "marked words": (marked, 1.0),
            "folded words": (folded, 1.0),
            "marked words and pairs": (lambda text: with_pairs(marked(text)), 1.0),
            "folded words and pairs": (lambda text: with_pairs(folded(text)), 1.0),
        }
        if lang in STEMMERS:
            stem = Stemmer.Stemmer(STEMMERS[lang]).stemWords
            tried["stems, folded after"] = (lambda text, stem=stem: [fold(word) for word in stem(marked(text))], 1.0)
            tried["stems, folded before"] = (lambda text, stem=stem: stem(folded(text)), 1.0)
            for pair in (0.2, 0.35, 0.5, 1.0):
                name = f"stems, folded before, pairs at {pair}"
                tried[name] = (lambda text, stem=stem: with_pairs(stem(folded(text))), pair)
        for name, (tokenizer, pair) in tried.items():
            for unmarked in (False, True):
                corpus.show(name, tokenizer, unmarked=unmarked, pair=pair)
        pair = 1.0 if lang == "vi" else 0.35
        chosen: Tokenizer = lambda text, lang=lang: tokens(text, lang)  # noqa: E731 - a column of the table above
        corpus.show("as lexcite has it", chosen, pair=pair)
        corpus.show("as lexcite has it", chosen, pair=pair, unmarked=True)
        for k1, b in SWEEP:
            corpus.show("as lexcite has it", chosen, pair=pair, k1=k1, b=b)


def with_pairs(words: list[str]) -> list[str]:
    """The words, and each two neighbours."""
    return [*words, *(f"{first} {second}" for first, second in itertools.pairwise(words))]


def bm25(counted: list[Counter[str]], columns: dict[str, int], k1: float, b: float) -> csc_matrix:
    """Lucene's BM25 weights, (passages, tokens)."""
    lengths = np.array([bag.total() for bag in counted], dtype=np.float64)
    rows = np.repeat(np.arange(len(counted)), [len(bag) for bag in counted])
    places = np.array([columns[token] for bag in counted for token in bag])
    counts = np.array([count for bag in counted for count in bag.values()], dtype=np.float64)
    holders = np.bincount(places, minlength=len(columns))
    rarity = np.log(1 + (len(counted) - holders + 0.5) / (holders + 0.5))
    weights = rarity[places] * counts / (counts + k1 * (1 - b + b * lengths[rows] / lengths.mean()))
    return csc_matrix((weights, (rows, places)), shape=(len(counted), len(columns)))


def passages(text: str) -> list[str]:
    """`text` in pieces of whole paragraphs, each about `PASSAGE` characters."""
    pieces = [""]
    for paragraph in text.split("\n"):
        if pieces[-1] and len(pieces[-1]) + len(paragraph) > PASSAGE:
            pieces.append("")
        pieces[-1] += paragraph + "\n"
    return pieces


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a gzipped JSON Lines file."""
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


if __name__ == "__main__":
    main()
