"""Numbers in words: everything that the generator's own writers write is read back."""

import pytest

from index.reference_tokens import tokenize
from index.spelled_numbers import read_number
from tests.lookup_generator import english, spanish, spanish_ordinal, vietnamese


def value(words):
    keys = tokenize(words).keys
    reading = read_number(keys, 0)
    return reading[0] if reading is not None and reading[1] == len(keys) else None


@pytest.mark.parametrize(("write", "last"), [(spanish, 1999), (english, 999), (vietnamese, 999)])
def test_every_cardinal_is_read_back(write, last):
    assert [n for n in range(1, last + 1) if value(write(n)) != n] == []


@pytest.mark.parametrize("feminine", [False, True])
def test_every_spanish_ordinal_is_read_back(feminine):
    wrong = [w for n in range(1, 100) for w in spanish_ordinal(n, feminine=feminine) if value(w) != n]
    assert wrong == []


@pytest.mark.parametrize(("words", "number"), [
    ("ciento uno", 101), ("decimotercera", 13), ("vigesimoctavo", 28), ("vigésima segunda", 22), ("única", 1),
    ("twenty-first", 21), ("seventh", 7), ("mười lăm", 15), ("hai mươi mốt", 21), ("một trăm lẻ năm", 105),
    ("một nghìn không trăm linh hai", 1002), ("trăm", None), ("y", None), ("", None),
])  # fmt: skip
def test_numbers_in_words(words, number):
    assert value(words) == number


def test_reading_stops_where_the_number_ends():
    assert read_number(tokenize("treinta y cuarenta").keys, 0) == (30, 1)
    assert read_number(tokenize("one and two").keys, 0) == (1, 1)
    assert read_number(tokenize("hai mươi điều").keys, 0) == (20, 2)
