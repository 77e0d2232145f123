import json

from app.render import answer_for_terminal, answer_json, answer_text, article_json, event_json, hits_for_terminal
from generation.answer import Finished, Outcome, Retrieved, SentenceReady
from index.articles import Provision, ProvisionKind
from tests.app_samples import ARTICLE, LAW, QUOTE, VERSION, answer, hit


def test_the_json_of_an_answer_has_every_promised_field_and_quotes_the_text_exactly():
    made = json.loads(json.dumps(answer_json(answer())))
    promised = {"question", "answer", "outcome", "sentences", "citations", "hits", "receipt"}
    assert promised <= made.keys()
    (citation,) = made["citations"]
    fields = {"number", "law_id", "law", "article", "provision", "quote", "start", "end", "url"}
    assert fields <= citation.keys()
    assert VERSION.text[citation["start"] : citation["end"]] == citation["quote"] == QUOTE
    assert made["answer"] == f"{QUOTE} [1]"
    assert made["sentences"] == [{"text": QUOTE, "citations": [1], "state": "supported", "instead_of": None}]


def test_the_text_of_a_refusal_is_its_reason():
    refused = answer(outcome=Outcome.OUT_OF_CORPUS, message="No such law here.", sentences=(), citations=())
    assert answer_text(refused) == "No such law here."
    assert "Article 7: Deposits & interest" in answer_for_terminal(refused)


def test_what_is_to_be_said_of_an_answer_stands_behind_it():
    made = answer(message="The first 1 of the 7 provisions that you named are quoted.")
    said = f"{QUOTE} [1]\nThe first 1 of the 7 provisions that you named are quoted."
    assert answer_text(made) == answer_json(made)["answer"] == said
    assert answer_for_terminal(made).startswith(said)


def test_a_terminal_shows_sentences_citations_what_was_missing_and_the_notice():
    shown = answer_for_terminal(answer(degraded=("model: connection refused",), understood_as="deposit returned"))
    assert shown.splitlines() == [
        "(deposit returned)",
        "",
        f"{QUOTE} [1]",
        "",
        "[1] Article 7(1), Tenancy Act <b>2001</b>  https://law.example/tenancy?a=7&x=1",
        "! model: connection refused",
        "",
        "This is the text of the law, not legal advice.",
    ]


def test_events_have_names_and_json():
    made = answer()
    names = [
        event_json(event)[0]
        for event in (Retrieved("q", made.hits), SentenceReady(made.sentences[0], made.citations), Finished(made))
    ]
    assert names == ["retrieved", "sentence", "finished"]
    assert event_json(Finished(made))[1] == answer_json(made)


def test_an_article_is_shown_with_the_reference_of_each_provision():
    provisions = [
        Provision(VERSION.id, ProvisionKind.CLAUSE, ("1",), 0, 41),
        Provision(VERSION.id, ProvisionKind.CLAUSE, ("2",), 41, 97),
    ]
    made = article_json(LAW, ARTICLE, VERSION, provisions)
    assert [one["reference"] for one in made["provisions"]] == ["Article 7(1)", "Article 7(2)"]
    assert made["text"] == VERSION.text
    assert made["jurisdiction"] == "XX"
    assert made["valid_from"] is None


def test_hits_are_listed_with_an_excerpt():
    shown = hits_for_terminal([hit()])
    assert shown.startswith(
        "  1. Article 7: Deposits & interest (Tenancy Act <b>2001</b>)\n     1. A deposit is returned"
    )
    assert hits_for_terminal([]) == "no article matches; try other words or fewer filters\n"
