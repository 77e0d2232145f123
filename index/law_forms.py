"""How the names of laws are formed: what in a text is one, though no law of the corpus is called so.

Every function takes a token and gives the token after the name that begins there, or None where none does.
"""

from index.act_names import ACT_INITIALS
from index.provision_labels import past_number_signs
from index.reference_tokens import Tokens, word_set
from index.reference_words import (
    ARTICLE,
    HEADS_EN,
    HEADS_ES,
    MEASURES,
    SAME,
    THIS,
    UNITS,
    VIETNAMESE_HEADS,
    VIETNAMESE_VERBS,
)

QUALIFIERS = word_set("organica legislativo real general implementing delegated council")
_NAME_GOES_ON = word_set("of on and the for to in de del la las los y e sobre para en")
_OF_ES = word_set("de del sobre reguladora")
_CODES_ES = word_set(
    "civil penal mercantil tributario procesal laboral electoral aduanero militar"
)  # in lower case too
_SURE_ES = word_set("ley codigo reglamento estatuto")  # in lower case: "ley de aguas", never "orden de alejamiento"
# Words that no name of a law holds: where one stands before "Act", that is a sentence.
_SENTENCE = word_set(
    "this these that those such each any what which who how when where why if is are was be do does did can could must"
    " may might shall should will would not we you he she they it under as but or about no yes say says said state"
    " states stated provide provides mean means apply applies see show quote compare cite read give tell explain"
    " according pursuant"
)
# Laws that everyone calls by their initials: these are read as such in lower case and wherever they stand.
_FAMILIAR = word_set(
    "tfeu cfreu echr tfue cedh cdfue gdpr rgpd dsgvo pdpa ccpa hipaa stgb blds blhs blld bltths blttds lopj lecrim"
)
_FAMILIAR_SHORT = word_set("teu tue bgb zpo lec lau")  # in capitals only
# Initials beside an article that are no law: states and unions, bodies, roles, and capitals for stress.
_NO_LAWS = (
    MEASURES
    | _SENTENCE
    | word_set(
        "eu ue us usa uk un onu ec ai ia it ict hr dpo dpia edpb eea ngo ong sme pyme vat iva irpf ubnd hdnd tnhh tand"
        " vksnd ccaa aapp aepd boe que dice only and or"
    )
)
_ENDS = frozenset('?!.;:,)]”»"')
_ASKS = word_set("say says state states provide provides dice establece dispone regula preve quy noi ghi")
_BEFORE_INITIALS = word_set('the la el in under del segun theo trong cua ( [ " “ « . ? !')
_NO_LAW_VI = word_set("su gia khac lien dinh le hoc nao minh")  # "luật sư" is a lawyer
_SENTENCE_MARKS = frozenset("?!;:.")
_ROMES = word_set("rome roma brussels bruselas")
_ROMAN = word_set("i ia ii iia iib iii iv")
_LEADS = word_set("tai trong theo o cua")  # what leads from a law to its article, and is no part of its name
_HEADS = HEADS_EN | HEADS_ES | {head[0] for head in VIETNAMESE_HEADS}
_ARTICLE_WORDS = {word for word, level in UNITS.items() if level == ARTICLE} - {"s", "ss"}  # "the People's Act"
_KINDS = word_set("law act rules order decision regulation regulations directive")
_WHOSE = word_set("eu european union national federal commission council member states uk us")
_YEAR = 4  # digits
_LONGEST = 14  # tokens of a name


def head_end_vietnamese(t: Tokens, at: int) -> int | None:
    """Past "Bộ luật", "Nghị định"."""
    return next((at + len(head) for head in VIETNAMESE_HEADS if t.keys[at : at + len(head)] == head), None)


def vietnamese_end(t: Tokens, start: int) -> int | None:
    """Past what follows "Luật": "Đất đai 2013", "15/2020/NĐ-CP"; None where it is no name."""
    if not (t.is_word(start) or t.is_number(start)) or t.key(start) in VIETNAMESE_VERBS | _NO_LAW_VI | UNITS.keys():
        return None
    end = start
    while end - start < 10 and (t.is_word(end) or t.is_number(end) or (t.key(end) in ("/", "-") and t.is_glued(end))):
        if t.key(end) in UNITS or (end > start and t.key(end) in VIETNAMESE_VERBS):
            break
        end += 1
    return end


def spanish_end(t: Tokens, start: int) -> int | None:
    """Past what follows "Ley": "Orgánica 6/1985", "de Aguas"; None where the word stands alone."""
    end = past_act_number(t, _past_decree_law(t, start))
    if t.key(start) in _CODES_ES and t.key(start - 1) == "codigo":
        end = start + 1
    while end - start < 12 and (
        t.key(end) in _NAME_GOES_ON or t.is_capital(end) or t.is_number(end)
        or (t.key(end) in ("/", "-") and t.is_glued(end))
        or t.key(end - 1) in ("de", "del", "sobre", "para") or t.key(end) in QUALIFIERS
    ):  # fmt: skip
        if not t.key(end) or t.key(end) in _ARTICLE_WORDS:
            break
        end += 1
    while end > start and t.key(end - 1) in _NAME_GOES_ON:
        end -= 1
    return end if end > start else None


def _past_decree_law(t: Tokens, at: int) -> int:
    """Past the "-ley" of "Decreto-ley 5/2010"; `at` where it is none."""
    end = at + (t.key(at) == "-")
    return end + 1 if t.key(at - 1) == "decreto" and t.key(end) == "ley" else at


def english_end(t: Tokens, start: int) -> int | None:
    """Past "Directive 95/46/EC", "Regulation (EU) 2018/1725", "Treaty on European Union", the head word at `start`."""
    following = start + 1
    if t.key(following) == "(" and t.key(following + 2) == ")":
        following += 3
    if (end := past_act_number(t, following)) > following:
        while t.key(end) == "/" and t.is_glued(end) and t.is_glued(end + 1):
            end += 2
        return past_year(t, end + 1) if t.key(end) == "of" and past_year(t, end + 1) > end + 1 else end
    named = following + 1 + (t.key(following + 1) == "the")
    if t.key(following) not in ("of", "on", "concerning") or not t.is_capital(named):
        return None
    end = named + 1
    while end - start < 16 and (t.is_capital(end) or t.is_number(end) or t.key(end) in ("/", "of", "and", "on", "the")):
        if t.key(end) in _ARTICLE_WORDS:
            break
        end += 1
    while t.key(end - 1) in ("of", "and", "on", "the"):
        end -= 1
    return end


def titled_end(t: Tokens, at: int, *, free: bool = False) -> int | None:
    """Past "Companies Act 1967", "Clean Air Act": capitals and small words up to a word for a law.

    In lower case only with the year. `free` where no "of" stands before it, so that a sentence may begin there.
    """
    inside = ("(", ")", "'", "’", "s") if free else ("(", ")", ",", "'", "’", "s")
    last = min(at + 12, len(t))
    capitals = not free or t.is_capital(at) or t.raw(at)[1:2].isupper()  # "ePrivacy Directive"
    for end in range(at + 1, last if capitals else at):
        if free and t.key(end) in _SENTENCE | _ARTICLE_WORDS:
            return None
        if t.is_capital(end) and t.key(end) in HEADS_EN:
            past = (_numbered_end(t, end) if free else None) or past_year(t, end + 1)
            return None if free and past == end + 1 and _is_any(t, at, end) else past
        if not t.is_capital(end) and t.key(end) not in _NAME_GOES_ON and t.key(end) not in inside:
            break
    for end in range(at + 1, last):
        if t.key(end) in HEADS_EN and past_year(t, end + 1) > end + 1:
            return end + 2
        if not t.is_word(end) and t.key(end) not in inside[:3]:
            break
        if free and t.key(end) in _SENTENCE | _ARTICLE_WORDS:
            return None
    return None


def _is_any(t: Tokens, at: int, head: int) -> bool:
    """Whether any law of the kind is meant: "EU law", "Commission Regulation"; not the "EU Charter"."""
    return t.key(head) in _KINDS and all(t.key(word) in _WHOSE for word in range(at, head))


def initials_end(t: Tokens, at: int) -> int | None:
    """Past "TFEU", "Rome I", or past "D.F.L.": single capitals with points between them, two at least."""
    if (end := familiar_end(t, at)) is not None:
        return end
    shouted = len(t) > 8 and t.is_shouted
    if not shouted and is_initials(t.raw(at)) and t.key(at) not in UNITS.keys() | _NO_LAWS:
        return at + 1
    end = at
    while t.is_capital(end) and len(t.raw(end)) == 1 and t.key(end + 1) == "." and t.is_glued(end + 1):
        end += 2
        if not t.is_glued(end):
            break
    return end if end - at >= 4 else None


def is_initials(raw: str) -> bool:
    """As in "TFEU", "BGB", "LECrim": two capitals at least, no Roman numeral."""
    return 2 <= len(raw) <= 9 and raw.isalpha() and raw[:2].isupper() and any(letter not in "IVXLCM" for letter in raw)


def familiar_end(t: Tokens, at: int) -> int | None:
    """Past the short name of a law that everyone calls so: "TFEU", in lower case too; "Rome I"."""
    if t.key(at) in _FAMILIAR or (t.key(at) in _FAMILIAR_SHORT and t.raw(at).isupper()):
        return at + 1
    return at + 2 if t.key(at) in _ROMES and t.key(at + 1) in _ROMAN and t.is_capital(at + 1) else None


def past_act_number(t: Tokens, at: int) -> int:
    """Past the number of an act, with its sign and year: "N.º 20.393", "3/2018"; `at` where none stands."""
    end = past_number_signs(t, at)
    if not t.is_number(end):
        return at
    end += 1
    while t.key(end) in (".", "/", "-") and t.is_glued(end) and t.is_glued(end + 1) and t.is_number(end + 1):
        end += 2
    return end


def past_year(t: Tokens, at: int) -> int:
    """Past a year, "2015" or "năm 2015"; `at` where none stands."""
    year = at + (t.key(at) == "nam")
    return year + 1 if t.is_number(year) and len(t.raw(year)) == _YEAR else at


def free_end(t: Tokens, at: int, *, subject: bool = False) -> int | None:
    """Past a name that stands without "of", as after a comma or in brackets: "section 5, Clean Air Act 1956".

    Only what has the form of a law's name: a sentence may go on there. Bare initials are a name where the citation
    ends with them ("Article 6, TFEU"), and where they are asked about, unless the reference begins a sentence whose
    `subject` they may be: "Under Article 5, NGOs may complain".
    """
    return (_named_end(t, at) or _free_initials(t, at, subject=subject)) if t.is_word(at) else None


def _named_end(t: Tokens, at: int) -> int | None:
    """Past a name of words or with a number, no initials."""
    if (start := head_end_vietnamese(t, at)) is not None:
        numbered = t.is_number(past_number_signs(t, start))
        return vietnamese_end(t, start) if numbered or t.key(at) != "quyet" else None  # "quyết định": any decision
    return _free_spanish(t, at) or _free_english(t, at)


def free_start(t: Tokens, last: int, *, touching: bool) -> int | None:
    """The first token of a name that ends before `last` as `free_end` reads it, the longest; None where none does.

    `touching` tells that the reference follows at once ("TFEU Article 6"), without a comma.
    """
    if last < 1 or t.has_break(last):
        return None
    for first in (last - 2, last - 1):  # "BLHS 2015", "TFEU"
        if first >= 0 and _ends_in_initials(t, first, last, touching=touching):
            return first
    if t.key(last - 1) in _LEADS:
        return None
    found = None
    for first in range(last - 1, max(last - _LONGEST, 0) - 1, -1):
        if t.key(first) in _SENTENCE_MARKS or t.has_break(first + 1):
            break
        begins = t.is_word(first) and (t.is_capital(first) or t.key(first) in _HEADS)
        if begins and t.key(first - 1) not in THIS | SAME | {"phap"} and _named_end(t, first) == last:
            found = first
    return found


def _ends_in_initials(t: Tokens, first: int, last: int, *, touching: bool) -> bool:
    """Whether bare initials, with a year or without, end before `last`, where a text names what it speaks of."""
    end = familiar_end(t, first)
    if end is not None and last in (end, past_year(t, end)):
        return True
    if t.is_shouted or not t.raw(first).isupper() or last not in (first + 1, past_year(t, first + 1)):
        return False
    begun = first < 2 or t.key(first - 2) in _SENTENCE_MARKS  # the capital before is that of the sentence
    opens = first == 0 or t.key(first - 1) in _BEFORE_INITIALS or (touching and (begun or not t.is_capital(first - 1)))
    return opens and initials_end(t, first) == first + 1


def _past_act(t: Tokens, at: int) -> int:
    """Past the number and year of an act, "5/2000"; `at` where none stands."""
    end = past_act_number(t, at)
    return end if "/" in t.keys[at:end] else at


def _numbered_end(t: Tokens, start: int) -> int | None:
    """As `english_end`, of a number only."""
    end = english_end(t, start)
    return end if end is not None and any(map(t.is_number, range(start + 1, end))) else None


def _free_spanish(t: Tokens, at: int) -> int | None:
    start = at
    while t.key(start) in QUALIFIERS:
        start += 1
    number = _past_decree_law(t, start + 1)
    numbered = past_act_number(t, number) > number
    if t.key(start) in ACT_INITIALS and t.is_capital(start) and numbered:
        return past_act_number(t, start + 1)
    if t.key(start) not in HEADS_ES:
        return None
    following = t.key(start + 1)
    named = (
        numbered
        or (t.is_capital(at) and (t.is_capital(start + 1) or following in QUALIFIERS))
        or (following in _OF_ES and (t.is_capital(at) or t.key(start) in _SURE_ES))
        or (following in _CODES_ES and t.key(start) == "codigo")
    )
    return spanish_end(t, start + 1) if named else None


def _free_initials(t: Tokens, at: int, *, subject: bool) -> int | None:
    if (end := familiar_end(t, at)) is not None:
        return max(past_year(t, end), past_act_number(t, end))
    end = initials_end(t, at)
    if end is None or not t.raw(at).isupper():
        return None
    numbered = max(past_year(t, end), _past_act(t, end))
    asked = t.key(end) in _ASKS and not subject
    return numbered if numbered > end or asked or t.key(end) in _ENDS or end == len(t) else None


def _free_english(t: Tokens, at: int) -> int | None:
    if t.key(at) in HEADS_EN:
        end = english_end(t, at)
        if end is not None and (t.is_capital(at) or "/" in t.keys[at:end]):
            return end
    if t.key(at) in _NAME_GOES_ON or t.key(at) in _SENTENCE:
        return None
    return titled_end(t, at, free=True)
