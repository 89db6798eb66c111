"""Knowing the customer, through the chat API: on other devices, by a signature, after signing in, and no further."""

import time
from pathlib import Path

from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from storage.engine import Database
from support.conversations import queries
from support.conversations.tables import Conversation
from support.conversations.writing import add_message
from support.customers.identity import signature
from tests.web.desk_fixtures import SCRIPT
from tests.web.visitor_fixtures import (
    PATH,
    SECRET,
    Visitor,
    case_of,
    client,
    code_of,
    forgetful,
    make_app,
    own_id,
    services_of,
    signed,
)

# Fixtures are found by being imported.
__all__ = ["client", "forgetful"]


def test_another_device_goes_on_with_a_signed_customers_conversation(client: TestClient[Litestar]) -> None:
    here = Visitor(client, customer=signed(name="Li"))
    here.say("where is my parcel")
    there = Visitor(client, customer=signed(), client_id=own_id())
    assert there.id == here.id
    assert [each["author"] for each in there.opened["messages"]] == ["bot", "customer", "bot"]
    assert there.call("GET", "/messages").status_code == 200
    assert here.call("GET", "/messages").status_code == 200


def test_the_same_request_again_opens_no_second_conversation(client: TestClient[Litestar]) -> None:
    own = own_id()
    first, again = Visitor(client, client_id=own), Visitor(client, client_id=own.upper())
    assert (again.id, again.token) == (first.id, first.token)


def test_what_is_wrong_with_a_signature_is_told_to_whoever_makes_the_site(client: TestClient[Litestar]) -> None:
    word = signed()
    plain = {"id": "c-7", "signature": signature(SECRET, "c-7", 0, "")}
    assert code_of(client.post(PATH, json={"customer": plain}), 422) == "signature"
    assert code_of(client.post(PATH, json={"customer": signed(at=int(time.time()) - 400)}), 422) == "expired"
    assert client.post(PATH, json={"customer": word, "client_id": own_id()}).status_code == 201
    refused = client.post(PATH, json={"customer": word, "client_id": own_id()})
    assert code_of(refused, 422) == "used"
    assert "nonce" in refused.json()["detail"]


def test_a_request_with_something_that_cannot_be_taken_opens_nothing(
    client: TestClient[Litestar], database: Database
) -> None:
    for body in (
        {"client_id": "1"},
        {"customer": {"nonce": "x" * 65}},
        {"context": {"order": ["A-1"]}},
        {"context": {str(number): 1 for number in range(21)}},
    ):
        code_of(client.post(PATH, json=body), 422)
    for moment in (-1, 10**30, "now"):
        assert client.post(PATH, json={"customer": {**signed(), "time": moment}}).status_code == 400
    with database.reading() as session:
        assert session.scalars(select(Conversation)).all() == []


def test_characters_that_no_database_keeps_open_a_conversation_all_the_same(client: TestClient[Litestar]) -> None:
    opened = Visitor(client, customer={"name": "Li\x00\n An"}, page="/\x00cart", context={"a\x00": "b\x00"})
    kept = opened.call("GET", "/export").json()
    assert (kept["customer"]["name"], kept["conversation"]["page"]) == ("Li  An", "/cart")
    assert kept["conversation"]["context"] == {"a": "b"}


def test_signing_in_while_the_chat_is_open_joins_the_browsers_conversations(client: TestClient[Litestar]) -> None:
    first = Visitor(client, customer={"email": "l@example.com"})
    second = Visitor(client, previous={"id": first.id, "token": first.token})
    joined = second.sign_in(name="Li")
    assert (joined["name"], joined["joined"]) == ("Li", 2)
    again = second.sign_in()
    assert again == {"name": "Li", "joined": 0, "token": joined["token"]}
    kept = second.call("GET", "/export").json()
    assert (kept["customer"]["external_id"], kept["customer"]["email"]) == ("c-7", "l@example.com")
    assert [each["conversation"]["id"] for each in kept["other_conversations"]] == [first.id]


def test_a_token_noted_before_signing_in_reads_exports_and_erases_nothing_afterwards(
    client: TestClient[Litestar], forgetful: list[str]
) -> None:
    first = Visitor(client)
    second = Visitor(client, previous={"id": first.id, "token": first.token})
    noted = second.token
    for visitor in (first, second):
        assert visitor.call("GET", "/messages").status_code == 200
    assert second.sign_in()["token"] != noted
    assert second.call("GET", "/messages").status_code == 200
    second.token = noted
    for visitor in (first, second):
        for method, path in [("GET", "/messages"), ("GET", "/events"), ("GET", "/export"), ("DELETE", "/customer")]:
            assert code_of(visitor.call(method, path), 404) == "token"
    assert forgetful == []
    later = Visitor(client, previous={"id": second.id, "token": noted})
    assert later.call("GET", "/export").json()["customer"]["external_id"] is None


def test_a_token_dies_as_well_when_a_signed_visit_joins_its_conversation(client: TestClient[Litestar]) -> None:
    first = Visitor(client)
    assert first.call("GET", "/messages").status_code == 200
    signed_visit = Visitor(client, customer=signed(), previous={"id": first.id, "token": first.token})
    assert signed_visit.id == first.id
    assert signed_visit.call("GET", "/messages").status_code == 200
    assert code_of(first.call("GET", "/messages"), 404) == "token"


def test_too_many_new_conversations_of_a_known_customer_are_refused_kindly(client: TestClient[Litestar]) -> None:
    visitor = Visitor(client)
    for _ in range(19):
        visitor = Visitor(client, previous={"id": visitor.id, "token": visitor.token})
    body = {"language": "en", "previous": {"id": visitor.id, "token": visitor.token}}
    refused = client.post(PATH, json=body, headers={"Accept-Language": "en"})
    assert code_of(refused, 429) == "too_many"
    assert 3500 <= int(refused.headers["retry-after"]) <= 3600
    assert "60 minutes" in refused.json()["detail"]
    assert visitor.call("GET", "/messages").status_code == 200


def test_without_limits_a_known_customer_gets_as_many_as_they_like(database: Database, tmp_path: Path) -> None:
    with TestClient(make_app(tmp_path, database, HUILU_LIMITS="off")) as client:
        visitor = Visitor(client)
        for _ in range(21):
            visitor = Visitor(client, previous={"id": visitor.id, "token": visitor.token})


def test_another_device_is_told_what_was_rated_already(client: TestClient[Litestar]) -> None:
    here = Visitor(client, customer=signed())
    here.say("where is my parcel")
    with services_of(client).database.writing() as session:
        conversation = queries.locked(session, here.id)
        survey = {"survey": {"kind": "csat", "subject_id": here.id}}
        add_message(session, conversation, "system", "How was it?", payload=survey)
    assert here.call("POST", "/ratings", {"kind": "csat", "subject_id": here.id, "score": 4}).status_code == 200
    there = Visitor(client, customer=signed())
    asked = [each for each in there.opened["messages"] if (each["payload"] or {}).get("survey")]
    assert (there.id, asked[0]["payload"]["survey"]["kind"], asked[0]["outcome"]) == (here.id, "csat", {"score": 4})
    assert there.opened["messages"] == there.call("GET", "/messages").json()["messages"]


def test_somebody_elses_conversation_is_not_taken_over(client: TestClient[Litestar]) -> None:
    visitor = Visitor(client, customer=signed("c-7"))
    refused = visitor.call("POST", "/customer", {"customer": signed("c-8"), "client_id": own_id()})
    assert code_of(refused, 409) == "other_customer"
    assert code_of(visitor.call("POST", "/customer", {"customer": {"id": "c-7"}}), 422) == "signature"


def test_context_is_replaced_and_told_to_agents_with_whether_the_site_vouches(
    client: TestClient[Litestar], database: Database
) -> None:
    visitor = Visitor(client, context={"order": "A-1", "page": 1})
    told = {"order": SCRIPT, "member": True, "items": 3}
    assert visitor.call("POST", "/context", {"context": told}).json() == {"context": told}
    assert code_of(visitor.call("POST", "/context", {"context": {"x": None}}), 422) == "context"
    ticket, headers = case_of(database, visitor.id)
    case = client.get(f"/api/tickets/{ticket}", headers=headers).json()
    assert (case["context"], case["vouched"]) == (told, False)
    client.cookies.set("huilu_session", headers["Authorization"].removeprefix("Bearer "))
    page = client.get(f"/desk/tickets/{ticket}").text
    assert "Told by the website" in page and "not confirmed by the website" in page
    assert SCRIPT not in page and "&lt;script&gt;" in page
    client.cookies.clear()
    visitor.call("POST", "/customer", {"customer": signed(), "client_id": own_id()})
    assert client.get(f"/api/tickets/{ticket}", headers=headers).json()["vouched"] is True
