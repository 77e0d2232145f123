"""How a provision is cited: written as lawyers of its language write it."""

import re

from index.articles import Article
from index.reference_tokens import tokenize
from index.reference_words import PLURALS

_HAN_DIGITS = "零一二三四五六七八九"


def format_reference(article: Article, path: tuple[str, ...], lang: str) -> str:
    """The citation of an article, or of the clause or point of it that `path` names.

    `lang` is the language the citation is written in, normally that of the article's text; the article's own label
    stands in it unchanged, but for the "(0)" by which some sources mark a section without subsections.
    "Article 6(1)(f)", "Artículo 20.1.a)", "Điểm b khoản 1 Điều 33", "Article 6, paragraphe 1, point f)",
    "Artikel 6 Abs. 1 Buchst. f", "第三十三条第一款第（二）项".
    A language without a form of its own is written as English is.
    """
    label = article.label.removesuffix("(0)")
    if not path:
        return label
    return _FORMS.get(lang, _english)(label, path)


def _english(label: str, path: tuple[str, ...]) -> str:
    return label + "".join(f"({part})" for part in path)


def _spanish(label: str, path: tuple[str, ...]) -> str:
    """As in "18.4", "20.1.a)"; after a number in words the levels are named: "Artículo primero, apartado 2"."""
    if re.search(r"(?:\d|\d[º°ª]| (?:bis|ter|qu[aá]ter|[a-z]+ies))$", label):
        return label + "".join(f".{part}" if part[0].isdigit() else f".{part})" for part in path)
    named = [
        f"letra {part})" if not part[0].isdigit() else f"número {part}" if level else f"apartado {part}"
        for level, part in enumerate(path)
    ]
    return ", ".join([label, *named])


def _vietnamese(label: str, path: tuple[str, ...]) -> str:
    """From the innermost outwards: tiết, điểm, khoản, Điều."""
    names = []
    for level, part in enumerate(path):
        if level == 0 and part[0].isdigit():
            names.append(f"khoản {part}")
        elif level == 0 or (level == 1 and path[0][0].isdigit()):
            names.append(f"điểm {part}")
        else:
            names.append(f"tiết {part}")
    written = " ".join([*reversed(names), label])
    return written[0].upper() + written[1:]


def _french(label: str, path: tuple[str, ...]) -> str:
    named = [
        f"paragraphe {part}" if part[0].isdigit() and not level else f"point {part})" for level, part in enumerate(path)
    ]
    return ", ".join([label, *named])


def _german(label: str, path: tuple[str, ...]) -> str:
    words = [label]
    for level, part in enumerate(path):
        unit = "Buchst." if not part[0].isdigit() else "Nr." if level else "Abs."
        words.append(f"{unit} {part}")
    return " ".join(words)


def _chinese(label: str, path: tuple[str, ...]) -> str:
    units = ("第{}款", "第（{}）项", "第{}目")
    written = (units[min(level, 2)].format(_han(part)) for level, part in enumerate(path))
    return label + "".join(written)


def _han(part: str) -> str:
    """A number below one hundred in Chinese numerals; what is no such number stays as it is."""
    if not part.isascii() or not part.isdigit() or not 0 < int(part) < 100:
        return part
    tens, units = divmod(int(part), 10)
    head = "" if not tens else "十" if tens == 1 else f"{_HAN_DIGITS[tens]}十"
    return head + (_HAN_DIGITS[units] if units else "")


# Words for articles, folded -> one article in the language they are of.
_ONE = {
    **dict.fromkeys(("article", "articles", "art", "arts"), ("Article", "en")),
    **dict.fromkeys(("section", "sections", "sec", "secs", "s", "ss"), ("section", "en")),
    **dict.fromkeys(("articulo", "articulos"), ("artículo", "es")),
    **dict.fromkeys(("seccion", "secciones"), ("sección", "es")),
    **dict.fromkeys(("artikel", "artikeln"), ("Artikel", "de")),
    **dict.fromkeys(("annex", "annexes"), ("Annex", "en")),
    **dict.fromkeys(("schedule", "schedules"), ("Schedule", "en")),
    **dict.fromkeys(("recital", "recitals"), ("recital", "en")),
    **dict.fromkeys(("anexo", "anexos"), ("anexo", "es")),
    "§": ("§", "de"),
    "dieu": ("Điều", "vi"),
}


def in_full(written: str, *, word: str, number: str, path: tuple[str, ...], through: str = "") -> str:
    """What a question calls a reference; a member of a list ("Articles 33 and 100") by itself: "Article 100".

    Args:
        written: the words of the question.
        word: of the `Reference`, as the others.
        number: of the article.
        path: inside it.
        through: the last number of a range, which stays as written.
    """
    listed = word in PLURALS and word != "arts" and not through  # "arts." is of no language
    if word not in _ONE or not number or ((written[:1].isalpha() or word in tokenize(written).keys) and not listed):
        return written
    label, lang = _ONE[word]
    return _FORMS.get(lang, _english)(f"{label} {number}", path)


_FORMS = {"es": _spanish, "vi": _vietnamese, "fr": _french, "de": _german, "zh": _chinese}
