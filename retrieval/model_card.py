"""The model card of a trained model: Markdown made from its report, and from nothing else."""

import dataclasses
from collections.abc import Iterable, Sequence

from retrieval.dev_set import MAIN_METRIC
from retrieval.evaluation import Interval
from retrieval.training_report import Figure, TrainingReport, best_of, kept_share

_LOG_LINES = 40


def model_card(report: TrainingReport) -> str:
    """The card, with front matter as model hubs read it."""
    sections = (
        _head(report),
        _what_it_is(report),
        _use(report),
        _data(report),
        _figures(report),
        _recipe(report),
        _log(report),
        _environment(report),
        _licences(report),
    )
    return "\n\n".join(sections) + "\n"


def _head(report: TrainingReport) -> str:
    langs = sorted({lang for _, lang, _ in report.data.sources})
    tags = ["sentence-transformers", "sentence-similarity", "feature-extraction", "legal", "lexcite"]
    tags += ["lora"] if report.kind == "lora" else []
    lines = [
        "---",
        f"language: [{', '.join(langs)}]",
        f"base_model: {report.base_name}",
        "pipeline_tag: sentence-similarity",
        "library_name: sentence-transformers",
        f"tags: [{', '.join(tags)}]",
        f"dataset_size: {report.data.pairs}",
        "---",
        "",
        f"# {report.base_name}, fine-tuned for articles of law",
    ]
    return "\n".join(lines)


def _what_it_is(report: TrainingReport) -> str:
    kind = (
        f"a LoRA adapter of rank {report.recipe.lora_rank} (alpha {report.recipe.alpha})"
        if report.kind == "lora"
        else "the whole model" + (", its token embeddings left as they were" if report.recipe.freeze_embeddings else "")
    )
    gain = report.watched_best - report.watched_base
    return "\n".join(
        [
            f"{_capital(kind)}, trained by lexcite to bring a question close to the article of law that answers it.",
            "",
            f"- base: {report.base_name}, fingerprint `{report.base_fingerprint}`",
            f"- this model: fingerprint `{report.fingerprint}`",
            f"- steps: {report.steps}; the weights are those of step {report.best_step}{_strength(report)}",
            f"- {MAIN_METRIC} by which that step was chosen, the mean of the languages: {report.watched_best:.4f},"
            f" the base {report.watched_base:.4f} ({gain:+.4f})"
            + ("" if gain > 0 else "; **no evaluation was better than the base: do not use this model**"),
            "",
            "```",
            *report.architecture,
            "```",
        ]
    )


def _strength(report: TrainingReport) -> str:
    """Which share of the update was kept, and what the others came to."""
    if not report.strengths:
        return ""
    tried = ", ".join(f"{one.share:.2f}: {one.value:.4f}" for one in report.strengths)
    return f", {best_of(report.strengths).share:.0%} of their update (shares tried, by the figure below: {tried})"


def _use(report: TrainingReport) -> str:
    setting = "LEXCITE_ADAPTER=FOLDER" if report.kind == "lora" else "LEXCITE_EMBEDDER=FOLDER"
    return "\n".join(
        [
            "## Use",
            "",
            f"    {setting} lexcite build-index LAW --index DIR",
            "",
            "An index belongs to the model that made it: build it anew with this one, then ask with the same setting.",
            "The figures below are of passages of law found for questions; nothing else was measured.",
        ]
    )


def _data(report: TrainingReport) -> str:
    data = report.data
    lines = ["## Training data", "", f"{data.pairs} pairs of a question and an article, {data.articles} articles.", ""]
    lines += _table(("source", "language", "pairs"), [(source, lang, str(n)) for source, lang, n in data.sources])
    if data.without_heading:
        lines += ["", f"In {data.without_heading} pairs the question is the heading, and the passage leaves it out."]
    if report.left_out:
        lines += [
            "",
            f"{report.left_out} pairs found no place in the first epoch's batches, for no article meets itself in one;"
            " each epoch leaves out others.",
        ]
    lines += ["", f"Lengths in tokens, cut at {report.recipe.max_length}:", ""]
    lengths = [(name, str(one.least), f"{one.mean:.1f}", str(one.most), str(one.cut)) for name, one in data.lengths]
    lines += _table(("text", "least", "mean", "most", "longer than the window"), lengths)
    lines += ["", "Samples:", ""]
    lines += _table(("question", "article"), [(_cell(question), _cell(text)) for question, text in data.samples])
    lines += ["", "## Evaluation data", ""]
    lines += _table(
        ("language", "questions", "competing articles", "passages"),
        [tuple(map(str, one)) for one in data.dev],
    )
    asked = sum(questions for _, questions, _, _ in data.dev)
    lines += ["", f"Of {asked} questions, {data.unseen} ask for articles that no training pair names."]
    return "\n".join(lines)


def _figures(report: TrainingReport) -> str:
    lines = [
        "## Figures",
        "",
        "Means with 95 % bootstrap intervals over the questions; the gain is the paired difference. Conventions are"
        " those of sentence-transformers' `InformationRetrievalEvaluator`; an article counts as its best passage.",
    ]
    for lang in dict.fromkeys(one.lang for one in report.figures):
        own = [one for one in report.figures if one.lang == lang]
        dimensions = list(dict.fromkeys(one.dimension for one in own))
        for dimension in dimensions:
            share = f", {kept_share(own, lang, dimension):.1%} of {MAIN_METRIC}" if dimension != dimensions[0] else ""
            lines += ["", f"### {lang}, {dimension} dimensions{share}", ""]
            lines += _table(("metric", "base", "fine-tuned", "gain"), _rows(own, dimension))
    return "\n".join(lines)


def _rows(figures: Iterable[Figure], dimension: int) -> list[tuple[str, ...]]:
    return [
        (one.metric, _interval(one.base), _interval(one.tuned), _interval(one.gain, sign="+"))
        for one in figures
        if one.dimension == dimension
    ]


def _recipe(report: TrainingReport) -> str:
    lines = ["## Hyperparameters", ""]
    values = ((one.name, getattr(report.recipe, one.name)) for one in dataclasses.fields(report.recipe))
    shown = [(f"`{name}`", str(list(value) if isinstance(value, tuple) else value)) for name, value in values]
    lines += _table(("key", "value"), shown)
    if report.changes:
        lines += ["", "Where base, data or machine could not follow the recipe:", ""]
        lines += [f"- {change}" for change in report.changes]
    if report.command:
        lines += ["", "Command:", "", f"    {report.command}"]
    return "\n".join(lines)


def _log(report: TrainingReport) -> str:
    """Every evaluation, and as many losses as a reader follows; all of them are in training_log.jsonl."""
    evaluations = [entry for entry in report.log if MAIN_METRIC in entry]
    losses = [entry for entry in report.log if "loss" in entry]
    thin = losses[:: max(1, -(-len(losses) // _LOG_LINES))]
    rows = [
        (
            str(entry["step"]),
            f"{entry['loss']:.4f}" if "loss" in entry else "",
            f"{entry['learning_rate']:.2e}" if "learning_rate" in entry else "",
            f"{entry[MAIN_METRIC]:.4f}" if MAIN_METRIC in entry else "",
        )
        for entry in sorted([*thin, *evaluations], key=lambda entry: entry["step"])
    ]
    head = ["## Training log", "", "![loss and evaluation by step](loss.png)", ""]
    rows = [("0", "", "", f"{report.watched_base:.4f}"), *rows]
    return "\n".join([*head, *_table(("step", "loss", "learning rate", MAIN_METRIC), rows)])


def _environment(report: TrainingReport) -> str:
    rows = [*report.environment, ("seconds", f"{report.seconds:.0f}")]
    return "\n".join(["## Environment", "", *_table(("what", "which"), rows)])


def _licences(report: TrainingReport) -> str:
    notes = report.licences or (
        "Nothing was stated. The weights derive from the base and from the texts above: before they are passed on, see"
        " that the licence of the base and of every source allows it.",
    )
    return "\n".join(["## Licences", "", *(f"- {note}" for note in notes)])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'|'.join(' --- ' for _ in head)}|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _interval(interval: Interval, *, sign: str = "") -> str:
    value, low, high = (f"{one:{sign}.4f}" for one in (interval.value, interval.low, interval.high))
    return f"{value} [{low}, {high}]"


def _cell(text: str) -> str:
    """A text inside a table: its bars would end the cell, its angle brackets could be read as HTML."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
