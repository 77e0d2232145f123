"""Articles of a corpus ranked by BM25, without a release: for mining negatives and for the round trip."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from index.articles import Corpus
from index.lexical import LexicalIndex
from retrieval.training_texts import texts_of


class LexicalRanking:
    """BM25 over the passages of a corpus; an article counts as its best passage."""

    def __init__(self, corpus: Corpus, *, max_chars: int) -> None:
        """Indexes every article in its current version: about a second for a thousand articles.

        Args:
            corpus: at least one article with text or a heading.
            max_chars: see `cut_passages`.
        """
        langs = {version.article_id: version.lang for version in corpus.versions}
        texts = texts_of(corpus, langs, max_chars=max_chars)
        rows = [(one, passage) for one, own in texts.items() for passage in own.whole]
        self._articles = [one for one, _ in rows]
        with tempfile.TemporaryDirectory(prefix="lexcite-lexical-") as name:
            LexicalIndex.write([text for _, text in rows], [langs[one] for one in self._articles], Path(name))
            self._index = LexicalIndex.open(Path(name))  # its arrays are mapped and outlive their names
        self._rows: dict[str, list[int]] = {}
        for row, one in enumerate(self._articles):
            self._rows.setdefault(one, []).append(row)

    def rank(self, question: str, k: int, *, lang: str) -> Mapping[str, float]:
        """The scores of the articles that share most with a question, best first.

        Args:
            question: any text.
            k: articles at most, at least 1.
            lang: ISO 639-1 code of the question.
        """
        found: dict[str, float] = {}
        scores, rows = self._index.search(question, 4 * k, lang=lang)
        for score, row in zip(scores.tolist(), rows.tolist(), strict=True):
            found.setdefault(self._articles[row], score)
            if len(found) == k:
                break
        return found

    def score(self, question: str, article_id: str, *, lang: str) -> float:
        """The score of one article, 0 where it shares nothing with the question."""
        allowed = np.zeros(len(self._articles), dtype=np.bool_)
        allowed[self._rows.get(article_id, [])] = True
        scores, _ = self._index.search(question, 1, lang=lang, allowed=allowed)
        return float(scores[0]) if len(scores) else 0.0
