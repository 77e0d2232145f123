"""A person at the chat page: headless Chromium asks a question, reads the streamed answer and clicks a citation."""

import json
import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from generation.receipts import seal

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.packaged_model,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; on Debian: apt-get install chromium"),
]
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture
def page(demo):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.requested = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(demo.url)
        yield page
        browser.close()


def ask(page, question: str) -> None:
    box = page.locator("#question textarea")
    box.fill(question)
    page.locator("#ask").click()


def test_a_citizen_asks_reads_the_answer_and_opens_the_cited_article(page, demo, tmp_path):
    ask(page, "How long does a controller have to notify a data breach?")
    page.wait_for_selector("#conversation .notice", timeout=60_000)
    answer = page.locator("#conversation .bot, #conversation [data-testid=bot]").last
    assert "72 hours" in answer.inner_text()

    citation = answer.locator("a.cite").first
    target = citation.get_attribute("href")
    citation.click()
    card = page.locator(target)
    assert "Article 33(1)" in card.locator("h3").inner_text()
    assert "General Data Protection Regulation" in card.inner_text()
    assert "72 hours" in card.locator("mark").inner_text()
    assert page.url.endswith(target)
    assert card.locator("a").get_attribute("href").startswith("https://eur-lex.europa.eu/")

    with page.expect_download() as saving:
        page.locator("#sources .receipts a").first.click()
    assert saving.value.suggested_filename == "lexcite-receipt-1.json"
    receipt = json.loads(Path(saving.value.path()).read_text("utf-8"))
    assert receipt["sha256"] == seal(receipt)
    assert receipt["citations"][0]["provision"] == "Article 33(1)"

    shot = Path(os.environ.get("SCREENSHOT", tmp_path / "chat.png"))
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=shot)
    assert shot.stat().st_size > 10_000

    outside = [url for url in page.requested if not url.startswith((demo.url, "data:", "blob:"))]
    assert outside == []
    assert page.problems == []


def test_the_page_fits_a_phone_and_follows_the_dark_scheme(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    page.reload()
    page.wait_for_selector("#question textarea")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.body.classList.contains('dark')")


def test_script_in_a_question_stays_text(page):
    ask(
        page, "<img src=x onerror=\"document.title='owned'\"> **deposit** $x^2$ <script>document.title='owned'</script>"
    )
    page.wait_for_selector("#conversation .notice", timeout=60_000)
    assert page.title() == "lexcite"
    assert page.locator("#conversation img[src=x]").count() == 0
    assert "<img src=x" in page.locator("#conversation").inner_text()
