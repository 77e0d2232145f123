"""A real sentence-transformers model, small enough to be made in any test: one layer, random weights, few words."""

import tempfile
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

WORDS = [
    "query",
    "passage",
    ":",
    "the",
    "law",
    "of",
    "a",
    "an",
    "controller",
    "shall",
    "notify",
    "breach",
    "hours",
    "within",
    "article",
    "right",
    "data",
    "person",
    "court",
    "ley",
    "derecho",
    "persona",
    "plazo",
    "juez",
    "pagará",
    "renta",
    "luật",
    "quyền",
    "người",
    "điều",
    "khoản",
    "tòa",
    "án",
    "one",
    "two",
    "three",
    "four",
    "five",
]
PROMPTS = {"query": "query: ", "passage": "passage: "}
WINDOW = 24  # tokens, <s> and </s> included


def save_tiny_model(
    folder: Path,
    *,
    words: tuple[str, ...] = tuple(WORDS),
    prompts: dict[str, str] | None = None,
    dimension: int = 32,
    window: int = WINDOW,
    seed: int = 7,
) -> Path:
    """Writes the model into `folder`; the same arguments give the same vectors. A word it does not know is `<unk>`."""
    tokens = ["<pad>", "<s>", "</s>", "<unk>", *words]
    tokenizer = Tokenizer(models.WordLevel({token: place for place, token in enumerate(tokens)}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", tokens.index("<s>")), ("</s>", tokens.index("</s>"))]
    )
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        model_max_length=window,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        bert = BertModel(
            BertConfig(
                vocab_size=len(tokens),
                hidden_size=dimension,
                num_hidden_layers=1,
                num_attention_heads=2,
                intermediate_size=2 * dimension,
                max_position_embeddings=window,
                pad_token_id=0,
                initializer_range=0.5,  # wide, so that different texts get clearly different vectors
            )
        )
    with tempfile.TemporaryDirectory() as scratch:
        bert.save_pretrained(scratch)
        wrapped.save_pretrained(scratch)
        transformer = Transformer(scratch)
    model = SentenceTransformer(
        modules=[transformer, Pooling(dimension, pooling_mode="mean"), Normalize()],
        prompts=PROMPTS if prompts is None else prompts,
        device="cpu",
    )
    model.save_pretrained(str(folder), create_model_card=False)
    return folder
