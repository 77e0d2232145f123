"""Where the parts are put together; besides command bodies the only place that imports adapters, inside functions."""

import functools
import os
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from app.service import Engine, Replaceable
from app.settings import DEFAULT_ADAPTER, Settings
from index.embedding import Embedder, Precision
from index.errors import EmbedderError
from index.manifest import Manifest
from index.publishing import current_id_or_none
from index.release import VECTORS, Release
from index.vectors import VectorIndex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generation.abstention import Thresholds
    from generation.entailment import Judge
    from generation.llm import LLM
    from retrieval.reranker import Reranker
    from retrieval.search import ArticleSearch, Retriever

PACKAGED = "multilingual-e5-small"  # what an empty `embedder` setting means, as manifests name it


def prepare_process(environ: MutableMapping[str, str], settings: Settings) -> None:
    """Sets what numeric and web libraries read from the environment when they are imported; call before that."""
    from index.blas import prefer_modern_kernels  # noqa: PLC0415 - nothing here is needed by `lexcite --help`

    environ.setdefault("HF_HUB_OFFLINE", "1")  # a hub name works from the local cache; nothing phones home
    environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # the encoder batches; forking tokenizers warn
    environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # waiting threads otherwise burn the cores they wait on
    if settings.threads:
        environ.setdefault("OMP_NUM_THREADS", str(settings.threads))
    prefer_modern_kernels(environ)


def cache_folder(settings: Settings) -> Path:
    """The cache, with `~` resolved."""
    return settings.cache.expanduser()


def load_embedder(settings: Settings, *, lazily: bool = False) -> Embedder:
    """The embedding model that the settings name; the packaged one is fetched and converted when it is not there.

    Args:
        settings: which model, on which device.
        lazily: load a model's folder only when the first text is embedded; for commands that may not need it.

    Raises:
        EmbedderError: the model cannot be found or used, or not in the precision that is asked for.
    """
    from index.packaged import packaged_e5  # noqa: PLC0415 - needed by nobody with a model of their own

    name = settings.embedder or str(packaged_e5(cache_folder(settings)))
    adapter = adapter_of(settings)
    precision = cast(Precision, settings.precision)  # the settings have checked it
    if lazily and (folder := Path(name).expanduser()).is_dir():
        from index.lazy_encoder import LazyEncoder  # noqa: PLC0415

        return LazyEncoder(folder, device=settings.device or None, adapter=adapter, precision=precision)
    from index.encoder import SentenceEncoder  # noqa: PLC0415 - imports torch

    return SentenceEncoder.load(name, device=settings.device or None, adapter=adapter, precision=precision)


def adapter_of(settings: Settings) -> Path | None:
    """The folder of the adapter that the settings name; None for none, and for `default` with another embedder.

    Raises:
        EmbedderError: `default`, and this installation comes without one.
    """
    if settings.adapter != DEFAULT_ADAPTER:
        return Path(settings.adapter).expanduser() if settings.adapter else None
    if settings.embedder:
        return None
    from index.adapter_folder import shipped  # noqa: PLC0415

    folder = shipped()
    if folder is None:
        raise EmbedderError(
            "setting adapter is 'default', and this installation comes without one; set it to nothing (--adapter '')"
        )
    return folder


def with_model_of(settings: Settings, made: Manifest | None) -> Settings:
    """The settings with the model that made a release, where that model was installed beside the releases.

    Such a model stands for the one that the settings named when it was published. Settings that name another
    model by now keep theirs, and cannot open the release; settings that name none always get the release's own.

    Args:
        settings: of the index that holds the release.
        made: the release's manifest; None where there is no release.
    """
    from index.installed import installed  # noqa: PLC0415 - needed only where an index is opened

    model = None if made is None else installed(settings.index, made.embedder_fingerprint)
    if model is None:
        return settings
    unnamed = not settings.embedder and settings.adapter == DEFAULT_ADAPTER
    if not unnamed and model.stands_for != model_fingerprint(settings):
        return settings
    if not model.is_adapter:
        return replace(settings, embedder=str(model.folder), adapter="")
    moved = Path(model.base).is_absolute() and not Path(model.base).is_dir()  # an index made on another machine
    return replace(settings, embedder=settings.embedder if moved else model.base, adapter=str(model.folder))


def model_fingerprint(settings: Settings) -> str:
    """The fingerprint of the model that the settings name, which is not loaded.

    Raises:
        EmbedderError: the model cannot be found.
    """
    if settings.embedder and not Path(settings.embedder).expanduser().is_dir():
        from index.model_loading import locate  # noqa: PLC0415 - imports torch

        settings = replace(settings, embedder=str(locate(settings.embedder)))
    return load_embedder(settings, lazily=True).fingerprint


def embedder_name(settings: Settings) -> str:
    """The embedder's name as manifests and error messages give it."""
    adapter = adapter_of(settings)
    name = settings.embedder or PACKAGED
    adapted = name if adapter is None else f"{name} + {adapter.name}"
    return adapted if settings.precision == "float32" else f"{adapted} in {settings.precision}"


def open_vectors(settings: Settings, release: Release) -> VectorIndex:
    """The vectors of a release as the settings keep them: exact, on a GPU where FAISS sees one, or compressed.

    Raises:
        ReleaseError: the file of vectors is damaged.
        UserFacingError: the setting `dimension` is larger than the vectors are long.
    """
    path = release.file(VECTORS)
    if settings.vectors == "float32" and not settings.dimension:
        from index.faiss_index import FaissIndex  # noqa: PLC0415 - imports faiss

        return FaissIndex.open(path)
    from index.compressed_index import Coding, CompressedIndex  # noqa: PLC0415 - imports faiss

    return CompressedIndex.open(path, coding=Coding(settings.vectors), dimension=settings.dimension or None)


def open_engine(
    settings: Settings,
    release: Release,
    embedder: Embedder,
    llm: "LLM | None",
    *,
    thresholds: "Thresholds | None" = None,
) -> Engine:
    """Puts together what answers from one opened release.

    Args:
        settings: what is not told otherwise here.
        release: the law.
        embedder: the one that made its vectors.
        llm: writes the answers; None for verbatim answers only.
        thresholds: when not to answer; None for those measured for the embedder.

    Raises:
        ReleaseError: the release was made by another embedder, or one of its files is damaged.
        UserFacingError: the setting `dimension` is larger than the vectors are long.
        CrossEncoderError, RerankerError: the settings name a reranker that cannot be loaded, or is none.
    """
    from generation.abstention import Grounds  # noqa: PLC0415
    from generation.assistant import Assistant  # noqa: PLC0415 - the pipeline is needed only to answer
    from index.lexical import LexicalIndex  # noqa: PLC0415 - imports Stemmer
    from retrieval.fusion import read_calibration  # noqa: PLC0415
    from retrieval.law_on_a_day import LawOnADay  # noqa: PLC0415
    from retrieval.referenced import WithReferenced  # noqa: PLC0415
    from retrieval.scoped_lookup import lookup_in  # noqa: PLC0415
    from retrieval.search import ArticleSearch  # noqa: PLC0415

    release.require_embedder(embedder.fingerprint)
    vectors = open_vectors(settings, release)
    retriever = ArticleSearch(
        release,
        vectors=vectors,
        lexical=LexicalIndex.open(release.folder("lexical")),
        embedder=embedder,
        calibration=read_calibration(settings.index, embedder.fingerprint),
        mode=settings.mode or None,
        per_law=settings.hits_per_law or None,
    )
    finder = with_reranker(settings, retriever, release)
    if settings.referenced:
        finder = WithReferenced(finder, release, most=settings.referenced)
    langs = {law.lang for law in release.laws.values()}
    assistant = Assistant(
        retriever=finder,
        sources=release,
        embedder=embedder,
        lookup=lookup_in(release, aliases=Path(settings.aliases) if settings.aliases else None),
        days=LawOnADay(release),
        llm=llm,
        nli=make_nli(settings) if llm is not None else None,
        thresholds=thresholds or thresholds_of(settings, embedder),
        grounds=Grounds(release, retriever.rarity, tuple(release.laws.values()), retriever.absent),
        context=settings.llm_context,
        home_lang=next(iter(langs)) if len(langs) == 1 else "en",
        workers=ThreadPoolExecutor(settings.workers),
    )
    replaceable = tuple(part for part in (vectors, embedder) if isinstance(part, Replaceable))
    return Engine(release, retriever, finder, assistant, replaceable)


def thresholds_of(settings: Settings, embedder: Embedder) -> "Thresholds":
    """When not to answer: what was measured for the embedder, on this index or, for lexcite's own, before.

    Raises:
        ConfidenceError: the index has a confidence that cannot be read.
    """
    from generation.abstention import MEASURED, UNCALIBRATED  # noqa: PLC0415
    from generation.confidence import read_confidence  # noqa: PLC0415

    coarse = MEASURED.get(embedder.fingerprint, UNCALIBRATED)
    return replace(coarse, confidence=read_confidence(settings.index, embedder.fingerprint))


def make_llm(settings: Settings) -> "LLM | None":
    """The client of the language model, or None where none is configured."""
    if not settings.llm_url:
        return None
    from generation.vllm import VLLM  # noqa: PLC0415 - imports openai

    return VLLM(
        settings.llm_url,
        model=settings.llm_model,
        key=settings.llm_key,
        first_token_seconds=settings.llm_first_token_seconds,
        total_seconds=settings.llm_total_seconds,
    )


def make_reranker(settings: Settings) -> "Reranker | None":
    """The model that puts hits in order, loaded once; None where the settings name none.

    Raises:
        CrossEncoderError, RerankerError: there is no such model here, or it is no reranker.
    """
    return _reranker(settings.reranker, settings.device) if settings.reranker else None


@functools.cache
def _reranker(name: str, device: str) -> "Reranker":
    from retrieval.cross_encoder import CrossEncoderReranker  # noqa: PLC0415 - imports torch

    return CrossEncoderReranker.load(name, device=device or None)


def with_reranker(settings: Settings, search: "ArticleSearch", release: Release) -> "Retriever":
    """The search, reranked in the languages in which that was measured to help; as it is where there is none."""
    from retrieval.reranking import Reranked  # noqa: PLC0415

    reranker = make_reranker(settings)
    if reranker is None:
        return search
    langs = {lang for lang, objection in objections_to(reranker, settings, search, release).items() if not objection}
    per_law = settings.hits_per_law or None
    return Reranked(search, release, reranker, langs=langs, per_law=per_law) if langs else search


def objections_to(
    reranker: "Reranker", settings: Settings, search: "ArticleSearch", release: Release
) -> "Mapping[str, str]":
    """By language, measured or of the law: why the reranker is off; empty where it is on.

    Raises:
        CalibrationError: what was measured cannot be read.
    """
    from retrieval.reranking_gate import read_reranking  # noqa: PLC0415

    kept = read_reranking(settings.index, release.manifest.embedder_fingerprint, reranker.fingerprint)
    langs = {*kept, *(law.lang for law in release.laws.values())}
    return {
        lang: kept[lang].objection_to(search.share(lang)) if lang in kept else "not measured on this index"
        for lang in sorted(langs)
    }


def make_nli(settings: Settings) -> "Judge | None":
    """The model that judges entailment, loaded once; None where the settings name none.

    Raises:
        CrossEncoderError: there is no such model here; as `JudgeError`, it does not judge entailment.
    """
    return _nli(settings.nli, settings.device) if settings.nli else None


@functools.cache
def _nli(name: str, device: str) -> "Judge":
    from generation.cross_encoder import CrossEncoderJudge  # noqa: PLC0415 - imports torch

    return CrossEncoderJudge.load(name, device=device or None)


@dataclass(slots=True)
class ReleaseOpener:
    """Opens published releases for a `Service`; embedder and the model's client are kept from one to the next."""

    settings: Settings
    llm: "LLM | None" = None
    embedder: Embedder | None = field(default=None)
    _model: tuple[str, str] | None = field(default=None)  # embedder and adapter that were loaded

    def __post_init__(self) -> None:
        """An embedder that was handed over is the one that the settings name."""
        if self.embedder is not None:
            self._model = self.settings.embedder, self.settings.adapter

    def published(self) -> str:
        """Id of the release that is published now; empty where none is."""
        return current_id_or_none(self.settings.index) or ""

    def open(self) -> Engine:
        """Opens the published release, every file verified, with the model that made it.

        While a release by another model is taken over both models are in memory: the old one answers on.
        """
        release = Release.open(self.settings.index, verify="all")
        try:
            settings = with_model_of(self.settings, release.manifest)
            model = settings.embedder, settings.adapter
            if self.embedder is None or model != self._model:
                self.embedder, self._model = load_embedder(settings), model
            return open_engine(settings, release, self.embedder, self.llm)
        except BaseException:
            release.close()
            raise


def environment() -> MutableMapping[str, str]:
    """The process environment, at the one place that hands it on."""
    return os.environ
