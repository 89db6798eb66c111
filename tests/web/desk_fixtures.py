"""Somebody at the desk, in memory: an app with staff, browsers and API callers, and cases to work on."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from storage.engine import Database
from storage.settings import read_settings
from support.handoff import operations as handoff
from support.staff.operations import add_staff
from support.staff.queries import by_email
from support.tickets.queries import open_for
from web.app import create_app
from web.services import Services

PASSWORD = "correct horse battery"
STAFF = {"mei": "agent", "tom": "agent", "yun": "editor", "ada": "supervisor"}
SCRIPT = "<script>alert(1)</script>"


def make_app(home: Path, database: Database | None = None, offers: str = "off") -> Litestar:
    """The app on the given or a fresh database, without a dialogue server and without a model.

    Args:
        offers: "on" where waiting cases are to be offered by themselves, at any moment.
    """
    given = {
        "HUILU_HOME": str(home),
        "HUILU_SECRET": "secret-of-the-tests",
        "HUILU_ENCODER": "none",
        "HUILU_RASA_URL": "http://127.0.0.1:9",
        "HUILU_OFFERS": offers,
    }
    if database is not None:
        given["DATABASE_URL"] = database.engine.url.render_as_string(hide_password=False)
    return create_app(read_settings(given))


def add_everybody(services: Services) -> None:
    with services.database.writing() as session:
        for name, role in STAFF.items():
            add_staff(session, f"{name}@example.com", name.title(), role, PASSWORD)


@dataclass
class Person:
    """Somebody at a browser of their own."""

    client: TestClient[Litestar]
    name: str
    cookies: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, **given: Any) -> Any:
        self.client.cookies.clear()
        self.client.cookies.update(self.cookies)
        response = self.client.request(method, path, follow_redirects=False, **given)
        self.cookies |= dict(response.cookies)
        return response

    def get(self, path: str, **given: Any) -> Any:
        return self.request("GET", path, **given)

    def post(self, path: str, form: dict[str, str] | None = None, htmx: bool = False) -> Any:
        """Send a form, as the page would with its token."""
        headers = {"HX-Request": "true"} if htmx else {}
        token = {"_csrf_token": self.cookies.get("csrftoken", "")}
        return self.request("POST", path, data=(form or {}) | token, headers=headers)

    def sign_in(self, password: str = PASSWORD) -> Any:
        self.get("/sign-in")
        return self.post("/sign-in", {"email": f"{self.name}@example.com", "password": password})


@dataclass
class Caller:
    """Somebody's program on the staff API."""

    client: TestClient[Litestar]
    token: str

    def call(self, method: str, path: str, body: object = None) -> Any:
        self.client.cookies.clear()
        given: dict[str, Any] = {} if body is None else {"json": body}
        return self.client.request(method, path, headers={"Authorization": f"Bearer {self.token}"}, **given)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    app = make_app(tmp_path_factory.mktemp("desk"))
    with TestClient(app) as made:
        add_everybody(app.state.services)
        yield made


@pytest.fixture(scope="module")
def mei(client: TestClient[Litestar]) -> Person:
    person = Person(client, "mei")
    person.sign_in()
    return person


@pytest.fixture(scope="module")
def tom(client: TestClient[Litestar]) -> Person:
    person = Person(client, "tom")
    person.sign_in()
    return person


@pytest.fixture(scope="module")
def ada(client: TestClient[Litestar]) -> Person:
    person = Person(client, "ada")
    person.sign_in()
    return person


@pytest.fixture(scope="module")
def api(client: TestClient[Litestar]) -> Caller:
    client.cookies.clear()
    answer = client.post("/api/sessions", json={"email": "mei@example.com", "password": PASSWORD})
    return Caller(client, answer.json()["token"])


def staff_id_of(client: TestClient[Litestar], name: str) -> str:
    services: Services = client.app.state.services
    with services.database.reading() as session:
        member = by_email(session, f"{name}@example.com")
        assert member is not None
        return member.id


def open_case(client: TestClient[Litestar], text: str = "Where is my parcel?", name: str | None = None) -> str:
    """A customer asks something, then asks for a person; the id of the ticket."""
    client.cookies.clear()
    body = {"language": "en", "customer": {"name": name}} if name else {"language": "en"}
    chat = client.post("/api/chat/conversations", json=body).json()
    client.post(
        f"/api/chat/conversations/{chat['id']}/messages",
        json={"client_id": str(uuid.uuid4()), "text": text},
        headers={"Authorization": f"Bearer {chat['token']}"},
    )
    services: Services = client.app.state.services
    with services.database.writing() as session:
        number = handoff.request(session, chat["id"], "request", None).number
    with services.database.reading() as session:
        ticket = open_for(session, chat["id"])
        assert ticket is not None
        assert ticket.number == number
        return ticket.id
