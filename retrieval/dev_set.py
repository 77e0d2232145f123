"""Questions kept aside to watch a training by: their articles, their competitors, and the metrics per dimension."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.articles import Corpus
from index.build import MAX_CHARS
from index.embedding import Embedder
from index.errors import UserFacingError
from retrieval.evaluation import Interval, intervals
from retrieval.lexical_ranking import LexicalRanking
from retrieval.metrics import CARD_METRICS, Metric
from retrieval.pairs import PairSet
from retrieval.questions import Question, read_questions
from retrieval.training_texts import texts_of

MAIN_METRIC = "ndcg@10"  # by which the best checkpoint is chosen


class DevSetError(UserFacingError):
    """Questions that cannot judge a training."""


@dataclass(frozen=True, slots=True)
class DevSet:
    """The questions of one language with the articles that compete to answer them.

    Attributes:
        lang: of the questions.
        questions: each with at least one relevant article; at least one.
        articles: the competing `Article.id`s, the relevant ones among them.
        passages: the passages of the articles, as the index embeds them.
        owner: (passages,), the position in `articles` that each passage belongs to.
    """

    lang: str
    questions: tuple[Question, ...]
    articles: tuple[str, ...]
    passages: tuple[str, ...]
    owner: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judged:
    """How a model did on a dev set at one dimension.

    Attributes:
        lang: of the dev set.
        dimension: components of the vectors, after the cut.
        values: (questions, metrics), the metrics in the order of `CARD_METRICS`.
    """

    lang: str
    dimension: int
    values: NDArray[np.float64]

    def mean(self, metric: str = MAIN_METRIC) -> float:
        """The mean of one metric over the questions."""
        return float(self.values[:, _NAMES.index(metric)].mean())

    def intervals(self) -> tuple[tuple[str, Interval], ...]:
        """Each metric with its 95 % interval."""
        return tuple(zip(_NAMES, intervals(self.values), strict=True))


_NAMES = [metric.name for metric in CARD_METRICS]


def read_dev_sets(
    files: Sequence[Path],
    corpus: Corpus,
    *,
    split: str | None = None,
    articles: int = 0,
    max_chars: int = MAX_CHARS,
) -> tuple[DevSet, ...]:
    """Reads the questions to judge by, one dev set for each language, in the order of the codes.

    Args:
        files: labelled questions; those that nothing answers are left out.
        corpus: holds every article that they name.
        split: only questions of this split; None for all but "train".
        articles: competing articles of a language at most, the relevant ones always among them, the others those that
            BM25 takes for an answer: the hard ones. 0: every article of the language.
        max_chars: see `cut_passages`.

    Raises:
        DevSetError: no question is left, or articles that the corpus does not hold.
    """
    langs = {version.article_id: version.lang for version in corpus.versions}
    by_lang: dict[str, list[Question]] = {}
    unknown: list[str] = []
    for path in files:
        for question in read_questions(path, split=split):
            if not question.relevant or question.must_abstain or (split is None and question.split == "train"):
                continue
            missing = [one for one in question.relevant if one not in langs]
            unknown += [f"{one} ({path.name}, question {question.id})" for one in missing]
            if not missing:
                by_lang.setdefault(question.lang or langs[question.relevant[0]], []).append(question)
    if unknown:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        raise DevSetError(f"not in the corpus: {', '.join(unknown[:3])}{more}; give the corpus of these questions.")
    if not by_lang:
        names = ", ".join(str(path) for path in files) or "no file"
        wanted = f"of the split {split!r} " if split else "outside the split 'train' "
        raise DevSetError(f"{names}: no question {wanted}names an article; there is nothing to judge a training by.")
    ranking = LexicalRanking(corpus, max_chars=max_chars) if articles else None
    sets = []
    for lang, questions in sorted(by_lang.items()):
        gold = dict.fromkeys(one for question in questions for one in question.relevant)
        home = {langs[one] for one in gold}
        pool = [one.id for one in corpus.articles if langs.get(one.id) in home]
        if ranking is not None:
            pool = _hardest(ranking, questions, gold, pool, max(articles, len(gold)))
        if len(pool) < 2:
            raise DevSetError(f"the corpus holds one article in {lang}; nothing can be told apart.")
        texts = texts_of(corpus, frozenset(pool), max_chars=max_chars)
        rows = [(place, passage) for place, one in enumerate(pool) for passage in texts[one].whole]
        owner = np.array([place for place, _ in rows], dtype=np.int64)
        sets.append(DevSet(lang, tuple(questions), tuple(pool), tuple(passage for _, passage in rows), owner))
    return tuple(sets)


def refuse_leaks(pairs: PairSet, sets: Iterable[DevSet]) -> None:
    """Refuses training pairs whose question is also one to judge by.

    Raises:
        DevSetError: says how many, and the first.
    """
    refuse_common((pair.question for pair in pairs.pairs), (question for one in sets for question in one.questions))


def refuse_common(
    trained: Iterable[str], kept: Iterable[Question], *, done: str = "trained on", source: str = "pairs"
) -> None:
    """Refuses questions to judge by that were put to another use, but for case and blanks.

    Args:
        trained: the texts of the others.
        kept: the questions to judge by.
        done: what was done with the others.
        source: where they stand.

    Raises:
        DevSetError: says how many, and the first.
    """
    used = {_plain(text) for text in trained}
    leaked = [question for question in kept if _plain(question.text) in used]
    if leaked:
        raise DevSetError(
            f"{len(leaked)} questions to judge by are also {done}, such as {leaked[0].id!r}: the figures would lie;"
            f" take them out of the {source}."
        )


def judge(
    embedder: Embedder,
    sets: Iterable[DevSet],
    *,
    dimensions: Collection[int] = (),
    metrics: Sequence[Metric] = CARD_METRICS,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[Judged, ...]:
    """Ranks the articles of each dev set for each of its questions, by the cosine of their best passage.

    Args:
        embedder: what is judged; each text is embedded once, whatever the number of dimensions.
        sets: what to judge it by.
        dimensions: to which vectors are cut; empty for the whole ones.
        metrics: in the order of `Judged.values`.
        on_progress: called with the number of texts that were embedded, again and again.

    Returns:
        For each dev set its dimensions in falling order.
    """
    judged = []
    for one in sets:
        passages = embedder.embed_passages(one.passages, on_progress=on_progress)
        queries = embedder.embed_queries([question.text for question in one.questions])
        deepest = max(metric.k for metric in metrics)
        for dimension in sorted(set(dimensions) or {embedder.dimension}, reverse=True):
            scores = _unit(queries[:, :dimension]) @ _unit(passages[:, :dimension]).T
            rows = []
            for question, row in zip(one.questions, scores, strict=True):
                best = np.full(len(one.articles), -np.inf, dtype=np.float32)
                np.maximum.at(best, one.owner, row)
                order = np.argsort(-best, kind="stable")[:deepest]
                found = [one.articles[place] for place in order]
                rows.append([metric(found, question.relevant) for metric in metrics])
            judged.append(Judged(one.lang, dimension, np.array(rows, dtype=np.float64)))
    return tuple(judged)


def main_figure(judged: Sequence[Judged]) -> float:
    """What checkpoints are compared by: the main metric at the largest dimension, the mean of the languages' means."""
    largest = max(one.dimension for one in judged)
    return float(np.mean([one.mean() for one in judged if one.dimension == largest]))


def _hardest(
    ranking: LexicalRanking, questions: Sequence[Question], gold: Mapping[str, None], pool: Sequence[str], most: int
) -> list[str]:
    """The relevant articles and, rank by rank over all questions, what BM25 takes for an answer."""
    lists = [list(ranking.rank(question.text, 50, lang=question.lang or "en")) for question in questions]
    chosen = dict(gold)
    allowed = frozenset(pool)
    ranks = (one for rank in range(50) for found in lists if rank < len(found) for one in [found[rank]])
    for one in ranks:
        if len(chosen) >= most:
            break
        if one in allowed:
            chosen.setdefault(one)
    for one in pool:  # where the questions share words with few articles
        if len(chosen) >= most:
            break
        chosen.setdefault(one)
    return [one for one in pool if one in chosen]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)
