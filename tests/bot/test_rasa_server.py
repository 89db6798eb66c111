"""The real Rasa server with our channel and store, against actions that are scripted here."""

import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.bot.acting import act
from tests.bot.test_bot import RASA, REPOSITORY, trained_model
from tests.running import free_port

HANGS = "will it snow while nobody waits"


class Actions(ThreadingHTTPServer):
    """Answers calls of actions; those for the message `HANGS` only when `release` is set."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers who go away are part of the tests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.seen: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.hanging = threading.Event()
        self.release = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Actions

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((body, dict(self.headers)))
        if body["tracker"]["latest_message"]["text"] == HANGS:
            self.server.hanging.set()
            self.server.release.wait(20)
        answer = json.dumps(act(body)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


class Rasa:
    """The server in a folder of its own, started again and again."""

    def __init__(self, home: Path, actions: Actions) -> None:
        self.home, self.actions, self.port = home, actions, free_port()
        self.log = home / "rasa.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/webhooks/huilu", headers={"X-Huilu-Secret": "s"}, timeout=15
        )

    def start(self) -> None:
        environment = os.environ | {
            "HUILU_SECRET": "s",
            "HUILU_HOME": str(self.home),
            "HUILU_ACTIONS_URL": f"http://127.0.0.1:{self.actions.server_port}/internal/actions",
            "RASA_TELEMETRY_ENABLED": "false",
            "SANIC_WORKERS": "1",
            "PYTHONPATH": ".",
            "NO_COLOR": "1",
        }
        options = ["--model", str(trained_model()), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
        command = [str(RASA), "-m", "rasa", "run", "-i", "127.0.0.1", "--port", str(self.port), *options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log)
        until = time.monotonic() + 120
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            try:
                if self.http.get("/").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError(self.log.read_text()[-3000:])

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)

    def turn(self, sender: str, text: str, **more: Any) -> dict[str, Any]:
        metadata = {"turn_id": f"turn of {sender}", "language": "en", "trace": "trace-1"}
        response = self.http.post("/turns", json={"sender": sender, "text": text, "metadata": metadata}, **more)
        assert response.status_code == 200, response.text
        return response.json()

    def rows(self) -> dict[str, str]:
        with closing(sqlite3.connect(self.home / "rasa-tracker.db")) as disk:
            return dict(disk.execute("SELECT sender_id, events FROM events").fetchall())

    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines of the log."""
        return [json.loads(line[line.index("{") :]) for line in self.log.read_text().splitlines() if '{"event"' in line]


@pytest.fixture(scope="module")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rasa]:
    actions = Actions()
    server = Rasa(tmp_path_factory.mktemp("rasa"), actions)
    try:
        server.start()
        yield server
    finally:
        actions.release.set()
        server.stop()
        server.http.close()
        actions.shutdown()


def test_a_turn_is_answered_traced_and_logged(rasa: Rasa) -> None:
    answer = rasa.turn("traced", "how do I return something")
    assert answer["intent"] == "question"
    assert answer["failed_actions"] == []
    assert [each["text"] for each in answer["messages"]] == ["action_answer: how do I return something"]
    body, headers = rasa.actions.seen[-1]
    assert headers["X-Huilu-Trace"] == "trace-1"
    assert headers["X-Huilu-Secret"] == "s"
    assert body["tracker"]["latest_message"]["metadata"]["trace"] == "trace-1"
    (line,) = [each for each in rasa.lines() if each["conversation"] == "traced"]
    assert (line["event"], line["trace"], line["intent"]) == ("turn", "trace-1", "question")
    assert "return something" not in rasa.log.read_text()


def test_a_wrong_secret_and_nonsense_are_refused(rasa: Rasa) -> None:
    assert rasa.http.post("/turns", json={}, headers={"X-Huilu-Secret": "x"}).status_code == 401
    assert rasa.http.delete("/conversations/c", headers={"X-Huilu-Secret": "x"}).status_code == 401
    assert rasa.http.post("/turns", content=b"{").status_code == 400
    assert rasa.http.post("/turns", json={"text": "no sender"}).status_code == 400


def test_a_caller_who_goes_away_leaves_the_conversation_free_and_as_it_was(rasa: Rasa) -> None:
    rasa.turn("left", "hello")
    with pytest.raises(httpx.ReadTimeout):
        rasa.turn("left", HANGS, timeout=0.5)
    assert rasa.actions.hanging.is_set()
    start = time.monotonic()
    assert rasa.turn("left", "how do I return something")["failed_actions"] == []
    assert time.monotonic() - start < 3
    told = rasa.actions.seen[-1][0]["tracker"]["events"]
    assert [each["text"] for each in told if each["event"] == "user"] == ["hello", "how do I return something"]
    rasa.actions.release.set()
    assert "turn_given_up" in [each["event"] for each in rasa.lines() if each["conversation"] == "left"]


def test_erasing_waits_for_the_turn_under_way_and_leaves_nothing(rasa: Rasa) -> None:
    rasa.actions.release.clear()
    rasa.actions.hanging.clear()
    with ThreadPoolExecutor(2) as threads:
        turn = threads.submit(rasa.turn, "erased", HANGS)
        assert rasa.actions.hanging.wait(5)
        erasing = threads.submit(rasa.http.delete, "/conversations/erased")
        time.sleep(0.2)
        rasa.actions.release.set()
        assert turn.result()["intent"]
        assert erasing.result().json() == {"erased": True}
    assert rasa.http.delete("/conversations/erased").json() == {"erased": False}
    time.sleep(0.3)
    assert "erased" not in rasa.rows()


def test_an_orderly_stop_loses_nothing_and_the_conversation_goes_on(rasa: Rasa) -> None:
    rasa.turn("kept", "hello")
    rasa.turn("kept", "will it snow on mars")
    rasa.stop()
    assert rasa.process is not None and rasa.process.returncode == 0
    assert [each.name for each in rasa.home.glob("rasa-tracker*")] == ["rasa-tracker.db"]
    assert "will it snow on mars" in rasa.rows()["kept"]
    rasa.start()
    # Nothing was found, so a person was offered: a plain "yes" means that offer.
    rasa.turn("kept", "yes")
    assert rasa.actions.seen[-1][0]["next_action"] == "action_hand_off"
