import os
import tomllib
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from index.articles import Article, ArticleVersion
from index.importers.registry import read_corpus
from index.validity import History, Speaking, speaking

TODAY = date(2026, 11, 22)
CHANGES = tomllib.loads((Path(__file__).parents[1] / "history_oracle.toml").read_text("utf-8"))["change"]


class Laws:
    """The four laws, asked for a number on a day."""

    def __init__(self, folder: Path) -> None:
        corpus = read_corpus([folder])
        self.articles: dict[tuple[str, str], list[Article]] = defaultdict(list)
        for article in corpus.articles:
            self.articles[article.law_id, article.label.casefold()].append(article)
        self.versions: dict[str, list[ArticleVersion]] = defaultdict(list)
        for version in corpus.versions:
            self.versions[version.article_id].append(version)
        self.histories = {law.id: History(law.complete_from) for law in corpus.laws}

    def on(self, change: dict, day: date) -> list[Speaking[ArticleVersion]]:
        articles = self.articles[change["law"], change["article"].casefold()]
        kind = "transitional_provision" if "TRANSITORIO" in change["article"] else "article"
        chosen = [article for article in articles if article.kind == kind] or articles
        return [
            speaking(self.versions[article.id], day, today=TODAY, history=self.histories[change["law"]])
            for article in chosen
        ]


@pytest.fixture(scope="module")
def laws() -> Laws:
    folder = Path(os.environ.get("LEXCITE_DATA", "../shared/data")) / "history" / "cl"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; set LEXCITE_DATA to the folder of real law")
    return Laws(folder)


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_oracle_has_enough_of_every_kind():
    kinds = Counter(change["kind"] for change in CHANGES)
    assert len(CHANGES) >= 60
    assert kinds["amendment"] >= 25
    assert min(kinds.values()) >= 2
    assert set(kinds) == {
        "amendment",
        "before the first version",
        "form alone",
        "gap of years",
        "inserted",
        "moved",
        "removed",
        "repealed",
        "same number twice",
    }


@pytest.mark.real_law
@pytest.mark.parametrize("offset", [-1, 0, 1], ids=["the day before", "the day", "the day after"])
@pytest.mark.parametrize(
    "change", CHANGES, ids=lambda change: f"{change['law']} {change['article']} {change['day']} {change['kind']}"
)
def test_the_text_and_its_standing_around_a_change(laws, change, offset):
    found = laws.on(change, change["day"] + timedelta(days=offset))
    side = "before" if offset < 0 else "after"
    standing = change.get(side, "in_force")
    assert standing in {one.standing.value for one in found}
    law = [one for one in found if one.is_law]
    assert len(law) == (change.get(f"count_{side}", 1) if standing in {"in_force", "unknown"} else 0)
    texts = [plain(one.version.text) for one in law]
    wanted, unwanted = ("was", "now") if offset < 0 else ("now", "was")
    for phrase in (change.get(wanted), change.get("holds")):
        assert phrase is None or not texts or any(phrase in text for text in texts)
    assert not any(change.get(unwanted, "\0") in text for text in texts)


@pytest.mark.real_law
@pytest.mark.parametrize(
    "change",
    [change for change in CHANGES if change["kind"] in {"form alone", "gap of years"}],
    ids=lambda change: f"{change['law']} {change['article']} {change['day']}",
)
def test_what_is_no_change_leaves_one_version(laws, change):
    found = {one.version.id for offset in (-1, 0, 1) for one in laws.on(change, change["day"] + timedelta(days=offset))}
    assert len(found) == 1
