"""Any sentence-transformers model as an `Embedder`: its own prompts, batches of like length, unit float32 vectors."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from index import adapter_folder, model_folder, model_loading
from index.adapter import load_with_adapter
from index.embedding import Precision
from index.errors import EmbedderError

# Padded tokens in a batch. On a CPU more is slower (activations leave the cache) and less wastes calls: 2,048 is
# measured. A GPU needs more to be busy; its number is an estimate that awaits a measurement.
_TOKEN_BUDGET = {"cpu": 2_048, "cuda": 32_768}
_SORTED_AT_ONCE = 4_096  # texts: enough that like lengths meet, few enough that their tokens take little memory
_TOKENISED_AT_ONCE = 64  # texts: the tokenizer pads each group to its longest
_CHARACTERS_PER_TOKEN = 16  # the longest piece of XLM-R's vocabulary; see `_tokenise_group` for what goes beyond


@dataclass(frozen=True, slots=True)
class _Tokens:
    """Texts as the model reads them.

    Attributes:
        rows: per text, the model's inputs by name, each of shape (tokens,), without padding.
        shared: what the model wants to know beside them, equal for all texts.
    """

    rows: list[dict[str, Tensor]]
    shared: dict[str, Any]


class SentenceEncoder:
    """An embedding model in memory. `load` makes one from a folder or a hub name.

    It may be asked from several threads at once. What does not fit a GPU's memory at once is embedded in smaller
    batches; when the GPU fails all the same, the model is loaded again on the CPU and stays there.

    Attributes:
        fallback: why it runs on the CPU though it was loaded on a GPU; empty where all is well.

    Args:
        model: a text model whose modules end in a sentence embedding; it is put into evaluation mode.
        fingerprint: see `Embedder.fingerprint`.
        token_budget: padded tokens in a batch; None takes what suits the device.
        precision: "bfloat16" and "int8" multiply matrices in it and keep sums, norms and vectors in float32; "int8"
            takes a model on the CPU, and changes it.
        in_training: the weights of `model` change and are left as they are; otherwise bfloat16 rounds them in place.
        dimension: vectors are cut to this length and normalised again (Matryoshka); None leaves them whole.
        query_prompt: instead of the model's own; None keeps that.
        passage_prompt: likewise.
        reload: the same model on the CPU, for when its GPU is lost; None for a model on the CPU.

    Raises:
        EmbedderError: the model does not read text, has no such dimension, or does not run in int8.
    """

    def __init__(
        self,
        model: SentenceTransformer,
        *,
        fingerprint: str,
        token_budget: int | None = None,
        precision: Precision = "float32",
        in_training: bool = False,
        dimension: int | None = None,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        reload: Callable[[], SentenceTransformer] | None = None,
    ) -> None:
        self.fingerprint = fingerprint
        self.fallback = ""
        self._reload = reload
        self._reload_lock = threading.Lock()
        self._model = model.eval()
        self._bfloat16 = precision == "bfloat16"
        if self._bfloat16 and not in_training:
            # Autocast would round the weights again in every call: they are frozen, and it only remembers trained ones.
            for module in model.modules():
                if isinstance(module, torch.nn.Linear):
                    module.to(torch.bfloat16)
        self.dimension = _dimension(model, dimension)
        self.window = model.max_seq_length
        self.query_prompt = _prompt(model, "query") if query_prompt is None else query_prompt
        # `SentenceTransformer.encode_document` takes an empty "document" prompt before a filled "passage" prompt.
        own = _prompt(model, "document", "passage", "corpus")
        self.passage_prompt = own if passage_prompt is None else passage_prompt
        self._token_budget = token_budget or _TOKEN_BUDGET.get(model.device.type, 2_048)
        self._tokenizer_lock = threading.Lock()  # a fast tokenizer raises "Already borrowed" when two threads meet
        probe = model.preprocess(["a"])
        if not {"input_ids", "attention_mask"} <= probe.keys() or model.tokenizer is None:
            raise EmbedderError("the model does not turn text into tokens; choose a text embedding model")
        self._padding = {"input_ids": model.tokenizer.pad_token_id or 0}
        self._padding_side: str = model.tokenizer.padding_side
        if precision == "int8":
            from index.int8_transformer import multiply_in_int8  # noqa: PLC0415 - imports OpenVINO

            if in_training:
                raise EmbedderError("a model in training cannot be judged in int8; take bfloat16 or float32")
            multiply_in_int8(model)

    @classmethod
    def load(
        cls,
        name_or_folder: str | Path,
        *,
        device: str | None = None,
        precision: Precision = "float32",
        token_budget: int | None = None,
        dimension: int | None = None,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        revision: str | None = None,
        adapter: Path | None = None,
    ) -> Self:
        """Loads a model: from a folder without touching the network, by a hub name at most once over it.

        Args:
            name_or_folder: a sentence-transformers folder, or the name of a model on the hub. A name that the
                hub's local cache holds is taken from there and never looked up again.
            device: as torch names it; None takes the first CUDA device, or the CPU where there is none.
            precision: see the class; "float16" runs all of the model in it, on CUDA only. None of them changes the
                fingerprint: an index made in one may be asked in another.
            token_budget: see the class.
            dimension: see the class.
            query_prompt: see the class.
            passage_prompt: see the class.
            revision: branch, tag or commit on the hub.
            adapter: folder of a LoRA adapter that was trained on this model; it is merged into it.

        Raises:
            EmbedderError: there is no such model, it is damaged, or it would run code or unpickle weights; or it does
                not run in this precision here.
        """
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if precision == "float16" and not device.startswith("cuda"):
            raise EmbedderError(f"precision float16 was asked for on {device}: it needs a CUDA device; leave it off")
        if precision == "int8" and device != "cpu":
            raise EmbedderError(f"precision int8 was asked for on {device}: it is for the CPU; set device to cpu")
        folder = model_loading.locate(name_or_folder, revision=revision)

        def on(where: str, dtype: torch.dtype) -> SentenceTransformer:
            if adapter is None:
                return model_loading.load(folder, device=where, dtype=dtype)
            return load_with_adapter(folder, adapter, device=where, dtype=dtype)

        model = on(device, torch.float16 if precision == "float16" else torch.float32)
        cut = None if dimension == model.get_embedding_dimension() else dimension
        fingerprint = model_folder.fingerprint(
            folder, dimension=cut, query_prompt=query_prompt, passage_prompt=passage_prompt
        )
        if adapter is not None:
            fingerprint = adapter_folder.fingerprint(fingerprint, adapter)
        return cls(
            model,
            fingerprint=fingerprint,
            precision=precision,
            token_budget=token_budget,
            dimension=dimension,
            query_prompt=query_prompt,
            passage_prompt=passage_prompt,
            reload=None if device == "cpu" else lambda: on("cpu", torch.float32),
        )

    def embed_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """See `Embedder.embed_passages`."""
        return self._embed(texts, self.passage_prompt, "document", on_progress)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.embed_queries`."""
        return self._embed(texts, self.query_prompt, "query", None)

    def _embed(
        self, texts: Sequence[str], prompt: str, task: str, on_progress: Callable[[int], None] | None
    ) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _SORTED_AT_ONCE):
            tokens = self._tokenise(texts[start : start + _SORTED_AT_ONCE], prompt, task)
            for batch in _batches([len(row["input_ids"]) for row in tokens.rows], self._token_budget):
                vectors[[start + row for row in batch]] = self._run(tokens, batch, task)
                if on_progress is not None:
                    on_progress(len(batch))
        return vectors

    def _tokenise(self, texts: Sequence[str], prompt: str, task: str) -> _Tokens:
        """Every text once, in groups of like length so that the tokenizer pads little."""
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        rows: list[dict[str, Tensor]] = [{} for _ in texts]
        shared: dict[str, Any] = {}
        for start in range(0, len(order), _TOKENISED_AT_ONCE):
            group = order[start : start + _TOKENISED_AT_ONCE]
            features = self._tokenise_group([_encodable(texts[row]) for row in group], prompt, task)
            mask = features["attention_mask"]
            inputs = {name: value for name, value in features.items() if isinstance(value, Tensor)}
            shared = {name: value for name, value in features.items() if name not in inputs}
            for row, length, *values in zip(group, mask.sum(dim=1).tolist(), *inputs.values(), strict=True):
                real = slice(length) if self._padding_side == "right" else slice(-length, None)
                rows[row] = {name: value[real] for name, value in zip(inputs, values, strict=True)}
        return _Tokens(rows, shared)

    def _tokenise_group(self, texts: list[str], prompt: str, task: str) -> dict[str, Any]:
        """The model's own tokenisation, padded, cut at its window.

        A text far longer than the window is cut before it is tokenised, so that a megabyte costs what a page costs.
        No number of characters is enough in every case (spaces collapse, unknown characters fuse into one token), so
        the outcome is checked: where a cut text did not fill the window, more of it is read.
        """
        most = _CHARACTERS_PER_TOKEN * self.window if self.window else None
        while True:
            heads = [_head(text, most) for text in texts]
            with self._tokenizer_lock:
                features = self._model.preprocess(heads, prompt=prompt or None, task=task)
            if most is None or all(
                len(head) == len(text) or length >= self.window
                for head, text, length in zip(heads, texts, features["attention_mask"].sum(dim=1).tolist(), strict=True)
            ):
                return features
            most *= 8

    def _run(self, tokens: _Tokens, batch: list[int], task: str) -> NDArray[np.float32]:
        """The vectors of the rows of one batch, (len(batch), dimension), each of norm 1, even when the GPU fails."""
        model = self._model
        try:
            return self._run_on(model, tokens, batch, task)
        except RuntimeError as error:  # torch's kind for all that goes wrong on a device
            if self._reload is None and model is self._model:
                raise
            full, reason = isinstance(error, torch.OutOfMemoryError), str(error).partition("\n")[0]
        # Outside of the handler: the error holds on to the tensors of the failed batch.
        if full and len(batch) > 1:
            torch.cuda.empty_cache()
            middle = len(batch) // 2
            return np.concatenate([self._run(tokens, part, task) for part in (batch[:middle], batch[middle:])])
        self._go_on_without_gpu(model, reason)
        return self._run_on(self._model, tokens, batch, task)

    def _go_on_without_gpu(self, failed: SentenceTransformer, reason: str) -> None:
        """Takes the model anew from its folder: out of a lost GPU nothing can be copied."""
        with self._reload_lock:
            if self._reload is not None and self._model is failed:
                self._model = self._reload().eval()
                self._bfloat16 = False
                self._token_budget = min(self._token_budget, _TOKEN_BUDGET["cpu"])
                self.fallback = f"embedding on the CPU, the GPU failed: {reason}"
                self._reload = None

    @torch.inference_mode()
    def _run_on(self, model: SentenceTransformer, tokens: _Tokens, batch: list[int], task: str) -> NDArray[np.float32]:
        """The vectors of the rows of one batch, (len(batch), dimension), by this model where it is."""
        features = {
            name: pad_sequence(
                [tokens.rows[row][name] for row in batch],
                batch_first=True,
                padding_value=self._padding.get(name, 0),
                padding_side=self._padding_side,
            ).to(model.device)
            for name in tokens.rows[batch[0]]
        }
        with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=self._bfloat16):
            embedded: Tensor = model({**features, **tokens.shared}, task=task)["sentence_embedding"]
        vectors: NDArray[np.float32] = embedded[:, : self.dimension].float().cpu().numpy()
        norms: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.all(np.isfinite(norms) & (norms > 0)):
            raise EmbedderError("the embedding model gave a vector without direction (NaN or zero); use another model")
        return np.divide(vectors, norms)


def _batches(lengths: Sequence[int], token_budget: int) -> Iterator[list[int]]:
    """Rows in batches of like length, longest first, each of at most `token_budget` padded tokens or of one row."""
    order = sorted(range(len(lengths)), key=lambda row: lengths[row], reverse=True)
    start = 0
    while start < len(order):
        rows = max(1, token_budget // max(1, lengths[order[start]]))
        yield order[start : start + rows]
        start += rows


def _head(text: str, most: int | None) -> str:
    """The first characters of a text, cut before a space where one is near: then no token straddles the cut."""
    if most is None or len(text) <= most:
        return text
    space = text.rfind(" ", most // 2, most)
    return text[: space if space > 0 else most]


def _encodable(text: str) -> str:
    """The text, with "?" for each lone surrogate: tokenizers refuse them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


def _prompt(model: SentenceTransformer, *names: str) -> str:
    """The first of the model's prompts of these names that is not empty, else its default prompt, else none."""
    prompts = (model.prompts.get(name) for name in (*names, model.default_prompt_name or ""))
    return next(filter(None, prompts), "")


def _dimension(model: SentenceTransformer, wanted: int | None) -> int:
    own = model.get_embedding_dimension()
    if own is None:
        raise EmbedderError("the model does not say how long its vectors are; choose a sentence embedding model")
    if wanted is not None and not 1 <= wanted <= own:
        raise EmbedderError(f"dimension {wanted}: the model's vectors have {own} components; choose 1 to {own}")
    return own if wanted is None else wanted
