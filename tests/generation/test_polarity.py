import pytest

from generation.answer import SentenceState
from generation.evidence import extracts
from generation.sentences import Claim
from generation.verification import Gate
from tests.generation_samples import Shelf, hit

LAW = {
    "en": "1. The holder may lend the boat to a member of the club.\n"
    "2. The holder must not fish at night.\n3. The holder must mark the boat with a lamp.\n"
    "4. The holder need not carry an anchor.",
    "es": "1. El titular podrá prestar la barca a un socio del club.\n2. El titular no podrá pescar de noche.\n"
    "3. El titular deberá marcar la barca con un farol.",
    "vi": "1. Chủ thuyền có thể cho hội viên mượn thuyền.\n2. Chủ thuyền không được đánh cá vào ban đêm.\n"
    "3. Chủ thuyền phải treo đèn trên thuyền.",
}


def passes(text, clause, lang):
    found = hit(LAW[lang], lang=lang)
    shown = dict(enumerate(extracts(found, Shelf((found,)).provisions(found.version.id)), start=1))
    return Gate(shown, lang=lang).check(Claim(text, (clause,))).state is SentenceState.SUPPORTED


@pytest.mark.parametrize(
    ("lang", "clause", "true", "false"),
    [
        ("en", 1, "The holder may lend the boat to a club member.", "The holder must lend the boat to a club member."),
        ("en", 1, "A member of the club may be lent the boat.", "The holder may not lend the boat to a member."),
        ("en", 2, "Nobody may fish at night.", "The holder may fish at night."),
        ("en", 2, "The holder is not allowed to fish at night.", "The holder must fish at night."),
        ("en", 3, "The holder is required to mark the boat with a lamp.", "The holder may mark the boat with a lamp."),
        ("en", 3, "The boat must be marked with a lamp.", "The holder need not mark the boat with a lamp."),
        ("en", 4, "The holder does not have to carry an anchor.", "The holder must carry an anchor."),
        ("es", 1, "El titular puede prestar la barca a un socio.", "El titular deberá prestar la barca a un socio."),
        ("es", 2, "El titular no puede pescar de noche.", "El titular podrá pescar de noche."),
        (
            "es",
            3,
            "El titular debe marcar la barca con un farol.",
            "El titular no deberá marcar la barca con un farol.",
        ),
        ("vi", 1, "Chủ thuyền được phép cho hội viên mượn thuyền.", "Chủ thuyền phải cho hội viên mượn thuyền."),
        ("vi", 2, "Chủ thuyền bị cấm đánh cá vào ban đêm.", "Chủ thuyền được đánh cá vào ban đêm."),
        ("vi", 3, "Chủ thuyền có nghĩa vụ treo đèn trên thuyền.", "Chủ thuyền được treo đèn trên thuyền."),
        ("vi", 3, "Chủ thuyền bắt buộc phải treo đèn trên thuyền.", "Chủ thuyền không phải treo đèn trên thuyền."),
    ],
)
def test_what_is_allowed_demanded_or_forbidden_must_agree_with_the_clause(lang, clause, true, false):
    assert passes(true, clause, lang)
    assert not passes(false, clause, lang)


def test_a_not_inside_a_comparison_denies_nothing():
    found = hit("1. The holder may keep not more than 5 boats on the lake.")
    shown = dict(enumerate(extracts(found, Shelf((found,)).provisions(found.version.id)), start=1))
    assert Gate(shown, lang="en").check(Claim("The holder may keep up to 5 boats.", (1,))).state.value == "supported"


def test_the_no_that_opens_an_answer_denies_nothing_by_itself():
    assert passes("No. The holder must not fish at night.", 2, "en")
    assert passes("Yes. The holder must mark the boat with a lamp.", 3, "en")


def test_the_heading_of_a_list_of_what_is_forbidden_forbids_each_item():
    found = hit("1. The holder must not:\n(a) fish at night;\n(b) lend the boat to minors.")
    shown = dict(enumerate(extracts(found, Shelf((found,)).provisions(found.version.id)), start=1))
    gate = Gate(shown, lang="en")
    every = tuple(shown)
    assert gate.check(Claim("The holder must not lend the boat to minors.", every)).state is SentenceState.SUPPORTED
    assert gate.check(Claim("The holder must lend the boat to minors.", every)).state is SentenceState.UNSUPPORTED


def judged(law, text, question=""):
    found = hit(law)
    shown = dict(enumerate(extracts(found, Shelf((found,)).provisions(found.version.id)), start=1))
    return Gate(shown, lang="en", question=question).check(Claim(text, tuple(shown))).state is SentenceState.SUPPORTED


@pytest.mark.parametrize(
    ("law", "true", "false"),
    [
        (  # a "not" beside the law's own "only"
            "1. Only the holder may moor at the pier.",
            "Only the holder may moor at the pier.",
            "Not only the warden but only the holder is not bound to moor at the pier.",
        ),
        (  # "must not unless"
            "1. The holder must not land fish unless the warden has given consent.",
            "The holder must obtain consent before fish is landed.",
            "The holder may land fish unless the warden has given consent.",
        ),
        (  # a choice left to an office, in a list
            "1. The warden must:\n(a) hear the holder; and\n(b) take any of these as the warden thinks fit:"
            " (i) revoke the permit; (ii) vary the permit.",
            "The warden may vary the permit.",
            "The warden must not vary the permit.",
        ),
        (  # "is prohibited" behind what is forbidden
            "1. A person must not sell fish at the pier.",
            "Selling fish at the pier is prohibited.",
            "Selling fish at the pier is not prohibited.",
        ),
    ],
)
def test_exceptions_choices_and_bans_are_read_as_they_are_meant(law, true, false):
    assert judged(law, true)
    assert not judged(law, false)


def test_a_condition_that_a_sentence_leaves_out_is_no_denial_dropped():
    law = "1. If the holder has no lamp of the club, the holder must buy a lamp."
    assert judged(law, "The holder must buy a lamp.")


def test_a_question_may_hold_the_denial():
    law = "1. Nobody may sell fish and bait at the pier."
    question = "What may nobody sell at the pier?"
    assert judged(law, "Fish and bait at the pier.", question)
    assert not judged(law, "The holder may sell fish and bait at the pier.", question)
