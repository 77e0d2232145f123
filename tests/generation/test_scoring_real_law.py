"""Citations made from the gold of real questions, with known faults put in: each has the class of its fault.

The generator reads the files of law itself and writes citations by templates of its own; it shares no code with what it
judges. Its clauses are the numbered lines of an article's text.
"""

import gzip
import json
import random
import re
from collections import Counter, defaultdict

import pytest

from generation.citation_scoring import classify
from generation.cited_provisions import CitationFields, CitationReader
from index.importers.registry import read_corpus
from index.law_in_memory import LawInMemory

pytestmark = pytest.mark.real_law
SEED = 20_261_122
# In words, by language: the article; the clause of it; a law that no corpus here holds; and how an answer says it.
FORMS = {
    "vi": ("Điều {n} {law}", "khoản {c} Điều {n} {law}", "Luật Hàng không vũ trụ 1999", "Theo {}, việc này được phép."),
    "es": ("artículo {n}, {law}", "artículo {n}.{c}, {law}", "Ley 99/1999, de Cometas", "Así lo dispone el {}."),
    "en": ("section {n} of the {law}", "section {n}({c}) of the {law}", "Clean Air Act 1956", "See {} for this."),
}
CORPORA = {"vi_alqac": ("vi_core", "vi"), "es_justicio": ("es_core", "es"), "en_pdpa": ("en_pdpa", "en")}


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Law:
    """The articles of a file, by what its own labels and texts say."""

    def __init__(self, rows, lang):
        self.lang = lang
        self.title = {row["law_id"]: row["law_title"].partition(" (")[0] for row in rows}
        self.place, self.text = {}, defaultdict(str)
        bearers = Counter()
        for row in rows:
            if lang == "en":
                number, clause = re.fullmatch(r"PDPA s\.(\w+)\((\w+)\)", row["article"]).groups()
            else:
                found = re.fullmatch(r"(?:Điều|Artículo) (\d+)", row["article"])
                if found is None:
                    continue
                number, clause = found[1], ""
            self.place[row["id"]] = (row["law_id"], number, "" if clause == "0" else clause)
            self.text[row["law_id"], number] += row["text"] + "\n"
            bearers[row["law_id"], number, clause] += lang != "en"
        self.clauses = {
            key: [n for n in ("1", "2", "3") if re.search(rf"(?m)^{n}\. ", text)] for key, text in self.text.items()
        }
        if lang == "en":
            self.clauses = defaultdict(list)
            for law, number, clause in self.place.values():
                if clause and clause not in self.clauses[law, number]:
                    self.clauses[law, number].append(clause)
        twice = {(law, number) for (law, number, _), times in bearers.items() if times > 1}
        self.numbers = {
            law: sorted({n for one, n in self.text if one == law and (one, n) not in twice}, key=lambda n: (len(n), n))
            for law in self.title
        }

    def cases(self, article_id, random):
        """(gold, citation in words, class) for one gold article."""
        law, number, clause = self.place[article_id]
        if number not in self.numbers[law]:
            return
        whole, inside, elsewhere, _ = FORMS[self.lang]
        title = self.title[law]
        clauses = self.clauses[law, number]
        gold = CitationFields(article_id=article_id)
        if self.lang == "en":
            own = inside if clause else whole
            yield gold, own.format(n=number, c=clause, law=title), "exact"
            if clause:
                yield gold, whole.format(n=number, law=title), "parent"
                others = [one for one in clauses if one != clause]
                if others:
                    yield gold, inside.format(n=number, c=random.choice(others), law=title), "sibling"
        else:
            yield gold, whole.format(n=number, law=title), "exact"
            if len(clauses) > 1:
                first, second = clauses[:2]
                yield gold, inside.format(n=number, c=second, law=title), "child"
                in_clause = CitationFields(article_id=article_id, path=(first,))
                yield in_clause, inside.format(n=number, c=first, law=title), "exact"
                yield in_clause, inside.format(n=number, c=second, law=title), "sibling"
                yield in_clause, whole.format(n=number, law=title), "parent"
            yield gold, inside.format(n=number, c=87, law=title), "nonexistent"
        swapped = random.choice([one for one in self.numbers[law] if one != number])
        yield gold, whole.format(n=swapped, law=title), "wrong_article"
        others = [one for one in self.title if one != law and self.numbers[one]]
        if others:
            other = random.choice(others)
            swapped = random.choice(self.numbers[other])
            yield gold, whole.format(n=swapped, law=self.title[other]), "wrong_law"
            if self.lang != "vi" or number != "1":
                yield gold, whole.format(n=1, law=""), "ambiguous"
        yield gold, whole.format(n=number, law=elsewhere), "wrong_law"
        yield gold, whole.format(n=9_000 + random.randrange(900), law=title), "nonexistent"
        yield gold, title, "unreadable"


@pytest.mark.parametrize("name", CORPORA)
def test_each_seeded_fault_has_its_class_in_a_list_and_in_a_sentence(name, law_data):
    corpus, lang = CORPORA[name]
    path = law_data / "corpora" / f"{corpus}.articles.jsonl.gz"
    law, reader = Law(lines(path), lang), CitationReader(LawInMemory(read_corpus([path])))
    chosen = random.Random(SEED)
    gold_ids = sorted(
        {one for q in lines(law_data / "questions" / f"{name}.questions.jsonl.gz") for one in q["relevant"]}
    )
    judged, wrong = Counter(), []
    for article_id in gold_ids:
        if article_id not in law.place:
            continue
        for gold, citation, expected in law.cases(article_id, chosen):
            (wanted,) = reader.read(gold)
            listed = reader.read(citation)
            said = reader.in_text(FORMS[lang][3].format(citation))
            if expected == "unreadable":
                said = (*said, *listed)  # a sentence that names no article cites nothing
            for found in (listed, said):
                judged[expected] += 1
                classes = [classify(one, [wanted]).value for one in found]
                if classes != [expected]:
                    wrong.append((gold.written, citation, expected, classes, [one.detail for one in found]))
    print(name, "judged", sum(judged.values()), "wrong", len(wrong), dict(judged))  # noqa: T201 - a figure
    assert wrong[:20] == []
    assert set(judged) >= {"exact", "parent", "sibling", "wrong_article", "wrong_law", "nonexistent", "unreadable"}
    assert sum(judged.values()) > 1_000
