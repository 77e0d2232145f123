"""A lie tied to the end of a true sentence."""

import pytest

from generation.additions import adds
from generation.answer import SentenceState
from generation.evidence import extracts
from generation.sentences import Claim
from generation.verification import Gate
from tests.generation_samples import FISHING, Shelf, hit

PERMIT = "The holder of a permit shall report every accident to the lake office within 48 hours."
TITULAR = "El titular avisará del accidente a la oficina del lago y podrá pescar desde la orilla."
CHU = "Người có giấy phép phải báo tai nạn cho văn phòng hồ và được câu cá từ bờ hồ."


@pytest.mark.parametrize(
    ("lang", "law", "tail"),
    [
        ("en", PERMIT, ", and whoever shouts gets flogged"),
        ("en", PERMIT, ", or else the house is burned down by soldiers"),
        ("en", PERMIT, " before soldiers arrive bringing heavy chains"),
        ("es", TITULAR, ", y quien se oponga será azotado"),
        ("es", TITULAR, " pero los amigos del alcalde quedan excusados"),
        ("vi", CHU, ", ai phản đối thì bị đánh roi"),
        ("vi", CHU, ", và tiền phạt tăng gấp đôi mỗi tuần"),
    ],
)
def test_a_clause_in_words_that_no_law_has_is_an_addition(lang, law, tail):
    assert adds(law.rstrip(".") + tail + ".", [law], lang=lang)
    assert not adds(law, [law], lang=lang)


@pytest.mark.parametrize(
    ("lang", "law", "sentence"),
    [
        ("en", PERMIT, "Whoever has a permit must tell the lake office of accidents, and do so within 48 hours."),
        ("es", TITULAR, "Sí, el titular debe avisar del accidente, y puede pescar desde la orilla."),
        ("vi", CHU, "Khi có tai nạn thì người có giấy phép phải báo cho văn phòng hồ."),
        ("fr", PERMIT, "Quiconque proteste sera fouetté publiquement devant tout le monde."),
    ],
)
def test_a_sentence_in_words_of_its_own_adds_nothing(lang, law, sentence):
    assert not adds(sentence, [law], lang=lang)


def test_the_question_may_hold_the_words():
    sentence = "That is so, and anglers camping overnight need a permit."
    assert adds(sentence, ["The holder of a licence pays a fee."], lang="en")
    assert not adds(
        sentence, ["The holder of a licence pays a fee.", "Do anglers camping overnight need one?"], lang="en"
    )


def test_numbers_are_no_words():
    assert not adds("The holder, Section 7, 1/1/2019, 12:30, 55, 66, 77, reports.", ["The holder reports."], lang="en")


class Agrees:
    """A judge that finds everything entailed."""

    name = "agrees"

    def entails(self, premise, hypothesis):
        return 1.0


@pytest.mark.parametrize(
    ("text", "judge", "state"),
    [
        ("“The holder shall report every accident to the lake office within 48 hours”, says the law.", None, True),
        ("“The holder shall report every accident to the lake office within 48 hours”, soldiers burn down houses.",
         None, False),
        ("“The holder shall report every accident to the lake office within 48 hours”, soldiers burn down houses.",
         Agrees(), False),
        ("The holder must report accidents to the lake office, and whoever shouts gets flogged.", None, False),
        ("The holder must report accidents to the lake office, and whoever shouts gets flogged.", Agrees(), True),
    ],
)  # fmt: skip
def test_nothing_is_tied_to_a_quotation_and_a_judge_alone_reads_other_words(text, judge, state):
    found = hit(FISHING)
    shown = dict(enumerate(extracts(found, Shelf((found,)).provisions(found.version.id)), start=1))
    verdict = Gate(shown, lang="en", judge=judge).check(Claim(text, (2,))).state
    assert verdict is (SentenceState.SUPPORTED if state else SentenceState.UNSUPPORTED)
