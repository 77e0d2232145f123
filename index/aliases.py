"""The names by which people call laws, and where a text uses one."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from index.alias_file import AliasEntry, parse_aliases
from index.articles import Law
from index.derived_names import SMALL_WORDS, LawName, law_names, law_years, official_numbers
from index.errors import CorpusError
from index.mistyped_names import MistypedNames
from index.reference_tokens import Tokens, tokenize, word_set

# Between the words of one name; a sentence mark ends it.
_INSIDE_NAMES = frozenset(",()/-.&'’\"“”«»_[]°º")
_NAME_SHORT = 3  # letters; shorter abbreviations are words of some language in lower case
_YEAR_LINKS = word_set("nam of de del ano (")
_UNION = word_set("EU AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE")
_AMENDED = (("sua", "doi", "bo", "sung"), ("sua", "doi"), ("hop", "nhat"), ("as", "amended"))


@dataclass(frozen=True, slots=True)
class LawMention:
    """A law's name in a text; token positions, end exclusive.

    Attributes:
        laws: ids of the laws that may be meant; empty where the name is known, but of another year or country.
        weak: a short abbreviation in lower case, a word perhaps: it counts only beside a reference.
    """

    first: int
    last: int
    laws: tuple[str, ...]
    weak: bool = False


@dataclass(slots=True)
class _Node:
    """One word deeper in the tree of names."""

    children: dict[str, "_Node"]
    names: list[tuple[str, LawName]]


class LawNames:
    """All names of the laws of a corpus, ready to be found in texts in one pass.

    Names come from ids, titles and aliases of the laws, from `aliases.toml`, and from a file of the same form.
    """

    def __init__(self, laws: Mapping[str, Law], *, aliases: Path | None = None) -> None:
        """Builds the tree of names.

        Raises:
            CorpusError: the file `aliases` is not as `aliases.toml` describes; names the place.
        """
        text = resources.files("index").joinpath("aliases.toml").read_text("utf-8")
        shipped = parse_aliases(_toml(text, "aliases.toml"))
        extra = parse_aliases(_toml(_read(aliases), str(aliases))) if aliases is not None else None
        self.laws = laws
        self._places_by_word: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for words, code in dict((*shipped.places, *(extra.places if extra else ()))).items():
            for word in {words[0], words[-1]}:
                self._places_by_word.setdefault(word, []).append((words, code))
        self._years: dict[str, frozenset[int]] = {}
        self._numbers: dict[str, frozenset[tuple[int, int]]] = {}
        self._jurisdictions: dict[str, str | None] = {}
        self._root = _Node({}, [])
        self._slips = MistypedNames()
        self._continues: dict[str, tuple[tuple[str, ...], ...]] = {}
        every = [entry for source in (shipped, extra) if source for entry in source.entries]
        strange = [entry for entry in every if not any(entry.concerns(law) for law in laws.values())]
        self.elsewhere = tuple(name for entry in strange for name in entry.names)  # of laws that the corpus lacks
        for law in laws.values():
            entries = [e for source in (shipped, extra) if source for e in source.entries if e.concerns(law)]
            self._add(law, entries)

    def _add(self, law: Law, entries: list[AliasEntry]) -> None:
        self._years[law.id] = law_years(law) | {year for entry in entries for year in entry.years}
        self._numbers[law.id] = official_numbers(law)
        stated = [entry.jurisdiction for entry in entries if entry.jurisdiction]
        self._jurisdictions[law.id] = law.jurisdiction or (stated[0] if stated else None)
        self._continues[law.id] = tuple(words for entry in entries for words in entry.continues)
        names = {name.words: name for name in law_names(law)}
        for entry in entries:
            for name in entry.names:
                names.setdefault(name.words, name)
        for name in names.values():
            node = self._root
            for word in name.words:
                node = node.children.setdefault(word, _Node({}, []))
            node.names.append((law.id, name))
            self._slips.add(name, law.id)

    def resolve(self, name: str) -> tuple[str, ...]:
        """The ids of the laws that a name alone may mean, in the order of the corpus; empty where none."""
        if name in self.laws:
            return (name,)
        tokens = tokenize(name)
        start = next((at for at, key in enumerate(tokens.keys) if key not in SMALL_WORDS), 0)
        found = self.mentions(tokens)
        if len(found) == 1 and found[0].first <= start and found[0].last >= _words(tokens):
            return found[0].laws
        nearest = self.nearest(tokens, start)
        return nearest.laws if nearest is not None else ()

    def mentions(self, tokens: Tokens) -> tuple[LawMention, ...]:
        """The names in a text, in order, the longest at each place."""
        found: list[LawMention] = []
        behind = 0
        beginnings = self._root.children
        for at in [at for at, key in enumerate(tokens.keys) if key in beginnings]:  # hardly any token
            if at < behind:
                continue
            mention = self._mention(tokens, at)
            if mention is not None:
                found.append(mention)
                behind = mention.last
        return tuple(found)

    def _mention(self, tokens: Tokens, first: int) -> LawMention | None:
        node, at, best = self._root.children.get(tokens.keys[first]), first, None
        while node is not None:
            at += 1
            if node.names and (laws := self._named(node.names, tokens, first, at)):
                best = (at, laws, node.names)
            following = at
            while following < len(tokens) and following - at < 3 and tokens.keys[following] in _INSIDE_NAMES:
                following += 1
            node = node.children.get(tokens.key(following))
            at = following
        if best is None:
            return None
        end, laws, names = best
        if first + 1 == end and tokens.raw(first).islower() and tokens.keys[first] in SMALL_WORDS:
            return None
        written = tokens.text[tokens.starts[first] : tokens.ends[end - 1]]
        weak = not written.isupper() and all(
            name.abbreviation and len(name.letters) <= _NAME_SHORT and written != name.letters for _, name in names
        )
        return self._qualified(tokens, first, end, laws, weak=weak)

    def _named(self, names: list[tuple[str, LawName]], tokens: Tokens, first: int, last: int) -> tuple[str, ...]:
        whole = [law for law, name in names if not name.prefix and self._fits(name, tokens, first, last)]
        if whole:
            return tuple(dict.fromkeys(whole))
        if _goes_on(tokens, last):
            return ()
        return tuple(dict.fromkeys(law for law, name in names if name.prefix))

    @staticmethod
    def _fits(name: LawName, tokens: Tokens, first: int, last: int) -> bool:
        """Letters with points between them must stand close: "C.E.", never "C, e"; "DFL 1" is not "DFL 1.122"."""
        longer = tokens.key(last) in ("/", ".", "-") and tokens.is_glued(last) and tokens.is_glued(last + 1)
        if longer and tokens.is_number(last - 1) and tokens.is_number(last + 1):
            return False
        return not name.dotted or all(tokens.is_glued(at) and tokens.key(at) != "," for at in range(first + 1, last))

    def _qualified(self, tokens: Tokens, first: int, last: int, laws: tuple[str, ...], *, weak: bool) -> LawMention:
        """Takes in the year and the country beside a name; a year or country of another law leaves no law."""
        for words in {words for law in laws for words in self._continues[law]}:
            at = last + 1 if tokens.key(last) == "," else last
            if tokens.keys[at : at + len(words)] == words:
                laws = tuple(law for law in laws if words not in self._continues[law])
                last = at + len(words)
        at = last
        for _ in range(3):
            year_at = at
            while year_at - at < 2 and tokens.key(year_at) in _YEAR_LINKS:
                year_at += 1
            if (year := _year(tokens, year_at)) is not None:
                laws = tuple(law for law in laws if not self._years[law] or year in self._years[law])
                last = at = year_at + 1 + (tokens.key(year_at + 1) == ")")
            elif (end := _amended(tokens, at)) is not None:
                last = at = end
            elif (numbered := _official_number(tokens, at)) is not None:
                number, last = numbered
                at = last
                laws = tuple(law for law in laws if self._may_have(law, number))
            else:
                break
        codes, first, last = self._places_beside(tokens, first, last)
        if codes:
            laws = tuple(law for law in laws if _may_apply(self._jurisdictions[law], codes))
        return LawMention(first, last, laws, weak)

    def _may_have(self, law: str, number: tuple[int, int]) -> bool:
        """Whether a law may bear an official number: its own where the corpus gives one, else one of its years."""
        own = self._numbers[law]
        return number in own if own else not self._years[law] or number[1] in self._years[law]

    def _places_beside(self, tokens: Tokens, first: int, last: int) -> tuple[set[str], int, int]:
        """The countries named directly before or after a name, and the name with them."""
        codes = set()
        begin, end = first, last
        before = first - 1
        while first - before < 4 and tokens.key(before) in ("(", ")", "'", "’", "s"):
            before -= 1
        after = last
        while after - last < 3 and tokens.key(after) in ("(", "de", "of", "cua", "the"):
            after += 1
        for words, code in self._places_near(tokens, before, after):
            length = len(words)
            if before - length + 1 >= 0 and tokens.keys[before - length + 1 : before + 1] == words:
                codes.add(code)
                begin = before - length + 1
            capital = length > 1 or len(words[0]) > 2 or (after < len(tokens) and tokens.raw(after).isupper())
            if capital and tokens.keys[after : after + length] == words:
                codes.add(code)
                end = after + length
        return codes, begin, end

    def _places_near(self, tokens: Tokens, before: int, after: int) -> list[tuple[tuple[str, ...], str]]:
        """The places whose name ends with the word at `before` or begins with that at `after`."""
        return [*self._places_by_word.get(tokens.key(before), ()), *self._places_by_word.get(tokens.key(after), ())]

    def nearest(self, tokens: Tokens, first: int) -> LawMention | None:
        """The long name that begins at token `first` with a slip or two in it; None where none is near, or several."""
        slip = self._slips.find(tokens, first)
        return None if slip is None else self._qualified(tokens, first, slip[0], (slip[1],), weak=False)


def _goes_on(tokens: Tokens, at: int) -> bool:
    """Whether the words after the beginning of a title go on with a name: "Ley de Protección" + "de los Animales"."""
    key = tokens.key(at)
    return key in ("de", "del", "y", "e", "para", "sobre", "contra", "en", "por", "al", "a") or tokens.is_capital(at)


def _may_apply(jurisdiction: str | None, codes: set[str]) -> bool:
    """Whether a law may be called by these countries: one of the Union's by its members too."""
    return jurisdiction is None or jurisdiction in codes or (jurisdiction == "EU" and bool(codes & _UNION))


def _year(tokens: Tokens, at: int) -> int | None:
    return int(tokens.keys[at]) if tokens.is_number(at) and 1800 <= int(tokens.keys[at]) <= 2100 else None


def _official_number(tokens: Tokens, at: int) -> tuple[tuple[int, int], int] | None:
    """Past "số 45/2013/QH13": the number and year of an act named with both, and the token after them."""
    start = at
    while start - at < 3 and tokens.key(start) in ("(", ",", "so", "no", "."):
        start += 1
    year = _year(tokens, start + 2)
    if year is None or not tokens.is_number(start) or tokens.key(start + 1) != "/" or not tokens.is_glued(start + 2):
        return None
    end = start + 3
    while tokens.is_glued(end) and (tokens.key(end) in ("/", "-") or tokens.is_word(end) or tokens.is_number(end)):
        end += 1
    return (int(tokens.keys[start]), year), end


def _amended(tokens: Tokens, at: int) -> int | None:
    """Past "(sửa đổi, bổ sung năm 2017)": an amendment's year is not the law's."""
    bracket = tokens.key(at) == "("
    start = at + bracket
    for words in _AMENDED:
        position = start
        for word in words:
            position += tokens.key(position) == ","
            if tokens.key(position) != word:
                break
            position += 1
        else:
            while tokens.key(position) in ("nam", "vao", "in", ",") or _year(tokens, position) is not None:
                position += 1
            return position + 1 if bracket and tokens.key(position) == ")" else position
    return None


def _words(tokens: Tokens) -> int:
    """Tokens up to the last word or number."""
    return max((at + 1 for at, key in enumerate(tokens.keys) if key[0].isalnum()), default=0)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: the file of law names cannot be read ({error})") from error


def _toml(text: str, place: str) -> Iterator[tuple[str, object]]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CorpusError(f"{place}: not TOML ({error})") from error
    yield "", place
    yield from table.items()
