import numpy as np
import pytest
import torch
from gguf import GGUFWriter, TokenType
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from generation.gguf import convert
from generation.llm import LLMError

HIDDEN, INNER, HEADS, KEY_HEADS, LAYERS = 32, 48, 4, 2, 2
HEAD = HIDDEN // HEADS
CHARACTERS = [chr(code) for code in range(33, 127)] + ["Ġ", "Ċ"]  # the bytes of ASCII, as byte-level BPE writes them
WORDS = ["la", "law", "Ġla", "Ġlaw"]
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TOKENS = CHARACTERS + WORDS + SPECIAL
MERGES = ["l a", "la w", "Ġ la", "Ġ law", "Ġla w"]
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
# What llama.cpp calls a tensor, what transformers calls it, and its shape.
TENSORS = {
    "token_embd.weight": ("model.embed_tokens.weight", (len(TOKENS), HIDDEN)),
    "output_norm.weight": ("model.norm.weight", (HIDDEN,)),
    "output.weight": ("lm_head.weight", (len(TOKENS), HIDDEN)),
}
for layer in range(LAYERS):
    ours, theirs = f"blk.{layer}", f"model.layers.{layer}"
    TENSORS |= {
        f"{ours}.attn_norm.weight": (f"{theirs}.input_layernorm.weight", (HIDDEN,)),
        f"{ours}.ffn_norm.weight": (f"{theirs}.post_attention_layernorm.weight", (HIDDEN,)),
        f"{ours}.attn_q.weight": (f"{theirs}.self_attn.q_proj.weight", (HIDDEN, HIDDEN)),
        f"{ours}.attn_q.bias": (f"{theirs}.self_attn.q_proj.bias", (HIDDEN,)),
        f"{ours}.attn_k.weight": (f"{theirs}.self_attn.k_proj.weight", (KEY_HEADS * HEAD, HIDDEN)),
        f"{ours}.attn_k.bias": (f"{theirs}.self_attn.k_proj.bias", (KEY_HEADS * HEAD,)),
        f"{ours}.attn_v.weight": (f"{theirs}.self_attn.v_proj.weight", (KEY_HEADS * HEAD, HIDDEN)),
        f"{ours}.attn_v.bias": (f"{theirs}.self_attn.v_proj.bias", (KEY_HEADS * HEAD,)),
        f"{ours}.attn_output.weight": (f"{theirs}.self_attn.o_proj.weight", (HIDDEN, HIDDEN)),
        f"{ours}.ffn_gate.weight": (f"{theirs}.mlp.gate_proj.weight", (INNER, HIDDEN)),
        f"{ours}.ffn_up.weight": (f"{theirs}.mlp.up_proj.weight", (INNER, HIDDEN)),
        f"{ours}.ffn_down.weight": (f"{theirs}.mlp.down_proj.weight", (HIDDEN, INNER)),
    }


def write_gguf(path, *, template=TEMPLATE):
    """A tiny model of Qwen's architecture in llama.cpp's own format; the weights by transformers' names."""
    writer = GGUFWriter(path, "qwen2")
    writer.add_context_length(256)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(TOKENS)
    writer.add_token_types([TokenType.CONTROL if token in SPECIAL else TokenType.NORMAL for token in TOKENS])
    writer.add_token_merges(MERGES)
    writer.add_eos_token_id(TOKENS.index("<|im_end|>"))
    writer.add_bos_token_id(TOKENS.index("<|endoftext|>"))
    writer.add_pad_token_id(TOKENS.index("<|endoftext|>"))
    if template:
        writer.add_chat_template(template)
    random = np.random.default_rng(7)
    weights = {}
    for name, (known_as, shape) in TENSORS.items():
        weights[known_as] = random.normal(scale=0.2, size=shape).astype(np.float32)
        writer.add_tensor(name, weights[known_as])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return weights


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    place = tmp_path_factory.mktemp("gguf")
    weights = write_gguf(place / "model.gguf")
    folder = place / "folder"
    folder.mkdir()
    convert(place / "model.gguf", folder)
    return folder, weights


def test_every_weight_arrives_under_its_name_in_bfloat16(converted):
    folder, weights = converted
    found = load_file(folder / "model.safetensors")
    assert found.keys() == weights.keys()
    for name, values in weights.items():
        assert torch.equal(found[name], torch.from_numpy(values).to(torch.bfloat16)), name


def test_the_chat_template_survives(converted):
    tokenizer = AutoTokenizer.from_pretrained(converted[0])
    messages = [{"role": "system", "content": "law"}, {"role": "user", "content": "la"}]
    assert tokenizer.apply_chat_template(messages, tokenize=False) == (
        "<|im_start|>system\nlaw<|im_end|>\n<|im_start|>user\nla<|im_end|>\n"
    )
    assert tokenizer.eos_token == "<|im_end|>"
    assert tokenizer.convert_ids_to_tokens(tokenizer("<|im_start|>law law")["input_ids"]) == [
        "<|im_start|>",
        "law",
        "Ġlaw",
    ]


def test_the_folder_loads_and_every_user_may_read_it(converted):
    folder = converted[0]
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert model.dtype == torch.bfloat16
    with torch.no_grad():
        assert model(torch.tensor([[1, 2, 3]])).logits.shape == (1, 3, len(TOKENS))
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}


def test_a_model_without_a_chat_template_is_refused(tmp_path):
    write_gguf(tmp_path / "model.gguf", template="")
    with pytest.raises(LLMError, match="no chat template, so it cannot be asked"):
        convert(tmp_path / "model.gguf", tmp_path)


@pytest.mark.parametrize("content", [b"", b"no such format at all", b"GGUF\x03\x00\x00\x00" + b"\xff" * 16])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "model.gguf").write_bytes(content)
    with pytest.raises(LLMError, match="cannot be read as a GGUF model"):
        convert(tmp_path / "model.gguf", tmp_path)
