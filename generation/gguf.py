"""A GGUF file as the folder that vLLM serves: weights in bfloat16, tokenizer, chat template. Imports torch."""

import struct
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
from transformers.utils.logging import disable_progress_bar

from generation.llm import LLMError


def convert(gguf: Path, folder: Path) -> None:
    """Writes the model of a GGUF file as transformers does.

    Takes about twice the finished folder in memory: the weights are unpacked in float32 on the way.

    Args:
        gguf: the file, in a folder of its own.
        folder: an empty folder.

    Raises:
        LLMError: the file is no GGUF file, is damaged, is of an architecture that transformers cannot read, or has
            no chat template.
        OSError: a file cannot be written.
    """
    disable_progress_bar()  # type: ignore[no-untyped-call]
    place, name = str(gguf.parent), gguf.name
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=name, local_files_only=True)
        # Without `dequantize` the weights stay in GGUF's blocks, and saving them raises.
        model = AutoModelForCausalLM.from_pretrained(
            place,
            gguf_file=name,
            local_files_only=True,
            dtype=torch.bfloat16,
            quantization_config=GgufConfig(dequantize=True),
        )
    except (ValueError, KeyError, IndexError, RuntimeError, TypeError, struct.error) as error:
        raise LLMError(
            f"{gguf}: cannot be read as a GGUF model ({' '.join(str(error).split())[:200]}); "
            "fetch it again, or check that requirements/common.txt is installed"
        ) from error
    if not tokenizer.chat_template:
        raise LLMError(f"{gguf}: the model has no chat template, so it cannot be asked; use an instruct model")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    for path in folder.iterdir():
        path.chmod(0o644)  # safetensors leaves the weights readable by their owner alone, unlike the other files
