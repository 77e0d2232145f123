import pytest

from retrieval.questions import Question, QuestionsError, read_questions
from retrieval.splits import kept_to_measure, split_by_article, write_questions


def asked(number: int, *relevant: str, split: str = "train") -> Question:
    return Question(f"q{number}", f"Question {number}?", relevant, split=split)


def test_no_article_answers_questions_of_both_parts():
    questions = [asked(n, f"a{n // 3}", f"b{n // 6}") for n in range(60)]  # ten groups of six
    train, aside = split_by_article(questions, share=0.3)
    assert len(aside) == 18
    assert not {one for q in train for one in q.relevant} & {one for q in aside for one in q.relevant}
    assert sorted([*train, *aside], key=questions.index) == questions


def test_questions_linked_through_a_third_stay_together():
    chain = [asked(0, "a"), asked(1, "b"), asked(2, "a", "b")]
    single = [asked(n, f"x{n}") for n in range(3, 9)]
    for seed in range(20):
        _, aside = split_by_article([*chain, *single], share=0.4, seed=seed)
        assert sum(one in aside for one in chain) in {0, 3}


def test_the_seed_decides_the_parts():
    questions = [asked(n, f"a{n}") for n in range(40)]
    assert split_by_article(questions, share=0.25, seed=1) == split_by_article(questions, share=0.25, seed=1)
    assert split_by_article(questions, share=0.25, seed=1) != split_by_article(questions, share=0.25, seed=2)


def test_a_group_too_large_for_the_share_stays_in_training():
    questions = [*(asked(n, "big") for n in range(50)), *(asked(n, f"a{n}") for n in range(50, 60))]
    for seed in range(10):
        _, aside = split_by_article(questions, share=0.1, seed=seed)
        assert len(aside) == 6
        assert all(one.relevant != ("big",) for one in aside)


def test_questions_that_all_share_an_article_cannot_be_divided():
    with pytest.raises(QuestionsError, match=r"5 questions in 1 group\(s\) that share no article"):
        split_by_article([asked(n, "a") for n in range(5)], share=0.2)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5])
def test_a_share_of_nothing_or_all_is_refused(share):
    with pytest.raises(ValueError, match="share"):
        split_by_article([asked(1, "a"), asked(2, "b")], share=share)


def test_what_is_kept_to_measure_is_the_held_out_split_or_everything():
    mixed = (asked(1, "a"), asked(2, "b", split="dev"), asked(3, "c", split="choose"))
    assert kept_to_measure(mixed) == mixed[1:]
    assert kept_to_measure(mixed[:1]) == mixed[:1]


def test_questions_set_aside_come_back_whole_under_their_new_split(tmp_path):
    wordings, choices = ("Ai đó?",), (("A", "có"), ("B", "không"))
    one = Question("q1", "Ai?", ("a", "b"), "Không", "vi", "choose", wordings, "choice", choices, may_abstain=True)
    write_questions([one], tmp_path / "choose.jsonl", split="choose")
    assert read_questions(tmp_path / "choose.jsonl") == (one,)


@pytest.mark.real_law
def test_the_vietnamese_training_questions_can_be_divided(law_data):
    questions = read_questions(law_data / "questions" / "vi_alqac.questions.jsonl.gz", split="train")
    train, aside = split_by_article(questions, share=0.2)
    assert (len(train), len(aside)) == (380, 94)
    assert not {one for q in train for one in q.relevant} & {one for q in aside for one in q.relevant}
