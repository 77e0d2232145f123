"""Which law a reference means: the name beside it, "this law", the same law, or a law that is not here."""

from dataclasses import dataclass
from enum import StrEnum

from index.act_names import ACT_INITIALS
from index.aliases import LawMention, LawNames
from index.law_forms import (
    QUALIFIERS,
    english_end,
    familiar_end,
    free_end,
    free_start,
    head_end_vietnamese,
    initials_end,
    is_initials,
    past_act_number,
    spanish_end,
    titled_end,
    vietnamese_end,
)
from index.reference_tokens import Tokens, word_set
from index.reference_words import HEADS_EN, HEADS_ES, SAME, THIS, UNITS

_LINKS = word_set(
    "of the de del la el los las l d cua trong tai thuoc theo in under from , ( [ \" “ « ' ’ s - – — : van ban"
    " des du der des dem new nuevo nueva mien moi current currently vigente actual old former revised amended"
    " eu european union ue europeo europea so texto refundido"
)
_OF = word_set("of de del cua thuoc des du der d in trong tai under")
_BEFORE = word_set(
    ", : ( [ \" “ « ) ] ” » ' ’ s - – — tai o trong theo noi in its en su el la los las the that que quy dinh"
)
_BEFORE_NAMES = word_set("of in under en segun to theo trong tai o de del")
# What parts a reference from a law's name: "section 5, Clean Air Act"; or the name from the reference.
_FREE_AFTER = word_set(", ( [ - – — : ' ’ \" “ «")
_CLOSES = frozenset("?!.)]")
_FREE_BEFORE = _FREE_AFTER | word_set(") ] ” » s")


class LawLink(StrEnum):
    """How a reference says which law it means."""

    UNNAMED = "unnamed"
    THIS = "this"  # "this Regulation", "Luật này": the law in which the text stands
    SAME = "same"  # "the same Act", "luật đó": the law spoken of before
    NAMED = "named"  # a law of the corpus, or several that bear the name
    UNKNOWN = "unknown"  # a law that is not in the corpus


@dataclass(frozen=True, slots=True)
class LinkedLaw:
    """What stands beside a reference: how the law is named, as which text (token positions), which laws it may be."""

    link: LawLink
    first: int = 0
    last: int = 0
    laws: tuple[str, ...] = ()


NO_LAW = LinkedLaw(LawLink.UNNAMED)


class LawFinder:
    """The laws named in one text."""

    def __init__(self, tokens: Tokens, names: LawNames) -> None:
        self._t = tokens
        self._names = names
        self.mentions = names.mentions(tokens)
        self._starting = {mention.first: mention for mention in self.mentions}
        self._ending = {mention.last: mention for mention in self.mentions}

    def beside(self, first: int, last: int) -> LinkedLaw:
        """The law of the references between two token positions: what follows them counts before what precedes."""
        after = self._after(last, subject=self._t.key(first - 1) in _BEFORE_NAMES)
        if after is not None:
            return after
        return self._before(first) or NO_LAW

    def following(self, last: int) -> LinkedLaw:
        """The law named behind a number that ends before `last`."""
        return self._after(last, subject=False) or NO_LAW

    def beginning(self, first: int, *, without_year: bool = False) -> LinkedLaw | None:
        """The law of the corpus whose name begins at `first`, as no everyday word does.

        `without_year` where the number read as its year is none of its years, and perhaps an article's.
        """
        mention = self._starting.get(first)
        if mention is None or mention.weak:
            return None
        if not without_year:
            return _linked(mention) if mention.laws else None
        t, last = self._t, mention.last - 1
        if mention.laws or not t.is_number(last) or last == first:
            return None
        laws = self._names.resolve(t.text[t.starts[first] : t.ends[last - 1]])
        return LinkedLaw(LawLink.NAMED, first, last, laws) if laws else None

    def touching(self, last: int) -> LinkedLaw | None:
        """The law of the corpus whose name ends before `last`, nothing between."""
        mention = self._ending.get(last)
        return None if mention is None or mention.weak or not mention.laws else _linked(mention)

    def unknown_name(self) -> LinkedLaw | None:
        """The first law that a text speaks from and the corpus does not hold: "In the Clean Air Act, ..."."""
        t = self._t
        inside = {at for mention in self.mentions for at in range(mention.first, mention.last)}
        for at in range(1, len(t)):
            before = at - 2 if t.key(at - 1) in ("the", "la", "el", "los", "las", "cua") else at - 1
            if t.key(before) not in _BEFORE_NAMES:
                continue
            mention = self._starting.get(at)
            if mention is not None and not mention.laws:  # "In the UK GDPR", of which the corpus holds the Union's
                return _linked(mention)
            familiar = familiar_end(t, at) is not None
            if at not in inside and (familiar or (t.is_capital(at) and not is_initials(t.raw(at)))):
                unknown = self._unknown(at, linked=True, beside=False)
                if unknown is not None and unknown.link is LawLink.UNKNOWN and not inside & {*range(at, unknown.last)}:
                    return unknown
        return None

    def _after(self, last: int, *, subject: bool) -> LinkedLaw | None:
        """The law named behind a reference; where the reference begins a sentence, its `subject` may follow."""
        t, at, linked, steps = self._t, last, False, 0
        while steps < 9 and at < len(t):
            steps += 1
            mention = self._starting.get(at)
            if mention is not None and not self._belongs_to_next(mention, linked=linked):
                return _linked(mention)
            if (self_reference := self._self_reference(at)) is not None:
                return self_reference
            if (found := self._named_at(at, linked=linked, beside=at == last, subject=subject)) is not None:
                return found
            key = t.key(at)
            if key in ("(", "[") and (closing := self._closing(at)) is not None:
                at = closing + 1
                continue
            if key not in _LINKS:
                return None
            linked = linked or key in _OF
            at += 1
        return None

    def _named_at(self, at: int, *, linked: bool, beside: bool, subject: bool) -> LinkedLaw | None:
        """The law of a name that begins at `at`: one of the corpus with a slip in it, or one that is not here."""
        t, key, before = self._t, self._t.key(at), self._t.key(at - 1)
        free = beside or before in _FREE_AFTER
        if not (free or linked or before in ("the", "la", "el")):
            return None
        near = self._names.nearest(t, at) if t.is_word(at) and key not in _LINKS | UNITS.keys() else None
        if near is not None:
            return _linked(near)
        end = self._free_end(at, subject=subject) if free or before == "the" else None
        closes = end == len(t) or (end is not None and t.key(end) in _CLOSES)
        if end is not None and (free or closes):  # "section 5, the Companies Act" is a citation only alone
            return LinkedLaw(LawLink.UNKNOWN, at, end)
        dotted = t.key(at + 1) == "." and t.is_glued(at + 2)  # "D.F.L.", not the "d" of "d'application"
        return self._unknown(at, linked=linked, beside=beside) if key not in _LINKS or dotted else None

    def _before(self, first: int) -> LinkedLaw | None:
        at, free = first, True
        for _ in range(5):
            mention = self._ending.get(at)
            if mention is not None:
                return _linked(mention)
            if free and (named := self._free_before(at, touching=at == first)) is not None:
                return named
            if (unknown := self._numbered_before(at)) is not None:
                return unknown
            if self._t.key(at - 1) not in _BEFORE:
                return None
            free = free and self._t.key(at - 1) in _FREE_BEFORE
            at -= 1
        return None

    def _free_end(self, at: int, *, subject: bool) -> int | None:
        """Past the name of a law that is not here, at `at` with no "of" before it."""
        end = free_end(self._t, at, subject=subject) if self._self_reference(at) is None else None
        return end if end is not None and not self._overlaps(at, end) else None

    def _free_before(self, last: int, *, touching: bool) -> LinkedLaw | None:
        """The law whose name ends before `last`: one of the corpus with a slip in it, or one that is not here."""
        start = free_start(self._t, last, touching=touching)
        if start is None or self._overlaps(start, last) or self._self_reference(start) is not None:
            return None
        near = self._names.nearest(self._t, start)
        return _linked(near) if near is not None and near.last == last else LinkedLaw(LawLink.UNKNOWN, start, last)

    def _overlaps(self, first: int, last: int) -> bool:
        """Whether two tokens share a name of a law of the corpus; the "CE" of "95/46/CE" is none."""
        for at in range(first, last):
            ending = self._ending.get(at + 1)
            if (at in self._starting and self._t.key(at - 1) != "/") or (ending is not None and ending.first < first):
                return True
        return False

    def _numbered_before(self, last: int) -> LinkedLaw | None:
        """The act that ends before `last` with its number and is not here: "Ley 20.394, artículo 5"."""
        if not self._t.is_number(last - 1):
            return None
        for first in range(last - 2, max(last - 12, -1), -1):
            head = self._t.key(first) in HEADS_ES or self._t.key(first) in ACT_INITIALS
            end = first + 1 if head else initials_end(self._t, first) or first
            if end > first and end < last and past_act_number(self._t, end) == last:
                return LinkedLaw(LawLink.UNKNOWN, first, last)
        return None

    def _belongs_to_next(self, mention: LawMention, *, linked: bool) -> bool:
        """As in "Article 5, GDPR Article 6": the name stands directly before the next reference."""
        at = mention.last + (self._t.key(mention.last) in (",", ":"))
        return not linked and self._t.key(mention.first - 1) in (",", "and", "va", "y") and self._t.key(at) in UNITS

    def _closing(self, at: int) -> int | None:
        """The end of a remark in brackets that names no law: "section 24 (protection of personal data) of ..."."""
        if self._free_end(at + 1, subject=False) is not None:
            return None
        for end in range(at + 1, min(at + 20, len(self._t))):
            if end in self._starting or self._self_reference(end) is not None:
                return None
            if self._t.key(end) in (")", "]"):
                return end if end - at > 1 else None
        return None

    def _self_reference(self, at: int) -> LinkedLaw | None:
        """As "this Regulation", "luật đó"; and what "la citada" stands before: "la citada Ley Orgánica 6/1985"."""
        t = self._t
        if (end := head_end_vietnamese(t, at)) is not None:
            return self._vietnamese_self(at, end)
        key = t.key(at)
        if key not in THIS and key not in SAME:
            return None
        if (mention := self._starting.get(at + 1)) is not None:
            return _linked(mention)
        end = at + 1
        while t.key(end) in QUALIFIERS:
            end += 1
        if t.key(end) in HEADS_ES and key in SAME:
            name_end = spanish_end(t, end + 1)
            if name_end is not None:
                return LinkedLaw(LawLink.UNKNOWN, at, name_end)
        if t.key(end) in HEADS_EN or t.key(end) in HEADS_ES:
            return LinkedLaw(LawLink.THIS if key in THIS else LawLink.SAME, at, end + 1)
        return None

    def _vietnamese_self(self, at: int, end: int) -> LinkedLaw | None:
        t = self._t
        if t.key(end) == "nay":
            return LinkedLaw(LawLink.THIS, at, end + 1)
        if t.key(end) in ("do", "ay", "tren") and t.raw(end).lower() in ("do", "đó", "ay", "ấy", "tren", "trên"):
            return LinkedLaw(LawLink.SAME, at, end + 1)
        return LinkedLaw(LawLink.SAME, at, end + 2) if t.keys[end : end + 2] == ("noi", "tren") else None

    def _unknown(self, at: int, *, linked: bool, beside: bool) -> LinkedLaw | None:
        """The name of a law that the corpus does not hold, or "the Act" alone, which is the one spoken of."""
        t = self._t
        if (start := head_end_vietnamese(t, at)) is not None:
            end = vietnamese_end(t, start)
            return None if end is None else LinkedLaw(LawLink.UNKNOWN, at, end)
        start = at
        while t.key(start) in QUALIFIERS:
            start += 1
        if t.key(start) in HEADS_ES and (linked or beside or t.key(at - 1) in ("la", "el")):
            return _named_or_same(at, start + 1, spanish_end(t, start + 1))
        if t.key(start) in HEADS_EN and linked:
            return _named_or_same(at, start + 1, english_end(t, start))
        if linked and t.is_word(at) and (end := titled_end(t, at)) is not None:
            return LinkedLaw(LawLink.UNKNOWN, at, end)
        if (beside or linked) and (end := initials_end(t, at)) is not None:
            return LinkedLaw(LawLink.UNKNOWN, at, past_act_number(t, end))
        return None


def _named_or_same(first: int, bare: int, end: int | None) -> LinkedLaw:
    """The law that is named up to `end`, or by its kind alone, which ends at `bare`: the one spoken of."""
    return LinkedLaw(LawLink.SAME, first, bare) if end is None else LinkedLaw(LawLink.UNKNOWN, first, end)


def _linked(mention: LawMention) -> LinkedLaw:
    link = LawLink.NAMED if mention.laws else LawLink.UNKNOWN
    return LinkedLaw(link, mention.first, mention.last, mention.laws)
