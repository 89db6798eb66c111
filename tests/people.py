"""A customer and a member of staff talking to the real servers over HTTP."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

ANSWER_SECONDS = 15


@dataclass
class Customer:
    """One conversation through the contract's API."""

    http: httpx.Client
    language: str = "en"
    body: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        opened = self.http.post("/api/chat/conversations", json={"language": self.language, **self.body})
        assert opened.status_code == 201, opened.text
        self.id: str = opened.json()["id"]
        self.token: str = opened.json()["token"]
        self.greeting: dict[str, Any] = opened.json()["messages"][0]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        return f"/api/chat/conversations/{self.id}"

    def post(self, text: str | None = None, payload: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Send a message."""
        given = {"text": text, "payload": payload}
        body = {"client_id": str(uuid.uuid4()), **{key: value for key, value in given.items() if value is not None}}
        return self.http.post(f"{self.path}/messages", json=body | more, headers=self.headers)

    def read(self, after: int = 0) -> dict[str, Any]:
        """Messages after a number, and the status."""
        found = self.http.get(f"{self.path}/messages", params={"after": after}, headers=self.headers)
        assert found.status_code == 200, found.text
        return dict(found.json())

    def ask(self, text: str | None = None, payload: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Send a message and wait until the bot has said everything."""
        sent = self.post(text, payload)
        assert sent.status_code == 202, sent.text
        return self.after(sent.json()["seq"])

    def after(self, seq: int, author: str = "bot") -> list[dict[str, Any]]:
        """Wait for messages of an author after a number."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            found = self.read(seq)
            said = [each for each in found["messages"] if each["author"] == author]
            if said and not found["typing"]:
                return said
            time.sleep(0.03)
        raise AssertionError(f"no {author} answered within {ANSWER_SECONDS} s: {self.read(seq)}")

    def rate(self, kind: str, subject_id: str, score: int, **more: Any) -> httpx.Response:
        """Rate something."""
        body = {"kind": kind, "subject_id": subject_id, "score": score, **more}
        return self.http.post(f"{self.path}/ratings", json=body, headers=self.headers)


@dataclass
class Staff:
    """A member of staff through the staff API."""

    http: httpx.Client
    email: str
    password: str

    def __post_init__(self) -> None:
        opened = self.http.post("/api/sessions", json={"email": self.email, "password": self.password})
        assert opened.status_code == 201, opened.text
        self.headers = {"Authorization": f"Bearer {opened.json()['token']}"}

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(path, params=params, headers=self.headers)

    def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return self.http.post(path, json=body or {}, headers=self.headers)

    def put(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self.http.put(path, json=body, headers=self.headers)


def payloads(messages: list[dict[str, Any]], key: str) -> list[Any]:
    """All values under a key of the messages' payloads."""
    return [each["payload"][key] for each in messages if key in (each["payload"] or {})]


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Server-sent events from a stream's lines: (event, data)."""
    name = ""
    for line in lines:
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            yield name, json.loads(line[5:])
