"""The articles the peer answers from: the demo shop's, as they stand in its file."""

import json
from typing import Any

from deploy.layout import REPOSITORY

ARTICLES = REPOSITORY / "demo" / "articles.jsonl"
DO_NOT_KNOW = "I do not know."


def read_articles() -> list[dict[str, Any]]:
    """Every article in every language."""
    return [json.loads(line) for line in ARTICLES.read_text(encoding="utf-8").splitlines() if line.strip()]


def phrasings(articles: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Each question and each variant of it, with its article."""
    return [(words, article) for article in articles for words in (article["question"], *article["variants"])]
