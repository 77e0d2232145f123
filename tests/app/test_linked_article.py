"""What an article refers to and what refers to it, through the API and at the command line."""

import asyncio
import json
from datetime import date

import httpx
import pytest

from app.access import Keys
from app.api.application import create_application
from app.cli import main
from app.linked_article import linked_article_json
from app.service import Service
from index.articles import Article, ArticleVersion, Corpus, Law, version_id
from index.release import Release
from tests import small_law

FEES = "1. Article 8(2) applies to fees.\n2. Interest follows paragraph 1 and Article 7."
EVICTION = "An eviction needs the reasons of Article 8(2)(a) of the Tenancy Act."
LINKED = (
    *small_law.ARTICLES,
    ("tenancy", "Tenancy Act 2001", "XX", "en", "Article 9", "Fees", FEES),
    ("courts", "Courts Act", "XX", "en", "Article 1", "Eviction", EVICTION),
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return small_law.build(tmp_path_factory.mktemp("law"), LINKED)


def fetch(settings, article_id):
    """An article by the API."""

    async def ask():
        service = Service(small_law.SmallOpener(settings))
        application, _ = create_application(service, settings, keys=Keys())
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            response = await client.get(f"/api/v1/articles/{article_id.replace('#', '%23')}")
        service.close()
        return response.json()

    return asyncio.run(ask())


def test_an_article_shows_what_it_refers_to_with_the_words_that_refer(settings):
    made = fetch(settings, "tenancy#a9")
    told = [(FEES[one["start"] : one["end"]], one["article_id"], one["provision"]) for one in made["references"]]
    assert told == [
        ("Article 8(2)", "tenancy#a8", "Article 8(2)"),
        ("paragraph 1", "tenancy#a9", "Article 9(1)"),
        ("Article 7", "tenancy#a7", "Article 7"),
    ]
    first = made["references"][0]
    assert (first["law_id"], first["law"], first["article"]) == ("tenancy", "Tenancy Act 2001", "Article 8")
    assert made["referenced_by"] == []


def test_an_article_shows_what_refers_to_it_and_where_that_says_so(settings):
    made = fetch(settings, "tenancy#a8")
    words = "Article 8(2)(a)"
    assert made["referenced_by"] == [
        {
            "article_id": "tenancy#a9",
            "version_id": "tenancy#a9",
            "law_id": "tenancy",
            "law": "Tenancy Act 2001",
            "article": "Article 9",
            "provision": "Article 9(1)",
            "start": FEES.index("Article 8(2)"),
            "end": FEES.index(" applies"),
        },
        {
            "article_id": "courts#a1",
            "version_id": "courts#a1",
            "law_id": "courts",
            "law": "Courts Act",
            "article": "Article 1",
            "provision": "Article 1",
            "start": EVICTION.index(words),
            "end": EVICTION.index(words) + len(words),
        },
    ]
    assert made["references"] == []


def test_the_command_line_gives_the_same_json(settings, capsys):
    assert main(["article", "tenancy", "8", "--json", "--index", str(settings.index)]) == 0
    assert json.loads(capsys.readouterr().out) == [fetch(settings, "tenancy#a8")]


def test_the_command_line_shows_both_directions_to_a_person(settings, capsys):
    assert main(["article", "tenancy", "9", "--index", str(settings.index)]) == 0
    assert capsys.readouterr().out.split("\n\n")[2:] == [
        'Refers to\n  Article 8(2)\n  Article 9(1) ("paragraph 1")\n  Article 7',
        "https://law.example/tenancy/9\n",
    ]
    assert main(["article", "tenancy", "8", "--index", str(settings.index)]) == 0
    assert capsys.readouterr().out.split("\n\n")[2:] == [
        "Referred to by\n  Article 9(1)\n  Article 1, Courts Act",
        "https://law.example/tenancy/8\n",
    ]
    assert main(["article", "courts", "1", "--index", str(settings.index)]) == 0
    assert "Refers to\n  Article 8(2)(a), Tenancy Act 2001\n" in capsys.readouterr().out
    assert main(["article", "labour", "12", "--index", str(settings.index)]) == 0
    assert "efer" not in capsys.readouterr().out


def test_a_long_list_of_references_is_shortened_and_says_where_the_rest_is(tmp_path, capsys):
    many = "\n".join(f"{number}. See Article {number}." for number in range(1, 26))
    articles = [("long", "Long Act", "XX", "en", f"Article {number}", "", "See.") for number in range(1, 26)]
    made = small_law.build(tmp_path, (*articles, ("long", "Long Act", "XX", "en", "Article 26", "", many)))
    assert main(["article", "long", "26", "--index", str(made.index)]) == 0
    shown = capsys.readouterr().out
    assert "  Article 20\n  ... and 5 more; --json lists all\n" in shown
    assert "Article 21\n" not in shown.split("Refers to")[1]


def test_of_an_article_with_a_history_the_text_beside_this_one_refers(tmp_path):
    law = Law("town", "Town Act", "en")
    one, two = (Article(f"town#{number}", "town", f"Article {number}", str(number)) for number in (1, 2))
    change, second_change = date(2010, 1, 1), date(2020, 1, 1)

    def version(of, text, *, since=None, until=None):
        return ArticleVersion(version_id(of.id, since), of.id, "", text, "en", since, until)

    versions = (
        version(one, "Old seal.", until=change),
        version(one, "New seal.", since=change),
        version(two, "Seals follow Article 1.", until=second_change),
        version(two, "Seals follow nothing.", since=second_change),
    )
    small_law.publish_corpus(tmp_path, Corpus((law,), (one, two), versions))
    with Release.open(tmp_path / "index") as release:
        old, new = release.versions("town#1")
        referring = [
            [made["version_id"] for made in linked_article_json(release, one, shown)["referenced_by"]]
            for shown in (old, new)
        ]
    assert referring == [["town#2"], []]
