"""Files to one corpus: the importer is picked by a file's content, and what several files say is merged."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Protocol

from index.articles import Article, ArticleVersion, Corpus, Law, Remark
from index.errors import CorpusError
from index.importers.akoma import AkomaNtoso
from index.importers.clauses import ClauseJson
from index.importers.cleaning import jurisdiction_of
from index.importers.documents import Documents
from index.importers.eu_sqlite import EuActs
from index.importers.jsonl import ArticleLines
from index.importers.legal_markdown import LegalMarkdown
from index.importers.opening import UTF_16, decoded, head_of
from index.importers.series import VersionSeries
from index.timeline import closed, complete_from


class Importer(Protocol):
    """Reads one source format."""

    @property
    def name(self) -> str:
        """The format, as an error message names it."""
        ...

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether `head`, the first 64 KiB of the unpacked file, is of this format. The name decides nothing."""
        ...

    def read(self, path: Path) -> Corpus:
        """Everything in the file.

        Raises:
            CorpusError: names file, line where there is one, and what to do.
        """
        ...


# Asked in this order; the first that recognises a file reads it.
IMPORTERS: tuple[Importer, ...] = (
    EuActs(),
    LegalMarkdown(),
    AkomaNtoso(),
    VersionSeries(),
    ClauseJson(),
    ArticleLines(),
    Documents(),
)


def read_corpus(paths: Sequence[Path], *, jurisdiction: str | None = None) -> Corpus:
    """Reads law sources and merges them.

    Args:
        paths: files, and folders whose files are all read, in sorted order; hidden files are left out.
        jurisdiction: for laws whose source names none (ISO 3166-1 alpha-2, or "EU"). Where this is None too, the
            country-code domain of the law's address decides; else it stays unknown.

    Returns:
        Laws and articles in the order of the files; at least one article.

    Raises:
        CorpusError: a file that cannot be understood, an id in two places, a law with two titles, or no article.
    """
    laws: dict[str, tuple[Law, Path]] = {}
    articles: dict[str, tuple[Article, Path]] = {}
    versions: list[ArticleVersion] = []
    remarks: list[Remark] = []
    for path in _files(paths):
        corpus = _importer_for(path).read(path)
        for law in corpus.laws:
            known = laws.get(law.id)
            laws[law.id] = (law, path) if known is None else (_merged(known[0], law, known[1], path), known[1])
        for article in corpus.articles:
            if article.id in articles:
                raise CorpusError(
                    f"{path}: the article id {article.id!r} is already in {articles[article.id][1]}; "
                    "leave one of the two files out or rename the ids"
                )
            articles[article.id] = (article, path)
        versions.extend(corpus.versions)
        remarks.extend(corpus.remarks)
    if not articles:
        raise CorpusError(f"{', '.join(map(str, paths)) or 'no files'}: no article in it; name at least one law source")
    return Corpus(
        laws=tuple(_located(law, jurisdiction) for law, _ in laws.values()),
        articles=tuple(article for article, _ in articles.values()),
        versions=closed(versions),
        remarks=tuple(remarks),
    )


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files that `paths` name, each once."""
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found = [
                file
                for file in sorted(path.rglob("*"))
                if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
            ]
            if not found:
                raise CorpusError(f"{path}: the folder holds no file")
        else:
            found = [path]
        for file in found:
            if (resolved := file.resolve()) not in seen:
                seen.add(resolved)
                yield file


def _importer_for(path: Path) -> Importer:
    head = head_of(path)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise CorpusError(f"{path}: the file is empty")
    if head.startswith(UTF_16):
        decoded(head, path=path)  # raises and says how to convert it
    for importer in IMPORTERS:
        if importer.recognises(head, path):
            return importer
    tried = ", ".join(importer.name for importer in IMPORTERS)
    raise CorpusError(f"{path}: not a law source that lexcite can read; tried: {tried}")


def _merged(first: Law, second: Law, first_path: Path, second_path: Path) -> Law:
    """One law out of what two files say of it: names are joined, and what one does not know the other fills in."""
    known: dict[str, object] = {
        "aliases": tuple(dict.fromkeys([*first.aliases, *second.aliases])),
        "complete_from": complete_from(first, second),
    }
    for field in fields(Law):
        before, after = getattr(first, field.name), getattr(second, field.name)
        if field.name in {"aliases", "source", "complete_from"} or not after or before == after:
            continue
        if before:
            raise CorpusError(
                f"{second_path}: the law {second.id!r} has the {field.name} {str(after)!r}, "
                f"but {str(before)!r} in {first_path}; give it one or another law id"
            )
        known[field.name] = after
    return replace(first, **known)  # type: ignore[arg-type]  # field names and values come from Law itself


def _located(law: Law, jurisdiction: str | None) -> Law:
    if law.jurisdiction is not None:
        return law
    return replace(law, jurisdiction=jurisdiction or jurisdiction_of(law.source))
