"""A case whose customer goes on writing, or has everything erased."""

from litestar import Litestar
from litestar.testing import TestClient

from support.conversations import queries as conversations
from support.conversations.writing import add_message
from support.privacy.operations import erase_conversation
from support.tickets.tables import Ticket
from web.services import Services


def customer_says(client: TestClient[Litestar], ticket: str, text: str) -> int:
    services: Services = client.app.state.services
    with services.database.writing() as session:
        chat = conversations.locked(session, session.get_one(Ticket, ticket).conversation_id)
        return add_message(session, chat, "customer", text).seq


def erase(client: TestClient[Litestar], ticket: str) -> None:
    services: Services = client.app.state.services
    with services.database.writing() as session:
        erase_conversation(session, session.get_one(Ticket, ticket).conversation_id)
