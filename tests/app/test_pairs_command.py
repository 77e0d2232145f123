import json

import pytest

from app.cli import main
from app.question_writer import QuestionWriter
from generation.llm import LLMError
from index.importers.registry import read_corpus
from retrieval.pairs import read_pairs
from retrieval.questions import read_questions
from tests.fake_openai import fake_openai, says
from tests.fakes import ScriptedLLM
from tests.small_law import write_corpus

QUESTIONS = (
    ("1", "When does the landlord return the deposit?", "tenancy#a7", "train"),
    ("2", "What notice ends a tenancy?", "tenancy#a8", "train"),
    ("3", "What notice must an employer give?", "labour#a12", "train"),
    ("4", "When does a landlord return the deposit?", "tenancy#a7", "dev"),
)


@pytest.fixture
def law(tmp_path):
    return write_corpus(tmp_path / "law.jsonl")


@pytest.fixture
def asked(tmp_path):
    path = tmp_path / "asked.questions.jsonl"
    rows = [{"id": n, "question": q, "relevant": [a], "lang": "en", "split": s} for n, q, a, s in QUESTIONS]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def run(*arguments) -> int:
    return main(["pairs", *map(str, arguments)])


def report(path):
    return json.loads(path.with_name(f"{path.name}.report.json").read_text("utf-8"))


def test_headings_become_pairs_and_the_dev_questions_keep_their_articles(tmp_path, law, asked, capsys):
    out = tmp_path / "h.jsonl"
    assert run("headings", law, "--out", out, "--unlike", asked, "--without-their-articles") == 0
    pairs = read_pairs([out], read_corpus([law])).pairs
    assert {pair.article_id for pair in pairs} == {"tenancy#a8", "labour#a12", "arriendos#a7", "thuenha#a7"}
    assert {pair.source for pair in pairs} == {"headings:law"}
    assert all(pair.without_heading for pair in pairs)
    assert report(out)["left_out_with_articles_kept_to_measure"] == 1
    assert capsys.readouterr().out == f"4 pairs: {out}\n"


def test_so_many_headings_of_each_language_are_drawn_always_the_same(tmp_path, law):
    out, again, all_of_them = tmp_path / "h.jsonl", tmp_path / "again.jsonl", tmp_path / "all.jsonl"
    for path in (out, again):
        assert run("headings", law, "--most", 1, "--seed", 3, "--out", path) == 0
    assert run("headings", law, "--out", all_of_them) == 0
    drawn, every = (read_pairs([path], read_corpus([law])).pairs for path in (out, all_of_them))
    assert out.read_bytes() == again.read_bytes()
    assert sorted(pair.lang for pair in drawn) == sorted({pair.lang for pair in every})
    assert set(drawn) < set(every)


def test_questions_of_a_file_never_repeat_its_own_dev_questions(tmp_path, law, asked):
    out = tmp_path / "q.jsonl"
    assert run("questions", asked, "--out", out) == 0
    assert [pair.article_id for pair in read_pairs([out], read_corpus([law])).pairs] == ["tenancy#a8", "labour#a12"]
    found = report(out)["near_duplicates"]
    assert (found["removed"], found["kept"], found["held_out_questions"]) == (1, 2, 1)
    assert found["removed_examples"][0]["held_out"] == "When does a landlord return the deposit?"


def test_questions_set_aside_share_no_article_with_those_trained_on(tmp_path, asked):
    out, aside = tmp_path / "q.jsonl", tmp_path / "c.jsonl"
    assert run("questions", asked, "--out", out, "--choose", "0.4", "--choose-out", aside, "--seed", "3") == 0
    (chosen,) = read_questions(aside, split="choose")
    trained = [json.loads(line)["article"] for line in out.read_text("utf-8").splitlines()]
    assert chosen.relevant[0] not in trained


@pytest.mark.parametrize(
    ("options", "message"),
    [(("--split", "dev"), "kept to measure with"), (("--choose", "0.2"), "--choose-out FILE go together")],
)
def test_wrong_questions_options_are_refused(tmp_path, asked, capsys, options, message):
    assert run("questions", asked, "--out", tmp_path / "q.jsonl", *options) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "q.jsonl").exists()


def test_negatives_are_added_to_pairs(tmp_path, law, asked):
    pairs, out = tmp_path / "q.jsonl", tmp_path / "n.jsonl"
    run("questions", asked, "--out", pairs)
    assert run("negatives", pairs, "--corpus", law, "--out", out, "--count", "1") == 0
    first, second = read_pairs([out], read_corpus([law])).pairs
    assert len(first.negatives) == len(second.negatives) == 1
    assert first.article_id not in first.negatives


def test_questions_name_their_article_but_for_those_that_become_like_a_dev_question(tmp_path, law, asked, capsys):
    pairs, out, dev = tmp_path / "q.jsonl", tmp_path / "named.jsonl", tmp_path / "dev.jsonl"
    run("questions", asked, "--out", pairs)
    assert run("naming", pairs, "--corpus", law, "--share", 1, "--out", out) == 0
    named = [json.loads(line)["question"] for line in out.read_text("utf-8").splitlines()]
    assert named == [
        "What notice ends a tenancy under Article 8?",
        "What notice must an employer give under Article 12?",
    ]
    alike = {"id": "1", "question": "What ends a tenancy under Article 8?", "relevant": ["tenancy#a8"], "split": "dev"}
    dev.write_text(json.dumps(alike) + "\n", "utf-8")
    capsys.readouterr()
    assert run("naming", pairs, "--corpus", law, "--share", 1, "--out", out, "--unlike", dev) == 0
    assert "2 pairs, 1 of which now name their article" in capsys.readouterr().out
    kept = [json.loads(line)["question"] for line in out.read_text("utf-8").splitlines()]
    assert kept == ["What notice ends a tenancy?", "What notice must an employer give under Article 12?"]
    assert report(out)["left_for_likeness"] == 1


def test_check_counts_pairs_and_proves_them_clean(tmp_path, law, asked, capsys):
    out = tmp_path / "q.jsonl"
    run("questions", asked, "--out", out)
    capsys.readouterr()
    assert run("check", out, "--corpus", law, "--unlike", asked, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["source"], one["pairs"], one["articles"]) for one in told["sources"]] == [("asked", 2, 2)]
    assert told["near_duplicates"]["removed"] == 0


def test_check_fails_where_a_dev_question_is_trained_on(tmp_path, law, asked, capsys):
    dirty = tmp_path / "dirty.jsonl"
    rows = [{"question": q, "article": a} for _, q, a, _ in QUESTIONS]
    dirty.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert run("check", dirty, "--corpus", law, "--unlike", asked) == 1
    told = capsys.readouterr()
    assert "asked (en)" not in told.out
    assert "dirty (en): 4 pairs of 3 articles" in told.out
    assert "2 pair(s) are nearly the same as a question kept to measure with" in told.err


def test_a_model_writes_questions_that_find_their_article_again(tmp_path, capsys):
    text = (
        "The keeper of a dog keeps it on a lead in streets and squares and pays a fine of fifty euros otherwise. " * 2
    )
    row = ("dogs", "Dogs Act", "XX", "en", "Article 1", "Leads", text)
    other = ("cats", "Cats Act", "XX", "en", "Article 2", "Collars", text.replace("dog", "cat").replace("lead", "bell"))
    law, out = write_corpus(tmp_path / "law.jsonl", (row, other)), tmp_path / "s.jsonl"
    reply = says("1. What fine does the keeper of a dog without a lead pay?\nNo question.")
    options = ("synthetic", law, "--out", out, "--articles", "2", "--within", "1", "--at-once", "2")
    with fake_openai(reply) as server:
        assert run(*options, "--llm-url", server.url, "--llm-model", "tiny") == 0
        asked = [body["messages"][0]["content"] for body in server.bodies]
        assert len(asked) == 2
        assert sum("Dogs Act\nArticle 1. Leads" in prompt for prompt in asked) == 1
        server.bodies.clear()
        assert run(*options, "--llm-url", server.url, "--llm-model", "tiny") == 0
        assert server.bodies == []  # every reply was on disk
    (line,) = out.read_text("utf-8").splitlines()
    assert json.loads(line) == {
        "question": "What fine does the keeper of a dog without a lead pay?",
        "article": "dogs#a1",
        "source": "synthetic:law",
        "lang": "en",
    }
    assert "articles an hour" in capsys.readouterr().err


def test_without_a_server_nothing_is_asked(tmp_path, law, capsys):
    assert run("synthetic", law, "--out", tmp_path / "s.jsonl") == 1
    assert "--llm-url" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "whole"),
    [("Who pays?\nWhen is it", "Who pays?"), ("Who pays? When is it", "Who pays?"), ("and so on and so on", "")],
)
def test_a_writer_gives_the_whole_questions_of_a_reply_that_was_cut_short(text, whole):
    class Cut(ScriptedLLM):
        async def stream(self, messages, *, max_tokens, citable=None):
            del messages, max_tokens, citable
            yield text
            raise LLMError("cut short")

    with QuestionWriter(Cut(""), max_tokens=10) as writer:
        assert writer.write("prompt").strip() == whole


def test_a_writer_tells_when_nothing_came():
    silent = ScriptedLLM(LLMError("the server is gone"))
    with QuestionWriter(silent, max_tokens=10) as writer, pytest.raises(LLMError, match="the server is gone"):
        writer.write("prompt")
