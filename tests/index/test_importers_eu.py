import gzip
import json
import os
import re
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from index.articles import Status
from index.errors import CorpusError
from index.importers.eu_layout import with_lines
from index.importers.eu_sqlite import SAMPLE
from index.importers.registry import read_corpus
from index.structure import check_provisions, parse_provisions
from index.wheels import PinnedFileError, fetch

GDPR = ("32016R0679", "regulation", "2016-04-27", "2016-05-24")


def write(path: Path, *articles: tuple[int, str], act: tuple[str, ...] = GDPR, length: int | None = None) -> Path:
    """A database with the tables and columns of the sample, and text of our own."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE regulations (celex TEXT, type TEXT, date_document TEXT, date_force TEXT)")
        database.execute(
            "CREATE TABLE articles (celex TEXT, article_number INTEGER, content TEXT, content_length INTEGER)"
        )
        database.execute("INSERT INTO regulations VALUES (?, ?, ?, ?)", act)
        for number, content in articles:
            database.execute(
                "INSERT INTO articles VALUES (?, ?, ?, ?)", (act[0], number, content, length or len(content))
            )
    database.close()
    return path


def test_an_article_is_split_into_heading_and_labelled_lines(tmp_path):
    path = write(tmp_path / "eu.db", (33, "Dogs on leads 1. A dog: (a) is kept; and (b) is fed. 2. A cat is not."))
    corpus = read_corpus([path])
    (version,) = corpus.versions
    assert (version.id, version.heading, version.text) == (
        "32016R0679#a33@2016-05-24",
        "Dogs on leads",
        "1. A dog:\n(a) is kept; and\n(b) is fed.\n2. A cat is not.",
    )
    assert (version.valid_from, version.status, version.lang) == (date(2016, 5, 24), Status.IN_FORCE, "en")
    assert [(article.id, article.label, article.number) for article in corpus.articles] == [
        ("32016R0679#a33", "Article 33", "33")
    ]


def test_entry_into_force_is_not_application(tmp_path):
    (law,) = read_corpus([write(tmp_path / "eu.db", (33, "Dogs 1. A dog is kept."))]).laws
    assert (law.adopted, law.published, law.in_force, law.applies_from) == (
        date(2016, 4, 27),
        date(2016, 5, 4),
        date(2016, 5, 24),
        date(2018, 5, 25),
    )
    assert (law.title, law.jurisdiction, law.kind) == ("General Data Protection Regulation (GDPR)", "EU", "Regulation")
    assert {"GDPR", "Regulation (EU) 2016/679", "32016R0679"} <= set(law.aliases)
    assert law.source == "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32016R0679"


def test_the_title_glued_to_an_articles_end_heads_the_articles_after_it(tmp_path):
    path = write(
        tmp_path / "eu.db",
        (1, "Dogs 1. A dog is kept. CHAPTER II Cats Section 1 Fur"),
        (2, "Cats 1. A cat is not. Section 2"),
        (3, "Fish 1. A fish swims. Done at Brussels, 27 April 2016. For the Council The President ( 1 ) OJ C 1."),
    )
    corpus = read_corpus([path])
    assert [version.text for version in corpus.versions] == [
        "1. A dog is kept.",
        "1. A cat is not.",
        "1. A fish swims.",
    ]
    assert [article.path for article in corpus.articles] == [
        ("CHAPTER I. General provisions",),
        ("CHAPTER II. Cats", "Section 1. Fur"),
        ("CHAPTER II. Cats", "Section 2"),
    ]


def test_an_article_that_the_source_cuts_off_says_so_and_ends_with_a_whole_provision(tmp_path):
    text = "Dogs 1. A dog: (a) is kept; (b) is fed. 2. A cat: (a) is not kept; (b) is no"
    corpus = read_corpus([write(tmp_path / "eu.db", (33, text), length=20_000)])
    assert corpus.versions[0].heading == "Dogs [the source ends after paragraph 1]"
    assert corpus.versions[0].text == "1. A dog:\n(a) is kept;\n(b) is fed."


def test_an_article_whose_heading_nothing_ends_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"Article 33: nothing marks where the heading ends; add it to eu_acts\.toml"):
        read_corpus([write(tmp_path / "eu.db", (33, "Dogs A dog is kept."))])


def test_an_act_that_nobody_described_is_refused(tmp_path):
    path = write(
        tmp_path / "eu.db", (1, "Dogs 1. A dog."), act=("39999R0001", "regulation", "2016-04-27", "2016-05-24")
    )
    with pytest.raises(CorpusError, match=r"the act 39999R0001 is not in eu_acts\.toml"):
        read_corpus([path])


def test_another_sqlite_file_is_refused(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE regulations (name TEXT)")
    database.close()
    with pytest.raises(CorpusError, match="an SQLite file without the table regulations"):
        read_corpus([path])


def test_a_view_in_place_of_a_table_is_refused(tmp_path):
    path = tmp_path / "view.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE hidden (celex TEXT, type TEXT, date_document TEXT, date_force TEXT)")
        database.execute("CREATE VIEW regulations AS SELECT * FROM hidden")
    database.close()
    with pytest.raises(CorpusError, match="an SQLite file without the table regulations"):
        read_corpus([path])


def test_a_damaged_sqlite_file_is_refused(tmp_path):
    path = write(tmp_path / "eu.db", *((number, f"Dogs 1. A dog {'x' * 3000}.") for number in range(1, 20)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)
    with pytest.raises(CorpusError, match="a damaged SQLite file"):
        read_corpus([path])


def test_a_compressed_sqlite_file_is_refused(tmp_path):
    path = tmp_path / "eu.db.gz"
    path.write_bytes(gzip.compress(write(tmp_path / "eu.db", (1, "Dogs 1. A dog.")).read_bytes()))
    with pytest.raises(CorpusError, match="unpack it first"):
        read_corpus([path])


def test_the_file_is_left_as_it_was(tmp_path):
    path = write(tmp_path / "eu.db", (1, "Dogs 1. A dog."))
    before = path.read_bytes()
    path.chmod(0o444)
    read_corpus([path])
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["eu.db"]


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (
            "1. Under paragraph 2. The dog is kept. 2. It is fed.",
            ["1. Under paragraph 2. The dog is kept.", "2. It is fed."],
        ),
        ("1. As points (a) and (b) say. 2. So be it.", ["1. As points (a) and (b) say.", "2. So be it."]),
        ("1. Within Section 2. A dog is kept. 3. Not this.", ["1. Within Section 2. A dog is kept. 3. Not this."]),
        (
            "For dogs: (1) ‘dog’ means: (a) a hound; or (b) a pup; (2) ‘cat’ means a cat.",
            ["For dogs:", "(1) ‘dog’ means:", "(a) a hound; or", "(b) a pup;", "(2) ‘cat’ means a cat."],
        ),
        (
            "1. Dogs: (a) a; (b) b; (c) c; (d) d; (e) e; (f) f; (g) g; (h) h; (i) i; (j) j.",
            ["1. Dogs:", *(f"({letter}) {letter};" for letter in "abcdefghi"), "(j) j."],
        ),
        (
            "1. Dogs: (a) a; (b) b: (i) x; (ii) y; (iii) z; (c) c.",
            ["1. Dogs:", "(a) a;", "(b) b:", "(i) x;", "(ii) y;", "(iii) z;", "(c) c."],
        ),
        (
            "1. Dogs: (a) a; (b) b. Point (b) does not apply to pups. 2. Cats.",
            ["1. Dogs:", "(a) a;", "(b) b.", "Point (b) does not apply to pups.", "2. Cats."],
        ),
        (
            "1. Dogs: (a) a; (b) b. A pup is one where: (a) it is young; (b) it is small.",
            ["1. Dogs:", "(a) a;", "(b) b.", "A pup is one where:", "(a) it is young;", "(b) it is small."],
        ),
        ("1. Dogs: (a) a; (b) b. In such cases, c.", ["1. Dogs:", "(a) a;", "(b) b. In such cases, c."]),
        (
            "The Act is amended as follows: (1) this is added: ‘5. A dog. 6. A cat.’; (2) that goes.",
            ["The Act is amended as follows:", "(1) this is added:", "‘5. A dog.", "6. A cat.’;", "(2) that goes."],
        ),
        ("1. As Directive 1 ( 19 ) says ; so it is .", ["1. As Directive 1 (19) says; so it is."]),
        (
            "1. It enters into force. This Regulation shall be binding in its entirety.",
            ["1. It enters into force.", "This Regulation shall be binding in its entirety."],
        ),
        ("1. Dogs, such as; (i) hounds; (ii) pups.", ["1. Dogs, such as;", "(i) hounds;", "(ii) pups."]),
        ("A dog is kept.", ["A dog is kept."]),
    ],
)
def test_only_labels_that_continue_a_list_start_a_line(line, lines):
    assert with_lines(line).split("\n") == lines


LABEL = re.compile(r"^[‘(]*(?:\d{1,2}\.|\(\d{1,2}\)|\([a-z]{1,4}\)|—)(\s|$)")


def labelled_lines(text: str) -> list[str]:
    """The lines with what carries no label joined to the line before: those breaks the source has lost."""
    lines: list[str] = []
    for line in text.replace("\xa0", " ").split("\n"):
        if lines and not LABEL.match(line):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return lines


@pytest.mark.real_law
def test_the_sample_agrees_with_a_second_copy_of_the_gdpr_and_the_ai_act(tmp_path):
    folder = Path(os.environ.get("LEXCITE_DATA", "../shared/data"))
    second = folder / "corpora" / "en_core.articles.jsonl.gz"
    if not second.exists():
        pytest.skip(f"{second} is not there; set LEXCITE_DATA to the folder of real law")
    try:
        sample = fetch(SAMPLE, tmp_path)
    except PinnedFileError as error:
        pytest.skip(str(error))
    corpus = read_corpus([sample])
    assert [(law.id, law.applies_from) for law in corpus.laws] == [
        ("32016R0679", date(2018, 5, 25)),
        ("32022L2555", date(2024, 10, 18)),
        ("32022R2554", date(2025, 1, 17)),
        ("32024R1689", date(2026, 8, 2)),
        ("32024R2847", date(2027, 12, 11)),
    ]
    assert len(corpus.articles) == 99 + 46 + 64 + 113 + 71
    for version in corpus.versions:  # in no article of the five acts does a list of labels break
        provisions = parse_provisions(version.text, lang="en", version_id=version.id)
        assert check_provisions(version.text, provisions, lang="en") == (), version.id
    versions = {version.article_id: version for version in corpus.versions}
    assert [version.article_id for version in corpus.versions if "[" in version.heading] == [
        *("32022L2555#a6", "32022L2555#a32", "32022R2554#a3", "32024R1689#a3", "32024R1689#a5"),
        *("32024R2847#a3", "32024R2847#a13"),
    ]
    with gzip.open(second, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    differing = {row["id"] for row in rows if labelled_lines(versions[row["id"]].text) != labelled_lines(row["text"])}
    assert differing == {
        "32024R1689#a3",  # the sample cuts it off
        "32024R1689#a5",  # likewise
        "32024R1689#a51",  # 10^25, of which the second copy made 1025
        "32024R1689#a108",  # the second copy breaks the line between a closing quote and its semicolon
        "32024R1689#a113",  # the second copy has a blank before a full stop
    }
    headings = {row["id"]: " ".join(row["heading"].rstrip("`").split()) for row in rows}
    assert {key for key, heading in headings.items() if versions[key].heading != heading} == {
        "32024R1689#a3",
        "32024R1689#a5",
    }
