from index.articles import ProvisionKind
from index.structure import check_provisions, parse_provisions, split_law


def outline(text: str, lang: str = "en") -> list[tuple[str, str]]:
    """Path joined by "/", and the text of each provision."""
    return [
        ("/".join(provision.path), text[provision.start : provision.end])
        for provision in parse_provisions(text, lang=lang, version_id="v")
    ]


def test_empty_text_has_no_provisions():
    assert parse_provisions("", lang="es", version_id="v") == ()
    assert parse_provisions(" \n\n ", lang="es", version_id="v") == ()


def test_a_clause_spans_its_points_and_what_follows_them():
    text = "1. A keeper shall:\n(a) feed;\n(b) water.\nPoint (b) is waived in winter.\n2. No cats."
    assert outline(text) == [
        ("1", "1. A keeper shall:\n(a) feed;\n(b) water.\nPoint (b) is waived in winter."),
        ("1/a", "(a) feed;"),
        ("1/b", "(b) water."),
        ("2", "2. No cats."),
    ]


def test_provisions_carry_the_version_and_the_kind():
    first, second, third = parse_provisions("Intro.\n\n1. One:\n\na) x", lang="es", version_id="law#a1@2020-01-01")
    assert {first.version_id, second.version_id, third.version_id} == {"law#a1@2020-01-01"}
    assert [p.kind for p in (first, second, third)] == [
        ProvisionKind.PARAGRAPH,
        ProvisionKind.CLAUSE,
        ProvisionKind.POINT,
    ]


def test_a_gap_in_the_labels_is_reported():
    text = "1. One.\n\n2. Two.\n\n5. Five."
    provisions = parse_provisions(text, lang="en", version_id="v")
    assert check_provisions(text, provisions, lang="en") == ("5: after 2",)


def test_an_article_inserted_behind_the_first_is_no_new_beginning():
    law = "Artículo 1. Objeto\nLas abejas.\nArtículo 1 bis. Colmenas\nLas colmenas.\nArtículo 2. Fin\nFin."
    assert split_law(law, lang="es").warnings == ()


def test_a_label_that_goes_on_with_the_sentence_above_is_named_in_a_warning():
    law = "Điều 1. Một\nOng.\nĐiều 2. Hai\nTheo quy định tại\nĐiều 7. Ong bay.\nĐiều 3. Ba\nHết."
    outline = split_law(law, lang="vi")
    assert [article.label for article in outline.articles] == ["Điều 1", "Điều 2", "Điều 3"]
    assert outline.warnings == ("line 5: 'Điều 7' goes on with the sentence above and is taken as text",)
