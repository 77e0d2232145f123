"""Whatever the text: structure is found in linear time, nothing is lost, and nothing raises."""

import random
import time
from itertools import pairwise

import pytest

from index.structure import article_label, check_provisions, parse_provisions, split_law
from tests.structure_tiling import tiling_faults

HOSTILE = {
    "one endless line of digits": "1" * 200_000,
    "digits and dots": "1." * 100_000,
    "decimals": "1.1.1.1.1 " * 20_000,
    "opening brackets": "(" * 200_000,
    "Roman letters": "(" + "i" * 100_000 + ")",
    "capital letters and blanks": "Primero " * 25_000,
    "opening quotation marks": "«\n" * 15_000,
    "straight quotation marks": '"a\n' * 15_000,
    "white space": " \t" * 100_000 + "\n" * 100_000,
    "first points": "a) x\n" * 30_000,
    "orphans": "".join(f"{n % 900 + 50}. Kurz.\n" for n in range(8_000)),
    "ever deeper": "1. A:\na) B:\ni) C:\n1.º D:\nA) E:\n(1) F:\n(a) G:\n(i) H:\n" * 3_000,
    "headings": "Artículo 1.\n" * 8_000,
    "hashes": "# " * 100_000,
    "almost a heading": "Artículo " + "1 bis " * 30_000,
    "terms": "“a" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_parsed_in_linear_time(name):
    text = HOSTILE[name]
    started = time.process_time()
    provisions = parse_provisions(text, lang="es", version_id="v")
    check_provisions(text, provisions, lang="es")
    split_law(text, lang="es")
    article_label(text)
    assert time.process_time() - started < 5
    assert tiling_faults(text, provisions) == []


def test_twice_the_text_takes_about_twice_the_time():
    def seconds(times):
        text = "1. Uno:\n\na) Dos.\n\nTres.\n\n(*) Cuatro.\n\n" * times
        best = 60.0
        for _ in range(3):
            started = time.process_time()
            parse_provisions(text, lang="es", version_id="v")
            best = min(best, time.process_time() - started)
        return best

    assert seconds(2_000) < 4 * seconds(1_000) + 0.05


@pytest.mark.parametrize("seed", range(200))
def test_any_mixture_of_lines_is_tiled(seed):
    chance = random.Random(seed)
    pieces = [
        "1. ", "2. ", "3.", "1 bis. ", "a) ", "b) ", "đ) ", "(a) ", "(i) ", "(ii) ", "i) ", "Uno. ", "Dos.1. ", "1.º ",
        "A) ", "I. ", "I.- ", "1.1 ", "（一）", "一、", "– ", "| x |", "> nota", "«", "“", '"', "‘", "Texto", "texto",
        "Artículo 3. ", "Điều 4 ", "12.a) ", "*a)* ", "(aa) ", "§ 3 ", "1.000 euros", "", " ", "\t", "1",
    ]  # fmt: skip
    ends = ["uno.", "dos;", "tres:", "cuatro", "cinco,", "y", "»", "”", "’.", "", "—"]
    text = "".join(
        chance.choice(pieces) + chance.choice(ends) + chance.choice(["\n", "\n\n", "\n \n", " "])
        for _ in range(chance.randrange(60))
    )
    for lang in ("es", "vi", "en", "de", "zh"):
        provisions = parse_provisions(text, lang=lang, version_id="v")
        assert tiling_faults(text, provisions) == []
        assert list(provisions) == sorted(provisions, key=lambda p: (p.start, -p.end, len(p.path)))
        check_provisions(text, provisions, lang=lang)
        outline = split_law(text, lang=lang)
        spans = sorted((a.start, a.end) for a in (*outline.articles, *outline.divisions))
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        assert all(a.start <= a.body <= a.end for a in outline.articles)
