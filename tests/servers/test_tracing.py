"""One id leads from the browser's message through the app and the dialogue server to the action, in every log."""

import json
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.people import Customer
from tests.running import RunningServers

pytestmark = pytest.mark.servers


def records(log: Path, trace: str) -> list[dict[str, Any]]:
    """The JSON records of a log that carry an id."""
    found = []
    for line in log.read_text(encoding="utf-8").splitlines():
        start = line.find("{")
        if trace in line and start >= 0:
            found.append(json.loads(line[start:]))
    return [record for record in found if record.get("trace") == trace]


def test_the_browsers_id_of_a_message_is_in_every_log(customer: Customer, servers: RunningServers) -> None:
    own_id = str(uuid.uuid4())
    assert customer.post("how do I return an item", client_id=own_id).status_code == 202
    customer.after(2)
    app, rasa = servers.home / "log" / "app.log", servers.home / "log" / "rasa.log"
    deadline = time.monotonic() + 5
    while len(records(app, own_id)) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [record["message"] for record in records(app, own_id)] == ["message received", "action done", "turn settled"]
    (turn,) = records(rasa, own_id)
    assert turn["event"] == "turn" and turn["conversation"] == customer.id


def test_no_words_of_customers_are_in_the_logs(customer: Customer, servers: RunningServers) -> None:
    customer.ask("my secret is Xylophonkasten and my mail is xylophonkasten@example.com")
    for log in (servers.home / "log").glob("*.log"):
        assert "xylophonkasten" not in log.read_text(encoding="utf-8").lower(), log.name


def test_ready_and_health_tell_of_each_component(http: Any) -> None:
    health = http.get("/health")
    assert health.status_code == 200
    assert {name: each["status"] for name, each in health.json()["components"].items()} == {
        "database": "ok",
        "dialogue_server": "ok",
        "knowledge_base": "ok",
        "turns": "ok",
    }
    ready = http.get("/ready")
    assert ready.status_code == 200 and ready.json()["ready"] is True
