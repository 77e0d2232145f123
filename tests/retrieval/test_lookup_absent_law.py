"""An exact reference to a law that the corpus does not hold, asked of a corpus of one law that has such an article."""

import pytest

from index.articles import Article, ArticleVersion, Law
from index.structure import article_label
from retrieval.lookup import Found, Lookup, UnknownLaw

LAWS = {
    "en": ("32016R0679", "General Data Protection Regulation (GDPR)", "Article"),
    "es": ("BOE-A-1978-31229", "Constitución Española", "Artículo"),
    "vi": ("91/2015/QH13", "Bộ luật Dân sự 2015", "Điều"),
}


def only(lang):
    law, title, word = LAWS[lang]
    labels = [f"{word} {n}" for n in range(1, 90)]
    articles = [Article(f"{law}#{one}", law, one, article_label(one)[1], article_label(one)[0]) for one in labels]
    return Lookup(
        laws={law: Law(id=law, title=title, lang=lang)},
        articles=lambda _: articles,
        versions=lambda a: (ArticleVersion(a, a, "", "The keeper locks the gate.", lang),),
        provisions=lambda _: (),
    )


ONLY = {lang: only(lang) for lang in LAWS}

ABSENT = {
    "en": [
        ("section 5, Clean Air Act 1956", "Clean Air Act 1956"),
        ("section 5 Clean Air Act 1956", "Clean Air Act 1956"),
        ("section 5, clean air act 1956", "clean air act 1956"),
        ("What does section 5, Clean Air Act say?", "Clean Air Act"),
        ("s. 5 (Companies Act 2006)", "Companies Act 2006"),
        ("section 5 of the CA 2006", "CA 2006"),
        ("s.5, CA 2006", "CA 2006"),
        ("Article 5, Directive 95/46/EC", "Directive 95/46/EC"),
        ("Article 5 directive 95/46/ec", "directive 95/46/ec"),
        ("Article 5, Council Directive 93/13/EEC", "Council Directive 93/13/EEC"),
        ("Articles 5 to 7, Regulation (EU) 2018/1725", "Regulation (EU) 2018/1725"),
        ("Article 5 of Regulation (EC) No 45/2001", "Regulation (EC) No 45/2001"),
        ("Article 6, TFEU", "TFEU"),
        ("Article 6 TFEU", "TFEU"),
        ("Article 6 (TFEU)", "TFEU"),
        ("article 6 of the tfeu", "tfeu"),
        ("Article 5 of the ECHR", "ECHR"),
        ("What does Article 5, ECHR say?", "ECHR"),
        ("Article 6, Treaty on European Union", "Treaty on European Union"),
        ("Article 6, the Treaty on European Union", "Treaty on European Union"),
        ("Article 6 of the Treaty on the Functioning of the European Union",
         "Treaty on the Functioning of the European Union"),
        ("Article 6, EU Charter", "EU Charter"),
        ("Article 6 of Rome I", "Rome I"),
        ("Article 6, Rome I Regulation", "Rome I Regulation"),
        ("Section 5, ePrivacy Directive", "ePrivacy Directive"),
        ("§ 5, BGB", "BGB"),
        ("Clean Air Act 1956, section 5", "Clean Air Act 1956"),
        ("the Clean Air Act's section 5", "Clean Air Act"),
        ("Directive 95/46/EC, Article 5", "Directive 95/46/EC"),
        ("TFEU Article 6", "TFEU"),
        ("In the TFEU, what does Article 6 say?", "TFEU"),
        ("In the UK GDPR, what does Article 5 say?", "UK GDPR"),
        ("artículo 5, Código Penal", "Código Penal"),
        ("Điều 5, Luật Đất đai 2013", "Luật Đất đai 2013"),
    ],
    "es": [
        ("artículo 5, Ley 99/1999", "Ley 99/1999"),
        ("artículo 5, Ley de Aguas", "Ley de Aguas"),
        ("artículo 5 (Ley de Aguas)", "Ley de Aguas"),
        ("artículo 5, código penal", "código penal"),
        ("artículo 5 código penal", "código penal"),
        ("artículo 5, Estatuto de los Trabajadores", "Estatuto de los Trabajadores"),
        ("art. 5, LEC", "LEC"),
        ("art 5 lecrim", "lecrim"),
        ("art. 5, RDL 5/2000", "RDL 5/2000"),
        ("artículo 5, Real Decreto-ley 5/2010", "Real Decreto-ley 5/2010"),
        ("artículo 5, Directiva 95/46/CE", "Directiva 95/46/CE"),
        ("artículo 5, TFUE", "TFUE"),
        ("artículo 5 del CEDH", "CEDH"),
        ("artículo 5, Convenio Europeo de Derechos Humanos", "Convenio Europeo de Derechos Humanos"),
        ("Código Penal, artículo 5", "Código Penal"),
        ("Ley de Aguas, artículo 5", "Ley de Aguas"),
        ("Según la LEC, artículo 5", "LEC"),
        ("Điều 5, BLHS 2015", "BLHS 2015"),
    ],
    "vi": [
        ("Điều 5, Luật Đất đai 2013", "Luật Đất đai 2013"),
        ("Điều 5 Luật Đất đai", "Luật Đất đai"),
        ("Điều 5 (Luật Đất đai 2013)", "Luật Đất đai 2013"),
        ("Điều 5 - Luật Đất đai 2013", "Luật Đất đai 2013"),
        ("dieu 5, luat dat dai 2013", "luat dat dai 2013"),
        ("khoản 1, Điều 5, Luật Đất đai 2013", "Luật Đất đai 2013"),
        ("Điều 5, BLHS", "BLHS"),
        ("điều 5 blhs", "blhs"),
        ("Điều 5, BLTTHS năm 2015", "BLTTHS năm 2015"),
        ("Điều 5, Nghị định 15/2020/NĐ-CP", "Nghị định 15/2020/NĐ-CP"),
        ("Luật Đất đai 2013, điều 5 quy định gì?", "Luật Đất đai 2013"),
        ("Luật Đất đai Điều 5", "Luật Đất đai"),
        ("BLHS, Điều 5", "BLHS"),
        ("BLDS 2005 Điều 5", "BLDS 2005"),
        ("Article 5, Directive 95/46/EC", "Directive 95/46/EC"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "question", "name"), [(lang, *case) for lang, cases in ABSENT.items() for case in cases]
)
def test_the_only_law_never_answers_for_one_that_is_not_here(lang, question, name):
    for previous_law in (None, LAWS[lang][0]):
        results = ONLY[lang].look_up(question, previous_law=previous_law).results
        assert [(type(result), result.name) for result in results] == [(UnknownLaw, name)]


OWN = {
    "en": [
        "Under Article 5, NGOs may complain",
        "Under Article 5, may NGOs complain?",
        "Under Article 5, Directive holders may complain",
        "Under Article 5, the Commission Regulation applies",
        "Article 6, EU companies",
        "Article 33 IT systems",
        "Article 35 DPIA",
        "Article 37, DPO",
        "Article 83, EUR 20 million",
        "Article 5, which implements Directive 95/46/EC",
        "What does Article 5 say about the Clean Air Act?",
        "What Does Article 5 Say About The Law?",
        "WHAT DOES ARTICLE 6 SAY",
        "WHAT IS ARTICLE 5",
        "Article 5: Code of conduct",
        "I work at IBM, Article 5 is what I need",
        "As a DPO, Article 37",
        "this Regulation, Article 5",
        "EU Regulation, Article 5",
        "Article 5, General Data Protecton Regulation",
        "General Data Protecton Regulation, Article 5",
        "Article 5 GDPR, TFEU",
    ],
    "es": [
        "Según el artículo 5, ley que se aprobó",
        "Según el artículo 5, la ley es clara",
        "Según el artículo 5, Código y ley",
        "Según el artículo 14, Real decreto es necesario",
        "según el artículo 9, CCAA pueden legislar",
        "soy de UGT, artículo 28",
        "la presente Ley Orgánica, artículo 5",
        "Constitución Espanloa, artículo 5",
    ],
    "vi": [
        "Theo Điều 5, luật quy định gì?",
        "Điều 5, Luật sư có quyền gì?",
        "Điều 5 luật sư có quyền gì?",
        "Theo Điều 5, UBND xã có quyền gì?",
        "Bộ luật này, Điều 5",
        "pháp luật Việt Nam, Điều 5",
        "theo quy định của luật khác, Điều 5",
        "Quyết định sa thải, Điều 5",
        "Bộ luật Dân sụ 2015, Điều 5",
    ],
}


@pytest.mark.parametrize(("lang", "question"), [(lang, question) for lang, asked in OWN.items() for question in asked])
def test_what_only_looks_like_a_law_leaves_the_article_to_the_law_there_is(lang, question):
    assert [type(result) for result in ONLY[lang].look_up(question).results] == [Found]


def test_a_law_named_first_outweighs_the_turn_before_within_its_sentence():
    (result,) = ONLY["en"].look_up("In the Clean Air Act, what does Article 5 say?", previous_law="32016R0679").results
    assert isinstance(result, UnknownLaw)
    later = "It was so in the Clean Air Act. And what does Article 5 say?"
    (result,) = ONLY["en"].look_up(later, previous_law="32016R0679").results
    assert isinstance(result, Found)
