"""Actions run as Rasa would call them, against the demo shop's articles."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import base
from knowledge_base.articles.importing import import_file
from knowledge_base.encoders import NoEncoder
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from tests.support.conftest import Chat, new_chat, turn_in_work, turn_over

DEMO = Path(__file__).parent.parent.parent / "demo" / "articles.jsonl"


@pytest.fixture(scope="session")
def demo_shop(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """The demo shop's articles, indexed once for all tests."""
    copy = tmp_path_factory.mktemp("shop") / "huilu.db"
    shutil.copy(sqlite_template, copy)
    database = Database(f"sqlite:///{copy}")
    with database.writing() as session:
        import_file(session, DEMO)
    knowledge_base = KnowledgeBase(database, NoEncoder())
    knowledge_base.load()
    return knowledge_base


@pytest.fixture
def chat(database: Database, demo_shop: KnowledgeBase) -> Chat:
    base.bind(base.Services(database, demo_shop))
    return new_chat(database)


def run(
    action: Any,
    chat: Chat,
    text: str = "",
    intent: str = "question",
    slots: dict[str, Any] | None = None,
    entities: dict[str, str] | None = None,
    form: str | None = None,
    turn: str = "turn-1",
    language: str = "zh-Hans",
    confidence: float = 1.0,
    parts: list[str] | None = None,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Run an action; returns what it uttered and the slots it set."""
    message = {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "entities": [{"entity": name, "value": value} for name, value in (entities or {}).items()],
        "metadata": {"turn_id": turn, "language": language} | ({"parts": parts} if parts else {}),
    }
    loop = {"name": form} if form else {}
    tracker = Tracker(chat.id, slots or {}, message, [], False, None, loop, "action_listen")
    dispatcher = CollectingDispatcher()
    turn_in_work(chat.database, chat.id, turn)
    events = asyncio.run(action.run(dispatcher, tracker, {}))
    turn_over(chat.database, turn)
    assert all(event["event"] in {"slot", "active_loop"} for event in events)
    return dispatcher.messages, {each["name"]: each["value"] for each in events if each["event"] == "slot"}


def custom(messages: list[dict[str, Any]], key: str) -> list[Any]:
    found = [(each.get("custom") or {}).get("payload") or {} for each in messages]
    return [payload[key] for payload in found if key in payload]
