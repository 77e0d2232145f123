from generation.answer import SentenceState
from generation.evidence import extracts
from generation.sentences import Claim
from generation.verification import Gate
from index.articles import Status
from tests.generation_samples import FEES, FISHING, Shelf, hit

POINTS = "1. The report shall name:\n(a) the place of the accident;\n(b) the number of persons hurt.\n" + "x" * 1500


def gate(*hits, lang="en"):
    shelf = Shelf(hits)
    every = [extract for h in hits for extract in extracts(h, shelf.provisions(h.version.id))]
    return Gate(dict(enumerate(every, start=1)), lang=lang)


def test_a_false_sentence_is_replaced_by_the_provision_that_it_cites():
    failed = Claim("The holder shall report an accident within 72 hours.", (2,))
    shown = gate(hit(FISHING)).judge(failed)
    assert shown.text.startswith("The holder shall report every accident to the lake office within 48 hours.")
    assert (shown.citations, shown.state) == ((2,), SentenceState.SUPPORTED)
    assert shown.instead_of is not None
    assert (shown.instead_of.text, shown.instead_of.state) == (failed.text, SentenceState.UNSUPPORTED)


def test_the_wrong_provision_is_replaced_by_the_one_that_says_it():
    shown = gate(hit(FISHING), hit(FEES, number="9")).judge(Claim("A permit costs EUR 20.", (2,)))
    assert (shown.text, shown.citations) == ("A permit costs EUR 20.", (4,))


def test_no_provision_is_quoted_twice():
    one = gate(hit(FISHING))
    assert one.judge(Claim("The holder shall report an accident within 72 hours.", (2,))).instead_of is not None
    again = one.judge(Claim("The holder shall report an accident within 24 hours.", (2,)))
    assert (again.instead_of, again.state) == (None, SentenceState.UNSUPPORTED)


def test_a_provision_that_the_writer_quoted_is_not_quoted_again():
    one = gate(hit(FEES))
    assert one.judge(Claim("A permit costs EUR 20.", (1,))).instead_of is None
    assert one.judge(Claim("A permit costs EUR 25.", (1,))).instead_of is None


def test_what_has_nothing_to_do_with_the_provision_is_not_replaced_by_it():
    failed = gate(hit(FISHING)).judge(Claim("Dogs may swim wherever their owner likes.", (2,)))
    assert (failed.instead_of, failed.state) == (None, SentenceState.UNSUPPORTED)


def test_repealed_law_replaces_nothing():
    failed = gate(hit(FEES, status=Status.REPEALED)).judge(Claim("A permit costs EUR 20.", (1,)))
    assert (failed.instead_of, failed.state) == (None, SentenceState.REPEALED)


def test_across_languages_only_a_provision_cited_alone_is_quoted():
    assert gate(hit(FISHING), lang="es").judge(Claim("El titular avisará en 72 horas.", (2,))).citations == (2,)
    both = gate(hit(FISHING), lang="es").judge(Claim("El titular avisará en 72 horas.", (1, 2)))
    assert both.instead_of is None
