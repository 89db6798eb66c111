"""A case at the desk: its number, its chat without anybody waiting, and steps sent as its forms send them."""

from litestar import Litestar
from litestar.testing import TestClient

from support.conversations import operations, queries
from support.tickets.tables import Ticket
from tests.web.desk_fixtures import Person


def number_of(client: TestClient[Litestar], ticket: str) -> str:
    with client.app.state.services.database.reading() as session:
        return str(session.get_one(Ticket, ticket).number)


def leave_queue(client: TestClient[Litestar], ticket: str) -> None:
    """Nobody waits in the chat of a case."""
    with client.app.state.services.database.writing() as session:
        chat = queries.locked(session, session.get_one(Ticket, ticket).conversation_id)
        operations.move(chat, "bot")


def step(person: Person, ticket: str, name: str, form: dict[str, str], expected: int = 303) -> str:
    """Send a step's form; the page that it leads to."""
    answer = person.post(f"/desk/tickets/{ticket}/{name}", form)
    assert answer.status_code == expected, answer.text
    return str(person.get(answer.headers["location"]).text if expected == 303 else answer.text)
