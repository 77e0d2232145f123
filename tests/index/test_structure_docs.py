import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "structure.md"


def test_the_examples_of_the_structure_page_are_true():
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried >= 9
    assert failed == 0
