"""`lexcite pairs`: training pairs from law, from labelled questions, from a language model; negatives; a check."""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from app.settings import Settings, SettingsError
from app.terminal import ProgressBar, say, show, show_json
from app.wiring import environment, prepare_process
from index.articles import Corpus
from index.build import MAX_CHARS
from index.importers.registry import read_corpus
from retrieval.headings import heading_pairs
from retrieval.lexical_ranking import LexicalRanking
from retrieval.naming import name_articles
from retrieval.near_duplicates import GramIndex, Removal, remove_near_duplicates
from retrieval.negatives import Teacher, mine_negatives
from retrieval.pair_statistics import Lengths, SourceStatistics, statistics
from retrieval.pairs import HELD_OUT, Pair, PairsError, draw, pairs_of, read_pairs, source_name, write_pairs
from retrieval.questions import Question, read_questions
from retrieval.splits import kept_to_measure, split_by_article, write_questions

PATIENCE = 600.0  # seconds


def headings(arguments: argparse.Namespace, _: Settings) -> int:
    """Pairs each article's heading with its text."""
    measured = _measured(arguments.unlike)
    pairs: list[Pair] = []
    for path in arguments.corpus:
        made = heading_pairs(read_corpus([path]), source=f"headings:{source_name(path)}")
        _tell(path, made.counts)
        pairs += made.pairs
    _finish(arguments, "headings", pairs, measured, most=arguments.most, seed=arguments.seed)
    return 0


def questions(arguments: argparse.Namespace, _: Settings) -> int:
    """Pairs the questions of one split with their articles."""
    if (arguments.choose is None) != (arguments.choose_out is None):
        raise SettingsError("--choose SHARE and --choose-out FILE go together; give both or neither")
    if arguments.split in HELD_OUT:
        raise PairsError(f"the split {arguments.split!r} is kept to measure with and never trained on; name another.")
    measured = _measured(arguments.unlike)
    pairs: list[Pair] = []
    aside: list[Question] = []
    for path in arguments.questions:
        everything = read_questions(path)
        measured += [one for one in kept_to_measure(everything) if one.split != arguments.split]
        own: Sequence[Question] = read_questions(path, split=arguments.split)
        if arguments.choose is not None:
            own, apart = split_by_article(own, share=arguments.choose, seed=arguments.seed)
            aside += apart
        pairs += [pair for one in own for pair in pairs_of(one, source=source_name(path))]
    if aside:
        write_questions(aside, arguments.choose_out, split="choose")
        say(f"{len(aside)} questions, sharing no article with the rest, to choose a model with: {arguments.choose_out}")
    _finish(arguments, "questions", pairs, [*measured, *aside])
    return 0


def synthetic(arguments: argparse.Namespace, settings: Settings) -> int:
    """Has a language model write questions, and keeps those that find their article again."""
    from app.question_writer import QuestionWriter  # noqa: PLC0415 - with asyncio, for this command alone
    from generation.vllm import VLLM  # noqa: PLC0415 - imports openai
    from retrieval.replies import ask_for_questions, read_replies  # noqa: PLC0415
    from retrieval.synthetic import choose_articles, filled, keep_questions, read_prompt  # noqa: PLC0415
    from retrieval.training_texts import texts_of  # noqa: PLC0415

    if not settings.llm_url:
        raise SettingsError(
            "name the language model's server: --llm-url http://127.0.0.1:8000/v1 (`lexcite llm serve`)"
        )
    llm = VLLM(
        settings.llm_url,
        model=settings.llm_model,
        key=settings.llm_key,
        first_token_seconds=PATIENCE,  # nobody sits and waits, and prompts queue: on CPU cores for minutes
        between_tokens_seconds=PATIENCE,
        total_seconds=2 * PATIENCE,
    )
    measured = _measured(arguments.unlike)
    corpus = read_corpus(arguments.corpus)
    apart = _answers(measured) if arguments.without_their_articles else frozenset()
    chosen = choose_articles(corpus, arguments.articles, seed=arguments.seed, leave_out=apart)
    langs = {version.article_id: version.lang for version in corpus.versions}
    templates = {lang: read_prompt(lang, arguments.prompts) for lang in sorted({langs[one] for one in chosen})}
    texts = texts_of(corpus, chosen)
    prompts = [(one, filled(templates[langs[one]], texts[one], count=arguments.each)) for one in chosen]
    kept_replies = arguments.out.with_name(f"{arguments.out.name}.replies.jsonl")
    before = len(read_replies(kept_replies))
    say(f"{len(prompts)} articles; replies are kept in {kept_replies} as they come ({before} there already)")
    clock = _Clock("articles asked", len(prompts))
    with QuestionWriter(llm, max_tokens=120 * arguments.each, close=llm.close) as writer:
        replies = ask_for_questions(
            prompts,
            writer.write,
            kept_replies,
            model=settings.llm_model or settings.llm_url,
            at_once=arguments.at_once,
            on_reply=lambda _: clock.tick(),
        )
    say(f"{clock.done} replies in {clock.seconds:.0f} s: {3600 * clock.per_second:.0f} articles an hour")
    source = f"synthetic:{'+'.join(source_name(path) for path in arguments.corpus)}"
    clock = _Clock("replies checked", len(replies))
    kept = keep_questions(
        replies,
        langs,
        source=source,
        find=_finder(arguments, settings, corpus),
        within=arguments.within,
        on_reply=clock.tick,
    )
    _tell(arguments.out, kept.counts)
    _finish(arguments, "synthetic", kept.pairs, measured)
    return 0


def naming(arguments: argparse.Namespace, _: Settings) -> int:
    """Lets a share of the questions name their article."""
    corpus = read_corpus(arguments.corpus)
    pairs = read_pairs(arguments.pairs, corpus).pairs
    named = name_articles(pairs, corpus, share=arguments.share, seed=arguments.seed)
    # Naming can make a question nearly the same as one kept to measure with: that one stays as it was.
    removal = _compared(named, _measured(arguments.unlike))
    alike = frozenset(one.text for one in removal.removed) if removal is not None else frozenset()
    named = tuple(before if after.question in alike else after for before, after in zip(pairs, named, strict=True))
    changed = sum(before.question != after.question for before, after in zip(pairs, named, strict=True))
    write_pairs(named, arguments.out)
    _write_report(
        arguments.out, {"made_by": "naming", "pairs": len(named), "naming": changed, "left_for_likeness": len(alike)}
    )
    show(f"{len(named)} pairs, {changed} of which now name their article: {arguments.out}")
    return 0


def negatives(arguments: argparse.Namespace, settings: Settings) -> int:
    """Adds hard negatives to pairs."""
    corpus = read_corpus(arguments.corpus)
    pairs = read_pairs(arguments.pairs, corpus).pairs
    clock = _Clock("pairs", len(pairs))
    mined = mine_negatives(
        pairs,
        corpus,
        count=arguments.count,
        from_chapter=arguments.from_chapter,
        teacher=_teacher(arguments.teacher, settings) if arguments.teacher else None,
        on_pair=lambda _: clock.tick(),
    )
    _tell(arguments.out, mined.counts)
    write_pairs(mined.pairs, arguments.out)
    _write_report(arguments.out, {"made_by": "negatives", "pairs": len(mined.pairs), "counts": dict(mined.counts)})
    show(f"{len(mined.pairs)} pairs with negatives: {arguments.out}")
    return 0


def check(arguments: argparse.Namespace, _: Settings) -> int:
    """Counts pairs, and fails where one is nearly the same as a question kept to measure with."""
    found = read_pairs(arguments.pairs, read_corpus(arguments.corpus))
    rows = statistics(found)
    removal = _compared(found.pairs, _measured(arguments.unlike))
    if arguments.json:
        report = None if removal is None else removal.to_json()
        show_json({"sources": [row.to_json() for row in rows], "near_duplicates": report})
    else:
        show("\n".join(map(_row, rows)))
        show(_likeness(removal))
    if removal is not None and removal.removed:
        worst = removal.removed[0]
        raise PairsError(
            f"{len(removal.removed)} pair(s) are nearly the same as a question kept to measure with, such as"
            f" {worst.text[:120]!r} and {worst.like[:120]!r}; make the pairs again with --unlike."
        )
    return 0


class _Clock:
    """Counts what is done, and draws it."""

    def __init__(self, label: str, total: int) -> None:
        self.done = 0
        self._total = total
        self._bar = ProgressBar(label)
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    @property
    def per_second(self) -> float:
        return self.done / max(self.seconds, 1e-9)

    def tick(self) -> None:
        """One more is done."""
        self.done += 1
        left = (self._total - self.done) / self.per_second
        self._bar.update(self.done, self._total, per_second=self.per_second, seconds_left=left)


def _finish(
    arguments: argparse.Namespace,
    made_by: str,
    pairs: Sequence[Pair],
    measured: Sequence[Question],
    *,
    most: int | None = None,
    seed: int = 0,
) -> None:
    """Takes out what is kept to measure with, draws, writes the pairs and their report, and says what was done."""
    apart = _answers(measured) if arguments.without_their_articles else frozenset()
    free = [pair for pair in pairs if pair.article_id not in apart]
    removal = _compared(free, measured)
    kept: Sequence[Pair] = free if removal is None else removal.kept
    if most is not None:
        kept = draw(kept, most, seed=seed)
    if not kept:
        raise PairsError(f"no pair is left for {arguments.out}; give more law or questions, or fewer --unlike.")
    write_pairs(kept, arguments.out)
    _write_report(
        arguments.out,
        {
            "made_by": made_by,
            "pairs": len(kept),
            "articles": len({pair.article_id for pair in kept}),
            "left_out_with_articles_kept_to_measure": len(pairs) - len(free),
            "near_duplicates": None if removal is None else removal.to_json(),
        },
    )
    if apart:
        say(f"{len(pairs) - len(free)} pairs left out with the {len(apart)} articles that answer those questions")
    say(_likeness(removal))
    show(f"{len(kept)} pairs: {arguments.out}")


def _measured(paths: Iterable[Path]) -> list[Question]:
    """The questions of these files that are kept to measure with."""
    return [one for path in paths for one in kept_to_measure(read_questions(path))]


def _answers(measured: Iterable[Question]) -> frozenset[str]:
    return frozenset(article_id for one in measured for article_id in one.relevant)


def _compared(pairs: Sequence[Pair], measured: Sequence[Question]) -> Removal[Pair] | None:
    """The pairs without near-duplicates of the questions and their variants; None where there are no questions."""
    if not measured:
        return None
    wordings = [wording for one in measured for wording in (one.text, *one.variants)]
    return remove_near_duplicates(pairs, GramIndex(wordings), text_of=lambda pair: pair.question)


def _likeness(removal: Removal[Pair] | None) -> str:
    if removal is None:
        return "not compared with any question kept to measure with: name them with --unlike"
    nearest = f"{removal.closest[0].similarity:.2f}" if removal.closest else "0"
    return (
        f"{len(removal.removed)} of {len(removal.kept) + len(removal.removed)} pairs nearly the same as one of"
        f" {removal.compared} wordings kept to measure with (similarity {removal.threshold:.2f} or more);"
        f" the nearest of the others: {nearest}"
    )


def _write_report(out: Path, report: dict[str, Any]) -> None:
    path = out.with_name(f"{out.name}.report.json")
    try:
        path.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise PairsError(f"{path} cannot be written ({error.strerror}); choose another place.") from error


def _finder(arguments: argparse.Namespace, settings: Settings, corpus: Corpus) -> Callable[[str, str], Sequence[str]]:
    """The round trip's search: the published index where one is named, else BM25 over the corpus."""
    if arguments.index is None:
        ranking = LexicalRanking(corpus, max_chars=MAX_CHARS)
        return lambda question, lang: list(ranking.rank(question, arguments.within, lang=lang))
    from app.commands import open_for_questions  # noqa: PLC0415 - a release is opened here alone
    from retrieval.search import NO_FILTERS  # noqa: PLC0415

    engine = open_for_questions(settings, with_llm=False)
    return lambda question, _: [
        hit.article.id for hit in engine.search(question, k=arguments.within, filters=NO_FILTERS)
    ]


def _teacher(name: str, settings: Settings) -> Teacher:
    """Cosine by an embedding model; every distinct text is embedded once."""
    from index.encoder import SentenceEncoder  # noqa: PLC0415 - imports torch

    prepare_process(environment(), settings)
    encoder = SentenceEncoder.load(name, device=settings.device or None)

    def score(asked: Sequence[tuple[str, str]]) -> Sequence[float]:
        questions = {text: row for row, text in enumerate(dict.fromkeys(question for question, _ in asked))}
        passages = {text: row for row, text in enumerate(dict.fromkeys(passage for _, passage in asked))}
        say(f"the teacher reads {len(questions)} questions and {len(passages)} passages ...")
        left, right = encoder.embed_queries(list(questions)), encoder.embed_passages(list(passages))
        return [float(left[questions[question]] @ right[passages[passage]]) for question, passage in asked]

    return score


def _row(row: SourceStatistics) -> str:
    return (
        f"{row.source} ({row.lang}): {row.pairs} pairs of {row.articles} articles, {row.without_heading} without"
        f" heading, {row.negatives} negatives; words of a question {_spread(row.question_words)}, characters of a"
        f" passage {_spread(row.passage_chars)} (least, median, 95th percentile, greatest)"
    )


def _spread(lengths: Lengths) -> str:
    return f"{lengths.least} {lengths.median} {lengths.p95} {lengths.greatest}"


def _tell(path: Path, counts: tuple[tuple[str, int], ...]) -> None:
    say(f"{path}:")
    for what, count in counts:
        say(f"  {count:>7} {what}")
