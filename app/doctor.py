"""`lexcite doctor`: checks packages, model, index and language model, and names the fix of what is wrong."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, distribution, version

from packaging.requirements import Requirement

from app.settings import Settings
from app.terminal import show, show_json
from app.wiring import (
    embedder_name,
    environment,
    load_embedder,
    make_llm,
    make_reranker,
    objections_to,
    open_engine,
    prepare_process,
    with_model_of,
)
from generation.llm import LLM, Message
from index import cpu
from index.errors import UserFacingError
from index.release import Release, published_manifest
from retrieval.search import NO_FILTERS


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `detail` says what was found, or what is wrong and how to mend it."""

    name: str
    ok: bool
    detail: str


def doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    """Checks everything that an answer needs; exit status 1 when something is wrong."""
    prepare_process(environment(), settings)
    checks = list(_checks(settings))
    if arguments.json:
        show_json([asdict(check) for check in checks])
    else:
        for check in checks:
            show(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.detail}")
    return 0 if all(check.ok for check in checks) else 1


def _checks(settings: Settings) -> Iterator[Check]:
    yield Check("python", sys.version_info >= (3, 11), sys.version.split()[0])
    yield _check("packages", _packages)
    yield _check("memory", _memory)
    yield _check("embedder", lambda: _embedder(settings))
    yield _check("index", lambda: _index(settings))
    if settings.reranker:
        yield _check("reranker", lambda: _reranker(settings))
    yield _check("language model", lambda: _language_model(settings))


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, detail=look())
    except UserFacingError as error:
        return Check(name, ok=False, detail=str(error))


def _packages() -> str:
    wrong = []
    for line in distribution("lexcite").requires or ():
        requirement = Requirement(line)
        if requirement.marker is not None:
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
        else:
            if not requirement.specifier.contains(found, prereleases=True):
                wrong.append(f"{requirement.name} is {found}, not {requirement.specifier}")
    faiss = [name for name in ("faiss-cpu", "faiss-gpu") if _installed(name)]
    if len(faiss) != 1:
        found = " and ".join(faiss) or "neither"
        wrong.append(f"exactly one of faiss-cpu and faiss-gpu must be installed, found {found}")
    if wrong:
        raise UserFacingError(f"{'; '.join(wrong)}; install with `make setup`")
    import faiss as library  # noqa: PLC0415 - imports faiss

    return f"as required; {faiss[0]}, {library.get_num_gpus()} GPU(s) for the search"


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _memory() -> str:
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    if total < 3:
        raise UserFacingError(f"{total:.1f} GiB in all; the embedder and the index need about 3")
    return f"{free:.1f} of {total:.1f} GiB free"


def _embedder(settings: Settings) -> str:
    published = published_manifest(settings.index)
    settings = with_model_of(settings, published)
    embedder = load_embedder(settings)
    own = published is not None and published.embedder_fingerprint == embedder.fingerprint
    name = published.embedder if published is not None and own else embedder_name(settings)
    return f"{name}, {embedder.dimension} dimensions, fingerprint {embedder.fingerprint}{slow_numbers(settings)}"


def slow_numbers(settings: Settings) -> str:
    """A remark where the setting `precision` makes the embedder slower, not faster; else nothing."""
    import torch  # noqa: PLC0415 - takes a second

    on_cpu = settings.device == "cpu" or (not settings.device and not torch.cuda.is_available())
    if settings.precision != "bfloat16" or not on_cpu or cpu.multiplies_bfloat16():
        return ""
    return "; precision bfloat16 is slower than float32 here: the processor lacks it (AMX or AVX-512 BF16)"


def _index(settings: Settings) -> str:
    with Release.open(settings.index, verify="all") as release:
        settings = with_model_of(settings, release.manifest)
        engine = open_engine(settings, release, load_embedder(settings), None)
        hits = engine.search("law", k=1, filters=NO_FILTERS)
        if engine.fallbacks:
            raise UserFacingError(f"release {release.id} answers, but {'; '.join(engine.fallbacks)}")
        size = f"{len(release.laws)} laws, {release.passage_count} passages"
        return f"release {release.id}, {size}, a search finds {'something' if hits else 'nothing'}"


def _reranker(settings: Settings) -> str:
    reranker = make_reranker(settings)
    assert reranker is not None  # noqa: S101 - the settings name one
    with Release.open(settings.index) as release:
        settings = with_model_of(settings, release.manifest)
        search = open_engine(settings, release, load_embedder(settings, lazily=True), None).retriever
        objections = objections_to(reranker, settings, search, release)
    langs = "; ".join(f"{lang}: {f'off, {why}' if why else 'on'}" for lang, why in objections.items())
    return f"{settings.reranker}, {langs} (measured by `lexcite calibrate --questions`)"


def _language_model(settings: Settings) -> str:
    llm = make_llm(settings)
    if llm is None:
        return "none configured; answers are verbatim (set LEXCITE_LLM_URL to change that)"
    words = asyncio.run(first_words(llm))
    return f"{llm.name} at {settings.llm_url} answers {words!r}"


async def first_words(llm: LLM) -> str:
    """The model's first piece of text; whether it then stops where it should is not asked of it."""
    async with aclosing(llm.stream([Message("user", "Say yes.")], max_tokens=16)) as pieces:
        return await anext(pieces, "")
