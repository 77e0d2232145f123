"""A small answer with everything in it, made by hand."""

from generation.answer import Answer, Citation, Mode, Outcome, Receipt, Sentence, SentenceState
from index.articles import Article, ArticleVersion, Law, Passage
from retrieval.search import Hit

LAW = Law(
    id="tenancy", title="Tenancy Act <b>2001</b>", lang="en", jurisdiction="XX", source="https://law.example/tenancy"
)
ARTICLE = Article(id="tenancy#a7", law_id="tenancy", label="Article 7", number="7")
TEXT = "1. A deposit is returned within 30 days.\n2. Interest <script>alert(1)</script> is due after that."
VERSION = ArticleVersion(
    id="tenancy#a7",
    article_id="tenancy#a7",
    heading="Deposits & interest",
    text=TEXT,
    lang="en",
    source="https://law.example/tenancy?a=7&x=1",
)
QUOTE = TEXT[3:40]


def hit(**changes) -> Hit:
    fields = {
        "rank": 1,
        "score": 0.75,
        "law": LAW,
        "article": ARTICLE,
        "version": VERSION,
        "passage": Passage(VERSION.id, 0, len(TEXT)),
        "dense": 0.8,
        "lexical": None,
    }
    return Hit(**{**fields, **changes})


CITATION = Citation(
    number=1,
    law_id=LAW.id,
    law=LAW.title,
    article_id=ARTICLE.id,
    version_id=VERSION.id,
    article="Article 7",
    provision="Article 7(1)",
    quote=QUOTE,
    start=3,
    end=40,
    url=VERSION.source,
)


def answer(**changes) -> Answer:
    fields = {
        "question": "When is my deposit returned?",
        "understood_as": "When is my deposit returned?",
        "outcome": Outcome.ANSWERED,
        "mode": Mode.VERBATIM,
        "degraded": (),
        "message": "",
        "sentences": (Sentence(QUOTE, (1,), SentenceState.SUPPORTED),),
        "citations": (CITATION,),
        "hits": (hit(),),
        "receipt": Receipt("r1", "f1", "", "", "2026-11-22T00:00:00+00:00", (("retrieval", 0.01),)),
        "notice": "This is the text of the law, not legal advice.",
        "lang": "en",
    }
    return Answer(**{**fields, **changes})
