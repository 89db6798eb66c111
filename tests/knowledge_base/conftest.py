"""What the knowledge base's tests share."""

from pathlib import Path

import pytest

from knowledge_base.articles.importing import import_file
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from tests.knowledge_base.fakes import FakeEncoder


@pytest.fixture
def shop_file() -> Path:
    """Nine small articles of a shop."""
    return Path(__file__).parent / "articles.jsonl"


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def shop(database: Database, encoder: FakeEncoder, shop_file: Path) -> KnowledgeBase:
    """A loaded knowledge base of the shop's articles."""
    with database.writing() as session:
        import_file(session, shop_file)
    knowledge_base = KnowledgeBase(database, encoder)
    knowledge_base.load()
    return knowledge_base
