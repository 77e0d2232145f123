"""Recipes: the reference cards' values, what is refused, and what base and machine cut down."""

import dataclasses
from pathlib import Path

import pytest

from retrieval.recipe import OWN, Limits, Recipe, RecipeError, clamp, read_recipe

SMALL = Limits(window=512, dimension=384, pairs=1000, cuda=False, bf16=False, tf32=False)
LARGE = Limits(window=8192, dimension=1024, pairs=34_065, cuda=True, bf16=True, tf32=True)


def test_vietnamese_recipe_has_the_values_of_its_reference_card():
    recipe = read_recipe("vn")
    assert (recipe.scale, recipe.max_length, recipe.batch_size, recipe.epochs) == (20.0, 768, 16, 3.0)
    assert (recipe.learning_rate, recipe.schedule, recipe.warmup, recipe.precision) == (5e-5, "linear", 0.0, "fp16")
    assert (recipe.seed, recipe.mixing, recipe.evaluate_every, recipe.accumulation) == (42, "round_robin", 500, 1)
    assert recipe.dimensions == ()
    assert recipe.lora_rank == 0


def test_spanish_recipe_has_the_values_of_its_reference_card():
    recipe = read_recipe("es")
    assert recipe.dimensions == (1024, 768, 512, 256, 128, 64)
    assert (recipe.max_length, recipe.batch_size, recipe.accumulation, recipe.epochs) == (8192, 16, 16, 32.0)
    assert (recipe.learning_rate, recipe.schedule, recipe.warmup) == (2e-5, "cosine", 0.1)
    assert (recipe.precision, recipe.tf32, recipe.evaluate_every) == ("bf16", True, 0)


@pytest.mark.parametrize("name", ["vn", "es"])
def test_nothing_is_clamped_on_the_hardware_and_base_of_the_references(name):
    recipe = read_recipe(name)
    assert clamp(recipe, LARGE) == (recipe, ())


def test_a_small_base_without_gpu_clamps_and_says_why():
    recipe, reasons = clamp(read_recipe("es"), SMALL)
    assert recipe.max_length == 512
    assert recipe.dimensions == (384, 256, 128, 64)
    assert (recipe.precision, recipe.tf32, recipe.accumulation) == ("fp32", False, 16)
    assert reasons == (
        "max_length 8192 -> 512: the base reads 512 tokens",
        "dimensions [1024, 768, 512, 256, 128, 64] -> [384, 256, 128, 64]: the base's vectors have 384 components",
        "precision bf16 -> fp32: the processor multiplies no bfloat16 in hardware (AMX or AVX-512 BF16)",
        "tf32 True -> False: no GPU with TensorFloat-32",
    )


def test_few_pairs_clamp_batch_and_accumulation():
    few = Limits(window=None, dimension=384, pairs=10, cuda=False, bf16=False, tf32=False)
    recipe, reasons = clamp(Recipe(batch_size=16, accumulation=8), few)
    assert (recipe.batch_size, recipe.accumulation) == (10, 1)
    assert len(reasons) == 2


def test_an_old_gpu_takes_fp16_where_bf16_was_asked_for():
    old = Limits(window=8192, dimension=1024, pairs=1000, cuda=True, bf16=False, tf32=False)
    assert clamp(Recipe(precision="bf16", max_length=512), old)[0].precision == "fp16"


def test_a_processor_with_bfloat16_takes_it_for_either_half_precision():
    modern = dataclasses.replace(SMALL, bf16=True)
    assert clamp(Recipe(precision="bf16", max_length=512), modern) == (Recipe(precision="bf16", max_length=512), ())
    clamped, reasons = clamp(Recipe(precision="fp16", max_length=512), modern)
    assert clamped.precision == "bf16"
    assert reasons == ("precision fp16 -> bf16: the half precision of processors is bfloat16",)


def test_values_can_be_changed_as_a_person_writes_them():
    changed = read_recipe("adapter", changes={"learning_rate": "1e-4", "mixing": "together", "dimensions": "[64, 32]"})
    assert (changed.learning_rate, changed.mixing, changed.dimensions) == (1e-4, "together", (64, 32))


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("epoch", "3", "unknown key 'epoch'"),
        ("epochs", "0", "epochs is 0.0; it must be larger than 0"),
        ("batch_size", "1", "batch_size is 1; it must be 2 or more"),
        ("batch_size", "many", "batch_size is 'many'; it must be a whole number"),
        ("schedule", "steep", "schedule is 'steep'; it may be linear, cosine, constant"),
        ("warmup", "1.0", "warmup is 1.0; it must be 0 or more and below 1"),
        ("law_share", "0", "law_share is 0.0; it must be above 0 and at most 1"),
        ("dimensions", "[0]", "dimensions is [0]; each must be 1 or more"),
        ("learning_rate", "nan", "learning_rate is nan; it must be larger than 0"),
    ],
)
def test_an_impossible_value_is_refused_by_name(key, value, told):
    with pytest.raises(RecipeError) as refused:
        read_recipe("vn", changes={key: value})
    assert told in str(refused.value)


def test_a_recipe_of_ones_own_is_a_toml_file(tmp_path: Path):
    path = tmp_path / "own.toml"
    path.write_text('about = "mine"\nepochs = 1\nlora_rank = 4\n', encoding="utf-8")
    recipe = read_recipe(str(path))
    assert (recipe.about, recipe.epochs, recipe.lora_rank, recipe.alpha) == ("mine", 1.0, 4, 8)


def test_an_unknown_recipe_names_those_there_are(tmp_path: Path):
    with pytest.raises(RecipeError, match=", ".join(OWN)):
        read_recipe(str(tmp_path / "none.toml"))
