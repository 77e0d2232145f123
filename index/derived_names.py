"""The names that a law's own title, id and aliases give: number, short title, initials, with the year or without."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.act_names import established, is_numbered, numbered_names, ordered_name
from index.articles import Law
from index.reference_tokens import tokenize, word_set

_YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)")
_NUMBER_AND_YEAR = re.compile(r"(?<!\d)(\d{1,4})/((?:18|19|20)\d\d)(?!\d)")
_SPANISH_RANK = (
    r"Ley Orgánica|Ley|Real Decreto Legislativo|Real Decreto-ley|Real Decreto|Decreto Legislativo|Decreto-ley|Decreto"
)
# "Ley Orgánica 3/2018, de 5 de diciembre, de Protección ...": rank, number, date, and what the law is about.
_SPANISH_TITLE = re.compile(
    rf"(?P<rank>{_SPANISH_RANK})(?: (?P<number>\d+/\d{{4}}))?,? de \d{{1,2}} de [a-z]+(?: de \d{{4}})?,? (?P<about>.+)"
)
_SPANISH_SHORT = {
    "Ley Orgánica": ("LO",), "Ley": (), "Real Decreto Legislativo": ("RDLeg", "RDLg"), "Real Decreto-ley": ("RDL",),
    "Real Decreto": ("RD",),
}  # fmt: skip
_SPANISH_APPROVES = re.compile(
    r"por (?:el|la) que se (?:aprueba|publica) (?:el|la) (?:nueva redacción oficial de la )?"
)
_SPANISH_RECAST = re.compile(r"[Tt]exto [Rr]efundido de la (?=Ley)")
_SPANISH_TAIL = re.compile(
    r",? (?:y otras leyes|y se modifican?|, aprobado|por (?:el|la) que se|, por la que|, regularizando"
    r"|y de modificación"
    r"|de modificación parcial|y de regulación parcial).*"
)
_SPANISH_LINK = re.compile(r"(?:reguladora? )?(?:del|de la|de los|de las|de|sobre|por el que se regula)? ?")
_NAMED_BY_HEAD = ("Código", "Estatuto", "Ley", "Reglamento", "Constitución", "Régimen", "Texto")
SMALL_WORDS = word_set(
    "de del la el lo los las le les un una y e o u a al en por para sobre con su sus se va cua ve cac"
    " the of and on in for to"
    " et is it as at an or so do si ya"
)
_VIETNAMESE_NUMBER = re.compile(r"\d+/(?:\d{4}/)?[A-ZĐ]+(?:\d+)?(?:-[A-ZĐ]+)*")
_VIETNAMESE_HEAD = re.compile(r"(?P<head>Bộ luật|Luật|Nghị định|Nghị quyết|Pháp lệnh|Thông tư) (?P<about>.+)")
_VIETNAMESE_INITIALS = {
    "Bộ luật": "BL", "Luật": "L", "Nghị định": "NĐ", "Nghị quyết": "NQ", "Pháp lệnh": "PL", "Thông tư": "TT",
}  # fmt: skip
_CELEX = re.compile(r"3(\d{4})([RLD])(\d{4})")
_CELEX_RANKS = {
    "R": ("Regulation", "Reglamento", "Règlement", "Verordnung", "Quy định"),
    "L": ("Directive", "Directiva", "Richtlinie", "Chỉ thị"),
    "D": ("Decision", "Decisión", "Décision", "Beschluss", "Quyết định"),
}


@dataclass(frozen=True, slots=True)
class LawName:
    """A name, as the words that are looked for.

    Attributes:
        words: folded, without marks.
        letters: the abbreviation as written; empty for a name in words.
        dotted: the words are single letters with points between them ("C.E.").
        prefix: the beginning of a longer title; it counts only where no other name can follow.
    """

    words: tuple[str, ...]
    letters: str = ""
    dotted: bool = False
    prefix: bool = False

    @property
    def abbreviation(self) -> bool:
        """Whether the name is made of initials."""
        return bool(self.letters)


def name_in_words(written: str) -> LawName:
    """A name written out."""
    return LawName(tuple(key for key in tokenize(written).keys if key[0].isalnum()))


def abbreviations(written: str) -> Iterator[LawName]:
    """An abbreviation as it stands, and with points between its letters."""
    yield LawName(name_in_words(written).words, letters=written)
    if written.isalpha() and 2 <= len(written) <= 3 and written.isupper():
        yield LawName(tuple(name_in_words(letter).words[0] for letter in written), letters=written, dotted=True)


def law_years(law: Law) -> frozenset[int]:
    """The years by which a law may be called: of its number, of its title's end, of its adoption."""
    years = {int(year) for year in _YEAR.findall(law.id) + _YEAR.findall(law.title)}
    years |= {day.year for day in (law.adopted, law.published) if day is not None}
    if celex := _CELEX.search(law.id):
        years.add(int(celex[1]))
    return frozenset(year for year in years if 1800 <= year <= 2100) if years else frozenset()


def official_numbers(law: Law) -> frozenset[tuple[int, int]]:
    """The numbers with their year in a law's id and title: (45, 2013) of "45/2013/QH13"; European acts put it first."""
    if celex := _CELEX.search(law.id):
        return frozenset({(int(celex[3]), int(celex[1]))})
    found = _NUMBER_AND_YEAR.findall(f"{law.id} {law.title}")
    return frozenset((int(number), int(year)) for number, year in found)


def law_names(law: Law) -> Iterator[LawName]:
    """Every name that can be derived; some twice."""
    for written in (law.id, law.title, *law.aliases):
        yield from _as_written(written)
        bare = " ".join(_YEAR.sub("", re.sub(r"\([^)]*\)", " ", written)).split()).strip(" ,")
        if bare and bare != law.id and not is_numbered(written):  # "Ley 39/2015" is never "Ley 39"
            yield from _as_written(bare)
        yield from map(name_in_words, numbered_names(written))
    if celex := _CELEX.search(f"{law.id} {law.source}"):
        yield from _european(*celex.groups())
    if law.lang == "es" or _SPANISH_TITLE.match(law.title):
        yield from _spanish(law.title)
        if name := ordered_name(law):
            yield name_in_words(name)
        if about := established(law):
            yield from _spanish_about(f"de {about}", rank="Ley")
    if law.lang == "vi":
        yield from _vietnamese(law)


def _as_written(written: str) -> Iterator[LawName]:
    if " " not in written and sum(letter.isupper() for letter in written) >= 2 and written.isalpha():
        yield from abbreviations(written)
    elif name := name_in_words(written).words:
        yield LawName(name)


def _european(year: str, sort: str, number: str) -> Iterator[LawName]:
    plain = f"{year}/{int(number)}"
    yield name_in_words(plain)
    for rank in _CELEX_RANKS[sort]:
        yield name_in_words(f"{rank} {plain}")
        for union in ("EU", "UE", "of the EU", "de la UE"):
            yield name_in_words(f"{rank} {union} {plain}")


def _spanish(title: str) -> Iterator[LawName]:
    match = _SPANISH_TITLE.match(title)
    if match is None:
        return
    rank, number = match["rank"], match["number"]
    if number:
        yield name_in_words(number)
        yield name_in_words(f"{rank} {number}")
        for short in _SPANISH_SHORT.get(rank, ()):
            yield name_in_words(f"{short} {number}")
    about = _SPANISH_APPROVES.sub("", match["about"], count=1)
    approved = about != match["about"]
    about = _SPANISH_RECAST.sub("", about, count=1)
    for whole in dict.fromkeys([about, _SPANISH_TAIL.sub("", about)]):
        yield from _spanish_about(whole, rank="" if approved else rank)


def _spanish_about(about: str, *, rank: str) -> Iterator[LawName]:
    """From "del Código Penal" "Código Penal"; from "de Arrendamientos Urbanos" "Ley de Arrendamientos Urbanos"."""
    bare = _SPANISH_LINK.sub("", about, count=1)
    full = []
    if bare.startswith(_NAMED_BY_HEAD):
        full.append(bare)
        inner = re.sub(r"^Ley (?:del|de la|General para) ", "", bare)
        if inner != bare and inner.startswith(_NAMED_BY_HEAD):
            full.append(inner)
        if re.match(r"Ley (?:Reguladora|General) ", bare):
            full.append(re.sub(r"^Ley (?:Reguladora|General) ", "Ley ", bare))
    if rank:
        first = rank.partition(" ")[0]
        full += [f"{head} {about}" for head in dict.fromkeys((rank, first))]
        without = re.sub(r"^(?:reguladora?|Reguladora|básica reguladora) ", "", about)
        full += [f"{first} {without}", f"Ley de {bare}"] if rank.startswith("Ley") else []
    for name in dict.fromkeys(full):
        whole = name_in_words(name)
        if len(whole.words) < 2:  # "Reglamento": a sort of law, no name
            continue
        yield whole
        yield from _beginnings(whole.words)
        if initials := _initials(name):
            yield from abbreviations(initials)


def _beginnings(words: tuple[str, ...]) -> Iterator[LawName]:
    """A long title's beginnings that end before a small word: "Ley de Protección de Datos"."""
    for size in range(3, len(words)):
        content = [word for word in words[1:size] if word not in SMALL_WORDS and word not in ("organica", "general")]
        if content and words[size] in SMALL_WORDS and words[size - 1] not in SMALL_WORDS and len(content) <= 6:
            yield LawName(words[:size], prefix=True)


def _initials(name: str) -> str:
    """As in "Ley Orgánica de Protección de Datos Personales y garantía de los derechos digitales": LOPDPGDD."""
    letters = "".join(word[0] for word in re.findall(r"\w+", name) if word.lower() not in SMALL_WORDS).upper()
    return letters if 3 < len(letters) <= 9 else ""


def _vietnamese(law: Law) -> Iterator[LawName]:
    for number in dict.fromkeys(_VIETNAMESE_NUMBER.findall(f"{law.id} {law.title}")):
        yield name_in_words(number)
        parts = number.split("/")
        if len(parts) == 3:
            yield name_in_words(f"{parts[0]}/{parts[1]}")
        for head, letters in _VIETNAMESE_INITIALS.items():
            if law.title.startswith(head):
                for lead in (head, f"{head} số", letters):
                    yield name_in_words(f"{lead} {number}")
                    yield name_in_words(f"{lead} {'/'.join(parts[:2])}")
    title = " ".join(_YEAR.sub("", _VIETNAMESE_NUMBER.sub("", re.sub(r"\([^)]*\)", " ", law.title))).split())
    match = _VIETNAMESE_HEAD.match(title)
    if match is None:
        return
    head, about = match["head"], match["about"]
    topics = [about]
    if about.startswith(("về ", "quy định ", "Các ", "các ")):
        topics.append(about.split(" ", 1)[1])
    if " và " in about:
        topics.append(about.replace(" và ", " "))
    for topic in topics:
        yield name_in_words(f"{head} {topic}")
        yield name_in_words(f"{head} số {law.id} {topic}")
        yield name_in_words(f"{head} {topic} số {law.id}")
        letters = "".join(word[0] for word in re.findall(r"\w+", topic)).upper()
        if 2 <= len(letters) <= 7:
            yield from abbreviations(_VIETNAMESE_INITIALS[head] + letters)
            yield name_in_words(f"{head} {letters}")
