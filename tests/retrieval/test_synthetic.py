import pytest

from index.articles import Article, ArticleVersion, Corpus, Law, Status
from index.errors import UserFacingError
from retrieval.pairs import PairsError
from retrieval.replies import ask_for_questions, read_replies
from retrieval.synthetic import (
    LONGEST_PROMPT,
    Reply,
    choose_articles,
    filled,
    keep_questions,
    objection,
    question_lines,
    read_prompt,
)
from retrieval.training_texts import ArticleTexts

LONG_ENOUGH = "Whoever moors a vessel in the harbour pays the fee on the day of arrival at the office. " * 3


def law(count=30, **texts) -> Corpus:
    articles = tuple(Article(f"a{n}", "x", f"Article {n}", str(n)) for n in range(count))
    versions = tuple(
        ArticleVersion(
            one.id, one.id, "", texts.get(one.id, LONG_ENOUGH), "en",
            status=Status.REPEALED if one.id == "a7" else Status.UNKNOWN,
        )
        for one in articles
    )  # fmt: skip
    return Corpus((Law("x", "X Act", "en"),), articles, versions)


def test_the_draw_is_seeded_and_a_smaller_one_begins_a_larger_one():
    assert choose_articles(law(), 5, seed=1) == choose_articles(law(), 20, seed=1)[:5]
    assert choose_articles(law(), 5, seed=1) != choose_articles(law(), 5, seed=2)


def test_repealed_short_and_held_out_articles_are_never_drawn():
    chosen = choose_articles(law(a3="Too short."), 100, seed=1, leave_out={"a5"})
    assert set(chosen) == {f"a{n}" for n in range(30)} - {"a3", "a5", "a7"}


@pytest.mark.parametrize(("lang", "word"), [("en", "question"), ("es", "pregunta"), ("vi", "câu hỏi")])
def test_every_language_has_a_prompt_that_shows_the_article(lang, word):
    asked = filled(read_prompt(lang), ArticleTexts(("X Act\nArticle 1\nText.",), ()), count=3)
    assert word in asked
    assert "3" in asked
    assert asked.endswith("X Act\nArticle 1\nText.\n")
    assert "{" not in asked


def test_own_prompts_take_the_place_of_those_of_lexcite(tmp_path):
    (tmp_path / "questions.fr.md").write_text("{count} questions:\n{article}", "utf-8")
    assert read_prompt("fr", tmp_path) == "{count} questions:\n{article}"


def test_a_prompt_that_is_missing_or_shows_no_article_is_refused(tmp_path):
    (tmp_path / "questions.fr.md").write_text("{count} questions!", "utf-8")
    with pytest.raises(PairsError, match=r"lacks \{article\}"):
        read_prompt("fr", tmp_path)
    with pytest.raises(PairsError, match=r"no prompt questions\.de\.md in lexcite"):
        read_prompt("de")


def test_a_long_article_is_shown_as_far_as_the_prompt_allows():
    head = "X Act\nArticle 1\n"
    passages = tuple(head + letter * 2_500 for letter in "abc")
    shown = filled("{count}{article}", ArticleTexts(passages, ()), count=1)
    assert shown == f"1{head}{'a' * 2_500}\n{'b' * 2_500}"
    assert len(shown) <= LONGEST_PROMPT + 1


def test_numbering_bullets_and_quotation_marks_are_no_part_of_a_question():
    reply = '1. Who pays?\n\n- "When is it paid?"\n(3) **Where?**\n* Who pays?\n2024 was the year; who paid?'
    assert question_lines(reply) == ("Who pays?", "When is it paid?", "Where?", "2024 was the year; who paid?")


def test_questions_in_a_row_are_taken_apart_and_a_story_stays_with_its_question():
    reply = "¿Quién paga? ¿Cuándo se paga?\nMy boat came late. Do I pay?"
    assert question_lines(reply) == ("¿Quién paga?", "¿Cuándo se paga?", "My boat came late. Do I pay?")


@pytest.mark.parametrize(
    ("question", "lang", "why"),
    [
        ("Who pays the fee when a ship moors?", "en", ""),
        ("Mi barco llegó ayer al puerto. ¿Cuándo tengo que pagar la tasa?", "es", ""),
        ("Khi nào chủ tàu phải nộp phí neo đậu?", "vi", ""),
        ("The fee is paid by the master.", "en", "no question"),
        ("Who pays?", "en", "under 4 or over 60 words"),
        ("What does this article say about fees?", "en", "points at the article"),
        ("What does Article 12 say about fees?", "en", "points at the article"),
        ("¿Qué establece el presente artículo sobre las tasas?", "es", "points at the article"),
        ("¿Qué dice el artículo 7 sobre las tasas de atraque?", "es", "points at the article"),
        ("Điều này quy định ai phải nộp phí?", "vi", "points at the article"),
        ("Theo khoản 2 thì ai phải nộp phí neo đậu?", "vi", "points at the article"),
        ("¿Quién tiene que pagar la tasa del puerto?", "en", "another language"),
        ("Who has to pay the fee of the harbour?", "vi", "another language"),
    ],
)
def test_what_nobody_could_ask_without_the_article_is_no_question(question, lang, why):
    assert objection(question, lang) == why


def reply(article_id: str, text: str) -> Reply:
    return Reply(article_id, text, "p", "m", 0.1)


def test_only_questions_that_find_their_article_among_all_others_are_kept():
    ranked = {
        "Who pays the mooring fee?": ["b", "c", "a", "d"],
        "Who may use the crane?": ["b", "c", "d", "a"],
    }
    kept = keep_questions(
        [reply("a", "Who pays the mooring fee?\nWho may use the crane?\nFine.")],
        {"a": "en"},
        source="synthetic:x",
        find=lambda question, lang: ranked[question],
    )
    (pair,) = kept.pairs
    assert (pair.question, pair.article_id, pair.lang, pair.source) == (
        "Who pays the mooring fee?", "a", "en", "synthetic:x",
    )  # fmt: skip
    assert dict(kept.counts) == {
        "lines": 3,
        "left out: no question": 1,
        "left out: does not find its article among the first 3": 1,
        "pairs": 1,
    }


def test_a_question_written_for_two_articles_is_kept_for_one_at_most():
    replies = [reply("a", "Who pays the mooring fee?"), reply("b", "Who pays the mooring fee?")]
    kept = keep_questions(replies, {"a": "en", "b": "en"}, source="s", find=lambda *_: ["a", "b"])
    assert [pair.article_id for pair in kept.pairs] == ["a"]
    assert dict(kept.counts)["left out: written for another article too"] == 1


PROMPTS = tuple((f"a{n}", f"Ask about {n}") for n in range(6))


class Model:
    """Answers with the prompt it was given; fails once it was asked so often."""

    def __init__(self, fails_after: int = 1_000) -> None:
        self.asked: list[str] = []
        self.fails_after = fails_after

    def write(self, prompt: str) -> str:
        if len(self.asked) == self.fails_after:
            raise UserFacingError("the server is gone")
        self.asked.append(prompt)
        return f"{prompt}: why?"


@pytest.mark.parametrize("at_once", [1, 3])
def test_replies_come_back_in_the_order_of_the_prompts_and_are_on_disk(tmp_path, at_once):
    told = []
    replies = ask_for_questions(
        PROMPTS, Model().write, tmp_path / "r.jsonl", model="m", at_once=at_once, on_reply=told.append
    )
    assert [(one.article_id, one.text) for one in replies] == [(one, f"{prompt}: why?") for one, prompt in PROMPTS]
    assert sorted(read_replies(tmp_path / "r.jsonl"), key=lambda one: one.article_id) == list(replies)
    assert len(told) == 6


def test_what_came_before_a_failure_is_not_asked_again(tmp_path):
    broken, sound = Model(fails_after=4), Model()
    with pytest.raises(UserFacingError, match="the server is gone"):
        ask_for_questions(PROMPTS, broken.write, tmp_path / "r.jsonl", model="m")
    replies = ask_for_questions(PROMPTS, sound.write, tmp_path / "r.jsonl", model="m")
    assert broken.asked + sound.asked == [prompt for _, prompt in PROMPTS]
    assert len(replies) == 6


def test_a_line_that_a_kill_cut_off_is_asked_again_and_harms_nothing(tmp_path):
    path = tmp_path / "r.jsonl"
    ask_for_questions(PROMPTS[:2], Model().write, path, model="m")
    path.write_bytes(path.read_bytes()[:-9])
    model = Model()
    ask_for_questions(PROMPTS[:3], model.write, path, model="m")
    assert model.asked == ["Ask about 1", "Ask about 2"]
    assert [one.article_id for one in read_replies(path)] == ["a0", "a1", "a2"]


def test_replies_of_another_model_or_to_another_prompt_do_not_count(tmp_path):
    ask_for_questions(PROMPTS[:1], Model().write, tmp_path / "r.jsonl", model="m")
    for prompts, name in (([("a0", "Ask better")], "m"), (PROMPTS[:1], "other")):
        model = Model()
        ask_for_questions(prompts, model.write, tmp_path / "r.jsonl", model=name)
        assert len(model.asked) == 1


def test_a_file_of_something_else_is_never_added_to(tmp_path):
    path = tmp_path / "r.jsonl"
    path.write_text('{"question": "Why?"}\n', "utf-8")
    with pytest.raises(PairsError, match=r"r\.jsonl, line 1: not a reply"):
        ask_for_questions(PROMPTS, Model().write, path, model="m")
    assert path.read_text("utf-8") == '{"question": "Why?"}\n'
