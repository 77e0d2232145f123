"""Look-ups made from the corpora, with the articles they must find; written without a look at the parser.

For every article at least eight ways of asking for it are made from its row alone, and the oracle says which rows bear
that law and number (several where the corpus itself repeats a number). Nothing here imports the code under test but
`main`, which runs it: `python -m tests.lookup_generator` checks every article of every corpus and prints the figures.
"""

import gzip
import json
import os
import random
import re
import sys
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(os.environ.get("LEXCITE_DATA", Path(__file__).parents[2] / "shared" / "data"))
CORPORA = ("es_core", "es_boe", "vi_core", "vi_law", "en_core", "en_pdpa")


@dataclass(frozen=True)
class GeneratedLookUp:
    """A question, the ids it must find, and the law of the turn before where the question leans on it."""

    question: str
    expected: frozenset[str]
    phrasing: str
    previous_law: str | None = None


def rows(corpus: str) -> list[dict]:
    with gzip.open(DATA / "corpora" / f"{corpus}.articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


# --- numbers, written and read by tables of this file's own -------------------------------------------------------

_ES_ONES = ["", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
            "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno",
            "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho",
            "veintinueve"]  # fmt: skip
_ES_TENS = {3: "treinta", 4: "cuarenta", 5: "cincuenta", 6: "sesenta", 7: "setenta", 8: "ochenta", 9: "noventa"}
_ES_HUNDREDS = {1: "ciento", 2: "doscientos", 3: "trescientos", 4: "cuatrocientos", 5: "quinientos", 6: "seiscientos",
                7: "setecientos", 8: "ochocientos", 9: "novecientos"}  # fmt: skip
_ES_ORDINALS = ["", "primero", "segundo", "tercero", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno",
                "décimo", "undécimo", "duodécimo"]  # fmt: skip
_ES_ORDINAL_TENS = {1: "décimo", 2: "vigésimo", 3: "trigésimo", 4: "cuadragésimo", 5: "quincuagésimo", 6: "sexagésimo",
                    7: "septuagésimo", 8: "octogésimo", 9: "nonagésimo"}  # fmt: skip


def spanish(n: int) -> str:
    if n >= 1000:
        return ("mil " + spanish(n - 1000)).strip()
    if n == 100:
        return "cien"
    if n > 100:
        return (_ES_HUNDREDS[n // 100] + " " + spanish(n % 100)).strip()
    if n < 30:
        return _ES_ONES[n]
    tens, ones = divmod(n, 10)
    return _ES_TENS[tens] + (f" y {_ES_ONES[ones]}" if ones else "")


def spanish_ordinal(n: int, *, feminine: bool) -> list[str]:
    """The ways to write an ordinal below one hundred."""
    if n <= 12:
        forms = [_ES_ORDINALS[n]]
    else:
        tens, ones = divmod(n, 10)
        forms = [f"{_ES_ORDINAL_TENS[tens]} {_ES_ORDINALS[ones]}".strip()]
        if tens <= 2 and ones:
            head = unicodedata.normalize("NFD", _ES_ORDINAL_TENS[tens]).replace("\u0301", "")
            forms.append((head + _ES_ORDINALS[ones]).replace("oo", "o"))
    if feminine:
        forms = [re.sub(r"o\b", "a", form) for form in forms]
        forms += [re.sub(r"^(decim|vigesim)a", r"\1o", form) for form in forms]
    return list(dict.fromkeys(forms))


_EN_ONES = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
_EN_TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty", 6: "sixty", 7: "seventy", 8: "eighty", 9: "ninety"}


def english(n: int) -> str:
    if n >= 100:
        return _EN_ONES[n // 100] + " hundred" + (f" and {english(n % 100)}" if n % 100 else "")
    if n < 20:
        return _EN_ONES[n]
    return _EN_TENS[n // 10] + (f"-{_EN_ONES[n % 10]}" if n % 10 else "")


_VI_ONES = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


def vietnamese(n: int) -> str:
    if n >= 100:
        rest = n % 100
        head = _VI_ONES[n // 100] + " trăm"
        return head if not rest else f"{head} linh {_VI_ONES[rest]}" if rest < 10 else f"{head} {vietnamese(rest)}"
    if n < 10:
        return _VI_ONES[n]
    tens, ones = divmod(n, 10)
    head = "mười" if tens == 1 else _VI_ONES[tens] + " mươi"
    last = {0: "", 1: "một" if tens == 1 else "mốt", 4: "bốn" if tens == 1 else "tư", 5: "lăm"}.get(
        ones, _VI_ONES[ones]
    )
    return f"{head} {last}".strip()


def roman(n: int) -> str:
    out = ""
    for value, letters in [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
                           (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]:  # fmt: skip
        while n >= value:
            out, n = out + letters, n - value
    return out


def _plain(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


_SPANISH_VALUES = {_plain(spanish(n)): n for n in range(1, 2000)} | {"unico": 1, "unica": 1}
for _n in range(1, 100):
    for _feminine in (False, True):
        for _form in spanish_ordinal(_n, feminine=_feminine):
            _SPANISH_VALUES[_plain(_form)] = _n


# --- what a row is called -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Citation:
    """A row's place in its law: what kind, the whole number, and what is written after it."""

    kind: str
    number: int
    tail: str


def citation(row: dict) -> Citation:
    label = row["article"]
    if match := re.fullmatch(r"PDPA s\.(\d+)([A-Z]*)\((\w+)\)", label):
        return Citation("section", int(match[1]), f"{match[2]}({match[3]})")
    if match := re.fullmatch(r"(?:Điều|Article) (\d+)", label):
        return Citation("article", int(match[1]), "")
    words = _plain(label).lower().split()
    kind = "articulo" if words[0] == "articulo" else words[1]
    rest = words[1:] if words[0] == "articulo" else words[2:]
    if rest[0].isdigit():
        return Citation(kind, int(rest[0]), " ".join(rest[1:]))
    for size in range(len(rest), 0, -1):
        if (value := _SPANISH_VALUES.get(" ".join(rest[:size]))) is not None:
            return Citation(kind, value, " ".join(rest[size:]))
    raise ValueError(label)


# A few abbreviations by which these laws are really cited, to go with what titles and numbers give.
_SPANISH_SHORT = {
    "BOE-A-1978-31229": ["CE", "la Constitución", "la Constitución Española de 1978", "C.E."],
    "BOE-A-1889-4763": ["CC", "del Código Civil", "C.C."],
    "BOE-A-1995-25444": ["CP", "el Código Penal", "el Código Penal de 1995"],
    "BOE-A-2015-11430": ["ET", "el Estatuto de los Trabajadores"],
    "BOE-A-2018-16673": ["LOPDGDD", "LO 3/2018", "la Ley Orgánica 3/2018, de 5 de diciembre"],
    "BOE-A-2015-10565": ["LPACAP", "LPAC"], "BOE-A-1994-26003": ["LAU", "la Ley de Arrendamientos Urbanos"],
    "BOE-A-1960-10906": ["LPH", "la Ley de Propiedad Horizontal"], "BOE-A-2000-323": ["LEC"],
    "BOE-A-1882-6036": ["LECrim", "la Ley de Enjuiciamiento Criminal"], "BOE-A-2015-10566": ["LRJSP"],
    "BOE-A-2003-23186": ["LGT", "la Ley General Tributaria"], "BOE-A-2010-10544": ["LSC"],
    "BOE-A-1885-6627": ["el Código de Comercio", "CCom"], "BOE-A-1946-2453": ["la Ley Hipotecaria"],
    "BOE-A-1985-12666": ["LOPJ"], "BOE-A-2015-11724": ["LGSS", "la Ley General de la Seguridad Social"],
}  # fmt: skip
_VIETNAMESE_SHORT = {
    "91/2015/QH13": ["BLDS 2015", "BLDS", "Bộ luật Dân sự"], "01/VBHN-VPQH": ["BLHS", "Bộ luật Hình sự", "BLHS 2015"],
    "45/2019/QH14": ["BLLĐ 2019", "Bộ luật Lao động"], "HP-2013": ["Hiến pháp 2013", "Hiến pháp"],
    "92/2015/QH13": ["BLTTDS 2015", "Bộ luật Tố tụng dân sự"],
    "45/2013/QH13": ["Luật Đất đai", "Luật đất đai năm 2013"],
    "52/2014/QH13": ["Luật HNGĐ", "Luật Hôn nhân và gia đình"],
}  # fmt: skip
_ENGLISH_SHORT = {
    "32016R0679": ["GDPR", "the (EU) GDPR", "Regulation (EU) 2016/679", "the General Data Protection Regulation"],
    "32024R1689": ["AI Act", "the EU AI Act", "Regulation (EU) 2024/1689", "the Artificial Intelligence Act"],
}


def law_names(row: dict) -> list[str]:
    law, title = row["law_id"], row["law_title"]
    if row["lang"] == "es":
        number = re.match(r"((?:Ley|Real|Decreto)[\w\- áé]*? \d+/\d{4})", title)
        return [title, *([number[1]] if number else []), *_SPANISH_SHORT.get(law, [])]
    if row["lang"] == "vi":
        year = re.fullmatch(r"(.*) (\d{4})", title)
        own = [f"{year[1]} năm {year[2]}", year[1]] if year else []
        number = [f"Luật số {law}"] if re.fullmatch(r"\d+/\d{4}/QH\d+", law) and title.startswith("Luật") else []
        return [title, *own, *number, *_VIETNAMESE_SHORT.get(law, [])]
    if law == "PDPA2012":
        return ["PDPA", "the Personal Data Protection Act 2012", "the PDPA 2012", "the Singapore PDPA"]
    return [title, *_ENGLISH_SHORT[law]]


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() and c.isascii() else c for c in text)


def _slip(name: str, seed: random.Random) -> str:
    """Two letters of a long word swapped."""
    words = list(re.finditer(r"[^\W\d_]{6,}", name))
    if not words or len(name) < 20:
        return name
    word = seed.choice(words)
    at = seed.randrange(word.start() + 1, word.end() - 2)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _of_spanish(name: str) -> str:
    bare = re.sub(r"^(?:la|el|del) ", "", name)
    return f"del {bare}" if re.match(r"Código|Estatuto|Real|Decreto|Reglamento", bare) else f"de la {bare}"


def phrasings(row: dict, seed: random.Random) -> Iterator[tuple[str, str, str | None]]:
    """At least eight questions for one row: (phrasing, question, law of the turn before)."""
    place, names = citation(row), law_names(row)
    name = seed.choice(names)
    if row["lang"] == "es":
        yield from _spanish_phrasings(row, place, name, names)
    elif row["lang"] == "vi":
        yield from _vietnamese_phrasings(row, place, name, names)
    elif place.kind == "section":
        yield from _section_phrasings(row, place, name)
    else:
        yield from _english_phrasings(row, place, name)
    if row["lang"] == "es" and place.kind == "articulo":
        yield "slip", f"¿Qué dice el artículo {place.number} {place.tail} {_of_spanish(_slip(names[0], seed))}?", None
    if row["lang"] == "vi":
        yield "slip", f"Điều {place.number} {_slip(names[0], seed)} quy định gì?", None


def _spanish_phrasings(row, place, name, names):
    number = f"{place.number} {place.tail}".strip()
    of = _of_spanish(name)
    if place.kind != "articulo":
        kind = {"adicional": "adicional", "transitoria": "transitoria", "derogatoria": "derogatoria", "final": "final"}[
            place.kind
        ]
        ordinals = spanish_ordinal(place.number, feminine=True)
        tail = f" {place.tail}" if place.tail else ""
        yield "label", f"¿Qué dice la {row['article'].lower()} {of}?", None
        yield "words", f"disposición {kind} {ordinals[-1]}{tail} {of}", None
        yield "digits", f"Disposición {kind} {place.number}.ª{tail} {of}", None
        yield "initials", f"D{kind[0].upper()} {place.number}ª{tail} {of}", None
        yield "plain", _plain(f"muestrame la disposicion {kind} {ordinals[0]}{tail} de la {names[0]}").lower(), None
        yield "capitals", f"DISPOSICIÓN {kind} {ordinals[0]}{tail} {of}".upper(), None
        yield "before", f"Según la {names[0]}, ¿qué establece su disposición {kind} {ordinals[0]}{tail}?", None
        yield "same", f"¿Y la disposición {kind} {ordinals[0]}{tail} de la misma ley?", row["law_id"]
        return
    yield "question", f"¿Qué dice el artículo {number} {of}?", None
    yield "short", f"art. {number} {re.sub(r'^(?:la|el|del) ', '', name)}", None
    yield "words", f"artículo {spanish(place.number)} {place.tail} {of}".replace("  ", " "), None
    yield "before", f"{names[0]}, artículo {number}", None
    yield (
        "plain",
        _plain(f"que establece el artículo {number} {of}").lower() if len(name) > 4 else f"articulo {number} {of}",
        None,
    )
    yield "capitals", f"ARTÍCULO {number} {of}".upper(), None
    yield "wide", f"Artículo {_wide(number)} {of}", None
    yield "its", f"Según la {names[0]}, ¿qué regula su artículo {number}?", None
    yield "same", f"¿Y qué dice el artículo {number} de la misma ley?", row["law_id"]
    yield "label", f"{row['article']} {of}", None
    if place.number >= 1000:
        yield "thousands", f"artículo {place.number // 1000}.{place.number % 1000:03d} {place.tail} {of}", None
    if not place.tail and len(roman(place.number)) > 1:
        yield "roman", f"artículo {roman(place.number)} {of}", None


def _vietnamese_phrasings(row, place, name, names):
    number = place.number
    yield "question", f"Điều {number} {name} quy định gì?", None
    yield "content", f"Nội dung của Điều {number} của {name} là gì?", None
    yield "before", f"Theo {name}, Điều {number} quy định như thế nào?", None
    yield "plain", _plain(f"cho tôi xem điều {number} {names[0]}").lower(), None
    yield "words", f"Điều {vietnamese(number)} {name}", None
    yield "capitals", f"ĐIỀU {number} {name} QUY ĐỊNH GÌ?".upper(), None
    yield "wide", f"Điều {_wide(str(number))} {name}", None
    yield "decomposed", unicodedata.normalize("NFD", f"Trích dẫn điều {number} của {name}"), None
    yield "same", f"Còn Điều {number} của luật này thì sao?", row["law_id"]
    yield "brackets", f"Điều {number} ({name})", None


def _english_phrasings(row, place, name):
    number = place.number
    bare = name.removeprefix("the ")
    yield "question", f"What does Article {number} of {name} say?", None
    yield "short", f"Art. {number} {bare}", None
    yield "before", f"{bare} Article {number}", None
    yield "words", f"article {english(number)} of {name}", None
    yield "capitals", f"WHAT DOES ARTICLE {number} OF {bare} SAY?".upper(), None
    yield "wide", f"Article {_wide(str(number))} of the {bare}", None
    yield "same", f"And what about Article {number} of the same act?", row["law_id"]
    yield "brackets", f"Please quote Article {number} ({bare}).", None
    yield "in", f"In {name}, what is said in article {number}?", None


def _section_phrasings(row, place, name):
    letters, inner = re.fullmatch(r"([A-Z]*)\((\w+)\)", place.tail).groups()
    section = f"{place.number}{letters}"
    whole = section if inner == "0" else f"{section}({inner})"
    bare = name.removeprefix("the ")
    yield "question", f"What does section {whole} of {name} say?", None
    yield "short", f"s.{whole} {bare}", None
    yield "label", f"PDPA s {whole}", None
    yield "before", f"Under {name}, what does section {whole} provide?", None
    yield "capitals", f"SECTION {whole} OF {name.upper()}", None
    yield "wide", f"section {_wide(whole)} {bare}", None
    yield "same", f"And section {whole} of the same act?", row["law_id"]
    yield "unnamed", f"Show me section {whole}", None
    if inner != "0":
        yield "subsection", f"subsection ({inner}) of section {section} of the PDPA", None


def generate(corpus: str, *, seed: int = 7, sample: int | None = None) -> Iterator[GeneratedLookUp]:
    """The look-ups of a corpus, or of `sample` of its rows chosen by the seed."""
    chance = random.Random(seed)
    everything = rows(corpus)
    bearers = defaultdict(set)
    for row in everything:
        bearers[row["law_id"], citation(row)].add(row["id"])
    chosen = everything if sample is None else chance.sample(everything, min(sample, len(everything)))
    for row in chosen:
        expected = frozenset(bearers[row["law_id"], citation(row)])
        for phrasing, question, previous in phrasings(row, chance):
            yield GeneratedLookUp(question, expected, phrasing, previous)


def main() -> None:
    """Asks every generated question of a look-up over all corpora; exits 1 unless all are right in time."""
    from tests.lookup_release import lookup_over  # noqa: PLC0415 - the code under test, for this command alone

    lookup = lookup_over(("es_boe", "vi_law", "en_core", "en_pdpa"), DATA)
    wrong_in_all, seconds = 0, []
    for corpus in CORPORA:
        asked, wrong = 0, []
        for case in generate(corpus):
            start = time.thread_time()  # of this thread alone: what else the machine does is not ours
            answer = lookup.look_up(case.question, previous_law=case.previous_law)
            seconds.append(time.thread_time() - start)
            asked += 1
            found = frozenset(place.article.id for place in answer.places) if answer else frozenset()
            if found != case.expected:
                wrong.append((case, found))
        wrong_in_all += len(wrong)
        sys.stdout.write(f"{corpus}: {asked} look-ups, {len(wrong)} wrong\n")
        for case, found in wrong[:20]:
            sys.stdout.write(f"  {case.phrasing}: {case.question!r}\n")
            sys.stdout.write(f"    wanted {sorted(case.expected)[:3]}, found {sorted(found)[:3]}\n")
    seconds.sort()
    p95 = seconds[int(len(seconds) * 0.95)] * 1000
    p50 = seconds[len(seconds) // 2] * 1000
    sys.stdout.write(f"all: {len(seconds)} look-ups, {wrong_in_all} wrong, p50 {p50:.2f} ms, p95 {p95:.2f} ms\n")
    sys.exit(1 if wrong_in_all or p95 >= 5 else 0)


if __name__ == "__main__":
    main()
