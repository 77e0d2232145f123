"""P9: how much of a prompt a server's prefix cache has already seen, against LlamaIndex's default template.

A question log is drawn from labelled questions with Zipf's frequencies, as helpdesks see them: few questions often,
most of them rarely; with `--wordings`, each time in one of the wordings that the file has for it. Both sides get the
same articles for a question. lexcite puts them into its own prompt: fixed rules, whole articles in the order of the
law, then the question. LlamaIndex's chat template gets the same articles as they were found, best first, with their law
and number as metadata, and its own fixed system text. Prompts are cut into blocks of 16 tokens as vLLM does; a block
has been seen where the same tokens from the beginning of a prompt to its end were there before. The cache forgets
nothing.

The share is printed for the whole log, and for questions asked for the first time only: a question that comes again
is served from the cache by any template.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/prefix_cache.py --index DIR --questions FILE --tokenizer FILE
"""

import argparse
import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from llama_index.core.prompts.chat_prompts import CHAT_TEXT_QA_PROMPT
from llama_index.core.schema import MetadataMode, TextNode
from tokenizers import Tokenizer

from app.settings import load_settings
from app.wiring import load_embedder, open_engine
from generation.prompt import provisions_to_show, read_prompt
from index.release import Release
from retrieval.questions import read_questions
from retrieval.search import Hit

RESULTS = Path(__file__).resolve().parent / "results" / "prefix_cache.json"
BLOCK = 16  # tokens; vLLM's own size


@dataclass(frozen=True, slots=True)
class Share:
    """Share of prompt blocks already seen, in [0, 1], and the mean length of a prompt in tokens."""

    every: float
    first_time: float
    tokens: float


def main() -> None:
    """Searches each question once, replays the log through both templates, prints and writes the result."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--index", type=Path, required=True)
    options.add_argument("--questions", type=Path, required=True)
    options.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json of a model")
    options.add_argument("--asked", type=int, default=400, help="distinct questions (default: 400)")
    options.add_argument("--log", type=int, default=1000, help="length of the log (default: 1,000)")
    options.add_argument("--exponent", type=float, default=1.0, help="Zipf's exponent (default: 1.0)")
    options.add_argument("--k", type=int, default=8, help="articles searched for (default: 8)")
    options.add_argument("--wordings", action="store_true", help="a question comes in all the wordings of the file")
    arguments = options.parse_args()

    settings = replace(load_settings(environ=os.environ, flags={}), index=arguments.index)
    embedder = load_embedder(settings)
    release = Release.open(arguments.index)
    engine = open_engine(settings, release, embedder, None)
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    questions = read_questions(arguments.questions)[: arguments.asked]
    rng = np.random.default_rng(7)
    frequency = 1 / np.arange(1, len(questions) + 1) ** arguments.exponent
    order = rng.permutation(len(questions))  # which question is the frequent one is chance
    drawn = order[rng.choice(len(questions), size=arguments.log, p=frequency / frequency.sum())].tolist()
    wordings = [(one.text, *one.variants) if arguments.wordings else (one.text,) for one in questions]
    log = [(number, str(rng.choice(wordings[number]))) for number in drawn]

    ours: dict[str, list[int]] = {}
    theirs: dict[str, list[int]] = {}
    for number, text in dict.fromkeys(log):
        lang = questions[number].lang or "en"
        hits = engine.retriever.search(text, k=arguments.k)
        shown = provisions_to_show(text, hits, release, lang=lang)
        messages = read_prompt(lang).messages(shown, (), text)
        ours[text] = _blocks(tokenizer, [message.content for message in messages])
        ids = {extract.hit.version.id for extract in shown}
        theirs[text] = _blocks(tokenizer, _llama(text, [hit for hit in hits if hit.version.id in ids]))
    texts = [text for _, text in log]
    shares = {"lexcite": _replayed(ours, texts), "LlamaIndex": _replayed(theirs, texts)}
    print(f"{len(questions)} questions, {len(set(texts))} different texts in a log of {len(log)}, k = {arguments.k}")
    for name, share in shares.items():
        print(
            f"{name:12} seen {share.every:.3f}, first time {share.first_time:.3f}; {share.tokens:,.0f} tokens a prompt"
        )
    for field in ("every", "first_time"):
        print(f"ratio, {field}: {getattr(shares['lexcite'], field) / getattr(shares['LlamaIndex'], field):.2f}")
    _write(arguments, shares)


def _llama(question: str, hits: Sequence[Hit]) -> list[str]:
    """The messages of LlamaIndex's default chat template, its nodes written as its response synthesizer does."""
    nodes = [
        TextNode(text=hit.version.text, metadata={"law": hit.law.title, "article": hit.article.label}) for hit in hits
    ]
    context = "\n\n".join(node.get_content(metadata_mode=MetadataMode.LLM).strip() for node in nodes)
    messages = CHAT_TEXT_QA_PROMPT.format_messages(context_str=context, query_str=question)
    return [str(message.content) for message in messages]


def _blocks(tokenizer: Tokenizer, messages: Iterable[str]) -> list[int]:
    """The full blocks of a prompt, each as a number that stands for all tokens up to its end."""
    ids = tokenizer.encode("\n\n".join(messages), add_special_tokens=False).ids
    digest = hashlib.sha256()
    chain: list[int] = []
    for start in range(0, len(ids) - BLOCK + 1, BLOCK):
        digest.update(np.asarray(ids[start : start + BLOCK], dtype=np.int64).tobytes())
        chain.append(int.from_bytes(digest.digest()[:8], "little"))
    return chain


def _replayed(prompts: Mapping[str, Sequence[int]], log: Sequence[str]) -> Share:
    cached: set[int] = set()
    before: set[str] = set()
    seen = {"every": 0, "first": 0}
    blocks = {"every": 0, "first": 0}
    for question in log:
        chain = prompts[question]
        hit = sum(block in cached for block in chain)
        for field in ("every", "first") if question not in before else ("every",):
            seen[field] += hit
            blocks[field] += len(chain)
        cached.update(chain)
        before.add(question)
    mean = BLOCK * blocks["every"] / len(log)
    return Share(seen["every"] / blocks["every"], seen["first"] / blocks["first"], mean)


def _write(arguments: argparse.Namespace, shares: dict[str, Share]) -> None:
    key = f"{arguments.index.name}, {arguments.tokenizer.parent.name}, k={arguments.k}, s={arguments.exponent}"
    key += ", several wordings" if arguments.wordings else ""
    result = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": platform.processor() or platform.machine(),
        "llama-index-core": version("llama-index-core"),
        "questions": arguments.asked,
        "log": arguments.log,
        **{
            name: {"seen": round(one.every, 4), "seen the first time": round(one.first_time, 4), "tokens": one.tokens}
            for name, one in shares.items()
        },
    }
    RESULTS.parent.mkdir(exist_ok=True)
    written = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    RESULTS.write_text(json.dumps({**written, key: result}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
