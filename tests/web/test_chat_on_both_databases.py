"""The chat API on SQLite and on PostgreSQL, with the dialogue server out of reach."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from knowledge_base.articles.importing import import_file
from storage.engine import Database
from storage.settings import read_settings
from web.app import create_app

DEMO = Path(__file__).parent.parent.parent / "demo" / "articles.jsonl"


@pytest.fixture
def client(database: Database, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    with database.writing() as session:
        import_file(session, DEMO)
    chosen = read_settings(
        {
            "HUILU_HOME": str(tmp_path),
            "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "HUILU_SECRET": "secret-of-the-tests",
            "HUILU_ENCODER": "none",
            "HUILU_RASA_URL": "http://127.0.0.1:9",
        }
    )
    with TestClient(create_app(chosen)) as running:
        yield running


def start(client: TestClient[Litestar]) -> tuple[str, dict[str, str]]:
    opened = client.post("/api/chat/conversations", json={"language": "zh-Hans"}).json()
    return f"/api/chat/conversations/{opened['id']}", {"Authorization": f"Bearer {opened['token']}"}


def ask(client: TestClient[Litestar], path: str, headers: dict[str, str], text: str) -> list[dict[str, Any]]:
    body = {"client_id": str(uuid.uuid4()), "text": text}
    sent = client.post(f"{path}/messages", json=body, headers=headers)
    assert sent.status_code == 202, sent.text
    for _ in range(200):
        found = client.get(f"{path}/messages?after={sent.json()['seq']}", headers=headers).json()
        if found["messages"] and not found["typing"]:
            return list(found["messages"])
        time.sleep(0.02)
    raise AssertionError("no answer")


def test_asked_answered_rated_handed_over_exported_and_erased(client: TestClient[Litestar]) -> None:
    path, headers = start(client)
    (answer,) = ask(client, path, headers, "怎么退货")
    assert answer["payload"]["answer"]["article_id"] == "return-an-item"
    rating = {"kind": "helpful", "subject_id": answer["id"], "score": 1}
    assert client.post(f"{path}/ratings", json=rating, headers=headers).status_code == 200
    (ticket,) = ask(client, path, headers, "转人工")
    assert ticket["payload"]["ticket"]["number"] == "T-1001"
    exported = client.get(f"{path}/export", headers=headers).json()
    assert [each["score"] for each in exported["ratings"]] == [1]
    assert [each["number"] for each in exported["tickets"]] == ["T-1001"]
    # The dialogue server cannot be reached, so its part could not be erased: nothing is, and that is said.
    assert client.delete(path, headers=headers).status_code == 503
    assert client.get(f"{path}/messages", headers=headers).status_code == 200


def test_an_edit_from_elsewhere_is_found_within_two_seconds(
    client: TestClient[Litestar], database: Database, tmp_path: Path
) -> None:
    line = (
        '{"id": "parking", "language": "zh-Hans", "question": "哪里可以停车？", "variants": ["停车位在哪"], '
        '"answer": "楼下。", "category": "contact", "tags": []}\n'
    )
    file = tmp_path / "more.jsonl"
    file.write_text(line, encoding="utf-8")
    with database.writing() as session:
        import_file(session, file)
    deadline = time.monotonic() + 2
    found = ""
    while found != "楼下。" and time.monotonic() < deadline:
        found = client.app.state.services.knowledge_base.search("哪里可以停车", "zh-Hans").answer
        time.sleep(0.05)
    assert found == "楼下。"


def test_health_names_the_part_that_is_down(client: TestClient[Litestar]) -> None:
    health = client.get("/health")
    assert health.status_code == 503
    states = {name: each["status"] for name, each in health.json()["components"].items()}
    assert states == {"database": "ok", "dialogue_server": "down", "knowledge_base": "ok", "turns": "ok"}
