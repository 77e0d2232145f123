"""Swaps of where the law says it: article, clause and law named, the words of a quotation, the provision cited."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from tests.mutations.parties import parties
from tests.mutations.sources import Place, into_sentence, law_sentences

LAW_NAMES = {  # with the article that Spanish and English put before them
    "BOE-A-1978-31229": "la Constitución Española", "BOE-A-1889-4763": "el Código Civil",
    "BOE-A-1995-25444": "el Código Penal", "BOE-A-2015-11430": "el Estatuto de los Trabajadores",
    "BOE-A-2018-16673": "la Ley Orgánica 3/2018", "BOE-A-2015-10565": "la Ley 39/2015",
    "BOE-A-1994-26003": "la Ley de Arrendamientos Urbanos", "BOE-A-1960-10906": "la Ley sobre propiedad horizontal",
    "BOE-A-2007-20555": "la Ley General para la Defensa de los Consumidores y Usuarios",
    "BOE-A-2015-11722": "la Ley sobre Tráfico", "BOE-A-2023-12203": "la Ley 12/2023",
    "BOE-A-2013-12887": "la Ley 19/2013",
    "32024R1689": "the Artificial Intelligence Act", "32016R0679": "the General Data Protection Regulation",
    "PDPA2012": "the Personal Data Protection Act 2012", "ferry-en": "the Ferry Act",
    "ferry-es": "la Ley de Transbordadores",
}  # fmt: skip
_NUMBER = re.compile(r"^(?:Article|Artículo|Điều) (\d+)$|^PDPA s\.(\d+[A-Z]*)\((\w+)\)$")
_QUOTES = {"en": ("“{}”", '"{}"'), "es": ("«{}»", "“{}”", '"{}"'), "vi": ("“{}”", '"{}"')}
_SAYS = {"en": "{ref} says: {quote}", "es": "{ref} dice: {quote}", "vi": "{ref} quy định: {quote}"}
_COMMON = 4  # letters; a shorter word says little about what a provision is about


@dataclass(frozen=True)
class Made:
    """A true sentence and a false one made of it, with what each cites; `shown` are articles shown besides."""

    kind: str
    how: str
    original: str
    mutated: str
    cited: tuple[Place, ...]
    mutated_cited: tuple[Place, ...]
    why: str
    shown: tuple[str, ...] = field(default=())


def law_name(row: dict) -> str:
    return LAW_NAMES.get(row["law_id"], row["law_title"])


def number_of(row: dict) -> tuple[str, str | None] | None:
    """(article, subsection) of a row with a plain number."""
    found = _NUMBER.match(row["article"])
    if found is None or found[3] == "0":
        return None
    return (found[1], None) if found[1] else (found[2], found[3])


def _whole(number: str) -> int:
    return int(re.sub(r"\D", "", number))


def reference(lang: str, number: str, clause: str | None, name: str, *, section: bool) -> str:
    if lang == "vi":
        return f"{f'khoản {clause} ' if clause else ''}Điều {number} {name}"
    if lang == "es":
        of = "del" + name.removeprefix("el") if name.startswith("el ") else f"de {name}"
        return f"el artículo {number}{f'.{clause}' if clause else ''} {of}"
    return f"{'section' if section else 'Article'} {number}{f'({clause})' if clause else ''} of {name}"


_OPENS = {"en": "Under {ref}, {s}", "es": "Según {ref}, {s}", "vi": "Theo {ref}, {s}"}


class Neighbours:
    """The other articles of each law, and the other laws of each language."""

    def __init__(self, rows: dict[str, dict]) -> None:
        self.rows = rows
        self.of_law: dict[str, list[str]] = {}
        for article, row in rows.items():
            self.of_law.setdefault(row["law_id"], []).append(article)
        self._parties: dict[str, frozenset[str]] = {}
        self.laws = {law: rows[ids[0]] for law, ids in self.of_law.items()}
        self.numbers = {
            law: sorted({n[0] for i in ids if (n := number_of(rows[i]))}, key=_whole)
            for law, ids in self.of_law.items()
        }

    def parties(self, article: str) -> frozenset[str]:
        """The parties of the table that the article's law names anywhere."""
        law = self.rows[article]["law_id"]
        if law not in self._parties:
            rows = [self.rows[i] for i in self.of_law[law]]
            self._parties[law] = frozenset(n for r in rows for *_, n in parties(r["text"], r["lang"]))
        return self._parties[law]

    def other_laws(self, row: dict) -> list[dict]:
        return [o for o in self.laws.values() if o["lang"] == row["lang"] and o["law_id"] != row["law_id"]]


def named_swaps(row: dict, near: Neighbours, chance: random.Random) -> Iterator[Made]:
    """One sentence of the row with its article, its clause and its law named, and each of them swapped."""
    plain = [s for s in law_sentences(row) if into_sentence(s[0])]
    place_of = number_of(row)
    if not plain or place_of is None:
        return
    words, place, clause = chance.choice(plain)
    number, subsection = place_of
    lang, name, section = row["lang"], law_name(row), row["law_id"] == "PDPA2012"
    clause = subsection or clause

    def say(number: str, clause: str | None, name: str) -> str:
        ref = reference(lang, number, clause, name, section=section)
        return _OPENS[lang].format(ref=ref, s=into_sentence(words))

    original = say(number, clause if chance.random() < 0.6 else None, name)
    has_clause = clause is not None and original == say(number, clause, name)
    held = set(re.findall(r"\d+[A-Z]*", row["text"]))
    numbers = near.numbers[row["law_id"]]
    at = numbers.index(number)
    others = [n for n in numbers[max(0, at - 5) : at + 6] if n not in {number, clause, *held}]
    if others:
        other = chance.choice(others)
        yield Made("article", "named", original, say(other, clause if has_clause else None, name), (place,), (place,),
                   f"the provision cited is article {number}, not {other}")  # fmt: skip
    invented = str(_whole(numbers[-1]) + chance.randint(3, 90))
    if invented not in held and chance.random() < 0.3:
        yield Made("article", "invented", original, say(invented, clause if has_clause else None, name), (place,),
                   (place,), f"the law has no article {invented}")  # fmt: skip
    if has_clause and clause.isdigit():
        other = str(chance.choice([n for n in range(1, 9) if str(n) != clause]))
        if other != number:
            yield Made("clause", "named", original, say(number, other, name), (place,), (place,),
                       f"it stands in clause {clause}, not {other}")  # fmt: skip
    laws = [o for o in near.other_laws(row) if law_name(o).split()[-1] not in row["text"]]
    if laws:
        other = law_name(chance.choice(laws))
        yield Made("law", "named", original, say(number, clause if has_clause else None, other), (place,), (place,),
                   f"the provision cited is of {name}, not of {other}")  # fmt: skip


_REFERRED = re.compile(r"((?:Articles?|artículos?|Điều|sections?|điều) )(\d+)(?![\d.]*\w|\()")


def referred_swap(words: str, place: Place, row: dict, chance: random.Random) -> Iterator[Made]:
    """A reference inside a sentence of the law ("in accordance with Article 5") turned to another article."""
    found = _REFERRED.search(words)
    if found is None:
        return
    held = set(re.findall(r"\d+", row["text"] + row["article"]))
    free = [n for n in range(1, 120) if str(n) not in held and n != int(found[2])]
    other = str(chance.choice(free))
    mutated = words[: found.start(2)] + other + words[found.end(2) :]
    yield Made("article", "referred", words, mutated, (place,), (place,), f"the law cited refers to no article {other}")


def quote_swaps(row: dict, near: Neighbours, chance: random.Random) -> Iterator[Made]:
    """A sentence of the row in quotation marks, with one word or one character changed inside them."""
    sentences, place_of = law_sentences(row), number_of(row)
    if not sentences or place_of is None:
        return
    words, place, _ = chance.choice(sentences)
    lang, marks = row["lang"], chance.choice(_QUOTES[row["lang"]])
    ref = reference(lang, place_of[0], place_of[1], law_name(row), section=row["law_id"] == "PDPA2012")
    ref = ref[0].upper() + ref[1:]

    def say(inside: str) -> str:
        return _SAYS[lang].format(ref=ref, quote=marks.format(inside))

    spans = list(re.finditer(r"[^\W\d_]{4,}" if lang != "vi" else r"[^\W\d_]{2,}", words))
    inner = spans[1:]
    if len(inner) < 4:
        return
    options: list[tuple[str, str]] = []
    at = chance.choice(inner)
    pool = [
        w
        for s, *_ in law_sentences(near.rows[chance.choice(near.of_law[row["law_id"]])])
        for w in re.findall(r"[^\W\d_]{3,}", s)
    ]
    pool = [w for w in pool if w.islower() and w != at[0]]
    if pool:
        options.append(("word replaced", words[: at.start()] + chance.choice(pool) + words[at.end() :]))
    options.append(("word dropped", words[: at.start()] + words[at.end() :].lstrip()))
    letter = chance.randrange(at.start(), at.end())
    options.append(
        (
            "letter changed",
            words[:letter] + chance.choice("aeimnorst".replace(words[letter].lower(), "")) + words[letter + 1 :],
        )
    )
    digit = re.search(r"\d", words)
    if digit:
        options.append(("digit changed", words[: digit.start()] + str((int(digit[0]) + 1) % 10) + words[digit.end() :]))
    if "," in words:
        options.append(("comma dropped", words.replace(",", "", 1)))
    accent = next((m for m in re.finditer(r"[áéíóúñàảãạêôơưđ]", words)), None)
    if accent:
        bare = "aeiounaaaaeooud"["áéíóúñàảãạêôơưđ".index(accent[0])]
        options.append(("accent dropped", words[: accent.start()] + bare + words[accent.end() :]))
    first, second = inner[0], inner[-1]
    if first[0] != second[0]:
        exchanged = (
            words[: first.start()] + second[0] + words[first.end() : second.start()] + first[0] + words[second.end() :]
        )
        options.append(("words exchanged", exchanged))
    chance.shuffle(options)
    folded = " ".join(row["text"].split())
    for how, inside in options[:2]:
        if " ".join(inside.split()).rstrip(".,;") not in folded:
            yield Made("quote", how, say(words), say(inside), (place,), (place,), "the law cited has not these words")


def content(text: str) -> set[str]:
    return {w for w in re.findall(r"\w+", text.casefold()) if len(w) >= _COMMON or w.isdigit()}


def pairs(text: str) -> set[tuple[str, str]]:
    words = re.findall(r"\w+", text.casefold())
    return set(pairwise(words))


def says_little_of(sentence: str, other: str, *, than: str) -> bool:
    """Whether a text lacks half of the sentence's words, three in four of its pairs, and most of what `than` has.

    The last guards what people wrote in words of their own, which are like no provision: of those only what is much
    nearer to its own article than to the other one is used.
    """
    words, two = content(sentence), pairs(sentence)
    shared, own = len(words & content(other)) / max(1, len(words)), len(words & content(than)) / max(1, len(words))
    return len(words) >= 5 and shared <= 0.5 and own - shared >= 0.3 and len(two & pairs(other)) <= 0.25 * len(two)


def marker_swaps(sentence: str, cited: tuple[Place, ...], near: Neighbours, chance: random.Random) -> Iterator[Made]:
    """The sentence as it is, its marker moved to another provision shown that does not say it."""
    row = near.rows[cited[0].article]
    own = {place.article for place in cited}
    siblings = near.of_law[row["law_id"]]
    at = siblings.index(row["id"])
    nearby = [i for i in siblings[max(0, at - 3) : at + 4] if i not in own]
    chance.shuffle(nearby)
    options = [("sibling article", Place(i)) for i in nearby[:1]]
    clauses = {p: clause for _, p, clause in law_sentences(row)}
    clause = clauses.get(cited[0])
    within = [p for p, other in clauses.items() if clause and other and other != clause]
    if within:
        options.append(("sibling clause", chance.choice(within)))
    laws = near.other_laws(row)
    if laws:
        options.append(("other law", Place(chance.choice(near.of_law[chance.choice(laws)["law_id"]]))))
    for how, place in options:
        other = near.rows[place.article]
        said = _clause_text(other["text"], place) if how == "sibling clause" else other["text"]
        own_text = " ".join(near.rows[article]["text"] + near.rows[article]["heading"] for article in own)
        if says_little_of(sentence, said + " " + other["heading"], than=own_text):
            yield Made("marker", how, sentence, sentence, cited, (place,), "the provision cited does not say this",
                       (place.article,))  # fmt: skip


def _clause_text(text: str, place: Place) -> str:
    """The whole of the numbered clause in which a place stands."""
    starts = [m.start() for m in re.finditer(r"^\s*(?:\d+\.|\(\d+\))\s+", text, re.MULTILINE)]
    start = max((s for s in starts if s <= place.start), default=0)
    return text[start : min((s for s in starts if s > place.start), default=len(text))]
