"""The chat page's HTML: answers and cited law, every word of law, user or model escaped."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from app.render import dropped_note, replaced_note
from generation.answer import Answer, Citation, Outcome, Sentence
from retrieval.search import Hit

_PANEL = {
    "cited": {"en": "Cited law", "es": "Ley citada", "vi": "Điều luật được trích dẫn"},
    "none": {
        "en": "The articles that an answer cites appear here.",
        "es": "Aquí aparecen los artículos que cita la respuesta.",
        "vi": "Các điều luật được trích dẫn sẽ hiện ở đây.",
    },
    "nearest": {"en": "Nearest articles", "es": "Artículos más próximos", "vi": "Các điều luật gần nhất"},
    "source": {"en": "Official text", "es": "Texto oficial", "vi": "Văn bản gốc"},
    "receipts": {
        "en": "Receipt of each answer",
        "es": "Recibo de cada respuesta",
        "vi": "Biên nhận của từng câu trả lời",
    },
}


def sentences_html(sentences: Sequence[Sentence], number: int, understood: str = "", *, lang: str = "") -> str:
    """Sentences as paragraphs; markers link to the panel. Every word of law or model is escaped.

    With `lang`, that of the answer, what stands in place of a sentence that failed the check is marked as such.
    """
    blocks = [f"<p><em>{inline(understood)}</em></p>"] if understood else []
    for sentence in sentences:
        links = "".join(
            f' <a class="cite" href="#cite-{number}-{cited}" target="_self">[{cited}]</a>'
            for cited in sentence.citations
        )
        note = replaced_note(sentence, lang) if lang else ""
        blocks.append(f"<p>{inline(sentence.text)}{links}{_gate_html(note)}</p>")
    return "".join(blocks) or "<p>…</p>"


def answer_html(answer: Answer, number: int) -> str:
    """A finished answer: its sentences or the reason why there are none, what was missing, and the notice."""
    understood = answer.understood_as if answer.understood_as != answer.question else ""
    if answer.outcome is Outcome.ANSWERED:
        body = sentences_html(answer.sentences, number, understood, lang=answer.lang)
        body += f"<p>{inline(answer.message)}</p>" if answer.message else ""
    else:
        body = (f"<p><em>{inline(understood)}</em></p>" if understood else "") + f"<p>{inline(answer.message)}</p>"
    body += f"<p>{_gate_html(note)}</p>" if (note := dropped_note(answer)) else ""
    body += "".join(f'<p class="time">{inline(note)}</p>' for note in answer.notes)
    missing = "".join(f'<p class="degraded">{inline(what)}</p>' for what in answer.degraded)
    return f'{body}{missing}<p class="notice"><small>{inline(answer.notice)}</small></p>'


def panel_html(answer: Answer | None, *, lang: str, number: int = 0) -> str:
    """The cited articles with their quotes marked, or the nearest ones where nothing was answered."""
    said = {word: texts.get(lang, texts["en"]) for word, texts in _PANEL.items()}
    if answer is None:
        return f'<section aria-label="{escape(said["cited"])}"><p>{escape(said["none"])}</p></section>'
    if answer.citations:
        title, blocks = said["cited"], [_citation_html(c, answer, said, number) for c in answer.citations]
    else:
        title, blocks = said["nearest"], [_hit_html(hit, said) for hit in answer.hits[:3]]
    return (
        f'<section aria-label="{escape(title)}" aria-live="polite"><h2>{escape(title)}</h2>{"".join(blocks)}</section>'
    )


def _citation_html(citation: Citation, answer: Answer, said: dict[str, str], number: int) -> str:
    version = next((hit.version for hit in answer.hits if hit.version.id == citation.version_id), None)
    heading = version.heading if version else ""
    if version is None:
        text = f"<mark>{escape(citation.quote)}</mark>"
    else:
        before, after = version.text[: citation.start], version.text[citation.end :]
        text = f"{escape(before)}<mark>{escape(citation.quote)}</mark>{escape(after)}"
    return (
        f'<article id="cite-{number}-{citation.number}" tabindex="-1">'
        f"<h3>[{citation.number}] {escape(citation.provision)}</h3>"
        f'<p class="law">{escape(citation.law)}</p>'
        f"{f'<p><strong>{escape(heading)}</strong></p>' if heading else ''}"
        f'<div class="text" lang="{escape(version.lang if version else answer.lang)}">{text}</div>'
        f"{_source_html(citation.url, said)}</article>"
    )


def _hit_html(hit: Hit, said: dict[str, str]) -> str:
    passage = hit.version.text[hit.passage.start : hit.passage.end]
    return (
        f'<article><h3>{escape(hit.article.label)}</h3><p class="law">{escape(hit.law.title)}</p>'
        f"{f'<p><strong>{escape(hit.version.heading)}</strong></p>' if hit.version.heading else ''}"
        f'<div class="text" lang="{escape(hit.version.lang)}">{escape(passage)}</div>'
        f"{_source_html(hit.version.source, said)}</article>"
    )


def _source_html(url: str, said: dict[str, str]) -> str:
    if urlsplit(url).scheme not in {"http", "https"}:
        return ""
    return (
        f'<p><a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(said["source"])} '
        f"({escape(urlsplit(url).hostname or '')})</a></p>"
    )


def receipts_html(receipts: Sequence[str], *, lang: str) -> str:
    """Links by which the receipts of a conversation are saved, each under the number of its turn."""
    links = " ".join(
        f'<a download="lexcite-receipt-{number}.json" '
        f'href="data:application/json;base64,{b64encode(receipt.encode()).decode()}">{number}</a>'
        for number, receipt in enumerate(receipts, start=1)
        if receipt
    )
    said = _PANEL["receipts"].get(lang, _PANEL["receipts"]["en"])
    return f'<p class="receipts"><small>{escape(said)}: {links}</small></p>' if links else ""


def _gate_html(note: str) -> str:
    return f' <small class="gate">{escape(note)}</small>' if note else ""


def inline(text: str) -> str:
    """Escaped text on one line of HTML, so that the Markdown around it has nothing to read into it."""
    return escape(text).replace("\r", "").replace("\n", "<br>")
