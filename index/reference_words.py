"""The vocabulary of references: words for articles, clauses and points, and what stands between them, folded.

Folded as `reference_tokens.fold` does: lower case, no diacritics. One table serves all languages, because a question in
one language often cites the law of another.
"""

from index.articles import ArticleKind
from index.reference_tokens import word_set

SUBPOINT, POINT, SUBPARAGRAPH, NUMBER, CLAUSE, ARTICLE = range(6)


def _each(level: int, words: str) -> dict[str, int]:
    return dict.fromkeys(sorted(word_set(words)), level)


def _kinds(kind: ArticleKind, words: str) -> dict[str, ArticleKind]:
    return dict.fromkeys(sorted(word_set(words)), kind)


# Word -> level. The inner levels nest in this order in every language here.
UNITS: dict[str, int] = {
    **_each(ARTICLE, "article articles art arts articulo articulos artikel artikeln artikels dieu"),
    **_each(ARTICLE, "section sections sec secs s ss §"),
    **_each(
        CLAUSE, "khoan paragraph paragraphs para paras subsection subsections subsec apartado apartados apdo apdos"
    ),
    **_each(CLAUSE, "ap absatz absatze absatzes absatzen abs paragraphe paragraphes clause clauses"),
    **_each(NUMBER, "numero numeros num nums numeral numerales nr nummer ordinal ordinales"),
    **_each(SUBPARAGRAPH, "subparagraph subparagraphs parrafo parrafos inciso incisos alinea alineas doan"),
    **_each(POINT, "diem point points letra letras lit litera buchst buchstabe buchstaben item items"),
    **_each(SUBPOINT, "tiet guion guiones indent indents"),
}
# Words of other languages too, or of everyday speech: units only where a bracket or a point follows.
SHORTENED = word_set("para paras ap")
PLURALS = word_set(
    "articles arts articulos artikeln sections secs ss paragraphs paras subsections apartados apdos paragraphes clauses"
    " subparagraphs parrafos incisos points letras numeros items annexes anexos schedules disposiciones"
    " secciones recitals considerandos"
)
ENGLISH_ARTICLES = word_set("article articles section sections sec secs s ss")
SPANISH_ARTICLES = word_set("articulo articulos art arts")
SPANISH_SECTIONS = word_set("seccion secciones")  # parts of a chapter, but of a law divided into sections its articles
SECTION_WORDS = word_set("section sections sec secs s ss") | SPANISH_SECTIONS
# Mistyped often enough to be worth one edit.
MISTYPED = ("article", "articles", "articulo", "articulos", "section", "sections")
MISTYPED_AS = word_set("artical articals artickle artickles")  # more than one edit, and common

ANNEXES: dict[str, ArticleKind] = {
    **_kinds(ArticleKind.ANNEX, "annex annexes annexe anexo anexos anlage anhang appendix"),
    **_kinds(ArticleKind.SCHEDULE, "schedule schedules"),
    **_kinds(ArticleKind.PREAMBLE, "recital recitals considerando considerandos erwagungsgrund erwagungsgrunde"),
}
PROVISION_KINDS: dict[str, ArticleKind] = {
    **_kinds(ArticleKind.ADDITIONAL, "adicional adicionales adic"),
    **_kinds(ArticleKind.TRANSITIONAL, "transitoria transitorias trans transit"),
    **_kinds(ArticleKind.REPEALING, "derogatoria derogatorias derog"),
    **_kinds(ArticleKind.FINAL, "final finales fin"),
}
PROVISION_INITIALS = {
    "da": ArticleKind.ADDITIONAL, "dt": ArticleKind.TRANSITIONAL, "dd": ArticleKind.REPEALING, "df": ArticleKind.FINAL,
}  # fmt: skip

# In the order in which a law counts them.
LATIN_IN_ORDER = (
    "bis", "ter", "quater", "quinquies", "sexies", "septies", "octies", "nonies", "decies", "undecies", "duodecies",
    "terdecies", "quaterdecies", "quindecies", "quinquiesdecies", "sexdecies", "sexiesdecies", "septdecies",
    "septiesdecies", "octodecies", "octiesdecies", "novodecies", "noniesdecies", "vicies", "unvicies", "duovicies",
    "tervicies", "quatervicies", "quinvicies", "sexvicies", "septvicies", "octovicies", "novovicies", "tricies",
)  # fmt: skip
LATIN = {word: word for word in LATIN_IN_ORDER} | {
    "ctodecies": "octodecies",
    "ctiesdecies": "octiesdecies",
    "ctovicies": "octovicies",  # as some sources print them
    "quinques": "quinquies",
    "quinque": "quinquies",
    "novies": "nonies",
    "cuater": "quater",
    "cuarter": "quater",
}

AND = word_set("and or & y e o u va hoac hay cung et ou und oder")
TO = word_set("- – — to through a al hasta den toi")
OF = word_set("of de del cua thuoc des du der von in tai trong")
ARTICLES_BEFORE = word_set("the la el los las le les al au aux en por con segun cac nhung ca tu from a")
NUMBER_SIGNS = word_set("no n num numero number numbers so nr º ° nos")
ORDINAL_SIGNS = frozenset("ºª°")
# After these, the number counted things and was no second member of a list of articles.
MEASURES = word_set(
    "nam ngay thang tuan gio phut trieu ty ti dong nghin tuoi nguoi lan muc % € $ £ days day months month years year"
    " weeks hours hour minutes employees people persons euros euro eur usd dollars percent dias dia meses mes anos ano"
    " semanas horas personas euro trabajadores employees million billion millones mil"
)
# What may follow a number that is one common word ("Điều hai", "article one"), beside marks, capitals and the end.
AFTER_WORD_NUMBER = word_set(
    "cua luat bo quy noi la ghi trong theo va hoac khoan diem co o tai de del of in under say says state states provide"
    " provides and or dice establece regula y o gdpr rgpd"
)

# Before the word they count: "first paragraph", "segundo párrafo".
ORDINALS = word_set(
    "first second third fourth fifth sixth seventh eighth ninth tenth primer primero primera segundo segunda tercer"
    " tercero tercera cuarto cuarta quinto quinta sexto sexta septimo septima octavo octava noveno novena decimo decima"
)

THIS = word_set("this present presente presentes este esta estos estas")
SAME = word_set("esa ese aquella aquel same said that mismo misma dicho dicha citado citada referido referida")
PREVIOUS_BEFORE = word_set("preceding previous")
PREVIOUS_AFTER = word_set("anterior precedente")
NEXT_AFTER = word_set("siguiente")

HEADS_EN = word_set(
    "act law regulation regulations code directive decree constitution statute ordinance decision treaty convention"
    " charter rules protocol order"
)
HEADS_ES = word_set(
    "ley codigo reglamento decreto constitucion estatuto directiva tratado convenio carta orden decision"
)
HEADS_VI = word_set("luat nghi phap hien thong bo")  # with their second syllable, see VIETNAMESE_HEADS
VIETNAMESE_HEADS = (
    ("bo", "luat"), ("luat",), ("nghi", "dinh"), ("nghi", "quyet"), ("phap", "lenh"), ("hien", "phap"),
    ("thong", "tu"), ("thong", "tu", "lien", "tich"), ("quyet", "dinh"),
)  # fmt: skip
VIETNAMESE_THIS = word_set("nay")
VIETNAMESE_SAME = word_set("do tren ay")
# "Điều 5 luật quy định": the verb of the sentence, no name of a law.
VIETNAMESE_VERBS = word_set("quy noi ghi la co ve va thi nao gi cho phap dinh nhu")
