"""R24: whatever bytes a file holds, it is read or refused with its name, never anything else."""

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.articles import Corpus
from index.errors import CorpusError
from index.importers.registry import read_corpus

ROW = {
    "id": "dogs#1",
    "law_id": "dogs",
    "law_title": "Dogs Act",
    "article": "Article 1",
    "heading": "Leads",
    "text": "1. A dog is kept on a lead.",
    "lang": "en",
    "source": "https://law.example/dogs",
}
STARTS = (
    b"",
    b'{"law_info": {}, "clauses": []}',
    b'{"version_date": "2000-01-01", "markdown": "---\\n"}\n',
    b'---\ntitle: "T"\nidentifier: "I"\ncountry: "es"\n---\n##### Art\xc3\xadculo 1.\n\nUno.\n',
    b'<akomaNtoso xmlns="http://docs.oasis-open.org/legaldocml/ns/akn/3.0"><act><body/></act></akomaNtoso>',
    b"SQLite format 3\x00",
    json.dumps(ROW).encode(),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_or_refuse(path: Path) -> None:
    outcome: Corpus | str
    try:
        outcome = read_corpus([path])
    except CorpusError as error:
        outcome = str(error)
    if isinstance(outcome, str):
        assert str(path) in outcome
        assert "\n" not in outcome
    else:
        assert {version.article_id for version in outcome.versions} == {article.id for article in outcome.articles}


@QUICK
@given(start=st.sampled_from(STARTS), cut=st.integers(0, 200), rest=st.binary(max_size=200))
def test_bytes_are_read_or_refused(tmp_path, start, cut, rest):
    path = tmp_path / "law"
    path.write_bytes(start[:cut] + rest)
    read_or_refuse(path)


@QUICK
@given(key=st.sampled_from([*ROW, "path", "status", "valid_from", "aliases", "jurisdiction"]), value=JSON_VALUES)
def test_any_value_under_any_key_is_read_or_refused(tmp_path, key, value):
    path = tmp_path / "law"
    path.write_text(json.dumps({**ROW, key: value}), encoding="utf-8")
    read_or_refuse(path)


@QUICK
@given(info=JSON_VALUES, clauses=JSON_VALUES, position=JSON_VALUES)
def test_clause_json_of_any_shape_is_read_or_refused(tmp_path, info, clauses, position):
    path = tmp_path / "law"
    law_info = {"law_id": "L", "law_name": "Luật", "extra": info}
    rows = [{"position": position, "content": "1. Chó."}, {"position": {"article": info}, "content": clauses}]
    path.write_text(json.dumps({"law_info": law_info, "clauses": rows}), encoding="utf-8")
    read_or_refuse(path)


@QUICK
@given(body=st.text(max_size=200), value=st.text(max_size=20))
def test_markdown_of_any_text_is_read_or_refused(tmp_path, body, value):
    path = tmp_path / "law"
    front = f"---\ntitle: T\nidentifier: I\ncountry: es\nlast_updated: {value}\n---\n"
    path.write_text(front + "##### Artículo 1.\n\n" + body, encoding="utf-8", errors="surrogatepass")
    read_or_refuse(path)
