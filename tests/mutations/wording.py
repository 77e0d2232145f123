"""Swaps of what is said: negation in or out, one modality for another.

Each rule asks that the sentence be plain enough for the swap to turn it round: one negation to take out, none where one
is put in, the verb of the main clause, and a law cited that does not itself say the mutated words.
"""

import random
import re
from collections.abc import Iterator

from tests.mutations.figures import Swap

_NEGATIVES = {
    "en": r"\b(?:not|no|never|nor|neither|unless|without|except|cannot|none|nothing|only|n't)\b",
    "es": r"\b(?:no|ni|nunca|nadie|ning[úu]n\w*|sin|salvo|excepto|tampoco|jamás|nada|sino|sólo|solo|solamente)\b",
    "vi": r"\b(?:không|chưa|chẳng|trừ|ngoại trừ|chỉ|nghiêm cấm|cấm|đừng)\b",
}
_SUBORDINATE = {
    "en": r"\b(?:if|where|when|which|that|who|whose|whom|as|because|while|until|before|after|whether|unless)\b",
    "es": r"\b(?:que|si|cuando|quien|quienes|cual|cuales|cuyo|cuya|donde|como|porque|mientras|hasta|siempre)\b",
    "vi": r"\b(?:nếu|khi|mà|để|trường hợp|do|theo|nơi|người|bị)\b",
}
_INSERT = {  # verbs of a main clause: (pattern, what stands there negated)
    "en": (
        (r"\b(is|are|was|were|will)\b(?! not)", r"\1 not"),
        (r"\bhas (?=the right|the power|a duty)", "does not have "),
        (r"\bhave (?=the right|the power|a duty)", "do not have "),
        (r"\bapplies\b", "does not apply"),
        (r"\b(shall|must)\b(?! not)", r"\1 not"),
    ),
    "es": (
        (r"\b(se (?:aplicará|aplicarán|aplica|aplican|considera|consideran|reconoce|reconocen|garantiza|podrán?|"
         r"regularán?|ejercerán?|extiende|entenderán?|extinguen?|deberán?|requiere|exige|requerirá|"
         r"admitirán?|presumen?))\b", r"no \1"),
        (r"(?<!se )(?<!le )(?<!les )(?<!lo )\b(es|son|será|serán|está|están|estará|estarán|tiene|tienen|tendrá|tendrán|"
         r"corresponde|corresponderá|garantiza|garantizará|garantizarán|prescribe|procede|constituye|goza|gozan|"
         r"comprende|queda|quedan|quedará|quedarán|responde|responderá|obliga|exige|reconoce|requiere|deberá|deberán|"
         r"debe|deben|incluye|protege|asegurará|promoverá|promoverán|dictará|nombrará|autorizará)\b", r"no \1"),
    ),
    "vi": (
        (r"\b(có quyền|có trách nhiệm|có nghĩa vụ|bao gồm|(?<!trực )thuộc|chịu trách nhiệm|(?<!điều kiện )cần)\b",
         r"không \1"),
        (r"(?<!hoặc )(?<!tức )(?<!gọi )(?<!coi )(?<!nhau )(?<!phải )\blà (?!đúng|người|việc|\d)", "không phải là "),
        (r"(?<!không )(?<!bên )(?<!trái )\bphải\b(?! là)", "không phải"),
    ),
}  # fmt: skip
_REMOVE = {
    "en": (
        (r"\b(is|are|was|were|shall|must|will|may) not(?! only| later| more| less| exceed| fewer|\w)", r"\1"),
        (r"\b(do|does) not (?!have|apply|need|require|list|state|specify|set|define|say|mention)(?=\w)",
         r"\1 "),
        (r"\bdoes not apply", "applies"), (r"\bdo not apply", "apply"), (r"\bdoes not have", "has"),
        (r"\bdoes not require", "requires"), (r"\bcannot\b", "can"),
        (r"\bwithout (?=undue delay|delay|the consent|consent|charge|reasonable excuse)", "with "),
    ),
    "es": (
        (r"\bno ((?:se |le |les |lo )?(?:\w+(?:á|án|ía|ían)|es|son|está|están|tiene|tienen|puede|pueden|debe|deben|"
         r"procede|cabe|impide|impedirá|requiere|haya|sea|sean|exista|hubiere|alcance|pueda|puedan|exime|afecta))\b",
         r"\1"),
        (r"\bsin (?=autorización|consentimiento|el consentimiento|orden|dilación)", "con "),
    ),
    "vi": (
        (r"(?<!hàng )(?<!mà )(?<!hay )(?<!nếu )(?<!hoặc )\bkhông (?!thể|gian|khí|quá|chỉ|những|ít|dưới|trên|phải|được|"
         r"hay|may|còn|gây|làm|trái|hợp|đúng|đầy|chuyên|thường|thời hạn|bao gồm cả)(?=\w)", ""),
        (r"\bkhông phải (?=là )", ""), (r"\bkhông phải (?!là|do|của|vì)", "phải "), (r"\bkhông được\b", "được"),
        (r"\bkhông thể\b", "có thể"),
    ),
}  # fmt: skip
_MODAL = {
    "en": (
        (r"\b(?:shall|must) not\b", ("may", "is free to")),
        (r"\bmay not\b(?! be| have| qualify| apply)", ("may", "must")),
        (r"\bmay\b(?! not| be| have| amount| only| qualify| apply)", ("must", "must not", "may not")),
        (r"\bmay\b(?= be| have)", ("must", "may not")),
        (r"\b(?:shall|must)\b(?! not)", ("may", "must not", "need not")),
        (r"\bcan\b(?! be| no| have)", ("must", "cannot")), (r"\bcannot\b", ("can", "must")),
        (r"\bhas the right to\b", ("has the duty to",)), (r"\bis required to\b", ("is free to",)),
        (r"\bneed not\b", ("must",)), (r"\bshould\b(?! not)", ("should not",)),
    ),
    "es": (
        (r"\b[Nn]o (podrá|podrán|puede|pueden|podrían)\b", (r"\1",)),
        (r"\b[Nn]o (deberá|deberán|debe|deben)\b", (r"\1",)),
        *(
            (rf"(?<!no )\b(se )?{modal}\b", (rf"\1{other}", rf"no \1{prohibited}"))
            for modal, other, prohibited in (
                ("podrá", "deberá", "podrá"), ("podrán", "deberán", "podrán"), ("deberá", "podrá", "podrá"),
                ("deberán", "podrán", "podrán"), ("puede", "debe", "puede"), ("pueden", "deben", "pueden"),
                ("debe", "puede", "debe"), ("deben", "pueden", "deben"),
            )
        ),
        (r"\btienen derecho a\b", ("tienen la obligación de",)), (r"\btiene derecho a\b", ("tiene la obligación de",)),
    ),
    "vi": (
        (r"\bkhông được\b(?! phép)", ("được", "phải")), (r"\bđược (?:phép|quyền)\b", ("không được", "phải")),
        (r"(?<!không )(?<!bên )(?<!trái )\bphải\b(?! là| được)", ("được", "có thể", "không được")),
        (r"\bcó thể\b", ("phải", "không được")), (r"\b(?<!không )có quyền\b", ("phải", "không được")),
        (r"\b(?:có trách nhiệm|có nghĩa vụ)\b(?! trong| với| đối với)", ("có quyền", "không được")),
        (r"(?<!có )(?<!đạt )(?<!nhận )(?<!thu )(?<!không )(?<!chưa )(?<!mà )\bđược\b"
         r"(?! phép| quyền| không| coi| gọi| hiểu)", ("không được",)),
    ),
}  # fmt: skip
_ANY_MODAL = {
    "en": r"\b(?:shall|must|may|can|cannot|need not|should)\b",
    "es": r"\b(?:podrán?|deberán?|pueden?|deben?|podrían?)\b",
    "vi": r"\b(?:phải|không được|có thể|có quyền|được phép|được quyền|có trách nhiệm|có nghĩa vụ)\b",
}
_SAID_BY_LAW = {  # what a law that permits, and a law that binds, must hold in some word
    "en": (
        r"\b(?:may|can|power|powers|entitled|discretion|right|rights)\b",
        r"\b(?:must|shall|required|duty|obliged)\b",
    ),
    "vi": (r"\b(?:được|quyền|có thể)\b", r"\b(?:phải|trách nhiệm|nghĩa vụ|không được|cấm)\b"),
}
_PERMITS = re.compile(r"^(?:may|can|has the right to|có thể|có quyền|được)", re.IGNORECASE)
_BOTH_WAYS = re.compile(
    r"quyền,? (?:và|hoặc) (?:nghĩa vụ|trách nhiệm)|quyền, nghĩa vụ|nhiệm vụ, quyền hạn|quyền, trách"
)


def wording_swaps(sentence: str, law: str, lang: str, chance: random.Random) -> Iterator[Swap]:
    """Swaps of negation and modality whose words the law cited does not hold."""
    folded = " ".join(law.casefold().split())
    yield from _negations(sentence, folded, lang)
    yield from _modalities(sentence, folded, lang, chance)


def _negations(sentence: str, law: str, lang: str) -> Iterator[Swap]:
    negatives = len(re.findall(_NEGATIVES[lang], sentence, re.IGNORECASE))
    for pattern, new in _INSERT[lang] if negatives == 0 else ():
        put = _main_verb(sentence, law, lang, pattern, new)
        if put is not None:
            yield Swap("negation", "inserted", put, "the law cited says it without the negation")
            return
    for pattern, new in _REMOVE[lang] if negatives == 1 else ():
        taken = _one_place(sentence, law, pattern, new)
        if taken is not None:
            yield Swap("negation", "removed", taken, "the law cited says it with the negation")
            return


def _modalities(sentence: str, law: str, lang: str, chance: random.Random) -> Iterator[Swap]:
    modals = re.findall(_ANY_MODAL[lang], sentence, re.IGNORECASE)
    if len(modals) > 1 or (lang == "vi" and _BOTH_WAYS.search(law)):
        return
    negated = re.search(_NEGATIVES[lang], sentence, re.IGNORECASE) is not None
    for pattern, others in _MODAL[lang]:
        found = re.search(pattern, sentence, re.IGNORECASE)
        options = [o for o in others if not (negated and ("no " in o or "not" in o or "không" in o))]
        if found is None or not options:
            continue
        chance.shuffle(options)
        for other in options[:2] if _law_speaks_so(found[0], law, lang) else ():
            changed = _one_place(sentence, law, pattern, other)
            if changed is not None:
                how = f"{found[0].casefold()} > " + other.replace(r"\1", "")
                yield Swap("modality", how, changed, f"the law cited says {found[0]!r}")
        return


def _law_speaks_so(modal: str, law: str, lang: str) -> bool:
    """Whether the law permits anywhere, where the sentence does, or binds, where the sentence does."""
    if lang not in _SAID_BY_LAW:
        return True  # Spanish law binds by the bare future, which no word tells
    permits, binds = _SAID_BY_LAW[lang]
    return re.search(permits if _PERMITS.match(modal) else binds, law) is not None


def _main_verb(sentence: str, law: str, lang: str, pattern: str, new: str) -> str | None:
    """With the verb of the main clause negated: the first match, and nothing subordinate before it."""
    found = re.search(pattern, sentence)
    if found is None or re.search(_SUBORDINATE[lang], sentence[: found.start()], re.IGNORECASE):
        return None
    return _replaced(sentence, found, new, law)


def _one_place(sentence: str, law: str, pattern: str, new: str) -> str | None:
    found = list(re.finditer(pattern, sentence, re.IGNORECASE))
    return _replaced(sentence, found[0], new, law) if len(found) == 1 else None


def _replaced(sentence: str, found: re.Match[str], new: str, law: str) -> str | None:
    """The sentence with the match replaced; None where the law has the new words before the same next words."""
    put = found.expand(new.replace(r"\1", r"\g<1>")) if found.re.groups and found[1] else new.replace(r"\1", "")
    if found[0][:1].isupper() and put:
        put = put.capitalize()
    rest = sentence[found.end() :]
    next_words = " ".join(rest.split()[:2]).casefold().rstrip(".,;:")
    said = " ".join(f"{put} {next_words}".casefold().split())
    if re.search(rf"(?<!not )(?<!no )(?<!không ){re.escape(said)}", law) or not next_words:
        return None
    mutated = sentence[: found.start()] + put + rest
    if not put:
        mutated = sentence[: found.start()] + rest
    return mutated[:1].upper() + mutated[1:] if sentence[:1].isupper() else mutated
