"""A case split off from a chat at the desk: where the customer reads what is said, and what its page does not claim."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation
from support.staff.teams import TeamFacts, save_team
from support.tickets import split_chat
from support.tickets.tables import Ticket
from tests.support.mail_fixtures import with_mail
from tests.web.desk_fixtures import Caller, Person, api, client, mei, open_case
from tests.web.program_fixtures import program, send
from tests.web.together_fixtures import number_of
from web.services import Services

# Fixtures are found by being imported.
__all__ = ["api", "client", "mei"]


@pytest.fixture
def cases(client: TestClient[Litestar], mei: Person) -> tuple[str, str]:
    """A case whose chat waits in the queue, and one that was split off from it."""
    source = open_case(client, text="My invoice is wrong")
    answer = mei.post(f"/desk/tickets/{source}/split", {"seq": "2"})
    return source, answer.headers["location"].split("/")[-1].split("?")[0]


def chat_of(client: TestClient[Litestar], ticket: str) -> str:
    services: Services = client.app.state.services
    with services.database.reading() as session:
        return session.get_one(Ticket, ticket).conversation_id


def lose_chat(client: TestClient[Litestar], source: str) -> None:
    services: Services = client.app.state.services
    with services.database.writing() as session:
        session.get_one(Conversation, chat_of(client, source)).token_hash = ""


def test_the_composer_says_in_which_chat_the_customer_reads(
    client: TestClient[Litestar], mei: Person, cases: tuple[str, str]
) -> None:
    source, fresh = cases
    page = mei.get(f"/desk/tickets/{fresh}").text
    assert f"split off from the chat of {number_of(client, source)}" in page
    page = mei.get(mei.post(f"/desk/tickets/{fresh}/take").headers["location"]).text
    link = f'<a href="/desk/tickets/{source}">{number_of(client, source)}</a>'
    assert f"The customer reads this in the chat of {link}." in page
    assert "You have this case." in page and "You have this chat" not in page
    assert "You have this case now." in page and "The customer has been told" not in page.split('id="log"')[0]
    assert "In the chat" not in page and "Split off from a chat" in page
    assert "Hand back to the assistant" not in page
    part = mei.post(f"/desk/tickets/{fresh}/replies", {"text": "Corrected"}, htmx=True).text
    assert "The customer reads this in the chat of" in part
    assert f"About {number_of(client, fresh)}: Corrected" in mei.get(f"/desk/tickets/{source}").text


def test_passing_a_split_off_case_on_tells_no_customer_and_joins_no_queue(
    client: TestClient[Litestar], mei: Person, cases: tuple[str, str]
) -> None:
    fresh = cases[1]
    services: Services = client.app.state.services
    with services.database.writing() as session:
        team = save_team(session, None, TeamFacts("Payments")).id
    mei.post(f"/desk/tickets/{fresh}/take")
    page = mei.get(mei.post(f"/desk/tickets/{fresh}/transfer", {"to": f"team:{team}"}).headers["location"]).text
    assert "The case was passed on." in page and "A customer in the chat has been told" not in page
    rows = mei.get("/desk?view=all&channel=split").text
    assert f'id="row-{fresh}"' in rows and "Waiting in the chat" not in rows


def test_a_customer_who_cannot_be_reached_is_said_to_be_so(
    client: TestClient[Litestar], mei: Person, cases: tuple[str, str]
) -> None:
    source, fresh = cases
    services: Services = client.app.state.services
    mei.post(f"/desk/tickets/{fresh}/take")
    lose_chat(client, source)
    page = mei.get(f"/desk/tickets/{fresh}").text
    assert "The customer cannot be reached from here" in page
    assert f'This case came from <a href="/desk/tickets/{source}">{number_of(client, source)}</a>.' in page
    with_mail(services.database)
    with services.database.writing() as session:
        session.get_one(Ticket, fresh).contact_email = "ana@example.com"
    page = mei.get(f"/desk/tickets/{fresh}").text
    assert "cannot be reached" not in page and "This will go as a mail to a***@example.com." in page
    assert 'data-mail-hint="This will go as a mail to' in mei.get(f"/desk/chats?ticket={fresh}").text


def test_the_strip_of_chats_looks_once_for_the_chat_in_which_a_split_off_case_is_read(
    client: TestClient[Litestar], mei: Person, cases: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = cases[1]
    services: Services = client.app.state.services
    with_mail(services.database)
    with services.database.writing() as session:
        session.get_one(Ticket, fresh).contact_email = "ana@example.com"
    looked: list[str] = []

    def look(session: Session, conversation: Conversation) -> split_chat.ReadIn | None:
        looked.append(conversation.id)
        return read_in(session, conversation)

    read_in = split_chat.read_in
    monkeypatch.setattr(split_chat, "read_in", look)
    assert "data-mail-hint=" in mei.get(f"/desk/chats?ticket={fresh}").text
    assert looked == [chat_of(client, fresh)]


def test_the_page_of_the_chat_is_told_of_what_is_said_from_a_split_off_case(
    client: TestClient[Litestar], mei: Person, cases: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, fresh = cases
    services: Services = client.app.state.services
    mei.post(f"/desk/tickets/{fresh}/take")
    told: list[str] = []

    async def note(conversation_id: str) -> None:
        told.append(conversation_id)

    monkeypatch.setattr(services.hub, "conversation_changed", note)
    mei.post(f"/desk/tickets/{fresh}/replies", {"text": "Corrected"})
    assert {chat_of(client, source), chat_of(client, fresh)} <= set(told)


def test_a_program_reads_where_a_split_off_case_is_read(
    client: TestClient[Litestar], api: Caller, cases: tuple[str, str]
) -> None:
    source, fresh = cases
    told = api.call("GET", f"/api/tickets/{fresh}").json()
    assert told["channel"] == "split"
    assert told["read_in"]["id"] == told["split_from"]["id"] == source
    listed = api.call("GET", "/api/tickets?view=all&channel=split").json()["tickets"]
    assert fresh in [each["id"] for each in listed] and source not in [each["id"] for each in listed]


def test_a_settled_case_does_not_wait_because_a_newer_one_of_its_chat_does(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client)
    mei.post(f"/desk/tickets/{ticket}/take")
    mei.post(f"/desk/tickets/{ticket}/resolve", {"category": "payment", "note": "Done"})
    services: Services = client.app.state.services
    with services.database.writing() as session:
        session.get_one(Conversation, chat_of(client, ticket)).status = "queued"
    assert "Waiting in the chat" not in mei.get("/desk?view=resolved").text
    page = mei.get(f"/desk/tickets/{ticket}?view=resolved").text
    assert "Waiting in the chat" not in page


def test_the_page_of_the_chat_is_told_of_what_a_program_says_in_a_split_off_case(
    client: TestClient[Litestar], mei: Person, cases: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, fresh = cases
    services: Services = client.app.state.services
    caller = program(client, "conversations:write", "tickets:write")
    assert caller.call("POST", f"/api/tickets/{fresh}/take").status_code == 200
    told: list[str] = []

    async def note(conversation_id: str) -> None:
        told.append(conversation_id)

    monkeypatch.setattr(services.hub, "conversation_changed", note)
    own = chat_of(client, fresh)
    assert send(caller, {"text": "By program"}, path=f"/api/conversations/{own}/messages").status_code == 201
    assert told == [own, chat_of(client, source)]
