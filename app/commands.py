"""The commands that read: `ask`, `search`, `article`; and `key`."""

import argparse
import asyncio
from datetime import date
from pathlib import Path

from app.access import new_key
from app.linked_article import linked_article_json, links_text
from app.render import answer_for_terminal, answer_json, hit_json, hits_for_terminal
from app.service import Engine, law_id
from app.settings import Settings, SettingsError
from app.standing import standing_line
from app.terminal import say, show, show_json
from app.wiring import environment, load_embedder, make_llm, open_engine, prepare_process, with_model_of
from generation.answer import Answer, Outcome
from generation.llm import LLMError
from index.article_numbers import comparable
from index.articles import Article, ArticleVersion
from index.errors import UserFacingError
from index.release import Release
from index.structure_articles import article_label
from index.validity import Speaking, Standing
from retrieval.law_on_a_day import LawOnADay, current_day
from retrieval.search import Filters


class LookUpError(UserFacingError):
    """An article that a law does not have."""


def ask(arguments: argparse.Namespace, settings: Settings) -> int:
    """Answers one question."""
    engine = open_for_questions(settings, with_llm=True)

    async def answered() -> Answer:
        try:
            return await engine.assistant.ask(
                arguments.question,
                filters=engine.admitted(filters(arguments, settings)),
                k=settings.hits,
                require_model=arguments.require_model,
            )
        finally:
            await engine.assistant.close()

    with engine.release:
        answer = asyncio.run(answered())
    if answer.outcome is Outcome.MODEL_UNAVAILABLE:
        raise LLMError(" ".join([answer.message, *answer.degraded]))
    if arguments.json:
        show_json(answer_json(answer))
    else:
        show(answer_for_terminal(answer))
    return 0


def search(arguments: argparse.Namespace, settings: Settings) -> int:
    """Finds articles."""
    engine = open_for_questions(settings, with_llm=False)
    with engine.release:
        hits = engine.search(arguments.question, k=settings.hits, filters=filters(arguments, settings))
    if arguments.json:
        show_json({"question": arguments.question, "hits": [hit_json(hit) for hit in hits]})
    else:
        show(hits_for_terminal(hits))
    return 0


def article(arguments: argparse.Namespace, settings: Settings) -> int:
    """Prints an article by law and number, without loading a model."""
    with Release.open(settings.index) as release:
        found = find_articles(release, arguments.law, arguments.number)
        days = LawOnADay(release)
        texts = [(one, days.speaking(one, arguments.as_of, today=current_day())) for one in found]
        if all(told.standing is Standing.HISTORY_MISSING for _, told in texts):
            raise LookUpError(f"{found[0].label}: {standing_line(texts[0][1], arguments.as_of)}")
        if arguments.json:
            show_json([linked_article_json(release, one, told.version, standing=told.standing) for one, told in texts])
        else:
            show("\n\n".join(_article_text(release, one, told, arguments.as_of) for one, told in texts))
    return 0


def key(arguments: argparse.Namespace, settings: Settings) -> int:
    """Makes an API key, prints it once, and stores its hash."""
    if not settings.keys:
        raise SettingsError("name the file of hashed keys: --keys FILE, or LEXCITE_KEYS=FILE")
    made = new_key(arguments.name, Path(settings.keys))
    say(f"the hash of a key for {arguments.name} was appended to {settings.keys}; the key itself is stored nowhere:")
    show(made)
    return 0


def open_for_questions(settings: Settings, *, with_llm: bool) -> Engine:
    """The published release with everything that answers from it; what is opened is verified."""
    prepare_process(environment(), settings)
    release = Release.open(settings.index)
    settings = with_model_of(settings, release.manifest)
    return open_engine(
        settings, release, load_embedder(settings, lazily=True), make_llm(settings) if with_llm else None
    )


def find_articles(release: Release, law: str, number: str) -> tuple[Article, ...]:
    """The articles of `law` (id, title or alias) with `number`; several where the law itself repeats a number.

    Raises:
        UnknownLawError: no such law, or several of that name.
        LookUpError: no such article; with what there is instead.
    """
    of_law = law_id(release, law)
    articles = release.articles(of_law)
    wanted = {number.casefold(), comparable(number), comparable(article_label(number)[1])}  # "39A" is "39 A"
    found = tuple(
        one for one in articles if wanted & {comparable(one.number), comparable(one.label), one.id.casefold()}
    )
    if not found:
        title, (whole, bracket, _) = release.laws[of_law].title, number.partition("(")
        if bracket and comparable(whole.strip()) in {comparable(one.number) for one in articles}:
            whole = whole.strip()
            raise LookUpError(
                f"{number} is a part of article {whole} of {title}, and only whole articles are given here: "
                f"give {whole}, or ask for the part with `lexcite ask`"
            )
        first, last = articles[0].label, articles[-1].label
        raise LookUpError(f"{title} has no article {number}; it goes from {first} to {last}")
    return found


def filters(arguments: argparse.Namespace, settings: Settings) -> Filters:
    """The filters of `--law`, `--lang` and the jurisdiction setting."""
    return Filters(
        laws=frozenset(arguments.law),
        langs=frozenset(arguments.lang),
        jurisdictions=settings.jurisdictions,
        as_of=arguments.as_of,
    )


def _article_text(release: Release, one: Article, told: Speaking[ArticleVersion], day: date | None) -> str:
    version = told.version
    heading = f". {version.heading}" if version.heading else ""
    standing = standing_line(told, day)
    head = f"{one.label}{heading}\n{release.laws[one.law_id].title}" + (f"\n({standing})" if standing else "")
    return "\n\n".join(filter(None, [head, version.text, links_text(release, one, version), version.source]))
