"""Names of laws with a slip in them: a letter more, less, other, or two swapped."""

from index.derived_names import LawName
from index.reference_tokens import Tokens, word_set

_SHORTEST = 12  # letters, spaces included: in shorter names one edit makes another law's name
_SHORTEST_ABBREVIATION = 4  # letters
_LONG_ABBREVIATION = 6
_VOWELS = frozenset("aeiouy")
# Abbreviations of laws of many countries: never read as a slip of another.
_KNOWN = word_set(
    "lgpd rgpd gdpr dsgvo avg pdpa pdpo pdpl pdpb pdpr dpdpa dpdp pipa pipl pipeda popia appi appa ccpa cpra hipaa"
    " ferpa coppa glba fcra tfeu tfue cfreu cdfue echr cedh lopd lopdgdd lopj lopjm loreg lecrim ljca lpac lrjsp lssi"
    " lgss lgdcu trebep stgb stpo blds blhs blld bltths blttds blhh"
)


class MistypedNames:
    """The long names and the abbreviations of a corpus, found in spite of slips.

    One edit is forgiven in 12 letters and more, two in 20, three in 30, and one in a word (two from eight letters on).
    A word of any law's name is no slip of another ("dân sự" is not "hình sự"), and numbers are never amended.
    In an abbreviation of four letters and more, two neighbours swapped ("GPDR"), a letter doubled ("GDPRR"), and one
    left out or other where six remain ("LOPDGD"). In shorter ones another letter makes another country's law: the LGPD
    is no RGPD, the PDPO no PDPA, the BLHH no BLHS.
    """

    def __init__(self) -> None:
        self._names: dict[tuple[int, str], list[tuple[tuple[str, ...], str]]] = {}
        self._words: set[str] = set()
        self._abbreviations: dict[str, set[str]] = {}

    def add(self, name: LawName, law: str) -> None:
        """Takes in a name of a law; short ones and abbreviations only for their words."""
        self._words.update(name.words)
        if name.abbreviation and len(name.words) == 1 and len(name.words[0]) >= _SHORTEST_ABBREVIATION:
            self._abbreviations.setdefault(name.words[0], set()).add(law)
        if name.abbreviation or name.prefix or len(name.words) < 2 or len(" ".join(name.words)) < _SHORTEST:
            return
        for place in (0, 1):  # a slip may spoil one of the first two words
            self._names.setdefault((place, name.words[place]), []).append((name.words, law))

    def find(self, tokens: Tokens, first: int) -> tuple[int, str] | None:
        """The name that begins at token `first`: the token after it, and its law.

        None where no name is near, or names of several laws are equally near.
        """
        if (law := self._abbreviated(tokens, first)) is not None:
            return first + 1, law
        places = [at for at in range(first, min(first + 24, len(tokens))) if tokens.keys[at][0].isalnum()]
        keys = [tokens.keys[at] for at in places]
        begun = [name for place, key in enumerate(keys[:2]) for name in self._names.get((place, key), ())]
        best: list[tuple[int, int, str, int]] = []
        for name, law in dict.fromkeys(begun):
            for size in (len(name), len(name) - 1, len(name) + 1):
                edits = self._edits(keys[:size], name) if size <= len(keys) else None
                if edits:
                    best.append((edits, -len(name), law, places[size - 1] + 1))
        best.sort()
        nearest = {law for edits, size, law, _ in best if (edits, size) == best[0][:2]}
        return (best[0][3], best[0][2]) if len(nearest) == 1 else None

    def _abbreviated(self, tokens: Tokens, at: int) -> str | None:
        """The law whose abbreviation, and no other, was meant at `at`; only by letters that are no everyday word."""
        typed, raw = tokens.key(at), tokens.raw(at)
        if len(typed) < _SHORTEST_ABBREVIATION or not typed.isalpha() or typed in self._words or typed in _KNOWN:
            return None
        written_so = raw.isupper() and not tokens.is_shouted
        if not written_so and _VOWELS & set(typed):
            return None
        meant = [laws for name, laws in self._abbreviations.items() if _is_slip(typed, name)]
        return next(iter(meant[0])) if len(meant) == 1 and len(meant[0]) == 1 else None

    def _edits(self, typed: list[str], name: tuple[str, ...]) -> int | None:
        """How many edits make the typed words the name; None where more than are forgiven."""
        if len(typed) != len(name):  # a space too many or too few
            return 1 if "".join(typed) == "".join(name) else None
        wrong = [(one, other) for one, other in zip(typed, name, strict=True) if one != other]
        if len(wrong) * 2 > len(name):
            return None
        edits = 0
        for one, other in wrong:
            limit = 2 if len(other) >= 8 else 1
            distance = edit_distance(one, other, limit)
            if distance > limit or one in self._words or one.isdecimal() or other.isdecimal():
                return None
            edits += distance
        size = sum(map(len, name)) + len(name) - 1
        return edits if edits <= 1 + (size >= 20) + (size >= 30) else None


def _is_slip(typed: str, name: str) -> bool:
    """Whether an abbreviation is another one with a single slip in it that makes no other law's."""
    if abs(len(typed) - len(name)) > 1 or edit_distance(typed, name, 1) != 1:
        return False
    if len(typed) == len(name):
        return sorted(typed) == sorted(name) or len(name) >= _LONG_ABBREVIATION
    if len(typed) < len(name):
        return len(typed) >= _LONG_ABBREVIATION
    return any(typed[:at] + typed[at + 1 :] == name and typed[at] == typed[at - 1] for at in range(1, len(typed)))


def edit_distance(one: str, other: str, limit: int) -> int:
    """Edits between two short strings, a swap of neighbours counting one; `limit` + 1 where there are more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        previous, row, older = row, [i] + [0] * len(other), before
        for j, wanted in enumerate(other, 1):
            row[j] = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], older[j - 2] + 1)
        before = previous
        if min(row) > limit:
            return limit + 1
    return row[-1]
