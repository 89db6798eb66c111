"""The running app, 200 requests at once for one case: each applied once or refused with 409, and the timeline tells."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from storage.base import new_id, now
from storage.engine import Database
from tests.support.cases import nobody_waits, open_case
from tests.web.desk_fixtures import PASSWORD, add_everybody, make_app
from web.services import Services

REQUESTS = 200
AT_ONCE = 32
STARTED_WITHIN = 20


@pytest.fixture
def address(database: Database, tmp_path: Path) -> Iterator[str]:
    """Where the app listens, served in a thread as it is in earnest."""
    app = make_app(tmp_path, database)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + STARTED_WITHIN
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    services: Services = app.state.services
    add_everybody(services)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(STARTED_WITHIN)


def requests_for(other: str) -> list[tuple[str, str, dict[str, Any]]]:
    """200 changes: (method, what of the case, body); a few come twice under one id, and some are of an older state."""
    until = now() + timedelta(hours=1)
    made: list[tuple[str, str, dict[str, Any]]] = []
    for number in range(REQUESTS - 20):
        usual: dict[str, Any] = {"change_id": new_id()}
        if number % 6 == 0:
            usual["revision"] = 2
        kinds: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", "notes", {"text": f"note {number}"}),
            ("POST", "tags", {"name": f"tag {number % 5}"}),
            ("DELETE", f"tags/tag {number % 5}", {}),
            ("POST", "links", {"number": other}),
            ("DELETE", f"links/{other}", {}),
            ("POST", "snooze", {"until": (until + timedelta(minutes=number)).isoformat()}),
            ("POST", "wake", {}),
            ("POST", "assign", {"staff_id": None}),
            ("POST", "state", {"state": ("planned", "in_progress")[number % 2]}),
            ("POST", "state", {"category": ("delivery", "payment")[number % 4 // 2]}),
            ("POST", "take", {}),
        ]
        method, what, body = kinds[number % len(kinds)]
        made.append((method, what, body | usual))
    return made + made[:20]


def test_two_hundred_requests_at_once_are_each_applied_once_or_refused_and_the_timeline_tells_them(
    database: Database, address: str
) -> None:
    case, other = open_case(database), open_case(database)
    nobody_waits(case)
    with httpx.Client(base_url=address, timeout=60, limits=httpx.Limits(max_connections=AT_ONCE)) as http:
        tokens = [
            http.post("/api/sessions", json={"email": f"{name}@example.com", "password": PASSWORD}).json()["token"]
            for name in ("mei", "tom", "ada")
        ]
        planned = requests_for(other.row().number)

        def send(place: int) -> tuple[int, dict[str, Any]]:
            method, what, body = planned[place]
            headers = {"Authorization": f"Bearer {tokens[place % 3]}"}
            path = f"/api/tickets/{case.id}/{what}"
            given: dict[str, Any] = {"params": body} if method == "DELETE" else {"json": body}
            answer = http.request(method, path, headers=headers, **given)
            return answer.status_code, answer.json()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(send, range(REQUESTS)))
        shown = http.get(f"/api/tickets/{case.id}", headers={"Authorization": f"Bearer {tokens[0]}"}).json()

    assert {status for status, _ in answers} == {200, 409}
    assert {answer["code"] for status, answer in answers if status == 409} <= {"outdated", "taken", "state"}
    lines = shown["timeline"]
    assert [each["position"] for each in lines] == list(range(1, len(lines) + 1))
    assert shown["revision"] == len(lines) + 1
    told = Counter(each["change_id"] for each in lines if each["change_id"])
    assert set(told.values()) == {1}
    done = {body["change_id"] for (_, _, body), (status, _) in zip(planned, answers, strict=True) if status == 200}
    assert set(told) <= done
    # A note is always a change: each that was taken has its line, and no other.
    notes = {body["change_id"] for _, what, body in planned if what == "notes"}
    assert {each["change_id"] for each in lines if each["kind"] == "noted"} == notes & done
    assert len(shown["notes"]) == len(notes & done)
    tags: set[str] = set()
    for line in lines:
        if line["kind"] == "tagged":
            assert line["details"]["tag"] not in tags
            tags.add(line["details"]["tag"])
        elif line["kind"] == "untagged":
            tags.remove(line["details"]["tag"])
    assert sorted(tags) == shown["tags"]
    assert len({each["name"] for each in lines if each["kind"] == "taken"}) == 1
