"""What programs read and say: conversations, their messages, and the feed of events, each once and on from a cursor."""

import re
from datetime import timedelta

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import update

from storage.base import now
from storage.engine import Database
from storage.settled import SETTLED_AFTER
from support.conversations.listing import Wanted, changed_after
from support.conversations.tables import Conversation
from support.customers.finding import opened_after
from support.customers.operations import CustomerDetails
from support.customers.tables import Customer
from support.tickets.feed import lines_after
from support.tickets.outside import Report, open_from_outside
from support.tickets.tables import Ticket
from tests.web.desk_fixtures import Person, client, mei, open_case
from tests.web.program_fixtures import CASE, database_of, program, send
from web.api.paging import cursor_of, place_of
from web.problems import Problem

# Fixtures are found by being imported.
__all__ = ["client", "mei"]


def test_every_conversation_is_listed_once_though_new_ones_come_meanwhile(client: TestClient[Litestar]) -> None:
    caller = program(client, "conversations:read", "tickets:write")
    since = (now() - timedelta(seconds=1)).isoformat().replace("+", "%2B")
    made = [send(caller, CASE).json()["ticket"]["conversation_id"] for _ in range(5)]
    seen, after = [], ""
    while True:
        page = caller.call("GET", f"/api/conversations?channel=api&limit=2&updated_since={since}&after={after}").json()
        seen += [each["id"] for each in page["conversations"]]
        if len(seen) == 2:
            made.append(send(caller, CASE).json()["ticket"]["conversation_id"])
        if not page["more"]:
            break
        after = page["next"]
    assert [each for each in seen if each in made] == made
    assert len(set(seen)) == len(seen)


def test_conversations_are_found_by_status_language_and_customer(client: TestClient[Litestar]) -> None:
    caller = program(client, "conversations:read", "tickets:write")
    case = send(caller, CASE | {"language": "zh-Hant"}).json()["ticket"]
    chat = caller.call("GET", f"/api/conversations/{case['conversation_id']}").json()
    for asked, there in (
        ("status=offline", True),
        ("status=bot", False),
        ("language=zh-Hant", True),
        ("language=en", False),
        (f"customer={chat['customer_id']}", True),
        ("customer=nobody", False),
        ("channel=mail", False),
    ):
        found = caller.call("GET", f"/api/conversations?limit=200&{asked}").json()["conversations"]
        assert (chat["id"] in [each["id"] for each in found]) is there, asked


@pytest.mark.parametrize("asked", ["after=nonsense", "after=%F0%9F%92%A5", "updated_since=2026-01-01T00:00:00"])
def test_a_cursor_or_time_that_is_none_is_refused(client: TestClient[Litestar], asked: str) -> None:
    answer = program(client, "conversations:read").call("GET", f"/api/conversations?{asked}")
    assert answer.status_code == 422, answer.text


def test_a_cursor_comes_back_as_it_went() -> None:
    moment = now()
    assert place_of(cursor_of(moment, "a-1")) == (moment, "a-1")
    assert place_of("") is None
    with pytest.raises(Problem):
        place_of(cursor_of(moment, "x" * 40))


def test_messages_are_read_on_from_the_last_one(client: TestClient[Litestar]) -> None:
    caller = program(client, "conversations:read")
    ticket = open_case(client)
    chat = case_of(client, ticket)
    first = caller.call("GET", f"/api/conversations/{chat}/messages?limit=1").json()
    rest = caller.call("GET", f"/api/conversations/{chat}/messages?after={first['next']}").json()
    assert first["more"]
    assert not rest["more"]
    seqs = [each["seq"] for each in first["messages"] + rest["messages"]]
    assert seqs == list(range(1, len(seqs) + 1))
    assert caller.call("GET", f"/api/conversations/{chat}/messages?after={rest['next']}").json()["messages"] == []
    assert caller.call("GET", "/api/conversations/none/messages").status_code == 404


def case_of(client: TestClient[Litestar], ticket_id: str) -> str:
    with database_of(client).reading() as session:
        return session.get_one(Ticket, ticket_id).conversation_id


def test_a_program_speaks_only_in_chats_that_its_colleague_has_and_not_twice(client: TestClient[Litestar]) -> None:
    caller = program(client, "conversations:read", "conversations:write", "tickets:write")
    ticket = open_case(client)
    chat = case_of(client, ticket)
    path = f"/api/conversations/{chat}/messages"
    refused = send(caller, {"text": "Hello"}, path=path)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_charge")
    assert caller.call("POST", f"/api/tickets/{ticket}/take").status_code == 200
    said, again = send(caller, {"text": "Hello"}, "k", path), send(caller, {"text": "Hello"}, "k", path)
    assert said.status_code == 201
    assert said.json() == again.json()
    other = send(caller, {"text": "Goodbye"}, "k", path)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_used")
    assert (said.json()["author"], said.json()["name"]) == ("agent", "Mei")
    tom = program(client, "conversations:write", email="tom@example.com")
    assert send(tom, {"text": "Hello"}, path=path).status_code == 409
    said_all = caller.call("GET", path).json()["messages"]
    assert [each["text"] for each in said_all if each["author"] == "agent"] == ["Hello"]
    assert send(caller, {"text": "Hello"}, path="/api/conversations/none/messages").status_code == 404


def test_what_a_program_does_stands_under_its_name_in_the_timeline(client: TestClient[Litestar], mei: Person) -> None:
    caller = program(client, "tickets:write")
    ticket = open_case(client)
    timeline = caller.call("POST", f"/api/tickets/{ticket}/take").json()["timeline"]
    assert re.fullmatch(r"Mei \(program .+\)", timeline[-1]["name"])
    other = open_case(client)
    mei.post(f"/desk/tickets/{other}/take")
    with database_of(client).reading() as session:
        assert lines_after(session, None, 1000)[-1][0].details == {}


def test_the_feed_tells_every_line_once_and_goes_on_from_its_cursor(client: TestClient[Litestar]) -> None:
    caller = program(client, "tickets:read", "tickets:write")
    after = ""
    while True:
        page = caller.call("GET", f"/api/events?after={after}").json()
        after = page["next"] or after
        if not page["more"]:
            break
    assert caller.call("GET", f"/api/events?after={after}").json() == {"events": [], "more": False, "next": after}
    case = send(caller, CASE).json()["ticket"]
    caller.call("POST", f"/api/tickets/{case['id']}/take")
    lines = caller.call("GET", f"/api/events?after={after}&limit=1").json()
    more = caller.call("GET", f"/api/events?after={lines['next']}").json()
    told = [(each["number"], each["kind"], each["position"]) for each in lines["events"] + more["events"]]
    assert told == [(case["number"], "opened", 1), (case["number"], "taken", 2)]


def test_on_a_database_server_lines_wait_until_no_earlier_one_can_come(database: Database) -> None:
    with database.writing() as session:
        open_from_outside(session, Report("Hello", "en"), "secret")
    with database.reading() as session:
        fresh = lines_after(session, None, 10)
    assert len(fresh) == (1 if database.is_sqlite else 0)


def test_on_a_database_server_conversations_and_customers_wait_until_no_earlier_one_can_come(
    database: Database,
) -> None:
    def told() -> tuple[int, int]:
        with database.reading() as session:
            read = changed_after(session, Wanted(), None, 10), opened_after(session, "", "", None, 10)
            return len(read[0]), len(read[1])

    with database.writing() as session:
        details = CustomerDetails(email="li@example.com")
        open_from_outside(session, Report("Hello", "en", details=details), "secret")
    assert told() == ((1, 1) if database.is_sqlite else (0, 0))
    with database.reading() as session:
        assert len(opened_after(session, "", "li@example.com", None, 10)) == 1, "who is asked for is there at once"
    with database.writing() as session:
        past = now() - SETTLED_AFTER
        session.execute(update(Conversation).values(updated_at=past))
        session.execute(update(Customer).values(created_at=past))
    assert told() == (1, 1)
