"""Words of a question that no law here holds: where they are most of it, the question is about something else."""

from collections.abc import Collection

from generation.phrases import languages, phrases
from index.lexical import tokens

# docs/abstention.md has what this refuses. A large corpus knows most words of its language, and the syllables of
# Vietnamese stand in all of it: there it is little.
MOST_UNHEARD = 0.5


def unheard_share(question: str, absent: Collection[str], *, lang: str) -> float:
    """The share of the question's words that no law holds, in [0, 1]; words that every text is built with left out.

    Args:
        question: as it was understood.
        absent: the tokens of it that no law holds, see `ArticleSearch.absent`.
        lang: ISO 639-1 code of the question.
    """
    common = {one for word in phrases(lang).function_words for one in tokens(word, lang)} if lang in languages() else ()
    content = {one for one in tokens(question, lang) if " " not in one and one not in common}
    return len(content.intersection(absent)) / len(content) if content else 0.0
