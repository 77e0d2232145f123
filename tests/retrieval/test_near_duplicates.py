import pytest

from retrieval.near_duplicates import GramIndex, Likeness, grams, remove_near_duplicates
from retrieval.questions import read_questions


def by_hand(first: str, second: str) -> float:
    """Jaccard similarity by its definition, over 5-grams of plain lower-case ASCII words."""
    one, other = ({f" {text} "[at : at + 5] for at in range(len(text) - 2)} for text in (first, second))
    return len(one & other) / len(one | other)


def test_similarity_is_jaccard_of_character_five_grams():
    held_out = GramIndex(["who pays the harbour fee", "what light does a ship show"])
    assert held_out.nearest("who pays harbour fees") == Likeness(
        "who pays harbour fees",
        "who pays the harbour fee",
        by_hand("who pays harbour fees", "who pays the harbour fee"),
    )


def test_case_marks_and_punctuation_do_not_tell_texts_apart():
    assert grams("¿QUIÉN paga, la   tasa?") == grams("quien paga la tasa")
    assert GramIndex(["Ai nộp phí neo đậu?"]).nearest("ai nop phi neo dau").similarity == 1.0


def test_texts_that_share_nothing_have_no_nearest():
    assert GramIndex(["abcdefgh"]).nearest("xyzuvw") is None
    assert GramIndex([]).nearest("anything at all") is None


def test_texts_shorter_than_a_gram_are_compared_whole():
    assert GramIndex(["a"]).nearest("A").similarity == 1.0
    assert GramIndex(["a"]).nearest("b") is None


def test_what_is_alike_is_removed_and_reported_and_the_rest_stays_in_order():
    held_out = GramIndex(["What must a company do after I withdraw my consent?"])
    texts = (
        "Which light does a ship show?",
        "What must a company do when I withdraw my consent?",
        "What must a company tell me?",
        "What must a company do after I withdraw my consent?",
    )
    removal = remove_near_duplicates(texts, held_out, text_of=str, threshold=0.6)
    assert removal.kept == (texts[0], texts[2])
    assert [one.text for one in removal.removed] == [texts[3], texts[1]]
    assert removal.removed[0].similarity == 1.0
    assert removal.closest[0].text == texts[2]
    told = removal.to_json(examples=1)
    assert (told["kept"], told["removed"], told["threshold"], told["held_out_questions"]) == (2, 2, 0.6, 1)
    assert told["removed_examples"] == [{"similarity": 1.0, "training": texts[3], "held_out": texts[3]}]
    assert 0 < told["highest_similarity_kept"] < 0.6


def test_a_text_at_the_threshold_is_removed():
    threshold = by_hand("who pays fees", "who pays fines")
    assert 0 < threshold < 1
    removal = remove_near_duplicates(["who pays fees"], GramIndex(["who pays fines"]), text_of=str, threshold=threshold)
    assert removal.kept == ()


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1])
def test_a_threshold_that_means_nothing_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold"):
        remove_near_duplicates(["a"], GramIndex(["b"]), text_of=str, threshold=threshold)


def test_all_that_are_alike_are_found_with_the_text_itself():
    index = GramIndex(["who pays fees", "which light", "who pays the fees"])
    assert index.alike("who pays fees", 0.4) == ("who pays fees", "who pays the fees")


@pytest.mark.real_law
@pytest.mark.parametrize(("name", "removed"), [("vi_alqac", 33), ("es_justicio", 19), ("en_pdpa", 6)])
def test_near_duplicates_of_the_dev_questions_are_as_the_documentation_says(law_data, name, removed):
    questions = read_questions(law_data / "questions" / f"{name}.questions.jsonl.gz")
    dev = [wording for one in questions if one.split == "dev" for wording in (one.text, *one.variants)]
    train = [wording for one in questions if one.split == "train" for wording in (one.text, *one.variants)]
    removal = remove_near_duplicates(train, GramIndex(dev), text_of=str)
    assert len(removal.removed) == removed
    assert not remove_near_duplicates(removal.kept, GramIndex(dev), text_of=str).removed
