import pytest

from generation.sentences import UNREADABLE, Claim, SentenceReader, split_sentences


def read(text, piece=7):
    reader = SentenceReader()
    claims = [claim for at in range(0, len(text), piece) for claim in reader.feed(text[at : at + piece])]
    return [(c.text, c.markers) for c in [*claims, *reader.finish()]]


@pytest.mark.parametrize("piece", [1, 3, 7, 1000])
def test_one_sentence_a_line_with_its_markers(piece):
    assert read("Boats need a permit [1].\nMinors pay nothing [2][3]\n", piece) == [
        ("Boats need a permit.", (1,)),
        ("Minors pay nothing", (2, 3)),
    ]


@pytest.mark.parametrize("piece", [1, 4, 1000])
def test_several_sentences_on_a_line_are_told_apart(piece):
    assert read("Boats need a permit [1]. Minors pay nothing. [2] See art. 5 for more [3]! Done.", piece) == [
        ("Boats need a permit.", (1,)),
        ("Minors pay nothing.", (2,)),
        ("See art. 5 for more!", (3,)),
        ("Done.", ()),
    ]


def test_a_marker_in_the_middle_does_not_end_a_sentence():
    assert read("The holder [1] reports within 48 hours [2].") == [("The holder reports within 48 hours.", (1, 2))]


def test_markers_before_their_sentence():
    assert read("[1] Boats need a permit. [2] Minors pay nothing.") == [
        ("Boats need a permit.", (1,)),
        ("Minors pay nothing.", (2,)),
    ]


def test_bullets_numbers_and_emphasis_are_taken_off():
    assert read("- **Boats** need a permit [1]\n2) Minors pay nothing [2]\n• Dogs swim [3]\n# Answer\n") == [
        ("Boats need a permit", (1,)),
        ("Minors pay nothing", (2,)),
        ("Dogs swim", (3,)),
        ("Answer", ()),
    ]


@pytest.mark.parametrize(
    ("written", "markers"),
    [("[1, 3]", (1, 3)), ("[1-3]", (1, 2, 3)), ("【2】", (2,)), ("[１]", (1,)), ("[1][1]", (1,)), ("[2 y 3]", (2, 3))],
)
def test_markers_as_models_write_them(written, markers):
    assert read(f"Boats need a permit {written}.") == [("Boats need a permit.", markers)]


def test_what_is_no_number_in_brackets_is_kept_as_a_mention():
    (claim,) = SentenceReader().feed("Boats need a permit [Article 7(1)].\n")
    assert claim == Claim("Boats need a permit.", (), ("Article 7(1)",))
    assert UNREADABLE not in claim.markers


def test_a_sentence_is_handed_out_before_its_line_ends():
    reader = SentenceReader()
    assert list(reader.feed("Boats need a permit [1]. ")) == []
    assert [c.text for c in reader.feed("Min")] == ["Boats need a permit."]


@pytest.mark.parametrize(
    "whole",
    [
        "Under art. 5 the office decides [1].",
        "Pays 1.000 EUR e.g. in Art. 5 no more [1].",
        "Según el art. 18.2 nadie entra [1].",
        "Ủy ban nhân dân TP. Hồ Chí Minh cấp giấy phép [1].",
    ],
)
def test_full_stops_of_abbreviations_end_nothing(whole):
    assert split_sentences(whole) == [whole]


def test_invisible_characters_are_not_passed_on():
    assert read("Boats\u200b need\u202e a permit\x00 [1]\n") == [("Boats need a permit", (1,))]


def test_lines_of_nothing_but_marks_are_no_claims():
    assert read("\n---\n[1]\n...\n") == []
