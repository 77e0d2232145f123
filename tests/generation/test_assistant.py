import asyncio
from dataclasses import replace

import pytest

from generation.abstention import Judgement
from generation.answer import Finished, Mode, Outcome, Retrieved, SentenceReady, SentenceState, Turn
from generation.assistant import Assistant
from generation.conversation import QuestionError
from generation.llm import LLMCutShortError, LLMError
from generation.prompt import read_prompt
from tests.fakes import HashEmbedder, ScriptedLLM
from tests.generation_samples import CAU, FEES, FISHING, PESCA, FixedRetriever, Shelf, hit

QUESTION = "How long does the holder have to report an accident?"
# In the prompt: 1 five boats, 2 48 hours, 3 what the report names, 4 EUR 20, 5 minors
HITS = (hit(FISHING), hit(FEES, number="9", rank=2))
ANSWER = "The holder shall report every accident to the lake office within 48 hours.", (2,)


def assistant(llm=None, hits=HITS):
    return Assistant(retriever=FixedRetriever(hits), sources=Shelf(hits), embedder=HashEmbedder(), llm=llm)


def ask(llm=None, question=QUESTION, hits=HITS, **options):
    return asyncio.run(assistant(llm, hits).ask(question, **options))


def said(answer):
    return [(sentence.text, sentence.citations) for sentence in answer.sentences]


def test_without_a_model_the_answer_is_the_clause_that_answers_quoted():
    answer = ask()
    assert (answer.outcome, answer.mode, answer.degraded) == (Outcome.ANSWERED, Mode.VERBATIM, ())
    assert answer.sentences[0].text == answer.citations[0].quote
    assert answer.citations[0].provision == "Article 7(2)"
    assert FISHING[answer.citations[0].start : answer.citations[0].end] == answer.citations[0].quote
    assert {sentence.state for sentence in answer.sentences} == {SentenceState.SUPPORTED}
    assert answer.notice == "This is what the text of the law says. It is not legal advice."
    assert (answer.receipt.release, answer.receipt.model, answer.receipt.prompt) == ("release-1", "", "")
    assert [stage for stage, _ in answer.receipt.seconds] == [
        "understand",
        "search",
        "quote",
        "finish",
        "first_sentence",
    ]


def test_the_model_answers_from_the_numbered_provisions():
    llm = ScriptedLLM("The holder shall report every accident to the lake office within 48 hours [2].\n")
    answer = ask(llm)
    assert (answer.outcome, answer.mode, answer.degraded) == (Outcome.ANSWERED, Mode.MODEL, ())
    assert said(answer) == [ANSWER]
    assert [(c.number, c.provision) for c in answer.citations] == [(2, "Article 7(2)")]
    assert (answer.receipt.model, answer.receipt.prompt) == ("scripted", read_prompt("en").digest)
    assert "Lakes Act, Article 7\n[1] The holder of a permit" in llm.prompts[0][1].content
    assert "\n[2] The holder shall report" in llm.prompts[0][1].content


@pytest.mark.parametrize(
    ("sentence", "state"),
    [
        ("Boats are free on Sundays [99].", SentenceState.NOT_FOUND),
        ("The holder shall report every accident within 48 hours.", SentenceState.NOT_CHECKED),
    ],
)
def test_r18_a_sentence_that_fails_the_gate_is_never_shown_and_stands_in_the_receipt(sentence, state):
    llm = ScriptedLLM(f"{sentence}\nThe holder shall report every accident to the lake office within 48 hours [2].\n")
    answer = ask(llm)
    assert said(answer) == [ANSWER]
    assert [dropped.state for dropped in answer.receipt.dropped] == [state]


@pytest.mark.parametrize(
    ("sentence", "state", "quotation", "number"),
    [
        ("The holder shall report every accident within 72 hours [2].", SentenceState.UNSUPPORTED, ANSWER[0], 2),
        ("The holder “shall report each accident” [2].", SentenceState.QUOTE_MISMATCH, ANSWER[0], 2),
        (
            "The permit that the holder needs costs EUR 20 [2].",
            SentenceState.WRONG_PROVISION,
            "A permit costs EUR 20.",
            4,
        ),
    ],
)
def test_r18_a_false_sentence_is_replaced_by_the_law_and_the_reader_sees_that(sentence, state, quotation, number):
    (shown,) = ask(ScriptedLLM(sentence)).sentences
    assert shown.text.startswith(quotation)
    assert (shown.citations, shown.state) == ((number,), SentenceState.SUPPORTED)
    assert shown.instead_of is not None
    assert (shown.instead_of.text, shown.instead_of.state) == (sentence.removesuffix(" [2].") + ".", state)


def test_where_no_sentence_of_the_model_passes_the_law_is_quoted_and_the_reader_told():
    answer = ask(ScriptedLLM("Boats are free on Sundays [99].\nAnd dogs too [1]."))
    assert (answer.outcome, answer.mode) == (Outcome.ANSWERED, Mode.VERBATIM)
    assert answer.degraded == ("model: none of its sentences passed the check against the law",)
    assert answer.citations[0].provision == "Article 7(2)"
    assert [dropped.text for dropped in answer.receipt.dropped] == ["Boats are free on Sundays.", "And dogs too."]


def test_the_model_may_say_that_the_provisions_do_not_answer():
    answer = ask(ScriptedLLM("NO ANSWER"))
    assert (answer.outcome, answer.sentences) == (Outcome.EVIDENCE_INSUFFICIENT, ())
    assert answer.message.startswith("No provision found here answers")
    assert answer.hits == HITS


def test_a_model_that_declines_is_not_heard_any_further():
    llm = ScriptedLLM("NO ANSWER.\nThe holder shall report every accident to the lake office within 48 hours [2].\n")
    answer = ask(llm)
    assert (answer.outcome, answer.sentences, llm.closed) == (Outcome.EVIDENCE_INSUFFICIENT, (), 1)


def test_law_that_is_likely_to_answer_is_quoted_although_the_model_declines(monkeypatch):
    monkeypatch.setattr("generation.assistant.judge", lambda *_, **__: Judgement(None, confidence=0.8))
    answer = ask(ScriptedLLM("NO ANSWER"))
    assert (answer.outcome, answer.mode, answer.confidence) == (Outcome.ANSWERED, Mode.VERBATIM, 0.8)
    assert answer.degraded == ("model: it found no answer in law that is likely to hold one",)
    assert answer.citations[0].provision == "Article 7(2)"


def test_a_model_that_goes_on_is_stopped_after_eight_sentences():
    llm = ScriptedLLM("".join(f"A permit costs EUR {n}99. [4]\n" for n in range(1, 21)))
    answer = ask(llm)
    assert llm.closed == 1
    assert len(answer.sentences) + len(answer.receipt.dropped) == 8


def test_a_model_cut_at_its_limit_was_there_and_what_it_failed_to_say_is_quoted():
    error = LLMCutShortError("the answer was cut short at 600 tokens")
    answer = ask(ScriptedLLM(error), require_model=True)
    assert (answer.outcome, answer.mode) == (Outcome.ANSWERED, Mode.VERBATIM)
    assert answer.degraded == ("model: the answer was cut short at 600 tokens",)


def test_r07_a_model_that_cannot_be_had_leaves_a_verbatim_answer_that_says_so():
    answer = ask(ScriptedLLM(LLMError("http://127.0.0.1:9/v1: cannot be reached; start the server")))
    assert (answer.outcome, answer.mode) == (Outcome.ANSWERED, Mode.VERBATIM)
    assert answer.degraded == ("model: http://127.0.0.1:9/v1: cannot be reached; start the server",)
    assert answer.citations[0].provision == "Article 7(2)"


@pytest.mark.parametrize("llm", [None, ScriptedLLM(LLMError("down"))])
def test_r07_who_insists_on_the_model_is_told_that_it_is_unavailable(llm):
    answer = ask(llm, require_model=True)
    assert (answer.outcome, answer.sentences) == (Outcome.MODEL_UNAVAILABLE, ())
    assert answer.message == "The language model is not available at the moment. Please try again later."


class DyingLLM:
    """Writes what it was given, then fails."""

    name = "dying"

    def __init__(self, text):
        self.text = text

    async def stream(self, messages, *, max_tokens, citable=None):
        yield self.text
        raise LLMError("the answer has no proper end")


def test_r09_what_was_verified_before_the_model_died_stays_and_is_marked():
    whole = "The holder shall report every accident to the lake office within 48 hours [2].\n"
    answer = ask(DyingLLM(whole + "The permit costs EUR 2"))
    assert said(answer) == [ANSWER]
    assert (answer.mode, answer.receipt.model) == (Mode.MODEL, "dying")
    assert answer.degraded == ("model: the answer has no proper end",)


def test_r09_half_a_sentence_is_not_an_answer():
    answer = ask(DyingLLM("The holder shall report every acc"))
    assert (answer.mode, answer.receipt.model) == (Mode.VERBATIM, "")
    assert answer.citations[0].provision == "Article 7(2)"
    assert ask(DyingLLM("The hol"), require_model=True).outcome is Outcome.MODEL_UNAVAILABLE


def test_sentences_are_streamed_one_by_one_each_with_the_citations_that_are_new():
    llm = ScriptedLLM("Minors pay no fee [5].\nA permit costs EUR 20 [4].\nMinors pay no fee for a permit [5][4].\n")

    async def events():
        return [event async for event in assistant(llm).stream("What does a permit cost?")]

    first, *ready, last = asyncio.run(events())
    assert first == Retrieved("What does a permit cost?", HITS)
    assert [(e.sentence.citations, [c.number for c in e.citations]) for e in ready] == [
        ((5,), [5]),
        ((4,), [4]),
        ((5, 4), []),
    ]
    assert isinstance(last, Finished)
    assert [c.number for c in last.answer.citations] == [4, 5]
    assert tuple(e.sentence for e in ready) == last.answer.sentences


def test_r10_closing_the_stream_stops_the_model():
    llm = ScriptedLLM("Minors pay no fee [5].\n" * 50)

    async def leave():
        events = assistant(llm).stream("Who pays no fee?")
        async for event in events:
            if isinstance(event, SentenceReady):
                break
        await events.aclose()
        return llm.closed

    assert asyncio.run(leave()) == 1


def test_nothing_found_is_said_in_the_language_of_the_question():
    answer = ask(ScriptedLLM("never asked"), question="¿Cuánto cuesta un permiso de pesca?", hits=())
    assert (answer.outcome, answer.lang) == (Outcome.OUT_OF_CORPUS, "es")
    assert answer.message == "Las leyes de este índice no tratan esta cuestión."
    assert answer.notice.startswith("Esto es lo que dice el texto de la ley")


def test_evidence_that_does_not_bear_on_the_question_is_shown_and_not_answered_from():
    llm = ScriptedLLM("A permit costs EUR 20 [4].")
    answer = ask(llm, question="Who won the football world cup in Brazil?")
    assert (answer.outcome, answer.sentences) == (Outcome.EVIDENCE_INSUFFICIENT, ())
    assert answer.hits == HITS
    assert llm.prompts == []


@pytest.mark.parametrize(
    ("question", "lang", "text", "provision"),
    [
        ("¿En qué plazo avisará del accidente el titular?", "es", PESCA, "Artículo 7.1"),
        ("Người có giấy phép phải báo tai nạn trong thời hạn bao lâu?", "vi", CAU, "Khoản 1 Điều 7"),
    ],
)
def test_spanish_and_vietnamese_questions_get_their_clause(question, lang, text, provision):
    answer = ask(question=question, hits=(hit(text, lang=lang),))
    assert (answer.lang, answer.citations[0].provision) == (lang, provision)


def test_law_in_another_language_is_quoted_where_the_model_cannot_be_checked():
    hits = (replace(hit(FISHING), dense=0.9),)
    answer = ask(ScriptedLLM("El titular avisará en 48 horas [2]."), question="¿En qué plazo se avisa?", hits=hits)
    (shown,) = answer.sentences
    assert shown.instead_of is not None
    assert shown.instead_of.state is SentenceState.NOT_CHECKED
    assert shown.text == answer.citations[0].quote
    assert shown.text in FISHING


def test_a_follow_up_is_searched_for_with_the_question_before_it_and_shown_so():
    hits = (hit(FEES, number="9"), hit(FISHING, rank=2))
    retriever = FixedRetriever(hits)
    helper = Assistant(retriever=retriever, sources=Shelf(hits), embedder=HashEmbedder())
    turns = (Turn("What does a permit cost?", "What does a permit cost?", "EUR 20."),)
    answer = asyncio.run(helper.ask("And for minors?", turns=turns))
    assert answer.question == "And for minors?"
    assert answer.understood_as == retriever.asked[-1] == "What does a permit cost? And for minors?"
    assert "Minors pay no fee." in [sentence.text for sentence in answer.sentences]


@pytest.mark.parametrize("question", ["", " \n", "?" * 10, "x" * 100_000])
def test_a_question_that_cannot_be_asked_is_an_error_before_anything_is_searched(question):
    retriever = FixedRetriever(HITS)
    helper = Assistant(retriever=retriever, sources=Shelf(HITS), embedder=HashEmbedder())
    with pytest.raises(QuestionError):
        asyncio.run(helper.ask(question))
    assert retriever.asked == []
