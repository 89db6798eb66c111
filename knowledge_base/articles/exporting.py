"""Published articles as JSON lines, in the form that import takes back byte for byte."""

import json
from collections.abc import Iterator

from sqlalchemy.orm import Session

from knowledge_base.articles.queries import PublishedArticle, published_articles


def export_lines(session: Session) -> Iterator[str]:
    """One line an article, line end included, sorted by id and language."""
    return (article_line(article) for article in published_articles(session))


def export_text(session: Session) -> str:
    """All published articles as one text of JSON lines."""
    return "".join(export_lines(session))


def article_line(article: PublishedArticle) -> str:
    """One article as a JSON line, keys always in the same order."""
    line = {
        "id": article.key,
        "language": article.language,
        "question": article.question,
        "variants": list(article.variants),
        "answer": article.answer,
        "category": article.category,
        "tags": list(article.tags),
    }
    # Left out when there is none, so that a file of another origin comes back as it went in.
    if article.related:
        line["related"] = list(article.related)
    return json.dumps(line, ensure_ascii=False) + "\n"
