"""Answers, hits and articles as JSON and as text for a terminal."""

from collections.abc import Iterable, Mapping, Sequence

from app.shapes import AnswerJson, ArticleJson, CitationJson, HitJson
from generation.answer import Answer, Citation, Event, Finished, Outcome, Retrieved, Sentence, SentenceReady
from generation.phrases import phrases
from generation.receipts import receipt_json, sentence_json
from index.articles import Article, ArticleVersion, Law, Provision
from index.references import format_reference
from index.validity import Standing
from retrieval.search import Hit


def answer_json(answer: Answer) -> AnswerJson:
    """The answer as the API and `ask --json` give it; documented in docs/api.md."""
    return {
        "question": answer.question,
        "understood_as": answer.understood_as,
        "answer": answer_text(answer),
        "outcome": answer.outcome.value,
        "mode": answer.mode.value,
        "degraded": list(answer.degraded),
        "message": answer.message,
        "lang": answer.lang,
        "sentences": [sentence_json(sentence) for sentence in answer.sentences],
        "citations": [citation_json(citation) for citation in answer.citations],
        "hits": [hit_json(hit) for hit in answer.hits],
        "notice": answer.notice,
        "as_of": answer.as_of.isoformat() if answer.as_of else None,
        "notes": list(answer.notes),
        "confidence": None if answer.confidence is None else round(answer.confidence, 4),
        "receipt": receipt_json(answer),
    }


def citation_json(citation: Citation) -> CitationJson:
    """A citation with its quote and offsets."""
    return {
        "number": citation.number,
        "law_id": citation.law_id,
        "law": citation.law,
        "article_id": citation.article_id,
        "version_id": citation.version_id,
        "article": citation.article,
        "provision": citation.provision,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "url": citation.url,
    }


def hit_json(hit: Hit) -> HitJson:
    """A hit with the passage that matched."""
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "article_id": hit.article.id,
        "version_id": hit.version.id,
        "law_id": hit.law.id,
        "law": hit.law.title,
        "jurisdiction": hit.law.jurisdiction,
        "article": hit.article.label,
        "heading": hit.version.heading,
        "lang": hit.version.lang,
        "passage": {
            "start": hit.passage.start,
            "end": hit.passage.end,
            "text": hit.version.text[hit.passage.start : hit.passage.end],
        },
        "dense": None if hit.dense is None else round(hit.dense, 6),
        "lexical": None if hit.lexical is None else round(hit.lexical, 6),
        "reranked": None if hit.reranked is None else round(hit.reranked, 6),
        "referenced_by": hit.referenced_by,
        "valid_from": hit.version.valid_from.isoformat() if hit.version.valid_from else None,
        "valid_to": hit.version.valid_to.isoformat() if hit.version.valid_to else None,
        "standing": hit.standing.value,
        "url": hit.version.source,
    }


def event_json(event: Event) -> tuple[str, Mapping[str, object]]:
    """The name and data of a server-sent event."""
    match event:
        case Retrieved():
            return "retrieved", {"understood_as": event.understood_as, "hits": [hit_json(hit) for hit in event.hits]}
        case SentenceReady():
            citations = [citation_json(citation) for citation in event.citations]
            return "sentence", {"sentence": sentence_json(event.sentence), "citations": citations}
        case Finished():
            return "finished", answer_json(event.answer)


def article_json(
    law: Law,
    article: Article,
    version: ArticleVersion,
    provisions: Iterable[Provision],
    *,
    standing: Standing = Standing.UNKNOWN,
) -> ArticleJson:
    """An article with its clauses and points; `standing` is what the version is on the day asked for."""
    return {
        "id": article.id,
        "version_id": version.id,
        "law_id": law.id,
        "law": law.title,
        "jurisdiction": law.jurisdiction,
        "article": article.label,
        "kind": article.kind.value,
        "path": list(article.path),
        "heading": version.heading,
        "text": version.text,
        "lang": version.lang,
        "status": version.status.value,
        "valid_from": version.valid_from.isoformat() if version.valid_from else None,
        "valid_to": version.valid_to.isoformat() if version.valid_to else None,
        "standing": standing.value,
        "provisions": [
            {
                "reference": format_reference(article, provision.path, version.lang),
                "kind": provision.kind.value,
                "path": list(provision.path),
                "start": provision.start,
                "end": provision.end,
            }
            for provision in provisions
        ],
        "url": version.source,
    }


def sentence_text(sentence: Sentence) -> str:
    """The sentence with its citation markers behind it: `A controller shall ... [1][3]`."""
    markers = "".join(f"[{number}]" for number in sentence.citations)
    return f"{sentence.text} {markers}".rstrip()


def answer_text(answer: Answer) -> str:
    """The sentences with their markers, one a line, and what is to be said of them; or why there are none."""
    if answer.outcome is not Outcome.ANSWERED:
        return answer.message
    return "\n".join([*(sentence_text(sentence) for sentence in answer.sentences), *filter(None, [answer.message])])


def replaced_note(sentence: Sentence, lang: str) -> str:
    """That a sentence stands in place of one that failed the check; empty where it does not."""
    return phrases(lang).gate["replaced"] if sentence.instead_of is not None else ""


def dropped_note(answer: Answer) -> str:
    """How many sentences the check kept from the reader; empty where none."""
    count, said = len(answer.receipt.dropped), phrases(answer.lang).gate
    return "" if not count else said["dropped_one"] if count == 1 else said["dropped_many"].format(count=count)


def gate_notes(answer: Answer) -> tuple[str, ...]:
    """What the check has changed in the answer, for a reader who sees nothing but text."""
    replaced = (note for sentence in answer.sentences if (note := replaced_note(sentence, answer.lang)))
    return tuple(filter(None, (next(replaced, ""), dropped_note(answer))))


def citation_line(citation: Citation) -> str:
    """`[1] Article 33(1), General Data Protection Regulation (GDPR)  https://...`, without the quote."""
    return f"[{citation.number}] {citation.provision}, {citation.law}  {citation.url}".rstrip()


def answer_for_terminal(answer: Answer) -> str:
    """The answer, its citations, what was missing and the notice, for a person at a terminal."""
    notes = filter(None, (dropped_note(answer), *answer.notes))
    lines = [*_sentence_lines(answer), *(f"({note})" for note in notes), ""]
    if answer.understood_as != answer.question:
        lines[:0] = [f"({answer.understood_as})", ""]
    lines += [citation_line(citation) for citation in answer.citations]
    if answer.outcome is not Outcome.ANSWERED and answer.hits:
        lines += [hit_line(hit) for hit in answer.hits[:3]]
    lines += [f"! {missing}" for missing in answer.degraded]
    return "\n".join([*lines, "", answer.notice]).strip() + "\n"


def _sentence_lines(answer: Answer) -> list[str]:
    """`answer_text`, with a line under each sentence that stands in place of another."""
    if answer.outcome is not Outcome.ANSWERED:
        return [answer.message]
    told = ((sentence_text(one), replaced_note(one, answer.lang)) for one in answer.sentences)
    lines = [line for text, note in told for line in (text, f"  ({note})" if note else "")]
    return list(filter(None, [*lines, answer.message]))


def hit_line(hit: Hit) -> str:
    """Rank, article, law and heading on one line."""
    heading = f": {hit.version.heading}" if hit.version.heading else ""
    standing = "" if hit.is_law else f" [{hit.standing.value.replace('_', ' ')}]"
    return f"{hit.rank:3}. {hit.article.label}{heading} ({hit.law.title}){standing}"


def hits_for_terminal(hits: Sequence[Hit]) -> str:
    """Hits with the beginning of the passage that matched."""
    blocks = []
    for hit in hits:
        excerpt = " ".join(hit.version.text[hit.passage.start : hit.passage.end].split())
        shown = excerpt if len(excerpt) <= 200 else excerpt[:199].rsplit(" ", 1)[0] + " …"
        blocks.append(f"{hit_line(hit)}\n     {shown}\n     score {hit.score:.4f}  {hit.version.source}".rstrip())
    return "\n".join(blocks) + "\n" if blocks else "no article matches; try other words or fewer filters\n"
