import json
import os
import shutil

import pytest

from index import model_folder
from index.errors import EmbedderError

MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
]


@pytest.fixture
def folder(tmp_path):
    """The files of a model, with contents that nobody loads."""
    folder = tmp_path / "model"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "tokenizer.json").write_text("{}")
    write(folder, "config.json", {"hidden_size": 4, "transformers_version": "5.0"})
    write(folder, "config_sentence_transformers.json", {"prompts": {"query": "q: "}, "__version__": {"torch": "2"}})
    write(folder, "1_Pooling/config.json", {"pooling_mode": "mean"})
    write(folder, "modules.json", MODULES)
    return folder


def write(folder, name, content):
    (folder / name).write_text(json.dumps(content))


def test_a_whole_model_is_accepted(folder):
    model_folder.check(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b"weightz"),
        ("tokenizer.json", b'{"a": 1}'),
        ("config.json", b'{"hidden_size": 8}'),
        ("config_sentence_transformers.json", b'{"prompts": {"query": "query: "}}'),
        ("1_Pooling/config.json", b'{"pooling_mode": "cls"}'),
        ("vocab.txt", b"a new file that a tokenizer reads"),
        ("modules.json", json.dumps(MODULES[:1]).encode()),
    ],
)
def test_what_decides_a_vector_decides_the_fingerprint(folder, name, content):
    before = model_folder.fingerprint(folder)
    (folder / name).write_bytes(content)
    assert model_folder.fingerprint(folder) != before


def test_documentation_other_formats_and_library_versions_do_not_change_the_fingerprint(folder, tmp_path):
    before = model_folder.fingerprint(folder)
    (folder / "README.md").write_text("a model")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("{}")
    (folder / ".gitattributes").write_text("*")
    write(folder, "config.json", {"transformers_version": "6.0", "hidden_size": 4})
    write(folder, "config_sentence_transformers.json", {"prompts": {"query": "q: "}, "__version__": {"torch": "3"}})
    assert model_folder.fingerprint(folder) == before
    assert model_folder.fingerprint(shutil.copytree(folder, tmp_path / "elsewhere")) == before


def test_a_cut_dimension_and_other_prompts_are_other_fingerprints(folder):
    prints = {
        model_folder.fingerprint(folder),
        model_folder.fingerprint(folder, dimension=2),
        model_folder.fingerprint(folder, query_prompt=""),
        model_folder.fingerprint(folder, passage_prompt=""),
    }
    assert len(prints) == 4


def test_noted_digests_give_the_same_fingerprint(folder, tmp_path):
    before = model_folder.fingerprint(folder)
    model_folder.note_digests(folder)
    assert model_folder.fingerprint(folder) == before
    assert model_folder.fingerprint(shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copyfile)) == before


def test_a_note_is_believed_only_while_size_and_time_are_unchanged(folder):
    model_folder.note_digests(folder)
    before = model_folder.fingerprint(folder)
    weights = folder / "model.safetensors"
    noted_at = weights.stat().st_mtime_ns
    weights.write_bytes(b"WEIGHTS")
    os.utime(weights, ns=(noted_at, noted_at))
    assert model_folder.fingerprint(folder) == before  # the file was not read: this is what the note saves
    os.utime(weights, ns=(noted_at, noted_at + 1))
    assert model_folder.fingerprint(folder) != before


@pytest.mark.parametrize("note", ["", "[]", '{"model.safetensors": 1}', '{"model.safetensors": ["a", 1, "b"]}'])
def test_a_damaged_note_is_no_note(folder, note):
    before = model_folder.fingerprint(folder)
    (folder / model_folder.NOTED).write_text(note)
    assert model_folder.fingerprint(folder) == before
    assert not model_folder.is_complete(folder)


def test_a_model_is_complete_while_every_noted_file_has_its_size(folder):
    assert not model_folder.is_complete(folder)
    model_folder.note_digests(folder)
    assert model_folder.is_complete(folder)
    (folder / "model.safetensors").write_bytes(b"weight")
    assert not model_folder.is_complete(folder)
    (folder / "model.safetensors").unlink()
    assert not model_folder.is_complete(folder)


def test_a_folder_without_modules_is_no_model(tmp_path):
    with pytest.raises(EmbedderError, match="not a sentence-transformers model"):
        model_folder.check(tmp_path)


@pytest.mark.parametrize("modules", ["", "{", "[]", "[1]", '{"a": 1}', '[{"path": ""}]', "null"])
def test_modules_that_cannot_be_understood_are_named(folder, modules):
    (folder / "modules.json").write_text(modules)
    with pytest.raises(EmbedderError, match=r"modules\.json: "):
        model_folder.check(folder)


@pytest.mark.parametrize("path", ["../elsewhere", "/etc", "1_Pooling/../../elsewhere"])
def test_a_module_outside_the_folder_is_refused(folder, path):
    write(folder, "modules.json", [{**MODULES[0], "path": path}])
    with pytest.raises(EmbedderError, match="leaves the model's folder"):
        model_folder.check(folder)


def test_a_configuration_that_is_not_json_is_named(folder):
    (folder / "config.json").write_text("{")
    with pytest.raises(EmbedderError, match=r"config\.json: not JSON"):
        model_folder.fingerprint(folder)


@pytest.mark.parametrize("part", ["", "1_Pooling"])
@pytest.mark.parametrize("name", ["pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "model.pkl"])
def test_r04_pickled_weights_without_safetensors_are_refused(folder, part, name):
    (folder / "model.safetensors").rename(
        folder / "1_Pooling" / "moved" if part == "" else folder / "model.safetensors"
    )
    (folder / part / name).write_bytes(b"\x80\x04")
    with pytest.raises(EmbedderError, match="pickled weights can run code and are never loaded"):
        model_folder.check(folder)


def test_r04_pickled_weights_beside_safetensors_are_left_alone(folder):
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04")
    model_folder.check(folder)


def test_r04_code_that_comes_with_the_model_is_refused(folder):
    write(folder, "modules.json", [{**MODULES[0], "type": "modeling.Custom"}])
    with pytest.raises(EmbedderError, match=r"modeling\.Custom is code that comes with the model"):
        model_folder.check(folder)


def test_an_adapter_alone_is_refused(folder):
    write(folder, "adapter_config.json", {"base_model_name_or_path": "somewhere/else"})
    with pytest.raises(EmbedderError, match="an adapter without its base model"):
        model_folder.check(folder)
