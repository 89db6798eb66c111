"""A customer in the chat who sends files, and the cases that come of it."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from storage.engine import Database
from support.handoff import operations as handoff
from support.tickets.queries import open_for
from tests.web.desk_fixtures import Person, add_everybody, make_app
from web.services import Services


@pytest.fixture
def on_both(database: Database, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    """The app on either database."""
    app = make_app(tmp_path, database)
    with TestClient(app) as made:
        add_everybody(app.state.services)
        yield made


class Visitor:
    """A customer in the chat."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.client = client
        client.cookies.clear()
        opened = client.post("/api/chat/conversations", json={"language": "en"}).json()
        self.id = opened["id"]
        self.path = f"/api/chat/conversations/{self.id}"
        self.headers = {"Authorization": f"Bearer {opened['token']}"}

    def send(self, content: bytes, name: str = "photo.jpg", client_id: str | None = None, **more: Any) -> Any:
        self.client.cookies.clear()
        return self.client.post(
            f"{self.path}/files",
            files={"file": (name, content, more.pop("declared", "image/png"))},
            data={"client_id": client_id or str(uuid.uuid4())},
            headers=self.headers | more,
        )

    def messages(self) -> list[dict[str, Any]]:
        found = self.client.get(f"{self.path}/messages?after=1", headers=self.headers).json()
        return list(found["messages"])

    def file(self, position: int = 0) -> dict[str, Any]:
        return dict(self.messages()[position]["payload"]["file"])


@pytest.fixture
def visitor(client: TestClient[Litestar]) -> Visitor:
    return Visitor(client)


def case_of(visitor: Visitor) -> str:
    services: Services = visitor.client.app.state.services
    with services.database.writing() as session:
        handoff.request(session, visitor.id, "request", None)
    with services.database.reading() as session:
        ticket = open_for(session, visitor.id)
        assert ticket is not None
        return ticket.id


def attach(person: Person, ticket: str, content: bytes, name: str, htmx: bool = False, token: bool = True) -> Any:
    """Send the form of the desk."""
    form = {"after": "0"} | ({"_csrf_token": person.cookies["csrftoken"]} if token else {})
    headers = {"HX-Request": "true"} if htmx else {}
    return person.request(
        "POST", f"/desk/tickets/{ticket}/files", files={"file": (name, content)}, data=form, headers=headers
    )


def kept(client: TestClient[Litestar]) -> list[str]:
    return list(client.app.state.services.files.ids())
