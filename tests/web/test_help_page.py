"""Help articles as customers read them, with what to read on, on SQLite and on PostgreSQL."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from knowledge_base.articles import operations
from knowledge_base.articles.importing import import_text
from storage.engine import Database
from tests.web.desk_fixtures import make_app


def article(key: str, language: str, question: str, *related: str) -> str:
    """A line to be imported."""
    line = {"id": key, "language": language, "question": question, "answer": "So it is.", "related": list(related)}
    return json.dumps(line, ensure_ascii=False) + "\n"


ARTICLES = (
    article("returns", "en", "How do I return an item?", "refund-time", "stores", "old", "none", "returns")
    + article("refund-time", "en", "How long does a <b>refund</b> take?")
    + article("refund-time", "zh-Hans", "退款多久到账？", "returns")
    + article("stores", "zh-Hans", "门店在哪里？")
    + article("old", "en", "Is this still true?")
)


@pytest.fixture
def client(database: Database, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    with database.writing() as session:
        import_text(session, ARTICLES, "import")
        operations.change_state(session, "old", "en", "archived", "Yun", 1)
    with TestClient(make_app(tmp_path, database)) as running:
        yield running


def test_published_related_articles_of_the_pages_language_are_linked(client: TestClient[Litestar]) -> None:
    page = client.get("/help/returns?language=en").text
    assert '<h2 id="read-on">Read on</h2>' in page
    link = '<li><a href="/help/refund-time?language=en">How long does a &lt;b&gt;refund&lt;/b&gt; take?</a></li>'
    assert page.count('<li><a href="/help/') == page.count(link) == 1


def test_a_link_leads_to_an_article(client: TestClient[Litestar]) -> None:
    assert "退款多久到账？" in client.get("/help/refund-time?language=zh-Hans").text


def test_an_article_without_readable_related_ones_has_no_such_part(client: TestClient[Litestar]) -> None:
    for path in ("/help/refund-time?language=en", "/help/refund-time?language=zh-Hans"):
        assert 'id="read-on"' not in client.get(path).text
