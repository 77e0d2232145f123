"""The chat page: a conversation, and beside it the articles that the answer cites, with the quoted words marked."""

import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import Any

import gradio as gr
from fastapi import FastAPI, HTTPException
from starlette.routing import Mount

from app.api.state import State
from app.chat_html import answer_html, inline, panel_html, receipts_html, sentences_html
from generation.answer import Finished, Retrieved, Sentence, SentenceReady, Turn
from generation.conversation import LONGEST, remembered
from generation.receipts import receipt_json
from index.errors import UserFacingError
from retrieval.search import Filters

TITLE = "lexcite"
EXAMPLES = (
    "How long does a controller have to notify a data breach?",
    "¿En qué plazo hay que notificar una violación de la seguridad de los datos personales?",
    "Bên kiểm soát dữ liệu phải thông báo vi phạm dữ liệu cá nhân trong thời hạn bao lâu?",
)
_WORDS = {
    "ask": {"en": "Ask", "es": "Preguntar", "vi": "Hỏi"},
    "question": {"en": "Your question", "es": "Tu pregunta", "vi": "Câu hỏi của bạn"},
    "conversation": {"en": "Conversation", "es": "Conversación", "vi": "Hội thoại"},
    "examples": {"en": "Examples", "es": "Ejemplos", "vi": "Ví dụ"},
    "as_of": {
        "en": "Law as of (YYYY-MM-DD; empty: today)",
        "es": "Ley vigente el (AAAA-MM-DD; vacío: hoy)",
        "vi": "Luật tại ngày (NĂM-THÁNG-NGÀY; để trống: hôm nay)",
    },
    "no_date": {
        "en": "{typed} is no date. Write year, month and day, as in 2016-05-03, or leave the field empty for today.",
        "es": "{typed} no es una fecha. Escribe año, mes y día, como 2016-05-03, o deja el campo vacío para hoy.",
        "vi": "{typed} không phải là ngày. Hãy viết năm, tháng, ngày, như 2016-05-03, hoặc để trống cho hôm nay.",
    },
    "clear": {"en": "New conversation", "es": "Nueva conversación", "vi": "Hội thoại mới"},
    "intro": {
        "en": "Answers from the text of the law, each sentence with its citation. No legal advice.",
        "es": "Respuestas tomadas del texto de la ley, cada frase con su cita. No es asesoramiento jurídico.",
        "vi": "Trả lời từ văn bản pháp luật, mỗi câu kèm trích dẫn. Không phải tư vấn pháp lý.",
    },
}


class DayError(UserFacingError):
    """What stands in the date field is no date."""


def mount_chat(application: FastAPI, state: State) -> Callable[[], None]:
    """Mounts the page at `/`, closed to everything but the conversation.

    Returns:
        A function that lets open pages go, each of which holds a connection for as long as it is open.
    """
    page = _page(state)
    page.queue(api_open=False, default_concurrency_limit=state.settings.workers, max_size=state.settings.queue)
    gr.mount_gradio_app(
        application,
        page,
        path="/",
        show_error=False,
        allowed_paths=[],
        footer_links=[],
        ssr_mode=False,
        max_file_size=0,
        enable_monitoring=False,
        theme=gr.themes.Default(
            primary_hue=gr.themes.colors.blue, font=["system-ui", "sans-serif"], font_mono=["monospace"]
        ),
        css=files("app").joinpath("chat.css").read_text("utf-8"),
        i18n=gr.I18n(**{lang: {word: said[lang] for word, said in _WORDS.items()} for lang in ("en", "es", "vi")}),
    )
    mount = application.routes[-1]
    assert isinstance(mount, Mount)  # noqa: S101 - mounted one line above
    let_go: Callable[[], None] = mount.app.stop_event.set  # type: ignore[attr-defined]  # Gradio's own application
    return let_go


def _page(state: State) -> gr.Blocks:
    word = gr.I18n(**{lang: {w: said[lang] for w, said in _WORDS.items()} for lang in ("en", "es", "vi")})

    async def answer(
        question: str, as_of: str, messages: list[dict[str, Any]], turns: list[Turn], request: gr.Request
    ) -> AsyncIterator[tuple[list[dict[str, Any]], str, list[Turn], str]]:
        """Streams one answer: what it yields is (conversation, cited law, earlier turns, the emptied text box)."""
        messages = [*messages, {"role": "user", "content": f"<p>{inline(question)}</p>"}]
        number = len(turns) + 1
        lang = page_language(request.headers.get("accept-language", ""))
        async for said, panel, finished in render(state, question, turns, number, as_of=as_of, lang=lang):
            receipts = ""
            if finished is not None:
                turns = [*turns, finished]
                receipts = receipts_html([turn.receipt for turn in turns], lang=lang)
            yield [*messages, {"role": "assistant", "content": said}], f"{panel}{receipts}", turns, ""

    page: gr.Blocks
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_height=True) as page:
        turns = gr.State([])
        gr.HTML(f"<h1>{TITLE}</h1>", elem_id="title")
        gr.Markdown(word("intro"), elem_id="intro")
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=320):
                conversation = gr.Chatbot(
                    label=word("conversation"),
                    elem_id="conversation",
                    buttons=["copy"],
                    latex_delimiters=[],
                    sanitize_html=True,
                    feedback_options=None,
                    height="60vh",
                    layout="bubble",
                )
                with gr.Row():
                    question = gr.Textbox(
                        label=word("question"),
                        elem_id="question",
                        lines=1,
                        max_lines=6,
                        max_length=LONGEST,
                        scale=5,
                        autofocus=True,
                    )
                    ask = gr.Button(word("ask"), elem_id="ask", variant="primary", scale=1, min_width=96)
                day = gr.Textbox(label=word("as_of"), elem_id="as-of", lines=1, max_lines=1, max_length=40)
                gr.Examples(list(EXAMPLES), inputs=question, label=word("examples"), cache_examples=False)
            with gr.Column(scale=2, min_width=320):
                panel = gr.HTML(panel_html(None, lang="en"), elem_id="sources")
        clear = gr.Button(word("clear"), elem_id="clear", size="sm")

        shown = [conversation, panel, turns, question]
        for trigger in (ask.click, question.submit):
            trigger(
                answer, [question, day, conversation, turns], shown, api_visibility="private", show_progress="minimal"
            )
        clear.click(lambda: ([], panel_html(None, lang="en"), [], ""), None, shown, api_visibility="private")
    return page


async def render(
    state: State, question: str, turns: Sequence[Turn], number: int, *, as_of: str, lang: str
) -> AsyncIterator[tuple[str, str, Turn | None]]:
    """The answer as it grows: its HTML, the panel's HTML, and at the end the turn to remember.

    Args:
        state: of the application.
        question: as typed.
        turns: the conversation so far.
        number: of this turn, from 1.
        as_of: what stands in the date field.
        lang: the page's language, for what is said of the date field.
    """
    sentences: list[Sentence] = []
    panel = panel_html(None, lang="en")
    understood = ""
    try:
        filters = Filters(jurisdictions=state.jurisdictions(None), as_of=_day(as_of, lang=lang))
        events = state.stream(question, turns=turns, filters=filters)
        async with aclosing(events) as stream:
            async for event in stream:
                match event:
                    case Retrieved():
                        understood = event.understood_as if event.understood_as != question else ""
                        yield sentences_html(sentences, number, understood), panel, None
                    case SentenceReady():
                        sentences.append(event.sentence)
                        yield sentences_html(sentences, number, understood), panel, None
                    case Finished():
                        answer = event.answer
                        receipt = json.dumps(receipt_json(answer), ensure_ascii=False, indent=2)
                        turn = replace(remembered(answer), receipt=receipt)
                        yield answer_html(answer, number), panel_html(answer, lang=answer.lang, number=number), turn
    except UserFacingError as error:
        yield f"<p>{inline(str(error))}</p>", panel, None
    except HTTPException as error:  # too many questions at once
        yield f"<p>{inline(str(error.detail))}</p>", panel, None


def page_language(accepted: str) -> str:
    """The language in which Gradio shows the page, by the browser's `Accept-Language`: its first, or English."""
    first = re.split("[,;-]", accepted, maxsplit=1)[0].strip().lower()
    return first if first in _WORDS["ask"] else "en"


def _day(typed: str, *, lang: str) -> date | None:
    """The day in the date field; None where it is empty.

    Raises:
        DayError: it is no date; told in the page's language.
    """
    if not typed.strip():
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError as error:
        raise DayError(_WORDS["no_date"][lang].format(typed=repr(typed.strip()))) from error
