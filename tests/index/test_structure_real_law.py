"""The structure of every article of every corpus, and the clause labels of raw/vi; the figures are printed (-rP)."""

import gzip
import json
import sys
import time
import unicodedata
from collections import Counter

import pytest

from index.articles import ProvisionKind
from index.structure import check_provisions, parse_provisions, split_law
from tests.structure_tiling import tiling_faults

pytestmark = pytest.mark.real_law


def read_corpus(law_data, name):
    with gzip.open(law_data / "corpora" / f"{name}.articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            yield article["id"], unicodedata.normalize("NFC", article["text"]), article["lang"]


def unreported_disorder(provisions, breaks):
    """Siblings whose plain numbers do not increase by one, and which no line of `breaks` names."""
    found = []
    elder = {}
    for p in provisions:
        for depth in [d for d in elder if d > len(p.path)]:
            del elder[depth]
        if not p.path:
            continue
        before = elder.get(len(p.path))
        elder[len(p.path)] = p
        if before is None or before.path[:-1] != p.path[:-1]:
            continue
        old, new = before.path[-1], p.path[-1]
        regular = new == "1" if not (old.isdigit() and new.isdigit()) else int(new) == int(old) + 1
        if new.isdigit() and not regular and not any(line.startswith(f"{' '.join(p.path)}: ") for line in breaks):
            # a number after a letter or a "2 bis" may go on where the list had been
            found += [] if not old.isdigit() else [f"{old} -> {new}"]
    return found


@pytest.mark.parametrize(
    ("name", "articles", "most_broken"),
    [("es_boe", 16_681, 64), ("vi_law", 4_970, 21), ("en_core", 212, 1), ("en_pdpa", 315, 7)],
)
def test_provisions_tile_every_article_and_every_break_is_reported(law_data, name, articles, most_broken):
    read = points = broken = 0
    seconds = 0.0
    faults = []
    for article_id, text, lang in read_corpus(law_data, name):
        started = time.process_time()
        provisions = parse_provisions(text, lang=lang, version_id=article_id)
        seconds += time.process_time() - started
        breaks = check_provisions(text, provisions, lang=lang)
        faults += [f"{article_id}: {fault}" for fault in tiling_faults(text, provisions)]
        faults += [f"{article_id}: {disorder}" for disorder in unreported_disorder(provisions, breaks)]
        read += 1
        broken += bool(breaks)
        points += sum(bool(p.path) for p in provisions)
    sys.stdout.write(
        f"{name}: {read} articles, {points} clauses and points, {broken} articles with breaks, {seconds:.1f} CPU-s\n"
    )
    assert faults == []
    assert read == articles
    assert broken <= most_broken
    assert seconds < 20


def raw_vietnamese_articles(law_data):
    """Each article of raw/vi: its text put together from its rows, and where each row lies with its clause label."""
    for path in sorted((law_data / "raw" / "vi").glob("*.json.gz")):
        rows = json.loads(gzip.decompress(path.read_bytes()))["clauses"]
        articles = {}
        for row in rows:
            articles.setdefault((path.name, str(row["position"]["article"])), []).append(row)
        for key, parts in articles.items():
            text, labelled = "", []
            for row in parts:
                content = unicodedata.normalize("NFC", row["content"]).strip()
                text += "\n\n" if text else ""
                labelled.append((row["id"], row["position"]["clause"], len(text), len(text) + len(content)))
                text += content
            yield key, text, labelled


# Rows of a consolidated law in which two clauses stand together, since the label of the rows is a whole number only.
TWO_CLAUSES_IN_ONE_ROW = {"LXD_2014_D3_K15": ("15", "15a"), "LXD_2014_D148_K4": ("4", "4a")}


def test_clauses_agree_with_the_labels_of_four_vietnamese_laws(law_data):
    rows = 0
    disagreements = {}
    for _, text, labelled in raw_vietnamese_articles(law_data):
        clauses = [p for p in parse_provisions(text, lang="vi", version_id="v") if p.kind is ProvisionKind.CLAUSE]
        for row_id, clause, start, end in labelled:
            rows += 1
            found = [p for p in clauses if start <= p.start < end]
            if clause in (None, 0):
                agrees = not found
            else:
                agrees = [(p.path, p.start, p.end) for p in found] == [((str(clause),), start, end)]
            if not agrees:
                disagreements[row_id] = tuple(p.path[-1] for p in found)
    agreement = 1 - len(disagreements) / rows
    sys.stdout.write(f"raw/vi: {rows} rows, agreement {agreement:.4f}, disagreements {disagreements}\n")
    assert rows == 2_321
    assert agreement >= 0.99
    assert disagreements == TWO_CLAUSES_IN_ONE_ROW


# Read by hand from the consolidated Land Law: which clauses and points the articles have that amend other laws.
LAND_LAW_AMENDMENTS = {
    "243": "1 2 2/a 2/b 2/c 3 4",
    "245": "1 2 3 4 5",
    "246": "",
    "247": "",
    "248": "1 2 3 4 5 6 6/a 6/b 7 7/a 7/b 8 8/a 8/b 9",
    "249": "",
    "250": "",
    "251": "1 1/a 1/b 2",
}


def test_law_quoted_in_amendments_is_not_structure(law_data):
    found = {
        number: " ".join("/".join(p.path) for p in parse_provisions(text, lang="vi", version_id="v") if p.path)
        for (name, number), text, _ in raw_vietnamese_articles(law_data)
        if "Luat_Dat_Dai" in name and number in LAND_LAW_AMENDMENTS
    }
    assert found == LAND_LAW_AMENDMENTS


# Read by hand: the points of articles that have footnote marks, letters after đ, paragraphs inside points.
BY_HAND = {
    ("es_core", "BOE-A-2015-11430#a37"): "3/a 3/b 3/b bis 3/c 3/d 3/e 3/f 3/g 3/g",
    ("es_core", "BOE-A-1889-4763#a334"): "1/1 1/2 1/3 1/4 1/5 1/6 1/7 1/8 1/9 1/10",
    ("en_core", "32016R0679#a6"): "1/a 1/b 1/c 1/d 1/e 1/f 3/a 3/b 4/a 4/b 4/c 4/d 4/e",
    ("en_core", "32016R0679#a4"): " ".join(
        [str(n) for n in range(1, 17)] + ["16/a", "16/b"] + [str(n) for n in range(17, 23)]
        + ["22/a", "22/b", "22/c", "23", "23/a", "23/b", "24", "25", "26"]
    ),
    ("en_pdpa", "PDPA-51-3-255"): "a a/i a/ii b ba bb c",
    ("vi_law", "45/2019/QH14#d5"): "1/a 1/b 1/c 1/d 1/đ 1/e 1/g 2/a 2/b 2/c",
}  # fmt: skip


@pytest.mark.parametrize("where", list(BY_HAND))
def test_points_read_by_hand(law_data, where):
    corpus, article = where
    text, lang = next((text, lang) for found, text, lang in read_corpus(law_data, corpus) if found == article)
    provisions = parse_provisions(text, lang=lang, version_id=article)
    assert " ".join("/".join(p.path) for p in provisions if p.kind is ProvisionKind.POINT) == BY_HAND[where]


@pytest.mark.parametrize(
    ("name", "articles", "most_missed"), [("vi_law", 4_970, 0), ("en_core", 212, 0), ("es_boe", 16_681, 12)]
)
def test_laws_put_together_from_their_articles_are_split_again(law_data, name, articles, most_missed):
    laws = {}
    with gzip.open(law_data / "corpora" / f"{name}.articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            laws.setdefault(article["law_id"], []).append(article)
    missed = extra = read = 0
    between = "\n" if name == "en_core" else ". "
    for parts in laws.values():
        units = [
            f"{part['article']}{between + part['heading'] if part['heading'] else ''}\n\n{part['text'].strip()}"
            for part in parts
        ]
        text = unicodedata.normalize("NFC", "\n\n".join([parts[0]["law_title"], *units]))
        found = Counter(a.label for a in split_law(text, lang=parts[0]["lang"]).articles if a.label)
        wanted = Counter(unicodedata.normalize("NFC", part["article"]) for part in parts)
        missed += (wanted - found).total()
        extra += (found - wanted).total()
        read += len(parts)
    sys.stdout.write(f"{name}: {read} articles put together, {missed} missed, {extra} more found in their texts\n")
    assert read == articles
    assert missed <= most_missed
