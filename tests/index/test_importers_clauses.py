import gzip
import json
import os
import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from index.articles import Status
from index.errors import CorpusError
from index.importers.registry import read_corpus

INFO = {
    "law_id": "LNC_2020",
    "law_name": "Luật Nuôi chó 2020",
    "document_number": "12/2020/QH14",
    "issue_date": "21/02/2020",
    "effective_date": "01/07/2020",
    "status": "Đang có hiệu lực",
}


def clause(article: object, number: int | None, content: str, *, title: str = "Dây xích", chapter: int = 1) -> dict:
    return {
        "id": f"LNC_2020_D{article}_K{number}",
        "position": {"chapter": chapter, "article": article, "article_title": title, "clause": number},
        "content": content,
    }


def write(tmp_path: Path, *clauses: object, **info: object) -> Path:
    path = tmp_path / "luat"
    path.write_text(json.dumps({"law_info": {**INFO, **info}, "clauses": list(clauses)}), encoding="utf-8")
    return path


def test_the_clauses_of_an_article_are_one_text_again(tmp_path):
    path = write(
        tmp_path,
        clause(1, 0, "Trong Luật này:"),
        clause(1, 1, "1.[2] Chó là chó."),
        clause(1, 2, "2. Mèo:\n\na) Đen;\n\nb) Trắng."),
        clause("83a", None, "Cá.", title="Cá[10]", chapter=2),
    )
    corpus = read_corpus([path])
    assert [(article.id, article.label, article.path) for article in corpus.articles] == [
        ("LNC_2020#a1", "Điều 1", ("Chương 1",)),
        ("LNC_2020#a83a", "Điều 83a", ("Chương 2",)),
    ]
    assert [(version.heading, version.text) for version in corpus.versions] == [
        ("Dây xích", "Trong Luật này:\n\n1. Chó là chó.\n\n2. Mèo:\n\na) Đen;\n\nb) Trắng."),
        ("Cá", "Cá."),
    ]


def test_a_law_is_valid_from_the_day_it_took_effect(tmp_path):
    corpus = read_corpus([write(tmp_path, clause(1, None, "Chó."))])
    (law,), (version,) = corpus.laws, corpus.versions
    assert (law.id, law.title, law.lang, law.jurisdiction, law.aliases) == (
        *("LNC_2020", "Luật Nuôi chó 2020", "vi", "VN", ("12/2020/QH14",)),
    )
    assert (law.adopted, law.in_force) == (date(2020, 2, 21), date(2020, 7, 1))
    assert (version.valid_from, version.status) == (date(2020, 7, 1), Status.IN_FORCE)


def test_a_consolidation_is_known_only_from_its_own_day(tmp_path):
    corpus = read_corpus([write(tmp_path, clause(1, None, "Chó."), document_number="45/VBHN-VPQH")])
    assert (corpus.laws[0].adopted, corpus.laws[0].in_force) == (None, date(2020, 7, 1))
    assert corpus.versions[0].valid_from == date(2020, 2, 21)


@pytest.mark.parametrize(
    ("clauses", "info", "message"),
    [
        ((), {}, "a list 'clauses' that is not empty"),
        ((clause(1, 1, "Chó."), clause(None, 2, "Mèo.")), {}, "clause 2: 'position' names no article"),
        ((clause(1, 1, "Chó."), clause(1, 2, " ")), {}, "clause 2: 'content' must be a text that is not empty"),
        ((clause(1, 1, "Chó."), "Mèo."), {}, "clause 2: needs the objects"),
        ((clause(1, 1, "Chó."),), {"issue_date": "31/02/2020"}, "'issue_date': '31/02/2020' is no date"),
        ((clause(1, 1, "Chó."),), {"law_id": None}, "law_info: 'law_id' must be a text"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(tmp_path, clauses, info, message):
    with pytest.raises(CorpusError) as caught:
        read_corpus([write(tmp_path, *clauses, **info)])
    assert message in str(caught.value)


@pytest.mark.real_law
def test_four_vietnamese_laws_keep_every_clause():
    data = Path(os.environ.get("LEXCITE_DATA", "../shared/data")) / "raw" / "vi"
    if not data.is_dir():
        pytest.skip(f"{data} is not there; set LEXCITE_DATA to the folder of real law")
    corpus = read_corpus([data])
    texts = {article.id: version.text for article, version in zip(corpus.articles, corpus.versions, strict=True)}
    assert {law.id: sum(key.startswith(law.id + "#") for key in texts) for law in corpus.laws} == {
        "LKDBDS_2023": 83,
        "LTTPHS_2025": 42,
        "LXD_2014": 131,
        "LDD_2024": 260,
    }
    for path in data.glob("*.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            root = json.load(file)
        for row in root["clauses"]:
            text = texts[f"{root['law_info']['law_id']}#a{row['position']['article']}"]
            words = unicodedata.normalize("NFC", re.sub(r"\[\d+\]", "", row["content"])).split()
            assert " ".join(words) in " ".join(text.split())
