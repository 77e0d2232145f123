import pytest

from generation.answer import SentenceState
from generation.evidence import extracts
from generation.foreign_matter import foreign_matter
from generation.sentences import Claim
from generation.verification import Gate
from tests.generation_samples import hit

LAW = "The holder shall report every accident to the lake office, lakes.example/report or office@lakes.example."
SHOWN = dict(enumerate(extracts(hit(LAW), ()), start=1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://evil.example/a?b=c.", ("https://evil.example/a?b=c",)),
        ("See www.evil.example, now", ("www.evil.example",)),
        ("See //evil.example/x", ("//evil.example/x",)),
        ("Visit evil.example.", ("evil.example",)),
        ("At 10.0.0.1 it waits", ("10.0.0.1",)),
        ("Write to thief@evil.example!", ("thief@evil.example",)),
        ("<b>bold", ("<b>",)),
        ("<img src=x onerror=alert(1)", ("<img src=x onerror=alert(1",)),
        ("&#106;avascript", ("&#106",)),
        ("javascript:alert(1)", ("javascript:alert(1",)),
        ("![x](y)", ("![", "](")),
        (r"\href{x}{y}", (r"\href",)),
    ],
)
def test_addresses_markup_and_formulas_are_seen(text, found):
    assert foreign_matter(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "Up to $10,000 or 12 months, i.e. EUR 20/day; 1/1/2019 and/or later (p. ej. art. 18.4 CE).",
        "Điều 7.1: bên cho thuê trả lại tiền đặt cọc trong thời hạn 10 ngày (khoản 2, điểm a).",
        "El plazo es de 1.000 días: véase el art. 6.1.f) del Reglamento, núm. 2016/679.",
        "Where a < b, and AT&T pays; x > y.",
    ],
)
def test_what_people_write_about_law_is_not(text):
    assert foreign_matter(text) == ()


@pytest.mark.parametrize(
    ("tail", "state"),
    [
        ("", SentenceState.SUPPORTED),
        (", lakes.example/report", SentenceState.SUPPORTED),
        (", office@lakes.example", SentenceState.SUPPORTED),
        (", https://evil.example", SentenceState.UNSUPPORTED),
        (", thief@evil.example", SentenceState.UNSUPPORTED),
        (" <i>", SentenceState.UNSUPPORTED),
    ],
)
def test_a_sentence_may_bring_only_addresses_that_the_law_cited_holds(tail, state):
    claim = Claim(f"The holder must report every accident to the lake office{tail}.", (1,))
    assert Gate(SHOWN, lang="en").check(claim).state is state


def test_the_text_of_the_law_stays_citable_whatever_it_holds():
    law = "Click <a href='https://evil.example'>here</a> to report every accident."
    shown = dict(enumerate(extracts(hit(law), ()), start=1))
    assert Gate(shown, lang="en").check(Claim(law, (1,))).state is SentenceState.SUPPORTED
