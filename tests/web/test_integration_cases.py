"""Cases that programs open from outside: with the customer's words, once for each key, for customers old and new."""

import uuid
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from storage.engine import Database
from support.conversations.tables import Conversation, Message
from support.customers.tables import Customer
from support.privacy.operations import erase_customer
from support.staff.tables import StaffMember
from support.tickets.outside import Report, open_from_outside
from support.tickets.tables import Ticket
from tests.support.mail_fixtures import outgoing, with_mail
from tests.web.desk_fixtures import client
from tests.web.program_fixtures import CASE, database_of, program, send
from web.api.idempotency import own_id

# Fixtures are found by being imported.
__all__ = ["client"]


def test_a_case_from_outside_waits_at_the_desk_with_the_customers_words(client: TestClient[Litestar]) -> None:
    caller = program(client, "tickets:write", "conversations:read")
    made = send(caller, CASE)
    assert made.status_code == 201
    case = made.json()
    assert [(each["author"], each["text"]) for each in case["transcript"]] == [("customer", CASE["text"])]
    assert case["contact_email"] == "ana@example.com"
    assert (case["ticket"]["state"], case["ticket"]["priority"], case["ticket"]["category"]) == (
        "received",
        "yellow",
        "delivery",
    )
    chat = caller.call("GET", f"/api/conversations/{case['ticket']['conversation_id']}").json()
    assert (chat["channel"], chat["status"]) == ("api", "offline"), "nobody waits in it, so it is in no queue"


def test_a_case_from_outside_is_confirmed_by_mail_once_where_mail_is_set_up(client: TestClient[Litestar]) -> None:
    caller = program(client, "tickets:write")
    send(caller, CASE, "before mail is set up")
    assert outgoing(database_of(client)) == []
    with_mail(database_of(client))
    case = send(caller, CASE, "order 77").json()["ticket"]
    send(caller, CASE, "order 77")
    send(caller, CASE | {"customer": {"name": "Bo"}}, "order 78")
    (mail,) = outgoing(database_of(client))
    assert (mail.kind, mail.recipient, mail.ticket_id) == ("confirmation", "ana@example.com", case["id"])
    assert case["number"] in mail.subject
    assert CASE["text"] not in mail.text


def test_the_same_key_again_is_the_same_case_and_another_programs_key_is_not(client: TestClient[Litestar]) -> None:
    caller, other = program(client, "tickets:write"), program(client, "tickets:write")
    first, again = send(caller, CASE, "order 77"), send(caller, CASE, "order 77")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["ticket"]["number"] == again.json()["ticket"]["number"]
    assert len(again.json()["transcript"]) == 1
    assert send(other, CASE, "order 77").status_code == 201
    assert send(caller, CASE, "order 78").status_code == 201
    assert send(caller, CASE, "x" * 201).status_code == 422


def test_the_same_key_with_another_body_is_refused_and_opens_and_tells_nothing(client: TestClient[Litestar]) -> None:
    caller = program(client, "tickets:write")
    first = send(caller, CASE, "order 79").json()["ticket"]["id"]
    for changed in ({"text": "Another parcel."}, {"customer": {"name": "Bo"}}, {"category": "payment"}):
        answer = send(caller, CASE | changed, "order 79")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_used")
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert CASE["text"] not in answer.text
    again = send(caller, dict(reversed(CASE.items())), "order 79")
    assert (again.status_code, again.json()["ticket"]["id"]) == (200, first)
    conversation_id = again.json()["ticket"]["conversation_id"]
    with database_of(client).writing() as session:
        erase_customer(session, conversation_id)
        assert session.get_one(Conversation, conversation_id).request_digest is None
    assert send(caller, CASE | {"text": "Another parcel."}, "order 79").status_code == 201


def test_whoever_knows_the_key_does_not_get_into_the_conversation(client: TestClient[Litestar]) -> None:
    caller = program(client, "tickets:write")
    made = send(caller, CASE, str(uuid.UUID(int=7, version=4))).json()
    chat = client.post("/api/chat/conversations", json={"client_id": str(uuid.UUID(int=7, version=4))}).json()
    assert chat["id"] != made["ticket"]["conversation_id"]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "  "},
        {"text": "x" * 4001},
        {"language": "fr"},
        {"reason": "boredom"},
        {"category": "pets"},
        {"priority": "pink"},
        {"subject": "a\r\nBcc: all@example.com"},
        {"customer": {"email": "ana@example.com\r\nBcc: b@example.com"}},
        {"customer": {"email": "ana@example.com\n"}},
        {"customer": {"email": "no address"}},
        {"customer": {"phone": "<script>"}},
        {"customer": {"name": "x" * 101}},
        {"customer": None},
    ],
)
def test_a_case_that_cannot_be_opened_leaves_nothing_behind(client: TestClient[Litestar], change: Any) -> None:
    caller = program(client, "tickets:write")

    def kept() -> list[int]:
        with database_of(client).reading() as session:
            return [session.query(table).count() for table in (Customer, Conversation, Ticket, Message)]

    before = kept()
    answer = send(caller, CASE | change)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert kept() == before


def test_a_case_can_be_opened_for_a_customer_who_is_known(client: TestClient[Litestar]) -> None:
    caller = program(client, "tickets:write", "customers:read")
    known = {"external_id": "c-7", "name": "Bo", "email": "bo@example.com"}
    send(caller, CASE | {"customer": known})
    (bo,) = caller.call("GET", "/api/customers?external_id=c-7").json()["customers"]
    assert (bo["name"], bo["email"]) == ("Bo", "bo@example.com")
    assert send(caller, CASE | {"customer": {"id": bo["id"]}}).status_code == 201
    assert send(caller, CASE | {"customer": {"external_id": "c-7"}}).status_code == 201
    with database_of(client).reading() as session:
        own = session.scalars(select(Ticket.customer_id).where(Ticket.customer_id == bo["id"])).all()
    assert len(own) == 3
    assert send(caller, CASE | {"customer": {"id": "nobody"}}).status_code == 404


def test_the_same_request_twice_at_once_is_one_case(database: Database) -> None:
    named = own_id("secret", "program", "key")
    with database.writing() as session:
        first, _ = open_from_outside(session, Report("Hello", "en", own_id=named), "secret")
    with database.writing() as session:
        second, repeated = open_from_outside(session, Report("Hello", "en", own_id=named), "secret")
    assert repeated
    assert first.id == second.id


def test_a_customer_is_changed_only_where_that_was_asked(client: TestClient[Litestar]) -> None:
    caller = program(client, "tickets:write", "customers:read", "customers:write")
    send(caller, CASE | {"customer": {"external_id": "c-8", "name": "Cem", "email": "cem@example.com"}})
    (cem,) = caller.call("GET", "/api/customers?external_id=c-8").json()["customers"]
    with database_of(client).reading() as session:
        named = session.scalars(select(StaffMember.id).where(StaffMember.role == "agent").limit(1)).one()
    changed = caller.call("PATCH", f"/api/customers/{cem['id']}", {"tier": "gold", "named_staff_id": named}).json()
    assert (changed["id"], changed["tier"], changed["named_staff_id"]) == (cem["id"], "gold", named)
    changed = caller.call("PATCH", f"/api/customers/{cem['id']}", {"email": None}).json()
    assert (changed["email"], changed["tier"], changed["name"]) == (None, "gold", "Cem")
    for wrong in ({"tier": "wood"}, {"named_staff_id": "nobody"}, {"email": "x"}):
        assert caller.call("PATCH", f"/api/customers/{cem['id']}", wrong).status_code in {400, 422}
    assert caller.call("GET", f"/api/customers/{cem['id']}").json() == changed


def test_whoever_was_forgotten_gets_no_name_back(client: TestClient[Litestar]) -> None:
    caller = program(client, "customers:read", "customers:write", "conversations:read", "tickets:write")
    chat = client.post("/api/chat/conversations", json={"customer": {"name": "Dina"}}).json()
    customer = caller.call("GET", f"/api/conversations/{chat['id']}").json()["customer_id"]
    caller.call("PATCH", f"/api/customers/{customer}", {"tier": "gold"})
    with database_of(client).writing() as session:
        erase_customer(session, chat["id"])
    assert caller.call("GET", f"/api/customers/{customer}").status_code == 404
    assert caller.call("PATCH", f"/api/customers/{customer}", {"tier": "gold"}).status_code == 404
    assert send(caller, CASE | {"customer": {"id": customer}}).status_code == 404
    assert caller.call("GET", f"/api/conversations/{chat['id']}").json()["erased"]
