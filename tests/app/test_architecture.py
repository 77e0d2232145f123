"""What must not creep in: heavy imports, work at import, shadowed names, pickles, other hosts."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("app", "generation", "retrieval", "index")
MODULES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "faiss",
    "gradio",
    "llama_index",
    "openai",
    "fastapi",
    "bm25s",
}


def loaded_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(m.partition('.')[0] for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import app.cli; app.cli.parser().format_help()",
        "import app.settings, app.access, app.render, app.terminal",
        "import index.build, index.release, index.structure, index.importers.registry",
        "import generation.assistant, generation.verbatim, generation.verification",
        "import retrieval.evaluation, retrieval.questions, retrieval.metrics",
    ],
)
def test_nothing_heavy_is_loaded_by(statement):
    assert loaded_after(statement) & HEAVY == set()


def test_help_does_not_even_load_numpy():
    assert "numpy" not in loaded_after("import app.cli; app.cli.parser().format_help()")


def test_the_four_floors_are_ours_and_not_shadowed():
    statement = (
        "import app, generation, retrieval, index; print(*(m.__file__ for m in (app, generation, retrieval, index)))"
    )
    done = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.split() == [str(ROOT / floor / "__init__.py") for floor in FLOORS]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_begins_by_saying_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_only_the_root_of_the_tests_is_a_package():
    assert [path.parent.name for path in (ROOT / "tests").rglob("__init__.py")] == ["tests"]


def test_no_two_test_modules_share_a_name():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_ever_unpickled_and_no_remote_code_is_trusted(path):
    """Rule R4: no pickle, no torch.load, no trust_remote_code=True, no allow_pickle=True."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            assert not imported & {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "shelve", "marshal"}
        if isinstance(node, ast.keyword) and node.arg in {"trust_remote_code", "allow_pickle"}:
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False
        if isinstance(node, ast.Attribute) and node.attr == "load" and isinstance(node.value, ast.Name):
            assert node.value.id != "torch"
