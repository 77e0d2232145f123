"""Which law a reference means: the name beside it, "this law", the same law, or a law that is not here."""

from dataclasses import dataclass
from enum import StrEnum

from index.act_names import ACT_INITIALS
from index.aliases import LawMention, LawNames
from index.provision_labels import past_number_signs
from index.reference_tokens import Tokens, word_set
from index.reference_words import HEADS_EN, HEADS_ES, SAME, THIS, UNITS, VIETNAMESE_HEADS, VIETNAMESE_VERBS

_LINKS = word_set(
    "of the de del la el los las l d cua trong tai thuoc theo in under from , ( [ \" “ « ' ’ s - – — : van ban"
    " des du der des dem new nuevo nueva mien moi current currently vigente actual old former revised amended"
    " eu european union ue europeo europea so texto refundido"
)
_OF = word_set("of de del cua thuoc des du der d in trong tai under")
_BEFORE = word_set(
    ", : ( [ \" “ « ) ] ” » ' ’ s - – — tai o trong theo noi in its en su el la los las the that que quy dinh"
)
_NAME_GOES_ON = word_set("of on and the for to in de del la las los y e sobre para en")
_BEFORE_NAMES = word_set("of in under en segun to theo trong tai o de del")
_QUALIFIERS = word_set("organica legislativo real general implementing delegated council")


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
        after = self._after(last)
        if after is not None:
            return after
        return self._before(first) or NO_LAW

    def unknown_name(self) -> LinkedLaw | None:
        """The first law that a text speaks from and the corpus does not hold: "In the Clean Air Act, ..."."""
        t = self._t
        inside = {at for mention in self.mentions for at in range(mention.first, mention.last)}
        for at in range(1, len(t)):
            before = at - 2 if t.key(at - 1) in ("the", "la", "el", "los", "las", "cua") else at - 1
            if t.is_capital(at) and at not in inside and t.key(before) in _BEFORE_NAMES and not _is_initials(t.raw(at)):
                unknown = self._unknown(at, linked=True, beside=False)
                if unknown is not None and unknown.link is LawLink.UNKNOWN and not inside & {*range(at, unknown.last)}:
                    return unknown
        return None

    def _after(self, last: int) -> LinkedLaw | None:
        t, at, linked, steps = self._t, last, False, 0
        while steps < 9 and at < len(t):
            steps += 1
            mention = self._starting.get(at)
            if mention is not None and not self._belongs_to_next(mention, linked=linked):
                return _linked(mention)
            if (self_reference := self._self_reference(at)) is not None:
                return self_reference
            key = t.key(at)
            if key in ("(", "[") and (closing := self._closing(at)) is not None:
                at = closing + 1
                continue
            if at == last or linked or t.key(at - 1) in ("the", "la", "el", ","):
                near = self._names.nearest(t, at) if t.is_word(at) and key not in _LINKS | UNITS.keys() else None
                if near is not None:
                    return _linked(near)
                dotted = t.key(at + 1) == "." and t.is_glued(at + 2)  # "D.F.L.", not the "d" of "d'application"
                if (key not in _LINKS or dotted) and (
                    unknown := self._unknown(at, linked=linked, beside=at == last)
                ) is not None:
                    return unknown
            if key not in _LINKS:
                return None
            linked = linked or key in _OF
            at += 1
        return None

    def _before(self, first: int) -> LinkedLaw | None:
        at = first
        for _ in range(5):
            mention = self._ending.get(at)
            if mention is not None:
                return _linked(mention)
            if (unknown := self._numbered_before(at)) is not None:
                return unknown
            if self._t.key(at - 1) not in _BEFORE:
                return None
            at -= 1
        return None

    def _numbered_before(self, last: int) -> LinkedLaw | None:
        """The act that ends before `last` with its number and is not here: "Ley 20.394, artículo 5"."""
        if not self._t.is_number(last - 1):
            return None
        for first in range(last - 2, max(last - 12, -1), -1):
            head = self._t.key(first) in HEADS_ES or self._t.key(first) in ACT_INITIALS
            end = first + 1 if head else self._initials_end(first) or first
            if end > first and end < last and self._past_number(end) == last:
                return LinkedLaw(LawLink.UNKNOWN, first, last)
        return None

    def _belongs_to_next(self, mention: LawMention, *, linked: bool) -> bool:
        """As in "Article 5, GDPR Article 6": the name stands directly before the next reference."""
        at = mention.last + (self._t.key(mention.last) in (",", ":"))
        return not linked and self._t.key(mention.first - 1) in (",", "and", "va", "y") and self._t.key(at) in UNITS

    def _closing(self, at: int) -> int | None:
        """The end of a remark in brackets that names no law: "section 24 (protection of personal data) of ..."."""
        for end in range(at + 1, min(at + 20, len(self._t))):
            if end in self._starting or self._self_reference(end) is not None:
                return None
            if self._t.key(end) in (")", "]"):
                return end if end - at > 1 else None
        return None

    def _self_reference(self, at: int) -> LinkedLaw | None:
        """As "this Regulation", "luật đó"; and what "la citada" stands before: "la citada Ley Orgánica 6/1985"."""
        t = self._t
        for head in VIETNAMESE_HEADS:
            if t.keys[at : at + len(head)] == head:
                return self._vietnamese_self(at, at + len(head))
        key = t.key(at)
        if key not in THIS and key not in SAME:
            return None
        if (mention := self._starting.get(at + 1)) is not None:
            return _linked(mention)
        end = at + 1
        while t.key(end) in _QUALIFIERS:
            end += 1
        if t.key(end) in HEADS_ES and key in SAME:
            named = self._unknown_spanish(at, end + 1)
            if named.link is LawLink.UNKNOWN:
                return named
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
        for head in VIETNAMESE_HEADS:
            if t.keys[at : at + len(head)] == head:
                return self._unknown_vietnamese(at, at + len(head))
        start = at
        while t.key(start) in _QUALIFIERS:
            start += 1
        if t.key(start) in HEADS_ES and (
            linked
            or beside
            or t.key(at - 1) in ("la", "el")
            or (t.key(at - 1) == "," and self._past_number(start + 1) > start + 1)  # "artículo 5, Ley 20.394"
        ):
            return self._unknown_spanish(at, start + 1)
        if t.key(start) in HEADS_EN and linked:
            return self._unknown_english(at, start)
        if linked and t.is_word(at) and (end := self._english_name_end(at)) is not None:
            return LinkedLaw(LawLink.UNKNOWN, at, end)
        if (beside or linked) and (end := self._initials_end(at)) is not None:
            return LinkedLaw(LawLink.UNKNOWN, at, self._past_number(end))
        return None

    def _unknown_vietnamese(self, at: int, start: int) -> LinkedLaw | None:
        t = self._t
        if not (t.is_word(start) or t.is_number(start)) or t.key(start) in VIETNAMESE_VERBS | UNITS.keys():
            return None
        end = start
        while end - start < 10 and (
            t.is_word(end) or t.is_number(end) or (t.key(end) in ("/", "-") and t.is_glued(end))
        ):
            if t.key(end) in UNITS or (end > start and t.key(end) in VIETNAMESE_VERBS):
                break
            end += 1
        return LinkedLaw(LawLink.UNKNOWN, at, end)

    def _unknown_spanish(self, at: int, start: int) -> LinkedLaw:
        t = self._t
        end = self._past_number(start)
        while end - start < 12 and (
            t.key(end) in _NAME_GOES_ON or t.is_capital(end) or t.is_number(end)
            or (t.key(end) in ("/", "-") and t.is_glued(end))
            or t.key(end - 1) in ("de", "del", "sobre", "para") or t.key(end) in _QUALIFIERS
        ):  # fmt: skip
            if not t.key(end):
                break
            end += 1
        while end > start and t.key(end - 1) in _NAME_GOES_ON:
            end -= 1
        return LinkedLaw(LawLink.UNKNOWN if end > start else LawLink.SAME, at, end)

    def _past_number(self, at: int) -> int:
        """Past the number of an act, with its sign and year: "N.º 20.393", "3/2018"; `at` where none stands."""
        t = self._t
        end = past_number_signs(t, at)
        if not t.is_number(end):
            return at
        end += 1
        while t.key(end) in (".", "/", "-") and t.is_glued(end) and t.is_glued(end + 1) and t.is_number(end + 1):
            end += 2
        return end

    def _initials_end(self, at: int) -> int | None:
        """Past "TFEU", or past "D.F.L.": single capitals with points between them, two at least; None for neither."""
        t, end = self._t, at
        if not (len(t) > 8 and t.text.isupper()) and _is_initials(t.raw(at)) and t.key(at) not in UNITS:
            return at + 1
        while t.is_capital(end) and len(t.raw(end)) == 1 and t.key(end + 1) == "." and t.is_glued(end + 1):
            end += 2
            if not t.is_glued(end):
                break
        return end if end - at >= 4 else None

    def _unknown_english(self, at: int, start: int) -> LinkedLaw:
        """From the head word on: "Directive 95/46/EC", "Regulation (EU) 2018/1725", "the Treaty on European Union"."""
        t = self._t
        following = start + 1
        if t.key(following) == "(" and t.key(following + 2) == ")":
            following += 3
        if t.is_number(following) or (
            t.key(following) in ("of", "on", "no", "concerning") and t.is_capital(following + 1)
        ):
            end = following + 1
            while end - start < 16 and (
                t.is_capital(end) or t.is_number(end) or t.key(end) in ("/", "of", "and", "on")
            ):
                end += 1
            return LinkedLaw(LawLink.UNKNOWN, at, end)
        return LinkedLaw(LawLink.SAME, at, start + 1)

    def _english_name_end(self, at: int) -> int | None:
        """Past "Companies Act 1967", "Clean Air Act": capitals and small words up to a word for a law."""
        t = self._t
        for end in range(at + 1, min(at + 12, len(t))):
            if t.is_capital(end) and t.key(end) in HEADS_EN:
                return end + 2 if t.is_number(end + 1) and len(t.raw(end + 1)) == 4 else end + 1
            if (
                not t.is_capital(end)
                and t.key(end) not in _NAME_GOES_ON
                and t.key(end) not in ("(", ")", ",", "'", "’", "s")
            ):
                break
        for end in range(at + 1, min(at + 12, len(t) - 1)):  # a source in lower case: sure only with the year
            if t.key(end) in HEADS_EN and t.is_number(end + 1) and len(t.raw(end + 1)) == 4:
                return end + 2
            if not t.is_word(end) and t.key(end) not in ("(", ")", ","):
                break
        return None


def _linked(mention: LawMention) -> LinkedLaw:
    link = LawLink.NAMED if mention.laws else LawLink.UNKNOWN
    return LinkedLaw(link, mention.first, mention.last, mention.laws)


def _is_initials(raw: str) -> bool:
    """As in "TFEU", "BGB", "LECrim": two capitals at least, no Roman numeral."""
    return 2 <= len(raw) <= 9 and raw.isalpha() and raw[:2].isupper() and any(letter not in "IVXLCM" for letter in raw)
