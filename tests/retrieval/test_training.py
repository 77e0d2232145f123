"""Training for real, with a tiny model: what comes out, what survives an interruption, and what is refused."""

import dataclasses
import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

from index import adapter_folder, model_folder
from index.adapter import load_with_adapter
from index.encoder import SentenceEncoder
from index.errors import EmbedderError
from index.importers.registry import read_corpus
from index.model_loading import load
from retrieval.batching import Batches
from retrieval.checkpoints import TrainingError
from retrieval.dev_set import DevSetError, judge, read_dev_sets
from retrieval.finishing import Job, judge_model
from retrieval.interpolation import keep_best_share, scaled_weights
from retrieval.pairs import PairsError, read_pairs
from retrieval.recipe import Recipe, read_recipe
from retrieval.training import _batches, rows_of, train
from tests.training_samples import Sample, write_sample

QUICK = Recipe(batch_size=8, epochs=2.0, learning_rate=3e-3, evaluate_every=6, log_every=3, checkpoint_minutes=60.0)


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Sample:
    return write_sample(tmp_path_factory.mktemp("sample"))


def job(sample: Sample, out: Path, recipe: Recipe = QUICK) -> Job:
    corpus = read_corpus([sample.law])
    return Job(
        base=sample.base,
        base_name="tiny",
        recipe=recipe,
        pairs=read_pairs([sample.pairs], corpus),
        dev=read_dev_sets([sample.dev], corpus),
        out=out,
        device="cpu",
    )


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(load(folder, device="cpu", dtype=torch.float32).named_parameters())


@pytest.mark.parametrize("name", ["vn", "es"])
def test_a_reference_recipe_runs_from_pairs_to_a_folder_that_serves(sample, tmp_path, name):
    recipe = read_recipe(name, changes={"max_steps": "8", "evaluate_every": "4", "log_every": "2"})
    notes: list[str] = []
    report = train(job(sample, tmp_path / "out", recipe), on_note=notes.append)
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} >= {
        "model.safetensors", "modules.json", "README.md", "training_log.jsonl", "loss.png", "report.json",
    }  # fmt: skip
    assert not (tmp_path / "out.partial").exists()
    assert (out / "loss.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert report.steps == 8
    assert report.fingerprint == model_folder.fingerprint(out) != report.base_fingerprint
    assert SentenceEncoder.load(out).embed_queries(["the law"]).shape == (1, 32)
    card = (out / "README.md").read_text(encoding="utf-8")
    for change in report.changes:
        assert f"recipe: {change}" in notes
        assert f"- {change}" in card
    assert f"| `learning_rate` | {recipe.learning_rate} |" in card
    assert "| ndcg@10 |" in card
    assert "| set 0 | en | 24 |" in card


def test_a_model_judged_in_bfloat16_is_left_as_it_was(sample):
    corpus = read_corpus([sample.law])
    dev = read_dev_sets([sample.dev], corpus)
    model = load(sample.base, device="cpu", dtype=torch.float32)
    model.train()
    before = {name: one.clone() for name, one in model.named_parameters()}
    exact = judge_model(model, dev)
    near = judge_model(model, dev, precision="bfloat16")
    assert near[0].mean() == pytest.approx(exact[0].mean(), abs=0.1)
    assert model.training
    for name, one in model.named_parameters():
        assert one.dtype == torch.float32
        assert torch.equal(one, before[name]), name


def test_an_adapter_is_small_names_its_base_and_serves_as_it_was_judged(sample, tmp_path):
    recipe = dataclasses.replace(QUICK, lora_rank=4, learning_rate=3e-2, distillation=0.1, freeze_embeddings=True)
    made = job(sample, tmp_path / "out", recipe)
    report = train(made)
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {
        "README.md", "adapter_config.json", "adapter_model.safetensors", "loss.png", "report.json",
        "training_log.jsonl",
    }  # fmt: skip
    assert report.kind == "lora"
    assert adapter_folder.read_config(out).base == model_folder.fingerprint(sample.base)
    served = SentenceEncoder.load(sample.base, adapter=out)
    assert served.fingerprint == report.fingerprint != report.base_fingerprint
    again = judge(served, made.dev)[0]
    told = {one.metric: one.tuned.value for one in report.figures}
    assert again.mean("ndcg@10") == pytest.approx(told["ndcg@10"])
    before = SentenceEncoder.load(sample.base).embed_queries(["the law of the court"])
    assert float((before * served.embed_queries(["the law of the court"])).sum()) < 0.9999


def test_training_learns(sample, tmp_path):
    recipe = dataclasses.replace(QUICK, epochs=20.0, learning_rate=1e-2, evaluate_every=40)
    report = train(job(sample, tmp_path / "out", recipe))
    losses = [entry["loss"] for entry in report.log if "loss" in entry]
    assert losses[-1] < 0.7 * losses[0]
    assert report.watched_best > report.watched_base + 0.1


def test_a_share_of_an_adapters_update_is_kept(sample, tmp_path):
    recipe = dataclasses.replace(QUICK, lora_rank=4, learning_rate=3e-2)
    train(job(sample, tmp_path / "whole", recipe))
    report = train(job(sample, tmp_path / "half", dataclasses.replace(recipe, strengths=(0.5,))))
    whole, half = (load_file(tmp_path / name / adapter_folder.WEIGHTS) for name in ("whole", "half"))
    for name, weight in whole.items():
        assert torch.allclose(half[name], weight * (0.5 if "lora_B" in name else 1.0), atol=1e-6), name
    assert [one.share for one in report.strengths] == [0.5]
    assert report.watched_best == report.strengths[0].value
    assert "50% of their update" in (tmp_path / "half" / "README.md").read_text(encoding="utf-8")


def test_the_best_share_of_a_whole_models_update_is_kept(sample):
    model = load(sample.base, device="cpu", dtype=torch.float32)
    before = scaled_weights(model)
    name = next(iter(before))
    with torch.no_grad():
        dict(model.named_parameters())[name].add_(1.0)
    shift = lambda: float((dict(model.named_parameters())[name].detach() - before[name]).mean())  # noqa: E731 - said once
    tried = keep_best_share(model, before, (0.25, 0.5, 1.0), lambda: (-abs(shift() - 0.5), {"en": shift()}))
    assert [one.langs["en"] for one in tried] == pytest.approx([0.25, 0.5, 1.0], abs=1e-5)
    assert shift() == pytest.approx(0.5, abs=1e-5)


def test_frozen_embeddings_stay_and_the_rest_moves(sample, tmp_path):
    train(job(sample, tmp_path / "out", dataclasses.replace(QUICK, freeze_embeddings=True)))
    before, after = weights(sample.base), weights(tmp_path / "out")
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert {name for name in same if "word_embeddings" in name}
    assert {name for name in set(before) - same if "attention" in name}


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(sample, tmp_path):
    recipe = dataclasses.replace(QUICK, evaluate_every=3)
    train(job(sample, tmp_path / "whole", recipe))
    steps: list[int] = []

    def stop_at_five() -> bool:
        steps.append(1)
        return len(steps) == 5

    with pytest.raises(TrainingError, match=r"stopped at step 5 of 12.*--resume"):
        train(job(sample, tmp_path / "parted", recipe), should_stop=stop_at_five)
    assert not (tmp_path / "parted").exists()
    notes: list[str] = []
    train(job(sample, tmp_path / "parted", recipe), resume=True, on_note=notes.append)
    assert "resuming at step 5" in notes
    whole, parted = weights(tmp_path / "whole"), weights(tmp_path / "parted")
    assert all(torch.allclose(whole[name], parted[name], atol=1e-6) for name in whole)
    logs = [json.loads(line) for line in (tmp_path / "parted" / "training_log.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in logs if "ndcg@10" in entry] == [3, 6, 9, 12]


def test_a_killed_training_goes_on_from_its_last_whole_checkpoint(sample, tmp_path):
    recipe = dataclasses.replace(QUICK, checkpoint_minutes=0.0)
    with pytest.raises(KeyboardInterrupt):
        train(job(sample, tmp_path / "out", recipe), should_stop=Killer(7))
    torn = tmp_path / "out.partial" / "checkpoints" / "checkpoint-99"  # as a kill in the midst of writing leaves it
    torn.mkdir()
    (torn / "trained.safetensors").write_bytes(b"half")
    with pytest.raises(TrainingError, match="unfinished training with a checkpoint at step 6"):
        train(job(sample, tmp_path / "out", recipe))
    with pytest.raises(TrainingError, match="begun with another recipe"):
        train(job(sample, tmp_path / "out", dataclasses.replace(recipe, seed=7)), resume=True)
    notes: list[str] = []
    assert train(job(sample, tmp_path / "out", recipe), resume=True, on_note=notes.append).steps == 12
    assert "resuming at step 6" in notes


class Killer:
    """Raises at the given step, as a signal does, before the step's checkpoint."""

    def __init__(self, step: int) -> None:
        self.left = step

    def __call__(self) -> bool:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt
        return False


FULL_DISK = """
import resource, sys
from pathlib import Path
from tests.retrieval.test_training import QUICK, job
from tests.training_samples import Sample
import dataclasses
from retrieval.training import rows_of, train
folder = Path(sys.argv[1])
sample = Sample(folder / "base", folder / "law.jsonl", folder / "pairs.jsonl", folder / "dev.jsonl")
steps = []
def full_after_four():
    steps.append(1)
    if len(steps) == 5:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    return False
try:
    often = dataclasses.replace(QUICK, checkpoint_minutes=0.0)
    train(job(sample, Path(sys.argv[2]), often), should_stop=full_after_four)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_full_disk_is_told_and_the_checkpoint_before_it_is_whole(sample, tmp_path):
    # A limit on the size of files makes the kernel refuse to write, as a full disk does.
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(sample.base.parent), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=240,
    )
    assert run.stdout.startswith("TrainingError"), run.stdout + run.stderr
    assert "the checkpoint at step 4 is whole: make room, then go on with --resume" in run.stdout
    notes: list[str] = []
    recipe = dataclasses.replace(QUICK, checkpoint_minutes=0.0)
    assert train(job(sample, tmp_path / "out", recipe), resume=True, on_note=notes.append).steps == 12
    assert "resuming at step 4" in notes


def test_a_finished_model_is_not_replaced_unless_asked_for(sample, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(TrainingError, match="already there"):
        train(job(sample, tmp_path / "out"))
    train(job(sample, tmp_path / "out", dataclasses.replace(QUICK, max_steps=2)), force=True)
    assert not (tmp_path / "out" / "mine").exists()
    assert (tmp_path / "out" / "model.safetensors").exists()


def test_a_base_that_is_no_embedder_is_refused(sample, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(EmbedderError, match=r"no modules\.json"):
        train(dataclasses.replace(job(sample, tmp_path / "out"), base=tmp_path / "empty"))
    assert not (tmp_path / "out.partial").exists()


def test_questions_to_judge_by_must_not_be_trained_on(sample, tmp_path):
    made = job(sample, tmp_path / "out")
    leaked = dataclasses.replace(made.dev[0].questions[0], text=made.pairs.pairs[3].question.upper())
    dev = (dataclasses.replace(made.dev[0], questions=(leaked,)),)
    with pytest.raises(DevSetError, match="also trained on"):
        train(dataclasses.replace(made, dev=dev))


def test_an_empty_dev_set_is_told(sample, tmp_path):
    corpus = read_corpus([sample.law])
    nothing = tmp_path / "nothing.jsonl"
    nothing.write_text('{"id": "1", "question": "q", "relevant": [], "must_abstain": true}\n', encoding="utf-8")
    with pytest.raises(DevSetError, match="nothing to judge a training by"):
        read_dev_sets([nothing], corpus)
    nothing.write_text('{"id": "1", "question": "q", "relevant": ["L-0"], "split": "train"}\n', encoding="utf-8")
    with pytest.raises(DevSetError, match="nothing to judge a training by"):
        read_dev_sets([nothing], corpus)
    nothing.write_text('{"id": "1", "question": "q", "relevant": ["X-1"], "split": "dev"}\n', encoding="utf-8")
    with pytest.raises(DevSetError, match="not in the corpus: X-1"):
        read_dev_sets([nothing], corpus)


def test_batches_by_law_hold_one_large_law_or_the_small_ones_of_a_language(sample):
    pairs = read_pairs([sample.pairs], read_corpus([sample.law]))
    assert set(pairs.laws.values()) == {"L"}
    numbers = {one: int(one.rpartition("-")[2]) for one in pairs.texts}
    made = dataclasses.replace(
        pairs,
        laws={one: "large" if number < 8 else f"small {number % 4}" for one, number in numbers.items()},
        langs={one: "es" if number % 2 else "en" for one, number in numbers.items()},
    )
    rows = rows_of(made, "by_law")
    for pair, row in zip(made.pairs, rows, strict=True):
        number = numbers[pair.article_id]
        assert row.group == ("law large" if number < 8 else "es" if number % 2 else "en")
    batches = Batches(rows, 8).epoch(0)
    assert all(len({rows[row].group for row in batch}) == 1 for batch in batches)
    assert sum(map(len, batches)) == len(made.pairs)


def test_a_share_of_a_large_laws_pairs_meets_its_language(sample):
    pairs = read_pairs([sample.pairs], read_corpus([sample.law]))
    whole = {row.group for row in rows_of(pairs, "by_law")}
    rows = rows_of(pairs, "by_law", law_share=0.5, seed=3)
    own = sum(row.group == "law L" for row in rows)
    assert whole == {"law L"}
    assert {row.group for row in rows} == {"law L", "en"}
    assert 0.25 * len(rows) < own < 0.75 * len(rows)
    assert rows == rows_of(pairs, "by_law", law_share=0.5, seed=3)
    assert rows != rows_of(pairs, "by_law", law_share=0.5, seed=4)


def test_pairs_of_two_large_laws_meet_as_often_as_the_recipe_says(sample):
    pairs = read_pairs([sample.pairs], read_corpus([sample.law]))
    halves = {one: "odd" if int(one.rpartition("-")[2]) % 2 else "even" for one in pairs.texts}
    made = dataclasses.replace(pairs, laws=halves)
    recipe = dataclasses.replace(QUICK, mixing="by_law", batch_size=8, hard_negatives=0)

    def mixed(share: float) -> int:
        batches = _batches(made, dataclasses.replace(recipe, law_share=share)).epoch(0)
        assert sorted(row for batch in batches for row in batch) == list(range(len(made.pairs)))
        return sum(len({halves[made.pairs[row].article_id] for row in batch}) == 2 for batch in batches)

    assert mixed(1.0) == 0
    assert mixed(0.5) > 0


def test_a_law_that_the_draw_leaves_too_few_articles_goes_by_language(sample):
    pairs = read_pairs([sample.pairs], read_corpus([sample.law]))
    articles = sorted({pair.article_id for pair in pairs.pairs})[:8]
    few = dataclasses.replace(pairs, pairs=tuple(pair for pair in pairs.pairs if pair.article_id in articles))
    assert {row.group for row in rows_of(few, "by_law")} == {"law L"}
    assert {row.group for row in rows_of(few, "by_law", law_share=0.3)} == {"en"}


def test_pairs_of_one_article_in_each_group_are_refused(sample, tmp_path):
    made = job(sample, tmp_path / "out", dataclasses.replace(QUICK, mixing="by_language"))
    first, second = (next(pair for pair in made.pairs.pairs if pair.article_id == one) for one in ("L-0", "L-1"))
    pairs = dataclasses.replace(made.pairs, pairs=(first, second), langs={"L-0": "en", "L-1": "es"})
    with pytest.raises(TrainingError, match="no group with two articles"):
        train(dataclasses.replace(made, pairs=pairs))


def test_figures_equal_the_librarys_evaluator(sample):
    # One passage an article: then both rank the same texts.
    corpus = read_corpus([sample.law])
    one = read_dev_sets([sample.dev], corpus)[0]
    assert len(one.passages) == len(one.articles)
    judged = judge(SentenceEncoder.load(sample.base), [one], dimensions=(32, 16))
    for found in judged:
        library = InformationRetrievalEvaluator(
            {question.id: question.text for question in one.questions},
            dict(zip(one.articles, one.passages, strict=True)),
            {question.id: set(question.relevant) for question in one.questions},
            query_prompt="query: ",
            corpus_prompt="passage: ",
            truncate_dim=found.dimension,
            write_csv=False,
        )(load(sample.base, device="cpu", dtype=torch.float32))
        for metric, interval in found.intervals():
            assert interval.value == pytest.approx(library[f"cosine_{metric}"], abs=1e-9), metric


def test_competitors_are_the_articles_that_share_words_with_the_questions(sample):
    corpus = read_corpus([sample.law])
    few = sample.dev.with_name("few.jsonl")
    few.write_text("".join(sample.dev.read_text().splitlines(keepends=True)[:2]), encoding="utf-8")
    one = read_dev_sets([few], corpus, articles=5)[0]
    assert len(one.articles) == 5
    assert {"L-0", "L-1"} <= set(one.articles)
    assert np.bincount(one.owner).min() == 1


def test_an_adapter_of_another_base_is_refused(sample, tmp_path):
    from tests.tiny_model import save_tiny_model  # noqa: PLC0415 - only here

    train(job(sample, tmp_path / "out", dataclasses.replace(QUICK, lora_rank=2, max_steps=2)))
    other = save_tiny_model(tmp_path / "other", seed=8)
    with pytest.raises(EmbedderError, match="was trained on the model"):
        load_with_adapter(other, tmp_path / "out")


def test_pairs_that_name_unknown_articles_are_told(sample, tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"question": "q", "article": "X-9"}\n{"question": "r", "article": "L-0"}\n', encoding="utf-8")
    with pytest.raises(PairsError, match="X-9"):
        read_pairs([path], read_corpus([sample.law]))
