"""Who is writing: told both ways for a few seconds, and kept nowhere."""

import asyncio
import json
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from storage.engine import Database
from support.conversations.tables import Conversation
from support.handoff import operations as handoff
from support.staff.tables import StaffMember
from support.tickets import handing_back
from support.tickets import operations as tickets
from support.tickets.queries import open_for
from support.tickets.tables import Ticket
from tests.support.conftest import Chat, new_chat, staff
from tests.web.desk_fixtures import Person, client, mei, open_case, tom
from tests.web.test_stream import Hub
from tests.web.test_stream import Services as StreamServices
from web.chat.stream import events
from web.desk.events import desk_events
from web.hub import WRITING
from web.services import Services
from web.typing import LASTS_SECONDS, MOST_CONVERSATIONS, Typing

# Fixtures are found by being imported.
__all__ = ["client", "mei", "tom"]


class Clock:
    """Seconds that a test moves on."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.mark.fast
def test_somebody_who_stops_writing_is_forgotten_after_a_few_seconds() -> None:
    clock = Clock()
    typing = Typing(clock)
    assert typing.begin("chat"), "that is news"
    clock.at += LASTS_SECONDS - 0.1
    assert not typing.begin("chat"), "still the same writing"
    clock.at += LASTS_SECONDS - 0.1
    assert typing.customer_writes("chat")
    clock.at += 0.1
    assert not typing.customer_writes("chat")
    assert typing.begin("chat"), "news again"


@pytest.mark.fast
def test_the_customer_and_colleagues_are_told_apart_and_so_are_chats() -> None:
    typing = Typing()
    typing.begin("chat", "id-of-mei", "Mei")
    assert typing.person_writing("chat") == "Mei"
    assert not typing.customer_writes("chat")
    typing.begin("other")
    assert (typing.person_writing("other"), typing.customer_writes("other")) == (None, True)
    typing.end("chat", "id-of-mei")
    assert typing.person_writing("chat") is None


@pytest.mark.fast
def test_whoever_writes_is_shown_the_others_who_write() -> None:
    typing = Typing()
    typing.begin("chat", "id-of-mei", "Mei")
    assert typing.person_writing("chat", besides="id-of-mei") is None
    typing.begin("chat", "id-of-another-mei", "Mei")
    assert typing.person_writing("chat", besides="id-of-mei") == "Mei"


@pytest.mark.fast
def test_threads_may_look_who_writes_while_others_begin_and_end() -> None:
    typing = Typing()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def write(number: int) -> None:
        for turn in range(3000):
            typing.begin("chat", f"{number}-{turn % 50}", "Mei")
            typing.person_writing("chat")
            typing.end("chat", f"{number}-{turn % 50}")

    try:
        with ThreadPoolExecutor(4) as threads:
            for done in [threads.submit(write, number) for number in range(4)]:
                done.result()
    finally:
        sys.setswitchinterval(interval)
    assert typing.person_writing("chat") is None


@pytest.mark.fast
def test_very_many_writers_fill_no_memory() -> None:
    typing = Typing()
    for number in range(MOST_CONVERSATIONS + 5):
        typing.begin(str(number))
    assert len(typing._writers) == MOST_CONVERSATIONS
    assert not typing.customer_writes("0")
    assert typing.customer_writes(str(MOST_CONVERSATIONS + 4))


def test_the_customers_page_is_told_who_writes_while_a_person_has_the_chat(database: Database) -> None:
    chat = new_chat(database, "en")
    with database.writing() as session:
        agent = staff(session)
        handoff.request(session, chat.id, "request", None)
        ticket = open_for(session, chat.id)
        assert ticket is not None
        tickets.take(session, ticket.id, agent)
    services = StreamServices(database, Hub([b""], [b""], [b""]))
    services.typing.begin(chat.id, agent.id, "Mei")
    assert status_told(chat, services)["typing"] is True
    assert status_told(chat, services)["writer"] == "Mei"
    with database.writing() as session:
        handing_back.hand_back(session, ticket.id, session.get_one(StaffMember, agent.id))
    assert status_told(chat, services)["writer"] is None, "the bot has the chat"


def status_told(chat: Chat, services: StreamServices) -> Any:
    """What a stream that begins now says about who is in charge."""

    async def first() -> bytes:
        with chat.database.reading() as session:
            token = session.get_one(Conversation, chat.id).token_hash
        async for event in events(services, chat.id, 10_000, token):  # type: ignore[arg-type]
            return event
        return b""

    told = asyncio.run(first()).decode()
    return json.loads(told.split("data: ")[1])


def chat_of(client: TestClient[Litestar], ticket_id: str) -> str:
    services: Services = client.app.state.services
    with services.database.reading() as session:
        return session.get_one(Ticket, ticket_id).conversation_id


def test_an_agent_sees_that_the_customer_writes(client: TestClient[Litestar], mei: Person) -> None:
    opened = client.post("/api/chat/conversations", json={"language": "en"}).json()
    services: Services = client.app.state.services
    with services.database.writing() as session:
        handoff.request(session, opened["id"], "request", None)
        ticket = open_for(session, opened["id"])
        assert ticket is not None
    mei.post(f"/desk/tickets/{ticket.id}/take")
    headers = {"Authorization": f"Bearer {opened['token']}"}
    address = f"/api/chat/conversations/{opened['id']}"
    client.cookies.clear()
    assert client.post(f"{address}/typing", headers=headers).status_code == 204
    strip = mei.get(f"/desk/chats?ticket={ticket.id}").text
    assert "is writing" in strip
    assert "The customer is writing" in strip
    client.cookies.clear()
    said = {"client_id": str(uuid.uuid4()), "text": "Here it is"}
    client.post(f"{address}/messages", json=said, headers=headers)
    assert "is writing" not in mei.get(f"/desk/chats?ticket={ticket.id}").text


def test_only_the_holder_of_the_token_can_say_that_they_write(client: TestClient[Litestar]) -> None:
    opened = client.post("/api/chat/conversations", json={"language": "en"}).json()
    address = f"/api/chat/conversations/{opened['id']}/typing"
    client.cookies.clear()
    assert client.post(address).status_code == 401
    assert client.post(address, headers={"Authorization": "Bearer wrong"}).status_code == 404


def test_only_whoever_may_write_is_said_to_write(client: TestClient[Litestar], mei: Person, tom: Person) -> None:
    ticket = open_case(client)
    mei.post(f"/desk/tickets/{ticket}/take")
    typing = client.app.state.services.typing
    assert tom.post(f"/desk/tickets/{ticket}/typing").status_code == 204
    assert typing.person_writing(chat_of(client, ticket)) is None
    assert mei.post(f"/desk/tickets/{ticket}/typing").status_code == 204
    assert typing.person_writing(chat_of(client, ticket)) == "Mei"
    mei.post(f"/desk/tickets/{ticket}/replies", {"text": "Here you are", "after": "0"}, htmx=True)
    assert typing.person_writing(chat_of(client, ticket)) is None
    assert mei.post("/desk/tickets/none/typing").status_code == 404


def test_that_somebody_writes_does_not_make_desks_read_their_lists_anew(client: TestClient[Litestar]) -> None:
    services: Services = client.app.state.services
    person = Person(client, "mei")
    person.sign_in()
    token = person.cookies["huilu_session"]

    async def told() -> list[str | None]:
        class Changes:
            async def changes(self, _: str) -> Any:
                for each in ([b""], [WRITING, WRITING], [WRITING, b""]):
                    yield each

        class Faked:
            hub = Changes()
            database = services.database

        return [each.event async for each in desk_events(Faked(), token, None)]  # type: ignore[arg-type]

    assert asyncio.run(told()) == ["queue", "offers", "writing", "queue"]
