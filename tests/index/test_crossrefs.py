"""References from one article to another: small laws by hand, and the labels of two real corpora."""

import gzip
import json
import os
import re
import tomllib
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest

from index.aliases import LawNames
from index.article_numbers import NumberedArticles
from index.articles import Article, ArticleVersion, Law
from index.crossrefs import cross_references
from index.importers.jsonl import ArticleLines
from index.structure import article_label, parse_provisions

DATA = Path(os.environ.get("LEXCITE_DATA", Path(__file__).parents[3] / "shared" / "data"))
real_law = pytest.mark.skipif(not DATA.is_dir(), reason=f"no law at {DATA}: set LEXCITE_DATA to the folder of corpora")

LAWS = {
    "91/2015/QH13": Law(id="91/2015/QH13", title="Bộ luật Dân sự 2015", lang="vi"),
    "45/2013/QH13": Law(id="45/2013/QH13", title="Luật Đất đai 2013", lang="vi"),
    "32016R0679": Law(id="32016R0679", title="General Data Protection Regulation (GDPR)", lang="en"),
    "L39": Law(id="L39", title="Ley 39/2015, de 1 de octubre, del Procedimiento Administrativo Común", lang="es"),
    "PDPA2012": Law(id="PDPA2012", title="Personal Data Protection Act 2012", lang="en"),
}
LABELS = {
    "91/2015/QH13": [f"Điều {n}" for n in range(1, 31)],
    "45/2013/QH13": [f"Điều {n}" for n in range(1, 31)],
    "32016R0679": [f"Article {n}" for n in range(1, 31)],
    "L39": [f"Artículo {n}" for n in range(1, 31)],
    "PDPA2012": ["PDPA s.5(1)", "PDPA s.5(2)", "PDPA s.6(0)", "PDPA s.7(1)"],
}
ARTICLES = {
    law: [Article(f"{law}#{at}", law, label, article_label(label)[1]) for at, label in enumerate(labels, 1)]
    for law, labels in LABELS.items()
}
NAMES = LawNames(LAWS)
NUMBERS = NumberedArticles(LAWS, ARTICLES.__getitem__)


def references(law, at, text):
    """(words, target, path) of every reference in a text that is put into the at-th article of a law."""
    article = ARTICLES[law][at - 1]
    lang = LAWS[law].lang
    version = ArticleVersion(article.id, article.id, "", text, lang)
    provisions = parse_provisions(text, lang=lang, version_id=version.id)
    found = cross_references(article, version, provisions, names=NAMES, numbers=NUMBERS)
    return [(text[r.start : r.end], r.article_id, r.path) for r in found]


def test_an_unnamed_law_and_this_law_are_the_articles_own():
    assert references("91/2015/QH13", 3, "Theo Điều 7 và khoản 2 Điều 8 của Luật này.") == [
        ("Điều 7", "91/2015/QH13#7", ()),
        ("khoản 2 Điều 8", "91/2015/QH13#8", ("2",)),
    ]


def test_another_law_is_followed_where_the_corpus_holds_it():
    text = "Theo điểm a khoản 1 Điều 9 Luật Đất đai và Điều 5 của Luật Thủ đô."
    assert references("91/2015/QH13", 3, text) == [("điểm a khoản 1 Điều 9", "45/2013/QH13#9", ("1", "a"))]


def test_places_in_the_same_article_are_found_from_where_the_text_stands():
    text = (
        "1. Quy định chung.\n2. Các trường hợp sau:\na) Trường hợp một;\nb) Theo điểm a khoản này và khoản 1 Điều này."
    )
    assert references("91/2015/QH13", 3, text) == [
        ("điểm a khoản này", "91/2015/QH13#3", ("2", "a")),
        ("khoản 1 Điều này", "91/2015/QH13#3", ("1",)),
    ]


def test_points_without_a_clause_belong_to_the_clause_around_them():
    text = "1. The following apply:\n(a) one;\n(b) two, subject to point (a).\n2. Point (b) of paragraph 1 applies."
    assert references("32016R0679", 6, text) == [
        ("point (a)", "32016R0679#6", ("1", "a")),
        ("Point (b) of paragraph 1", "32016R0679#6", ("1", "b")),
    ]


def test_neighbours_are_counted_in_the_order_of_the_law():
    text = "En los casos del artículo anterior y del apartado 2 del artículo siguiente."
    assert references("L39", 10, text) == [
        ("artículo anterior", "L39#9", ()),
        ("apartado 2 del artículo siguiente", "L39#11", ("2",)),
    ]
    assert references("L39", 1, "Véase el artículo anterior.") == []


def test_a_range_refers_to_every_article_in_it():
    targets = [target for _, target, _ in references("32016R0679", 1, "Articles 12 to 15 apply.")]
    assert targets == ["32016R0679#12", "32016R0679#13", "32016R0679#14", "32016R0679#15"]


def test_sections_given_row_by_row_are_found_by_subsection():
    text = "Subject to subsection (2) and section 6, an organisation mentioned in section 7(1)(b) may act."
    assert references("PDPA2012", 1, text) == [
        ("subsection (2)", "PDPA2012#2", ()),
        ("section 6", "PDPA2012#3", ()),
        ("section 7(1)(b)", "PDPA2012#4", ("b",)),
    ]


@pytest.mark.parametrize(
    ("law", "text"),
    [
        ("32016R0679", "Article 5 of Directive 95/46/EC and Article 16 TFEU apply."),
        ("32016R0679", "The requirements of Section 2 of this Chapter apply."),
        ("32016R0679", "Article 99 applies."),
        (
            "91/2015/QH13",
            "Sửa đổi, bổ sung khoản 3 Điều 6 như sau:\n“3. Theo quy định tại Điều 7 và khoản 2 Điều này.”",
        ),
        ("L39", "Uno. Se modifica el artículo 5, que queda redactado del siguiente modo:"),
        ("PDPA2012", "under section 6 of the consumer protection ( fair trading ) act 2003"),
    ],
)
def test_what_another_law_says_is_no_reference_to_this_one(law, text):
    assert references(law, 1, text) == []


# --- against labels -----------------------------------------------------------------------------------------------


def vietnamese_scores():
    """Labels, labels found, extras: over the four laws of raw/vi."""
    laws, articles, clauses = {}, defaultdict(dict), []
    for path in sorted((DATA / "raw" / "vi").glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as text:
            law = json.load(text)
        law_id = law["law_info"]["law_id"]
        title = re.sub(r" \(Văn bản.*", "", law["law_info"]["law_name"])
        laws[law_id] = Law(id=law_id, title=title, lang="vi")
        for clause in law["clauses"]:
            number = str(clause["position"]["article"])
            article_id = f"{law_id}_D{number}"
            articles[law_id][article_id] = Article(article_id, law_id, f"Điều {number}", number)
            clauses.append((articles[law_id][article_id], clause))
    names = LawNames(laws)
    numbers = NumberedArticles(laws, lambda law: tuple(articles[law].values()))
    labels = hits = extras = 0
    for article, clause in clauses:
        text = unicodedata.normalize("NFC", clause["content"])
        version = ArticleVersion(article.id, article.id, "", text, "vi")
        provisions = parse_provisions(text, lang="vi", version_id=version.id)
        found = cross_references(article, version, provisions, names=names, numbers=numbers)
        wanted = [re.fullmatch(r"(.*_D\w+?)(?:_K(\w+))?", x["target_id"]).groups() for x in clause["cross_references"]]
        labels += len(wanted)
        hits += sum(any(_meets(r, *label) for r in found) for label in wanted)
        extras += sum(not any(_meets(r, *label) for label in wanted) for r in found)
    return labels, hits, extras


def _meets(reference, article_id, clause):
    return reference.article_id == article_id and (not clause or reference.path[:1] == (clause,))


@pytest.mark.real_law
@real_law
def test_recall_of_the_vietnamese_labels():
    labels, hits, extras = vietnamese_scores()
    print(f"raw/vi: {hits} of {labels} labelled references found (recall {hits / labels:.4f}), {extras} unlabelled")  # noqa: T201
    assert labels == 553
    assert hits / labels >= 0.98


def pdpa_scores(corrections=None):
    """Right, found, labelled: over the rows of en_pdpa, as citations like "26C(3)(a)"."""
    path = DATA / "corpora" / "en_pdpa.articles.jsonl.gz"
    corpus = ArticleLines().read(path)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        labels = {row["id"]: {_bare(label) for label in row["references"]} for row in map(json.loads, lines)}
    laws = {law.id: law for law in corpus.laws}
    articles = {article.id: article for article in corpus.articles}
    names, numbers = LawNames(laws), NumberedArticles(laws, lambda _: corpus.articles)
    rows = defaultdict(set)
    for article in corpus.articles:
        rows[article.number.split("(")[0]].add(article.id)
    right = found = labelled = 0
    for version in corpus.versions:
        article = articles[version.article_id]
        own = _bare(article.label)
        wanted = labels[article.id]
        wanted = (wanted - _corrected(corrections, "wrong", article.id)) | _corrected(
            corrections, "missing", article.id
        )
        provisions = parse_provisions(version.text, lang="en", version_id=version.id)
        spans = defaultdict(list)
        for reference in cross_references(article, version, provisions, names=names, numbers=numbers):
            spans[reference.start, reference.end].append(reference)
        got = set()
        for references in spans.values():
            section = articles[references[0].article_id].number.split("(")[0]
            if len(references) > 1 and {r.article_id for r in references} == rows[section]:
                got.add(section)  # a whole section, which the corpus gives row by row
            else:
                got |= {_bare(articles[r.article_id].number) + "".join(f"({p})" for p in r.path) for r in references}
        got.discard(own)
        right, found, labelled = right + len(got & wanted), found + len(got), labelled + len(wanted)
    return right, found, labelled


def _corrected(corrections, kind, row):
    """The labels of one row that the file calls wrong, or missing; none without the file."""
    return {label for entry in (corrections or {}).get(kind, ()) for at, label in entry["labels"] if at == row}


def _bare(label):
    return label.removeprefix("PDPA s.").removesuffix("(0)")


@pytest.mark.real_law
@real_law
def test_scores_against_the_labels_of_the_singapore_act_as_given_and_corrected():
    corrections = tomllib.loads(Path(__file__).with_name("pdpa_reference_corrections.toml").read_text("utf-8"))
    given, corrected = pdpa_scores(), pdpa_scores(corrections)
    for name, (right, found, labelled) in (("as given", given), ("corrected", corrected)):
        print(f"en_pdpa {name}: precision {right / found:.4f}, recall {right / labelled:.4f} of {labelled} labels")  # noqa: T201
    assert given[0] / given[2] >= 0.8
    assert given[0] / given[1] >= 0.9
    assert corrected[0] / corrected[2] >= 0.98
    assert corrected[0] / corrected[1] >= 0.97
