"""A small body of law of our own writing, and a real index of it, embedded as bags of words."""

import json
from pathlib import Path

from app.building import publish
from app.service import Engine
from app.settings import Settings
from app.wiring import open_engine
from generation.llm import LLM
from index.articles import Corpus
from index.importers.registry import read_corpus
from index.release import Release
from tests.fakes import HashEmbedder

ARTICLES = (
    (
        "tenancy",
        "Tenancy Act 2001",
        "XX",
        "en",
        "Article 7",
        "Deposits",
        "1. The landlord returns the deposit within 30 days after the tenancy ends.\n"
        "2. After that day the deposit bears interest of 5 % a year.",
    ),
    (
        "tenancy",
        "Tenancy Act 2001",
        "XX",
        "en",
        "Article 8",
        "Notice",
        "1. The tenant may end the tenancy with notice of 2 months.\n2. The landlord must give reasons:\n"
        "(a) own need of the dwelling;\n(b) rent unpaid for 3 months.",
    ),
    (
        "labour",
        "Labour Code",
        "XX",
        "en",
        "Article 12",
        "Dismissal",
        "An employer must give a dismissed worker written notice of 15 days.",
    ),
    (
        "arriendos",
        "Ley de Arriendos",
        "YY",
        "es",
        "Artículo 7",
        "Fianza",
        "1. El arrendador devolverá la fianza en el plazo de 20 días.\n2. Pasado ese plazo devengará interés.",
    ),
    (
        "thuenha",
        "Luật Thuê nhà",
        "ZZ",
        "vi",
        "Điều 7",
        "Tiền đặt cọc",
        "1. Bên cho thuê trả lại tiền đặt cọc trong thời hạn 10 ngày.\n2. Quá thời hạn này phải trả lãi.",
    ),
)


def write_corpus(path: Path, articles=ARTICLES) -> Path:
    """The articles as JSON Lines."""
    lines = []
    for law, title, jurisdiction, lang, label, heading, text in articles:
        number = label.split()[-1]
        fields = {
            "id": f"{law}#a{number}",
            "law_id": law,
            "law_title": title,
            "article": label,
            "heading": heading,
            "text": text,
            "lang": lang,
            "source": f"https://law.example/{law}/{number}",
            "jurisdiction": jurisdiction,
        }
        lines.append(json.dumps(fields, ensure_ascii=False) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def build(folder: Path, articles=ARTICLES) -> Settings:
    """Builds and publishes an index in `folder`; the settings to open it with."""
    settings = Settings(index=folder / "index", embedder="words")
    publish(read_corpus([write_corpus(folder / "law.jsonl", articles)]), settings, HashEmbedder())
    return settings


def publish_corpus(folder: Path, corpus: Corpus) -> str:
    """Publishes a corpus in `folder`; the id of its release."""
    return publish(corpus, Settings(index=folder / "index", embedder="words"), HashEmbedder()).release_id


def small_engine(settings: Settings, llm: LLM | None = None) -> Engine:
    """Opens it."""
    return open_engine(settings, Release.open(settings.index), HashEmbedder(), llm)


class SmallOpener:
    """Opens it for a service."""

    def __init__(self, settings: Settings, llm: LLM | None = None) -> None:
        self.settings, self.llm = settings, llm

    def published(self) -> str:
        return (self.settings.index / "CURRENT").read_text().strip()

    def open(self) -> Engine:
        return small_engine(self.settings, self.llm)
