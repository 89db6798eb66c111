"""Browsers with a conversation each, customers whom the site signs in, and what is kept of them."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from storage.engine import Database
from storage.settings import read_settings
from support.customers.identity import signature
from support.files.tables import StoredFile
from support.handoff import operations as handoff
from support.staff.operations import open_session
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets.tables import Ticket
from web.app import create_app
from web.services import Services

SECRET = "identity-secret"
PATH = "/api/chat/conversations"


def make_app(home: Path, database: Database, **more: str) -> Litestar:
    given = {
        "HUILU_HOME": str(home),
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "HUILU_SECRET": "secret-of-the-tests",
        "HUILU_IDENTITY_SECRET": SECRET,
        "HUILU_ENCODER": "none",
        "HUILU_RASA_URL": "http://127.0.0.1:9",
    }
    return create_app(read_settings(given | more))


def services_of(client: TestClient[Litestar]) -> Services:
    services: Services = client.app.state.services
    return services


@pytest.fixture
def client(database: Database, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    with TestClient(make_app(tmp_path, database)) as running:
        yield running


@pytest.fixture
def forgetful(client: TestClient[Litestar]) -> list[str]:
    """A dialogue server that forgets whatever it is asked to; the conversations it forgot."""
    forgot: list[str] = []

    async def forget(conversation_id: str) -> bool:
        forgot.append(conversation_id)
        return True

    services_of(client).rasa.forget = forget  # type: ignore[method-assign]
    return forgot


def signed(external_id: str = "c-7", at: int | None = None, **more: Any) -> dict[str, Any]:
    moment, nonce = at or int(time.time()), uuid.uuid4().hex
    word = signature(SECRET, external_id, moment, nonce)
    return {"id": external_id, "time": moment, "nonce": nonce, "signature": word, **more}


def own_id() -> str:
    return str(uuid.uuid4())


class Visitor:
    """A browser with one conversation."""

    def __init__(self, client: TestClient[Litestar], **body: Any) -> None:
        self.client = client
        opened = client.post(PATH, json={"language": "en", **body})
        assert opened.status_code == 201, opened.text
        self.opened: dict[str, Any] = opened.json()
        self.id, self.token = self.opened["id"], self.opened["token"]

    def call(self, method: str, path: str = "", body: object = None, **headers: str) -> Any:
        given: dict[str, Any] = {} if body is None else {"json": body}
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return self.client.request(method, f"{PATH}/{self.id}{path}", headers=headers, **given)

    def sign_in(self, external_id: str = "c-7", **more: Any) -> Any:
        """The site signs the user in, and the browser goes on with the new token."""
        joined = self.call("POST", "/customer", {"customer": signed(external_id, **more), "client_id": own_id()})
        assert joined.status_code == 200, joined.text
        self.token = joined.json()["token"]
        return joined.json()

    def say(self, text: str) -> Any:
        """Write something, and wait until it is answered."""
        sent = self.call("POST", "/messages", {"client_id": str(uuid.uuid4()), "text": text})
        assert sent.status_code == 202, sent.text
        for _ in range(200):
            told = self.call("GET", f"/messages?after={sent.json()['seq']}").json()
            if told["messages"] and not told["typing"]:
                return sent
            time.sleep(0.02)
        raise AssertionError("no answer")


def code_of(response: Any, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    assert response.json()["detail"]
    return str(response.json()["code"])


def case_of(database: Database, conversation_id: str) -> tuple[str, dict[str, str]]:
    """A case of a conversation, and the headers of an agent."""
    with database.writing() as session:
        member = StaffMember(email=f"{own_id()}@example.com", name="Mei", role="agent", password_hash="none")
        session.add(member)
        session.flush()
        token = open_session(session, member)
        handoff.request(session, conversation_id, "request", None)
        ticket = session.scalars(select(Ticket).where(Ticket.conversation_id == conversation_id)).one()
        tickets.take(session, ticket.id, member)
        tickets.reply(session, ticket.id, member, "Hello, this is Mei.")
        tickets.resolve(session, ticket.id, member, "service", "a note of ours")
    return ticket.id, {"Authorization": f"Bearer {token}"}


def keep_file(client: TestClient[Litestar], visitor: Visitor, name: str, content: bytes) -> str:
    """A file of a customer, as posting one leaves it."""
    services = services_of(client)
    message = visitor.call("GET", "/messages").json()["messages"][0]
    with services.database.writing() as session:
        row = StoredFile(key=own_id(), conversation_id=visitor.id, message_id=message["id"], name=name,
                         media_type="image/png", size=len(content))  # fmt: skip
        session.add(row)
        session.flush()
        services.files.write(row.id, content)
        return row.id
