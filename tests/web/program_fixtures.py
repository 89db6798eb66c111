"""Programs that call the API, each with a token of some scopes, and a case that they bring in from outside."""

import uuid
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from storage.engine import Database
from support.integrations.operations import add_integration
from support.staff.queries import by_email
from tests.web.desk_fixtures import Caller


def database_of(client: TestClient[Litestar]) -> Database:
    database: Database = client.app.state.services.database
    return database


def program(client: TestClient[Litestar], *scopes: str, email: str = "mei@example.com") -> Caller:
    """A program with a token of these scopes."""
    with database_of(client).writing() as session:
        name = f"program {uuid.uuid4()}"
        return Caller(client, add_integration(session, name, by_email(session, email), list(scopes))[1])


CASE = {
    "text": "My parcel T-77 arrived open.",
    "subject": "Parcel T-77",
    "language": "en",
    "reason": "complaint",
    "category": "delivery",
    "customer": {"name": "Ana", "email": "ana@example.com", "phone": "+49 30 1234567"},
}


def send(caller: Caller, body: object, key: str | None = None, path: str = "/api/tickets") -> Any:
    headers = {"Authorization": f"Bearer {caller.token}"} | ({"Idempotency-Key": key} if key else {})
    return caller.client.post(path, json=body, headers=headers)
