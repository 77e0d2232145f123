import pytest

from generation.answer import SentenceState
from generation.evidence import Extract, extracts
from generation.sentences import UNREADABLE, Claim
from generation.verification import Gate, quotations
from index.articles import Status
from tests.generation_samples import CAU, FEES, FISHING, PESCA, Shelf, hit

SUPPORTED = SentenceState.SUPPORTED


def stretches(*hits) -> dict[int, Extract]:
    shelf = Shelf(hits)
    every = [extract for h in hits for extract in extracts(h, shelf.provisions(h.version.id))]
    return dict(enumerate(every, start=1))


# 1: five boats, 2: 48 hours, 3: what the report names, 4: EUR 20, 5: minors
ENGLISH = stretches(hit(FISHING), hit(FEES, number="9"))


def state(text, *markers, shown=ENGLISH, lang="en"):
    return Gate(shown, lang=lang).check(Claim(text, markers)).state


def test_the_text_of_a_provision_is_supported():
    assert state(ENGLISH[2].text, 2) is SUPPORTED


def test_the_text_of_another_provision_is_not():
    assert state(ENGLISH[2].text, 4) is not SUPPORTED


def test_a_sentence_that_stands_in_a_neighbour_is_not_supported_by_what_is_nearly_the_same():
    shown = stretches(
        hit("A permit of the lake office may be appealed against by its holder within 30 days.", number="3"),
        hit(
            "A fine of the lake office may be appealed against by its payer within 30 days; this stays it.", number="4"
        ),
    )
    text = "A fine of the lake office may be appealed against by its payer within 30 days."
    assert state(text, 2, shown=shown) is SUPPORTED
    assert state(text, 1, shown=shown) is SentenceState.WRONG_PROVISION


def test_a_sentence_in_the_words_of_the_provision_is_supported():
    assert state("The holder must report an accident to the lake office within 48 hours.", 2) is SUPPORTED


def test_a_sentence_without_a_citation_is_not_checked_and_so_fails():
    assert state("The holder must report an accident within 48 hours.") is SentenceState.NOT_CHECKED


@pytest.mark.parametrize("markers", [(6,), (2, 99), (0,), (UNREADABLE, 2)])
def test_a_number_that_was_not_shown_is_not_found(markers):
    assert state("The holder must report an accident within 48 hours.", *markers) is SentenceState.NOT_FOUND


@pytest.mark.parametrize(
    "text",
    [
        "The holder shall “report every accident to the lake office”.",
        'The holder shall "report every  accident to the lake office."',
        "The holder shall «report every accident to the lake office».",
    ],
)
def test_a_quotation_that_stands_in_the_provision_passes(text):
    assert state(text, 2) is SUPPORTED


@pytest.mark.parametrize(
    "text",
    [
        "The holder shall “report each accident to the lake office”.",
        'The holder shall "Report every accident".',
        "The holder shall «report every accident» to “the sea office”.",
    ],
)
def test_a_quotation_changed_by_a_word_or_a_letter_is_a_mismatch(text):
    assert state(text, 2) is SentenceState.QUOTE_MISMATCH


def test_a_quotation_may_be_written_in_decomposed_letters_and_other_blanks():
    shown = stretches(hit(PESCA, lang="es"))
    decomposed = "El titular «avisara\u0301 del\u00a0accidente a la oficina del lago en el plazo de 48 horas»."
    assert state(decomposed, 1, shown=shown, lang="es") is SUPPORTED


@pytest.mark.parametrize("deadline", ["72 hours", "48 days", "seventy-two hours", "2 days"])
def test_another_number_or_unit_is_unsupported(deadline):
    assert state(f"The holder must report an accident within {deadline}.", 2) is SentenceState.UNSUPPORTED


def test_a_number_in_words_agrees_with_its_digits():
    assert state("The holder must report every accident within forty-eight hours.", 2) is SUPPORTED


def test_a_number_of_another_provision_that_was_shown_is_the_wrong_provision():
    assert state("The holder must report an accident and pay EUR 20.", 2) is SentenceState.WRONG_PROVISION


def test_the_reference_itself_may_be_named():
    assert state("Under Article 7(2) the holder must report every accident to the lake office.", 2) is SUPPORTED


def test_an_article_named_beside_the_citation_of_another_is_the_wrong_provision():
    assert (
        state("Under Article 9 the holder must report every accident to the lake office.", 2)
        is SentenceState.WRONG_PROVISION
    )


def test_a_sentence_about_something_else_is_unsupported():
    assert state("Dogs may swim wherever their owner likes.", 2) is SentenceState.UNSUPPORTED


def test_repealed_law_supports_nothing():
    shown = stretches(hit(FEES, status=Status.REPEALED))
    assert state("A permit costs EUR 20.", 1, shown=shown) is SentenceState.REPEALED


def test_across_languages_a_paraphrase_is_not_checked_but_the_quoted_law_is_supported():
    assert state("El titular avisará del accidente en 48 horas.", 2, lang="es") is SentenceState.NOT_CHECKED
    quoted = "«The holder shall report every accident to the lake office within 48 hours»."
    assert state(quoted, 2, lang="es") is SUPPORTED
    assert state(ENGLISH[2].text, 2, lang="vi") is SUPPORTED


def test_numbers_are_compared_across_languages():
    assert state("El titular avisará en 72 horas.", 2, lang="es") is SentenceState.UNSUPPORTED


@pytest.mark.parametrize(
    ("text", "lang", "right", "wrong"),
    [
        (PESCA, "es", "El titular avisará a la oficina en cuarenta y ocho horas.", "El titular avisará en 24 horas."),
        (CAU, "vi", "Người có giấy phép phải báo tai nạn trong bốn mươi tám giờ.", "Phải báo tai nạn trong 24 giờ."),
    ],
)
def test_spanish_and_vietnamese_sentences_are_judged_alike(text, lang, right, wrong):
    shown = stretches(hit(text, lang=lang))
    assert state(right, 1, shown=shown, lang=lang) is SUPPORTED
    assert state(wrong, 1, shown=shown, lang=lang) is SentenceState.UNSUPPORTED


def test_a_provision_named_in_words_stands_for_its_number():
    gate = Gate(ENGLISH, lang="en")
    named = gate.check(Claim("Under Article 7(2) the holder must report every accident to the lake office.", ()))
    assert (named.citations, named.state) == ((2,), SUPPORTED)
    bracketed = gate.check(Claim("The holder must report every accident.", (), ("Article 7(2)",)))
    assert (bracketed.citations, bracketed.state) == ((2,), SUPPORTED)


def test_a_provision_named_in_words_that_was_not_shown_is_not_found():
    gate = Gate(ENGLISH, lang="en")
    assert gate.check(Claim("The holder must report.", (), ("Article 33(1)",))).state is SentenceState.NOT_FOUND
    assert gate.check(Claim("The holder must report.", (2,), ("source",))).state is SentenceState.NOT_FOUND


def test_a_name_that_two_laws_share_binds_to_neither():
    twice = {1: ENGLISH[2], 2: ENGLISH[2]}
    assert Gate(twice, lang="en").check(Claim("Article 7(2) asks for a report.", ())).citations == ()


def test_quotations_are_found_in_every_kind_of_marks():
    text = 'He said “one,” then «two» and "three" and ‘four words in all’ in the processor\'s name.'
    assert quotations(text) == ("one", "two", "three", "four words in all")


def test_the_items_of_a_list_may_be_counted_where_the_question_asks_how_many():
    shown = stretches(hit("1. The report names: (a) the boat; (b) the place; (c) the hour."))

    def answer(text, question):
        return Gate(shown, lang="en", question=question).check(Claim(text, tuple(shown))).state

    question = "How many things does the report name: boat, place, hour?"
    assert answer("The report names 3 things.", question) is SUPPORTED
    assert answer("The report names 4 things.", question) is SentenceState.UNSUPPORTED
    assert answer("The report names 3 things.", "What does the report name?") is SentenceState.UNSUPPORTED


def test_a_number_of_the_reference_in_spanish_may_be_named():
    shown = stretches(hit(PESCA, lang="es"))
    text = "El artículo 7 dice: «El titular avisará del accidente a la oficina del lago»."
    assert state(text, 1, shown=shown, lang="es") is not SentenceState.UNSUPPORTED
