"""The label at the start of a line ("1.", "a)", "(iii)", "Primero.", "2.º bis") and everything it may mean."""

import re
from dataclasses import dataclass

from index.structure_numerals import fold, han_value, roman_value, word_value

# Latin suffixes of inserted units, in their order: "1 bis" comes after "1" and before "1 ter".
LATIN_SUFFIXES = (
    ("bis", 2), ("ter", 3), ("quater", 4), ("quinquies", 5), ("sexies", 6), ("septies", 7), ("octies", 8),
    ("nonies", 9), ("novies", 9), ("decies", 10), ("undecies", 11), ("duodecies", 12),
)  # fmt: skip
_LATIN_RANK = dict(LATIN_SUFFIXES)
_LATIN = "|".join(name.replace("e", "[eé]").replace("a", "[aá]") for name, _ in LATIN_SUFFIXES)

# Alphabets in the order in which laws letter their points; letters after "/" may be left out without a gap.
_ALPHABETS = {
    "vi": "a b c d đ e /f g h i /j k l m n o p q r s t u v /w x y /z",
    "es": "a b c /ch d e f g h i j /k l /ll m n /ñ o p q r s t u v /w x /y z",
    "": "a b c d e f g h i j k l m n o p q r s t u v w x y z",
}
_LETTER_ORDER = {
    lang: {letter.lstrip("/"): (place, letter.startswith("/")) for place, letter in enumerate(alphabet.split())}
    for lang, alphabet in _ALPHABETS.items()
}

_NUMBER = re.compile(
    r"(?P<number>\d{1,3})"
    rf"(?:(?P<letter>[a-zđA-Z])(?=[.)])|[ .-]?(?P<latin>{_LATIN})(?![^\W\d]))?"
    r"(?P<sign>\.?[º°ª]|\.[ao](?= [A-ZÁÉÍÓÚ])|(?<=1)er(?=[ .)]))?"
    rf"(?: ?(?P<latin_after>{_LATIN})(?![^\W\d]))?"
    r"(?P<prime>[´`'’‘′]{1,3}(?=\)))?"
    r"(?P<end>\.\)|\.? ?[-–—](?=[\s«“\"A-ZÁÉÍÓÚ])|[.)．、](?!\d)|\.(?=\d{1,2}\.?[º°ª])|)"
)
_DECIMAL = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,2}){1,4})(?P<end>\.-|[.)]|)(?=\s)")
_BRACKETED = re.compile(
    r"[(（](?:(?P<number>\d{1,3})(?P<insert>[A-Za-zđ]{1,2})?|(?P<han>[一二三四五六七八九十]{1,4})"
    rf"|(?P<letters>[A-Za-zđĐñÑ]{{1,6}})(?: (?P<latin>{_LATIN}))?)[)）]"
)
_HAN = re.compile(r"(?P<han>[一二三四五六七八九十]{1,4})、")
_LETTERS = re.compile(
    r"(?P<letters>[A-Za-zđĐñÑ]{1,6})(?P<digits>\d{1,2})?(?P<prime>[´`'’‘′]{1,3})?"
    rf"(?:[ .]?(?P<latin>{_LATIN}))?(?P<end>\.?\)|\. ?[-–—]{{1,2}}|\.(?=\s))"
    rf"(?: (?P<latin_after>{_LATIN})(?![^\W\d])\.?)?"
)
_WORDS = re.compile(
    r"(?P<words>[A-ZÁÉÍÓÚ][A-Za-zÁÉÍÓÚáéíóú]{2,18}(?: (?:y )?[a-záéíóú]{3,14}){0,3}?)"
    rf"(?: (?P<latin>{_LATIN}))?(?P<end>\. ?[-–—]|\.|[-–—](?=[A-ZÁÉÍÓÚ])|\))"
)
# A label that is named together with others ("a) y b) del apartado anterior") opens no unit.
_NAMED_TOGETHER = re.compile(
    r"[,;]?\s?(?:y|o|u|e|a|and|or|to|và|hoặc|et|ou|und|oder|bis)\s\(?(?:\d{1,3}|[a-zđñ]{1,2})[.)]"
)
# A date at the start of a line: "1. Januar 2020", "1.º de enero". Names in lower case need no year.
_MONTH = re.compile(
    r"(?:de )?(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|setiembre|octubre|noviembre|diciembre"
    r"|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre)(?![^\W\d])"
    r"|(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember)(?:,? \d{4}|(?= [a-z]))"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One meaning of a label.

    Attributes:
        style: the way it is written; labels of one list share it ("1.", "(a)", "(i)", "1º", "Uno.").
        place: its position in the list, first 1; letters count in the alphabet of the language.
        rank: 0, or where it stands among the units inserted after that position (bis 2, ter 3; "1a" 1, "1b" 2).
        label: the bare label, as a path shows it: "1", "1 bis", "f", "iii", "2".
        optional_before: how many letters before it may be left out without a gap.
        prefix: of a decimal label, the numbers before the last: "1.2" in "1.2.3"; else empty.
    """

    style: str
    place: int
    rank: int
    label: str
    optional_before: int = 0
    prefix: str = ""

    def follows(self, previous: "Reading") -> bool:
        """Whether it is the regular successor of `previous` in one list."""
        if self.prefix != previous.prefix:
            return False
        if self.place == previous.place:
            return self.rank == previous.rank + 1 or (previous.rank == 0 and self.rank == 2)
        return self.rank == 0 and 1 <= self.place - previous.place <= 1 + self.optional_before

    def is_before(self, current: "Reading") -> bool:
        """Whether it stands earlier than `current`, or in another decimal list."""
        return self.prefix != current.prefix or (self.place, self.rank) < (current.place, current.rank)

    def is_after(self, previous: "Reading") -> bool:
        """Whether it stands later than `previous` in one list, regularly or with a gap."""
        return self.prefix == previous.prefix and (self.place, self.rank) > (previous.place, previous.rank)

    @property
    def family(self) -> str:
        """The style without its punctuation: "1.", "1)", "1.-" and "1º" are one family."""
        return self.style.strip("().-º")

    @property
    def is_first(self) -> bool:
        """Whether a list may begin with it."""
        return self.place == 1 and self.rank == 0


@dataclass(frozen=True, slots=True)
class Label:
    """A label in the text.

    Attributes:
        start: offset of its first character.
        end: offset after its last.
        readings: what it may mean, likeliest first.
        loose: nothing but its place between its neighbours tells it from running text.
    """

    start: int
    end: int
    readings: tuple[Reading, ...]
    loose: bool = False


def read_label(text: str, start: int, line_end: int, *, lang: str) -> Label | None:
    """The label whose first character is `text[start]`, or None where the line begins with running text."""
    first = text[start]
    if "0" <= first <= "9":
        label = _read_number(text, start, line_end)
    elif first in "(（":
        label = _read_bracketed(text, start, line_end, lang)
    elif first in "一二三四五六七八九十":
        label = _read_han(text, start, line_end)
    elif first.isalpha():
        label = _read_letters(text, start, line_end, lang) or _read_words(text, start, line_end)
    else:
        return None
    if label is None or _NAMED_TOGETHER.match(text, label.end, line_end):
        return None
    return label


def _text_may_follow(text: str, end: int, line_end: int) -> bool:
    """Whether what stands right after a label's closing sign can be the beginning of its text."""
    return end >= line_end or not (text[end].isdigit() or text[end] in ".,;:)]%/")


def _read_number(text: str, start: int, line_end: int) -> Label | None:
    if decimal := _DECIMAL.match(text, start, line_end):
        parts = decimal["number"].split(".")
        if len(parts[-1]) < 3 and not _is_quantity(text, decimal.end()):
            style = "1.1" + "." * (len(parts) - 2)
            prefix = ".".join(parts[:-1])
            return Label(start, decimal.end(), (Reading(style, int(parts[-1]), 0, decimal["number"], 0, prefix),))
    match = _NUMBER.match(text, start, line_end)
    if match is None or _MONTH.match(text, match.end() + 1, line_end):
        return None
    end = match.end()
    following = text[end : min(end + 2, line_end)]
    latin = match["latin"] or match["latin_after"]
    loose = not (match["end"] or match["sign"])  # the dot was forgotten: "23 Đề nghị", "1.bis Tratándose"
    if loose and not (following[:1].isspace() and following[1:].isupper()):
        return None
    composite = match["end"] == "." and following[:1].isdigit()  # "4.1.º La tramitación": two labels in one
    bare_sign = not match["end"] and not (following[:1].isspace() or following[:1] in "(" or following[1:] == ")")
    if (match["sign"] and bare_sign) or not (composite or _text_may_follow(text, end, line_end)):
        return None
    place, rank, label = int(match["number"]), 0, str(int(match["number"]))
    if latin:
        rank, label = _LATIN_RANK[fold(latin)], f"{label} {fold(latin)}"
    elif match["letter"]:
        rank, label = ord(fold(match["letter"])) - ord("a") + 1, label + match["letter"]
    if match["sign"]:
        style = "1º)" if match["end"] in (")", ".)") else "1º"
    else:
        style = {"": "1.", "．": "1.", "、": "1.", ".)": "1)", ")": "1)", ".": "1."}.get(match["end"], "1.-")
    if match["prime"]:
        style, label = f"1{len(match['prime'])}')", label + "'"
    return Label(start, end, (Reading(style, place, rank, label),), loose=loose and not latin)


def _is_quantity(text: str, end: int) -> bool:
    """Whether the decimal number that ends here is an amount: "12.5 %", "1.5 millones"."""
    return text[end : end + 2].lstrip()[:1] in ("%", "€", "$", "‰") or text[end : end + 9].lstrip()[:1].islower()


def _read_bracketed(text: str, start: int, line_end: int, lang: str) -> Label | None:
    match = _BRACKETED.match(text, start, line_end)
    if match is None or not _text_may_follow(text, match.end(), line_end):
        return None
    if match["number"]:
        insert = match["insert"] or ""
        rank = ord(insert[0].lower()) - ord("a") + 1 if insert else 0
        label = str(int(match["number"])) + insert
        return Label(start, match.end(), (Reading("(1)", int(match["number"]), rank, label),))
    if match["han"]:
        value = han_value(match["han"]) or 0
        return Label(start, match.end(), (Reading("（一）", value, 0, str(value)),))
    readings = _letter_readings(match["letters"], ("(", ")"), lang, match["latin"])
    return Label(start, match.end(), readings) if readings else None


def _read_han(text: str, start: int, line_end: int) -> Label | None:
    match = _HAN.match(text, start, line_end)
    if match is None:
        return None
    value = han_value(match["han"]) or 0
    return Label(start, match.end(), (Reading("一、", value, 0, str(value)),))


def _read_letters(text: str, start: int, line_end: int, lang: str) -> Label | None:
    match = _LETTERS.match(text, start, line_end)
    if match is None or not _text_may_follow(text, match.end(), line_end):
        return None
    closing = ")" if match["end"].endswith(")") else "." if match["end"] == "." else ".-"
    if match["prime"]:
        closing = f"{len(match['prime'].replace(chr(34), '``'))}'{closing}"
    if match["digits"]:
        place, _ = _letter_place(match["letters"], lang)
        if not place:
            return None
        label = match["letters"] + match["digits"]
        reading = Reading(_letter_style(match["letters"], "", closing), place, int(match["digits"]), label)
        return Label(start, match.end(), (reading,))
    readings = _letter_readings(
        match["letters"], ("", closing), lang, match["latin"] or match["latin_after"], "'" if match["prime"] else ""
    )
    return Label(start, match.end(), readings) if readings else None


def _letter_style(letters: str, opening: str, closing: str) -> str:
    return f"{opening}{'A' if letters[0].isupper() else 'a'}{closing}"


def _letter_place(letters: str, lang: str) -> tuple[int, int]:
    """The place of a letter label (0: none) and how many letters before it are optional; "aa" follows "z"."""
    order = _LETTER_ORDER.get(lang, _LETTER_ORDER[""])
    low = letters.lower()
    if low not in order:
        if len(low) == 1 and low.isalpha() and low in _LETTER_ORDER[""]:
            return ord(low) - ord("a") + 1, 0
        if len(low) == 2 and low[1] in order and low[0] in order:
            return len(order) * (order[low[0]][0] + 1) + order[low[1]][0] + 1, 0
        return 0, 0
    place, _ = order[low]
    by_place = list(order.values())
    optional = 0
    while place - 1 - optional > 0 and by_place[place - 1 - optional][1]:
        optional += 1
    return place + 1, optional


def _letter_readings(
    letters: str, style: tuple[str, str], lang: str, latin: str | None, mark: str = ""
) -> tuple[Reading, ...]:
    opening, closing = style
    readings = []
    rank = _LATIN_RANK[fold(latin)] if latin else 0
    suffix = f"{mark} {fold(latin)}" if latin else mark
    if not (letters.islower() or letters.isupper()):
        return ()
    place, optional = _letter_place(letters, lang)
    if place:
        readings.append(Reading(_letter_style(letters, opening, closing), place, rank, letters + suffix, optional))
        if len(letters) == 2 and letters[0] == letters[1]:  # "aa", "bb": a list of its own, one level deeper
            place, optional = _letter_place(letters[0], lang)
            doubled = _letter_style(letters, opening, closing).replace("a", "aa").replace("A", "AA")
            readings.append(Reading(doubled, place, rank, letters + suffix, optional))
    if len(letters) == 2 and not rank and (base := _letter_place(letters[0], lang)[0]):  # "(ba)", inserted after "(b)"
        insert = _letter_place(letters[1], lang)[0]
        readings.append(Reading(_letter_style(letters, opening, closing), base, insert, letters + suffix))
    if (value := roman_value(letters)) is not None:
        numeral = f"{opening}{'I' if letters.isupper() else 'i'}{closing}"
        readings.append(Reading(numeral, value, rank, letters + suffix))
    return tuple(readings)


def _read_words(text: str, start: int, line_end: int) -> Label | None:
    match = _WORDS.match(text, start, line_end)
    if match is None:
        return None
    value = word_value(match["words"])
    if value is None:
        return None
    rank = _LATIN_RANK[fold(match["latin"])] if match["latin"] else 0
    label = f"{value} {fold(match['latin'])}" if match["latin"] else str(value)
    return Label(start, match.end(), (Reading("Uno.", value, rank, label),))
