from datetime import date

import pytest

from index.articles import Article, ArticleVersion, Law, Status, version_id
from index.timeline import Snapshot, Wording, closed, complete_from, timeline
from index.wordings import is_repealed_text, same_wording, stated, unwrapped


def wording(
    article_id: str,
    text: str,
    *,
    status: Status = Status.IN_FORCE,
    lang: str = "es",
    path: tuple[str, ...] = (),
    marked: bool = False,
) -> Wording:
    article = Article(article_id, "L", f"Artículo {article_id}", article_id, path=path)
    return Wording(article, "", text, status, lang, marked=marked)


def version(article: str, since: date | None, until: date | None = None) -> ArticleVersion:
    return ArticleVersion(version_id(article, since), article, "", "Texto.", "es", since, until)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("La multa es\nde 5.", "La multa  es de 5."),
        ("Se aplica —siempre— la “ley”.", 'Se aplica - siempre - la "ley".'),
        ("los artículos 16, 17 y 18", "los artículos 16°, 17º y 18°"),
        ("el artículo 2468 del Código", "el artículo 2.468 del Código"),
        ("1.- Perros", "1. Perros"),
        ("la fiscali-\nzación", "la fiscalización"),
        ("SÍNDICO", "síndico"),
        ("sólo aquél", "solo aquel"),
        ("Hasta aquí llega.\n\n3.- De las sanciones", "Hasta aquí llega."),
        ("Hasta aquí llega.\n\nARTICULOS TRANSITORIOS", "Hasta aquí llega."),
    ],
)
def test_form_is_no_change(first, second):
    assert same_wording(first, second, lang="es")
    assert same_wording(second, first, lang="es")


@pytest.mark.parametrize(
    ("first", "second", "lang"),
    [
        ("una multa de 1,5 unidades", "una multa de 15 unidades", "es"),
        ("artículos 1 2", "artículos 12", "es"),
        ("el apartado 1.2", "el apartado 12", "es"),
        ("16, 117", "16117", "es"),
        ("el año", "el ano", "es"),
        ("bán nhà", "bạn nhà", "vi"),
        ("résumé", "resume", "fr"),
        ("shall", "may", "en"),
        ("Hasta aquí.\n\n3.- De las sanciones se responde.", "Hasta aquí.", "es"),
    ],
)
def test_a_word_or_number_more_or_less_is_a_change(first, second, lang):
    assert not same_wording(first, second, lang=lang)


@pytest.mark.parametrize(
    "text",
    [
        "(Derogado)",
        "Derogado.",
        "*[Suprimida]*",
        "(Derogado por la Ley 8/2021, de 2 de junio)",
        "1. (Derogado)\n2. (Suprimido)",
        "(Derogado)\n\nArtículos 38 a 40.\n\n(Derogados)",
        "(Suprimido)\n\nSubsección 2.ª De la aceptación en caso de tramitación escrita",
        "[Repealed]",
        "Repealed by Act 40 of 2020",
        "(Được bãi bỏ)",
        "Điều này đã bị bãi bỏ.",
    ],
)
def test_a_text_that_says_only_that_it_is_repealed(text):
    assert is_repealed_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Queda derogada la Ley 36/1988, de 5 de diciembre.",
        "1. (Derogado)\n2. La multa es 5.",
        "Artículos 38 a 40.",
        "LIBRO IV",
        "Repealed provisions continue to apply to earlier contracts.",
        "Bãi bỏ Điều 5 của Luật này.",
    ],
)
def test_a_text_that_still_says_something(text):
    assert not is_repealed_text(text)


@pytest.mark.parametrize(
    ("text", "number", "expected", "repealed"),
    [
        ("ARTICULO 1°- Las aguas son de todos.", "1", "Las aguas son de todos.", False),
        ("A.- Los contratos obligan.", "12 A", "Los contratos obligan.", False),
        ("A.- Los contratos obligan.", "12", "A.- Los contratos obligan.", False),
        ("*[Derogado]*\n\nA.- Derogado.", "39 A", "Derogado.", True),
        ("*[Derogado]*\n\nLas aguas son de todos.", "1", "Las aguas son de todos.", False),
        ("*[Derogado]*\n\nARTICULO 1°\n\nNOTA:\n\nPasó al Código.", "6", "NOTA:\n\nPasó al Código.", True),
        ("Las aguas.\n\nNOTA:\n\nVéase la ley 2.", "1", "Las aguas.", False),
        ("Artículo 2.- Se sustituye.", "1", "Artículo 2.- Se sustituye.", False),
    ],
)
def test_what_a_source_states(text, number, expected, repealed):
    found = stated(text, number)
    assert (found.text, found.repealed) == (expected, repealed)


def test_equal_numbers_are_told_apart_by_their_words():
    old, new = "El juez de la comuna conoce de todo.", "Las acciones se ejercen ante el tribunal civil."
    changed = "Las denuncias y acciones se ejercen ante el tribunal civil competente."
    articles, versions = timeline(
        [
            Snapshot(date(2000, 1, 1), (wording("50", old),)),
            Snapshot(date(2004, 1, 1), (wording("50", old), wording("50~2", new))),
            Snapshot(date(2020, 1, 1), (wording("50", changed),)),
        ]
    )
    assert [article.id for article in articles] == ["50", "50~2"]
    assert [(v.article_id, v.text, v.valid_from, v.valid_to, v.status) for v in versions] == [
        ("50", old, date(2000, 1, 1), date(2004, 1, 1), Status.IN_FORCE),
        ("50", old, date(2004, 1, 1), date(2020, 1, 1), Status.UNKNOWN),  # beside a new one: the source does not say
        ("50~2", new, date(2004, 1, 1), date(2020, 1, 1), Status.UNKNOWN),
        ("50~2", changed, date(2020, 1, 1), None, Status.IN_FORCE),
    ]


OLD, NEW = "El juez de la comuna conoce de todo.", "Las acciones se ejercen ante el tribunal civil."


def told(*days: tuple[Wording, ...]):
    """(id, first year, last year, status) of the versions of a series with one snapshot a year from 2000 on."""
    _, versions = timeline([Snapshot(date(2000 + place, 1, 1), wordings) for place, wordings in enumerate(days)])
    return [
        (v.article_id, v.valid_from.year, v.valid_to.year if v.valid_to else None, v.status.value) for v in versions
    ]


def test_two_texts_of_a_number_stay_in_doubt_while_both_are_there():
    both = (wording("50", OLD), wording("50~2", NEW))
    assert told((wording("50", OLD),), both, both, (wording("50", OLD), wording("50~2", NEW + " Y más."))) == [
        ("50", 2000, 2001, "in_force"),
        ("50", 2001, None, "unknown"),
        ("50~2", 2001, 2003, "unknown"),
        ("50~2", 2003, None, "unknown"),
    ]


def test_the_text_that_stays_was_law():
    both = (wording("50", OLD), wording("50~2", NEW))
    assert told((wording("50", OLD),), both, (wording("50", NEW),)) == [
        ("50", 2000, 2001, "in_force"),
        ("50", 2001, 2002, "unknown"),
        ("50~2", 2001, None, "in_force"),
    ]
    assert told((wording("50", OLD),), both, (wording("50", OLD),)) == [
        ("50", 2000, None, "in_force"),
        ("50~2", 2001, 2002, "unknown"),
    ]


@pytest.mark.parametrize(
    ("old_path", "new_path", "doubtful"),
    [
        (("T I T U L O IV Del procedimiento",), ("TÍTULO IV Del procedimiento y de las acciones", "Párrafo 1"), True),
        (("TITULO I",), ("TITULO V",), False),
        (("TITULO I",), (), False),
    ],
)
def test_articles_of_different_divisions_are_no_two_texts_of_one(old_path, new_path, doubtful):
    old, new = wording("1", OLD, path=old_path), wording("1~2", NEW, path=new_path)
    statuses = {status for _, since, _, status in told((old,), (old, new)) if since == 2001}
    assert statuses == ({"unknown"} if doubtful else {"in_force"})


def test_numbers_that_a_law_has_twice_from_its_first_text_on_are_not_in_doubt():
    both = (wording("1", OLD), wording("1~2", NEW))
    assert told(both, both) == [("1", 2000, None, "in_force"), ("1~2", 2000, None, "in_force")]


def test_of_a_number_that_is_now_repealed_the_marked_old_text_is_repealed_and_an_unmarked_one_in_doubt():
    gone = wording("55~2", "Eliminado.", status=Status.REPEALED)
    marked, bare = wording("55", OLD, marked=True), wording("55", OLD)
    assert told((marked,), (marked, gone), (marked, gone)) == [
        ("55", 2000, 2001, "in_force"),
        ("55", 2001, None, "repealed"),
        ("55~2", 2001, None, "repealed"),
    ]
    assert told((bare,), (bare, gone)) == [
        ("55", 2000, 2001, "in_force"),
        ("55", 2001, None, "unknown"),
        ("55~2", 2001, None, "repealed"),
    ]


def test_another_article_of_the_same_number_does_not_take_a_place_that_is_taken():
    first, second = "Las aguas son bienes de uso público.", "Las quiebras en trámite siguen la ley anterior."
    _, versions = timeline(
        [
            Snapshot(date(2000, 1, 1), (wording("1", first),)),
            Snapshot(date(2001, 1, 1), (wording("1", second), wording("1~2", first))),
        ]
    )
    assert {v.article_id: v.text for v in versions} == {"1": first, "1~2": second}


def test_a_note_that_changes_under_a_repealed_article_makes_no_version():
    gone = Status.REPEALED
    _, versions = timeline(
        [
            Snapshot(date(2000, 1, 1), (wording("1", "NOTA: ley 2.", status=gone),)),
            Snapshot(date(2001, 1, 1), (wording("1", "NOTA: ley 3.", status=gone),)),
        ]
    )
    assert [(v.text, v.valid_from, v.valid_to) for v in versions] == [("NOTA: ley 3.", date(2000, 1, 1), None)]


def test_snapshots_out_of_order_are_refused():
    snapshots = [Snapshot(date(2001, 1, 1), ()), Snapshot(date(2000, 1, 1), ())]
    with pytest.raises(ValueError, match="order of their days"):
        timeline(snapshots)


def test_each_version_ends_where_the_next_begins():
    found = closed(
        [
            version("a", date(2010, 1, 1)),
            version("a", None),
            version("b", date(2012, 1, 1)),
            version("a", date(2000, 1, 1)),
        ]
    )
    assert [(v.article_id, v.valid_from, v.valid_to) for v in found] == [
        ("a", date(2010, 1, 1), None),
        ("a", None, date(2000, 1, 1)),
        ("b", date(2012, 1, 1), None),
        ("a", date(2000, 1, 1), date(2010, 1, 1)),
    ]


def test_an_earlier_end_of_its_own_is_kept_and_an_overlap_is_cut():
    gap = closed([version("a", date(2000, 1, 1), date(2005, 1, 1)), version("a", date(2010, 1, 1))])
    assert gap[0].valid_to == date(2005, 1, 1)
    overlap = closed([version("a", date(2000, 1, 1), date(2015, 1, 1)), version("a", date(2010, 1, 1))])
    assert overlap[0].valid_to == date(2010, 1, 1)


@pytest.mark.parametrize(
    ("wrapped", "text"),
    [
        ("Las aguas son\nde todos.\nNadie las vende.", "Las aguas son de todos.\nNadie las vende."),
        ("Según el art.\n18 de la ley", "Según el art.\n18 de la ley"),
        ("Según la ley Nº\n18.010, sin más", "Según la ley Nº 18.010, sin más"),
        (
            "1.- Consumidores:\nlas personas que\ncompran\n2.- Proveedores",
            "1.- Consumidores: las personas que compran\n2.- Proveedores",
        ),
        ("Habrá dos clases\na) perros\nb) gatos", "Habrá dos clases\na) perros\nb) gatos"),
        ("Primero.\n\nSegundo\npárrafo.", "Primero.\n\nSegundo párrafo."),
        ("", ""),
    ],
)
def test_the_line_breaks_of_a_typewriter_are_no_paragraphs(wrapped, text):
    assert unwrapped(wrapped) == text


def test_a_law_from_two_sources_is_complete_only_where_both_are():
    def law(year):
        return Law("L", "Ley", "es", complete_from=date(year, 1, 1) if year else None)

    assert complete_from(law(2000), law(2010)) == date(2010, 1, 1)
    assert complete_from(law(2000), law(None)) is None
    assert complete_from(law(None), law(2000)) is None
