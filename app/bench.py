"""The searches that a measurement compares: by mode, by embedder and by dimension, all over one release."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.settings import Settings, SettingsError
from app.terminal import ProgressBar, say
from app.wiring import adapter_of, load_embedder, make_reranker, open_vectors, with_model_of
from index.adapter_folder import CONFIG
from index.embedding import Embedder
from index.faiss_index import FaissIndex
from index.lexical import LexicalIndex
from index.release import Release, list_releases
from index.vectors import VectorIndex
from retrieval.dimensions import CutQuestions, QuestionsOnce, cut, embedded_again
from retrieval.fusion import read_calibration
from retrieval.reranking import Reranked
from retrieval.search import ArticleSearch, Retriever, SearchMode

_MODES = tuple(mode.value for mode in SearchMode)
WITHOUT_RERANKER, WITHOUT_ADAPTER = "without-reranker", "without-adapter"


class Subject:
    """What is measured: one embedder's vectors of the release's passages, searched in one mode."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        release: Release,
        embedder: Embedder,
        index: Callable[[], VectorIndex],
    ) -> None:
        """Puts it together; nothing is embedded yet.

        Args:
            name: of the search, in tables.
            settings: mode and limits of the search.
            release: the law.
            embedder: of the questions.
            index: of the passages' whole vectors; asked for once.
        """
        self.name = name
        self._settings = settings
        self._release = release
        self._fingerprint = embedder.fingerprint
        self._questions = QuestionsOnce(embedder)
        self._open = index
        self._index: VectorIndex | None = None

    @property
    def title(self) -> str:
        """What `retriever` is called in tables."""
        return f"{self.name}, reranked" if self._settings.reranker else self.name

    @property
    def has_vectors(self) -> bool:
        """Whether its search looks at vectors at all, so that their dimension matters."""
        return self._settings.mode != SearchMode.LEXICAL

    @property
    def dimension(self) -> int:
        """Components of a whole vector."""
        return self._whole().dimension

    def search(self, dimension: int | None = None, *, mode: str | None = None) -> ArticleSearch:
        """The search over whole vectors as the settings keep them, or over those cut to `dimension`, exactly.

        Args:
            dimension: components; None for all.
            mode: in place of the settings'.
        """
        whole = self._whole()
        size = dimension or whole.dimension
        return self.search_over(whole if size == whole.dimension else FaissIndex.of(cut(_all(whole), size)), mode=mode)

    def search_over(self, vectors: VectorIndex, *, mode: str | None = None) -> ArticleSearch:
        """The search over these vectors of the passages, whole or cut; `mode` in place of the settings'."""
        made_by = self._release.manifest.embedder_fingerprint
        return ArticleSearch(
            self._release,
            vectors=vectors,
            lexical=LexicalIndex.open(self._release.folder("lexical")),
            embedder=CutQuestions(self._questions, dimension=vectors.dimension, fingerprint=made_by),
            calibration=read_calibration(self._settings.index, self._fingerprint),
            mode=mode or self._settings.mode or None,
            per_law=self._settings.hits_per_law or None,
        )

    def question_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), dimension): the whole vectors that its search asks with; each text is embedded once."""
        return self._questions.vectors(texts)

    def retriever(self, dimension: int | None = None) -> Retriever:
        """The same, reranked in every language where the settings name a reranker; its failure is an error.

        Raises:
            CrossEncoderError, RerankerError: it cannot be loaded, or is no reranker.
        """
        search, reranker = self.search(dimension), make_reranker(self._settings)
        if reranker is None:
            return search
        per_law = self._settings.hits_per_law or None
        return Reranked(search, self._release, reranker, langs=None, per_law=per_law, strictly=True)

    def _whole(self) -> VectorIndex:
        if self._index is None:
            self._index = self._open()
        return self._index


class ArticlesOf:
    """The ids of a release's articles, as a container."""

    def __init__(self, release: Release) -> None:
        self._release = release

    def __contains__(self, article_id: object) -> bool:
        return self._release.find_article(str(article_id)) is not None


def measured(settings: Settings, release: Release) -> Subject:
    """The search that the settings name, over the release's own vectors.

    Raises:
        EmbedderError: the model cannot be found or used.
        ReleaseError: another model made the release.
    """
    embedder = load_embedder(with_model_of(settings, release.manifest), lazily=True)
    release.require_embedder(embedder.fingerprint)
    return Subject(settings.mode or "default", settings, release, embedder, lambda: open_vectors(settings, release))


def other(name: str, settings: Settings, release: Release) -> Subject:
    """What `--against` names: a mode of the same embedder, another embedder, an adapter, or the same without its own.

    The vectors of another embedder are those of a release of the same index that it made of the same passages; where
    there is none they are computed now.

    Raises:
        SettingsError: it is what is measured already.
        EmbedderError: no such model or adapter.
    """
    if name == WITHOUT_RERANKER:
        if not settings.reranker:
            raise SettingsError(f"--against {name}, and no reranker is measured; name one with --reranker")
        return measured(replace(settings, reranker=""), release)
    if name in _MODES:
        if name == settings.mode:
            raise SettingsError(f"--against {name} is the mode that is measured; name another mode or an embedder")
        return measured(replace(settings, mode=name), release)
    folder = Path(name).expanduser()
    if name == WITHOUT_ADAPTER:
        settings = with_model_of(settings, release.manifest)
        if adapter_of(settings) is None:
            raise SettingsError(f"--against {name}, and the embedder that is measured has no adapter")
        settings = replace(settings, adapter="")
    elif (folder / CONFIG).is_file():
        settings = replace(settings, adapter=name)
    else:
        settings = replace(settings, embedder=name, adapter="")
    embedder = load_embedder(settings, lazily=True)
    if embedder.fingerprint == release.manifest.embedder_fingerprint:
        raise SettingsError(f"--against {name} is the embedder that made this index; name another one, or a mode")
    title = f"{settings.mode or 'default'}, {folder.name or name}"
    return Subject(title, settings, release, embedder, lambda: _index_by(embedder, settings, release))


def _all(index: VectorIndex) -> NDArray[np.float32]:
    """(rows, dimension) float32."""
    return index.vectors(np.arange(len(index)))


def _index_by(embedder: Embedder, settings: Settings, release: Release) -> VectorIndex:
    """The index of the release's passages by an embedder that did not make it."""
    keys = release.passage_keys()
    for summary in list_releases(settings.index):
        if summary.manifest is not None and summary.manifest.embedder_fingerprint == embedder.fingerprint:
            with Release.open(settings.index, release_id=summary.id) as candidate:
                if np.array_equal(candidate.passage_keys(), keys):
                    return open_vectors(settings, candidate)
    say(f"embedding {release.passage_count} passages with the other embedder; a release made by it would spare this")
    bar, began, done = ProgressBar("passages"), time.monotonic(), 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        speed = done / max(time.monotonic() - began, 1e-9)
        bar.update(done, release.passage_count, per_second=speed, seconds_left=(release.passage_count - done) / speed)

    return FaissIndex.of(embedded_again(release, embedder, on_progress=count))
