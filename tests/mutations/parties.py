"""Swaps of who: one party put for another, or two of a sentence exchanged."""

import random
import re
from collections.abc import Iterator

from tests.mutations.figures import Swap

_EN = [("organisation", "organisations"), ("individual", "individuals"), ("controller", "controllers"),
       ("processor", "processors"), ("data subject", "data subjects"), ("provider", "providers"),
       ("deployer", "deployers"), ("importer", "importers"), ("distributor", "distributors"),
       ("supervisory authority", "supervisory authorities"), ("notified body", "notified bodies"),
       ("market surveillance authority", "market surveillance authorities"), ("Member State", "Member States"),
       ("data intermediary", "data intermediaries"), ("employee", "employees"), ("court", "courts"),
       ("lessee", "lessees"), ("master", "masters"), ("passenger", "passengers"), ("landlord", "landlords"),
       ("Commission", ""), ("Minister", ""), ("Board", ""), ("AI Office", ""), ("European Parliament", ""),
       ("Appeal Committee", ""), ("PDPC", ""), ("Harbour Office", "")]  # fmt: skip
_ES = {
    "m": ["Rey", "Gobierno", "Congreso", "Senado", "Presidente del Gobierno", "Tribunal Constitucional",
          "Defensor del Pueblo", "Ministerio Fiscal", "Tribunal de Cuentas", "Tribunal Supremo", "arrendador",
          "arrendatario", "trabajador", "empresario", "comprador", "vendedor", "propietario", "usufructuario", "deudor",
          "acreedor", "consumidor", "tutor", "donante", "donatario", "responsable del tratamiento",
          "encargado del tratamiento", "Juez", "Estado", "Consejo de Estado", "Congreso de los Diputados",
          "Consejo General del Poder Judicial", "mandante", "mandatario", "capitán", "pasajero",
          "Presidente del Congreso",
          "Consejo de Ministros", "Tribunal", "Fiscal General del Estado", "Presidente"],
    "f": ["empresa", "Junta de propietarios", "Agencia Española de Protección de Datos", "Corona",
          "autoridad laboral", "Oficina del Puerto"],
    "mp": ["españoles", "extranjeros", "trabajadores", "empresarios", "Diputados", "Senadores", "jueces", "herederos",
           "acreedores", "deudores", "propietarios", "consumidores", "padres"],
    "fp": ["Cortes Generales", "Cámaras", "Comunidades Autónomas"],
}  # fmt: skip
_VI = ["Tòa án", "Viện kiểm sát", "Chính phủ", "Quốc hội", "Thủ tướng Chính phủ", "Chủ tịch nước", "Thẩm phán",
       "Kiểm sát viên", "Ủy ban nhân dân cấp tỉnh", "Ủy ban nhân dân cấp huyện", "Ủy ban nhân dân cấp xã",
       "Bộ Công an", "Bộ Quốc phòng", "Bộ Tư pháp", "Bộ Thông tin và Truyền thông", "Bộ Y tế", "Bộ Tài chính",
       "Bộ Tài nguyên và Môi trường", "Bộ Nông nghiệp và Phát triển nông thôn", "Bộ Giáo dục và Đào tạo",
       "Bộ Văn hóa, Thể thao và Du lịch", "Bộ Ngoại giao", "người lao động", "người sử dụng lao động", "viên chức",
       "Trọng tài viên", "Hội đồng trọng tài", "Trung tâm trọng tài", "Hội thẩm nhân dân", "bên bán", "bên mua",
       "bên cho thuê", "bên thuê", "bên vay", "bên cho vay", "cơ quan đăng ký cư trú", "người giám hộ", "bên tặng cho",
       "người làm chứng", "bên bảo lãnh", "Mặt trận Tổ quốc Việt Nam", "Bộ trưởng Bộ Công an", "hướng dẫn viên du lịch",
       "nhà giáo", "người học", "thuyền trưởng", "hành khách", "Văn phòng Cảng", "Ủy ban thường vụ Quốc hội",
       "người khởi kiện", "người bị kiện", "bên nhận bảo đảm", "bên bảo đảm", "Chánh án Tòa án", "Thư ký Tòa án",
       "Hội đồng xét xử", "công dân", "Kiểm toán nhà nước", "khách du lịch"]  # fmt: skip
_GROUPS = {
    "en": [[s for s, p in _EN if p], [p for _, p in _EN if p], [s for s, p in _EN if not p]],
    "es": list(_ES.values()),
    "vi": [_VI],
}
_SAME = {"PDPC": "Commission", "Presidente": "Presidente del Gobierno"}
_NAMES = {lang: {name.casefold(): name for group in groups for name in group} for lang, groups in _GROUPS.items()}
_ANY = {
    lang: re.compile(rf"(?<!\w)(?:{'|'.join(sorted(names, key=len, reverse=True))})(?!\w)", re.IGNORECASE)
    for lang, names in _NAMES.items()
}
_JOINED = re.compile(r"^\W*(?:and|or|y|o|e|u|và|hoặc|với|with|con|,|;|\s)*\W*$")
_ACTS = re.compile(
    r"\b(?:shall|must|may|can|podrá|deberá|puede|debe|nombra|propone|responde|phải|có quyền|có trách nhiệm|"
    r"có nghĩa vụ|được|\w+ará|\w+erá|\w+irá)\b"
)
_PART_OF_NAME = re.compile(
    r"\b(?:of|of the|of an?|de|de las?|de los|del|Former|trung ương|Bộ trưởng|Chánh án|Viện trưởng|Chủ tịch)\s$"
)


def parties(text: str, lang: str) -> list[tuple[int, int, str]]:
    """The parties of the table that a text names, the longest name where several begin at one place."""
    return [(m.start(), m.end(), _NAMES[lang][m[0].casefold()]) for m in _ANY[lang].finditer(text)]


def party_swaps(sentence: str, law: str, lang: str, known: frozenset[str], chance: random.Random) -> Iterator[Swap]:
    """A party put for another, one that the law knows (`known`) and the article cited does not; or two exchanged."""
    named = parties(sentence, lang)
    for start, end, name in named:
        if sum(n == name for *_, n in named) != 1 or _PART_OF_NAME.search(sentence[:start]):
            continue
        if name.casefold() not in law.casefold() and _SAME.get(name, name).casefold() not in law.casefold():
            continue
        group = next(g for g in _GROUPS[lang] if name in g)
        own = {w for _, _, n in named for w in n.casefold().split()} if lang != "vi" else set()
        free = [
            other
            for other in group
            if not re.search(rf"(?<!\w){re.escape(other.split()[0] if lang == 'es' else other)}", law, re.IGNORECASE)
            and _SAME.get(other, other).casefold() not in law.casefold()
            and not own & set(other.casefold().split())
            and other[0].isupper() == name[0].isupper()
            and other in known
        ]
        if free:
            other = chance.choice(free)
            yield Swap("party", "foreign", _rename(sentence, start, end, other, lang), f"the law cited has no {other}")
            break
    yield from _exchanged(sentence, law, lang, named)


def _exchanged(sentence: str, law: str, lang: str, named: list[tuple[int, int, str]]) -> Iterator[Swap]:
    if len(named) != 2 or named[0][2] == named[1][2]:
        return
    if any(_PART_OF_NAME.search(sentence[:start]) and lang == "vi" for start, *_ in named):
        return
    (s1, e1, first), (s2, e2, second) = named
    group = next(g for g in _GROUPS[lang] if first in g)
    between = sentence[e1:s2]
    same_case = first[0].isupper() == second[0].isupper()
    held = first.casefold() in law.casefold() and second.casefold() in law.casefold()
    if second not in group or _JOINED.match(between) or not _ACTS.search(between) or not held or not same_case:
        return
    if re.search(r"\b(?:entre|between|giữa|nhau|each other|mutua)\b", sentence):
        return
    mutated = _rename(_rename(sentence, s2, e2, first, lang), s1, e1, second, lang)
    folded = " ".join(law.split()).casefold()
    if mutated.rstrip(".").casefold() not in folded:
        yield Swap("party", "exchanged", mutated, f"the law cited has {first!r} and {second!r} the other way round")


def _rename(sentence: str, start: int, end: int, name: str, lang: str) -> str:
    if sentence[start].isupper() and not name[0].isupper():
        name = name[0].upper() + name[1:]
    before = sentence[:start]
    if lang == "en":
        before = re.sub(r"\b([Aa])n? $", lambda m: m[1] + ("n " if name[0].lower() in "aeio" else " "), before)
    return before + name + sentence[end:]
