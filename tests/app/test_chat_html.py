from dataclasses import replace
from html.parser import HTMLParser

from app.chat_html import answer_html, panel_html, sentences_html
from generation.answer import Outcome, Sentence, SentenceState
from tests.app_samples import CITATION, LAW, QUOTE, VERSION, answer, hit


class Page(HTMLParser):
    """The tags and attributes of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.marked = ""
        self._in_mark = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self._in_mark = self._in_mark or tag == "mark"

    def handle_endtag(self, tag):
        self._in_mark = self._in_mark and tag != "mark"

    def handle_data(self, data):
        self.text += data
        self.marked += data if self._in_mark else ""


def test_the_panel_shows_the_whole_article_with_exactly_the_quote_marked():
    page = Page(panel_html(answer(), lang="en", number=2))
    assert page.marked == QUOTE
    assert VERSION.text in page.text
    assert ("id", "cite-2-1") in page.attributes
    assert ("href", VERSION.source) in page.attributes
    for said in ("Article 7(1)", LAW.title, "Deposits & interest"):
        assert said in page.text


def test_markers_link_to_the_panel_of_their_own_turn():
    page = Page(sentences_html([Sentence("Yes.", (1, 3), SentenceState.SUPPORTED)], 4))
    assert [value for name, value in page.attributes if name == "href"] == ["#cite-4-1", "#cite-4-3"]


def test_nothing_from_law_model_or_user_becomes_a_tag():
    wild = '<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1)) <a href="//evil.example">y</a>'
    citation = replace(CITATION, quote=wild, law=wild, provision=wild, url="javascript:alert(1)", version_id="other")
    made = answer(
        question=wild,
        understood_as=wild + "!",
        sentences=(Sentence(wild, (1,), SentenceState.SUPPORTED),),
        citations=(citation,),
        degraded=(wild,),
        notice=wild,
    )
    page = Page(answer_html(made, 1) + panel_html(made, lang="en", number=1))
    assert not {"img", "script", "iframe", "svg"} & set(page.tags)
    assert [value for name, value in page.attributes if name == "href"] == ["#cite-1-1"]
    assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_a_refusal_shows_its_reason_and_the_nearest_articles():
    made = answer(outcome=Outcome.EVIDENCE_INSUFFICIENT, message="No provision says that.", sentences=(), citations=())
    assert "No provision says that." in Page(answer_html(made, 1)).text
    panel = Page(panel_html(made, lang="es", number=1))
    assert "Artículos más próximos" in panel.text
    assert "Article 7" in panel.text


def test_what_is_to_be_said_of_an_answer_is_shown_with_it():
    made = answer(message="The first 1 of the 7 provisions that you named are quoted.")
    assert f"{QUOTE} [1]The first 1 of the 7 provisions that you named are quoted." in Page(answer_html(made, 1)).text


def test_an_answer_is_one_line_of_html_so_that_markdown_finds_nothing_to_read():
    made = answer(sentences=(Sentence("1. First\n\n2. Second", (1,), SentenceState.SUPPORTED),))
    assert "\n" not in answer_html(made, 1)


def test_words_follow_the_language_of_the_question():
    assert "Điều luật được trích dẫn" in panel_html(answer(), lang="vi", number=1)
    assert "Cited law" in panel_html(answer(hits=(hit(),)), lang="fr", number=1)
