"""Training pairs: a question and the article that answers it, read with the passages that the index would embed."""

import json
import random
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.articles import Corpus
from index.build import MAX_CHARS
from index.errors import UserFacingError
from retrieval.json_lines import numbered_lines
from retrieval.questions import Question, question_of
from retrieval.training_texts import nearest, texts_of

# What is kept to measure with. A line with such a split is never a training pair.
HELD_OUT = frozenset({"choose", "dev", "eval", "test", "validation"})


class PairsError(UserFacingError):
    """Training pairs that cannot be used."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One question for training.

    Attributes:
        question: Unicode NFC, not empty.
        article_id: the `Article.id` that answers it.
        lang: ISO 639-1 code of the question; where a file names none, that of the article.
        source: where it comes from: "vi_alqac", "headings:es_boe", "synthetic:es_boe".
        negatives: distinct `Article.id`s that do not answer it, hardest first; may be empty.
        without_heading: the passage it is trained on leaves the article's heading out, because the question is that
            heading: a passage that held it would be found by copying.
    """

    question: str
    article_id: str
    lang: str
    source: str
    negatives: tuple[str, ...] = ()
    without_heading: bool = False


@dataclass(frozen=True, slots=True)
class PairSet:
    """Pairs with the text of every article that they name.

    Attributes:
        pairs: at least two articles among them where `read_pairs` made it.
        texts: `Article.id` -> its passages in order, exactly as the index embeds them (law title, label and heading,
            text). Most articles have one.
        texts_without_heading: the same without the heading; of the articles whose pairs ask for it.
        langs: `Article.id` -> ISO 639-1 code, which is not always that of the question.
        laws: `Article.id` -> the `Law.id` that it belongs to.
    """

    pairs: tuple[Pair, ...]
    texts: Mapping[str, tuple[str, ...]]
    texts_without_heading: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    langs: Mapping[str, str] = field(default_factory=dict)
    laws: Mapping[str, str] = field(default_factory=dict)

    def positive(self, pair: Pair) -> str:
        """The passage that a pair is trained on: of a long article the one that shares most with the question."""
        texts = self.texts_without_heading if pair.without_heading else self.texts
        return nearest(pair.question, texts[pair.article_id], lang=pair.lang)

    def negative_texts(self, pair: Pair) -> tuple[str, ...]:
        """The passage of each of its negatives, in their order, likewise the nearest: the one hardest to tell apart."""
        return tuple(nearest(pair.question, self.texts[one], lang=pair.lang) for one in pair.negatives)


def read_pairs(paths: Sequence[Path], corpus: Corpus, *, max_chars: int = MAX_CHARS) -> PairSet:
    """Reads training pairs, and the passages of their articles.

    One JSON object a line, plain or ending in `.gz` or `.xz`, of two kinds that may be mixed. A pair has `question`
    and `article`, and where known `lang`, `source`, `negatives` and `without_heading`. A labelled question (see
    `read_questions`) becomes a pair for each article in `relevant`, and again for each of its `variants`; one that
    nothing answers becomes none. Equal pairs are read once.

    Args:
        paths: at least one file.
        corpus: holds every article that a pair names.
        max_chars: see `cut_passages`; as the index is built.

    Raises:
        PairsError: naming file and line: no pair, a dev line, an article that is not in the corpus or has no text.
            Also where all pairs belong to one article, from which nothing can be told apart.
        QuestionsError: a labelled question that cannot be read.
    """
    langs = {version.article_id: version.lang for version in corpus.versions}
    found: dict[tuple[str, str], Pair] = {}
    for path in paths:
        unknown: list[tuple[int, str]] = []
        read = 0
        for number, line in numbered_lines(path, error=PairsError, what="training pairs"):
            for pair in _pairs(line, f"{path}, line {number}", path, langs):
                missing = [one for one in (pair.article_id, *pair.negatives) if one not in langs]
                unknown += [(number, one) for one in missing]
                read += 1
                if not missing:
                    found.setdefault((pair.question, pair.article_id), pair)
        if unknown:
            ids = list(dict.fromkeys(one for _, one in unknown))
            more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
            raise PairsError(
                f"{path}, line {unknown[0][0]}: not in the corpus: {', '.join(ids[:5])}{more};"
                " give the corpus that the pairs were made from."
            )
        if not read:
            raise PairsError(f"{path} holds no training pairs; write them with `lexcite pairs`.")
    pairs = tuple(found.values())
    articles = {pair.article_id for pair in pairs}
    if len(articles) < 2:
        raise PairsError(
            f"all {len(pairs)} pairs belong to the article {next(iter(articles), '(none)')}: training compares"
            " articles; give pairs of at least two."
        )
    named = articles.union(*(pair.negatives for pair in pairs))
    every = texts_of(corpus, named, max_chars=max_chars)
    read_set = PairSet(
        pairs,
        {one: texts.whole for one, texts in every.items()},
        {pair.article_id: every[pair.article_id].without_heading for pair in pairs if pair.without_heading},
        {one: langs[one] for one in every},
        {article.id: article.law_id for article in corpus.articles if article.id in every},
    )
    for texts, lack in ((read_set.texts, "neither text nor heading"), (read_set.texts_without_heading, "no text")):
        silent = next((one for one, passages in texts.items() if not passages), None)
        if silent is not None:
            raise PairsError(f"the article {silent} has {lack} to train on; take its pairs out of the file.")
    return read_set


def draw(pairs: Sequence[Pair], most: int, *, seed: int) -> tuple[Pair, ...]:
    """At most `most` pairs of each language of questions, drawn at random, in their given order.

    Args:
        pairs: any.
        most: at least 1.
        seed: the same pairs and seed give the same draw.

    Raises:
        PairsError: `most` is less than 1.
    """
    if most < 1:
        raise PairsError(f"--most {most}: draw at least 1 pair of each language.")
    places = list(range(len(pairs)))
    random.Random(seed).shuffle(places)  # noqa: S311 - a reproducible draw, nothing secret
    counts: Counter[str] = Counter()
    chosen = set()
    for place in places:
        lang = pairs[place].lang
        counts[lang] += 1
        if counts[lang] <= most:
            chosen.add(place)
    return tuple(pair for place, pair in enumerate(pairs) if place in chosen)


def pairs_of(question: Question, *, source: str, lang: str = "") -> tuple[Pair, ...]:
    """The pairs of a labelled question and its variants; none where it must not be answered.

    Args:
        question: any split: the caller sees to it that it is one for training.
        source: see `Pair`.
        lang: of the question, where it does not say.
    """
    if question.must_abstain:
        return ()
    wordings = dict.fromkeys((question.text, *question.variants))
    return tuple(
        Pair(wording, article_id, question.lang or lang, source)
        for article_id in question.relevant
        for wording in wordings
    )


def write_pairs(pairs: Iterable[Pair], path: Path) -> None:
    """Writes pairs as `read_pairs` reads them; the file appears whole or not at all.

    Raises:
        PairsError: the file cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_text("".join(f"{pair_line(pair)}\n" for pair in pairs), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise PairsError(f"{path} cannot be written ({error.strerror}); choose another place.") from error


def pair_line(pair: Pair) -> str:
    """A pair as one line of JSON, without a line feed."""
    fields: dict[str, Any] = {"question": pair.question, "article": pair.article_id, "source": pair.source}
    if pair.lang:
        fields["lang"] = pair.lang
    if pair.negatives:
        fields["negatives"] = list(pair.negatives)
    if pair.without_heading:
        fields["without_heading"] = True
    return json.dumps(fields, ensure_ascii=False)


def source_name(path: Path) -> str:
    """What pairs of a file are called that name no source: "vi_alqac" of "vi_alqac.questions.jsonl.gz"."""
    return path.name.partition(".")[0]


def _pairs(line: str, where: str, path: Path, langs: Mapping[str, str]) -> tuple[Pair, ...]:
    """The pairs of one line; `where` names file and line."""
    try:
        fields = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise PairsError(f"{where}: not JSON ({error}); write one object a line.") from error
    if not isinstance(fields, dict):
        raise PairsError(f"{where}: a {type(fields).__name__}, not an object with question and article.")
    if fields.get("split") in HELD_OUT:
        raise PairsError(
            f"{where}: its split is {fields['split']!r}, which is kept to measure with and never trained on;"
            " `lexcite pairs questions` takes the training questions out of the file."
        )
    if "article" not in fields and "relevant" in fields:
        question = question_of(line, where)
        lang = next((langs[one] for one in question.relevant if one in langs), "")
        return pairs_of(question, source=source_name(path), lang=lang)
    article_id = _text(fields, "article", where)
    flag = fields.get("without_heading", False)
    if not isinstance(flag, bool):
        raise PairsError(f"{where}: without_heading is {flag!r}; it has to be true or false.")
    negatives = fields.get("negatives", [])
    if not isinstance(negatives, list) or not all(isinstance(one, str) and one for one in negatives):
        raise PairsError(f"{where}: negatives has to be a list of article ids.")
    if article_id in negatives:
        raise PairsError(f"{where}: {article_id} is named as the answer and as a negative; take it out of negatives.")
    pair = Pair(
        question=_text(fields, "question", where),
        article_id=article_id,
        lang=_text(fields, "lang", where, default=langs.get(article_id, "")),
        source=_text(fields, "source", where, default=source_name(path)),
        negatives=tuple(dict.fromkeys(negatives)),
        without_heading=flag,
    )
    return (pair,)


def _text(fields: Mapping[str, Any], key: str, where: str, *, default: str | None = None) -> str:
    """A text field in NFC without surrounding space; `default` where it is absent."""
    if key not in fields and default is not None:
        return default
    value = fields.get(key)
    if not isinstance(value, str) or not value.strip():
        raise PairsError(f"{where}: {key} is missing or no text; a pair needs question and article.")
    return unicodedata.normalize("NFC", value).strip()
