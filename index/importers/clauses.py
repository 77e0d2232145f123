"""Clause JSON: one law a file, cut into clauses; the clauses of an article are joined into its text again."""

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from index.articles import ArticleVersion, Corpus, Law, version_id
from index.errors import CorpusError
from index.importers.cleaning import clean_heading, clean_text
from index.importers.opening import bytes_of, decoded, not_json
from index.importers.outline import Unit, articles_of, status_of

_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_FOOTNOTE_MARK = re.compile(r"\[\d{1,3}\]")  # "1.[2] Báo cáo": the consolidator's notes, whose texts are not there
_CONSOLIDATED = re.compile(r"\bVBHN\b")  # văn bản hợp nhất
_OF_THE_ASSEMBLY = re.compile(r"/QH\d+$|VBHN-VPQH$")  # numbers that only Viet Nam's National Assembly gives


class ClauseJson:
    """Reads a law of Viet Nam as `law_info` and `clauses`."""

    name = "clause JSON"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether the file starts with an object that describes a law before its clauses."""
        del path
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        return text.startswith(b"{") and b'"law_info"' in text[:4096]

    def read(self, path: Path) -> Corpus:
        """The law; its version starts on the day it took effect, or, where it is a consolidation, on that one's day.

        Raises:
            CorpusError: names the clause and the key.
        """
        try:
            root = json.loads(decoded(bytes_of(path), path=path))
        except json.JSONDecodeError as error:
            raise CorpusError(
                f"{path}, line {error.lineno}: {not_json(error)}; the file must be one whole object"
            ) from error
        except RecursionError as error:
            raise CorpusError(f"{path}: JSON nested too deeply") from error
        info = root.get("law_info") if isinstance(root, dict) else None
        clauses = root.get("clauses") if isinstance(root, dict) else None
        if not isinstance(info, dict) or not isinstance(clauses, list) or not clauses:
            raise CorpusError(f"{path}: needs an object 'law_info' and a list 'clauses' that is not empty")
        number = _text(info, "document_number", f"{path}, law_info", needed=False)
        issued, effective = (_day(info, key, path) for key in ("issue_date", "effective_date"))
        consolidated = _CONSOLIDATED.search(number) is not None
        law = Law(
            id=_text(info, "law_id", f"{path}, law_info"),
            title=clean_heading(_text(info, "law_name", f"{path}, law_info"), place=f"{path}, law_info"),
            lang="vi",
            aliases=(number,) if number else (),
            jurisdiction="VN" if _OF_THE_ASSEMBLY.search(number) else None,
            source=number,
            adopted=None if consolidated else issued,
            in_force=effective,
        )
        valid_from = issued if consolidated else effective
        articles, versions = [], []
        for article, unit in articles_of(law.id, _units(clauses, path)):
            articles.append(article)
            versions.append(
                ArticleVersion(
                    id=version_id(article.id, valid_from),
                    article_id=article.id,
                    heading=unit.heading,
                    text=unit.text,
                    lang=law.lang,
                    valid_from=valid_from,
                    status=status_of(unit.text, source_says_repealed="hết hiệu lực" in str(info.get("status")).lower()),
                    source=law.source,
                )
            )
        return Corpus((law,), tuple(articles), tuple(versions))


def _units(clauses: list[object], path: Path) -> list[Unit]:
    """Articles in the order of the file; consecutive clauses of one article are one unit."""
    units: list[Unit] = []
    last: tuple[str, str, str] | None = None
    for count, clause in enumerate(clauses, start=1):
        place = f"{path}, clause {count}"
        position = clause.get("position") if isinstance(clause, dict) else None
        if not isinstance(clause, dict) or not isinstance(position, dict):
            raise CorpusError(f"{place}: needs the objects 'position' and 'content'")
        text = clean_text(_FOOTNOTE_MARK.sub("", _text(clause, "content", place)), place=place)
        number = str(position.get("article") or "").strip()
        if not number:
            raise CorpusError(f"{place}: 'position' names no article")
        heading = clean_heading(_FOOTNOTE_MARK.sub("", str(position.get("article_title") or "")), place=place)
        chapter = str(position.get("chapter") or "").strip()
        if (chapter, number, heading) == last:
            units[-1] = Unit(units[-1].label, heading, f"{units[-1].text}\n\n{text}", units[-1].path)
        else:
            units.append(Unit(f"Điều {number}", heading, text, (f"Chương {chapter}",) if chapter else ()))
        last = (chapter, number, heading)
    return units


def _text(row: Mapping[str, object], key: str, place: str, *, needed: bool = True) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        if needed or value is not None:
            raise CorpusError(f"{place}: {key!r} must be a text that is not empty")
        return ""
    return value.strip()


def _day(info: Mapping[str, object], key: str, path: Path) -> date | None:
    """A day written 21/02/2025; None where it is absent."""
    value = _text(info, key, f"{path}, law_info", needed=False)
    if not value:
        return None
    try:
        match = _DAY.fullmatch(value)
        return date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(value)
    except ValueError as error:
        raise CorpusError(f"{path}, law_info, {key!r}: {value!r} is no date; write it as 25/05/2018") from error
