"""An adapter merged into its base is what PEFT computes, and is refused where it does not fit."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import LoraConfig
from safetensors.torch import load_file, save_file

from app.cli import main
from app.settings import Settings
from app.wiring import adapter_of, embedder_name, load_embedder
from index import adapter_folder, model_folder
from index.adapter import load_with_adapter, save_merged
from index.encoder import SentenceEncoder
from index.errors import EmbedderError
from index.known_models import MULTILINGUAL_E5_SMALL, MULTILINGUAL_E5_SMALL_LAW
from index.lazy_encoder import LazyEncoder
from index.model_loading import load
from index.wheels import PinnedFileError
from tests.tiny_model import save_tiny_model

TEXTS = ["the law of the court", "a person shall notify the breach", "ley"]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("base"))


@pytest.fixture
def adapted(base, tmp_path):
    """The base with a LoRA adapter in it that PEFT runs, and that adapter's folder."""
    model = load(base, device="cpu", dtype=torch.float32)
    config = LoraConfig(r=4, lora_alpha=6, target_modules=["query", "dense"], exclude_modules=r".*pooler.*")
    model.add_adapter(config)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, one in model.named_parameters():
            if "lora_" in name:
                one.copy_(0.3 * torch.randn(one.shape, generator=generator))
    folder = tmp_path / "adapter"
    write(folder, model.get_adapter_state_dict(), base=model_folder.fingerprint(base))
    return model.eval(), folder


def write(folder: Path, weights, *, base: str, **config) -> None:
    folder.mkdir(exist_ok=True)
    plain = {name: one.detach().contiguous() for name, one in weights.items()}
    save_file(plain, folder / adapter_folder.WEIGHTS, metadata={adapter_folder.BASE_KEY: base})
    fields = {"peft_type": "LORA", "r": 4, "lora_alpha": 6, "bias": "none", **config}
    (folder / adapter_folder.CONFIG).write_text(json.dumps(fields), encoding="utf-8")


def test_merged_vectors_equal_those_of_peft(base, adapted):
    model, folder = adapted
    theirs = SentenceEncoder(model, fingerprint="x")
    ours = SentenceEncoder.load(base, adapter=folder)
    plain = SentenceEncoder.load(base)
    assert abs(ours.embed_passages(TEXTS) - theirs.embed_passages(TEXTS)).max() < 1e-5
    assert abs(ours.embed_passages(TEXTS) - plain.embed_passages(TEXTS)).max() > 0.01


def test_fingerprint_covers_base_and_adapter_and_is_known_without_loading(base, adapted):
    _, folder = adapted
    ours = SentenceEncoder.load(base, adapter=folder).fingerprint
    assert LazyEncoder(base, adapter=folder).fingerprint == ours
    assert ours != SentenceEncoder.load(base).fingerprint
    weights = load_file(folder / adapter_folder.WEIGHTS)
    first = min(weights)
    weights[first][0, 0] += 1e-3
    write(folder, weights, base=model_folder.fingerprint(base))
    changed = SentenceEncoder.load(base, adapter=folder).fingerprint
    write(folder, weights, base=model_folder.fingerprint(base), lora_alpha=7)
    scaled = SentenceEncoder.load(base, adapter=folder).fingerprint
    assert len({ours, changed, scaled}) == 3


def test_an_adapter_of_another_base_is_refused(base, adapted, tmp_path):
    _, folder = adapted
    other = save_tiny_model(tmp_path / "other", seed=8)
    with pytest.raises(EmbedderError, match="was trained on the model"):
        LazyEncoder(other, adapter=folder)
    with pytest.raises(EmbedderError, match="was trained on the model"):
        load_with_adapter(other, folder)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"use_dora": True}, "use_dora is not supported"),
        ({"bias": "all"}, "bias all is not supported"),
        ({"peft_type": "IA3"}, "IA3, bias none is not supported"),
        ({"modules_to_save": ["pooler"]}, "modules_to_save is not supported"),
        ({"r": "many"}, "cannot be understood"),
    ],
)
def test_what_a_merge_would_get_wrong_is_refused(base, adapted, config, told):
    _, folder = adapted
    write(folder, load_file(folder / adapter_folder.WEIGHTS), base=model_folder.fingerprint(base), **config)
    with pytest.raises(EmbedderError, match=told):
        load_with_adapter(base, folder)


def test_weights_that_do_not_fit_are_refused_before_anything_is_changed(base, adapted):
    _, folder = adapted
    weights = load_file(folder / adapter_folder.WEIGHTS)
    mark = model_folder.fingerprint(base)
    renamed = {name.replace("layer.0", "layer.7"): one for name, one in weights.items()}
    write(folder, renamed, base=mark)
    with pytest.raises(EmbedderError, match="does not fit the base"):
        load_with_adapter(base, folder)
    write(folder, {**weights, "stray": torch.zeros(2)}, base=mark)
    with pytest.raises(EmbedderError, match="stray is no part"):
        load_with_adapter(base, folder)
    (folder / adapter_folder.WEIGHTS).write_bytes(b"\xff" * 40)
    with pytest.raises(EmbedderError, match="damaged"):
        load_with_adapter(base, folder)


def test_a_folder_without_an_adapter_is_told(base, tmp_path):
    with pytest.raises(EmbedderError, match="no adapter"):
        load_with_adapter(base, tmp_path)


def test_a_merged_folder_is_a_model_of_its_own_with_the_same_vectors(base, adapted, tmp_path, capsys):
    _, folder = adapted
    (folder / "README.md").write_text("its licence", encoding="utf-8")
    out = tmp_path / "new" / "merged"
    command = ["merge", "--embedder", str(base), "--adapter", str(folder), "--out", str(out)]
    assert main(command) == 0
    merged = SentenceEncoder.load(out)
    adapted = SentenceEncoder.load(base, adapter=folder)
    assert (merged.embed_passages(TEXTS) == adapted.embed_passages(TEXTS)).all()
    assert merged.fingerprint != SentenceEncoder.load(base).fingerprint
    assert (out / "ADAPTER.md").read_text(encoding="utf-8") == "its licence"
    assert f"Its own fingerprint is `{merged.fingerprint}`" in (out / "README.md").read_text(encoding="utf-8")
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in out.rglob("*.safetensors"))
    capsys.readouterr()
    assert main(command) == 1
    assert "is there already" in capsys.readouterr().err
    assert main([*command[:3], "--adapter", "", "--out", str(tmp_path / "other")]) == 1
    assert "no adapter is set" in capsys.readouterr().err
    assert sorted(path.name for path in out.parent.iterdir()) == [".merged.lock", "merged"]


def test_a_merged_folder_that_cannot_be_written_leaves_nothing(base, adapted, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.adapter.model_folder.note_digests", full)
    with pytest.raises(EmbedderError, match=r"merged: cannot be written .*No space left"):
        save_merged(base, adapted[1], tmp_path / "merged")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".merged.lock", "adapter"]


def test_merging_never_asks_the_hub(tmp_path):
    environ = {**os.environ, "LEXCITE_CACHE": str(tmp_path), "HF_HOME": str(tmp_path)}
    environ.pop("HF_HUB_OFFLINE", None)
    command = [sys.executable, "-m", "app", "merge", "--embedder", "nobody/nothing", "--adapter", "a", "--out", "b"]
    told = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "nobody/nothing" in told.stderr
    assert "not in the hub's cache" in told.stderr


def test_the_setting_adapter_names_a_folder_and_reaches_the_embedder(base, adapted):
    _, folder = adapted
    settings = Settings(embedder=str(base), adapter=str(folder))
    expected = SentenceEncoder.load(base, adapter=folder).fingerprint
    assert load_embedder(settings, lazily=True).fingerprint == expected
    assert load_embedder(settings).fingerprint == expected
    rounded = replace(settings, precision="bfloat16")
    assert load_embedder(rounded).fingerprint == load_embedder(rounded, lazily=True).fingerprint == expected
    assert embedder_name(settings) == f"{base} + adapter"
    assert embedder_name(rounded) == f"{base} + adapter in bfloat16"
    assert adapter_of(Settings(adapter="")) is None
    assert adapter_of(Settings(embedder=str(base))) is None  # the one that comes with lexcite is for the packaged one


def test_the_adapter_that_comes_with_lexcite_is_small_and_has_its_card():
    folder = adapter_folder.shipped()
    assert (folder / adapter_folder.WEIGHTS).stat().st_size <= 10_000_000
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert all(part in card for part in ("## Training data", "## Figures", "## Hyperparameters", "## Licences"))
    assert adapter_of(Settings()) == folder
    assert adapter_folder.fingerprint(MULTILINGUAL_E5_SMALL, folder) == MULTILINGUAL_E5_SMALL_LAW


@pytest.mark.packaged_model
def test_the_adapter_that_comes_with_lexcite_is_the_one_that_its_report_tells_of(cache):
    folder = adapter_folder.shipped()
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    settings = Settings(cache=cache)
    try:
        lazy = load_embedder(settings, lazily=True)
    except PinnedFileError as error:
        pytest.skip(f"the packaged model is neither in the cache nor to be had: {error}")
    assert lazy.fingerprint == report["fingerprint"] == MULTILINGUAL_E5_SMALL_LAW
    base = load_embedder(replace(settings, adapter=""))
    assert base.fingerprint == MULTILINGUAL_E5_SMALL
    with_adapter, without = (one.embed_queries(["¿Qué plazo hay para pagar?"]) for one in (lazy, base))
    assert 0.5 < float((with_adapter * without).sum()) < 0.9999
