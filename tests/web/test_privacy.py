"""Knowing the customer, telling what is kept about them, and forgetting it, through the chat API on both databases."""

import hashlib
import io
import json
import re
import time
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import insert, select

from storage.engine import Database
from storage.settings import read_settings
from support.conversations import queries
from support.conversations.tables import Conversation, Message
from support.conversations.writing import add_message
from support.customers.identity import signature
from support.files.tables import StoredFile
from support.handoff import operations as handoff
from support.staff.operations import open_session
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets.tables import Ticket
from tests.support.test_privacy import found
from tests.web.desk_fixtures import SCRIPT
from web.app import create_app
from web.services import Services

SECRET = "identity-secret"
PATH = "/api/chat/conversations"


def make_app(home: Path, database: Database, **more: str) -> Litestar:
    given = {
        "HUILU_HOME": str(home),
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "HUILU_SECRET": "secret-of-the-tests",
        "HUILU_IDENTITY_SECRET": SECRET,
        "HUILU_ENCODER": "none",
        "HUILU_RASA_URL": "http://127.0.0.1:9",
    }
    return create_app(read_settings(given | more))


@pytest.fixture
def client(database: Database, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    with TestClient(make_app(tmp_path, database)) as running:
        yield running


@pytest.fixture
def forgetful(client: TestClient[Litestar]) -> list[str]:
    """A dialogue server that forgets whatever it is asked to; the conversations it forgot."""
    forgot: list[str] = []

    async def forget(conversation_id: str) -> bool:
        forgot.append(conversation_id)
        return True

    services_of(client).rasa.forget = forget  # type: ignore[method-assign]
    return forgot


def services_of(client: TestClient[Litestar]) -> Services:
    services: Services = client.app.state.services
    return services


class Visitor:
    """A browser with one conversation."""

    def __init__(self, client: TestClient[Litestar], **body: Any) -> None:
        self.client = client
        opened = client.post(PATH, json={"language": "en", **body})
        assert opened.status_code == 201, opened.text
        self.opened: dict[str, Any] = opened.json()
        self.id, self.token = self.opened["id"], self.opened["token"]

    def call(self, method: str, path: str = "", body: object = None, **headers: str) -> Any:
        given: dict[str, Any] = {} if body is None else {"json": body}
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return self.client.request(method, f"{PATH}/{self.id}{path}", headers=headers, **given)

    def sign_in(self, external_id: str = "c-7", **more: Any) -> Any:
        """The site signs the user in, and the browser goes on with the new token."""
        joined = self.call("POST", "/customer", {"customer": signed(external_id, **more), "client_id": own_id()})
        assert joined.status_code == 200, joined.text
        self.token = joined.json()["token"]
        return joined.json()

    def say(self, text: str) -> Any:
        """Write something, and wait until it is answered."""
        sent = self.call("POST", "/messages", {"client_id": str(uuid.uuid4()), "text": text})
        assert sent.status_code == 202, sent.text
        for _ in range(200):
            told = self.call("GET", f"/messages?after={sent.json()['seq']}").json()
            if told["messages"] and not told["typing"]:
                return sent
            time.sleep(0.02)
        raise AssertionError("no answer")


def signed(external_id: str = "c-7", at: int | None = None, **more: Any) -> dict[str, Any]:
    moment, nonce = at or int(time.time()), uuid.uuid4().hex
    word = signature(SECRET, external_id, moment, nonce)
    return {"id": external_id, "time": moment, "nonce": nonce, "signature": word, **more}


def own_id() -> str:
    return str(uuid.uuid4())


def code_of(response: Any, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    assert response.json()["detail"]
    return str(response.json()["code"])


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


def test_the_export_leaves_no_message_out_however_many_there_are(
    client: TestClient[Litestar], database: Database
) -> None:
    visitor = Visitor(client)
    with database.writing() as session:
        conversation = queries.locked(session, visitor.id)
        rows = [
            {"id": own_id(), "conversation_id": visitor.id, "seq": seq, "author": "customer", "text": f"{seq}",
             "language": "en", "created_at": conversation.created_at}
            for seq in range(2, 10_102)
        ]  # fmt: skip
        session.execute(insert(Message), rows)
        conversation.last_seq = 10_101
    kept = visitor.call("GET", "/export").json()
    assert [each["seq"] for each in kept["messages"]] == list(range(1, 10_102))


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


def case_of(database: Database, conversation_id: str) -> tuple[str, dict[str, str]]:
    """A case of a conversation, and the headers of an agent."""
    with database.writing() as session:
        member = StaffMember(email=f"{own_id()}@example.com", name="Mei", role="agent", password_hash="none")
        session.add(member)
        session.flush()
        token = open_session(session, member)
        handoff.request(session, conversation_id, "request", None)
        ticket = session.scalars(select(Ticket).where(Ticket.conversation_id == conversation_id)).one()
        tickets.take(session, ticket.id, member)
        tickets.reply(session, ticket.id, member, "Hello, this is Mei.")
        tickets.resolve(session, ticket.id, member, "service", "a note of ours")
    return ticket.id, {"Authorization": f"Bearer {token}"}


def test_where_consent_is_needed_nothing_is_taken_before_it(database: Database, tmp_path: Path) -> None:
    with TestClient(make_app(tmp_path, database, HUILU_CONSENT="required")) as client:
        visitor = Visitor(client)
        message = {"client_id": own_id(), "text": "where is my parcel"}
        rating = {"kind": "csat", "subject_id": visitor.id, "score": 5}
        assert code_of(visitor.call("POST", "/messages", message), 403) == "consent"
        assert code_of(visitor.call("POST", "/ratings", rating), 403) == "consent"
        assert len(visitor.call("GET", "/messages").json()["messages"]) == 1
        assert visitor.call("POST", "/consent").json()["consented_at"]
        assert visitor.call("POST", "/messages", message).status_code == 202
        assert visitor.call("POST", "/ratings", rating).status_code == 200
        said_before = Visitor(client, consent=True)
        assert said_before.call("POST", "/messages", {**message, "client_id": own_id()}).status_code == 202


def test_where_consent_is_not_asked_for_nobody_has_to_give_it(client: TestClient[Litestar]) -> None:
    Visitor(client).say("where is my parcel")


def keep_file(client: TestClient[Litestar], visitor: Visitor, name: str, content: bytes) -> str:
    """A file of a customer, as posting one leaves it."""
    services = services_of(client)
    message = visitor.call("GET", "/messages").json()["messages"][0]
    with services.database.writing() as session:
        row = StoredFile(key=own_id(), conversation_id=visitor.id, message_id=message["id"], name=name,
                         media_type="image/png", size=len(content))  # fmt: skip
        session.add(row)
        session.flush()
        services.files.write(row.id, content)
        return row.id


def test_the_export_tells_everything_of_all_conversations_and_nothing_internal(
    client: TestClient[Litestar], database: Database
) -> None:
    first = Visitor(client, customer={"name": "Anna"}, context={"order": "A-1"}, consent=True)
    first.say("where is my parcel")
    first.call("POST", "/ratings", {"kind": "csat", "subject_id": first.id, "score": 4, "comment": "fine"})
    case_of(database, first.id)
    keep_file(client, first, "photo.png", b"picture")
    second = Visitor(client, previous={"id": first.id, "token": first.token})
    answer = second.call("GET", "/export")
    kept = answer.json()
    assert set(kept) == {
        "exported_at", "conversation", "customer", "messages", "ratings", "tickets", "feedback", "searches",
        "surveys_asked", "files", "other_conversations",
    }  # fmt: skip
    (other,) = kept["other_conversations"]
    assert kept["customer"]["name"] == "Anna" and kept["customer"]["consented_at"]
    assert other["conversation"]["context"] == {"order": "A-1"}
    assert [each["query"] for each in other["searches"]] == ["where is my parcel"]
    assert [each["comment"] for each in other["ratings"]] == ["fine"]
    assert [each["number"] for each in other["tickets"]] == ["T-1001"]
    assert [each["name"] for each in other["files"]] == ["photo.png"]
    assert {each["name"] for each in other["messages"]} == {None, "Mei"}
    times = re.findall(r'"\w+_at":"([^"]+)"', answer.text)
    assert times and all(each.endswith("Z") for each in times)
    for inside in ("a note of ours", "staff_id", "@example.com", "candidates", "probability_of", "token"):
        assert inside not in answer.text, inside


def test_the_archive_holds_the_data_a_page_to_read_and_the_files(client: TestClient[Litestar]) -> None:
    visitor = Visitor(client, language="zh-Hans", customer={"name": SCRIPT})
    visitor.say(f"我的照片 {SCRIPT}")
    content = bytes(range(256)) * 4000
    file = keep_file(client, visitor, "../../etc/照片 1.png", content)
    answer = visitor.call("GET", "/export", Accept="application/zip")
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["data.json", "conversation.html", f"files/{file[:8]}-_.._etc_照片 1.png"]
        data = json.loads(archive.read("data.json"))
        page = archive.read("conversation.html").decode()
        assert hashlib.sha256(archive.read(archive.namelist()[2])).digest() == hashlib.sha256(content).digest()
    assert f"我的照片 {SCRIPT}" in [each["text"] for each in data["messages"]]
    assert '<html lang="zh-Hans">' in page and "我的照片" in page
    assert SCRIPT not in page and "&lt;script&gt;" in page
    assert not re.search(r"<script|<style|<link|<img|\bsrc=|\bhref=|\bstyle=|\bon\w+=", page)


def test_forgetting_erases_every_conversation_here_and_there_and_leaves_a_receipt(
    client: TestClient[Litestar], database: Database, forgetful: list[str]
) -> None:
    first = Visitor(client, customer={"name": "Sesamoeffner", "email": "sesamoeffner@example.com"})
    first.say("my word is Sesamoeffner")
    file = keep_file(client, first, "Sesamoeffner.png", b"Sesamoeffner")
    second = Visitor(client, previous={"id": first.id, "token": first.token})
    other = Visitor(client)
    other.say("Xylophonkasten")
    answer = second.call("DELETE", "/customer")
    assert answer.status_code == 200
    receipt = answer.json()
    assert re.fullmatch(r"E-[A-Z2-9]{12}", receipt["receipt"]) and receipt["erased_at"].endswith("Z")
    assert (receipt["counts"]["conversations"], receipt["counts"]["files"]) == (2, 1)
    assert sorted(forgetful) == sorted([first.id, second.id])
    assert not services_of(client).files.path(file).exists()
    assert found(database, "esamoeffner") == []
    assert found(database, "Xylophonkasten")
    for visitor in (first, second):
        assert code_of(visitor.call("GET", "/messages"), 404) == "token"
        assert code_of(visitor.call("DELETE", "/customer"), 404) == "token"


def test_erasing_one_conversation_leaves_the_others(client: TestClient[Litestar], forgetful: list[str]) -> None:
    first = Visitor(client, customer={"name": "Anna"})
    second = Visitor(client, previous={"id": first.id, "token": first.token})
    answer = first.call("DELETE")
    assert (answer.status_code, answer.json()["counts"]["conversations"]) == (200, 1)
    assert forgetful == [first.id]
    assert second.call("GET", "/export").json()["customer"]["name"] == "Anna"
    assert code_of(first.call("GET", "/messages"), 404) == "token"


def test_without_the_dialogue_server_nothing_is_erased_and_that_is_said(
    client: TestClient[Litestar], database: Database
) -> None:
    visitor = Visitor(client, customer={"name": "Sesamoeffner"})
    visitor.say("my word is Sesamoeffner")
    before = found(database, "Sesamoeffner")
    for path in ("", "/customer"):
        assert code_of(visitor.call("DELETE", path), 503) == "erase"
    assert found(database, "Sesamoeffner") == before
    visitor.say("hello again")


def test_a_message_under_way_while_all_is_forgotten_leaves_nothing(
    client: TestClient[Litestar], database: Database, forgetful: list[str]
) -> None:
    visitor = Visitor(client)
    sent = visitor.call("POST", "/messages", {"client_id": own_id(), "text": "my word is Sesamoeffner"})
    assert sent.status_code == 202
    assert visitor.call("DELETE", "/customer").status_code == 200
    time.sleep(0.3)
    assert found(database, "Sesamoeffner") == []
